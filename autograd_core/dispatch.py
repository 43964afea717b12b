"""NumPy's protocols: how `np.exp(x)` and `np.concatenate([x, y])` reach our operations."""

from __future__ import annotations

from functools import cache
from inspect import Parameter, signature
from itertools import takewhile
from typing import Any

import numpy as np

from autograd_core.errors import UnsupportedError, call_explained
from autograd_core.registry import METHODS, NUMPY

ADVICE = (
    "`python -m autograd_core.derivatives` lists the functions that do; autograd_core.elementwise, "
    "linear and general declare your own; .detach().numpy() leaves the graph"
)


def array_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """`__array_ufunc__`: run what is registered for `ufunc`, or a method of it such as `reduce`."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    refuse_out(name, kwargs)
    if method == "outer" and ufunc.nin == 2 and not ufunc.signature:
        inputs, method = METHODS["facing"](*inputs), "__call__"
    operation = NUMPY.get(ufunc if method == "__call__" else (ufunc, method))
    if operation is None:
        raise UnsupportedError(f"numpy.{name} does not support tensors; {ADVICE}")
    if method == "reduce" and len(inputs) == 1:
        kwargs.setdefault("axis", 0)
    return call_explained(f"numpy.{name}", operation, inputs, kwargs)


def array_function(self: Any, func: Any, types: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """`__array_function__`: run what is registered for the NumPy function `func`."""
    name = f"{func.__module__}.{func.__name__}".removeprefix("numpy.")
    theirs = parameters(func)
    if "out" in theirs[: len(args)]:  # ours have no `out`: pass what follows by name
        k = theirs.index("out")
        args, kwargs = args[:k], kwargs | dict(zip(theirs[k:], args[k:], strict=False))
    refuse_out(name, kwargs)
    operation = NUMPY.get(func)
    if operation is None:
        raise UnsupportedError(f"numpy.{name} does not support tensors; {ADVICE}")
    if kwargs:
        kwargs = renamed(func, operation, kwargs)
    return call_explained(f"numpy.{name}", operation, args, kwargs)


def refuse_out(name: str, kwargs: dict[str, Any]) -> None:
    """Drop `out=None`, refuse any other `out=`."""
    if kwargs.pop("out", None) is not None:
        raise UnsupportedError(
            f"numpy.{name}: writing the result into an existing array (out=, or "
            "array += tensor) would lose its gradient; write `array = array + tensor`"
        )


@cache
def parameters(function: Any) -> tuple[str, ...]:
    """The names of the parameters that can be passed by position and come before any *args."""
    every = signature(function).parameters.values()
    by_name_only = (Parameter.VAR_POSITIONAL, Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)
    return tuple(
        parameter.name
        for parameter in takewhile(lambda parameter: parameter.kind not in by_name_only, every)
    )


def renamed(func: Any, operation: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments under our names: where NumPy's differ (`a=`), the position decides."""
    ours, theirs = parameters(operation), parameters(func)
    return {
        name if name in ours or name not in theirs[: len(ours)] else ours[theirs.index(name)]: value
        for name, value in kwargs.items()
    }
