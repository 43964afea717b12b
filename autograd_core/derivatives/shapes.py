"""Operations that move elements without changing them."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_core.backward import reduce_to
from autograd_core.declare import composite, linear
from autograd_core.errors import UnsupportedError


@linear(lambda g, in_shape, order: np.reshape(g, in_shape, order=order), numpy=np.reshape)
def reshape(x, shape, order: Any = "C", copy=None):
    """The elements of `x` in another shape; one entry may be -1."""
    if order not in ("C", "F"):
        raise UnsupportedError(f"reshape: order is 'C' or 'F', got {order!r}")
    return np.reshape(x, shape, order=order, copy=copy)


@linear(
    lambda g, axes, in_shape: np.transpose(
        g, None if axes is None else np.argsort([axis % len(in_shape) for axis in axes])
    ),
    numpy=(np.transpose, np.permute_dims),
)
def transpose(x, axes=None):
    """Axes in the order `axes`, or reversed."""
    return np.transpose(x, axes)


@composite(np.matrix_transpose)
def matrix_transpose(x):
    """Swap the last two axes."""
    return swapaxes(x, -1, -2)


@composite(np.swapaxes)
def swapaxes(x, axis1, axis2):
    """Swap two axes."""
    axes = list(range(x.ndim))
    axis1, axis2 = normalize_axis_index(axis1, x.ndim), normalize_axis_index(axis2, x.ndim)
    axes[axis1], axes[axis2] = axis2, axis1
    return transpose(x, axes)


@composite(np.moveaxis)
def moveaxis(x, source, destination):
    """Move axes `source` to the positions `destination`."""
    order = np.moveaxis(np.empty((0,) * x.ndim), source, destination)  # checks the arguments
    source = normalize_axis_tuple(source, order.ndim)
    destination = normalize_axis_tuple(destination, order.ndim)
    axes = [axis for axis in range(order.ndim) if axis not in source]
    for target, axis in sorted(zip(destination, source, strict=True)):
        axes.insert(target, axis)
    return transpose(x, axes)


@linear(lambda g, in_shape: np.reshape(g, in_shape), numpy=np.squeeze)
def squeeze(x, axis=None):
    """Drop axes of size 1: all of them, or those in `axis`."""
    return np.squeeze(x, axis=axis)


@linear(lambda g, in_shape: np.reshape(g, in_shape), numpy=np.expand_dims)
def expand_dims(x, axis):
    """Insert axes of size 1."""
    return np.expand_dims(x, axis)


@linear(lambda g, in_shape: reduce_to(g, in_shape), numpy=np.broadcast_to)
def broadcast_to(x, shape):
    """`x` repeated along new or size-1 axes to `shape` (a view)."""
    return np.broadcast_to(x, shape)


@composite(np.ravel)
def ravel(x):
    """One axis."""
    return reshape(x, -1)


@linear(lambda g: g, numpy=np.copy)
def copy(x):
    """A copy that stays on the graph."""
    return np.copy(x)[()]


@linear(lambda g: g, numpy=np.astype)
def astype(x, dtype, copy=True):
    """`x` in another dtype. An integer or boolean result has no gradient."""
    return x.astype(dtype, copy=copy)


def _part(g, i, in_shapes, axis):
    """What `concatenate` took from operand i."""
    if axis is None:
        sizes = [int(np.prod(shape)) for shape in in_shapes]
        start = sum(sizes[:i])
        return np.reshape(g[start : start + sizes[i]], in_shapes[i])
    axis = normalize_axis_index(axis, len(in_shapes[0]))
    start = sum(shape[axis] for shape in in_shapes[:i])
    return g[(slice(None),) * axis + (slice(start, start + in_shapes[i][axis]),)]


@linear(_part, joint=True, numpy=(np.concatenate, np.concat))
def concatenate(*arrays, axis=0):
    """Join a sequence of arrays along an existing axis (None: flattened)."""
    return np.concatenate(arrays, axis=axis)


@linear(lambda g, i, axis: np.take(g, i, axis=axis), joint=True, numpy=np.stack)
def stack(*arrays, axis=0):
    """Join a sequence of arrays of one shape along a new axis."""
    return np.stack(arrays, axis=axis)


@linear(
    lambda g, widths, in_shape: g[
        tuple(slice(before, before + n) for (before, _), n in zip(widths, in_shape, strict=True))
    ],
    name="pad",
)
def pad_zeros(x, widths):
    return np.pad(x, widths)


@composite(np.pad)
def pad(x, pad_width, mode="constant", constant_values=0):
    """Add elements at the edges, all equal to `constant_values`.

    `pad_width`: an int, (before, after), or a pair for each axis.
    """
    if mode != "constant":
        raise UnsupportedError(f"pad: mode {mode!r} is not supported; use 'constant'")
    widths = tuple(
        (int(before), int(after)) for before, after in np.broadcast_to(pad_width, (x.ndim, 2))
    )
    padded = pad_zeros(x, widths)
    if np.all(constant_values == 0):
        return padded
    frame = np.pad(np.zeros(x.shape, x.dtype), widths, constant_values=constant_values)
    return padded + frame
