"""Products of matrices and vectors, powers and the exponential; arrays are (..., M, N)."""

# pyright: reportGeneralTypeIssues=false
# (the derivative of expm is made of expm)

import math
from typing import Any

import numpy as np
import scipy.linalg

from autograd_core.declare import composite, general, linear
from autograd_core.errors import OperationError, ShapeError
from autograd_core.primitive import NUMPY


def _array(x):
    return x if hasattr(x, "ndim") else np.asarray(x)


def _conj(x):
    """Complex conjugate; real numbers stay as they are, without another step on the graph."""
    return np.conj(x) if x.dtype.kind == "c" else x


def mT(x):
    """The transposed matrices."""
    return np.swapaxes(x, -1, -2)


def mH(x):
    """The conjugate transposed matrices."""
    return _conj(mT(x))


def diagonal_matrix(d):
    """Matrices (..., N, N) with `d` (..., N) on the diagonal."""
    return np.where(np.eye(d.shape[-1], dtype=bool), d[..., None, :], 0)


def check_square(name, a):
    """Refuse anything but a stack of square matrices."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"{name}: expected square matrices (..., N, N), got shape {a.shape}")


def _as_matrices(a, b):
    """Both operands as (stacks of) matrices: a vector is a row on the left, a column right."""
    return (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)


def _rows(x):
    """All leading axes as one."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _left(g, b, in_shape):
    if b.ndim == 1:
        return g[..., None] * b
    if len(in_shape) == 1:
        return np.sum(b * g[..., None, :], axis=-1)
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _right(g, a, in_shape):
    if a.ndim == 1:
        if len(in_shape) == 1:
            return g * a
        return a[:, None] * g[..., None, :]
    if len(in_shape) == 1:
        return np.sum(a * g[..., None], axis=-2)
    if len(in_shape) == 2:  # one matrix for a whole stack: one product
        a, g = _rows(a), _rows(g)
    return np.matmul(np.swapaxes(a, -1, -2), g)


@linear(_left, _right, numpy=(np.matmul, np.linalg.matmul), text=("g @ b.mT", "a.mT @ g"))
def matmul(a, b):
    """Matrix product over the last two axes; leading axes broadcast, vectors as in NumPy."""
    return np.matmul(a, b)


@general(
    vjp=(
        lambda g, w: np.matmul(g, w),
        lambda g, x: np.matmul(np.transpose(_rows(g)), _rows(x)),
        lambda g: g,
    ),
    jvp=(
        lambda t, w: np.matmul(t, np.transpose(w)),
        lambda t, x: np.matmul(x, np.transpose(t)),
        lambda t, y: np.broadcast_to(t, y.shape),
    ),
    text=("g @ w", "g.T @ x", "sum(g)"),
)
def affine(x, w, b):
    """x wᵀ + b: what a linear layer computes. x is (..., n), w (m, n), b (m,) or None."""
    y = np.matmul(x, w.T)
    if b is None:
        return y
    if np.shape(b) != w.shape[:1]:
        raise ShapeError(
            f"expected a bias of shape {w.shape[:1]} for w {w.shape}, got {np.shape(b)}"
        )
    return np.add(y, b, out=y if y.dtype == b.dtype else None)


@composite(np.dot)
def dot(a, b):
    """NumPy's `dot`: product of scalars, else sum over a's last and b's last but one axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return matmul(a, b)
    if np.ndim(b) == 1:
        return np.reshape(matmul(_rows(a), b), a.shape[:-1])
    columns = mT(_rows(np.swapaxes(b, -1, -2)))
    return np.reshape(matmul(_rows(a), columns), a.shape[:-1] + b.shape[:-2] + b.shape[-1:])


# -- the same under np.linalg: matrices are the last two axes -------------------------------------


def _vectors(name, sizes, *arrays):
    """Refuse what np.linalg refuses and np takes."""
    shapes = [np.shape(a) for a in arrays]
    if not all(sizes(shape) for shape in shapes):
        raise ShapeError(f"np.linalg.{name} does not take shapes {shapes}; np.{name} may")


def _cross(x1: Any, x2: Any, axis=-1):
    _vectors("cross", lambda shape: shape[axis:][:1] == (3,), x1, x2)
    return np.cross(x1, x2, axis=axis)


def _outer(x1, x2):
    _vectors("outer", lambda shape: len(shape) == 1, x1, x2)
    return np.outer(x1, x2)


NUMPY.update(
    {
        np.linalg.cross: _cross,
        np.linalg.outer: _outer,
        np.linalg.diagonal: lambda x, offset=0: np.diagonal(x, offset, -2, -1),
        np.linalg.trace: lambda x, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype),
        np.linalg.matrix_transpose: lambda x: np.matrix_transpose(x),
        np.linalg.vecdot: lambda x1, x2, axis=-1: np.vecdot(x1, x2, axis=axis),  # pyright: ignore
        np.linalg.tensordot: lambda x1, x2, axes=2: np.tensordot(x1, x2, axes=axes),
    }
)


# -- chains, powers, the exponential ---------------------------------------------------------------


def cheapest_splits(sizes):
    """Where to split each chain i..j of matrices of shapes (sizes[k], sizes[k + 1]).

    Dynamic programming over chains, shortest first (Cormen et al., section 14.2).
    """
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return split


@composite(np.linalg.multi_dot)
def multi_dot(arrays):
    """Product of two or more matrices in the cheapest order; first and last may be vectors."""
    arrays = [_array(a) for a in arrays]
    if len(arrays) < 2:
        raise OperationError("multi_dot: expected at least two arrays")
    ends = arrays[0].ndim, arrays[-1].ndim
    if any(a.ndim != 2 for a in arrays[1:-1]) or not set(ends) <= {1, 2}:
        raise ShapeError(
            "multi_dot: expected matrices, with vectors at the ends only, got shapes "
            f"{[a.shape for a in arrays]}"
        )
    if ends[0] == 1:
        arrays[0] = arrays[0][None, :]
    if ends[1] == 1:
        arrays[-1] = arrays[-1][:, None]
    split = cheapest_splits([a.shape[0] for a in arrays] + [arrays[-1].shape[1]])

    def product(i, j):
        if i == j:
            return arrays[i]
        return matmul(product(i, split[i, j]), product(split[i, j] + 1, j))

    whole = product(0, len(arrays) - 1)
    return whole[0 if ends[0] == 1 else slice(None), ..., 0 if ends[1] == 1 else slice(None)]


@composite(np.linalg.matrix_power)
def matrix_power(a, n):
    """The product of n square matrices `a`; the inverse's for negative n."""
    check_square("matrix_power", a)
    if not isinstance(n, int | np.integer):
        raise OperationError(f"matrix_power: the exponent must be an integer, got {n!r}")
    if n == 0:  # the identity, with a gradient of 0
        return np.where(np.zeros(a.shape, bool), a, np.eye(a.shape[-1], dtype=a.dtype))
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = None
    while n:
        if n & 1:
            result = a if result is None else matmul(result, a)
        n >>= 1
        if n:
            a = matmul(a, a)
    return result


def expm_derivative(a, t):
    """The Fréchet derivative of expm at `a` along `t`: a block of expm([[a, t], [0, a]]).

    Van Loan 1978 / Higham 2008, theorem 3.6. Itself made of operations, so its derivatives
    follow, as larger block matrices.
    """
    n = a.shape[-1]
    top = np.concatenate([a, t], axis=-1)
    bottom = np.concatenate([np.zeros_like(a), a], axis=-1)
    return expm(np.concatenate([top, bottom], axis=-2))[..., :n, n:]


@general(
    lambda g, a: expm_derivative(mT(a), g), lambda t, a: expm_derivative(a, t), text=("L(a.mT, g)",)
)
def expm(a):
    """Matrix exponential of (stacks of) square matrices; SciPy's, under its name."""
    check_square("expm", a)
    return scipy.linalg.expm(a)
