"""What every schedule shares: setting learning rates, counting steps, saving."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import field
from inspect import Parameter, Signature
from math import cos, inf, pi
from typing import Any, ClassVar

from autograd_core import ArgumentTypeError, OperationError
from nn.checks import check_numbers
from nn.errors import StateError
from nn.optimizers import Optimizer
from nn.settings import Configured


class LRScheduler(Configured):
    """Base class. A subclass lists its settings (see `nn.settings`) and defines `rate`, or `rates`
    for all groups at once.

    Args:
        optimizer: whose learning rates to set.
        last_epoch: the number of steps already made, less one; -1 to start.

    Attributes:
        last_epoch: t.
        base_lrs: the learning rates to start from, one for each group.

    Raises:
        ArgumentTypeError: not an optimizer.
        OperationError: a setting is out of range; last_epoch >= 0 for an optimizer that never
            had a schedule.
    """

    remembered: ClassVar[tuple[str, ...]] = ("last_epoch", "base_lrs", "_last_lr", "_rates")

    optimizer: Optimizer
    last_epoch: float = field(default=-1, kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__signature__ = Signature(  # PyTorch takes last_epoch, the last, also by position
            [
                parameter.replace(kind=Parameter.POSITIONAL_OR_KEYWORD)
                for parameter in cls.__signature__.parameters.values()
            ]
        )

    def __init__(self, *args: Any, **settings: Any) -> None:
        for name, value in self.configured(args, settings).items():
            setattr(self, name, value)
        if not isinstance(self.optimizer, Optimizer):
            raise ArgumentTypeError(
                f"{self.name}: expected an optimizer, got {type(self.optimizer).__name__}"
            )
        self.prepare()
        self.start()

    def prepare(self) -> None:
        """Check settings beside each other, and derive what the formula needs."""

    def start(self) -> None:
        """Set the rates of the first step."""
        for group in self.optimizer.param_groups:
            if self.last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise OperationError(
                    f"{self.name}: last_epoch={self.last_epoch} needs the rates to start from: "
                    "load the optimizer's state first, or give each group an 'initial_lr'"
                )
        self.base_lrs = [group["initial_lr"] for group in self.optimizer.param_groups]
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
        # Resuming sets the rate outright, whatever the optimizer holds.
        self._rates = self.base_lrs if self.last_epoch == -1 else self._last_lr
        self.step()

    @property
    def name(self) -> str:
        return type(self).__name__

    def require(self, condition: bool, setting: str, words: str, value: Any) -> None:
        if not condition:
            raise OperationError(f"{self.name}: {setting} must be {words}, got {value!r}")

    def check_groups(self, count: int) -> None:
        """Raise OperationError if the optimizer no longer has `count` groups."""
        now = len(self.optimizer.param_groups)
        if now != count:
            raise OperationError(f"{self.name}: made for {count} groups, the optimizer has {now}")

    def per_group(self, setting: str, value: Any) -> list[Any]:
        """A setting for each group, from one for all or a list of them."""
        count = len(self.optimizer.param_groups)
        values = list(value) if isinstance(value, list | tuple) else [value] * count
        self.require(
            len(values) == count, setting, f"one, or one for each of {count} groups", value
        )
        return values

    def numbers_per_group(self, setting: str, value: Any, most: float = inf) -> list[float]:
        values = self.per_group(setting, value)
        for number in values:
            check_numbers(self.name, 0, most, **{setting: number})
        return values

    def rate(self, base: float, t: float) -> float:
        """The learning rate after t steps of a group that started from `base`."""
        raise ArgumentTypeError(f"{self.name} does not define rate")

    def rates(self, t: float) -> list[float]:
        """The learning rates of all groups after t steps."""
        return [self.rate(base, t) for base in self.base_lrs]

    def momenta(self, t: float) -> list[float]:
        """The momenta of all groups, if the schedule changes them, too."""
        return []

    def step(self, epoch: float | None = None) -> None:
        """Count a step and set the learning rates; `epoch` jumps to that count, whole or not.

        Raises:
            OperationError: there are more groups than at first.
        """
        if epoch is not None:
            check_numbers(self.name, 0, epoch=epoch)
        t = self.last_epoch + 1 if epoch is None else epoch
        groups, rates = self.optimizer.param_groups, self.rates(t)
        self.check_groups(len(rates))
        for group, before, rate in zip(groups, self._rates, rates, strict=True):
            changed = group["lr"] != before and before != 0  # by another schedule, say
            group["lr"] = float(group["lr"] * rate / before if changed else rate)
        for group, momentum in zip(groups, self.momenta(t), strict=False):
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum
        self.last_epoch, self._rates = t, rates
        self._last_lr = [group["lr"] for group in groups]

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set, one for each group."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """What changes, to go on from; the settings are the constructor's."""
        return {name: deepcopy(getattr(self, name)) for name in self.remembered}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`, with the learning rates that the last step set.

        Raises:
            ArgumentTypeError: the state is not a dict.
            StateError: an entry is missing.
            OperationError: it is of an optimizer with another number of groups.
        """
        if not isinstance(state, Mapping):
            raise ArgumentTypeError(
                f"{self.name}: expected what state_dict gave, got {type(state).__name__}"
            )
        missing = set(self.remembered) - state.keys()
        if missing:
            raise StateError(f"{self.name}: the state lacks {', '.join(sorted(missing))}")
        self.check_groups(len(state["_last_lr"]))
        for name in self.remembered:
            setattr(self, name, deepcopy(state[name]))
        for group, rate in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = rate


def along_cosine(start: float, end: float, part: float) -> float:
    """From start (part 0) to end (part 1) down half a cosine."""
    return end + (start - end) * (1 + cos(pi * part)) / 2


def along_line(start: float, end: float, part: float) -> float:
    """From start (part 0) to end (part 1) straight."""
    return start + (end - start) * part
