"""Reverse mode: `vjp`, the vector-Jacobian product, on which `grad` is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.array import Array, value_of
from autograd_core.backward import conjugated, pull_back
from autograd_core.derivatives.shapes import copy
from autograd_core.errors import ArgumentTypeError, ShapeError
from autograd_core.forward import Dual, conform
from autograd_core.graph import Leaf, Node, enable_grad, is_grad_enabled, topological_order
from autograd_core.tensor import Tensor, as_tensor, tensor_of
from autograd_core.transforms.arguments import as_operand
from autograd_core.tree import tree_leaves, tree_map


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its vector-Jacobian product.

    Returns:
        (f(*primals), pull), where `pull(cotangent)` gives a tuple with one cotangent for each
        primal, of its shape and dtype. `pull` may be called any number of times. For complex
        numbers it applies the conjugate transpose of the Jacobian.

    Raises:
        DTypeError: a primal is an integer array (a Python int counts as a float).
        ShapeError: (from `pull`) the cotangent's shape is not that of the value.
    """
    nodes: list[Node] = []
    inputs = [tree_map(lambda leaf: lift(leaf, nodes), primal) for primal in primals]
    with enable_grad():
        outputs = f(*inputs)
    recording = is_grad_enabled()
    plain = not any(isinstance(leaf, Array) for leaf in tree_leaves(primals))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        pairs: list[tuple[Any, Any]] = []
        try:
            tree_map(lambda output, g: pairs.append((output, g)), outputs, cotangent)
        except (ValueError, TypeError, KeyError) as error:
            raise ArgumentTypeError(
                f"vjp: the cotangent must have the structure of the value: {error}"
            ) from error
        gradients = iter(unshared(pull_outputs(pairs, nodes), [g for _, g in pairs]))
        return tuple(
            tree_map(lambda primal: settle(next(gradients), primal), primal) for primal in primals
        )

    value = tree_map(lambda output: release(output, nodes, plain, recording), outputs)
    return value, pull


# -- helpers -------------------------------------------------------------------------------------


def lift(value: Any, nodes: list[Node]) -> Any:
    """A Tensor that stands for `value`, on a new node, which is appended to `nodes`."""
    value = as_operand(value)
    if isinstance(value, Dual):
        return Dual(lift(value.primal, nodes), value.tangent, value.level)
    if isinstance(value, Tensor) and value.requires_grad and is_grad_enabled():
        tensor = copy(value)
        nodes.append(tensor._node)
        return tensor
    array = value._value if isinstance(value, Tensor) else np.array(value)[()]
    nodes.append(Leaf(array))
    return tensor_of(array, nodes[-1])


def pull_outputs(pairs: Sequence[tuple[Any, Any]], nodes: Sequence[Node]) -> list[Any]:
    """The cotangent of each node, given pairs of an output and its cotangent.

    Differentiation commutes with taking the two parts of a Dual, so a Dual's are pulled back
    one after the other.
    """
    levels = [part.level for pair in pairs for part in pair if isinstance(part, Dual)]
    if levels:
        level = max(levels)
        split = [(*dual_parts(output, level), *dual_parts(g, level)) for output, g in pairs]
        primal = pull_outputs([(y, g) for y, _, g, _ in split], nodes)
        through_g = [(y, dg) for y, _, _, dg in split if dg is not None]
        through_y = [(dy, g) for _, dy, g, _ in split if dy is not None]
        tangent = pull_outputs(through_g + through_y, nodes)
        return [Dual(p, t, level) for p, t in zip(primal, tangent, strict=True)]
    seeds: dict[Node, Any] = {}
    record = False
    for output, g in pairs:
        shape = np.shape(output)
        if np.shape(g) != shape:
            raise ShapeError(f"vjp: the cotangent has shape {np.shape(g)}, the value {shape}")
        if not isinstance(output, Tensor) or output.node is None:
            continue
        g = conjugated(conform(g, shape, output.dtype))
        record = record or (isinstance(g, Tensor) and g.requires_grad)
        seeds[output.node] = seeds[output.node] + g if output.node in seeds else g
    linked = depends_on_others(seeds, nodes)
    record = is_grad_enabled() and (record or linked)

    def lift(node: Node) -> tuple[Any, ...]:
        return node.primitive.on_graph(node, tied=linked)

    as_seed = as_tensor if record else value_of
    seeds = {node: as_seed(g) for node, g in seeds.items()}
    found = pull_back(seeds, set(nodes), retain_graph=True, lift=lift if record else None)
    return [
        conjugated(found[node]) if node in found else np.zeros(node.shape, node.dtype)[()]
        for node in nodes
    ]


def unshared(gradients: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """Gradients as writeable arrays, each with its own memory, none of it the caller's."""
    seen = set(map(id, cotangents))
    result = []
    for g in gradients:
        if isinstance(g, np.ndarray):
            if id(g) in seen or g.base is not None or not g.flags.writeable:
                g = g.copy()
            seen.add(id(g))
        result.append(g)
    return result


def dual_parts(value: Any, level: int) -> tuple[Any, Any]:
    """(primal, tangent) at this level; the tangent of anything else is None (zero)."""
    if isinstance(value, Dual) and value.level == level:
        return value.primal, value.tangent
    return value, None


def depends_on_others(roots: Iterable[Node], nodes: Sequence[Node]) -> bool:
    """Whether `roots` depend on a variable older than our own inputs.

    Variables younger than these belong to derivatives taken inside the function, which are done.
    """
    first = min((node.number for node in nodes), default=0)
    return any(node.number < first for node in topological_order([*roots, *nodes], first))


def release(output: Any, nodes: Sequence[Node], plain: bool, recording: bool) -> Any:
    """An output without the graph of our own inputs; an array if only arrays were passed in."""
    if isinstance(output, Dual):
        return Dual(
            release(output.primal, nodes, plain, recording),
            release(output.tangent, nodes, plain, recording),
            output.level,
        )
    if isinstance(output, Tensor):
        if output.node is not None and recording and depends_on_others([output.node], nodes):
            return output
        return np.array(output._value)[()] if plain else output.detach()
    return output


def settle(gradient: Any, primal: Any) -> Any:
    """A gradient as a Tensor if the primal is one, as an array if the primal is one."""
    if isinstance(primal, Tensor) and not isinstance(gradient, Array):
        return tensor_of(gradient, None)
    if (
        isinstance(gradient, Tensor)
        and not gradient.requires_grad
        and not isinstance(primal, Array)
    ):
        return gradient._value
    return gradient
