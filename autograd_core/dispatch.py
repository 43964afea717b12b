"""NumPy's protocols: how `np.exp(x)` and `np.concatenate([x, y])` reach our operations."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np

from autograd_core.errors import UnsupportedError
from autograd_core.primitive import NUMPY

LEAVE = "use .detach().numpy() to leave the graph on purpose"


def array_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Run the operation registered for `ufunc`, or for a method of it such as `reduce`."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    refuse_out(name, kwargs)
    operation = NUMPY.get(ufunc if method == "__call__" else (ufunc, method))
    if operation is None:
        raise UnsupportedError(f"numpy.{name} does not support tensors; {LEAVE}")
    if method == "reduce" and len(inputs) == 1:
        kwargs.setdefault("axis", 0)
    return operation(*inputs, **kwargs)


def array_function(self: Any, func: Any, types: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Run what is registered for the NumPy function `func`."""
    name = f"{func.__module__}.{func.__name__}"
    refuse_out(name, kwargs)
    operation = NUMPY.get(func)
    if operation is None:
        raise UnsupportedError(f"{name} does not support tensors; {LEAVE}")
    if kwargs:
        kwargs = renamed(func, operation, kwargs)
    return operation(*args, **kwargs)


def refuse_out(name: str, kwargs: dict[str, Any]) -> None:
    """Drop `out=None`, refuse any other `out=`."""
    if kwargs.pop("out", None) is not None:
        raise UnsupportedError(
            f"numpy.{name}: writing the result into an existing array (out=, or "
            "array += tensor) would lose its gradient; write `array = array + tensor`"
        )


def renamed(func: Any, operation: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give keyword arguments that NumPy names differently (`a=`) our names, by position."""
    ours = list(signature(operation).parameters)
    theirs = list(signature(func).parameters)
    return {
        name if name in ours or name not in theirs[: len(ours)] else ours[theirs.index(name)]: value
        for name, value in kwargs.items()
    }
