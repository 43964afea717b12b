"""The recorded graph: nodes, leaves, their order, and the modes that control recording.

A `Node` is one recorded operation. It refers to the nodes of its operands and to nothing
that was made later, so a graph has no cycles and is freed by reference counting.
`primitive.py` and `fast.py` make nodes, `backward.py` walks them, `inspection/` draws them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from contextvars import ContextVar
from inspect import iscoroutinefunction, isgeneratorfunction
from itertools import count
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from autograd_core.errors import ArgumentTypeError

if TYPE_CHECKING:
    from autograd_core.tensor import Tensor

clock = count(1)
"""Ticks once for each node made and each leaf overwritten, to tell which came first."""

SMALL = 16
"""Values of at most this many elements stay on their node, so that pictures can show them."""


class Mode(NamedTuple):
    """How operations are recorded, for the current thread and context; `outer` is the mode
    outside the innermost block."""

    recording: bool = True
    keep: int = SMALL
    scope: tuple[str, ...] = ()
    outer: Mode | None = None


MODE: ContextVar[Mode] = ContextVar("autograd_core.mode", default=Mode())  # noqa: B039


def current_mode() -> Mode:
    """How operations are recorded here: `recording`, `keep`, `scope`."""
    return MODE.get()


class changed_mode(ContextDecorator):
    """Context manager and decorator under which the current `Mode` is `change(mode)`."""

    def __init__(self, change: Callable[[Mode], Mode]) -> None:
        self._change = change

    def __enter__(self) -> None:
        mode = MODE.get()
        MODE.set(Mode(*self._change(mode)[:-1], mode))  # half the time of _replace

    def __exit__(self, *exception: object) -> None:
        MODE.set(MODE.get().outer or Mode())

    def __call__(self, function: Any) -> Any:
        if isgeneratorfunction(function) or iscoroutinefunction(function):
            raise ArgumentTypeError(
                f"a mode such as no_grad() cannot decorate the generator or coroutine function "
                f"{function.__name__}, whose body runs later; use a with block inside it"
            )
        return super().__call__(function)


def no_grad() -> changed_mode:
    """Record nothing inside the `with` block or the decorated function."""
    return changed_mode(lambda mode: mode._replace(recording=False))


def enable_grad() -> changed_mode:
    """Record again, inside a `no_grad` block."""
    return changed_mode(lambda mode: mode._replace(recording=True))


def keep_values() -> changed_mode:
    """Keep every intermediate value and cotangent on its node, however large, for inspection."""
    return changed_mode(lambda mode: mode._replace(keep=sys.maxsize))


def scope(name: str) -> changed_mode:
    """Draw the operations recorded inside this block in a box called `name`."""
    return changed_mode(lambda mode: Mode(mode.recording, mode.keep, (*mode.scope, name)))


def is_grad_enabled() -> bool:
    """Whether operations on tensors are recorded here."""
    return MODE.get().recording


class Form(NamedTuple):
    """Stands for a result of which a node needs only shape and dtype; `SEVERAL`, for a tuple."""

    shape: tuple[int, ...] | None
    dtype: Any
    size: float = inf  # so that no mode keeps it as a value


SEVERAL = Form(None, None)


class Freed:
    """Takes the place of a node's saved values once backward has used them."""


class Node:
    """One recorded operation.

    `primitive` is the operation (None at a leaf), `parents` holds the node of each operand (None
    where that is a constant), and `saved` the values its derivative rules name. `shape` and
    `dtype` are the result's; an operation with several results has neither, and is the parent of
    one node for each of them.
    """

    __slots__ = (
        "__weakref__",
        "constants",
        "cotangent",
        "dtype",
        "name",
        "number",
        "options",
        "parents",
        "primitive",
        "retains_grad",
        "saved",
        "scope",
        "shape",
        "value",
    )

    def __init__(
        self,
        primitive: Any,
        parents: tuple[Node | None, ...],
        saved: Any,
        result: Any,
        options: dict[str, Any],
        constants: tuple[Any, ...] | None,
        mode: Mode,
    ) -> None:
        self.primitive = primitive
        self.parents = parents
        self.saved = saved
        self.shape: Any = result.shape
        self.dtype = result.dtype
        self.options = options
        self.number = next(clock)
        # What follows serves pictures and inspection only; derivatives never depend on it.
        self.constants = constants
        self.value = result if result.size <= mode.keep else None
        self.cotangent: Any = None
        self.retains_grad = False
        self.scope = mode.scope
        self.name: str | None = None


def weak(value: Any) -> Callable[[], Any]:
    """A function that returns `value`, or None once nothing else holds it. (There are no weak
    references to NumPy scalars; they are kept.)"""
    return ref(value) if isinstance(value, np.ndarray) else lambda: value


class Leaf(Node):
    """Where a graph begins: a variable, or (`requires_grad=False`) a constant in a picture.

    `grad` accumulates the gradient. `written` is the tick of the last in-place write, and
    `replaced` holds weak references to earlier values that something else held at a write.
    """

    __slots__ = ("grad", "replaced", "requires_grad", "tensor", "written")

    def __init__(self, value: Any, tensor: Tensor | None = None, requires_grad: bool = True):
        super().__init__(None, (), (), value, {}, None, MODE.get())
        self.grad: Tensor | None = None
        self.written = 0
        self.replaced: tuple[Any, ...] = ()
        self.requires_grad = requires_grad
        self.tensor = (lambda: None) if tensor is None else ref(tensor)

    def note_write(self, held: Any = None) -> None:
        """Remember a write; `held` is the old value if something else still holds that."""
        if held is not None:
            self.replaced = (weak(held), *(old for old in self.replaced if old() is not None))
        self.written = next(clock)


def topological_order(roots: Iterable[Node], since: int = 0) -> list[Node]:
    """The `roots` and all nodes they depend on, each before its parents.

    The search does not go past a node older than `since`. A node is numbered when it is made,
    after its parents, so sorting by number is enough.
    """
    nodes = list(dict.fromkeys(roots))
    seen = set(nodes)
    for node in nodes:  # grows while it is read
        if node.number < since:
            continue
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    nodes.sort(key=attrgetter("number"), reverse=True)
    return nodes
