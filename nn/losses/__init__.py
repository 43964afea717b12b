"""Losses, one file a family: each a function with its class below it.

`regression` has those of numbers, `probabilities` those of yes or no, `classes` those of one class
of many, `distances` those of vectors; `base` makes a module of a function. `nn.functional` offers
the functions. A loss that is a negative log-likelihood says of which distribution, and which
constant it leaves out. Names, arguments and defaults are PyTorch's; shapes are never broadcast
silently.
"""

from nn.losses import classes, distances, probabilities, regression
from nn.losses.base import Loss
from nn.losses.classes import *  # noqa: F403
from nn.losses.distances import *  # noqa: F403
from nn.losses.probabilities import *  # noqa: F403
from nn.losses.regression import *  # noqa: F403

__all__ = ["Loss"]
__all__ += classes.__all__
__all__ += distances.__all__
__all__ += probabilities.__all__
__all__ += regression.__all__
