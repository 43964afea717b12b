"""Checks of the layers' settings and inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd_core import OperationError, ShapeError
from nn.checks import as_operand, is_integer
from nn.module import Module

LETTERS = {1: "L", 2: "H, W", 3: "D, H, W"}
"""What the spatial axes are called in messages."""


def per_axis(layer: str, name: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """A setting as one integer for each axis.

    Raises:
        OperationError: it is neither an integer >= least nor `axes` of them.
    """
    several = isinstance(value, Iterable) and getattr(value, "ndim", 1)
    values: tuple[Any, ...] = tuple(value) if several else (value,) * axes
    if len(values) != axes or not all(is_integer(v) and v >= least for v in values):
        raise OperationError(
            f"{layer}: {name} must be an integer >= {least}, or a tuple of {axes} of them, "
            f"got {value!r}"
        )
    return tuple(map(int, values))


def on_batch(
    layer: Module, axes: int, channels: int | None, x: Any, function: Callable[[Any], Any]
) -> Any:
    """function(x) for x (N, C, *spatial); one example (C, *spatial) as a batch of one.

    Raises:
        ShapeError: x has other axes, or not `channels` channels.
    """
    x = as_operand(x)
    if x.ndim not in (axes + 1, axes + 2) or channels not in (None, x.shape[-axes - 1]):
        example = f"{'C' if channels is None else channels}, {LETTERS[axes]}"
        raise ShapeError(
            f"{type(layer).__name__}: expected an input of shape (N, {example}) or ({example}), "
            f"got {x.shape}"
        )
    return function(x) if x.ndim == axes + 2 else function(x[None])[0]
