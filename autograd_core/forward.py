"""Forward mode: a Dual carries a value (primal) and its derivative along one direction (tangent).

`jvp` makes Duals; operations push them through the same rules that reverse mode uses
(`push_forward` in `primitive.py`). A Dual may contain Tensors, but a Tensor never contains Duals;
that settles what every mixture of the two modes means.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from autograd_core.array import Array, cast
from autograd_core.errors import ConversionError, ShapeError

new_level = count(1).__next__


class Dual(Array):
    """A value and its tangent, of the same shape and dtype.

    Args:
        primal: the value; array, Tensor or Dual.
        tangent: its derivative along the direction; zero if None.
        level: which differentiation the tangent belongs to. Only tangents of the same level are
            combined, or nested derivatives would confuse their perturbations. Each `jvp` takes a
            new level; Duals made by hand share level 0.

    Raises:
        ShapeError: primal and tangent have different shapes.

    >>> x = Dual(3.0, 1.0)
    >>> (x * x).tangent
    np.float64(6.0)
    """

    __slots__ = ("level", "primal", "tangent")

    def __init__(self, primal: Any, tangent: Any = None, level: int = 0) -> None:
        if not isinstance(primal, Array):
            primal = np.asarray(primal)
            if primal.dtype.kind in "biu":
                primal = primal.astype(float)
            primal = primal[()]
        if tangent is None:
            tangent = np.zeros(primal.shape, primal.dtype)[()]
        self.primal = primal
        self.tangent = conform(tangent, primal.shape, primal.dtype)
        self.level = level

    @property
    def _value(self) -> Any:
        return self.primal

    def _rebind(self, result: Array) -> Dual:
        if not isinstance(result, Dual):
            result = Dual(result, None, self.level)
        self.primal, self.tangent, self.level = result.primal, result.tangent, result.level
        return self

    def detach(self) -> Any:
        """The value without its tangent."""
        return self.primal

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise ConversionError(
            "a Dual cannot become a NumPy array without losing its tangent; use .primal and "
            ".tangent, and autograd_core.stack([...]) to join Duals"
        )

    def __float__(self) -> float:
        raise ConversionError("float() of a Dual would lose its tangent; use float(x.primal)")

    def __bool__(self) -> bool:
        return bool(self.primal)

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, {self.tangent!r})"


def conform(tangent: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """`tangent` in a result's shape and dtype: broadcast and cast, to its real part if need be."""
    tangent = cast(tangent if isinstance(tangent, Array) else np.asarray(tangent)[()], dtype)
    if tangent.shape != shape:
        try:
            tangent = np.broadcast_to(tangent, shape)
        except ValueError:
            raise ShapeError(f"tangent: expected shape {shape}, got {tangent.shape}") from None
    return tangent
