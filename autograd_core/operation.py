"""Operation: a named function that accepts arrays, Tensors and Duals.

On its own it has no derivative (`argmax`, comparisons, ...): it returns arrays, or Tensors if an
argument is a Tensor. `primitive.py` adds the derivative.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_core.array import Array, value_of
from autograd_core.errors import (
    EXPLAINED,
    ArgumentTypeError,
    OperationError,
    PicklingError,
    explain,
)
from autograd_core.registry import CLOSED, NUMPY, REGISTRY, enter_operation
from autograd_core.tensor import Tensor


class Operation:
    """A named function.

    Args:
        function: computes the result from arrays; a ufunc or a Python function.
        numpy: the NumPy function(s) that it replaces when they are called with a Tensor or Dual.
        name: used in messages and pictures; the function's own if None.

    `is_part` marks an operation that other operations are made of and that is not public.

    Raises:
        ArgumentTypeError: `function` is not callable.
        OperationError: a NumPy function in `numpy` has a rule already.
    """

    kind = "nondifferentiable"
    is_part = False

    def __init__(self, function: Callable[..., Any], numpy: Any, name: str | None) -> None:
        if not callable(function):
            raise ArgumentTypeError(
                f"expected the function to declare as an operation, got {function!r:.60}; "
                "declare first, elementwise(derivative)(function), then call the result"
            )
        self.function = function
        self.name = self.__name__ = name or function.__name__
        self.__qualname__ = name or getattr(function, "__qualname__", self.name)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self.numpy = tuple(numpy) if isinstance(numpy, tuple) else (numpy,)
        taken = [alias for alias in self.numpy if alias in CLOSED]
        if taken:
            raise OperationError(
                f"{self.name}: {taken[0]!r:.60} has a derivative rule already; leave numpy= out "
                f"and call {self.name} by its own name"
            )
        if isinstance(function, np.ufunc) and function not in CLOSED:
            self.numpy = (function, *self.numpy)
        if type(self) is Operation:
            self.register()

    def register(self) -> None:
        """Enter the tables, to be found by name and called in place of the NumPy functions."""
        enter_operation(self.name, self)
        NUMPY.update({alias: self for alias in self.numpy if alias is not None})

    def __repr__(self) -> str:
        return f"<{self.kind} operation {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        met: list[Array] = []
        args, kwargs = value_of((args, kwargs), met)
        try:
            result = self.function(*args, **kwargs)
        except EXPLAINED as error:
            raise explain(self.name, args, error) from error
        if not any(isinstance(array, Tensor) for array in met):
            return result
        if isinstance(result, tuple):
            return tuple(map(Tensor, result))
        return Tensor(result) if isinstance(result, np.ndarray | np.generic) else result

    # -- copies and pickles are the operation itself ---------------------------------------------

    def __copy__(self) -> Operation:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Operation:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if REGISTRY.get(self.name) is self:
            return built_in, (self.name,)
        for module in (self.function.__module__, *sys.modules):
            if module in sys.modules and found(module, self.__qualname__) is self:
                return declared, (module, self.__qualname__)
        raise PicklingError(
            f"the operation {self.name} cannot be pickled: no module has it (any more) under the "
            f"name {self.__qualname__}, so it could not be found again. Declare it at the top "
            "level of a module, under its own name, before you compute with it"
        )


def built_in(name: str) -> Operation:
    """The operation of this name in the tables; how a pickled graph finds it again."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise PicklingError(
            f"this graph was pickled with the operation {name}, which this version does not have"
        ) from None


def declared(module: str, path: str) -> Operation:
    """A user's operation, by its module and its qualified name there."""
    operation = found(module, path)
    if not isinstance(operation, Operation):
        raise PicklingError(
            f"this graph was pickled with the operation {module}.{path}, which is not there; "
            "declare it, or make its module importable, before the graph is loaded"
        )
    return operation


def found(module: str, path: str) -> Any:
    """The object with this qualified name in a module, or None."""
    try:
        return attrgetter(path)(import_module(module))
    except (ImportError, AttributeError):
        return None
