"""What a picture contains: everything that some results depend on, folded where it is too much.

`read_graph` lists variables, constants, numbers and operations with the module each belongs to;
`arrange` folds a large graph by modules, then leaves out its middle; `read_arrows` connects the
rest. `drawing.py` writes DOT from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from autograd_core.errors import ArgumentTypeError, DrawingError
from autograd_core.graph import Leaf, Node, topological_order
from autograd_core.tensor import Tensor
from autograd_core.tree import tree_leaves

DEEPEST = 16
"""Nested frames are drawn down to this level."""


class Number(NamedTuple):
    """A Python number among the operands of a node: operand `k` of `user`."""

    value: Any
    user: Node
    k: int


class Folded(NamedTuple):
    """The module with this path, drawn as one node."""

    path: tuple[str, ...]


REST = Folded(())
"""The node for everything that a picture leaves out. (A module's path is never empty.)"""

Vertex = Node | Number
Drawn = Node | Number | Folded
Homes = dict[Vertex, tuple[str, ...]]


# -- the whole graph -----------------------------------------------------------------------------


class Result(NamedTuple):
    """The name and value that the caller gave for a node to draw."""

    name: str | None
    value: Any


def read_results(tensors: Any) -> dict[Node, Result]:
    """The nodes to draw."""
    parts = tensors.items() if isinstance(tensors, dict) else ((None, tensors),)
    results = {}
    for name, part in parts:
        for tensor in tree_leaves(part):
            if isinstance(tensor, Tensor):
                node, value = tensor._node or tensor.source(), tensor._value
            elif isinstance(tensor, Node):
                node, value = tensor, None
            else:
                raise ArgumentTypeError(
                    f"draw: expected a Tensor or a Node, got {type(tensor).__name__}"
                )
            results[node] = Result(None if name is None else str(name), value)
    if not results:
        raise DrawingError("draw: got no tensor to draw")
    return results


def read_graph(results: Iterable[Node]) -> Homes:
    """Everything the results depend on, operands first, with the module each belongs to.

    A variable or a number belongs to the innermost module that contains all its uses; other
    constants are data and belong to none.
    """
    homes: dict[Vertex, tuple[str, ...] | None] = {}
    for node in reversed(topological_order(results)):
        home = homes[node] = None if node.primitive is None else node.scope[:DEEPEST]
        for source, _ in operands(node):
            if isinstance(source, Number):
                homes[source] = home
            elif isinstance(source, Leaf):
                homes[source] = shared_home(source, homes.get(source), home or ())
    return {vertex: home or () for vertex, home in homes.items()}


def operands(node: Node) -> Iterator[tuple[Vertex, str]]:
    """What a node was computed from, in order, each with the operand's name or position."""
    primitive = node.primitive
    names = () if primitive is None or primitive.variadic else primitive.operands
    for k, parent in enumerate(node.parents):
        source = node.constants[k] if parent is None and node.constants else parent
        if source is None:
            continue  # an optional operand that was left out
        if not isinstance(source, Node):
            source = Number(source, node, k)
        yield source, names[k] if k < len(names) else str(k)


def shared_home(
    leaf: Leaf, before: tuple[str, ...] | None, home: tuple[str, ...]
) -> tuple[str, ...]:
    """The module of a leaf that is used in `home`, given `before`, its module by earlier uses."""
    if not leaf.requires_grad:
        return ()
    if before is None:
        return home
    same = 0
    for one, other in zip(before, home, strict=False):
        if one != other:
            break
        same += 1
    return home[:same]


# -- what is drawn -------------------------------------------------------------------------------


def arrange(
    homes: Homes, results: Mapping[Node, Result], depth: int | None, max_nodes: int
) -> tuple[dict[Vertex, Drawn], int]:
    """For each vertex the node that is drawn for it, and how many levels of modules are open."""
    deepest = max(map(len, homes.values()))
    level = deepest if depth is None else min(depth, deepest)
    while True:
        drawn = {
            vertex: vertex if len(home) <= level or vertex in results else Folded(home[: level + 1])
            for vertex, home in homes.items()
        }
        order = list(dict.fromkeys(drawn.values()))
        if len(order) <= max_nodes or level == 0:
            break
        level -= 1
    if len(order) > max_nodes:
        half = max_nodes // 2
        middle = set(order[half : len(order) - half]) - results.keys()
        drawn = {vertex: REST if to in middle else to for vertex, to in drawn.items()}
    return drawn, level


class Arrow(NamedTuple):
    """An operand in the picture: operand `name` of `user`, which is drawn as (part of) `end`."""

    start: Drawn
    end: Drawn
    user: Node
    name: str


def read_arrows(drawn: Mapping[Vertex, Drawn]) -> list[Arrow]:
    """All operands, except those inside one drawn node."""
    return [
        Arrow(drawn[source], end, user, name)
        for user, end in drawn.items()
        if isinstance(user, Node)
        for source, name in operands(user)
        if drawn[source] != end
    ]
