"""Pooling over any number of spatial axes, and windows as columns (unfold, fold).

Each operation loops over the offsets in the window and works on whole shifted views; sums and
maxima are taken along one axis after the other.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
from itertools import chain

import numpy as np

from autograd_core.declare import composite, general, linear, nondifferentiable
from autograd_core.derivatives.shapes import as_array, as_inexact
from autograd_core.derivatives.window_geometry import is_finite, make_window, on_images, per_axis
from autograd_core.errors import DTypeError, OperationError, ShapeError

BLOCK = 1 << 17
"""How many elements of images are treated at a time."""


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _winning(x, y, window):
    """The number of the kernel element at each window's maximum; the first of several.

    A NaN is the maximum of its window.
    """
    fill = np.nan if x.dtype.kind == "f" else 0  # NaN equals nothing; integers have no gradient
    rank = _first_hit(window.pad(x, fill), y, window)
    if not rank.all():
        missed = np.isnan(window.pad(x, 0))
        rank = np.maximum(rank, _first_hit(missed, np.isnan(y), window) * (rank == 0))
    return math.prod(window.kernel) - rank


def _first_hit(padded, y, window):
    """n - k for the first of the kernel's n elements k that equals y; 0 if none does."""
    steps = y.shape[2:]
    count = math.prod(window.kernel)
    rank = np.zeros(y.shape, np.min_scalar_type(count))
    for block in _blocks(padded.shape):
        part = rank[block]
        for k, offset in enumerate(window.offsets(steps)):
            hit = padded[block][offset] == y[block]
            np.maximum(part, hit * rank.dtype.type(count - k), out=part)
    return rank


def _blocks(shape):
    """Slices of a few images, which stay in a core's cache for all elements of a window."""
    size = max(1, BLOCK // max(math.prod(shape[1:]), 1))
    return [slice(n, n + size) for n in range(0, shape[0], size)]


winning = nondifferentiable(_winning, name="winning")


@linear(
    lambda g, winner, in_shape, window: scatter_windows(g, winner, in_shape[2:], window),
    None,
    part=True,
)
def select_windows(x, winner, window):
    """From each window of x (N, C, *sizes) the element that `winner` (N, C, *steps) names."""
    steps = winner.shape[2:]
    padded = window.pad(x)
    y = np.zeros(winner.shape, x.dtype)
    for k, offset in enumerate(window.offsets(steps)):
        y += padded[offset] * (winner == k)
    return y


@linear(lambda g, winner, window: select_windows(g, winner, window), None, part=True)
def scatter_windows(h, winner, sizes, window):
    """The transpose of `select_windows`."""
    x = np.zeros(h.shape[:2] + window.padded_sizes(sizes), h.dtype)
    for block in _blocks(x.shape):
        part, source, chosen = x[block], h[block], winner[block]
        for k, offset in enumerate(window.offsets(h.shape[2:])):
            hit = chosen == k  # multiplying by it is several times faster than a masked copy
            if window.is_disjoint:
                np.multiply(source, hit, out=part[offset])
            else:
                part[offset] += source * hit
    return x[window.interior(sizes)]


@general(
    lambda g, x, y, window: scatter_windows(g, winning(x, y, window), x.shape[2:], window),
    lambda t, x, y, window: select_windows(t, winning(x, y, window), window),
    part=True,
)
def max_windows(x, window):
    """The largest element of each window; padding never wins. Ties: the first in C order."""
    return _over_windows(np.maximum, x, window, _lowest(x.dtype))


def _over_windows(combine, x, window, fill):
    y = window.pad(x, fill)
    for axis, steps in enumerate(window.steps(x.shape[2:])):
        first, *others = window.along(axis, steps)
        whole, y = y, y[first]
        for k, other in enumerate(others):
            y = combine(y, whole[other], out=y if k else None)
    return y if y.base is None else y.copy()


@linear(lambda g, in_shape, window: spread_windows(g, in_shape[2:], window), part=True)
def sum_windows(x, window):
    """The sum of each window."""
    return _over_windows(np.add, x, window, 0)


@linear(lambda g, window: sum_windows(g, window), part=True)
def spread_windows(h, sizes, window):
    """The transpose of `sum_windows`."""
    padded = window.padded_sizes(sizes)
    for axis in reversed(range(len(sizes))):
        k = axis + 2
        x = np.zeros((*h.shape[:k], padded[axis], *h.shape[k + 1 :]), h.dtype)
        for offset in window.along(axis, h.shape[k]):
            x[offset] += h
        h = x
    return h[window.interior(sizes)]


@linear(lambda g, matrix, axis: weighted_sums(g, matrix.T, axis), part=True)
def weighted_sums(x, matrix, axis):
    """Along an axis of x, a weighted sum for each row of `matrix` (steps, size): its weights.

    An element with weight 0 does not count, even if it is infinite. Integers become float64.
    """
    matrix = matrix.astype(x.dtype if x.dtype.kind in "fc" else float)
    turned = np.moveaxis(x, axis, -1)
    if is_finite(x):
        sums = np.matmul(turned, matrix.T)
    else:
        pairs = [(np.flatnonzero(row), row) for row in matrix]
        sums = np.stack([turned[..., places] @ row[places] for places, row in pairs], axis=-1)
    return np.moveaxis(sums, -1, axis)


# -- the largest ---------------------------------------------------------------------------------


@composite()
def max_pool1d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool2d` over one axis: x (N, C, L)."""
    return on_images(_max_pool, 1, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite()
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Largest element of each window of images (N, C, H, W).

    `stride` is the kernel size if None; `ceil_mode` adds windows that extend beyond the end. The
    first of several equal elements gets the gradient.

    Raises:
        ShapeError: x does not have four axes, or the window does not fit.
        OperationError: an argument is invalid, or the padding exceeds half the kernel.
    """
    return on_images(_max_pool, 2, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite()
def max_pool3d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool2d` over three axes: x (N, C, D, H, W)."""
    return on_images(_max_pool, 3, x, kernel_size, stride, padding, dilation, ceil_mode)


def _max_pool(x, *geometry):
    if x.dtype.kind not in "fiu":
        raise DTypeError(f"{x.dtype} numbers have no maximum")
    return max_windows(x, _pool_window(x.shape[2:], *geometry))


# -- the mean ------------------------------------------------------------------------------------


@composite()
def avg_pool1d(x, kernel_size, stride=None, padding=0, count_include_pad=True, ceil_mode=False):
    """`avg_pool2d` over one axis: x (N, C, L)."""
    return on_images(
        _avg_pool, 1, x, (kernel_size, stride, padding, 1, ceil_mode), count_include_pad
    )


@composite()
def avg_pool2d(
    x,
    kernel_size,
    stride=None,
    padding=0,
    count_include_pad=True,
    ceil_mode=False,
    divisor_override=None,
):
    """Mean of each window of images (N, C, H, W).

    `stride` is the kernel size if None; `ceil_mode` adds windows that extend beyond the end, where
    only the part inside counts. `count_include_pad=False` leaves padding out of the mean;
    `divisor_override` replaces the number of elements.

    Raises:
        ShapeError: x does not have four axes, or the window does not fit.
        OperationError: an argument is invalid, or the padding exceeds half the kernel.
    """
    geometry = (kernel_size, stride, padding, 1, ceil_mode)
    return on_images(_avg_pool, 2, x, geometry, count_include_pad, divisor_override)


@composite()
def avg_pool3d(
    x,
    kernel_size,
    stride=None,
    padding=0,
    count_include_pad=True,
    ceil_mode=False,
    divisor_override=None,
):
    """`avg_pool2d` over three axes: x (N, C, D, H, W)."""
    geometry = (kernel_size, stride, padding, 1, ceil_mode)
    return on_images(_avg_pool, 3, x, geometry, count_include_pad, divisor_override)


def _avg_pool(x, geometry, count_include_pad, divisor_override=None):
    x, sizes = as_inexact(x), x.shape[2:]
    window = _pool_window(sizes, *geometry)
    total = sum_windows(x, window)
    if divisor_override is not None:
        if not divisor_override:
            raise OperationError("divisor_override must not be zero")
        return total / divisor_override
    beyond = tuple((0, after - before) for before, after in window.padding)
    if count_include_pad:
        if not any(map(any, beyond)):
            return total / math.prod(window.kernel)
        sizes = [n + 2 * before for n, (before, _) in zip(sizes, window.padding, strict=True)]
        window = window._replace(padding=beyond)
    return total / sum_windows(np.ones((1, 1, *sizes), x.dtype), window)


def _pool_window(sizes, kernel_size, stride, padding, dilation, ceil_mode):
    stride = kernel_size if stride is None else stride
    window = make_window(sizes, kernel_size, stride, padding, dilation, ceil_mode)
    if any(2 * before > k for (before, _), k in zip(window.padding, window.kernel, strict=True)):
        raise OperationError(
            f"padding {padding} must be at most half the kernel size {window.kernel}"
        )
    return window


# -- adaptive: a given number of windows, whatever the size of the input -------------------------


def _bounds(size, steps):
    """Where PyTorch's adaptive windows start and end. They overlap unless steps divides size."""
    k = np.arange(steps)
    return k * size // steps, -(-(k + 1) * size // steps)


def _adaptive(x, output_size):
    """The number of windows along each axis; None in `output_size` keeps the axis."""
    sizes, axes = x.shape[2:], x.ndim - 2
    if not min(sizes):
        raise ShapeError(f"x of shape {tuple(x.shape)} is empty")
    given = output_size if isinstance(output_size, list | tuple) else (output_size,) * axes
    if len(given) == axes:
        given = [n if out is None else out for n, out in zip(sizes, given, strict=True)]
    return per_axis(given, axes, "output size", 1)


def _adaptive_max_pool(x, output_size):
    for axis, steps in reversed([*enumerate(_adaptive(x, output_size), start=2)]):
        start, end = _bounds(x.shape[axis], steps)
        width = int(np.max(end - start))
        if x.shape[axis] != steps * width:  # unequal windows: put copies side by side
            index = np.minimum(start[:, None] + np.arange(width), end[:, None] - 1)
            x = np.take(x, index.reshape(-1), axis=axis)
        kernel = [width if k == axis else 1 for k in range(2, x.ndim)]
        x = max_windows(x, make_window(x.shape[2:], kernel, kernel, 0, 1))
    return x


def _adaptive_avg_pool(x, output_size):
    output_size = _adaptive(x, output_size)
    if not any(n % steps for n, steps in zip(x.shape[2:], output_size, strict=True)):
        pairs = [(k, n // k) for n, k in zip(x.shape[2:], output_size, strict=True)]
        blocks = np.reshape(x, (*x.shape[:2], *chain(*pairs)))
        return np.mean(blocks, axis=tuple(range(3, blocks.ndim, 2)))
    for axis, steps in enumerate(output_size, start=2):  # a mean of means: one matrix for each axis
        start, end = _bounds(x.shape[axis], steps)
        place = np.arange(x.shape[axis])
        inside = (place >= start[:, None]) & (place < end[:, None])
        x = weighted_sums(x, inside / (end - start)[:, None], axis)
    return x


@composite()
def adaptive_max_pool1d(x, output_size):
    """Largest elements of `output_size` windows that cover x (N, C, L)."""
    return on_images(_adaptive_max_pool, 1, x, output_size)


@composite()
def adaptive_max_pool2d(x, output_size):
    """Largest elements of windows that cover x (N, C, H, W): an int, or one for each axis."""
    return on_images(_adaptive_max_pool, 2, x, output_size)


@composite()
def adaptive_max_pool3d(x, output_size):
    """Largest elements of windows that cover x (N, C, D, H, W)."""
    return on_images(_adaptive_max_pool, 3, x, output_size)


@composite()
def adaptive_avg_pool1d(x, output_size):
    """Means of `output_size` windows that cover x (N, C, L)."""
    return on_images(_adaptive_avg_pool, 1, x, output_size)


@composite()
def adaptive_avg_pool2d(x, output_size):
    """Means of windows that cover x (N, C, H, W): an int, or one for each axis."""
    return on_images(_adaptive_avg_pool, 2, x, output_size)


@composite()
def adaptive_avg_pool3d(x, output_size):
    """Means of windows that cover x (N, C, D, H, W)."""
    return on_images(_adaptive_avg_pool, 3, x, output_size)


# -- windows as columns --------------------------------------------------------------------------


@linear(lambda g, in_shape, window: fold_windows(g, in_shape[2:], window), part=True)
def unfold_windows(x, window):
    """All windows of x (N, C, *sizes): (N, C, elements of the kernel, *steps)."""
    steps = window.steps(x.shape[2:])
    padded = window.pad(x)
    y = np.empty((*x.shape[:2], math.prod(window.kernel), *steps), x.dtype)
    for k, offset in enumerate(window.offsets(steps)):
        y[:, :, k] = padded[offset]
    return y


@linear(lambda g, window: unfold_windows(g, window), part=True)
def fold_windows(h, sizes, window):
    """The transpose of `unfold_windows`: windows added up where they overlap."""
    x = np.zeros(h.shape[:2] + window.padded_sizes(sizes), h.dtype)
    for k, offset in enumerate(window.offsets(h.shape[3:])):
        x[offset] += h[:, :, k]
    return x[window.interior(sizes)]


@composite()
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """Windows of x (N, C, *sizes) as columns (N, C * elements, positions): im2col."""
    x = as_array(x)
    if x.ndim < 3:
        raise ShapeError(f"unfold: expected x (batch, channel, *spatial), got {tuple(x.shape)}")
    return on_images(_unfold, x.ndim - 2, x, kernel_size, stride, padding, dilation)


def _unfold(x, kernel_size, stride, padding, dilation):
    window = make_window(x.shape[2:], kernel_size, stride, padding, dilation)
    rows = x.shape[1] * math.prod(window.kernel)
    return np.reshape(
        unfold_windows(x, window), (x.shape[0], rows, math.prod(window.steps(x.shape[2:])))
    )


@composite()
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns (N, C * elements, positions) added up into (N, C, *output_size): col2im.

    The transpose of `unfold`, not its inverse: overlapping windows add up. `output_size` has an
    entry for each spatial axis; an int means two axes. The axis N may be missing.
    """
    return on_images(_fold, 1, x, output_size, kernel_size, stride, padding, dilation)


def _fold(x, output_size, kernel_size, stride, padding, dilation):
    count = len(output_size) if isinstance(output_size, list | tuple) else 2
    sizes = per_axis(output_size, count, "output size", 1)
    window = make_window(sizes, kernel_size, stride, padding, dilation)
    steps = window.steps(sizes)
    elements = math.prod(window.kernel)
    if x.shape[1] % elements or x.shape[2] != math.prod(steps):
        raise ShapeError(
            f"expected x (N, multiple of {elements}, {math.prod(steps)}), got {tuple(x.shape)}"
        )
    channels = x.shape[1] // elements
    return fold_windows(np.reshape(x, (x.shape[0], channels, elements, *steps)), sizes, window)
