"""Norms of vectors and matrices. Their derivative at 0 is 0."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.declare import composite
from autograd_core.derivatives.decompositions import tolerance
from autograd_core.derivatives.linalg import _array
from autograd_core.errors import OperationError
from autograd_core.primitive import plain


def _floating(x):
    x = _array(x)
    return x if x.dtype.kind in "fc" else x.astype(float)


def _magnitude(x, axis):
    """A power of two near the largest element, a constant: dividing by it is exact."""
    largest = np.max(np.abs(plain(x, [])), axis=axis, keepdims=True, initial=0)
    exponent = np.frexp(largest)[1]
    return np.where(np.isfinite(largest), np.ldexp(np.ones_like(largest), exponent - 1), 1)


def _euclidean(x, axis, keepdims):
    scale = _magnitude(x, axis)
    x = x / scale
    total = np.sum(np.real(np.conj(x) * x) if x.dtype.kind == "c" else x * x, axis, keepdims=True)
    y = scale * np.where(total == 0, 0, np.sqrt(np.where(total == 0, 1, total)))
    return y if keepdims else np.squeeze(y, axis=axis)


def _power_mean(x, p, axis, keepdims):
    """sum(|x| ** p) ** (1 / p); elements that are 0 have derivative 0."""
    size = np.abs(x)
    scale = _magnitude(x, axis)
    zero = size == 0
    terms = np.where(zero, 0, np.where(zero, 1, size / scale) ** p)
    total = np.sum(terms, axis=axis, keepdims=True)
    empty = np.any(zero, axis=axis, keepdims=True) if p < 0 else total == 0
    y = scale * np.where(empty, 0, np.where(empty, 1, total) ** (1 / p))
    return y if keepdims else np.squeeze(y, axis=axis)


def _vector(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise OperationError(f"norm: order {ord!r} is not one of vectors")
    if ord is None or ord == 2:
        return _euclidean(x, axis, keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        real = np.finfo(x.dtype).dtype
        return np.sum((x != 0).astype(real), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    return _power_mean(x, ord, axis, keepdims)


def _singular_values(x):
    """Singular values; those that are 0 up to rounding without gradient."""
    s = np.linalg.svdvals(x)
    return np.where(plain(s, []) <= tolerance(plain(s, [])), plain(s, []), s)


def _matrix(x, ord, axis, keepdims):
    rows, columns = axis
    if ord in (None, "fro", "f"):
        return _euclidean(x, axis, keepdims)
    if ord in ("nuc", 2, -2):
        s = _singular_values(np.moveaxis(x, axis, (-2, -1)))
        y = {"nuc": np.sum, 2: np.max, -2: np.min}[ord](s, axis=-1)
    elif ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=rows if abs(ord) == 1 else columns, keepdims=True)
        return (np.max if ord > 0 else np.min)(sums, axis=axis, keepdims=keepdims)
    else:
        raise OperationError(f"norm: order {ord!r} is not one of matrices")
    return np.expand_dims(y, tuple(sorted(axis))) if keepdims else y


@composite(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """Norm of vectors (one axis), matrices (two axes) or, without ord and axis, of everything.

    Vectors: None or 2, inf, -inf, 0 (the count of non-zeros, without gradient), any other p.
    Matrices: None or "fro", "nuc", 2 and -2 (singular values), 1, -1, inf, -inf (absolute sums
    of columns and rows).
    """
    x = _floating(x)
    if axis is None and ord is None:
        return _euclidean(x, tuple(range(x.ndim)), keepdims)
    axis = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim, "axis")
    if len(axis) == 1:
        return _vector(x, ord, axis, keepdims)
    if len(axis) == 2:
        return _matrix(x, ord, axis, keepdims)
    raise OperationError(f"norm: expected one axis or two, got {axis} of shape {x.shape}")


@composite(np.linalg.vector_norm)
def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    """Norm of all elements along `axis` (None: all axes, or a tuple) as one vector."""
    x = _floating(x)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim, "axis")
    return _vector(x, ord, axes, keepdims)


@composite(np.linalg.matrix_norm)
def matrix_norm(x, *, keepdims=False, ord="fro"):
    """Norm of the matrices on the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@composite(np.linalg.cond)
def cond(x, p=None):
    """Condition number: norm(x, p) * norm(inv(x), p); for None, 2 and -2 by singular values.

    Raises:
        LinAlgError: x is singular, and p not one of those three (NumPy: inf).
    """
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        largest, smallest = s[..., 0], s[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))
