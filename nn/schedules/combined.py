"""Schedules made of schedules: one after another, and several at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from autograd_core import ArgumentTypeError, OperationError
from nn.optimizers import Optimizer
from nn.schedules.base import LRScheduler
from nn.schedules.plateau import ReduceLROnPlateau

__all__ = ["ChainedScheduler", "SequentialLR"]


class SequentialLR(LRScheduler):
    """One schedule after another: schedulers[k] from step milestones[k - 1], counted from there.

    Raises:
        OperationError: not one milestone less than schedules, milestones do not increase, or a
            schedule of another optimizer, or `ReduceLROnPlateau`.
    """

    schedulers: Sequence[LRScheduler]
    milestones: Sequence[int]

    def prepare(self) -> None:
        self.schedulers = check_schedules(self.name, self.schedulers, self.optimizer)
        given = self.milestones
        self.require(isinstance(given, Iterable), "milestones", "a list", given)
        self.milestones = list(given)
        fits = len(self.milestones) == len(self.schedulers) - 1
        self.require(fits, "milestones", "one less than schedulers", given)
        rising = all(first < second for first, second in pairwise([0, *self.milestones]))
        self.require(rising, "milestones", "positive and increasing", given)
        start_again(self.optimizer, self.last_epoch)

    def current(self, t: float) -> tuple[LRScheduler, float]:
        """The schedule whose turn it is, and the steps since."""
        k = bisect_right(self.milestones, t)
        return self.schedulers[k], t - [0, *self.milestones][k]

    def rates(self, t):
        schedule, since = self.current(t)
        return schedule.rates(since)

    def momenta(self, t):
        schedule, since = self.current(t)
        return schedule.momenta(since)


class ChainedScheduler(LRScheduler):
    """Several schedules at once: their rates, as factors of the base rate, multiply.

    Raises:
        OperationError: no schedules, of different optimizers, or `ReduceLROnPlateau`.
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self.schedulers = check_schedules(self.name, schedulers, optimizer)
        super().__init__(self.schedulers[0].optimizer)

    def prepare(self) -> None:
        start_again(self.optimizer, -1)

    def rates(self, t):
        together = zip(*[schedule.rates(t) for schedule in self.schedulers], strict=True)
        return [
            base * prod(rate / base for rate in rates) if base else 0.0
            for base, rates in zip(self.base_lrs, together, strict=True)
        ]

    def momenta(self, t):
        return next(filter(None, (schedule.momenta(t) for schedule in self.schedulers)), [])


def check_schedules(name: str, schedulers: Iterable[Any], optimizer: Any) -> list[LRScheduler]:
    """The schedules as a list, if they can be combined: those of `optimizer`, or all of one."""
    if not isinstance(schedulers, Iterable):
        raise ArgumentTypeError(f"{name}: expected a list of schedules, got {schedulers!r:.60}")
    result = list(schedulers)
    if not result:
        raise OperationError(f"{name}: there are no schedules")
    for schedule in result:
        if not isinstance(schedule, LRScheduler) or isinstance(schedule, ReduceLROnPlateau):
            raise OperationError(
                f"{name}: expected schedules that depend on the number of steps only, got "
                f"{type(schedule).__name__}"
            )
        optimizer = schedule.optimizer if optimizer is None else optimizer
        if schedule.optimizer is not optimizer:
            raise OperationError(f"{name}: {schedule.name} belongs to another optimizer")
    return result


def start_again(optimizer: Optimizer, last_epoch: float) -> None:
    """Undo what making the parts of a schedule did to the rates."""
    if last_epoch == -1:
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
