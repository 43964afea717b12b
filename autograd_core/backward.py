"""Reverse mode: one pass over the graph, from results to leaves, that accumulates cotangents.

`Tensor.backward` and the transforms call `backward` and `pull_back`. The pass is a loop, not a
recursion, so the depth of a graph has no limit. Cotangents live here, not on tensors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Lock
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, DTypeError, GraphError, InPlaceError, ShapeError
from autograd_core.graph import Freed, Leaf, Node, changed_mode, topological_order
from autograd_core.primitive import unpacked
from autograd_core.tensor import Tensor, plain_value, tensor_of

ADDING = Lock()
"""Held while a gradient is added to a variable's: threads may share variables."""


def backward(
    tensor: Tensor, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False
) -> None:
    """Add d tensor / d leaf to the `grad` of every variable the tensor depends on.

    Args:
        tensor: what to differentiate; of one element, unless `gradient` is given.
        gradient: the cotangent to start from, of the tensor's shape; 1 if None.
        retain_graph: keep saved values, so that backward can run again.
        create_graph: record the pass itself, so that the gradients can be differentiated. They
            then refer to the graph and it to its variables: a cycle, until `grad` is reset.
            `grad` and `vjp` have none.

    For a complex variable the gradient is the direction of steepest ascent.

    Raises:
        GraphError: nothing was recorded, or the graph was freed by an earlier backward.
        ShapeError: no `gradient` for a tensor of several elements, or one of another shape.
        DTypeError: no `gradient` for a complex tensor.
        InPlaceError: a saved value was overwritten after it was recorded.
    """
    node = tensor.node
    if node is None:
        raise GraphError(
            "backward: nothing was recorded for this tensor. Either no operand had "
            "requires_grad=True, or it ran inside no_grad(), or the graph was left on the way: by "
            ".detach() or .numpy(), or by an operation without a derivative (round, sign, argmax, "
            "a comparison, a cast to integers)"
        )
    if gradient is None:
        if np.size(tensor._value) != 1:
            raise ShapeError(
                f"backward of a tensor of shape {tensor.shape} needs a starting gradient of that "
                "shape: reduce it to one number first, for example with .sum(), or pass gradient="
            )
        if tensor.dtype.kind == "c":
            raise DTypeError(
                "backward of a complex result needs a starting gradient; take its real part or "
                "absolute value first, or pass gradient="
            )
        gradient = np.ones(tensor.shape, tensor.dtype)[()]
    elif not isinstance(gradient, Tensor):
        gradient = Tensor(gradient, dtype=tensor.dtype)
    elif gradient.dtype != tensor.dtype:
        gradient = cast(gradient, tensor.dtype)
    if gradient.shape != tensor.shape:
        raise ShapeError(f"backward: gradient has shape {gradient.shape}, not {tensor.shape}")
    if not create_graph:
        gradient = plain_value(gradient)
    found = pull_back({node: conjugate(gradient)}, None, retain_graph, create_graph)
    for leaf, cotangent in found.items():
        if isinstance(leaf, Leaf) and leaf.requires_grad:
            if not isinstance(cotangent, Tensor):
                cotangent = tensor_of(cotangent, None)
            cotangent = conjugate(cotangent)
            with ADDING:
                leaf.grad = cotangent if leaf.grad is None else leaf.grad + cotangent


def pull_back(
    seeds: dict[Node, Any],
    targets: Collection[Node] | None,
    retain_graph: bool,
    create_graph: bool,
    tied: bool = True,
) -> dict[Node, Any]:
    """Cotangents of the `targets` (of all leaves if None), given those of some results.

    `tied=False`: a recorded pass depends on the seeds only, saved values count as constants.

    Complex cotangents here are conjugates of gradients (see `primitive.py`).
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
    retain_graph = retain_graph or create_graph
    cotangents = dict(seeds)
    if create_graph:
        cotangents = {
            node: seed if isinstance(seed, Tensor) else tensor_of(seed, None)
            for node, seed in seeds.items()
        }
    passing = changed_mode(lambda mode: mode._replace(recording=create_graph, scope=()))
    with passing, np.errstate(all="ignore"):
        return accumulate(order, cotangents, targets, needed, retain_graph, create_graph, tied)


def accumulate(
    order: Sequence[Node],
    cotangents: dict[Node, Any],
    targets: Collection[Node] | None,
    needed: set[Node] | None,
    retain_graph: bool,
    create_graph: bool,
    tied: bool,
) -> dict[Node, Any]:
    found = {}
    summed = set()  # nodes whose cotangent is a sum this pass allocated: safe to add into
    for node in order:
        g = cotangents.pop(node, None)
        if g is None or (needed is not None and node not in needed):
            continue
        if node.value is not None or node.retains_grad:
            node.cotangent = plain_value(g)
        if targets is not None and node in targets:
            found[node] = g
        primitive = node.primitive
        if primitive is None:
            found[node] = g
            continue
        saved = node.saved
        if saved is Freed:
            raise GraphError(
                f"backward: the graph was freed by an earlier backward (at {primitive.name}); "
                "call the first one with retain_graph=True to run it again"
            )
        if create_graph:
            saved = on_graph(saved, node, tied)
        if node.shape is None:
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
                if c.shape != parent.shape:
                    if len(node.parents) == 1 and primitive.kind != "elementwise":
                        raise ShapeError(f"it returned shape {c.shape} instead of {parent.shape}")
                    c = reduce_to(c, parent.shape)
                if c.dtype is not parent.dtype:
                    c = cast(c, parent.dtype)
            except Exception as error:
                kind = type(error) if isinstance(error, AutogradError) else GraphError
                raise kind(
                    f"the derivative rule of {primitive.name} failed for operand {k} "
                    f"({parent.dtype}{parent.shape}), given a cotangent of shape "
                    f"{getattr(g, 'shape', None)}: {error}"
                ) from error
            before = cotangents.get(parent)
            if before is None:
                cotangents[parent] = c
            elif parent in summed:
                np.add(before, c, out=before)
            else:
                cotangents[parent] = total = before + c
                if isinstance(total, np.ndarray):
                    summed.add(parent)
        if not retain_graph:
            node.saved = Freed
    return found


def on_graph(saved: tuple[Any, ...], node: Node, tied: bool) -> tuple[Any, ...]:
    """Saved values as Tensors tied to the nodes they came from, for differentiating again."""
    sources = (*node.parents, node) if tied else (None,) * len(saved)
    if saved and isinstance(saved[-1], tuple):
        saved = (*saved[:-1], unpacked(saved[-1], sources[-1]))
    return tuple(
        [
            tensor_of(value, source) if isinstance(value, np.ndarray | np.generic) else value
            for value, source in zip(saved, sources, strict=False)
        ]
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


def cast(g: Any, dtype: Any) -> Any:
    if g.dtype == dtype:
        return g
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = np.real(g)
    return g.astype(dtype)


def conjugate(g: Any) -> Any:
    """Between a gradient and the cotangent the pass works with."""
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
