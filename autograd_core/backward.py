"""Reverse mode: one pass over the graph, from results to leaves, that accumulates cotangents.

`Tensor.backward` and the transforms call `pull_back`. The pass is a loop, not a recursion, so the
depth of a graph has no limit. Cotangents live here, not on tensors. The derivatives come from each
primitive's `pulls`; when the pass itself is recorded, the caller says how saved values are lifted
onto the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from autograd_core.array import cast, value_of
from autograd_core.errors import AutogradError, GraphError, InPlaceError, ShapeError
from autograd_core.graph import Freed, Leaf, Node, changed_mode, topological_order

Lift = Callable[[Node], tuple[Any, ...]]


def pull_back(
    seeds: dict[Node, Any],
    targets: Collection[Node] | None = None,
    *,
    retain_graph: bool = False,
    lift: Lift | None = None,
) -> dict[Node, Any]:
    """Cotangents of the `targets` (of all leaves if None), given those of some results.

    Args:
        seeds: the cotangents to start from; like all complex cotangents here, the conjugates of
            gradients (see `primitive.py`).
        targets: the nodes whose cotangents are wanted.
        retain_graph: keep saved values, so that the pass can run again.
        lift: if the pass itself is to be recorded, the function that gives a node's saved values
            as Tensors on the graph; the seeds must then be Tensors.

    Raises:
        GraphError: the graph was freed by an earlier pass, or a rule failed.
        InPlaceError: a saved value was overwritten after it was recorded.
    """
    since = min((node.number for node in targets), default=0) if targets is not None else 0
    order = topological_order(seeds, since)
    check_saved_values(order)
    needed = None
    if targets is not None:
        needed = set(targets)
        for node in reversed(order):
            if not needed.isdisjoint(node.parents):
                needed.add(node)
    recording = lift is not None
    passing = changed_mode(lambda mode: mode._replace(recording=recording, scope=()))
    with passing, np.errstate(all="ignore"):
        return accumulate(order, dict(seeds), targets or (), needed, retain_graph, lift)


def accumulate(
    order: Sequence[Node],
    cotangents: dict[Node, Any],
    targets: Collection[Node],
    needed: set[Node] | None,
    retain_graph: bool,
    lift: Lift | None,
) -> dict[Node, Any]:
    """The pass: each node, in order, adds what its cotangent contributes to those of its parents.

    `needed`: the nodes that lead to a target; None for all. The first contribution to a cotangent
    is borrowed, the second allocates the sum, later ones are added to that in place.

    One long loop, because it runs for every operand of every operation: in a graph of scalars a
    function call would cost as much as the arithmetic.
    """
    found = {}
    summed = set()  # nodes whose cotangent is a sum this pass allocated: safe to add into
    for node in order:
        g = cotangents.pop(node, None)
        if g is None or (needed is not None and node not in needed):
            continue
        if node.value is not None or node.retains_grad:
            node.cotangent = value_of(g)
        primitive = node.primitive
        if primitive is None or node in targets:
            found[node] = g
            if primitive is None:
                continue
        saved = node.saved
        if saved is Freed:
            raise GraphError(
                f"backward: the graph was freed by an earlier backward (at {primitive.name}); "
                "call the first one with retain_graph=True to run it again"
            )
        if lift is not None:
            saved = lift(node)
        if node.shape is None:  # several results, of which some may have no cotangent
            g = tuple([g.get(k, np.zeros_like(y)) for k, y in enumerate(saved[-1])])
        pulls = primitive.pulls
        for k, parent in enumerate(node.parents):
            if parent is None or (needed is not None and parent not in needed):
                continue
            pull = pulls[k if k < len(pulls) else 0]  # a variadic operation has one rule
            if pull is None:
                continue
            try:
                c = pull(g, saved, node, k)
                if parent.shape is None:  # one of several results: wait for the others
                    waiting = cotangents.setdefault(parent, {})
                    place = node.options["index"]
                    waiting[place] = waiting[place] + c if place in waiting else c
                    continue
                if c.shape != parent.shape or c.dtype is not parent.dtype:
                    c = fitted(c, parent, node)
            except Exception as error:
                raise rule_failed(error, node, k, parent, g) from error
            before = cotangents.get(parent)
            if before is None:
                cotangents[parent] = c
            elif parent in summed:
                np.add(before, c, out=before)
            else:
                cotangents[parent] = total = before + c
                if isinstance(total, np.ndarray):
                    summed.add(parent)
        if lift is None and not retain_graph:
            node.saved = Freed
    return found


def fitted(c: Any, parent: Node, node: Node) -> Any:
    """`c`, which a rule of `node` returned, in the parent's shape and dtype."""
    if c.shape != parent.shape:
        if len(node.parents) == 1 and node.primitive.kind != "elementwise":
            raise ShapeError(f"it returned shape {c.shape} instead of {parent.shape}")
        c = reduce_to(c, parent.shape)
    return cast(c, parent.dtype)


def rule_failed(error: Exception, node: Node, k: int, parent: Node, g: Any) -> Exception:
    """The typed error for what went wrong in the rule of `node` for operand k."""
    kind = type(error) if isinstance(error, AutogradError) else GraphError
    return kind(
        f"the derivative rule of {node.primitive.name} failed for operand {k} "
        f"({parent.dtype}{parent.shape}), given a cotangent of shape "
        f"{getattr(g, 'shape', None)}: {error}"
    )


def reduce_to(g: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of broadcasting `shape` to g's shape."""
    lead = len(g.shape) - len(shape)
    if lead >= 0:
        stretched = [
            lead + axis for axis, size in enumerate(shape) if size == 1 != g.shape[lead + axis]
        ]
        if lead or stretched:
            g = np.sum(g, axis=(*range(lead), *stretched), keepdims=True)
            g = g.reshape(g.shape[lead:])
    if g.shape != shape:
        raise ShapeError(f"shape {g.shape} does not come from broadcasting {shape}")
    return g


def conjugated(g: Any) -> Any:
    """The cotangent that the pass uses for a gradient, or the gradient for a cotangent."""
    return np.conj(g) if g.dtype.kind == "c" else g


def check_saved_values(order: Sequence[Node]) -> None:
    """Refuse to differentiate with a saved value that was overwritten since."""
    written = [node for node in order if isinstance(node, Leaf) and node.replaced]
    if not written:
        return
    latest = max(leaf.written for leaf in written)
    for node in reversed(order):  # oldest first
        if node.number > latest:
            return
        if node.primitive is None or node.saved is Freed:
            continue
        for leaf in written:
            if node.number < leaf.written and any(
                value is old or np.may_share_memory(value, old)
                for old in (held() for held in leaf.replaced)
                for value in node.saved
                if isinstance(value, np.ndarray | np.generic) and old is not None
            ):
                raise InPlaceError(
                    f"{node.primitive.name} saved the value of "
                    f"{leaf.name or 'a variable'}{list(leaf.shape)}, which was overwritten "
                    "afterwards (by an optimizer step or a change inside no_grad()). Call "
                    "backward() before the change, or compute the result again."
                )
