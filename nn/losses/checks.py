"""What the losses share: their reduction, and their complaints about input that does not fit."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import array_of, as_operand

ROUNDING = 1e-4
"""How far a probability given as target may lie outside [0, 1]: it was computed somehow."""

REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda losses: losses}


def reduce(losses: Any, reduction: str) -> Any:
    """`losses` as their "mean", their "sum", or ("none") as they are."""
    function = REDUCTIONS.get(reduction) if isinstance(reduction, str) else None
    if function is None:
        raise ac.OperationError(
            f"reduction must be one of {', '.join(REDUCTIONS)}, got {reduction!r}"
        )
    return function(losses)


def floating(name: str, what: str, values: Any) -> Any:
    """`values` as an array, which must be real floating numbers."""
    values = as_operand(values)
    if values.dtype.kind != "f":
        raise ac.DTypeError(
            f"{name}: expected floating {what}, got {values.dtype} of shape {values.shape}"
        )
    return values


def operands(
    name: str,
    input: Any,
    target: Any,
    *,
    low: float = -inf,
    high: float = inf,
    slack: float = 0.0,
) -> tuple[Any, Any]:
    """Predictions, and targets of the same shape within [low, high]; both floating arrays."""
    input = floating(name, "predictions", input)
    target = as_operand(target)
    if input.shape != target.shape:
        hint = ""
        if input.shape == (*target.shape, 1):
            hint = "; for a column of predictions use target[:, None]"
        raise ac.ShapeError(
            f"{name}: input {input.shape} and target {target.shape} must have the same shape{hint}"
        )
    check_range(name, "target", target, low, high, slack)
    return input, target if target.dtype.kind == "f" else as_dtype(target, input.dtype)


def check_range(
    name: str, what: str, values: Any, low: float = -inf, high: float = inf, slack: float = 0.0
) -> None:
    """Raise unless `values` are real numbers within [low, high] (± slack), none of them NaN."""
    if values.dtype.kind not in "fiub":
        raise ac.DTypeError(
            f"{name}: expected real numbers as {what}, got {values.dtype} of shape {values.shape}"
        )
    values = array_of(values)
    if not values.size or (values.dtype.kind != "f" and low == -inf and high == inf):
        return
    least, most = values.min(), values.max()
    if not (low - slack <= least and most <= high + slack):
        if np.isnan(least):
            place = tuple(np.argwhere(np.isnan(values))[0].tolist())
            raise ac.OperationError(f"{name}: {what} is NaN at {place} of shape {values.shape}")
        raise ac.OperationError(
            f"{name}: {what} must lie in [{low:g}, {high:g}], got {least} … {most}"
        )


def signs(name: str, target: Any) -> np.ndarray:
    """Targets that must be 1 or -1, as an array."""
    target = array_of(target)
    if target.dtype.kind not in "fiu" or not np.all(np.abs(target) == 1):
        found = ", ".join(map(str, np.unique(target)[:4]))
        raise ac.OperationError(
            f"{name}: targets must be 1 or -1, got {target.dtype} of shape {target.shape} with "
            f"{found}; from 0 and 1, 2 * target - 1"
        )
    return target


def scales(name: str, what: str, weight: Any, input: Any) -> Any:
    """A weight in the dtype of the predictions, which it must not broadcast."""
    weight = as_dtype(weight, input.dtype)
    check_range(name, what, weight)
    try:
        fits = np.broadcast_shapes(weight.shape, input.shape) == input.shape
    except ValueError:
        fits = False
    if not fits:
        raise ac.ShapeError(
            f"{name}: {what} {weight.shape} does not broadcast to the input's shape {input.shape}"
        )
    return weight


def weighed(name: str, losses: Any, weight: Any, input: Any) -> Any:
    """One loss for each element of the input, times `weight`."""
    return losses if weight is None else times(scales(name, "weight", weight, input), losses)


def as_dtype(values: Any, dtype: Any) -> Any:
    """Real numbers as an array in this dtype; a Tensor stays on its graph.

    Raises:
        DTypeError: they are not real numbers.
        ShapeError: ragged nested lists.
    """
    values = as_operand(values)
    if values.dtype.kind not in "fiub":
        raise ac.DTypeError(f"expected real numbers, got {values.dtype} of shape {values.shape}")
    return values.astype(dtype)


def times(weight: Any, losses: Any) -> Any:
    """weight * losses, but 0 where a loss that is infinite or NaN has weight 0."""
    dead = (array_of(weight) == 0) & ~np.isfinite(array_of(losses))
    return weight * (np.where(dead, 0, losses) if dead.any() else losses)
