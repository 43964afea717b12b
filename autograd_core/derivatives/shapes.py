"""Operations that move or repeat the elements of an array without changing them."""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_core.array import Array, plain_array
from autograd_core.backward import reduce_to
from autograd_core.declare import composite, linear
from autograd_core.derivatives.creation import check_device, constant
from autograd_core.errors import OperationError, ShapeError, UnsupportedError


def as_array(x: Any) -> Any:
    """`x` as an array; a Tensor or Dual is returned unchanged, a list of them is stacked."""
    if isinstance(x, Array):
        return x
    if type(x) in (list, tuple) and any(isinstance(item, Array) for item in x):
        return np.stack([as_array(item) for item in x])
    return np.asarray(x)


def as_inexact(x: Any) -> Any:
    """`x` as an array, of float64 if it is neither floating nor complex."""
    x = as_array(x)
    return x if x.dtype.kind in "fc" else x.astype(float)


def as_axis(x, axis, ndim):
    """The vector `x` along `axis` of an array with `ndim` axes; the others have size 1."""
    return np.reshape(x, (1,) * axis + (-1,) + (1,) * (ndim - 1 - axis))


def section(x, axis, start, stop=None):
    """x[start:stop] along `axis`."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


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
    """The axes in the order `axes`; None reverses them."""
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
    """Drop axes of size 1: those in `axis`, or all of them."""
    return np.squeeze(x, axis=axis)


@linear(lambda g, in_shape: np.reshape(g, in_shape), numpy=np.expand_dims)
def expand_dims(x, axis):
    """Insert axes of size 1."""
    return np.expand_dims(x, axis)


@linear(lambda g, in_shape: reduce_to(g, in_shape), numpy=np.broadcast_to)
def broadcast_to(x, shape):
    """A view of `x` with `shape`: repeated along new axes and those of size 1."""
    return np.broadcast_to(x, shape)


@linear(lambda g: g, numpy=np.copy)
def copy(x, order: Any = "K"):
    """A copy that stays on the graph."""
    return np.copy(x, order)[()]


@linear(lambda g: g, numpy=np.astype)
def astype(x, dtype, copy=True, *, device=None):
    """`x` in another dtype. An integer or boolean result has no gradient."""
    check_device(device)
    return x.astype(dtype, copy=copy)


@composite(np.ravel)
def ravel(x, order="C"):
    """Flattened to one axis; the last index changes fastest (order "C"), or the first ("F")."""
    return reshape(x, -1, order)


@composite(np.rollaxis)
def rollaxis(x, axis, start=0):
    """Move `axis` before the axis `start`. `moveaxis` is easier to understand."""
    axis = normalize_axis_index(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise OperationError(f"rollaxis: start must be in [-{x.ndim}, {x.ndim}]")
    return moveaxis(x, axis, start - 1 if axis < start else start)


def _each(arrays, grow):
    grown = tuple(constant(grow(as_array(x)), *arrays) for x in arrays)
    return grown[0] if len(grown) == 1 else grown


@composite(np.atleast_1d)
def atleast_1d(*arrays):
    """Each array with at least one axis."""
    return _each(arrays, lambda x: x if x.ndim else np.reshape(x, (1,)))


@composite(np.atleast_2d)
def atleast_2d(*arrays):
    """Each array with at least two axes: (n,) becomes (1, n)."""
    return _each(arrays, lambda x: x if x.ndim > 1 else np.reshape(x, (1, -1)))


@composite(np.atleast_3d)
def atleast_3d(*arrays):
    """Each array with at least three axes: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1)."""

    def grow(x):
        return np.reshape(x, (1, -1, 1)) if x.ndim < 2 else x[:, :, None] if x.ndim == 2 else x

    return _each(arrays, grow)


@composite(np.broadcast_arrays)
def broadcast_arrays(*arrays):
    """All arrays broadcast against each other, as a tuple."""
    arrays = [as_array(x) for x in arrays]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(constant(np.broadcast_to(x, shape), *arrays) for x in arrays)


@composite(np.meshgrid)
def meshgrid(*vectors, copy=True, sparse=False, indexing="xy"):
    """Coordinate matrices of coordinate vectors; `sparse` leaves their other axes at size 1."""
    if indexing not in ("xy", "ij"):
        raise OperationError(f"meshgrid: indexing is 'xy' or 'ij', got {indexing!r}")
    n = len(vectors)
    axes = list(range(n))
    if indexing == "xy" and n > 1:
        axes[:2] = 1, 0
    grids = [
        np.reshape(as_array(x), tuple(-1 if k == axis else 1 for k in range(n)))
        for x, axis in zip(vectors, axes, strict=True)
    ]
    if sparse:
        return tuple(constant(grid, *vectors) for grid in grids)
    return broadcast_arrays(*grids)


# -- reversing and rotating ----------------------------------------------------------------------


@composite(np.flip)
def flip(x, axis=None):
    """Reverse the order of elements along `axis` (None: along all axes)."""
    axes = range(x.ndim) if axis is None else normalize_axis_tuple(axis, x.ndim)
    return x[tuple(slice(None, None, -1 if k in axes else None) for k in range(x.ndim))]


@composite(np.fliplr)
def fliplr(x):
    """Reverse the order of elements along the second axis."""
    return flip(x, 1)


@composite(np.flipud)
def flipud(x):
    """Reverse the order of elements along the first axis."""
    return flip(x, 0)


@linear(lambda g, shift, axis: np.roll(g, np.negative(shift), axis=axis), numpy=np.roll)
def roll(x, shift, axis=None):
    """Move the elements by `shift` places along `axis`; those moved past the end come first."""
    return np.roll(x, shift, axis=axis)


@linear(lambda g, k, axes: np.rot90(g, -k, axes), numpy=np.rot90)
def rot90(x, k=1, axes=(0, 1)):
    """Rotate by 90 degrees k times in the plane of two axes."""
    return np.rot90(x, k, axes)


# -- repeating -----------------------------------------------------------------------------------


@composite(np.tile)
def tile(x, reps):
    """Copies of `x` side by side, `reps` along each axis."""
    reps = tuple(np.atleast_1d(plain_array(reps)).tolist())
    ndim = max(x.ndim, len(reps))
    shape = (1,) * (ndim - x.ndim) + x.shape
    reps = (1,) * (ndim - len(reps)) + reps
    pairs = list(zip(reps, shape, strict=True))
    x = np.reshape(x, [size for n in shape for size in (1, n)])
    x = np.broadcast_to(x, [size for pair in pairs for size in pair])
    return np.reshape(x, [math.prod(pair) for pair in pairs])


@composite(np.repeat)
def repeat(x, repeats, axis=None):
    """Each element (slice along `axis`) repeated: `repeats` is a number, or one for each."""
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    n = x.shape[axis]
    repeats = plain_array(repeats)
    if repeats.size != 1:
        return np.take(x, np.repeat(np.arange(n), repeats), axis=axis)
    times = repeats.item()
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    x = np.broadcast_to(np.expand_dims(x, axis + 1), (*before, n, times, *after))
    return np.reshape(x, (*before, n * times, *after))


@composite(np.resize)
def resize(x, new_shape):
    """The elements in order, starting again when they run out, in a new shape."""
    shape = tuple(np.atleast_1d(new_shape).tolist())
    size = math.prod(shape)
    if min(shape, default=0) < 0:
        raise ShapeError(f"resize: the new shape {shape} has a negative size")
    if x.size == 0:
        return np.zeros_like(x, shape=shape)
    return np.reshape(tile(np.reshape(x, -1), -(-size // x.size))[:size], shape)


# -- diagonals and triangles ---------------------------------------------------------------------


@linear(
    lambda g, in_shape, offset, axis1, axis2: place_diagonal(g, in_shape, offset, axis1, axis2),
    numpy=np.diagonal,
)
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonals of the matrices on two axes, as a new last axis."""
    return np.diagonal(x, offset, axis1, axis2)


@linear(lambda g, offset, axis1, axis2: np.diagonal(g, offset, axis1, axis2), part=True)
def place_diagonal(values, shape, offset=0, axis1=0, axis2=1):
    """Zeros of `shape`, with `values` (..., n) on the diagonals of two axes."""
    result = np.zeros(shape, values.dtype)
    rows = np.arange(values.shape[-1]) + max(-offset, 0)
    np.moveaxis(result, (axis1, axis2), (-2, -1))[..., rows, rows + offset] = values
    return result


@composite(np.diagflat)
def diagflat(x, k=0):
    """A matrix with the elements of `x` on its k-th diagonal."""
    n = x.size + abs(k)
    return place_diagonal(np.reshape(x, -1), (n, n), k)


@composite(np.diag)
def diag(x, k=0):
    """The k-th diagonal of a matrix, or a matrix with the vector `x` on its k-th diagonal."""
    if x.ndim not in (1, 2):
        raise ShapeError(f"diag: expected a vector or a matrix, got shape {x.shape}")
    return diagflat(x, k) if x.ndim == 1 else np.diagonal(x, k)


@composite(np.trace)
def trace(x, offset=0, axis1=0, axis2=1, dtype=None):
    """Sums of the diagonals of the matrices on two axes."""
    return np.sum(np.diagonal(x, offset, axis1, axis2), axis=-1, dtype=dtype)


def _below(name, x, k):
    """Where the last two axes of `x` are not above the k-th diagonal."""
    if not x.ndim:
        raise ShapeError(f"{name}: expected at least one axis, got a number")
    return np.tri(*x.shape[-2:], k=k, dtype=bool)


@composite(np.tril)
def tril(x, k=0):
    """The lower triangle of each matrix, up to the k-th diagonal; zeros above."""
    return np.where(_below("tril", x, k), x, np.zeros(1, x.dtype))


@composite(np.triu)
def triu(x, k=0):
    """The upper triangle of each matrix, from the k-th diagonal on; zeros below."""
    return np.where(_below("triu", x, k - 1), np.zeros(1, x.dtype), x)
