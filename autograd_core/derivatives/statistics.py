"""Quantiles, weighted means, covariances, counts in bins.

A quantile is a place among the sorted values, usually between two of them; the gradient goes to
these two. Of equal values, a stable sort decides which ones they are.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a sum in bins is a choice)

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.array import plain_array, value_of
from autograd_core.declare import composite, linear
from autograd_core.derivatives.creation import constant
from autograd_core.derivatives.reductions import restored
from autograd_core.derivatives.shapes import as_array, as_axis, as_inexact
from autograd_core.derivatives.sorting import sort
from autograd_core.errors import (
    ArgumentTypeError,
    DTypeError,
    OperationError,
    ShapeError,
    UnsupportedError,
    ZeroWeightsError,
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
"""The place, from 0, of the quantile q among n sorted values, by NumPy's methods."""

WHOLE = {"inverted_cdf", "closest_observation", "lower", "higher", "nearest"}
"""Methods that choose one of the values, without interpolation."""


def _in_rows(x, axis):
    """`x` with the reduced axes as one, the last."""
    axes = range(x.ndim) if axis is None else normalize_axis_tuple(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in axes]
    rows = np.transpose(x, (*kept, *axes))
    size = math.prod(x.shape[k] for k in axes)
    return np.reshape(rows, (*(x.shape[k] for k in kept), size))


def _pick(rows, places):
    """rows[..., places], where the last axes of `places` are the leading ones of `rows`."""
    return rows[(*np.ogrid[tuple(map(slice, rows.shape[:-1]))], places)]


def _at_place(rows, place, n, between):
    """The sorted value at `place`, limited to 0 ... n - 1; interpolated linearly if `between`."""
    place = np.clip(place, 0, (n - 1) * (n > 0))
    below = np.floor(plain_array(place))
    low = _pick(rows, below.astype(int))
    if not between:
        return low
    high = _pick(rows, (below + (plain_array(place) > below)).astype(int))
    t = place - below
    # Two equal infinities, or an infinity that does not contribute, must not make NaN.
    with np.errstate(invalid="ignore"):
        gap = high - low
    still = (t == 0) | (low == high)
    return low + t * np.where(~np.isfinite(gap) & still, 0, gap)


def _weighted_place(values, weights, q):
    """The first place at which the sorted values' share of the weight reaches q."""
    weights = np.broadcast_to(weights, values.shape)
    order = np.argsort(values, axis=-1, kind="stable")
    share = np.cumsum(np.take_along_axis(weights, order, -1), axis=-1, dtype=float)
    share = share / share[..., -1:]
    if np.isnan(share).any():
        raise OperationError("quantile: weights include NaN, inf or are all zero")
    q = plain_array(q)[..., None]
    share = share.astype(q.dtype)  # 0.4 of five equal weights is two of them, in float32 too
    return np.sum(np.where(q == 0, share <= 0, share < q), axis=-1)


def _rows_of_weights(weights, x, axis):
    weights = plain_array(weights)
    if np.any(weights < 0):
        raise OperationError("quantile: weights must not be negative")
    if weights.shape == x.shape:
        return _in_rows(weights, axis)
    return _in_rows(_aligned_weights("quantile", weights, x, axis) + np.zeros(x.shape), axis)


def _checked_quantiles(name, q, dtype):
    kind = np.finfo(dtype).dtype if dtype.kind in "fc" else float
    q = np.asarray(q, kind) if isinstance(q, int | float) else as_array(q)
    if q.dtype.kind not in "fiub":
        raise DTypeError(f"{name}: quantiles are real numbers, got {q.dtype}")
    if not np.all((q >= 0) & (q <= 1)):
        raise OperationError(f"{name}: quantiles must lie in [0, 1], percentiles in [0, 100]")
    return q


def _quantile(name, x, q, axis, method, keepdims, weights=None, skip_nan=False):
    x = as_array(x)
    if x.dtype.kind == "c" and "median" not in name:
        raise DTypeError(f"{name}: complex numbers have no order")
    if method not in PLACES:
        raise OperationError(f"{name}: {method!r} is not one of the methods {', '.join(PLACES)}")
    q = _checked_quantiles(name, q, x.dtype)
    if skip_nan and not x.size:
        return np.nanmean(x, axis=axis, keepdims=keepdims)
    rows = _in_rows(x, axis)
    if not rows.shape[-1]:
        raise ShapeError(f"{name}: no elements along the reduced axes of shape {x.shape}")
    lone = np.isnan(plain_array(rows)) if x.dtype.kind in "fc" else np.zeros(rows.shape, bool)
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
        place = _weighted_place(plain_array(rows), weights, upright)
    y = _at_place(sort(rows), place, n, method not in WHOLE)
    void = missing == rows.shape[-1] if skip_nan else missing > 0
    if np.any(void):
        y = np.where(void, np.nan, y)
    if keepdims:
        shape = np.shape(restored(np.empty(rows.shape[:-1]), x.shape, axis, False))
        y = np.reshape(y, q.shape + shape)
    return constant(y, q)


def quantile_function(numpy: Any, whole: int, skip_nan: bool, doc: str) -> Any:
    """One of NumPy's four functions with the same signature; `whole` is the q of the maximum."""
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
            raise UnsupportedError(f"{name}: interpolation= is NumPy's old name for method=")
        if whole != 1:
            q = (q if isinstance(q, int | float) else as_array(q)) / whole
        return _quantile(name, x, q, axis, method, keepdims, weights, skip_nan)

    function.__name__, function.__doc__ = name, doc
    return composite(numpy)(function)


quantile = quantile_function(
    np.quantile,
    1,
    False,
    """The values below which the fractions q (in [0, 1]) of `x` over `axis` lie.

    q's axes come first in the result. Differentiable in x, and in q if the method interpolates.
    `method` is one of NumPy's; `weights` (constants) need "inverted_cdf".
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
    x = x.astype(float) if x.dtype == bool else x
    return _quantile("median", x, 0.5, axis, "linear", keepdims)


@composite(np.nanmedian)
def nanmedian(x, axis=None, overwrite_input=False, keepdims=False):
    """`median` of the elements that are not NaN; NaN if there are none."""
    x = x.astype(float) if x.dtype == bool else x
    return _quantile("nanmedian", x, 0.5, axis, "linear", keepdims, skip_nan=True)


# -- weighted means and covariances --------------------------------------------------------------


def _aligned_weights(name, weights, x, axis):
    """Weights with the shape of the reduced axes, in a shape that broadcasts with `x`."""
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
    """Mean over `axis`, weighted with `weights` of the shape of x or of the reduced axes.

    `returned=True` also returns the sums of the weights, in the result's shape.
    """
    x = as_array(x)
    if weights is None:
        y = np.mean(x, axis=axis, keepdims=keepdims)
        total = np.full(y.shape, x.size / (y.size or 1), y.dtype)
    else:
        weights = _aligned_weights("average", as_array(weights), x, axis)
        spread = np.broadcast_to(weights, x.shape)
        total = np.sum(spread, axis=axis, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroWeightsError("average: weights sum to zero, cannot be normalized")
        y = np.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (y, constant(total.astype(y.dtype), y)) if returned else y


@composite(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """Covariance matrix of the variables in the rows of m (`rowvar=False`: columns) and of y.

    `fweights` say how often observations are repeated, `aweights` weight them (differentiable).
    """

    def in_rows(a):
        a = as_inexact(a)
        if a.ndim > 2:
            raise ShapeError(f"cov: expected at most 2 axes, got {a.ndim}")
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
    freedom = freedom if freedom > 0 else np.zeros((), np.finfo(x.dtype).dtype)
    return np.squeeze(products / freedom)


def _weights_of_observations(fweights, aweights, x):
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        given = as_array(given)
        if given.shape != x.shape[1:]:
            raise ShapeError(f"cov: expected {name} of shape {x.shape[1:]}, got {given.shape}")
        if given.dtype.kind == "c":
            raise DTypeError(f"cov: {name} must be real, got {given.dtype}")
        if np.any(given < 0) or (name == "fweights" and np.any(given != np.rint(given))):
            raise OperationError(f"cov: {name} must not be negative, and fweights must be integers")
        given = given.astype(np.finfo(x.dtype).dtype)
        weights = given if weights is None else weights * given
    return weights


@composite(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Pearson's correlation coefficients of the variables; see `cov` for the arguments."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.real(c[np.arange(len(c)), np.arange(len(c))]))
    c = c / deviation[:, None] / deviation
    if c.dtype.kind == "c":
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)


# -- counts in bins -------------------------------------------------------------------------------


@linear(lambda g, places: g[places], part=True)
def binned(weights, places, size):
    """Sums of the weights (n,) that have the same place: (size,)."""
    if weights.dtype.kind == "c":
        return binned(weights.real, places, size) + 1j * binned(weights.imag, places, size)
    sums = np.bincount(places, weights, size)
    return sums.astype(weights.dtype if weights.dtype.kind == "f" else float, copy=False)


@composite(np.bincount)
def bincount(x, weights=None, minlength=0):
    """How often each integer occurs in `x`, or the sum of the `weights` that belong to it."""
    places = plain_array(x)
    if places.dtype.kind not in "iub" and places.size:
        raise DTypeError(f"bincount: x must be integers, got {places.dtype}")
    counts = np.bincount(places, minlength=minlength)
    if weights is None:
        return constant(counts, x)
    weights = as_array(weights)
    if weights.shape != places.shape:
        raise ShapeError(f"bincount: x has shape {places.shape}, weights {weights.shape}")
    return binned(weights, places, len(counts))


def _edges(name, x, bins, range=None, weights=None):
    """The edges of the bins, differentiable in what they are computed from: x, bins or range."""
    if x.dtype.kind == "c":
        raise DTypeError(f"{name}: complex numbers have no order")
    edges = bins if isinstance(bins, str) else as_array(bins)
    if not isinstance(edges, str) and edges.ndim:
        if edges.ndim > 1 or np.any(edges[1:] < edges[:-1]):
            raise OperationError(f"{name}: the edges of the bins must be an increasing vector")
        return edges
    values, weights = plain_array(x).reshape(-1), value_of(weights)
    weights = None if weights is None else np.reshape(weights, -1)
    size = len(np.histogram_bin_edges(values, value_of(bins), value_of(range), weights)) - 1
    if range is None:
        range = (np.min(x), np.max(x)) if x.size else (0, 1)
    low, high = range
    if low == high:
        low, high = low - 0.5, high + 0.5
    kind = np.result_type(low, high, x)
    return np.linspace(low, high, size + 1, dtype=float if kind.kind in "iub" else kind)


@composite(np.histogram_bin_edges)
def histogram_bin_edges(x, bins: Any = 10, range=None, weights=None):
    """The edges that `histogram` would use."""
    return constant(_edges("histogram_bin_edges", as_array(x), bins, range, weights), x, weights)


def _places(values, edges):
    """The bin of each value, -1 if it is in none. The last bin includes both its edges."""
    edges = plain_array(edges)
    places = np.searchsorted(edges, values, side="right") - 1
    places[values == edges[-1]] = len(edges) - 2
    return np.where(places > len(edges) - 2, -1, places)


def _counted(name, places, size, weights):
    """The number of values at each place, or the sum of their weights."""
    inside = np.flatnonzero(places >= 0)
    if weights is None:
        return np.bincount(places[inside], minlength=size)
    weights = np.reshape(as_array(weights), -1)
    if weights.shape != places.shape:
        raise ShapeError(f"{name}: got {places.size} values and {weights.size} weights")
    return bincount(places[inside], weights[inside], size)


@composite(np.histogram)
def histogram(x, bins: Any = 10, range=None, density=None, weights=None):
    """Counts in bins, and the bins' edges.

    Counts are differentiable in the weights, edges in what they are computed from (the extremes
    of x, `range`, or `bins`), a density in both.
    """
    x = as_array(x)
    edges = _edges("histogram", x, bins, range, weights)
    places = _places(plain_array(x).reshape(-1), edges)
    counts = _counted("histogram", places, len(edges) - 1, weights)
    if weights is not None:
        counts = counts.astype(as_array(weights).dtype)
    if density:
        counts = counts / np.diff(edges).astype(float) / np.sum(counts)
    return constant(counts, x, edges, weights), constant(edges, x, weights)


@composite(np.histogramdd)
def histogramdd(sample, bins: Any = 10, range=None, density=None, weights=None):
    """`histogram` of points (n, d), or of d vectors (n,).

    Returns counts with d axes, and the edges along each.
    """
    is_array = hasattr(sample, "shape")
    points = np.atleast_2d(as_array(sample))
    points = points if is_array and np.ndim(sample) > 1 else np.transpose(points)
    d = points.shape[1]
    bins = [bins] * d if isinstance(bins, int | np.integer) else bins
    ranges = [None] * d if range is None else range
    if len(bins) != d or len(ranges) != d:
        raise OperationError(f"histogramdd: bins and range must have an entry for each of {d} axes")
    edges = [_edges("histogramdd", points[:, k], bins[k], ranges[k]) for k in np.arange(d)]
    shape = tuple(len(edge) - 1 for edge in edges)
    places = [_places(plain_array(points)[:, k], edges[k]) for k in np.arange(d)]
    flat = np.where(np.all(np.array(places) >= 0, axis=0), 0, -1)
    for place, size in zip(places, shape, strict=True):
        flat = np.where(flat < 0, -1, flat * size + place)
    counts = np.reshape(_counted("histogramdd", flat, math.prod(shape), weights), shape)
    counts = counts.astype(np.result_type(counts.dtype, float))
    if density:
        counts = counts / np.sum(counts)
        for k, edge in enumerate(edges):
            counts = counts / as_axis(np.diff(edge), k, d)
    every = (points, weights, *edges)
    return constant(counts, *every), [constant(edge, *every) for edge in edges]


@composite(np.histogram2d)
def histogram2d(x, y, bins: Any = 10, range=None, density=None, weights=None):
    """`histogramdd` of the points (x, y): (counts, edges of x, edges of y)."""
    x, y = as_array(x), as_array(y)
    if x.shape != y.shape:
        raise ShapeError(f"histogram2d: x {x.shape} and y {y.shape} differ in shape")
    if np.iterable(bins) and len(bins) != 2:  # pyright: ignore[reportArgumentType]
        bins = [bins, bins]
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return (counts, *edges)
