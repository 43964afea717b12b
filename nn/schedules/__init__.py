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

from nn.schedules import combined, cycles, formulas, plateau
from nn.schedules.base import LRScheduler
from nn.schedules.combined import *  # noqa: F403
from nn.schedules.cycles import *  # noqa: F403
from nn.schedules.formulas import *  # noqa: F403
from nn.schedules.plateau import *  # noqa: F403

__all__ = ["LRScheduler"]
__all__ += combined.__all__
__all__ += cycles.__all__
__all__ += formulas.__all__
__all__ += plateau.__all__
