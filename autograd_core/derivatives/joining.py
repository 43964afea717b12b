"""Joining and splitting arrays."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.array import value_of
from autograd_core.declare import composite, linear
from autograd_core.derivatives.indexing import check_holds
from autograd_core.derivatives.shapes import as_array, section
from autograd_core.errors import OperationError, ShapeError


def _part(g, i, in_shapes, axis):
    """The part of g that belongs to operand i of `concatenate`."""
    if axis is None:
        sizes = [math.prod(shape) for shape in in_shapes]
        start = sum(sizes[:i])
        return np.reshape(g[start : start + sizes[i]], in_shapes[i])
    axis = normalize_axis_index(axis, len(in_shapes[0]))
    start = sum(shape[axis] for shape in in_shapes[:i])
    return section(g, axis, start, start + in_shapes[i][axis])


@linear(_part, joint=True, numpy=(np.concatenate, np.concat))
def concatenate(*arrays, axis=0, dtype: Any = None, casting: Any = "same_kind"):
    """Join a sequence of arrays along an existing axis (None: flattened)."""
    return np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)


@linear(lambda g, i, axis: np.take(g, i, axis=axis), joint=True, numpy=np.stack)
def stack(*arrays, axis=0, dtype: Any = None, casting: Any = "same_kind"):
    """Join a sequence of arrays of one shape along a new axis."""
    return np.stack(arrays, axis=axis, dtype=dtype, casting=casting)


@composite(np.hstack)
def hstack(arrays, *, dtype=None, casting: Any = "same_kind"):
    """Join along the second axis; vectors along their only one."""
    arrays = [np.atleast_1d(as_array(x)) for x in arrays]
    axis = 0 if arrays and arrays[0].ndim == 1 else 1
    return np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)


@composite(np.vstack)
def vstack(arrays, *, dtype=None, casting: Any = "same_kind"):
    """Join along the first axis; vectors count as rows."""
    rows = [np.atleast_2d(as_array(x)) for x in arrays]
    return np.concatenate(rows, axis=0, dtype=dtype, casting=casting)


@composite(np.dstack)
def dstack(arrays):
    """Join along the third axis; vectors (n,) count as (1, n, 1), matrices as (m, n, 1)."""
    return np.concatenate([np.atleast_3d(as_array(x)) for x in arrays], axis=2)


@composite(np.column_stack)
def column_stack(arrays):
    """Join along the second axis; vectors count as columns."""
    arrays = map(as_array, arrays)
    columns = [np.reshape(x, (-1, 1)) if x.ndim < 2 else x for x in arrays]
    return np.concatenate(columns, axis=1)


@composite(np.block)
def block(arrays):
    """Join nested lists of blocks: the innermost along the last axis, outer ones before it."""
    depth, ndim = _extent(arrays)

    def join(part, level):
        if level == depth:
            part = as_array(part)
            return np.reshape(part, (1,) * (ndim - part.ndim) + part.shape)
        return np.concatenate([join(item, level + 1) for item in part], axis=level - depth)

    return join(arrays, 0)


def _extent(arrays):
    """The depth of the nested lists, and the number of axes of the joined array."""
    if isinstance(arrays, tuple):
        raise OperationError("block: only lists can be nested, not tuples")
    if not isinstance(arrays, list):
        return 0, np.ndim(arrays)
    if not arrays:
        raise OperationError("block: lists cannot be empty")
    depths, axes = zip(*map(_extent, arrays), strict=True)
    if len(set(depths)) > 1:
        raise OperationError("block: the lists are nested to different depths")
    return depths[0] + 1, max(depths[0] + 1, *axes)


@composite(np.append)
def append(x, values, axis=None):
    """`values` joined to the end of `x` along `axis` (None: both flattened)."""
    return np.concatenate([as_array(x), as_array(values)], axis=axis)


@composite(np.insert)
def insert(x, obj, values, axis=None):
    """`values` inserted before the positions `obj` along `axis` (None: of the flattened `x`)."""
    x, values = as_array(x), as_array(values)
    check_holds("insert", x.dtype, values)
    values = values.astype(x.dtype)
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    obj = value_of(obj)
    one = not isinstance(obj, slice) and np.ndim(obj) == 0
    values = np.reshape(values, (1,) * (x.ndim - values.ndim) + values.shape)
    if one:  # in that case NumPy expects the values' axis first
        values = np.moveaxis(values, 0, axis)
    n, m = x.shape[axis], values.shape[axis]
    order = np.insert(np.arange(n), obj, n + np.arange(m))
    if not one:  # one value may serve all positions
        m = len(order) - n
    shape = (*x.shape[:axis], m, *x.shape[axis + 1 :])
    return np.take(np.concatenate([x, np.broadcast_to(values, shape)], axis=axis), order, axis=axis)


# -- splitting -----------------------------------------------------------------------------------


@linear(lambda g, axis: np.stack(g, axis=axis), numpy=getattr(np, "unstack", None))
def unstack(x, axis=0):
    """The slices along `axis`, as a tuple."""
    return tuple(np.moveaxis(x, axis, 0))


@linear(lambda g, axis: np.concatenate(g, axis=axis), name="split", part=True)
def cut(x, bounds, axis):
    """`x` cut before each of the increasing `bounds` along an axis, as a tuple."""
    ends = pairwise((0, *bounds, x.shape[axis]))
    return tuple(section(x, axis, start, stop) for start, stop in ends)


@composite(np.array_split)
def array_split(x, indices_or_sections, axis=0):
    """Split at the given indices, or into a number of sections of nearly equal size: a list."""
    axis = normalize_axis_index(axis, x.ndim)
    n, where = x.shape[axis], value_of(indices_or_sections)
    if np.ndim(where) == 0:
        if where <= 0:
            raise OperationError(f"array_split: the number of sections must be > 0, got {where}")
        where = [k * (n // where) + min(k, n % where) for k in range(1, int(where))]
    bounds = tuple(slice(k, None).indices(n)[0] for k in where)
    if bounds == tuple(sorted(bounds)):
        return list(cut(x, bounds, axis))
    ends = pairwise((0, *bounds, n))  # of parts that overlap
    return [section(x, axis, start, stop) for start, stop in ends]


@composite(np.split)
def split(x, indices_or_sections, axis=0):
    """Split at the given indices, or into a number of sections of equal size: a list."""
    axis = normalize_axis_index(axis, x.ndim)
    parts = array_split(x, indices_or_sections, axis)
    if np.ndim(indices_or_sections) == 0 and parts[0].shape != parts[-1].shape:
        raise ShapeError(
            f"split: axis {axis} of size {x.shape[axis]} cannot be cut into "
            f"{indices_or_sections} equal sections; array_split can"
        )
    return parts


def _needs_axes(name, x, least):
    if x.ndim < least:
        raise ShapeError(f"{name}: expected at least {least} axes, got shape {x.shape}")


@composite(np.hsplit)
def hsplit(x, indices_or_sections):
    """`split` along the second axis; a vector along its only one."""
    _needs_axes("hsplit", x, 1)
    return split(x, indices_or_sections, 1 if x.ndim > 1 else 0)


@composite(np.vsplit)
def vsplit(x, indices_or_sections):
    """`split` along the first axis."""
    _needs_axes("vsplit", x, 2)
    return split(x, indices_or_sections, 0)


@composite(np.dsplit)
def dsplit(x, indices_or_sections):
    """`split` along the third axis."""
    _needs_axes("dsplit", x, 3)
    return split(x, indices_or_sections, 2)
