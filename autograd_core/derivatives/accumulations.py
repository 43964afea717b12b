"""Running sums, products and extrema along one axis.

Products and logarithms of sums are cases of one linear recurrence, s[i] = a[i] s[i-1] + b[i],
whose derivatives are recurrences again. There are no divisions, so derivatives at zeros are exact
to any order, and nothing overflows unless the result does.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the derivative of a recurrence is a recurrence)

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.array import plain_array
from autograd_core.declare import composite, general, linear
from autograd_core.derivatives.elementwise import share
from autograd_core.derivatives.shapes import as_axis
from autograd_core.errors import OperationError, ShapeError
from autograd_core.registry import NUMPY

# -- the recurrence ------------------------------------------------------------------------------


def delayed(x, first: float = 0):
    """`x` shifted by one place along the first axis, with `first` in front."""
    return np.concatenate([np.full_like(x[:1], first), x[:-1]])


def backwards(a, b):
    """s[i] = a[i+1] s[i+1] + b[i]: the transpose of `recurrence` in b."""
    return recurrence(delayed(a[::-1]), b[::-1])[::-1]


@general(
    vjp=(lambda g, a, y: backwards(a, g) * delayed(y), lambda g, a: backwards(a, g)),
    jvp=(lambda t, a, y: recurrence(a, t * delayed(y)), lambda t, a: recurrence(a, t)),
    text=("r * y[i-1] with r[i] = a[i+1] r[i+1] + g[i]", "r[i] = a[i+1] r[i+1] + g[i]"),
    part=True,
)
def recurrence(a, b):
    """s[i] = a[i] s[i-1] + b[i] along the first axis, s[0] = b[0]; a and b of one shape."""
    if a.shape != b.shape or not a.ndim:
        raise ShapeError(f"expected a and b of one shape, got {a.shape} and {b.shape}")
    s = np.array(b, np.result_type(a, b))
    for i in range(1, len(s)):
        s[i] += a[i] * s[i - 1]
    return s


def lined_up(x, axis):
    """`x` with `axis` in front; flat where `axis` is None."""
    return np.reshape(x, -1) if axis is None or not x.ndim else np.moveaxis(x, axis, 0)


def put_back(x, axis, shape):
    """The inverse of `lined_up`, given the original shape."""
    return np.reshape(x, shape) if axis is None or not shape else np.moveaxis(x, 0, axis)


# -- sums, products, logarithms of sums ----------------------------------------------------------


def _cumsum_vjp(g, in_shape, axis):
    rows = lined_up(g, axis)
    return put_back(np.cumsum(rows[::-1], axis=0)[::-1], axis, in_shape)


@linear(_cumsum_vjp, numpy=np.cumsum, text=("cumsum(g) from the end",))
def cumsum(x, axis=None, dtype=None):
    """Running sum along `axis` (None: of the flattened array)."""
    return np.cumsum(x, axis=axis, dtype=dtype)


def _factors(x, y, axis):
    """The factors in the dtype of the product, and the running product before each of them."""
    x = x if x.dtype == y.dtype else x.astype(y.dtype)
    return lined_up(x, axis), delayed(lined_up(y, axis), 1)


def _cumprod_vjp(g, x, y, axis):
    factors, before = _factors(x, y, axis)
    return put_back(backwards(factors, lined_up(g, axis)) * before, axis, x.shape)


def _cumprod_jvp(t, x, y, axis):
    factors, before = _factors(x, y, axis)
    return put_back(recurrence(factors, lined_up(t, axis) * before), axis, y.shape)


@general(_cumprod_vjp, _cumprod_jvp, numpy=np.cumprod, text=("exclusive products of x, times g",))
def cumprod(x, axis=None, dtype=None):
    """Running product along `axis` (None: of the flattened array)."""
    return np.cumprod(x, axis=axis, dtype=dtype)


def _old_and_new(x, y, axis):
    """The shares of y[i-1] and of x[i] in y[i] = logaddexp(y[i-1], x[i])."""
    x, y = lined_up(x, axis), lined_up(y, axis)
    return share(delayed(y, -np.inf), y), share(x, y)


def _logcumsumexp_vjp(g, x, y, axis):
    old, new = _old_and_new(x, y, axis)
    return put_back(backwards(old, lined_up(g, axis)) * new, axis, x.shape)


def _logcumsumexp_jvp(t, x, y, axis):
    old, new = _old_and_new(x, y, axis)
    return put_back(recurrence(old, lined_up(t, axis) * new), axis, y.shape)


@general(_logcumsumexp_vjp, _logcumsumexp_jvp, text=("shares of x in y, times g",))
def logcumsumexp(x, axis=None):
    """log(cumsum(exp(x))) along `axis` (None: of the flattened array)."""
    if axis is None or not x.ndim:
        x, axis = np.reshape(x, -1), 0
    return np.logaddexp.accumulate(x, axis=axis)


@composite(np.nancumsum)
def nancumsum(x, axis=None, dtype=None):
    """Running sum; NaN counts as 0."""
    return cumsum(np.where(np.isnan(x), 0, x), axis, dtype)


@composite(np.nancumprod)
def nancumprod(x, axis=None, dtype=None):
    """Running product; NaN counts as 1."""
    return cumprod(np.where(np.isnan(x), 1, x), axis, dtype)


# -- the array standard's functions --------------------------------------------------------------


def _cumulative(name, accumulate, start, x, axis, dtype, include_initial):
    x = np.atleast_1d(x)
    if axis is None:
        if x.ndim != 1:
            raise OperationError(f"{name}: x has {x.ndim} axes; axis= must name one of them")
        axis = 0
    axis = normalize_axis_index(axis, x.ndim)
    y = accumulate(x, axis, dtype)
    if not include_initial:
        return y
    first = np.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), start, y.dtype)
    return np.concatenate([first, y], axis=axis)


@composite(getattr(np, "cumulative_sum", ()))
def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running sum along `axis` (None only if x is 1-d), optionally with a 0 in front."""
    return _cumulative("cumulative_sum", cumsum, 0, x, axis, dtype, include_initial)


@composite(getattr(np, "cumulative_prod", ()))
def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running product along `axis` (None only if x is 1-d), optionally with a 1 in front."""
    return _cumulative("cumulative_prod", cumprod, 1, x, axis, dtype, include_initial)


# -- extrema -------------------------------------------------------------------------------------


def _record_holders(values, ufunc):
    """For each place along the first axis, the place of the extremum so far (the first of ties)."""
    so_far = ufunc.accumulate(values, axis=0)
    news = (values != delayed(so_far)) & (so_far != delayed(so_far))
    news &= ~(np.isnan(so_far) & np.isnan(delayed(so_far)))  # a NaN stays
    places = as_axis(np.arange(len(values)), 0, values.ndim)
    news[:1] = True
    return np.maximum.accumulate(np.where(news, places, 0), axis=0)


def _running(ufunc, x, axis):
    rows = lined_up(x, axis)
    y = np.take_along_axis(rows, _record_holders(plain_array(rows), ufunc), axis=0)
    return put_back(y, axis, y.shape)


@composite()
def cummax(x, axis=None):
    """Largest element so far along `axis` (None: of the flattened array); the first of ties."""
    return _running(np.maximum, x, axis)


@composite()
def cummin(x, axis=None):
    """Smallest element so far along `axis` (None: of the flattened array); the first of ties."""
    return _running(np.minimum, x, axis)


NUMPY.update(
    {
        (np.add, "accumulate"): lambda x, axis=0, dtype=None: cumsum(x, axis, dtype),
        (np.multiply, "accumulate"): lambda x, axis=0, dtype=None: cumprod(x, axis, dtype),
        (np.logaddexp, "accumulate"): lambda x, axis=0: logcumsumexp(x, axis),
        (np.maximum, "accumulate"): lambda x, axis=0: cummax(x, axis),
        (np.minimum, "accumulate"): lambda x, axis=0: cummin(x, axis),
    }
)
