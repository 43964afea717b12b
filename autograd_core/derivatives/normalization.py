"""Normalization: zero mean and unit variance over chosen axes, then scale and shift.

One operation serves batch, layer, group and instance normalization. Its results are the
normalized array and the two moments, all differentiable.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.declare import composite, general, linear
from autograd_core.derivatives.reductions import count
from autograd_core.derivatives.shapes import as_array
from autograd_core.derivatives.window_geometry import per_axis
from autograd_core.errors import DTypeError, OperationError, ShapeError


class Normalized(NamedTuple):
    """A normalized array, and the mean and (biased) variance that it had before."""

    y: Any
    mean: Any
    var: Any


@linear(lambda g, b: g * b, lambda g, a: g * a, part=True)
def inner_over(a, b, axis):
    """sum(a * b) over the axes `axis`, which stay with size 1; a and b have the same shape."""
    letters = [*range(a.ndim)]
    kept = [k for k in letters if k not in axis]
    total = np.einsum(a, letters, b, letters, kept)
    return total.reshape([1 if k in axis else n for k, n in enumerate(a.shape)])


def _count(x, axis):
    """The number of elements a moment is taken over; at least 1, to divide an empty sum by."""
    return max(count(x.shape, axis), 1)


def _whitened(x, y, eps):
    """(x - mean) / std, and 1 / std."""
    rate = 1 / np.sqrt(y[2] + eps)
    z = x - y[1]
    z *= rate
    return z, rate


def _is_constant(w, axis):
    """Whether scaling by w commutes with sums over `axis`."""
    return w is None or all(w.shape[k] == 1 for k in axis)


def _vjp_x(g, x, w, y, axis, eps):
    n = _count(x, axis)
    rate = 1 / np.sqrt(y[2] + eps)
    z = x - y[1]
    h, scale = g[0], rate
    if _is_constant(w, axis):
        scale = rate if w is None else rate * w
    else:
        h = h * w
    shift = (g[1] - np.sum(h, axis=axis, keepdims=True) * scale) / n
    tilt = (2 * g[2] - inner_over(h, z, axis) * (scale * rate * rate)) / n
    z *= tilt
    z += shift
    z += h * scale
    return z


def _jvp_x(t, x, w, y, axis, eps):
    n = _count(x, axis)
    z, rate = _whitened(x, y, eps)
    mean = np.mean(t, axis=axis, keepdims=True)
    tilt = inner_over(t, z, axis) / n
    moved = (t - mean - z * tilt) * rate
    return (moved if w is None else moved * w), mean, 2 * tilt / rate


def _vjp_w(g, x, w, y, axis, eps):
    summed = tuple(k for k, size in enumerate(w.shape) if size == 1)
    if summed == axis:
        return inner_over(g[0], x - y[1], axis) / np.sqrt(y[2] + eps)
    return inner_over(g[0], _whitened(x, y, eps)[0], summed)


def _still(y):
    return np.zeros_like(y[1]), np.zeros_like(y[2])


def _jvp_w(t, x, y, eps):
    return _whitened(x, y, eps)[0] * t, *_still(y)


def _jvp_b(t, y):
    return np.broadcast_to(t, y[0].shape), *_still(y)


@general((_vjp_x, _vjp_w, lambda g: g[0]), (_jvp_x, _jvp_w, _jvp_b), part=True)
def standardize(x, w, b, axis, eps):
    """(x - mean) / sqrt(var + eps) * w + b, mean, var; the axes `axis` of the moments stay as 1.

    w and b have as many axes as x, each of x's size or 1, or are None.
    """
    mean = np.mean(x, axis=axis, keepdims=True)
    y = x - mean
    var = inner_over(y, y, axis) / _count(x, axis)
    scale = 1 / np.sqrt(var + eps)
    if _is_constant(w, axis):
        y *= scale if w is None else scale * w
    else:
        y *= scale
        y *= w
    if b is not None:
        y += b
    return Normalized(y, mean, var)


def _normalize(name, x, weight, bias, shape, axis, eps):
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected floating numbers, got {x.dtype}")
    operands = []
    for what, value in (("weight", weight), ("bias", bias)):
        if value is not None:
            value = as_array(value)
            if value.size != np.prod(shape):
                raise ShapeError(
                    f"{name}: {what} of shape {tuple(value.shape)} does not fit x of shape "
                    f"{tuple(x.shape)}, which needs {np.prod(shape)} elements"
                )
            value = np.reshape(value, shape)
        operands.append(value)
    return standardize(x, *operands, axis, eps)


@composite()
def batch_norm(x, weight=None, bias=None, axis=None, eps=1e-5):
    """Normalize over `axis` (None: all but axis 1, the channels), then scale and shift.

    Args:
        x: floating array.
        weight, bias: with the shape of the other axes, (C,) for (N, C, ...); None for 1 and 0.
        axis: int or tuple, the axes that the moments are taken over.
        eps: added to the variance.

    Returns:
        y with x's shape; mean and biased variance with the shape of the other axes.

    Source: Ioffe and Szegedy, Batch Normalization (2015).
    """
    x = as_array(x)
    if axis is None:
        axis = (0, *range(2, x.ndim))
    axis = normalize_axis_tuple(axis, x.ndim)
    shape = tuple(1 if k in axis else n for k, n in enumerate(x.shape))
    y, mean, var = _normalize("batch_norm", x, weight, bias, shape, axis, eps)
    return Normalized(y, np.squeeze(mean, axis), np.squeeze(var, axis))


@composite()
def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalize each example over its last axes, of shape `normalized_shape` (or an int).

    weight and bias have that shape. Source: Ba et al., Layer Normalization (2016).
    """
    x = as_array(x)
    axes = len(normalized_shape) if isinstance(normalized_shape, list | tuple) else 1
    inner = per_axis(normalized_shape, axes, "layer_norm: normalized_shape", 0)
    lead = x.ndim - len(inner)
    if not inner or x.shape[lead:] != inner:
        raise ShapeError(f"layer_norm: the last axes of {tuple(x.shape)} are not {inner}")
    axis = tuple(range(lead, x.ndim))
    return _normalize("layer_norm", x, weight, bias, (1,) * lead + inner, axis, eps).y


@composite()
def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalize x (N, C, ...) over groups of channels; weight and bias are (C,).

    With as many groups as channels this is instance normalization. Source: Wu and He (2018).
    """
    x, (num_groups,) = as_array(x), per_axis(num_groups, 1, "group_norm: num_groups", 1)
    if x.ndim < 2 or x.shape[1] % num_groups:
        raise OperationError(f"group_norm: {num_groups} groups do not divide {tuple(x.shape)}")
    groups = np.reshape(x, (x.shape[0], num_groups, x.shape[1] // num_groups, *x.shape[2:]))
    shape = (1, *groups.shape[1:3], *(1,) * (x.ndim - 2))
    axis = tuple(range(2, groups.ndim))
    return np.reshape(_normalize("group_norm", groups, weight, bias, shape, axis, eps).y, x.shape)
