"""The schedule that looks at how training goes."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from autograd_core import ArgumentTypeError
from nn.optimizers import Optimizer
from nn.schedules.base import LRScheduler


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` when a figure has not improved for `patience` steps.

    Args:
        mode: "min" if a smaller figure is better, "max" if a larger one is.
        factor: < 1.
        patience: that many steps in a row without improvement are borne.
        threshold: how much better is better: a fraction of the best ("rel") or a difference
            ("abs", `threshold_mode`).
        cooldown: steps to wait after a reduction before counting again.
        min_lr: a bound, or one for each group.
        eps: a reduction by less is not made.

    `step(metrics)` takes the figure, such as the validation loss.
    """

    remembered = ("last_epoch", "best", "num_bad_epochs", "cooldown_counter", "_last_lr")

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = self.checked(optimizer)
        self.require(mode in ("min", "max"), "mode", "'min' or 'max'", mode)
        self.check_numbers(0, 1, factor=factor)
        self.require(factor < 1, "factor", "in [0, 1)", factor)
        fits = threshold_mode in ("rel", "abs")
        self.require(fits, "threshold_mode", "'rel' or 'abs'", threshold_mode)
        self.check_numbers(patience=patience, threshold=threshold, cooldown=cooldown, eps=eps)
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.eps = cooldown, eps
        self.min_lrs = self.numbers_per_group("min_lr", min_lr)
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = self.cooldown_counter = 0
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def is_better(self, figure: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        relative = self.threshold_mode == "rel"
        bound = (
            self.best * (1 + sign * self.threshold)
            if relative
            else (self.best + sign * self.threshold)
        )
        return sign * figure > sign * bound

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
