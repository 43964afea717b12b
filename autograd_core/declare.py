"""How operations are declared: the decorators of the tables in `derivatives/`, and a user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, explain
from autograd_core.primitive import COMPOSITES, NUMPY, Binary, Operation, Primitive, Rule, Unary


def elementwise(*derivatives: Rule | None, **settings: Any) -> Callable[[Any], Primitive]:
    """Declare an elementwise operation by its local derivative with respect to each operand.

    `singular=True` says that a derivative can be infinite or NaN at a finite operand.
    """

    def declare(function: Any) -> Primitive:
        kind = Primitive
        if isinstance(function, np.ufunc) or len(signature(function).parameters) == len(
            derivatives
        ):
            kind = {1: Unary, 2: Binary}.get(len(derivatives), Primitive)
        return kind(function, "elementwise", derivatives, **settings)

    return declare


def linear(*transposes: Rule | None, **settings: Any) -> Callable[[Any], Primitive]:
    """Declare an operation that is linear in each operand, by the transposes.

    `joint=True`: linear in all operands together (concatenate), not in each by itself (matmul).
    """
    return lambda function: Primitive(function, "linear", transposes, **settings)


def general(
    vjp: Rule | Sequence[Rule | None], jvp: Rule | Sequence[Rule | None], **settings: Any
) -> Callable[[Any], Primitive]:
    """Declare any other operation by its VJP and JVP, one each for every operand."""
    vjps = [vjp] if callable(vjp) else vjp
    jvps = [jvp] if callable(jvp) else jvp
    return lambda function: Primitive(function, "general", vjps, pushes=jvps, **settings)


def nondifferentiable(function: Any, numpy: Any = (), name: str | None = None) -> Operation:
    """Declare a function whose result carries no gradient (comparisons, argmax, ...)."""
    if not isinstance(function, np.ufunc) and numpy == ():
        numpy = function
    return Operation(function, numpy, name)


def composite(numpy: Any = ()) -> Callable[[Any], Any]:
    """Declare a function written in terms of other operations, and its NumPy names."""

    def declare(function: Any) -> Any:
        @wraps(function)
        def explained(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except AutogradError:
                raise
            except (ValueError, IndexError) as error:
                raise explain(function.__name__, args, error) from error

        COMPOSITES[function.__name__] = explained
        for alias in numpy if isinstance(numpy, tuple) else (numpy,):
            NUMPY[alias] = explained
        return explained

    return declare
