"""Sorting, distinct elements, counting into bins.

Values are differentiable, places and counts are constants. Equal elements keep their order, so
each sorted element's gradient goes to the element it came from; a distinct element's gradient
goes to its first occurrence; NaN come last.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a permutation is one)

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.array import Array
from autograd_core.declare import composite, linear, nondifferentiable
from autograd_core.errors import ShapeError, UnsupportedError
from autograd_core.primitive import plain
from autograd_core.tensor import Tensor

argpartition = nondifferentiable(np.argpartition)
digitize = nondifferentiable(np.digitize)
histogram_bin_edges = nondifferentiable(np.histogram_bin_edges)
nanargmax = nondifferentiable(np.nanargmax)
nanargmin = nondifferentiable(np.nanargmin)


def values_of(x: Any) -> np.ndarray:
    """The array behind `x`, for finding places in it."""
    return np.asarray(plain(x, []))


def constants(result: Any, *operands: Any) -> Any:
    """Arrays as Tensors without gradient, if one of the operands is a Tensor."""
    made = not isinstance(result, Array) and any(isinstance(x, Tensor) for x in operands)
    return Tensor(result) if made else result


# -- order ---------------------------------------------------------------------------------------


def _inverse(order, axis):
    """The permutations that undo `order`."""
    steps = np.arange(order.shape[axis]).reshape((-1,) + (1,) * (order.ndim - 1 - axis))
    back = np.empty_like(order)
    np.put_along_axis(back, order, np.broadcast_to(steps, order.shape), axis)
    return back


@linear(lambda g, order, axis: permuted(g, _inverse(order, axis), axis))
def permuted(x, order, axis):
    """Elements of `x` along `axis` in another order: `order`, of x's shape, holds permutations."""
    return np.take_along_axis(x, order, axis)


def arranged(name, find, x, axis, order):
    if order is not None:
        raise UnsupportedError(f"{name}: order= is for structured arrays, not tensors")
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    return permuted(x, find(values_of(x), axis), axis)


@composite(np.sort)
def sort(x, axis=-1, kind=None, order=None, *, stable=None):
    """`x` sorted along `axis` (None: flattened), always stably."""

    def find(values, axis):
        return np.argsort(values, axis=axis, kind="stable")

    return arranged("sort", find, x, axis, order)


@composite(np.partition)
def partition(x, kth, axis=-1, kind: Any = "introselect", order=None):
    """`x` with its kth smallest elements in place along `axis`, smaller before, larger behind."""

    def find(values, axis):
        return np.argpartition(values, values_of(kth), axis=axis, kind=kind)

    return arranged("partition", find, x, axis, order)


def along(x, places):
    """x[places] along the first axis; `places` broadcasts with the other axes."""
    return x[(places, *np.ogrid[tuple(map(slice, x.shape[1:]))])]


# -- distinct elements ---------------------------------------------------------------------------


@composite(np.unique)
def unique(
    x,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    sorted=True,
):
    """The distinct elements (or slices along `axis`), sorted; as in NumPy with places and counts.

    A gradient goes to the first occurrence.
    """
    wanted = (return_index, return_inverse, return_counts)
    _, *found = np.unique(values_of(x), True, True, True, axis, equal_nan=equal_nan)
    values = np.take(np.reshape(x, -1) if axis is None else x, found[0], axis=axis or 0)
    extras = [constants(part, x) for part, want in zip(found, wanted, strict=True) if want]
    return (values, *extras) if extras else values


def _first_occurrences(x, values):
    return np.take(np.reshape(x, -1), np.unique_all(values).indices)


def _with_values(x, function):
    """NumPy's named result, the values taken from `x`, the rest constants."""
    values = values_of(x)
    found = function(values)
    rest = {name: constants(getattr(found, name), x) for name in found._fields[1:]}
    return type(found)(_first_occurrences(x, values), **rest)


@composite(np.unique_all)
def unique_all(x):
    """(values, indices, inverse_indices, counts) of the distinct elements of `x`."""
    return _with_values(x, np.unique_all)


@composite(np.unique_counts)
def unique_counts(x):
    """(values, counts) of the distinct elements of `x`."""
    return _with_values(x, np.unique_counts)


@composite(np.unique_inverse)
def unique_inverse(x):
    """(values, inverse_indices) of the distinct elements of `x`."""
    return _with_values(x, np.unique_inverse)


@composite(np.unique_values)
def unique_values(x):
    """The distinct elements of `x`, sorted."""
    return _first_occurrences(x, values_of(x))


# -- bins ----------------------------------------------------------------------------------------


@linear(lambda g, places: g[places])
def binned(weights, places, size):
    """Sums of the weights (n,) that fall to the same place: (size,)."""
    if weights.dtype.kind == "c":
        return binned(weights.real, places, size) + 1j * binned(weights.imag, places, size)
    sums = np.bincount(places, weights, size)
    return sums.astype(weights.dtype if weights.dtype.kind == "f" else float, copy=False)


@composite(np.bincount)
def bincount(x, weights=None, minlength=0):
    """How often each integer occurs in `x`, or the sum of the `weights` that belong to it."""
    places = values_of(x)
    counts = np.bincount(places, minlength=minlength)
    if weights is None:
        return constants(counts, x)
    if np.shape(weights) != places.shape:
        raise ShapeError(f"bincount: x has shape {places.shape}, weights {np.shape(weights)}")
    return binned(
        weights if hasattr(weights, "dtype") else np.asarray(weights), places, len(counts)
    )


@composite(np.histogram)
def histogram(x, bins: Any = 10, range=None, density=None, weights=None):
    """Counts in bins and the bins' edges. Differentiable in the weights; edges are constants."""
    values = values_of(x).reshape(-1)
    edges = np.histogram_bin_edges(values, plain(bins, []), range, plain(weights, []))
    size = len(edges) - 1
    places = np.searchsorted(edges, values, side="right") - 1
    places[values == edges[-1]] = size - 1  # the last bin has both its edges
    inside = np.flatnonzero((places >= 0) & (places < size))
    if weights is None:
        counts = np.bincount(places[inside], minlength=size)
    else:
        weights = np.reshape(weights, -1)
        if weights.shape != values.shape:
            raise ShapeError(f"histogram: {values.size} values, {weights.size} weights")
        counts = bincount(places[inside], weights[inside], size)
    if density:
        counts = counts / np.diff(edges) / np.sum(counts)
    return constants(counts, x), constants(edges, x, weights)
