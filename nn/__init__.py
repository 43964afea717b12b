"""Neural networks on `autograd_core`: modules, layers, losses, optimizers, data and training.

Names and parameter layouts are PyTorch's; a network is ordinary Python, and any NumPy
expression can stand in the middle of it.

What stands on what, each on those before it: errors, random, checks, settings; parameters,
serialization, hooks, module; initializers; layers; losses, metrics, functional; optimizers,
schedules, gradients, regularizers; data; training; summary, perceptrons, plots; demo.
"""

from nn import (
    data,
    errors,
    functional,
    gradients,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    perceptrons,
    plots,
    regularizers,
    schedules,
    serialization,
    training,
)
from nn import initializers as init  # PyTorch's name for it
from nn.data import DataLoader
from nn.errors import *  # noqa: F403
from nn.gradients import *  # noqa: F403
from nn.initializers import *  # noqa: F403
from nn.layers import *  # noqa: F403
from nn.losses import *  # noqa: F403
from nn.metrics import *  # noqa: F403
from nn.module import Module
from nn.optimizers import *  # noqa: F403
from nn.parameters import Parameter
from nn.perceptrons import *  # noqa: F403
from nn.random import default_generator, manual_seed
from nn.regularizers import *  # noqa: F403
from nn.schedules import *  # noqa: F403
from nn.serialization import *  # noqa: F403
from nn.summary import Summary, summary
from nn.training import *  # noqa: F403

__all__ = [
    "DataLoader",
    "Module",
    "Parameter",
    "Summary",
    "data",
    "default_generator",
    "functional",
    "init",
    "manual_seed",
    "plots",
    "summary",
]
__all__ += errors.__all__
__all__ += gradients.__all__
__all__ += initializers.__all__
__all__ += layers.__all__
__all__ += losses.__all__
__all__ += metrics.__all__
__all__ += optimizers.__all__
__all__ += perceptrons.__all__
__all__ += regularizers.__all__
__all__ += schedules.__all__
__all__ += serialization.__all__
__all__ += training.__all__
