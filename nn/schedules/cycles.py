"""Schedules that go up and down, and may move the momentum the other way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial
from math import floor
from typing import Any, Literal

from autograd_core import OperationError
from nn.schedules.base import LRScheduler, along_cosine, along_line
from nn.settings import Count, Fraction, Function, NonNegative, Positive

__all__ = ["CyclicLR", "OneCycleLR"]


class Cycles(LRScheduler):
    """What `OneCycleLR` and `CyclicLR` share: they set the base rates, and momentum (or beta1) may
    move against the rate."""

    def set_momenta(self, cycle_momentum: bool, base_momentum: Any, max_momentum: Any) -> None:
        settings = self.optimizer.defaults
        if cycle_momentum and not settings.keys() & {"momentum", "betas"}:
            raise OperationError(
                f"{self.name}: {self.optimizer.name} has neither momentum nor betas to change; "
                "pass cycle_momentum=False"
            )
        low = self.numbers_per_group("base_momentum", base_momentum, 1)
        high = self.numbers_per_group("max_momentum", max_momentum, 1)
        self.momentum_bounds = list(zip(low, high, strict=True)) if cycle_momentum else []

    def set_base_rates(self, rates: Sequence[float]) -> None:
        if self.last_epoch == -1:
            for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
                group["lr"] = group["initial_lr"] = rate


class OneCycleLR(Cycles):
    """From max_lr / div_factor up to max_lr, then down to 1 / final_div_factor of the start.

    Args:
        max_lr: the largest rate, or one for each group.
        total_steps: in the cycle; epochs · steps_per_epoch if None.
        pct_start: the part of them in which the rate rises.
        anneal_strategy: "cos" (half a cosine) or "linear".
        cycle_momentum: move momentum (beta1 where there are betas) from max_momentum to
            base_momentum and back.
        three_phase: fall to the start as fast as it rose, then to the end.

    Raises (step): OperationError, more steps than total_steps.

    Source: Smith & Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018, in PyTorch's form.
    """

    max_lr: float | Sequence[float]
    total_steps: Count | None = None
    epochs: Count | None = None
    steps_per_epoch: Count | None = None
    pct_start: Fraction = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    cycle_momentum: bool = True
    base_momentum: float | Sequence[float] = 0.85
    max_momentum: float | Sequence[float] = 0.95
    div_factor: Positive = 25.0
    final_div_factor: Positive = 1e4
    three_phase: bool = False

    def prepare(self) -> None:
        if self.total_steps is None:
            if self.epochs is None or self.steps_per_epoch is None:
                raise OperationError(
                    f"{self.name}: give total_steps, or epochs and steps_per_epoch"
                )
            self.total_steps = self.epochs * self.steps_per_epoch
        self.anneal = along_cosine if self.anneal_strategy == "cos" else along_line
        rise = float(self.pct_start * self.total_steps)
        fall = [2 * rise - 2] if self.three_phase else []
        self.knots = [0.0, rise - 1, *fall, self.total_steps - 1]
        self.set_momenta(self.cycle_momentum, self.base_momentum, self.max_momentum)
        largest = self.numbers_per_group("max_lr", self.max_lr)
        self.set_base_rates([rate / self.div_factor for rate in largest])

    def between(self, t: float, values: Sequence[float]) -> float:
        """The value after t steps, from those at the knots."""
        if t > self.knots[-1] + 1:
            raise OperationError(f"{self.name}: step {t} of a cycle of {self.total_steps} steps")
        k = bisect_left(self.knots[1:-1], t)
        start, end = self.knots[k : k + 2]
        first, last = values[k : k + 2]
        return self.anneal(first, last, (t - start) / (end - start) if end != start else 1.0)

    def rate(self, base, t):
        top, bottom = base * self.div_factor, base / self.final_div_factor
        return self.between(
            t, [base, top, base, bottom] if self.three_phase else [base, top, bottom]
        )

    def momenta(self, t):
        return [self.between(t, [high, low, high, high]) for low, high in self.momentum_bounds]


class CyclicLR(Cycles):
    """Up from base_lr to max_lr in step_size_up steps and down in step_size_down, again and again.

    Args:
        mode: how high the cycles are: "triangular", all the same; "triangular2", each half as high
            as the one before; "exp_range", gamma^t.
        scale_fn: a function of the number of the cycle (scale_mode "cycle", from 1) or of t
            ("iterations") to use instead.
        cycle_momentum: move momentum (beta1 where there are betas) from max_momentum to
            base_momentum and back.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.
    """

    base_lr: float | Sequence[float]
    max_lr: float | Sequence[float]
    step_size_up: Count = 2000
    step_size_down: Count | None = None
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    gamma: NonNegative = 1.0
    scale_fn: Function | None = None
    scale_mode: Literal["cycle", "iterations"] = "cycle"
    cycle_momentum: bool = True
    base_momentum: float | Sequence[float] = 0.8
    max_momentum: float | Sequence[float] = 0.9

    def prepare(self) -> None:
        up, down = self.step_size_up, self.step_size_down
        self.phases = up, up if down is None else down
        self.scale = (
            self.scale_fn
            or {
                "triangular": partial(pow, 1.0),
                "triangular2": halving,
                "exp_range": partial(pow, self.gamma),
            }[self.mode]
        )
        if self.scale_fn is None:
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"
        self.max_lrs = self.numbers_per_group("max_lr", self.max_lr)
        self.set_momenta(self.cycle_momentum, self.base_momentum, self.max_momentum)
        self.set_base_rates(self.numbers_per_group("base_lr", self.base_lr))

    def height(self, t: float) -> float:
        """How far up after t steps: 0 at the base, 1 at the top of the first cycle."""
        rise, fall = self.phases
        cycle = floor(1 + t / (rise + fall))
        x = t - (cycle - 1) * (rise + fall)
        height = x / rise if x <= rise else (rise + fall - x) / fall
        return height * self.scale(cycle if self.scale_mode == "cycle" else t)

    def rates(self, t):
        height = self.height(t)
        bounds = zip(self.base_lrs, self.max_lrs, strict=True)
        return [along_line(base, largest, height) for base, largest in bounds]

    def momenta(self, t):
        height = self.height(t)
        return [along_line(high, low, height) for low, high in self.momentum_bounds]


def halving(cycle: float) -> float:
    """1 for the first cycle, ½ for the second, ¼ for the third, ..."""
    return 0.5 ** (cycle - 1)
