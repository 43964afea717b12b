"""Upsampling: images of another size, by repeating or interpolating."""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

from __future__ import annotations

from collections.abc import Iterable
from math import floor
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import linear
from autograd_core.extend import weighted_sums
from nn.checks import as_operand, check_positive, is_integer
from nn.layers.checks import LETTERS
from nn.module import Module

__all__ = ["Upsample"]

LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
"""The interpolating modes, with how many spatial axes each is for."""


def nearest(size: int, steps: int, ratio: float) -> np.ndarray:
    """Which of `size` elements each of `steps` takes.

    In single precision, as PyTorch computes it: where a place falls between two elements,
    rounding decides.
    """
    places = np.floor(np.arange(steps, dtype=np.float32) * np.float32(ratio)).astype(int)
    return np.minimum(places, size - 1)


def interpolation(size: int, steps: int, ratio: float, align_corners: bool) -> np.ndarray:
    """The matrix (steps, size) that interpolates linearly between `size` elements."""
    if align_corners:
        places = np.arange(steps) * ((size - 1) / (steps - 1) if steps > 1 else 0.0)
    else:
        places = np.maximum((np.arange(steps) + 0.5) * ratio - 0.5, 0)
    low = np.minimum(np.floor(places).astype(int), size - 1)
    high = np.minimum(low + 1, size - 1)
    share = np.minimum(places - low, 1)
    matrix = np.zeros((steps, size))
    np.add.at(matrix, (np.arange(steps), low), 1 - share)
    np.add.at(matrix, (np.arange(steps), high), share)
    return matrix


@linear(lambda g, in_shape, places, axis: add_places(g, places, axis, in_shape[axis]))
def take_places(x, places, axis):
    """The elements of x at nondecreasing `places` along an axis."""
    return np.take(x, places, axis)


@linear(lambda g, places, axis: take_places(g, places, axis))
def add_places(h, places, axis, size):
    """The transpose of `take_places`: first of all places their first element is added, then the
    second, ... Scattering with `np.add.at` takes several times as long."""
    first, times = np.searchsorted(places, np.arange(size)), np.bincount(places, minlength=size)
    x = np.zeros((*h.shape[:axis], size, *h.shape[axis + 1 :]), h.dtype)
    for k in range(times.max()):
        reached = np.flatnonzero(times > k)
        if len(reached) == size:
            x += np.take(h, first + k, axis)
        else:
            x[(slice(None),) * axis + (reached,)] += np.take(h, first[reached] + k, axis)
    return x


class Upsample(Module):
    """Images (N, C, *spatial) in another size.

    Args:
        size: of the result, int or one for each spatial axis; or
        scale_factor: number, or one for each spatial axis.
        mode: "nearest" (repeats elements; any number of spatial axes), "linear" (one),
            "bilinear" (two) or "trilinear" (three).
        align_corners: whether the outermost elements of input and result lie on each other
            (True) or their outer edges do (False, the default); not for "nearest".

    Raises:
        OperationError: a setting is not valid, or size and scale_factor are both or not given.
        ShapeError (when called): the input has other axes, or an empty one.
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        if mode != "nearest" and mode not in LINEAR:
            raise ac.OperationError(
                f"Upsample: mode must be one of nearest, {', '.join(LINEAR)}, got {mode!r}"
            )
        if (size is None) == (scale_factor is None):
            raise ac.OperationError("Upsample: give either size or scale_factor")
        if mode == "nearest" and align_corners is not None:
            raise ac.OperationError('Upsample: mode="nearest" has no align_corners')
        for value in as_tuple(size):
            if value is not None and not (is_integer(value) and value > 0):
                raise ac.OperationError(f"Upsample: size must be integers >= 1, got {size!r}")
        for value in as_tuple(scale_factor):
            if value is not None:
                check_positive("Upsample", scale_factor=value)
        self.size, self.scale_factor = size, scale_factor
        self.mode, self.align_corners = mode, align_corners

    def forward(self, x):
        x = as_operand(x)
        axes = x.ndim - 2
        if axes not in LETTERS or LINEAR.get(self.mode, axes) != axes or 0 in x.shape[2:]:
            letters = LETTERS.get(LINEAR.get(self.mode, 0), "*spatial")
            raise ac.ShapeError(
                f"Upsample: mode {self.mode!r} expects a nonempty input (N, C, {letters}), "
                f"got {x.shape}"
            )
        for axis, (steps, ratio) in enumerate(self._targets(x.shape[2:]), start=2):
            n = x.shape[axis]
            if self.mode == "nearest":
                x = take_places(x, nearest(n, steps, ratio), axis)
            elif steps != n:
                x = weighted_sums(x, interpolation(n, steps, ratio, bool(self.align_corners)), axis)
        return x

    def _targets(self, sizes: tuple[int, ...]) -> list[tuple[int, float]]:
        """For each spatial axis the new size, and how far one step there leads in the input."""
        given = self.size if self.scale_factor is None else self.scale_factor
        given = as_tuple(given) * (1 if isinstance(given, Iterable) else len(sizes))
        if len(given) != len(sizes):
            raise ac.ShapeError(
                f"Upsample: {given} is for {len(given)} spatial axes, the input has {len(sizes)}"
            )
        pairs = zip(sizes, given, strict=True)
        if self.scale_factor is None:
            return [(target, n / target) for n, target in pairs]
        targets = []
        for n, scale in pairs:
            steps = floor(n * scale)
            # On images PyTorch's "nearest" takes exact copies and doublings as such; in one and
            # three dimensions it goes by the scale even then.
            exact = self.mode == "nearest" and len(sizes) == 2 and steps in (n, 2 * n)
            targets.append((steps, n / steps if exact else 1 / scale))
        if min(targets)[0] < 1:
            raise ac.ShapeError(f"Upsample: nothing is left of {sizes} scaled by {given}")
        return targets

    def extra_repr(self) -> str:
        size = "scale_factor" if self.size is None else "size"
        return f"{size}={getattr(self, size)}, mode={self.mode!r}"


def as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Iterable) else (value,)
