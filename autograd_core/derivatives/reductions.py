"""Reductions: sums, means, extrema, and the softmax family.

`axis` is None (all axes), an int or a tuple of ints, as in NumPy. Ties of max and min share the
gradient evenly. The softmax family is computed relative to the maximum, so it neither
overflows nor makes NaN from -inf entries.
"""

import builtins
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.declare import composite, general, linear
from autograd_core.derivatives.elementwise import share


def restored(reduced, shape, axis, keepdims):
    """A reduction's result with the reduced axes back as axes of size 1."""
    if keepdims:
        return reduced
    axes = range(len(shape)) if axis is None else normalize_axis_tuple(axis, len(shape))
    return np.reshape(reduced, tuple(1 if k in axes else n for k, n in enumerate(shape)))


def count(shape, axis):
    """How many elements each result of a reduction is made of."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[k] for k in normalize_axis_tuple(axis, len(shape)))


def spread(g, in_shape, axis, keepdims):
    return np.broadcast_to(restored(g, in_shape, axis, keepdims), in_shape)


@linear(spread, numpy=(np.sum, (np.add, "reduce")), text=("broadcast(g)",))
def sum(x, axis=None, dtype=None, keepdims=False):
    """Sum over `axis`."""
    return np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)


@linear(
    lambda g, in_shape, axis, keepdims: spread(g / count(in_shape, axis), in_shape, axis, keepdims),
    numpy=np.mean,
    text=("broadcast(g) / n",),
)
def mean(x, axis=None, dtype=None, keepdims=False):
    """Mean over `axis`."""
    return np.mean(x, axis=axis, dtype=dtype, keepdims=keepdims)


def winners(x, y, axis, keepdims):
    """Each element's share of the extremum y: 1 over the number of ties, or 0."""
    tied = x == restored(y, x.shape, axis, keepdims)
    return tied / np.sum(tied, axis=axis, dtype=x.dtype, keepdims=True)


def _extremum_vjp(g, x, y, axis, keepdims):
    return restored(g, x.shape, axis, keepdims) * winners(x, y, axis, keepdims)


def _extremum_jvp(t, x, y, axis, keepdims):
    return np.sum(t * winners(x, y, axis, keepdims), axis=axis, keepdims=keepdims)


@general(_extremum_vjp, _extremum_jvp, numpy=(np.max, np.amax, (np.maximum, "reduce")))
def max(x, axis=None, keepdims=False):
    """Largest element over `axis`."""
    return np.max(x, axis=axis, keepdims=keepdims)


@general(_extremum_vjp, _extremum_jvp, numpy=(np.min, np.amin, (np.minimum, "reduce")))
def min(x, axis=None, keepdims=False):
    """Smallest element over `axis`."""
    return np.min(x, axis=axis, keepdims=keepdims)


@composite(np.var)
def var(x, axis=None, dtype=None, ddof=0, keepdims=False):
    """Variance over `axis`: mean squared distance from the mean, over (count - ddof)."""
    if dtype is not None:
        x = x.astype(dtype)
    distance = x - np.mean(x, axis=axis, keepdims=True)
    square = distance * distance
    if distance.dtype.kind == "c":
        square = np.real(distance * np.conj(distance))
    n = count(x.shape, axis)
    return np.sum(square, axis=axis, keepdims=keepdims) / builtins.max(n - ddof, 0)


@composite(np.std)
def std(x, axis=None, dtype=None, ddof=0, keepdims=False):
    """Standard deviation over `axis`; its derivative at a constant is 0."""
    variance = var(x, axis, dtype, ddof, keepdims)
    return np.where(variance == 0, 0, np.sqrt(np.where(variance == 0, 1, variance)))


# -- the softmax family --------------------------------------------------------------------------


def _finite_max(x, axis):
    top = np.max(x, axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0)


@general(
    lambda g, x, y, axis, keepdims: (
        restored(g, x.shape, axis, keepdims) * share(x, restored(y, x.shape, axis, keepdims))
    ),
    lambda t, x, y, axis, keepdims: np.sum(
        t * share(x, restored(y, x.shape, axis, keepdims)), axis=axis, keepdims=keepdims
    ),
    numpy=((np.logaddexp, "reduce"),),
)
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`."""
    top = _finite_max(x, axis)
    with np.errstate(divide="ignore"):
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)[()]


def _softmax_product(v, y, axis):
    """(diag(y) - y yᵀ) v along `axis`: the Jacobian is symmetric, so VJP and JVP agree."""
    weighted = v * y
    return weighted - y * np.sum(weighted, axis=axis, keepdims=True)


@general(_softmax_product, _softmax_product)
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`."""
    weights = np.exp(x - _finite_max(x, axis))
    return weights / np.sum(weights, axis=axis, keepdims=True)


@general(
    lambda g, y, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    lambda t, y, axis: t - np.sum(np.exp(y) * t, axis=axis, keepdims=True),
)
def log_softmax(x, axis=-1):
    """log(softmax(x)) along `axis`."""
    shifted = x - _finite_max(x, axis)
    with np.errstate(divide="ignore"):
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
