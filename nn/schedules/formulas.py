"""Schedules that are one formula: steps, lines, powers, cosines, any function."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Annotated

from nn.checks import is_number
from nn.schedules.base import LRScheduler, along_cosine
from nn.settings import Count, Fraction, NonNegative, Rule

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "LinearWarmup",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]

StartFactor = Annotated[
    float, Rule(lambda value: is_number(value, 0, 1) and value > 0, "a number in (0, 1]")
]


class LambdaLR(LRScheduler):
    """base · f(t), for any function f, or one for each group."""

    lr_lambda: Callable[[float], float] | Sequence[Callable[[float], float]]

    def prepare(self) -> None:
        self.lr_lambdas = self.per_group("lr_lambda", self.lr_lambda)
        for function in self.lr_lambdas:
            self.require(callable(function), "lr_lambda", "a function", function)

    def rates(self, t):
        return [base * f(t) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(LambdaLR):
    """base · f(1) · f(2) · … · f(t), for any function f, or one for each group."""

    _products: tuple[int, list[float]] = (0, [])
    """The latest t, and the product of each group until then: only what follows is multiplied."""

    def rates(self, t):
        since, factors = self._products
        if not since <= t or not factors:
            since, factors = 0, [1.0] * len(self.lr_lambdas)
        steps = range(since + 1, int(t) + 1)
        factors = [p * prod(map(f, steps)) for p, f in zip(factors, self.lr_lambdas, strict=True)]
        self._products = (int(t), factors)
        return [base * factor for base, factor in zip(self.base_lrs, factors, strict=True)]


class StepLR(LRScheduler):
    """base · gamma^⌊t / step_size⌋."""

    step_size: Count
    gamma: NonNegative = 0.1

    def rate(self, base, t):
        return base * self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """base · gamma^(number of milestones ≤ t)."""

    milestones: Sequence[int]
    gamma: NonNegative = 0.1

    def prepare(self) -> None:
        numbers = isinstance(self.milestones, Iterable) and all(map(is_number, self.milestones))
        self.require(numbers, "milestones", "a list of numbers of steps", self.milestones)
        self.milestones = sorted(self.milestones)

    def rate(self, base, t):
        return base * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """base · gamma^t."""

    gamma: NonNegative

    def rate(self, base, t):
        return base * self.gamma**t


class ConstantLR(LRScheduler):
    """base · factor for total_iters steps, base afterwards."""

    factor: Fraction = 1 / 3
    total_iters: Count = 5

    def rate(self, base, t):
        return base * self.factor if t < self.total_iters else base


class LinearLR(LRScheduler):
    """base · a factor that goes straight from start_factor to end_factor in total_iters steps."""

    start_factor: StartFactor = 1 / 3
    end_factor: Fraction = 1.0
    total_iters: Count = 5

    def rate(self, base, t):
        done = min(t, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LinearWarmup(LRScheduler):
    """base · (t + 1) / total_iters until that is base: total_iters steps with a growing rate.

    Not in PyTorch; `SequentialLR` puts another schedule after it. Source: Goyal et al.,
    "Accurate, Large Minibatch SGD", 2017, 2.2.
    """

    total_iters: Count

    def rate(self, base, t):
        return base * min(1.0, (t + 1) / self.total_iters)


class PolynomialLR(LRScheduler):
    """base · (1 - t / total_iters)^power, and 0 from total_iters on."""

    total_iters: Count = 5
    power: NonNegative = 1.0

    def rate(self, base, t):
        return base * (1 - min(t, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """Down half a cosine from base to eta_min in T_max steps; up again in the next T_max.

    Source: Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, (5).
    """

    T_max: Count
    eta_min: NonNegative = 0.0

    def rate(self, base, t):
        return along_cosine(base, self.eta_min, t / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down half a cosine from base to eta_min, and again from base: at first in T_0 steps.

    Each period is T_mult times as long as the one before. Source: as for `CosineAnnealingLR`.
    """

    T_0: Count
    T_mult: Count = 1
    eta_min: NonNegative = 0.0

    def rate(self, base, t):
        period = self.T_0
        if self.T_mult == 1:
            t = t % period
        while t >= period:
            t, period = t - period, period * self.T_mult
        return along_cosine(base, self.eta_min, t / period)
