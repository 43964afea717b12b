"""Neural networks on `autograd_core`: modules, layers, losses, optimizers, data and training.

Names and parameter layouts are PyTorch's; a network is ordinary Python, and any NumPy
expression can stand in the middle of it.
"""

from nn import data, functional, initializers, plots
from nn.data import DataLoader
from nn.errors import DataError, NonFiniteGradientError, NonFiniteLossError, StateError
from nn.gradients import *  # noqa: F403
from nn.gradients import __all__ as _gradients
from nn.initialization import *  # noqa: F403
from nn.initialization import __all__ as _initialization
from nn.initializers import *  # noqa: F403
from nn.initializers import __all__ as _initializers
from nn.layers import *  # noqa: F403
from nn.layers import __all__ as _layers
from nn.losses import *  # noqa: F403
from nn.losses import __all__ as _losses
from nn.metrics import accuracy
from nn.module import Module, Parameter
from nn.optimizers import *  # noqa: F403
from nn.optimizers import __all__ as _optimizers
from nn.perceptrons import *  # noqa: F403
from nn.perceptrons import __all__ as _perceptrons
from nn.random import default_generator, manual_seed
from nn.regularizers import *  # noqa: F403
from nn.regularizers import __all__ as _regularizers
from nn.schedules import *  # noqa: F403
from nn.schedules import __all__ as _schedules
from nn.summary import Summary, summary
from nn.training import History, evaluate, fit, predict
from nn.weights import load, save

init = initializers
"""PyTorch's name for it."""

__all__ = [
    "DataError",
    "DataLoader",
    "History",
    "Module",
    "NonFiniteGradientError",
    "NonFiniteLossError",
    "Parameter",
    "StateError",
    "Summary",
    "accuracy",
    "data",
    "default_generator",
    "evaluate",
    "fit",
    "functional",
    "init",
    "load",
    "manual_seed",
    "plots",
    "predict",
    "save",
    "summary",
]
__all__ += [*_layers, *_perceptrons, *_gradients, *_optimizers, *_schedules]
__all__ += [*_losses, *_regularizers, *_initializers, *_initialization]
