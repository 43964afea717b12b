"""Losses as modules: the functions of `nn.functional` with their settings."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any, ClassVar

import numpy as np

from autograd_core import ArgumentTypeError, Tensor
from autograd_core.errors import call_explained
from nn import functional
from nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "FocalLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "TripletMarginLoss",
]


class Loss(Module):
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
    settings: ClassVar[dict[str, Any]] = {}
    __signature__: ClassVar[Signature] = Signature()

    def __init_subclass__(cls, function: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if function is not None:
            taken = [
                p
                for p in signature(function, eval_str=True).parameters.values()
                if p.default is not p.empty
            ]
            cls.function = staticmethod(function)
            cls.settings = {parameter.name: parameter.default for parameter in taken}
            cls.__signature__ = Signature(taken)
            cls.__doc__ = cls.__doc__ or function.__doc__

    def __init__(self, *args: Any, **settings: Any) -> None:
        try:
            given = self.__signature__.bind(*args, **settings).arguments
        except TypeError as error:
            name = type(self).__name__
            raise ArgumentTypeError(f"{name}: {error}; it is {name}{self.__signature__}") from None
        for name, value in (self.settings | given).items():
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

    def extra_repr(self) -> str:
        shown = []
        for name, default in self.settings.items():
            value = getattr(self, name)
            if isinstance(value, Tensor):
                shown.append(f"{name} of shape {value.shape}")
            elif value != default:
                shown.append(f"{name}={value!r}")
        return ", ".join(shown)


class MSELoss(Loss, function=functional.mse_loss): ...


class L1Loss(Loss, function=functional.l1_loss): ...


class HuberLoss(Loss, function=functional.huber_loss): ...


class SmoothL1Loss(Loss, function=functional.smooth_l1_loss): ...


class PoissonNLLLoss(Loss, function=functional.poisson_nll_loss): ...


class GaussianNLLLoss(Loss, function=functional.gaussian_nll_loss): ...


class CrossEntropyLoss(Loss, function=functional.cross_entropy): ...


class NLLLoss(Loss, function=functional.nll_loss): ...


class FocalLoss(Loss, function=functional.focal_loss): ...


class MultiMarginLoss(Loss, function=functional.multi_margin_loss): ...


class BCELoss(Loss, function=functional.binary_cross_entropy): ...


class BCEWithLogitsLoss(Loss, function=functional.binary_cross_entropy_with_logits): ...


class HingeLoss(Loss, function=functional.hinge_loss): ...


class KLDivLoss(Loss, function=functional.kl_div): ...


class HingeEmbeddingLoss(Loss, function=functional.hinge_embedding_loss): ...


class CosineEmbeddingLoss(Loss, function=functional.cosine_embedding_loss): ...


class TripletMarginLoss(Loss, function=functional.triplet_margin_loss): ...
