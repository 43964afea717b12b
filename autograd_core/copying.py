"""Deep copies and pickles of Tensors, with the graph behind them.

A graph is written as a flat list, parents first, so that its depth has no limit. A variable is
written as the Tensor it belongs to, so that one that is copied beside its graph stays the same
variable.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from autograd_core.graph import MODE, Form, Freed, Leaf, Node, topological_order
from autograd_core.tensor import Tensor, new, tensor_of


def reduce_tensor(tensor: Tensor) -> tuple[Any, ...]:
    """What `Tensor.__reduce__` returns: how to build the Tensor again."""
    node = tensor._node
    if node is None:
        return restore_leaf, (type(tensor), tensor._value, tensor.name, False, None)
    if tensor.is_variable:
        return restore_leaf, (type(tensor), tensor._value, tensor.name, True, tensor.grad)
    order = topological_order([node])[::-1]
    places = {member: place for place, member in enumerate(order)}
    return restore_result, (tensor._value, [describe(member, places) for member in order])


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """What `copy.deepcopy` calls: `reduce_tensor` and back, with every array copied once."""
    restore, arguments = reduce_tensor(tensor)
    if restore is restore_result:
        value, nodes = arguments
        arguments = deepcopy(value, memo), [copied(item, memo) for item in nodes]
    else:
        arguments = arguments[0], *(deepcopy(argument, memo) for argument in arguments[1:])
    memo[id(tensor)] = result = restore(*arguments)
    return result


def copied(item: Any, memo: dict[int, Any]) -> Any:
    """A described node with its variable or its saved arrays copied; the rest never changes."""
    if isinstance(item, Tensor):
        return deepcopy(item, memo)
    *fields, saved = item
    if saved:
        saved = tuple([deepcopy(v, memo) if isinstance(v, np.ndarray) else v for v in saved])
    return *fields, saved


def describe(node: Node, places: dict[Node, int]) -> Any:
    """A node as data: its variable if that still exists, else its fields, the saved values last."""
    if isinstance(node, Leaf):
        tensor = node.tensor()
        empty = (node.shape, node.dtype, node.name, None, (), {}, False, None)
        return tensor if tensor is not None and tensor._node is node else empty
    return (
        node.shape,
        node.dtype,
        node.name,
        node.primitive,
        [None if parent is None else places[parent] for parent in node.parents],
        node.options,
        node.retains_grad,
        None if node.saved is Freed else node.saved,
    )


def restore_leaf(
    kind: type[Tensor], value: Any, name: str | None, is_variable: bool, grad: Tensor | None
) -> Tensor:
    tensor = new(kind)
    tensor._value, tensor._node = value, None
    if is_variable:
        tensor.requires_grad_()
        tensor.grad = grad
    if name is not None:
        tensor.name = name
    return tensor


def restore_result(value: Any, described: list[Any]) -> Tensor:
    nodes: list[Node] = []
    mode = MODE.get()
    for item in described:
        if isinstance(item, Tensor):
            assert item._node is not None
            nodes.append(item._node)
            continue
        shape, dtype, name, primitive, places, options, retains_grad, saved = item
        form = Form(shape, dtype)
        if primitive is None:
            node = Leaf(form)
        else:
            parents = tuple([None if place is None else nodes[place] for place in places])
            saved = Freed if saved is None else saved
            node = Node(primitive, parents, saved, form, options, None, mode)
        node.name, node.retains_grad = name, retains_grad
        nodes.append(node)
    return tensor_of(value, nodes[-1])
