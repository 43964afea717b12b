"""Norms of vectors and matrices. Their derivative at 0 is 0, and at infinity it is the limit."""

# pyright: reportGeneralTypeIssues=false
# (the derivative at infinity is made of the norm itself)

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.array import value_of
from autograd_core.backward import conjugated
from autograd_core.declare import composite, general
from autograd_core.derivatives.decompositions import tolerance
from autograd_core.derivatives.elementwise import at_infinity
from autograd_core.derivatives.linalg import check_square
from autograd_core.derivatives.shapes import as_inexact
from autograd_core.errors import LinAlgError, OperationError
from autograd_core.primitive import guarded_product


def _magnitude(x, axis):
    """A power of two near the largest element, as a constant: dividing by it is exact."""
    largest = np.max(np.abs(value_of(x)), axis=axis, keepdims=True, initial=0)
    exponent = np.frexp(largest)[1]
    return np.where(np.isfinite(largest), np.ldexp(np.ones_like(largest), exponent - 1), 1)


def _ratio(x, y, norm):
    """x / y for y = norm(x), 0 where y is 0; the limit where elements are infinite."""
    far = np.isinf(y)
    if np.any(far):
        limit = at_infinity(value_of(x))
        x, y = np.where(far, limit, x), np.where(far, norm(limit), y)
    return np.where(y == 0, 0, x / np.where(y == 0, 1, y))


def _towards(x, y, axis):
    return conjugated(_ratio(x, y, lambda x: euclidean(x, axis)))


@general(
    lambda g, x, y, axis: g * _towards(x, y, axis),
    lambda t, x, y, axis: np.real(np.sum(_towards(x, y, axis) * t, axis=axis, keepdims=True)),
    text=("g * conj(x) / y",),
    part=True,
)
def euclidean(x, axis):
    """Square root of the sum of squared magnitudes over `axis`, which stays with size 1."""
    scale = _magnitude(x, axis)
    x = x / scale
    squares = np.real(np.conj(x) * x) if x.dtype.kind == "c" else x * x
    return scale * np.sqrt(np.sum(squares, axis=axis, keepdims=True))


def _slope(x, y, p, axis):
    """(x / y) ** (p - 1), and 0 for elements that are 0."""
    zero = (x == 0) | (y == 0)
    ratio = _ratio(x, y, lambda x: power_mean(x, p, axis))
    return np.where(zero, 0, np.where(zero, 1, ratio) ** (p - 1))


@general(
    lambda g, x, y, p, axis: guarded_product(g, _slope(x, y, p, axis)),
    lambda t, x, y, p, axis: np.sum(
        guarded_product(t, _slope(x, y, p, axis)), axis=axis, keepdims=True
    ),
    text=("g * (x / y) ** (p - 1)",),
    part=True,
)
def power_mean(x, p, axis):
    """sum(x ** p) ** (1 / p) over `axis`, which stays with size 1, for x >= 0."""
    scale = _magnitude(x, axis)
    with np.errstate(divide="ignore"):  # 0 ** -p is infinite, and inf ** (-1 / p) is 0
        return scale * np.sum((x / scale) ** p, axis=axis, keepdims=True) ** (1 / p)


def _kept(y, axis, keepdims):
    return y if keepdims else np.squeeze(y, axis=axis)


def _largest(sizes, axis, keepdims=False):
    """The largest of numbers that are not negative; 0 if there are none."""
    return np.max(sizes, axis=axis, keepdims=keepdims, initial=0)


def _vector(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise OperationError(f"norm: {ord!r} is not an order of vector norms")
    if ord is None or ord == 2:
        return _kept(euclidean(x, axis), axis, keepdims)
    if ord == np.inf:
        return _largest(np.abs(x), axis, keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        real = np.finfo(x.dtype).dtype
        return np.sum((x != 0).astype(real), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    return _kept(power_mean(np.abs(x), float(ord), axis), axis, keepdims)


def _singular_values(x):
    """Singular values; those that are 0 up to rounding have no gradient."""
    s = np.linalg.svdvals(x)
    return np.where(s <= tolerance(s), value_of(s), s)


def _matrix(x, ord, axis, keepdims):
    rows, columns = axis
    if ord in (None, "fro", "f"):
        return _kept(euclidean(x, axis), axis, keepdims)
    if ord in ("nuc", 2, -2):
        s = _singular_values(np.moveaxis(x, axis, (-2, -1)))
        y = {"nuc": np.sum, 2: _largest, -2: np.min}[ord](s, axis=-1)
    elif ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=rows if abs(ord) == 1 else columns, keepdims=True)
        return (_largest if ord > 0 else np.min)(sums, axis=axis, keepdims=keepdims)
    else:
        raise OperationError(f"norm: {ord!r} is not an order of matrix norms")
    return np.expand_dims(y, tuple(sorted(axis))) if keepdims else y


@composite(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """Norm of vectors (one axis), matrices (two axes) or, without ord and axis, all elements.

    Vectors: None or 2, inf, -inf, 0 (the number of non-zeros, without gradient), any other p.
    Matrices: None or "fro", "nuc", 2 and -2 (singular values), 1, -1, inf, -inf (absolute sums
    of columns and rows).
    """
    x = as_inexact(x)
    if axis is None and ord is None:
        every = tuple(range(x.ndim))
        return _kept(euclidean(x, every), every, keepdims)
    axis = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim, "axis")
    if len(axis) == 1:
        return _vector(x, ord, axis, keepdims)
    if len(axis) == 2:
        return _matrix(x, ord, axis, keepdims)
    raise OperationError(f"norm: expected one axis or two, got {axis} of shape {x.shape}")


@composite(np.linalg.vector_norm)
def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    """Norm of all elements along `axis` (None: all axes, or a tuple) as one vector."""
    x = as_inexact(x)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim, "axis")
    return _vector(x, ord, axes, keepdims)


@composite(np.linalg.matrix_norm)
def matrix_norm(x, *, keepdims=False, ord="fro"):
    """Norm of the matrices on the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@composite(np.linalg.cond)
def cond(x, p=None):
    """Condition number: norm(x, p) * norm(inv(x), p); for None, 2 and -2 by singular values.

    For singular matrices it is infinite, and the gradient is infinite or NaN.

    Raises:
        LinAlgError: x is empty.
    """
    x = as_inexact(x)
    if x.ndim < 2 or 0 in x.shape[-2:]:
        raise LinAlgError(f"cond: expected matrices that are not empty, got shape {x.shape}")
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        above, below = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
        with np.errstate(divide="ignore"):
            return np.where(s[..., 0] == 0, 1, above) / below  # inf for zeros
    check_square("cond", x)
    singular = np.linalg.slogdet(value_of(x))[0] == 0
    regular = np.where(singular[..., None, None], np.eye(x.shape[-1], dtype=x.dtype), x)
    y = norm(x, p, (-2, -1)) * norm(np.linalg.inv(regular), p, (-2, -1))
    if not np.any(singular):
        return y
    nothing = 0 * np.sum(np.abs(x), axis=(-2, -1))
    with np.errstate(divide="ignore"):
        return np.where(singular, 1 / nothing, y)  # inf with gradient NaN; a constant has 0
