"""Optimizers: rules that change parameters along their gradients, in place.

`base` has what they share (groups, state, weight decay), `rules` those that move each number by
itself (SGD, Adam and its relatives, ...), `lbfgs` the one that looks at all of them together.
"""

from nn.optimizers import lbfgs, rules
from nn.optimizers.base import Optimizer
from nn.optimizers.lbfgs import *  # noqa: F403
from nn.optimizers.rules import *  # noqa: F403

__all__ = ["Optimizer"]
__all__ += lbfgs.__all__
__all__ += rules.__all__
