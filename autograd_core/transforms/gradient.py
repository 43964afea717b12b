"""The gradient of a function with one result: `grad`, `value_and_grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_core.errors import ArgumentTypeError, DTypeError, ShapeError
from autograd_core.transforms.reverse import vjp


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of a scalar function.

    Args:
        f: returns one number.
        argnums: which positional argument(s) to differentiate; a tuple gives a tuple.

    For a complex argument the gradient points uphill (steepest ascent), as in PyTorch.

    Raises (when called):
        ShapeError: f returned more than one number.
        DTypeError: the argument is an integer array, or f returned a complex number.

    >>> grad(np.sin)(0.0)
    np.float64(1.0)
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes (f(x), gradient) in one pass. See `grad`."""
    if not callable(f):
        raise ArgumentTypeError(f"grad: expected a function, got {f!r:.60}")
    positions = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(positions, list | tuple) or not all(isinstance(p, int) for p in positions):
        raise ArgumentTypeError(
            f"grad: argnums is the position of an argument or a tuple of positions, got "
            f"{argnums!r:.60}; pass the arguments to the function that grad returns: grad(f)(x)"
        )

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        check_positions(positions, len(args))

        def of_chosen(*chosen: Any) -> Any:
            changed = list(args)
            for position, argument in zip(positions, chosen, strict=True):
                changed[position] = argument
            return f(*changed, **kwargs)

        value, pull = vjp(of_chosen, *[args[position] for position in positions])
        if isinstance(value, int | float | complex):
            value = np.asarray(value)[()]
        check_value(value)
        gradients = pull(np.ones(value.shape, value.dtype))
        return value, gradients[0] if isinstance(argnums, int) else gradients

    return value_and_gradient


def check_positions(positions: Sequence[int], count: int) -> None:
    """Refuse positions of arguments that were not given, or that occur twice."""
    for position in positions:
        if not -count <= position < count:
            raise ArgumentTypeError(
                f"grad: argument {position} does not exist, {count} positional argument(s) were "
                "given"
            )
    if len({position % count for position in positions}) < len(positions):
        raise ArgumentTypeError(f"grad: an argument occurs twice in argnums={tuple(positions)}")


def check_value(value: Any) -> None:
    """Refuse a function's result that is not one real number."""
    if not hasattr(value, "dtype"):
        raise ArgumentTypeError(
            f"grad: the function must return one number, it returned {type(value).__name__}"
        )
    if value.shape != () and np.size(value) != 1:
        raise ShapeError(
            f"grad: the function must return one number, it returned shape {value.shape}; "
            "reduce it with .sum() or .mean(), or use vjp"
        )
    if value.dtype.kind == "c":
        raise DTypeError("grad: the function returned a complex number; take its real part")
