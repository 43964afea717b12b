"""Reading and writing elements. Every index NumPy accepts is differentiable in the values."""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.array import Array, conform_in_place, plain_array, value_of
from autograd_core.backward import reduce_to
from autograd_core.declare import composite, linear
from autograd_core.derivatives.shapes import as_array
from autograd_core.errors import DTypeError, UnsupportedError
from autograd_core.primitive import is_differentiated
from autograd_core.registry import METHODS, NUMPY


@linear(
    lambda g, in_shape, index: scatter(g, in_shape, index),
    name="getitem",
    text=("scatter(g, index)",),
    part=True,
)
def gather(x, index):
    return x[index]


@linear(lambda g, index: gather(g, index), part=True)
def scatter(values, shape, index):
    """Zeros of `shape` with `values` added at `index`, repeated indices included."""
    result = np.zeros(shape, values.dtype)
    if is_basic(index):
        result[index] = values
    else:
        np.add.at(result, index, values)
    return result


def is_basic(index):
    """Whether an index selects each element at most once: slices, integers, one mask."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice | int | np.integer)
        or (isinstance(part, np.ndarray) and part.dtype == bool and len(parts) == 1)
        for part in parts
    )


def getitem(x, index):
    """x[index]; Tensors in the index are replaced by their arrays."""
    return gather(x, value_of(index))


def _written(g, index, in_shape):
    """The cotangent of the value in x[index] = value: of repeated indices the last one counts."""
    part = gather(g, index)
    if is_basic(index):
        return unbroadcast(part, in_shape)
    order = np.arange(part.size).reshape(part.shape)
    last = np.zeros(g.shape, int)
    last[index] = order
    part = part * (last[index] == order)
    return unbroadcast(part, in_shape)


def unbroadcast(part, in_shape):
    """The cotangent of a value that NumPy broadcast, or whose leading axes of size 1 it dropped."""
    lead = (1,) * (len(in_shape) - len(part.shape))
    return reduce_to(np.reshape(part, lead + part.shape), in_shape)


@linear(lambda g, index: replace(g, 0, index), _written, joint=True, name="setitem", part=True)
def replace(x, value, index):
    result = np.array(x)
    result[index] = value
    return result[()]


def check_holds(name, dtype, value):
    """Refuse to write a value that is being differentiated where its gradient would be lost."""
    if dtype.kind not in "fc" and is_differentiated(value):
        raise DTypeError(
            f"{name}: a tensor of dtype {dtype} cannot hold a value that is being "
            "differentiated; make it floating first, for example x.astype(float)"
        )


def setitem(x, value, index):
    """`x` with x[index] replaced by `value`."""
    check_holds("x[index] = value", x.dtype, value)
    return replace(x, value, value_of(index))


METHODS.update(getitem=getitem, setitem=setitem)  # called by x[index] and x[index] = value


def _at(ufunc):
    """`ufunc.at` for sums: x[indices] = ufunc(x[indices], values), once for each repetition."""

    def at(x, indices, values):
        if not isinstance(x, Array):
            raise UnsupportedError(
                f"numpy.{ufunc.__name__}.at: an array cannot hold a tensor's gradient; "
                "change a tensor instead"
            )
        indices = value_of(indices)
        shape = np.broadcast_to(0, x.shape)[indices].shape
        changes = scatter(np.broadcast_to(as_array(values), shape), x.shape, indices)
        x._rebind(conform_in_place(ufunc(x, changes), x.shape, x.dtype))

    return at


NUMPY.update({(ufunc, "at"): _at(ufunc) for ufunc in (np.add, np.subtract)})


@composite(np.take)
def take(x, indices, axis=None, mode: Any = "raise"):
    """Elements of `x` at integer `indices` along `axis` (None: of the flattened array).

    Indices out of range are an error ("raise"), taken modulo the size ("wrap") or clipped ("clip").
    """
    x, indices = as_array(x), plain_array(indices)
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    axis = normalize_axis_index(axis, x.ndim)
    if indices.dtype.kind not in "iub" and indices.size:
        raise DTypeError(f"take: indices must be integers, got {indices.dtype}")
    indices = indices.astype(int, copy=False)  # booleans count as 0 and 1
    if mode != "raise":
        indices = np.take(np.arange(x.shape[axis]), indices, mode=mode)
    return getitem(x, (slice(None),) * axis + (indices,))
