"""Functions in, derivatives out: grad, value_and_grad, vjp (reverse mode), jvp (forward mode).

Arguments may be arrays, Tensors, or nested lists, tuples and dicts of them. Arrays in, arrays
out; where a Tensor goes in, or something outside is differentiating too, Tensors come out.
Every transform nests in every other, to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_core.array import Array
from autograd_core.backward import conjugate, pull_back
from autograd_core.derivatives import copy
from autograd_core.errors import ArgumentTypeError, DTypeError, ShapeError
from autograd_core.forward import Dual, conform, new_level
from autograd_core.graph import Leaf, Node, enable_grad, is_grad_enabled, topological_order
from autograd_core.tensor import Tensor, require_inexact, tensor_of
from autograd_core.tree import tree_leaves, tree_map


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of a scalar function.

    Args:
        f: returns one number.
        argnums: which positional argument(s) to differentiate; a tuple gives a tuple.

    For a complex argument the gradient points uphill (steepest ascent), as in PyTorch.

    Raises (when called):
        ShapeError: f returned more than one number.
        DTypeError: the argument is an integer array, or f's result is not a real number.

    >>> grad(np.sin)(0.0)
    np.float64(1.0)
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes (f(x), gradient) in one go. See `grad`."""
    if not callable(f):
        raise ArgumentTypeError(f"grad: expected a function, got {f!r:.60}")
    positions = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(positions, list | tuple) or not all(isinstance(p, int) for p in positions):
        raise ArgumentTypeError(
            f"grad: argnums is the position of an argument or a tuple of them, got "
            f"{argnums!r:.60}; the arguments go to the function it returns: grad(f)(x)"
        )

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        for position in positions:
            if not -len(args) <= position < len(args):
                raise ArgumentTypeError(
                    f"grad: argument {position} does not exist, {len(args)} positional "
                    "argument(s) were given"
                )

        if len({position % len(args) for position in positions}) < len(positions):
            raise ArgumentTypeError(f"grad: an argument stands twice in argnums={argnums}")

        def of_chosen(*chosen: Any) -> Any:
            changed = list(args)
            for position, argument in zip(positions, chosen, strict=True):
                changed[position] = argument
            return f(*changed, **kwargs)

        value, pull = vjp(of_chosen, *[args[position] for position in positions])
        if isinstance(value, int | float | complex):
            value = np.asarray(value)[()]
        if not hasattr(value, "dtype"):
            raise ArgumentTypeError(
                f"grad: the function must return one number, it returned {type(value).__name__}"
            )
        shape, dtype = value.shape, value.dtype
        if shape != () and np.size(value) != 1:
            raise ShapeError(
                f"grad: the function must return one number, it returned shape {shape}; "
                "reduce it with .sum() or .mean(), or use vjp"
            )
        if dtype.kind == "c":
            raise DTypeError("grad: the function returned a complex number; take its real part")
        gradients = pull(np.ones(shape, dtype))
        return value, gradients[0] if isinstance(argnums, int) else gradients

    return value_and_gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Value of f and its vector-Jacobian product.

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


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Value of f and its Jacobian-vector product, in forward mode.

    Args:
        primals: the arguments of f, as a tuple.
        tangents: the direction, a tuple of the same structure and shapes.

    Returns:
        (f(*primals), tangent), the tangent of the value's structure and shape.

    Raises:
        ArgumentTypeError: primals and tangents have different structures.
        ShapeError: a tangent has another shape than its primal.

    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    level = new_level()
    for given in (primals, tangents):
        if not isinstance(given, tuple | list):
            raise ArgumentTypeError(
                "jvp: primals and tangents must be tuples, for example jvp(f, (x,), (t,)); "
                f"got {type(given).__name__}"
            )

    def dual(primal: Any, tangent: Any) -> Dual:
        primal = as_operand(primal)
        if np.shape(tangent) != np.shape(primal):
            raise ShapeError(
                f"jvp: the tangent has shape {np.shape(tangent)}, the primal {np.shape(primal)}"
            )
        return Dual(primal, tangent, level)

    try:
        duals = tree_map(dual, tuple(primals), tuple(tangents))
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, ShapeError | DTypeError):
            raise
        raise ArgumentTypeError(
            "jvp: primals and tangents must be tuples of the same structure, for example "
            f"jvp(f, (x,), (t,)): {error}"
        ) from error
    outputs = f(*duals)

    def at_level(output: Any) -> bool:
        return isinstance(output, Dual) and output.level == level

    plain = not any(isinstance(leaf, Array) for leaf in tree_leaves((*primals, *tangents)))

    def settled(result: Any) -> Any:
        """Arrays if only arrays came in; Tensors if a Tensor did."""
        if plain and isinstance(result, Tensor) and not result.requires_grad:
            return result._value
        if not plain and isinstance(result, np.ndarray | np.generic):
            return tensor_of(result, None)
        return result

    return (
        tree_map(lambda y: settled(y.primal if at_level(y) else y), outputs),
        tree_map(lambda y: settled(y.tangent if at_level(y) else zeros_of(y)), outputs),
    )


def zeros_of(value: Any) -> Any:
    return np.zeros(np.shape(value), getattr(value, "dtype", float))[()]


# -- reverse mode, inside ------------------------------------------------------------------------


def as_operand(value: Any) -> Any:
    """`value` as something to differentiate by: an inexact array, Tensor or Dual."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, Array):
        value = np.asarray(value)[()]
    require_inexact(value, "an argument to differentiate by")
    return value


def lift(value: Any, nodes: list[Node]) -> Any:
    """A stand-in for `value` on a node of its own, which is appended to `nodes`."""
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
        split = [(*halves(output, level), *halves(g, level)) for output, g in pairs]
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
        g = conjugate(conform(g, shape, output.dtype))
        record = record or (isinstance(g, Tensor) and g.requires_grad)
        seeds[output.node] = seeds[output.node] + g if output.node in seeds else g
    linked = depends_on_others(seeds, nodes)
    record = is_grad_enabled() and (record or linked)
    if not record:
        seeds = {node: g._value if isinstance(g, Tensor) else g for node, g in seeds.items()}
    found = pull_back(seeds, set(nodes), retain_graph=True, create_graph=record, tied=linked)
    return [
        conjugate(found[node]) if node in found else np.zeros(node.shape, node.dtype)[()]
        for node in nodes
    ]


def unshared(gradients: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """Gradients as arrays of their own: writeable, no two the same, none the caller's."""
    seen = set(map(id, cotangents))
    result = []
    for g in gradients:
        if isinstance(g, np.ndarray):
            if id(g) in seen or g.base is not None or not g.flags.writeable:
                g = g.copy()
            seen.add(id(g))
        result.append(g)
    return result


def halves(value: Any, level: int) -> tuple[Any, Any]:
    """(primal, tangent) at this level; the tangent of anything else is None (zero)."""
    if isinstance(value, Dual) and value.level == level:
        return value.primal, value.tangent
    return value, None


def depends_on_others(roots: Iterable[Node], nodes: Sequence[Node]) -> bool:
    """Whether a variable older than our own inputs is being differentiated behind `roots`.

    Younger ones belong to derivatives taken inside the function, which are over.
    """
    first = min((node.number for node in nodes), default=0)
    return any(node.number < first for node in topological_order([*roots, *nodes], first))


def release(output: Any, nodes: Sequence[Node], plain: bool, recording: bool) -> Any:
    """An output without our own inputs' graph; as an array if only arrays came in."""
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
    """A gradient as a Tensor where the primal was one."""
    if isinstance(primal, Tensor) and not isinstance(gradient, Array):
        return tensor_of(gradient, None)
    if (
        isinstance(gradient, Tensor)
        and not gradient.requires_grad
        and not isinstance(primal, Array)
    ):
        return gradient._value
    return gradient
