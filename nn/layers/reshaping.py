"""Layers that only change shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

import autograd_core as ac
from nn.checks import as_operand, is_integer
from nn.layers.checks import per_axis
from nn.module import Module

__all__ = ["Flatten", "Unflatten", "ZeroPad2d"]


def axis_of(layer: str, name: str, axis: int, shape: tuple[int, ...]) -> int:
    """A setting that names an axis, counted from the front.

    Raises:
        ShapeError: the input has no such axis.
        OperationError: it is not an integer.
    """
    if not is_integer(axis):
        raise ac.OperationError(f"{layer}: {name} must be an integer, got {axis!r}")
    if not -len(shape) <= axis < len(shape):
        raise ac.ShapeError(f"{layer}: an input of shape {shape} has no axis {name}={axis}")
    return axis % len(shape)


class Flatten(Module):
    """Join the axes start_dim … end_dim into one.

    Raises (when called):
        ShapeError: the input has no such axes.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        x = as_operand(x)
        x = x if x.shape else ac.reshape(x, (1,))
        start = axis_of("Flatten", "start_dim", self.start_dim, x.shape)
        end = axis_of("Flatten", "end_dim", self.end_dim, x.shape)
        if start > end:
            raise ac.ShapeError(
                f"Flatten: start_dim={self.start_dim} comes after end_dim={self.end_dim} in an "
                f"input of shape {x.shape}"
            )
        joined = prod(x.shape[start : end + 1])
        return ac.reshape(x, (*x.shape[:start], joined, *x.shape[end + 1 :]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split axis `dim` into axes of the sizes `unflattened_size`, one of which may be -1.

    Raises:
        OperationError: unflattened_size is not valid.
        ShapeError (when called): the input has no such axis, or of another size.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        sizes = tuple(unflattened_size) if isinstance(unflattened_size, Sequence) else ()
        if not sizes or not all(map(is_integer, sizes)) or min(sizes) < -1 or sizes.count(-1) > 1:
            raise ac.OperationError(
                "Unflatten: unflattened_size must be integers, at most one of them -1, "
                f"got {unflattened_size!r}"
            )
        self.dim, self.unflattened_size = dim, sizes

    def forward(self, x):
        x = as_operand(x)
        axis = axis_of("Unflatten", "dim", self.dim, x.shape)
        size, sizes = x.shape[axis], self.unflattened_size
        known = prod(n for n in sizes if n != -1)
        if -1 in sizes and known:
            sizes = tuple(size // known if n == -1 else n for n in sizes)
        if prod(sizes) != size:
            raise ac.ShapeError(
                f"Unflatten: axis {axis} of an input of shape {x.shape} cannot be split into "
                f"{self.unflattened_size}"
            )
        return ac.reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class ZeroPad2d(Module):
    """Zeros around images (..., H, W): an int, or (left, right, top, bottom).

    Raises:
        OperationError: padding is not integers >= 0.
        ShapeError (when called): the input has fewer than two axes.
    """

    def __init__(self, padding: int | tuple[int, int, int, int]) -> None:
        self.padding = per_axis("ZeroPad2d", "padding", padding, 4, 0)

    def forward(self, x):
        x = as_operand(x)
        if x.ndim < 2:
            raise ac.ShapeError(f"ZeroPad2d: expected an input (..., H, W), got {x.shape}")
        left, right, top, bottom = self.padding
        return np.pad(x, [*[(0, 0)] * (x.ndim - 2), (top, bottom), (left, right)])

    def extra_repr(self) -> str:
        return f"{self.padding}"
