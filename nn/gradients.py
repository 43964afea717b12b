"""Gradients between `backward` and `optimizer.step`: clipping, noise, accumulation.

Gradients accumulate by themselves: `backward` adds to `grad`, so the gradient of a batch that
does not fit in memory is the sum of those of its parts:

    optimizer.zero_grad()
    for inputs, targets in parts:
        (loss(model(inputs), targets) / len(parts)).backward()
    optimizer.step()

The functions here end in _ because they replace the gradients of the parameters they are given;
parameters without one are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf, isfinite, sqrt
from numbers import Real
from typing import Any

import numpy as np

from autograd_core import ArgumentTypeError, OperationError, Tensor, as_tensor
from autograd_core.extend import value_of
from nn.checks import check_numbers, length_of
from nn.errors import NonFiniteGradientError
from nn.random import drawn

__all__ = ["add_grad_noise_", "clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients by one factor, so that their common norm is at most about max_norm.

    The factor is min(1, max_norm / (norm + 1e-6)), as in PyTorch.

    Args:
        parameters: Tensors, or one.
        max_norm: the bound, >= 0.
        norm_type: p > 0 of the p-norm of all gradients as one vector; inf for the largest |g|.
        error_if_nonfinite: raise rather than spread a NaN or infinite norm to all gradients.

    Returns:
        The norm before; 0 if there are no gradients.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.

    Raises:
        OperationError: max_norm or norm_type is out of range.
        NonFiniteGradientError: the norm is not finite, and `error_if_nonfinite`.
        ArgumentTypeError: a parameter is not a Tensor.
    """
    norm_type = inf if norm_type == "inf" else norm_type
    for name, value in (("max_norm", max_norm), ("norm_type", norm_type)):
        if not (isinstance(value, Real) and value >= 0):
            raise OperationError(f"clip_grad_norm_: {name} must be a number >= 0, got {value!r}")
    if not norm_type:
        raise OperationError("clip_grad_norm_: norm_type must be > 0")
    p = float(norm_type)
    moving = with_gradient("clip_grad_norm_", parameters)
    norms = [length_of(np.ravel(value_of(parameter.grad)), p) for parameter in moving]
    norm = float(length_of(np.array(norms, float), p)) if norms else 0.0
    if error_if_nonfinite and not isfinite(norm):
        raise NonFiniteGradientError(f"clip_grad_norm_: the norm of the gradients is {norm}")
    factor = float(max_norm) / (norm + 1e-6)
    if not factor >= 1:  # nor NaN
        change(moving, lambda gradient: gradient * factor)
    return norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Limit each number in the gradients to -clip_value … clip_value.

    Raises:
        OperationError: clip_value is negative or NaN, or a gradient is complex.
        ArgumentTypeError: a parameter is not a Tensor.
    """
    if not (isinstance(clip_value, Real) and clip_value >= 0):
        raise OperationError(
            f"clip_grad_value_: clip_value must be a number >= 0, got {clip_value!r}"
        )
    bound = float(clip_value)
    moving = with_gradient("clip_grad_value_", parameters)
    if any(parameter.dtype.kind == "c" for parameter in moving):
        raise OperationError("clip_grad_value_: complex gradients have no order; use the norm")
    change(moving, lambda gradient: np.clip(gradient, -bound, bound))


def add_grad_noise_(
    parameters: Tensor | Iterable[Tensor],
    step: int,
    eta: float = 0.3,
    gamma: float = 0.55,
    generator: np.random.Generator | None = None,
) -> float:
    """Add Normal noise of variance eta / (1 + step)^gamma to all gradients.

    Args:
        parameters: Tensors, or one.
        step: the number of the step, from 0.
        eta: the variance at first; the paper chooses among 0.01, 0.3 and 1.
        gamma: how fast it falls.
        generator: where numbers come from; that of `manual_seed` if None.

    Returns:
        The standard deviation of the noise. (Complex gradients get that much in each part.)

    Source: Neelakantan et al., "Adding Gradient Noise Improves Learning for Very Deep Networks",
    2015, (1).

    Raises:
        OperationError: step, eta or gamma is negative or NaN.
        ArgumentTypeError: a parameter is not a Tensor.
    """
    check_numbers("add_grad_noise_", 0, step=step, eta=eta, gamma=gamma)
    generator = drawn(generator)
    deviation = sqrt(eta / (1 + step) ** gamma)

    def noisy(gradient: Any) -> Any:
        noise = deviation * generator.standard_normal(np.shape(gradient))
        if gradient.dtype.kind == "c":
            noise = noise + 1j * deviation * generator.standard_normal(np.shape(gradient))
        return gradient + noise.astype(gradient.dtype)

    change(with_gradient("add_grad_noise_", parameters), noisy)
    return deviation


def with_gradient(name: str, parameters: Tensor | Iterable[Tensor]) -> list[Any]:
    """Those of the parameters that have a gradient."""
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    given = list(given) if isinstance(given, Iterable) else [given]
    for parameter in given:
        if not isinstance(parameter, Tensor):
            raise ArgumentTypeError(
                f"{name}: expected Tensors, got {type(parameter).__name__}; pass model.parameters()"
            )
    return [parameter for parameter in given if parameter.grad is not None]


def change(parameters: list[Any], function: Callable[[Any], Any]) -> None:
    """Replace gradients: their memory may belong to others, too."""
    for parameter in parameters:
        parameter.grad = as_tensor(function(value_of(parameter.grad)))
