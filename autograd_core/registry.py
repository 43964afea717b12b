"""The tables of operations by name, in which `dispatch.py` and `array.py` look them up.

The declarations in `derivatives/` enter their operations (`Operation.register`), then its
`__init__.py` closes the tables: from then on no declaration changes what a name means, whether in
code, a pickle or a picture, to NumPy or as a method. A user's own operation is found like any
function, by its module and name; it enters only NUMPY, for NumPy functions that had no rule.
"""

from collections.abc import Callable
from typing import Any

REGISTRY: dict[str, Any] = {}
"""Every operation of the tables."""

COMPOSITES: dict[str, Callable[..., Any]] = {}
"""Functions written in terms of operations; they need no rule."""

NUMPY: dict[Any, Callable[..., Any]] = {}
"""What runs in place of a NumPy function, or of a pair (ufunc, "reduce"), for Tensors and Duals."""

METHODS: dict[str, Callable[..., Any]] = {}
"""What the operators and methods of Tensors and Duals call."""

CLOSED: set[Any] = set()
"""The keys of NUMPY that belong to the tables, once these are complete."""


def close() -> None:
    """Called once, after the last table."""
    CLOSED.update(NUMPY)


def enter_operation(name: str, operation: Any) -> None:
    """Enter an operation under its name, unless the tables are complete."""
    if not CLOSED:
        REGISTRY[name] = operation
        METHODS.setdefault(name, operation)


def enter_composite(name: str, function: Callable[..., Any]) -> None:
    """Enter a function made of operations. An operation of the same name is only a part of it."""
    COMPOSITES[name] = METHODS[name] = function
