"""Optimizers: rules that change parameters along their gradients, in place.

`base` has what they share (groups, state, weight decay), `rules` those that move each number by
itself (SGD, Adam and its kin, ...), `lbfgs` the one that looks at all of them together.
"""

from nn.optimizers.base import Optimizer
from nn.optimizers.lbfgs import LBFGS
from nn.optimizers.rules import SGD, Adadelta, Adagrad, Adam, AdamW, Lion, NAdam, RAdam, RMSprop

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
]
