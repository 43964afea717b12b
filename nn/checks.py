"""Checks of settings and data, shared by all of `nn`: integers, numbers within bounds, arrays."""

from __future__ import annotations

from math import inf, isfinite
from numbers import Real
from typing import Any

import numpy as np

from autograd_core import Array, OperationError, norm
from autograd_core.extend import checked_array, value_of


def as_operand(x: Any) -> Any:
    """`x` if it is a Tensor or a Dual, else as an array of numbers.

    Raises:
        ShapeError: ragged nested lists.
        DTypeError: not numbers.
    """
    return x if isinstance(x, Array) else checked_array(x)


def array_of(values: Any) -> np.ndarray:
    """The numbers in `values` without derivatives, as an array; read-only if a Tensor has them."""
    array = np.asarray(value_of(values))
    if isinstance(values, Array):
        array = array.view()
        array.flags.writeable = False
    return array


def length_of(array: np.ndarray, p: float = 2.0, axis: int | None = None) -> Any:
    """The p-norm, also where squares overflow or vanish; in float32 at least.

    It is the engine's, for arrays: NumPy's is infinite for 1e20 in float32.
    """
    return norm(array.astype(np.result_type(array.dtype, np.float32), copy=False), p, axis)


def is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: Any, least: float = -inf, most: float = inf) -> bool:
    """Whether `value` is a finite real number within bounds."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return least <= (number := float(value)) <= most and isfinite(number)


def check_sizes(where: str, **sizes: Any) -> None:
    """Raise OperationError unless every size is an integer of at least 1."""
    for name, size in sizes.items():
        if not is_integer(size) or size < 1:
            raise OperationError(f"{where}: {name} must be an integer >= 1, got {size!r}")


def check_numbers(where: str, least: float = -inf, most: float = inf, /, **numbers: Any) -> None:
    """Raise OperationError unless all are finite numbers within bounds."""
    for name, number in numbers.items():
        if not is_number(number, least, most):
            bounds = f" >= {least:g}" if least > -inf else ""
            words = (
                f"a number in [{least:g}, {most:g}]" if most < inf else f"a finite number{bounds}"
            )
            raise OperationError(f"{where}: {name} must be {words}, got {number!r}")


def check_positive(where: str, **numbers: Any) -> None:
    """Raise OperationError unless all are finite numbers > 0."""
    for name, number in numbers.items():
        if not is_number(number, 0) or number == 0:
            raise OperationError(f"{where}: {name} must be a finite number > 0, got {number!r}")
