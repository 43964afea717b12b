"""Deep copies and pickles of Tensors, with the graph behind them.

A graph is written as a flat list, parents first, so that its depth has no limit. A variable is
written as the Tensor it belongs to, so that one that is copied beside its graph stays the same
variable.
"""

from __future__ import annotations

from copy import deepcopy
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_core.graph import Freed, Leaf, Node, clock, topological_order
from autograd_core.tensor import Tensor, new, tensor_of

PLAIN = ("dtype", "name", "options", "primitive", "retains_grad", "scope", "shape")
"""The fields of a node that are copied as they are."""

fields_of = attrgetter(*PLAIN)


def reduce_tensor(tensor: Tensor) -> tuple[Any, ...]:
    """What `Tensor.__reduce__` returns: how to build the Tensor again."""
    kind, node, value = type(tensor), tensor._node, tensor._value
    if node is None:
        return restore_constant, (kind, value, tensor.name)
    if tensor.is_variable:
        return restore_variable, (kind, value, tensor.name, tensor.grad)
    order = topological_order([node])[::-1]
    places = {member: place for place, member in enumerate(order)}
    return restore_result, (kind, value, [describe_node(member, places) for member in order])


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """What `copy.deepcopy` calls: `reduce_tensor` and back, with every array copied once."""
    restore, (kind, value, *rest) = reduce_tensor(tensor)
    if restore is restore_result:
        described = [
            deepcopy(item, memo)
            if isinstance(item, Tensor)
            else (*item[:2], copied(item[2], memo), item[3])
            for item in rest[0]
        ]
        rest = [described]
    elif restore is restore_variable:
        rest = [rest[0], deepcopy(rest[1], memo)]
    memo[id(tensor)] = result = restore(kind, deepcopy(value, memo), *rest)
    return result


def copied(saved: tuple[Any, ...] | None, memo: dict[int, Any]) -> tuple[Any, ...] | None:
    if not saved:
        return saved
    return tuple(
        [deepcopy(value, memo) if isinstance(value, np.ndarray) else value for value in saved]
    )


def restore_constant(kind: type[Tensor], value: Any, name: str | None) -> Tensor:
    tensor = new(kind)
    tensor._value, tensor._node = value, None
    if name is not None:
        tensor.name = name
    return tensor


def restore_variable(kind: type[Tensor], value: Any, name: str | None, grad: Any) -> Tensor:
    tensor = restore_constant(kind, value, None)
    tensor.requires_grad_()
    tensor.name, tensor.grad = name, grad
    return tensor


def describe_node(node: Node, places: dict[Node, int]) -> Any:
    """A node as data: its variable if that still exists, else its fields."""
    if isinstance(node, Leaf):
        tensor = node.tensor()
        if tensor is not None:
            return tensor
    fields = fields_of(node)
    saved = None if node.saved is Freed else node.saved
    parents = [None if parent is None else places[parent] for parent in node.parents]
    return isinstance(node, Leaf), fields, saved, parents


def restore_result(kind: type[Tensor], value: Any, described: list[Any]) -> Tensor:
    nodes: list[Node] = []
    for item in described:
        if isinstance(item, Tensor):
            assert item._node is not None
            nodes.append(item._node)
            continue
        is_leaf, fields, saved, parents = item
        node = new(Leaf if is_leaf else Node)
        for name, field in zip(PLAIN, fields, strict=True):
            setattr(node, name, field)
        node.saved = Freed if saved is None else saved
        node.parents = tuple(None if place is None else nodes[place] for place in parents)
        node.number = next(clock)
        node.constants = node.value = node.cotangent = None
        if isinstance(node, Leaf):
            node.grad, node.memory, node.written, node.frozen = None, (), 0, False
            node.requires_grad, node.tensor = True, lambda: None
        nodes.append(node)
    tensor = tensor_of(value, nodes[-1])
    if kind is Tensor:
        return tensor
    result = new(kind)
    result._value, result._node = tensor._value, tensor._node
    return result
