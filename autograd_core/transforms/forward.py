"""Forward mode: `jvp`, the Jacobian-vector product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.array import Array
from autograd_core.errors import ArgumentTypeError, DTypeError, ShapeError
from autograd_core.forward import Dual, new_level
from autograd_core.tensor import Tensor, tensor_of
from autograd_core.transforms.arguments import as_operand
from autograd_core.tree import tree_leaves, tree_map


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f and its Jacobian-vector product, in forward mode.

    Args:
        primals: the arguments of f, as a tuple.
        tangents: the direction, a tuple of the same structure and shapes.

    Returns:
        (f(*primals), tangent); the tangent has the structure and shapes of the value.

    Raises:
        ArgumentTypeError: primals and tangents have different structures.
        ShapeError: a tangent has another shape than its primal.

    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    level = new_level()
    outputs = f(*duals(primals, tangents, level))

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


def duals(primals: Any, tangents: Any, level: int) -> tuple[Any, ...]:
    """Each primal with its tangent, checked."""
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
        return tree_map(dual, tuple(primals), tuple(tangents))
    except (ShapeError, DTypeError):
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise ArgumentTypeError(
            "jvp: primals and tangents must be tuples of the same structure, for example "
            f"jvp(f, (x,), (t,)): {error}"
        ) from error


def zeros_of(value: Any) -> Any:
    return np.zeros(np.shape(value), getattr(value, "dtype", float))[()]
