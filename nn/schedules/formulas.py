"""Schedules that are one formula: steps, lines, powers, cosines, any function."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from nn.checks import is_number
from nn.optimizers import Optimizer
from nn.schedules.base import LRScheduler, along_cosine


class LambdaLR(LRScheduler):
    """base · f(t), for any function f, or one for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.optimizer = self.checked(optimizer)
        self.lr_lambdas: list[Callable[[float], float]] = self.per_group("lr_lambda", lr_lambda)
        for function in self.lr_lambdas:
            self.require(callable(function), "lr_lambda", "a function", function)
        super().__init__(optimizer, last_epoch)

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

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.check_sizes(step_size=step_size)
        self.check_numbers(gamma=gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """base · gamma^(number of milestones ≤ t)."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        numbers = isinstance(milestones, Iterable) and all(map(is_number, milestones))
        self.require(numbers, "milestones", "a list of numbers of steps", milestones)
        self.check_numbers(gamma=gamma)
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """base · gamma^t."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.check_numbers(gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * self.gamma**t


class ConstantLR(LRScheduler):
    """base · factor for total_iters steps, base afterwards."""

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.check_numbers(0, 1, factor=factor)
        self.check_sizes(total_iters=total_iters)
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * self.factor if t < self.total_iters else base


class LinearLR(LRScheduler):
    """base · a factor that goes straight from start_factor to end_factor in total_iters steps."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.check_numbers(0, 1, start_factor=start_factor, end_factor=end_factor)
        self.require(start_factor > 0, "start_factor", "in (0, 1]", start_factor)
        self.check_sizes(total_iters=total_iters)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        done = min(t, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LinearWarmup(LRScheduler):
    """base · (t + 1) / total_iters until that is base: total_iters steps with a growing rate.

    Not in PyTorch; `SequentialLR` puts another schedule after it. Source: Goyal et al.,
    "Accurate, Large Minibatch SGD", 2017, 2.2.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int, last_epoch: int = -1) -> None:
        self.check_sizes(total_iters=total_iters)
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * min(1.0, (t + 1) / self.total_iters)


class PolynomialLR(LRScheduler):
    """base · (1 - t / total_iters)^power, and 0 from total_iters on."""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.check_sizes(total_iters=total_iters)
        self.check_numbers(power=power)
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return base * (1 - min(t, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """Down half a cosine from base to eta_min in T_max steps; up again in the next T_max.

    Source: Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, (5).
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.check_sizes(T_max=T_max)
        self.check_numbers(eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        return along_cosine(base, self.eta_min, t / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down half a cosine from base to eta_min, and again from base: at first in T_0 steps.

    Each period is T_mult times as long as the one before. Source: as of `CosineAnnealingLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.check_sizes(T_0=T_0, T_mult=T_mult)
        self.check_numbers(eta_min=eta_min)
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, base, t):
        period = self.T_0
        if self.T_mult == 1:
            t = t % period
        while t >= period:
            t, period = t - period, period * self.T_mult
        return along_cosine(base, self.eta_min, t / period)
