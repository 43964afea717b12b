"""Quantiles, weighted means and covariances.

A quantile is a place in the sorted values, between two of them as a rule; the gradient goes to
those two, of equal values to those that a stable sort puts there.
"""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.declare import composite
from autograd_core.derivatives.reductions import restored
from autograd_core.derivatives.sequences import as_array
from autograd_core.derivatives.sorting import sort, values_of
from autograd_core.errors import (
    ArgumentTypeError,
    DTypeError,
    OperationError,
    ShapeError,
    UnsupportedError,
)

# -- quantiles -----------------------------------------------------------------------------------


def _plotting(alpha, beta):
    """The continuous methods of Hyndman and Fan (1996)."""
    return lambda n, q: n * q + (alpha + q * (1 - alpha - beta)) - 1


def _between(place):
    return (np.floor(place) + np.ceil(place)) / 2


def _closest(place):
    low = np.floor(place)
    return low + 1 - ((place == low) & (low % 2 == 1))


PLACES = {
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1),
    "averaged_inverted_cdf": lambda n, q: (np.floor(n * q - 1) + 1 + np.ceil(n * q - 1)) / 2,
    "closest_observation": lambda n, q: _closest(n * q - 1 - 0.5),
    "interpolated_inverted_cdf": _plotting(0, 1),
    "hazen": _plotting(0.5, 0.5),
    "weibull": _plotting(0, 0),
    "linear": lambda n, q: (n - 1) * q,
    "median_unbiased": _plotting(1 / 3, 1 / 3),
    "normal_unbiased": _plotting(3 / 8, 3 / 8),
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "midpoint": lambda n, q: _between((n - 1) * q),
    "nearest": lambda n, q: np.rint((n - 1) * q),
}
"""Where the quantile q of n sorted values stands (from 0), by NumPy's methods."""

WHOLE = {"inverted_cdf", "closest_observation", "lower", "higher", "nearest"}
"""Methods that choose one of the values."""


def _in_rows(x, axis):
    """The reduced axes as one, the last."""
    axes = range(x.ndim) if axis is None else normalize_axis_tuple(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in axes]
    rows = np.transpose(x, (*kept, *axes))
    size = int(np.prod([x.shape[k] for k in axes], dtype=int))
    return np.reshape(rows, (*(x.shape[k] for k in kept), size))


def _pick(rows, places):
    """rows[..., places], where the last axes of `places` are the others of `rows`."""
    return rows[(*np.ogrid[tuple(map(slice, rows.shape[:-1]))], places)]


def _at_place(rows, place, n, between):
    """The sorted value at `place`, kept in 0 ... n - 1; interpolated linearly if `between`."""
    place = np.clip(place, 0, (n - 1) * (n > 0))
    below = np.floor(values_of(place))
    low = _pick(rows, below.astype(int))
    if not between:
        return low
    high = _pick(rows, (below + (values_of(place) > below)).astype(int))
    t = place - below
    # Two equal infinities, or an infinity that has no part in the result, make no NaN.
    with np.errstate(invalid="ignore"):
        gap = high - low
    still = (values_of(t) == 0) | (values_of(low) == values_of(high))
    return low + t * np.where(~np.isfinite(values_of(gap)) & still, 0, gap)


def _weighted_place(values, weights, q):
    """The first place where the sorted values' share of the weight reaches q."""
    weights = np.broadcast_to(weights, values.shape)
    order = np.argsort(values, axis=-1, kind="stable")
    share = np.cumsum(np.take_along_axis(weights, order, -1), axis=-1, dtype=float)
    share = share / share[..., -1:]
    if np.isnan(share).any():
        raise OperationError("quantile: weights include NaN, inf or are all zero")
    q = values_of(q)[..., None]
    return np.sum(np.where(q == 0, share <= 0, share < q), axis=-1)


def _rows_of_weights(weights, x, axis):
    weights = values_of(weights)
    if np.any(weights < 0):
        raise OperationError("quantile: weights must not be negative")
    if weights.shape == x.shape:
        return _in_rows(weights, axis)
    return _in_rows(_aligned("quantile", weights, x, axis) + np.zeros(x.shape), axis)


def _quantile(name, x, q, axis, method, keepdims, weights=None, skip_nan=False):
    if x.dtype.kind == "c" and "median" not in name:
        raise DTypeError(f"{name}: complex numbers have no order")
    if method not in PLACES:
        raise OperationError(f"{name}: {method!r} is not one of the methods {', '.join(PLACES)}")
    kind = np.finfo(x.dtype).dtype if x.dtype.kind in "fc" else float
    q = np.asarray(q, kind) if isinstance(q, int | float) else as_array(q)
    if not np.all((q >= 0) & (q <= 1)):
        raise OperationError(f"{name}: quantiles must lie in [0, 1], percentiles in [0, 100]")
    rows = _in_rows(x, axis)
    if not rows.shape[-1]:
        raise ShapeError(f"{name}: no elements along the reduced axes of shape {x.shape}")
    lone = np.isnan(values_of(rows)) if x.dtype.kind in "fc" else np.zeros(rows.shape, bool)
    missing = np.sum(lone, axis=-1)
    n: Any = rows.shape[-1]
    if skip_nan and np.any(missing):
        n = (n - missing).astype(q.dtype)
    upright = np.reshape(q, q.shape + (1,) * (rows.ndim - 1))
    if weights is None:
        place = PLACES[method](n, upright)
    elif method != "inverted_cdf":
        raise OperationError(f"{name}: weights need method='inverted_cdf', got {method!r}")
    else:
        weights = np.where(lone & skip_nan, 0, _rows_of_weights(weights, x, axis))
        place = _weighted_place(values_of(rows), weights, upright)
    y = _at_place(sort(rows), place, n, method not in WHOLE)
    void = missing == rows.shape[-1] if skip_nan else missing > 0
    if np.any(void):
        y = np.where(void, np.nan, y)
    if keepdims:
        shape = np.shape(restored(np.empty(rows.shape[:-1]), x.shape, axis, False))
        y = np.reshape(y, q.shape + shape)
    return y


def quantile_function(numpy: Any, whole: int, skip_nan: bool, doc: str) -> Any:
    """One of NumPy's four functions, which have one signature; `whole` is the q of the maximum."""
    name = numpy.__name__

    def function(
        x,
        q,
        axis=None,
        overwrite_input=False,
        method="linear",
        keepdims=False,
        *,
        weights=None,
        interpolation=None,
    ):
        if interpolation is not None:
            raise UnsupportedError(f"{name}: interpolation= is NumPy's old name of method=")
        if whole != 1:
            q = (q if isinstance(q, int | float) else as_array(q)) / whole
        return _quantile(name, x, q, axis, method, keepdims, weights, skip_nan)

    function.__name__, function.__doc__ = name, doc
    return composite(numpy)(function)


quantile = quantile_function(
    np.quantile,
    1,
    False,
    """The values that parts q (in [0, 1]) of `x` over `axis` lie below, by NumPy's `method`s.

    q's axes come first in the result. Differentiable in x, and in q where the method
    interpolates. `weights` (constants) go with method "inverted_cdf".
    """,
)
percentile = quantile_function(np.percentile, 100, False, "`quantile` with q in percent.")
nanquantile = quantile_function(
    np.nanquantile, 1, True, "`quantile` of the elements that are not NaN; NaN if there are none."
)
nanpercentile = quantile_function(
    np.nanpercentile, 100, True, "`percentile` of the elements that are not NaN."
)


@composite(np.median)
def median(x, axis=None, overwrite_input=False, keepdims=False):
    """The middle of the sorted values over `axis`, or the mean of the middle two."""
    if not x.size:
        return np.mean(x, axis=axis, keepdims=keepdims)
    return _quantile("median", x, 0.5, axis, "linear", keepdims)


@composite(np.nanmedian)
def nanmedian(x, axis=None, overwrite_input=False, keepdims=False):
    """`median` of the elements that are not NaN; NaN if there are none."""
    if not x.size:
        return np.nanmean(x, axis=axis, keepdims=keepdims)
    return _quantile("nanmedian", x, 0.5, axis, "linear", keepdims, skip_nan=True)


# -- weighted means and covariances --------------------------------------------------------------


def _aligned(name, weights, x, axis):
    """Weights of the shape of the reduced axes, shaped to broadcast with `x`."""
    if weights.shape == x.shape:
        return weights
    if axis is None:
        raise ArgumentTypeError(f"{name}: weights {weights.shape} of x {x.shape} need an axis")
    axes = normalize_axis_tuple(axis, x.ndim)
    if weights.shape != tuple(x.shape[k] for k in axes):
        raise ShapeError(f"{name}: weights {weights.shape} do not fit axis {axis} of {x.shape}")
    weights = np.transpose(weights, np.argsort(axes))
    return np.reshape(weights, tuple(n if k in axes else 1 for k, n in enumerate(x.shape)))


@composite(np.average)
def average(x, axis=None, weights=None, returned=False, *, keepdims: Any = False):
    """Mean over `axis` weighted with `weights`, of x's shape or that of the reduced axes.

    `returned=True`: also the sum of the weights, of the result's shape.
    """
    x = as_array(x)
    if weights is None:
        y = np.mean(x, axis=axis, keepdims=keepdims)
        total = np.full(y.shape, x.size / (y.size or 1), y.dtype)
    else:
        weights = _aligned("average", as_array(weights), x, axis)
        spread = np.broadcast_to(weights, x.shape)
        total = np.sum(spread, axis=axis, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroDivisionError("average: weights sum to zero, cannot be normalized")
        y = np.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (y, total.astype(y.dtype)) if returned else y


@composite(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """Covariance matrix of variables in the rows of m (`rowvar=False`: columns), y's joined.

    `fweights` are counts of repetition, `aweights` weights of observations (differentiable).
    """

    def in_rows(a):
        a = as_array(a)
        if a.ndim > 2:
            raise ShapeError(f"cov: expected at most 2 axes, got {a.ndim}")
        a = a if a.dtype.kind in "fc" else a.astype(float)
        a = a if dtype is None else a.astype(dtype)
        return a[None] if a.ndim == 1 else np.reshape(a, (1, 1)) if not a.ndim else a

    x = in_rows(m)
    x = x if rowvar or np.ndim(m) < 2 else np.transpose(x)
    if y is not None:
        y = in_rows(y)
        x = np.concatenate([x, y if rowvar or y.shape[0] == 1 else np.transpose(y)])
    ddof = (0 if bias else 1) if ddof is None else ddof
    if ddof != int(ddof):
        raise OperationError(f"cov: ddof must be an integer, got {ddof}")
    w = _weights_of_observations(fweights, aweights, x)
    n: Any = x.shape[1]
    freedom = n - ddof
    if w is not None:
        total = np.sum(w)
        repeated = ddof if aweights is None else ddof * np.sum(w * as_array(aweights)) / total
        freedom = total - repeated
    x = x - average(x, 1, w, keepdims=True)
    products = np.matmul(x if w is None else x * w, np.conj(np.transpose(x)))
    return np.squeeze(products / (freedom * (freedom > 0)))


def _weights_of_observations(fweights, aweights, x):
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        given = as_array(given)
        if given.shape != x.shape[1:]:
            raise ShapeError(f"cov: expected {name} of shape {x.shape[1:]}, got {given.shape}")
        if np.any(given < 0) or (name == "fweights" and np.any(given != np.rint(given))):
            raise OperationError(f"cov: {name} must not be negative, and fweights integers")
        given = given.astype(np.finfo(x.dtype).dtype)
        weights = given if weights is None else weights * given
    return weights


@composite(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Pearson's correlation coefficients of the variables; arguments as for `cov`."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.real(c[np.arange(len(c)), np.arange(len(c))]))
    c = c / deviation[:, None] / deviation
    if c.dtype.kind == "c":
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)
