"""Activation functions, and the vectors of class numbers: one-hot and embedding.

Values and derivatives at ±inf are the limits: x is clipped where the factor it is multiplied by
has reached its limit. Masks are multiplied instead of used in `np.where`, which is several times
faster on values in random order.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import scipy.special as sp
from numpy.lib.array_utils import normalize_axis_index
from scipy.sparse import csr_array

from autograd_core.array import plain_array
from autograd_core.declare import composite, elementwise, general, linear, nondifferentiable
from autograd_core.derivatives.elementwise import as_floating, sigmoid
from autograd_core.derivatives.shapes import as_array, section
from autograd_core.errors import (
    ArgumentTypeError,
    DTypeError,
    OperationError,
    ShapeError,
    TensorIndexError,
)

BLOCK = 1 << 16
"""How many elements a chain of array operations treats at a time, to stay in a core's cache."""


def blockwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(x, *options)`, elementwise and of real numbers, applied to an array in blocks.

    A Tensor, which a rule is given when it is itself differentiated, is not divided, nor is an
    array that an option is broadcast against.
    """

    @wraps(function)
    def in_blocks(x, *options, **named):
        if getattr(x, "dtype", None) is not None and x.dtype.kind == "c":
            raise DTypeError(f"expected real numbers, got {x.dtype}")
        x = as_floating(x)
        whole = type(x) is not np.ndarray or x.size <= BLOCK or x.dtype.kind != "f"
        if whole or any(map(np.ndim, (*options, *named.values()))):
            return function(x, *options, **named)
        y = np.empty(x.shape, x.dtype)
        source, target = x.reshape(-1), y.reshape(-1)
        for start in range(0, x.size, BLOCK):
            block = slice(start, start + BLOCK)
            target[block] = function(source[block], *options, **named)
        return y

    return in_blocks


def _times(x, factor):
    """x * factor, but x itself if factor is 1, as it is by default: a pass over x takes time."""
    return x if isinstance(factor, int | float) and factor == 1 else x * factor


# -- smooth --------------------------------------------------------------------------------------


@elementwise(blockwise(lambda x, beta: sigmoid(_times(x, beta))), text=("sigmoid(beta * x)",))
@blockwise
def softplus(x, beta=1.0):
    """log(1 + exp(beta x)) / beta without overflow; beta must not be 0."""
    if not np.all(beta):
        raise OperationError("beta must not be 0")
    x = _times(x, beta)
    return _times(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), 1 / beta)


@elementwise(blockwise(lambda x: sigmoid(-x)), text=("sigmoid(-x)",))
@blockwise
def logsigmoid(x):
    """log(sigmoid(x)) without overflow; several times faster than SciPy's `log_expit`."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def _density(x):
    return np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


ERFC = (
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806,
    0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
)  # fmt: skip
"""P in erfc(z) = t exp(-z² + P(t)), t = 1 / (1 + z / 2), with a relative error of 1.2e-7 (Press et
al., Numerical Recipes, 6.2)."""


@elementwise(_density, text=("φ(x)",), part=True)
@blockwise
def normal_cdf(x):
    """The normal distribution function; for float32 ten times faster than SciPy's `ndtr`."""
    if getattr(x, "dtype", None) != np.float32 or not x.ndim:
        return sp.ndtr(x)
    z = np.minimum(np.abs(x) * np.float32(math.sqrt(0.5)), 11)
    t = 1 / (1 + 0.5 * z)
    tail = t * ERFC[-1]
    for coefficient in ERFC[-2:0:-1]:
        tail += coefficient
        tail *= t
    tail -= z * z
    tail += ERFC[0] - math.log(2)  # half of erfc
    np.exp(tail, out=tail)
    tail *= t
    return np.abs((x > 0) - tail)


@blockwise
def _gelu_slope(x, approximate):
    x = np.clip(x, -40, 40)
    if approximate == "none":
        return normal_cdf(x) + x * _density(x)
    u, slope = _gelu_argument(x)
    t = np.tanh(u)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope


def _gelu_argument(x):
    """The argument of gelu's tanh, and its slope."""
    square = x * x
    scale = math.sqrt(2 / math.pi)
    return scale * x * (1 + 0.044715 * square), scale * (1 + 3 * 0.044715 * square)


@elementwise(_gelu_slope, text=("Φ(x) + x φ(x)",))
@blockwise
def gelu(x, approximate="none"):
    """x Φ(x), where Φ is the normal distribution function; "tanh" is an approximation."""
    low = np.maximum(x, -40)
    if approximate == "none":
        return low * normal_cdf(x)
    if approximate != "tanh":
        raise OperationError(f'approximate is "none" or "tanh", got {approximate!r}')
    return 0.5 * low * (1 + np.tanh(_gelu_argument(np.minimum(low, 40))[0]))


@blockwise
def _silu_slope(x):
    x = np.clip(x, -1000, 1000)
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


@elementwise(_silu_slope, text=("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",))
@blockwise
def silu(x):
    """x sigmoid(x)."""
    x = np.maximum(x, -1000)
    with np.errstate(over="ignore"):
        return x / (1 + np.exp(-x))


def _mish_parts(x):
    """exp(x) and the n with tanh(softplus(x)) = n / (n + 2), which is 1 beyond x = 20."""
    e = np.exp(np.minimum(x, 20))
    return e, e * (e + 2)


@blockwise
def _mish_slope(x):
    x = np.clip(x, -1000, 50)
    e, n = _mish_parts(x)
    return (n + 4 * x * e * (1 + e) / (n + 2)) / (n + 2)


@elementwise(_mish_slope, text=("y / x + x * (1 - (y / x) ** 2) * sigmoid(x)",))
@blockwise
def mish(x):
    """x tanh(softplus(x))."""
    n = _mish_parts(x)[1]
    return np.maximum(x, -1000) * (n / (n + 2))


@elementwise(
    blockwise(lambda x: 1 / np.square(1 + np.abs(x))), text=("1 / square(1 + absolute(x))",)
)
@blockwise
def softsign(x):
    """x / (1 + |x|)."""
    x = np.clip(x, -1e30, 1e30)
    return x / (1 + np.abs(x))


# -- piecewise -----------------------------------------------------------------------------------


@blockwise
def _exponential_slope(x, alpha, scale, rate):
    slope = _times(np.exp(_times(np.minimum(x, 0), rate)), scale * alpha * rate)
    if np.any(alpha * rate != 1):  # a kink at 0
        slope = slope + (x > 0) * x.dtype.type(scale - scale * alpha * rate)
    return slope


@elementwise(
    _exponential_slope,
    text=("scale if x > 0 else scale * alpha * rate * exp(rate * x)",),
    part=True,
)
@blockwise
def exponential_unit(x, alpha, scale, rate):
    """scale x where x > 0, else scale alpha (exp(rate x) - 1)."""
    below = np.expm1(_times(np.minimum(x, 0), rate))
    return _times(np.maximum(x, 0) + _times(below, alpha), scale)


@composite()
def elu(x, alpha=1.0):
    """x where x > 0, else alpha (exp(x) - 1)."""
    return exponential_unit(x, alpha, 1.0, 1.0)


@composite()
def celu(x, alpha=1.0):
    """x where x > 0, else alpha (exp(x / alpha) - 1); alpha must not be 0."""
    if not np.all(alpha):
        raise OperationError("celu: alpha must not be 0")
    return exponential_unit(x, alpha, 1.0, 1 / alpha)


@composite()
def selu(x):
    """The self-normalizing `elu` of Klambauer et al. (2017)."""
    return exponential_unit(x, 1.6732632423543772, 1.0507009873554805, 1.0)


@elementwise(
    blockwise(lambda x, negative_slope: (x > 0) + (x <= 0) * x.dtype.type(negative_slope)),
    text=("1[x > 0] + negative_slope * 1[x <= 0]",),
)
@blockwise
def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, else negative_slope x."""
    if isinstance(negative_slope, int | float) and 0 < negative_slope <= 1:
        return np.maximum(x, negative_slope * x)
    return np.maximum(x, 0) + negative_slope * np.minimum(x, 0)


@elementwise(
    lambda x, min_val, max_val: (x > min_val) & (x < max_val), text=("1[min_val < x < max_val]",)
)
@blockwise
def hardtanh(x, min_val=-1.0, max_val=1.0):
    """x limited to [min_val, max_val]; unlike in `clip`, the derivative at the bounds is 0."""
    return np.clip(x, min_val, max_val)


@composite()
def relu6(x):
    """x limited to [0, 6]; see `hardtanh`."""
    return hardtanh(x, 0.0, 6.0)


@composite()
def hard_sigmoid(x):
    """x / 6 + ½ limited to [0, 1]; see `hardtanh`."""
    return hardtanh(x, -3.0, 3.0) / 6 + 0.5


def _hard_swish_slope(x):
    x = np.clip(x, -3, 3)
    return (x > -3) * (x / 3 + x.dtype.type(0.5)) - (x >= 3) * x.dtype.type(0.5)


@elementwise(_hard_swish_slope, text=("0 if x <= -3 else x / 3 + ½ if x < 3 else 1",))
@blockwise
def hard_swish(x):
    """x hard_sigmoid(x); the derivative is 0 at -3 and 1 at 3."""
    return np.maximum(x, -3) * np.clip(x / 6 + 0.5, 0, 1)


# -- gated ---------------------------------------------------------------------------------------


def _halves(x, axis):
    axis = normalize_axis_index(axis, x.ndim)
    if x.shape[axis] % 2:
        raise ShapeError(f"glu: axis {axis} of {tuple(x.shape)} must have an even size")
    half = x.shape[axis] // 2
    return section(x, axis, 0, half), section(x, axis, half)


def _glu_vjp(g, x, axis):
    a, b = _halves(x, axis)
    s = sigmoid(b)
    inner = g * s
    return np.concatenate([inner, inner * a * (1 - s)], axis=axis)


def _glu_jvp(t, x, axis):
    (a, b), (ta, tb) = _halves(x, axis), _halves(t, axis)
    s = sigmoid(b)
    return s * (ta + tb * a * (1 - s))


@general(_glu_vjp, _glu_jvp)
def glu(x, axis=-1):
    """a sigmoid(b), where a and b are the halves of x along `axis`."""
    a, b = _halves(as_floating(x), axis)
    return a * sigmoid(b)


# -- class numbers -------------------------------------------------------------------------------


def _checked_indices(name, indices, count):
    indices = plain_array(indices)
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"{name}: indices must be integers, got {indices.dtype}")
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise TensorIndexError(
            f"{name}: indices must be from 0 to {count - 1}, got {indices.min()} to {indices.max()}"
        )
    return indices


def _one_hot(indices, num_classes=None, dtype=float):
    """For each index a row with 1 at that place and 0 elsewhere: (...,) to (..., num_classes)."""
    if num_classes is None:
        num_classes = int(np.max(indices, initial=-1)) + 1
    indices = _checked_indices("one_hot", indices, num_classes)
    rows = np.zeros((*indices.shape, num_classes), dtype)
    np.put_along_axis(rows, indices[..., None], 1, axis=-1)
    return rows


one_hot = nondifferentiable(_one_hot, numpy=None, name="one_hot")


@linear(lambda g, in_shape, indices, skip: add_rows(g, indices, in_shape[0], skip), part=True)
def take_rows(x, indices, skip):
    """x[indices], with zeros where the index is `skip`."""
    rows = x[indices]
    return rows if skip is None else rows * (indices != skip)[(..., *(None,) * (x.ndim - 1))]


@linear(lambda g, indices, skip: take_rows(g, indices, skip), part=True)
def add_rows(rows, indices, count, skip):
    """The transpose of `take_rows`: each of `count` rows is the sum of the rows with its index."""
    width = rows.shape[indices.ndim :]
    ones = np.ones(indices.size, rows.dtype)
    if skip is not None:
        ones *= (indices != skip).reshape(-1)
    # A sparse matrix product: np.add.at with whole rows is far slower.
    places = csr_array(
        (ones, indices.reshape(-1), np.arange(indices.size + 1)), (indices.size, count)
    )
    return (places.T @ rows.reshape(indices.size, math.prod(width))).reshape(count, *width)


@general(
    lambda g, in_shape, indices, padding_idx: add_rows(g, indices, in_shape[0], padding_idx),
    lambda t, indices, padding_idx: take_rows(t, indices, padding_idx),
    part=True,
)
def look_up(weight, indices, padding_idx):
    return weight[indices]


@composite()
def embedding(indices, weight, padding_idx=None):
    """Row `weight[i]` for each index i: (...,) to (..., D).

    Args:
        indices: integers from 0 to V - 1.
        weight: (V, D).
        padding_idx: the row that gets no gradient; a negative one counts from the end.

    Raises:
        TensorIndexError: an index is not that of a row of weight.
        DTypeError: the indices are not integers.
    """
    weight = as_array(weight)
    if weight.ndim != 2:
        raise ShapeError(f"embedding: expected weight of shape (V, D), got {tuple(weight.shape)}")
    indices = _checked_indices("embedding", indices, weight.shape[0])
    if padding_idx is not None:
        if not isinstance(padding_idx, int | np.integer):
            raise ArgumentTypeError(
                f"embedding: padding_idx must be an integer, got {padding_idx!r}"
            )
        padding_idx = normalize_axis_index(int(padding_idx), weight.shape[0])
    return look_up(weight, indices, padding_idx)
