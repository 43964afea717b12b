"""The tables by name: `declare.py` fills them, `dispatch.py` and `array.py` look things up.

The files in `derivatives/` enter their operations and then close the tables: from then on no
declaration changes what a name means, here, in a pickle, in a picture, for NumPy or as a method.
A user's own operation is found as any function is, by its module and name; the only table it
enters is NUMPY, for functions of NumPy that had no rule.
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
    """Enter a function made of operations. Where one has the same name, it is a part of this."""
    COMPOSITES[name] = METHODS[name] = function
