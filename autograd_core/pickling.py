"""Deep copies and pickles of Tensors, with the graph behind them; `Tensor` calls this.

A graph is written as a flat list, parents first, so that its depth has no limit. A variable is
written as the Tensor it belongs to, so that a variable and a graph that uses it, pickled together,
still belong together afterwards.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.graph import MODE, Form, Freed, Leaf, Node, topological_order

if TYPE_CHECKING:
    from autograd_core.tensor import Tensor


def reduce_tensor(tensor: Tensor) -> tuple[Any, ...]:
    """What `Tensor.__reduce__` returns: how to build the Tensor again."""
    node = tensor._node
    if node is None:
        return restore_leaf, (type(tensor), tensor._value, tensor.name, False, None)
    if tensor.is_variable:
        return restore_leaf, (type(tensor), tensor._value, tensor.name, True, tensor.grad)
    order = topological_order([node])[::-1]
    places = {member: place for place, member in enumerate(order)}
    entries = [as_data(member, places) for member in order]
    return restore_result, (type(tensor), tensor._value, entries)


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """What `copy.deepcopy` calls: like a pickle and back, but directly from node to node."""
    if tensor._node is None or tensor.is_variable:
        restore, arguments = reduce_tensor(tensor)
        result = restore(arguments[0], *(deepcopy(argument, memo) for argument in arguments[1:]))
    else:
        twins: dict[Any, Node | None] = {None: None}
        mode = MODE.get()
        for node in reversed(topological_order([tensor._node])):
            form = Form(node.shape, node.dtype)
            if isinstance(node, Leaf):
                variable = variable_of(node)
                if variable is not None:
                    twins[node] = deepcopy(variable, memo)._node
                    continue
                twin = Leaf(form)
            else:
                saved = node.saved
                if saved and saved is not Freed:
                    saved = tuple(
                        [deepcopy(v, memo) if isinstance(v, np.ndarray) else v for v in saved]
                    )
                parents = tuple([twins[parent] for parent in node.parents])
                twin = Node(node.primitive, parents, saved, form, node.options, None, mode)
            twin.name, twin.retains_grad = node.name, node.retains_grad
            twins[node] = twin
        result = made(type(tensor), deepcopy(tensor._value, memo), twins[tensor._node])
    memo[id(tensor)] = result
    return result


def variable_of(leaf: Leaf) -> Tensor | None:
    """The variable a leaf belongs to, if that still exists."""
    tensor = leaf.tensor()
    return tensor if tensor is not None and tensor._node is leaf else None


def as_data(node: Node, places: dict[Node, int]) -> Any:
    """A node as data: its variable if that still exists, else its fields, the saved values last."""
    if isinstance(node, Leaf):
        variable = variable_of(node)
        empty = (node.shape, node.dtype, node.name, None, (), {}, False, None)
        return empty if variable is None else variable
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
    tensor = made(kind, value, None)
    if is_variable:
        tensor.requires_grad_()
        tensor.grad = grad
    if name is not None:
        tensor.name = name
    return tensor


def restore_result(kind: type[Tensor], value: Any, entries: list[Any]) -> Tensor:
    nodes: list[Node] = []
    mode = MODE.get()
    for entry in entries:
        if not isinstance(entry, tuple):  # a variable
            nodes.append(entry._node)
            continue
        shape, dtype, name, primitive, places, options, retains_grad, saved = entry
        form = Form(shape, dtype)
        if primitive is None:
            node = Leaf(form)
        else:
            parents = tuple([None if place is None else nodes[place] for place in places])
            saved = Freed if saved is None else saved
            node = Node(primitive, parents, saved, form, options, None, mode)
        node.name, node.retains_grad = name, retains_grad
        nodes.append(node)
    return made(kind, value, nodes[-1])


def made(kind: type[Tensor], value: Any, node: Node | None) -> Tensor:
    tensor = object.__new__(kind)
    tensor._value, tensor._node = value, node
    return tensor
