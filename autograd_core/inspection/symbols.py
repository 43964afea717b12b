"""Derivatives as text, obtained by running the rules on symbols.

A rule is ordinary NumPy code, so it runs on anything that implements NumPy's protocols. Operations
on a `Symbol` return the text of the operation:

>>> x = Symbol("x")
>>> 1 / (1 + x * x), np.where(x > 0, -x, np.cos(x))
(1 / (1 + x * x), where(x > 0, -x, cos(x)))

`derivative_texts` gives an operation's derivatives this way, for drawings and tables. A rule that
makes decisions on numbers (an `if` on a shape) has no single text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

if TYPE_CHECKING:
    from autograd_core.primitive import Primitive

ATOM, UNARY = 9, 7
"""How tightly an expression binds, on the scale of INFIX: names and calls; a sign in front."""

INFIX = {
    # sign, its strength, the least strength of the left and right operand without parentheses
    np.power: ("**", 8, 9, 7),
    np.multiply: ("*", 6, 6, 7),
    np.divide: ("/", 6, 6, 7),
    np.floor_divide: ("//", 6, 6, 7),
    np.remainder: ("%", 6, 6, 7),
    np.matmul: ("@", 6, 6, 7),
    np.add: ("+", 5, 5, 6),
    np.subtract: ("-", 5, 5, 6),
    np.bitwise_and: ("&", 4, 4, 5),
    np.bitwise_xor: ("^", 3, 3, 4),
    np.bitwise_or: ("|", 2, 2, 3),
    np.equal: ("==", 1, 2, 2),
    np.not_equal: ("!=", 1, 2, 2),
    np.less: ("<", 1, 2, 2),
    np.less_equal: ("<=", 1, 2, 2),
    np.greater: (">", 1, 2, 2),
    np.greater_equal: (">=", 1, 2, 2),
}

PREFIX = {np.negative: "-", np.positive: "+", np.invert: "~"}


class Symbol(NDArrayOperatorsMixin):
    """An expression that is only text.

    Operators, NumPy functions, methods, attributes and indexing give the Symbol of the longer
    expression, with no more parentheses than Python needs.

    Raises:
        TypeError: a value is needed (as a condition, a number, an array, in a loop).
    """

    def __init__(self, text: str, strength: int = ATOM) -> None:
        self.text = text
        self.strength = strength

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Symbol:
        if method != "__call__":
            return call(f"{ufunc.__name__}.{method}", inputs, kwargs)
        if ufunc in PREFIX:
            return Symbol(PREFIX[ufunc] + bare_from(UNARY, inputs[0]), UNARY)
        if ufunc not in INFIX:
            return call(ufunc.__name__, inputs, kwargs)
        sign, strength, left, right = INFIX[ufunc]
        a, b = inputs
        return Symbol(f"{bare_from(left, a)} {sign} {bare_from(right, b)}", strength)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Symbol:
        return call(func.__name__, args, kwargs)

    def __getattr__(self, name: str) -> Symbol:
        if name.startswith("_"):
            raise AttributeError(name)
        return Symbol(f"{bare_from(ATOM, self)}.{name}")

    def __getitem__(self, index: Any) -> Symbol:
        parts = index if isinstance(index, tuple) and index else (index,)
        return Symbol(f"{bare_from(ATOM, self)}[{', '.join(map(text_of, parts))}]")

    def __call__(self, *args: Any, **kwargs: Any) -> Symbol:
        return call(bare_from(ATOM, self), args, kwargs)

    def __hash__(self) -> int:
        return id(self)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"{self.text} is a Symbol, which has no elements to iterate over")

    def __bool__(self) -> bool:
        raise TypeError(
            f"whether {self.text} is true depends on values, which a Symbol does not have"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError(f"{self.text} is a Symbol, which has no values to put into an array")

    def __repr__(self) -> str:
        return self.text


def call(name: str, args: Any, kwargs: Mapping[str, Any]) -> Symbol:
    """The Symbol of a function call; keyword arguments that are None are not shown."""
    parts = [*map(text_of, args)]
    parts += [f"{key}={text_of(value)}" for key, value in kwargs.items() if value is not None]
    return Symbol(f"{name}({', '.join(parts)})")


def bare_from(strength: int, value: Any) -> str:
    """The text of `value`, in parentheses if it binds less tightly than `strength`."""
    text = text_of(value)
    own = value.strength if isinstance(value, Symbol) else UNARY if text[0] == "-" else ATOM
    return text if own >= strength else f"({text})"


def text_of(value: Any) -> str:
    """The text of an argument: a Symbol, a number, an axis, a slice, a dtype, ..."""
    if isinstance(value, Symbol):
        return value.text
    if isinstance(value, tuple | list):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return f"{opening}{', '.join(map(text_of, value))}{comma}{closing}"
    if value is None or isinstance(value, str):
        return repr(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        parts = [value.start, value.stop] + [value.step] * (value.step is not None)
        return ":".join("" if part is None else text_of(part) for part in parts)
    if isinstance(value, type | np.dtype):
        return np.dtype(value).name
    if np.ndim(value) or np.asarray(value).dtype.kind not in "biufc":
        raise TypeError(f"a {type(value).__name__} has no short text")
    return short_number(value)


def short_number(value: Any) -> str:
    """A number in about four significant digits: 0.6931, 1e-8, 3, 1-2j, nan."""
    value = np.asarray(value).item()
    if isinstance(value, complex):
        if value.real == 0:
            return short_number(value.imag) + "j"
        sign = "" if short_number(value.imag).startswith("-") else "+"
        return f"{short_number(value.real)}{sign}{short_number(value.imag)}j"
    if isinstance(value, int):
        return str(value)  # True and False too
    return re.sub(r"e\+?(-?)0*", r"e\1", f"{value + 0.0:.4g}")


def derivative_texts(
    primitive: Primitive, names: Mapping[str, str] | None = None
) -> tuple[str | None, ...]:
    """The derivative of an operation with respect to each operand, as text.

    For an elementwise operation it is the local derivative (`1 / x`); for any other, what the
    operand receives for a cotangent `g` (`reshape(g, in_shape)`). A text declared with the
    operation takes precedence. None if there is no derivative, or none with a single text.

    Args:
        primitive: the operation.
        names: replacements for the names of operands, result (`y`), cotangent (`g`) and options;
            one that is more than a name or a number is put in parentheses.

    >>> from autograd_core import REGISTRY
    >>> derivative_texts(REGISTRY["divide"], {"b": "w2", "y": "v3"})
    ('1 / w2', '-v3 / w2')
    """
    declared = tuple(primitive.text or ())
    texts = []
    for k, rule in enumerate(primitive.rules):
        text = declared[k] if k < len(declared) else None
        if not text and rule is not None:
            text = text_of_rule(rule, primitive.kind)
        texts.append(substituted(text, names) if text and names else text or None)
    return tuple(texts)


def text_of_rule(rule: Callable[..., Any], kind: str) -> str | None:
    names = list(signature(rule).parameters)
    if kind != "elementwise":
        names[0] = "g"
    try:
        return text_of(rule(*map(Symbol, names)))
    except Exception:  # a rule may do anything with its arguments; not all of it has a text
        return None


def substituted(text: str, names: Mapping[str, str]) -> str:
    """`text` with its identifiers replaced, except attributes and called functions."""

    def replacement(match: re.Match[str]) -> str:
        name = names.get(match[0])
        if name is None:
            return match[0]
        return name if re.fullmatch(r"[\w.]+", name) else f"({name})"

    return re.sub(r"(?<![\w.])[^\W\d]\w*\b(?!\()", replacement, text)
