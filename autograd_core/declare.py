"""How operations are declared: the decorators of the tables in `derivatives/`, and a user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, call_explained, explain
from autograd_core.fast import Binary, Unary
from autograd_core.operation import Operation
from autograd_core.primitive import Primitive, Rule
from autograd_core.registry import NUMPY, enter_composite


def elementwise(*derivatives: Rule | None, **settings: Any) -> Callable[[Any], Primitive]:
    """Declare an elementwise operation by its local derivative with respect to each operand.

    A rule's parameters name what it needs: operands, options, or y, the result (all names: see
    `autograd_core.primitive`). None stands for an operand without a derivative.

    >>> @elementwise(lambda x, y: y + x * y)
    ... def x_exp_x(x):
    ...     return x * np.exp(x)

    `singular=True` says that a derivative can be infinite or NaN at a finite operand.
    """

    def declare(function: Any) -> Primitive:
        arity = len(derivatives)
        has_options = callable(function) and (
            not isinstance(function, np.ufunc) and len(signature(function).parameters) > arity
        )
        kind = Primitive if has_options else {1: Unary, 2: Binary}.get(arity, Primitive)
        return kind(function, "elementwise", derivatives, **settings)

    return declare


def linear(*transposes: Rule | None, **settings: Any) -> Callable[[Any], Primitive]:
    """Declare an operation that is linear in each operand, by the transposes.

    A rule's first parameter is the cotangent g of the result, the others name what it needs;
    it returns the operand's cotangent.

    >>> @linear(lambda g, k: g / k)
    ... def shrunk(x, k):
    ...     return x / k

    `joint=True`: linear in all operands together (concatenate), not in each by itself (matmul).
    """
    return lambda function: Primitive(function, "linear", transposes, **settings)


def general(
    vjp: Rule | Sequence[Rule | None], jvp: Rule | Sequence[Rule | None], **settings: Any
) -> Callable[[Any], Primitive]:
    """Declare any other operation by a VJP and a JVP for each operand.

    A VJP takes the cotangent g of the result first and returns the operand's; a JVP takes the
    operand's tangent t first and returns the result's.

    >>> @general(
    ...     vjp=lambda g, x: 2 * g * x,
    ...     jvp=lambda t, x: 2 * np.sum(x * t),
    ... )
    ... def squared_norm(x):
    ...     return np.sum(x * x)
    """
    vjps = [vjp] if callable(vjp) else vjp
    jvps = [jvp] if callable(jvp) else jvp
    return lambda function: Primitive(function, "general", vjps, pushes=jvps, **settings)


def nondifferentiable(function: Any, numpy: Any = (), name: str | None = None) -> Operation:
    """Declare a function whose result carries no gradient (comparisons, argmax, ...)."""
    if not isinstance(function, np.ufunc) and numpy == ():
        numpy = function
    return Operation(function, numpy, name)


def composite(numpy: Any = ()) -> Callable[[Any], Any]:
    """Declare a function written in terms of operations, and the NumPy functions it replaces."""

    def declare(function: Any) -> Any:
        name = function.__name__

        @wraps(function)
        def explained(*args: Any, **kwargs: Any) -> Any:
            try:
                return call_explained(name, function, args, kwargs)
            except AutogradError as error:
                if str(error).startswith(name):
                    raise
                raise explain(name, args, error) from error

        enter_composite(name, explained)
        for alias in numpy if isinstance(numpy, tuple) else (numpy,):
            NUMPY[alias] = explained
        return explained

    return declare
