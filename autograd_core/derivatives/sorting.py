"""Sorting, distinct elements, sets.

Values are differentiable, indices are constants. Sorting is stable, and each sorted element's
gradient goes to the element it came from; a distinct element's gradient goes to its first
occurrence. NaN come last.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a permutation is a permutation)

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.array import plain_array
from autograd_core.declare import composite, linear, nondifferentiable
from autograd_core.derivatives.creation import constant
from autograd_core.derivatives.shapes import as_axis
from autograd_core.errors import UnsupportedError

argpartition = nondifferentiable(np.argpartition)
digitize = nondifferentiable(np.digitize)
nanargmax = nondifferentiable(np.nanargmax)
nanargmin = nondifferentiable(np.nanargmin)


# -- order ---------------------------------------------------------------------------------------


def _inverse(order, axis):
    """The permutations that undo `order`."""
    steps = as_axis(np.arange(order.shape[axis]), axis, order.ndim)
    back = np.empty_like(order)
    np.put_along_axis(back, order, np.broadcast_to(steps, order.shape), axis)
    return back


@linear(lambda g, order, axis: permuted(g, _inverse(order, axis), axis), part=True)
def permuted(x, order, axis):
    """Elements of `x` in another order along `axis`; `order`, of x's shape, holds permutations."""
    return np.take_along_axis(x, order, axis)


def arranged(name, find, x, axis, order):
    if order is not None:
        raise UnsupportedError(f"{name}: order= is for structured arrays, not for tensors")
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    return permuted(x, find(plain_array(x), axis), axis)


def _order(x, axis=-1, kind=None, order=None, *, stable=True, descending=False):
    """The indices that sort `x` along `axis` (None: flattened). Always stable; no gradient."""
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    if not descending:
        return np.argsort(x, axis, order=order, stable=True)
    from_behind = np.argsort(np.flip(x, axis), axis, order=order, stable=True)
    return np.shape(x)[axis] - 1 - np.flip(from_behind, axis)


argsort = nondifferentiable(_order, np.argsort, "argsort")


@composite(np.sort)
def sort(x, axis=-1, kind=None, order=None, *, stable=True, descending=False):
    """`x` sorted along `axis` (None: flattened). Always stable."""

    def find(values, axis):
        return _order(values, axis, descending=descending)

    return arranged("sort", find, x, axis, order)


@composite(np.sort_complex)
def sort_complex(x):
    """`x` sorted along the last axis, as complex numbers."""
    if x.dtype.kind == "c":
        return sort(x)
    return sort(x).astype(np.complex64 if x.dtype.char in "bBhH" else complex)


@composite(np.partition)
def partition(x, kth, axis=-1, kind: Any = "introselect", order=None):
    """`x` with its kth smallest elements in place along `axis`: smaller before, larger after."""

    def find(values, axis):
        return np.argpartition(values, plain_array(kth), axis=axis, kind=kind)

    return arranged("partition", find, x, axis, order)


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
    """The distinct elements (or slices along `axis`), sorted; optionally with indices and counts.

    A gradient goes to the first occurrence.
    """
    wanted = (return_index, return_inverse, return_counts)
    _, *found = np.unique(plain_array(x), True, True, True, axis, equal_nan=equal_nan)
    values = np.take(np.reshape(x, -1) if axis is None else x, found[0], axis=axis or 0)
    extras = [constant(part, x) for part, want in zip(found, wanted, strict=True) if want]
    return (values, *extras) if extras else values


def _first_occurrences(x, values):
    return np.take(np.reshape(x, -1), np.unique_all(values).indices)


def _with_values(x, function):
    """NumPy's named result, with the values taken from `x` and the rest as constants."""
    values = plain_array(x)
    found = function(values)
    rest = {name: constant(getattr(found, name), x) for name in found._fields[1:]}
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
    return _first_occurrences(x, plain_array(x))


# -- sets ----------------------------------------------------------------------------------------


@composite(np.union1d)
def union1d(a, b):
    """The distinct elements of `a` and `b`, sorted."""
    return unique(np.concatenate([a, b], axis=None))


@composite(np.intersect1d)
def intersect1d(a, b, assume_unique=False, return_indices=False):
    """The elements of `a` that are also in `b`, sorted; optionally their first indices in both."""
    places = np.intersect1d(plain_array(a), plain_array(b), assume_unique, True)[1:]
    kind = np.result_type(plain_array(a).dtype, plain_array(b).dtype)
    common = constant(np.reshape(a, -1)[places[0]].astype(kind), b)
    return (common, *(constant(k, a, b) for k in places)) if return_indices else common


@composite(np.setdiff1d)
def setdiff1d(a, b, assume_unique=False):
    """The elements of `a` that are not in `b`, sorted unless `assume_unique`."""
    a = np.reshape(a, -1) if assume_unique else unique(a)
    return constant(a[np.isin(plain_array(a), plain_array(b), invert=True)], b)


@composite(np.setxor1d)
def setxor1d(a, b, assume_unique=False):
    """The elements that are in only one of `a` and `b`, sorted."""
    return sort(np.concatenate([setdiff1d(a, b, assume_unique), setdiff1d(b, a, assume_unique)]))
