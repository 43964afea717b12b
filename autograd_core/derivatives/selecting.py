"""Choosing elements by condition, by index and by position."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_core.array import Array, plain_array, value_of
from autograd_core.declare import composite
from autograd_core.derivatives.indexing import check_holds, getitem, setitem
from autograd_core.derivatives.joining import unstack
from autograd_core.derivatives.shapes import as_array, as_axis, broadcast_to
from autograd_core.errors import DTypeError, OperationError, ShapeError


@composite(np.take_along_axis)
def take_along_axis(x, indices, axis=-1):
    """x[..., indices, ...]: one index for each place of the result (axis=None: of flattened x)."""
    indices = plain_array(indices)
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    if indices.ndim != x.ndim:
        raise ShapeError(
            f"take_along_axis: indices of shape {indices.shape} for an array of shape {x.shape}"
        )
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"take_along_axis: indices must be integers, got {indices.dtype}")
    grid = [
        indices if k == axis else as_axis(np.arange(n), k, x.ndim) for k, n in enumerate(x.shape)
    ]
    return x[tuple(grid)]


@composite(np.select)
def select(conditions, choices, default=0):
    """For each element, the first choice whose condition holds; all arrays broadcast."""
    if len(conditions) != len(choices) or len(choices) == 0:
        raise OperationError(f"select: got {len(conditions)} conditions and {len(choices)} choices")
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        kind = as_array(condition).dtype
        if kind.kind != "b":
            raise DTypeError(f"select: a condition must be boolean, got {kind}")
        result = np.where(condition, choice, result)
    return result


@composite(np.choose)
def choose(indices, choices, mode: Any = "raise"):
    """choices[indices[...]][...] for each place; all arrays broadcast."""
    indices = plain_array(indices)
    choices = [  # Python's numbers promote no dtype
        choice if isinstance(choice, int | float | complex) else as_array(choice)
        for choice in choices
    ]
    n = len(choices)
    numbers = np.choose(indices, np.arange(n), mode=mode)  # checks the indices
    result = choices[0]
    for k in range(1, n):
        result = np.where(numbers == k, choices[k], result)
    shape = np.broadcast_shapes(indices.shape, *map(np.shape, choices))
    return np.broadcast_to(result, shape)


@composite(np.piecewise)
def piecewise(x, conditions, functions, *args, **options):
    """functions[k](x[conditions[k]]) where the k-th condition holds; if several do, the last.

    A number in place of a function is the value. If there is one more function than conditions,
    it gives the other elements, which are 0 otherwise. `args` and `options` are passed on to the
    functions.
    """
    x, conditions = as_array(x), value_of(conditions)
    many = np.ndim(conditions) and (isinstance(conditions[0], list | np.ndarray) or not x.ndim)
    masks = list(np.asarray(conditions if many else [conditions], bool))
    if len(functions) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    if len(functions) != len(masks):
        raise OperationError(
            f"piecewise: got {len(masks)} conditions and {len(functions)} functions"
        )
    y = np.zeros_like(x)
    for mask, function in zip(masks, functions, strict=True):
        where = np.asarray(mask)
        if not np.any(where):
            continue
        value = function(getitem(x, where), *args, **options) if callable(function) else function
        y = setitem(y, value, where)
    return y


@composite(np.compress)
def compress(condition, x, axis=None):
    """The slices of `x` along `axis` (None: flattened) where `condition` holds."""
    condition = plain_array(condition)
    if condition.ndim != 1:
        raise ShapeError(f"compress: expected a vector as condition, got shape {condition.shape}")
    return np.take(as_array(x), np.flatnonzero(condition), axis=axis)


@composite(np.extract)
def extract(condition, x):
    """The elements of `x` where `condition` holds, as a vector."""
    return compress(np.ravel(value_of(condition)), x)


@composite(np.delete)
def delete(x, obj, axis=None):
    """`x` without the elements at `obj` along `axis` (None: of the flattened array)."""
    x = as_array(x)
    n = x.size if axis is None else x.shape[axis]
    return np.take(x, np.delete(np.arange(n), value_of(obj)), axis=axis)


@composite(np.trim_zeros)
def trim_zeros(x, trim="fb", axis=None):
    """`x` without the zeros at its front ("f") and back ("b")."""
    trim = str(trim).lower()
    if trim not in ("f", "b", "fb", "bf"):
        raise OperationError(f"trim_zeros: trim must be 'f', 'b' or 'fb', got {trim!r}")
    axes = range(x.ndim) if axis is None else normalize_axis_tuple(axis, x.ndim)
    index = [slice(None)] * x.ndim
    places = np.nonzero(value_of(x))
    for k in axes:
        if places[k].size == 0:
            index[k] = slice(0)
        else:
            start = places[k].min() if "f" in trim else None
            index[k] = slice(start, places[k].max() + 1 if "b" in trim else None)
    return x[tuple(index)]


@composite(np.full_like)
def full_like(x, fill_value, dtype=None, order: Any = "K", subok=True, shape=None, *, device=None):
    """An array like `x` filled with `fill_value`; differentiable in that, not in x."""
    like = np.zeros_like(x, dtype=dtype, order=order, shape=shape, device=device)
    check_holds("full_like", like.dtype, fill_value)
    filled: Any = as_array(fill_value).astype(like.dtype)
    return broadcast_to(filled, like.shape) if isinstance(filled, Array) else like + filled


@composite(np.apply_along_axis)
def apply_along_axis(function, axis, x, *args, **kwargs):
    """`function` of each vector along `axis`; its results take the vectors' place."""
    x = as_array(x)
    axis = normalize_axis_index(axis, x.ndim)
    outside = x.shape[:axis] + x.shape[axis + 1 :]
    if 0 in outside:
        raise ShapeError(f"apply_along_axis: an array of shape {x.shape} contains no vectors")
    vectors = np.reshape(np.moveaxis(x, axis, -1), (math.prod(outside), x.shape[axis]))
    rows = [as_array(function(row, *args, **kwargs)) for row in unstack(vectors)]
    joined = np.reshape(np.stack(rows), outside + rows[0].shape)
    inside = range(len(outside), joined.ndim)
    return np.moveaxis(joined, inside, range(axis, axis + len(inside)))


@composite(np.apply_over_axes)
def apply_over_axes(function, x, axes):
    """`function(x, axis)` for one axis after the other; axes that it drops are kept with size 1."""
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, x.ndim)
        result = function(x, axis)
        x = result if result.ndim == x.ndim else np.expand_dims(result, axis)
    return x
