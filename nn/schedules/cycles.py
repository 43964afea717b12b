"""Schedules that go up and down, and may move the momentum the other way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from math import floor
from typing import Any

from autograd_core import OperationError
from nn.checks import is_number
from nn.optimizers import Optimizer
from nn.schedules.base import LRScheduler, along_cosine, along_line


class CyclesMomentum(LRScheduler):
    """What `OneCycleLR` and `CyclicLR` share: momentum, or beta1, moves against the rate."""

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


class OneCycleLR(CyclesMomentum):
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

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = self.checked(optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise OperationError(
                    f"{self.name}: give total_steps, or epochs and steps_per_epoch"
                )
            self.check_sizes(epochs=epochs, steps_per_epoch=steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        self.check_sizes(total_steps=total_steps)
        self.check_numbers(0, 1, pct_start=pct_start)
        fits = anneal_strategy in ("cos", "linear")
        self.require(fits, "anneal_strategy", "'cos' or 'linear'", anneal_strategy)
        for name, factor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            self.require(is_number(factor, 0) and factor > 0, name, "a number > 0", factor)
        self.anneal = along_cosine if anneal_strategy == "cos" else along_line
        self.total_steps, self.three_phase = total_steps, three_phase
        self.div_factor, self.final_div_factor = div_factor, final_div_factor
        rise = float(pct_start * total_steps)
        self.knots = [0.0, rise - 1, *([2 * rise - 2] if three_phase else []), total_steps - 1]
        self.set_momenta(cycle_momentum, base_momentum, max_momentum)
        largest = self.numbers_per_group("max_lr", max_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, largest, strict=True):
                group["lr"] = group["initial_lr"] = rate / div_factor
        super().__init__(optimizer, last_epoch)

    def between(self, t: float, values: Sequence[float]) -> float:
        """The value after t steps, from those at the knots."""
        if t > self.total_steps:
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


class CyclicLR(CyclesMomentum):
    """Up from base_lr to max_lr in step_size_up steps and down in step_size_down, again and again.

    Args:
        mode: how high the cycles are: "triangular", all alike; "triangular2", each half as high
            as the one before; "exp_range", gamma^t.
        scale_fn: a function of the number of the cycle (scale_mode "cycle", from 1) or of t
            ("iterations") to use instead.
        cycle_momentum: move momentum (beta1 where there are betas) from max_momentum to
            base_momentum and back.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = self.checked(optimizer)
        down = step_size_up if step_size_down is None else step_size_down
        self.check_sizes(step_size_up=step_size_up, step_size_down=down)
        self.check_numbers(gamma=gamma)
        scales: dict[str, tuple[Callable[[float], float], str]] = {
            "triangular": (partial(pow, 1.0), "cycle"),
            "triangular2": (halving, "cycle"),
            "exp_range": (partial(pow, gamma), "iterations"),
        }
        if scale_fn is None:
            self.require(mode in scales, "mode", f"one of {', '.join(scales)}", mode)
            scale_fn, scale_mode = scales[mode]
        self.require(callable(scale_fn), "scale_fn", "a function", scale_fn)
        fits = scale_mode in ("cycle", "iterations")
        self.require(fits, "scale_mode", "'cycle' or 'iterations'", scale_mode)
        self.scale_fn, self.scale_mode = scale_fn, scale_mode
        self.step_size_up, self.step_size_down = step_size_up, down
        self.max_lrs = self.numbers_per_group("max_lr", max_lr)
        self.set_momenta(cycle_momentum, base_momentum, max_momentum)
        base_lrs = self.numbers_per_group("base_lr", base_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, base_lrs, strict=True):
                group["lr"] = group["initial_lr"] = rate
        super().__init__(optimizer, last_epoch)

    def height(self, t: float) -> float:
        """How far up after t steps: 0 at the base, 1 at the top of the first cycle."""
        period = self.step_size_up + self.step_size_down
        cycle = floor(1 + t / period)
        x = t - (cycle - 1) * period
        up = x / self.step_size_up
        height = up if up <= 1 else (period - x) / self.step_size_down
        return height * self.scale_fn(cycle if self.scale_mode == "cycle" else t)

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
