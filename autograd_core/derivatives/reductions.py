"""Reductions: sums, products, means, extrema, and the softmax family.

`axis` is None (all axes), an int or a tuple of ints. `where` is a mask of the elements that count,
`initial` a constant that counts as one more. Elements that tie for the maximum or minimum share
the gradient evenly. A product's derivative is the product of the others, never a quotient, so it
is exact at zeros, to any order. The softmax family is computed relative to the maximum, so it
neither overflows nor makes NaN from -inf entries.
"""

import math
from inspect import signature
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.array import value_of
from autograd_core.declare import composite, general
from autograd_core.derivatives.elementwise import UNSET, as_floating, share
from autograd_core.errors import OperationError, ShapeError
from autograd_core.primitive import Rule


def axes_of(axis, ndim):
    """The axes that are reduced. (NumPy accepts axis=0 for a number, too.)"""
    return tuple(range(ndim)) if axis is None or not ndim else normalize_axis_tuple(axis, ndim)


def restored(reduced, shape, axis, keepdims):
    """A reduction's result with the reduced axes back as axes of size 1."""
    if keepdims:
        return reduced
    axes = axes_of(axis, len(shape))
    return np.reshape(reduced, tuple(1 if k in axes else n for k, n in enumerate(shape)))


def count(shape, axis, where: Any = True, keepdims=False, dtype=float):
    """How many elements each result of a reduction has: an int or, with `where`, an array."""
    if where is not True:
        counted = np.broadcast_to(value_of(where), shape)
        return np.sum(counted, axis=axis, keepdims=keepdims).astype(dtype)
    return math.prod(shape[k] for k in axes_of(axis, len(shape)))


def masked(g, where):
    return g if where is True else np.where(where, g, 0)


def spread(g, in_shape, axis, keepdims, where):
    return masked(np.broadcast_to(restored(g, in_shape, axis, keepdims), in_shape), where)


@general(
    spread,
    lambda t, axis, keepdims, where: np.sum(t, axis=axis, keepdims=keepdims, where=where),
    numpy=(np.sum, (np.add, "reduce")),
    text=("broadcast(g)",),
)
def sum(x, axis=None, dtype=None, keepdims=False, initial=UNSET, where: Any = True):
    """Sum over `axis`."""
    return np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


def _mean_vjp(g, in_shape, axis, keepdims, where):
    g = g / count(in_shape, axis, where, keepdims, g.dtype)
    return spread(g, in_shape, axis, keepdims, where)


@general(
    _mean_vjp,
    lambda t, axis, keepdims, where: np.mean(t, axis=axis, keepdims=keepdims, where=where),
    numpy=np.mean,
    text=("broadcast(g) / n",),
)
def mean(x, axis=None, dtype=None, keepdims=False, where: Any = True):
    """Mean over `axis`."""
    return np.mean(x, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


def by_weights(weights: Rule) -> tuple[Rule, Rule]:
    """VJP and JVP of a reduction with the derivative weights(x, y, axis, keepdims, ...)."""

    def vjp(g, x, y, axis, keepdims, initial, where):
        return restored(g, x.shape, axis, keepdims) * weights(x, y, axis, keepdims, initial, where)

    def jvp(t, x, y, axis, keepdims, initial, where):
        moved = t * weights(x, y, axis, keepdims, initial, where)
        return np.sum(moved, axis=axis, keepdims=keepdims)

    return vjp, jvp


# -- products ------------------------------------------------------------------------------------


def others(x):
    """For each element of `x`, the product of all others along the first axis."""
    one = np.ones_like(x[:1])
    before = np.concatenate([one, np.cumprod(x, axis=0)[:-1]])
    after = np.concatenate([np.cumprod(x[::-1], axis=0)[:-1][::-1], one])
    return before * after


def _cofactors(x, y, axis, keepdims, initial, where):
    axes = axes_of(axis, x.ndim)
    x = x if x.dtype == y.dtype else x.astype(y.dtype)
    factors = x if where is True else np.where(where, x, 1)
    front = np.moveaxis(factors, axes, range(len(axes)))
    shape = front.shape
    rows = np.reshape(front, (count(x.shape, axes), *shape[len(axes) :]))
    products = others(rows) if initial is UNSET else others(rows) * initial
    back = np.moveaxis(np.reshape(products, shape), range(len(axes)), axes)
    return masked(back, where)


@general(
    *by_weights(_cofactors),
    numpy=(np.prod, (np.multiply, "reduce")),
    text=("g * product of the others",),
)
def prod(x, axis=None, dtype=None, keepdims=False, initial=UNSET, where: Any = True):
    """Product over `axis`. Its derivatives are exact even where elements are zero."""
    return np.prod(x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


# -- extrema -------------------------------------------------------------------------------------


def winners(x, y, axis, keepdims, initial, where):
    """Each element's share of the extremum y: 1 over the number of ties, or 0."""
    top = restored(y, x.shape, axis, keepdims)
    tied = x == top
    if where is not True:
        tied = tied & where
    number = np.sum(tied, axis=axis, dtype=x.dtype, keepdims=True)
    return tied / (number if initial is UNSET else number + (top == initial))


@general(*by_weights(winners), numpy=(np.max, np.amax, (np.maximum, "reduce")))
def max(x, axis=None, keepdims=False, initial=UNSET, where: Any = True):
    """Largest element over `axis`; `initial` counts as one more."""
    return np.max(x, axis=axis, keepdims=keepdims, initial=initial, where=where)


@general(*by_weights(winners), numpy=(np.min, np.amin, (np.minimum, "reduce")))
def min(x, axis=None, keepdims=False, initial=UNSET, where: Any = True):
    """Smallest element over `axis`; `initial` counts as one more."""
    return np.min(x, axis=axis, keepdims=keepdims, initial=initial, where=where)


@composite(np.ptp)
def ptp(x, axis=None, keepdims=False):
    """Peak to peak: largest minus smallest element over `axis`."""
    return max(x, axis, keepdims) - min(x, axis, keepdims)


# -- spread around the mean ----------------------------------------------------------------------


@composite(np.var)
def var(
    x,
    axis=None,
    dtype=None,
    ddof=0,
    keepdims=False,
    *,
    where: Any = True,
    mean: Any = None,
    correction=None,
):
    """Variance over `axis`: mean squared distance from the mean, over (count - ddof).

    `mean` is the mean, with the reduced axes kept, if it is already known; `correction` is the
    Array API's name for `ddof`.
    """
    if correction is not None:
        if ddof:
            raise OperationError("var: ddof and correction mean the same; give only one of them")
        ddof = correction
    if mean is None:
        mean = np.mean(x, axis=axis, dtype=dtype, keepdims=True, where=where)
    distance = x - mean
    square = distance * distance
    if distance.dtype.kind == "c":
        square = np.real(distance * np.conj(distance))
    total = np.sum(square, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    n = count(x.shape, axis, where, keepdims, total.dtype)
    return total / degrees_of_freedom(n, ddof, total.dtype)


def degrees_of_freedom(n, ddof, dtype):
    """n - ddof, or 0 if that is negative. An int stays one, so that it promotes no dtype."""
    freedom = n - ddof
    if isinstance(freedom, int | float) and freedom > 0:
        return freedom
    return np.maximum(freedom, 0).astype(dtype)


@composite(np.std)
def std(
    x,
    axis=None,
    dtype=None,
    ddof=0,
    keepdims=False,
    *,
    where: Any = True,
    mean: Any = None,
    correction=None,
):
    """Standard deviation over `axis` (see `var`); its derivative at a constant is 0."""
    variance = var(x, axis, dtype, ddof, keepdims, where=where, mean=mean, correction=correction)
    return np.where(variance == 0, 0, np.sqrt(np.where(variance == 0, 1, variance)))


# -- reductions that ignore NaN ------------------------------------------------------------------


def nan_version(function: Any, numpy: Any) -> Any:
    """`function` of the elements that are not NaN."""

    def present(x, *args, where: Any = True, **options):
        return function(x, *args, where=~np.isnan(x) & where, **options)

    present.__name__ = numpy.__name__
    present.__doc__ = f"`{function.__name__}` of the elements that are not NaN."
    present.__signature__ = signature(function)  # pyright: ignore[reportFunctionMemberAccess]
    return composite(numpy)(present)


def nan_extremum(function: Any, numpy: Any, worst: float) -> Any:
    """The extremum of the elements that are not NaN; NaN if there are none."""

    def present(x, axis=None, keepdims=False, initial=UNSET, where: Any = True):
        if x.dtype.kind not in "fc":
            return function(x, axis, keepdims, initial, where)
        if initial is UNSET and not count(x.shape, axis):
            raise ShapeError(f"{numpy.__name__}: no elements along axis {axis} of {x.shape}")
        there = ~np.isnan(x) & where
        start = worst if initial is UNSET else initial
        y = function(x, axis, keepdims, initial=start, where=there)
        if initial is not UNSET:
            return y
        return np.where(np.any(there, axis=axis, keepdims=keepdims), y, np.nan)

    present.__name__ = numpy.__name__
    present.__doc__ = f"`{function.__name__}` of the elements that are not NaN; NaN if none are."
    return composite(numpy)(present)


nansum = nan_version(sum, np.nansum)
nanprod = nan_version(prod, np.nanprod)
nanmean = nan_version(mean, np.nanmean)
nanvar = nan_version(var, np.nanvar)
nanstd = nan_version(std, np.nanstd)
nanmax = nan_extremum(max, np.nanmax, -np.inf)
nanmin = nan_extremum(min, np.nanmin, np.inf)


# -- the softmax family --------------------------------------------------------------------------


def _finite_max(x, axis):
    top = np.max(np.real(x), axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0)


def _shares(x, y, axis, keepdims):
    """exp(x - y); infinite elements have equal shares."""
    y = restored(y, x.shape, axis, keepdims)
    equals = np.sum(x == y, axis=axis, keepdims=True).astype(y.dtype)
    return share(x, y) / np.where(y == np.inf, equals, 1)


@general(
    lambda g, x, y, axis, keepdims: (
        restored(g, x.shape, axis, keepdims) * _shares(x, y, axis, keepdims)
    ),
    lambda t, x, y, axis, keepdims: np.sum(
        t * _shares(x, y, axis, keepdims), axis=axis, keepdims=keepdims
    ),
    numpy=((np.logaddexp, "reduce"),),
)
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`."""
    x = as_floating(x)
    top = _finite_max(x, axis)
    with np.errstate(divide="ignore"):
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)[()]


def _softmax_product(v, y, axis):
    """(diag(y) - y yᵀ) v along `axis`: the Jacobian is symmetric, so this is both VJP and JVP."""
    weighted = v * y
    return weighted - y * np.sum(weighted, axis=axis, keepdims=True)


@general(_softmax_product, _softmax_product)
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`."""
    x = as_floating(x)
    weights = np.exp(x - _finite_max(x, axis))
    return weights / np.sum(weights, axis=axis, keepdims=True)


@general(
    lambda g, y, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    lambda t, y, axis: t - np.sum(np.exp(y) * t, axis=axis, keepdims=True),
)
def log_softmax(x, axis=-1):
    """log(softmax(x)) along `axis`."""
    x = as_floating(x)
    shifted = x - _finite_max(x, axis)
    with np.errstate(divide="ignore"):
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
