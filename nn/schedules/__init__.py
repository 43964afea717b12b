"""Schedules: the learning rate as a function of the number of steps made.

PyTorch's names and behaviour. Each schedule is a formula, `rate(base, t)`: the learning rate
after t calls of `step`, where base is that of the parameter group in the beginning. Making a
schedule sets the rate for t = 0. Call `step` when the optimizer has stepped: after each epoch,
for example

    fit(..., schedule=schedule)

does so, or after each batch; a step is what you count. Only `ReduceLROnPlateau` has to remember
what it saw.

Several schedules of one optimizer that are all stepped multiply: each scales what it finds when
another, or the user, has changed the learning rate in between. (From a rate of exactly 0 there is
nothing to scale: the next step sets the schedule's own.)
"""

from nn.schedules.base import LRScheduler
from nn.schedules.combined import ChainedScheduler, SequentialLR
from nn.schedules.cycles import CyclicLR, OneCycleLR
from nn.schedules.formulas import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LinearWarmup,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.schedules.plateau import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "LinearWarmup",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
