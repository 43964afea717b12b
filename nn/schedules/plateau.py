"""The schedule that looks at how training goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from math import inf, isfinite
from typing import Annotated, Any, Literal

from autograd_core import ArgumentTypeError
from nn.checks import is_number
from nn.schedules.base import LRScheduler
from nn.settings import NonNegative, Rule

__all__ = ["ReduceLROnPlateau"]

BelowOne = Annotated[
    float, Rule(lambda value: is_number(value, 0, 1) and value < 1, "a number in [0, 1)")
]


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` when a figure has not improved for `patience` steps.

    Args:
        mode: "min" if a smaller figure is better, "max" if a larger one is.
        factor: < 1.
        patience: how many steps in a row may bring no improvement; the next one reduces the rate.
        threshold: how much better is better: a fraction of the best ("rel") or a difference
            ("abs", `threshold_mode`).
        cooldown: steps to wait after a reduction before counting again.
        min_lr: a bound, or one for each group.
        eps: a reduction by less is not made.

    `step(metrics)` takes the figure, such as the validation loss.
    """

    remembered = ("last_epoch", "best", "num_bad_epochs", "cooldown_counter", "_last_lr")

    mode: Literal["min", "max"] = "min"
    factor: BelowOne = 0.1
    patience: NonNegative = 10
    threshold: NonNegative = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: NonNegative = 0
    min_lr: float | Sequence[float] = 0.0
    eps: NonNegative = 1e-8
    last_epoch: float = field(default=0, init=False)

    def prepare(self) -> None:
        self.min_lrs = self.numbers_per_group("min_lr", self.min_lr)

    def start(self) -> None:
        self.best = inf if self.mode == "min" else -inf
        self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def is_better(self, figure: float) -> bool:
        sign, margin = 1 if self.mode == "max" else -1, self.threshold
        if self.threshold_mode == "rel":
            margin *= abs(self.best) if isfinite(self.best) else 0
        return sign * figure > sign * self.best + margin

    def step(self, metrics: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take notice of a figure, and reduce the rates if it is time."""
        try:
            figure = float(metrics)
        except (TypeError, ValueError) as error:
            raise ArgumentTypeError(
                f"{self.name}: step takes one number, got {metrics!r:.80}"
            ) from error
        self.check_groups(len(self.min_lrs))
        self.last_epoch += 1
        self.num_bad_epochs += 1
        if self.is_better(figure):
            self.best, self.num_bad_epochs = figure, 0
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                reduced = max(group["lr"] * self.factor, least)
                if group["lr"] - reduced > self.eps:
                    group["lr"] = reduced
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
