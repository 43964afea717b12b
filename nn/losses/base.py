"""The losses' base class: a function of predictions and targets as a module."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, ClassVar

import numpy as np

from autograd_core import ArgumentTypeError, Tensor
from autograd_core.extend import call_explained
from nn.module import Module
from nn.settings import Setting, WithSettings

__all__ = ["Loss"]


class Loss(WithSettings, Module):
    """A function of predictions and targets, with its settings.

    A subclass names the function. Those of its parameters that have defaults are the settings:
    the class takes them, under the function's signature and documentation, and has them as
    attributes; weights are buffers, saved and converted as those of other modules.

    >>> def log_cosh_loss(input, target, reduction="mean"):
    ...     return nn.functional.reduce(np.log(np.cosh(input - target)), reduction)
    >>> class LogCoshLoss(Loss, function=log_cosh_loss): ...

    Raises:
        ArgumentTypeError: there is no such setting.
    """

    function: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, function: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if function is not None:
            cls.function = staticmethod(function)
            cls.__doc__ = cls.__doc__ or function.__doc__
            cls.use_settings(
                Setting(parameter.name, parameter.default, kind=parameter.kind)
                for parameter in signature(function).parameters.values()
                if parameter.default is not parameter.empty
            )

    def __init__(self, *args: Any, **settings: Any) -> None:
        for name, value in self.configured(args, settings).items():
            if isinstance(value, Tensor | np.ndarray | list | tuple):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def forward(self, *operands: Any, **named: Any) -> Any:
        repeated = named.keys() & self.settings.keys()
        if repeated:
            raise ArgumentTypeError(
                f"{type(self).__name__}: {', '.join(sorted(repeated))} is set when the loss is made"
            )
        settings = {name: getattr(self, name) for name in self.settings}
        return call_explained(type(self).__name__, self.function, operands, named | settings)

    def batch_weight(self, prediction: Any, target: Any) -> float:
        """What the mean over a batch is divided by, so that means of batches can be combined.

        Its rows, unless a loss says otherwise; 0 if nothing in the batch counts.
        """
        return float(len(target))

    def extra_repr(self) -> str:
        shown = []
        for name, setting in self.settings.items():
            value = getattr(self, name)
            if isinstance(value, Tensor):
                shown.append(f"{name} of shape {value.shape}")
            elif value != setting.default:
                shown.append(f"{name}={value!r}")
        return ", ".join(shown)
