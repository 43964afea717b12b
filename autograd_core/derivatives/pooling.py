"""Pooling over any number of spatial axes, and windows as columns (unfold, fold).

Each operation loops over the offsets inside the window and works on whole shifted views.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
from itertools import chain

import numpy as np

from autograd_core.declare import composite, general, linear, nondifferentiable
from autograd_core.derivatives.windows import check_images, make_window, per_axis
from autograd_core.errors import OperationError, ShapeError


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _winning(x, y, window):
    """Which element of the kernel holds each window's maximum; the first of several."""
    padded = window.pad(x, np.nan if x.dtype.kind == "f" else 0)  # equal to nothing
    winner = np.zeros(y.shape, np.min_scalar_type(math.prod(window.kernel)))
    found = np.zeros(y.shape, bool)
    for k, offset in enumerate(window.offsets(y.shape[2:])):
        hit = padded[offset] == y
        winner += (hit > found) * winner.dtype.type(k)
        found |= hit
    return winner


winning = nondifferentiable(_winning, name="winning")


@linear(
    lambda g, winner, in_shape, window: scatter_windows(g, winner, in_shape[2:], window),
    None,
)
def select_windows(x, winner, window):
    """From each window of x (N, C, *sizes) the element that `winner` (N, C, *steps) names."""
    steps = winner.shape[2:]
    padded = window.pad(x)
    y = np.zeros(winner.shape, x.dtype)
    for k, offset in enumerate(window.offsets(steps)):
        y += padded[offset] * (winner == k)
    return y


@linear(lambda g, winner, window: select_windows(g, winner, window), None)
def scatter_windows(h, winner, sizes, window):
    """The transpose of `select_windows`."""
    x = np.zeros(h.shape[:2] + window.padded_sizes(sizes), h.dtype)
    for k, offset in enumerate(window.offsets(h.shape[2:])):
        x[offset] += h * (winner == k)  # several times faster than a masked copy
    return x[window.interior(sizes)]


@general(
    lambda g, x, y, window: scatter_windows(g, winning(x, y, window), x.shape[2:], window),
    lambda t, x, y, window: select_windows(t, winning(x, y, window), window),
)
def max_windows(x, window):
    """The largest element of each window; padding never wins. Ties: the first in C order."""
    steps = window.steps(x.shape[2:])
    padded = window.pad(x, _lowest(x.dtype))
    first, *others = window.offsets(steps)
    y = padded[first].copy()
    for offset in others:
        np.maximum(y, padded[offset], out=y)
    return y


@linear(lambda g, in_shape, window: spread_windows(g, in_shape[2:], window))
def sum_windows(x, window):
    """The sum of each window."""
    padded = window.pad(x)
    first, *others = window.offsets(window.steps(x.shape[2:]))
    y = padded[first].copy()
    for offset in others:
        y += padded[offset]
    return y


@linear(lambda g, window: sum_windows(g, window))
def spread_windows(h, sizes, window):
    """The transpose of `sum_windows`."""
    x = np.zeros(h.shape[:2] + window.padded_sizes(sizes), h.dtype)
    for offset in window.offsets(h.shape[2:]):
        x[offset] += h
    return x[window.interior(sizes)]


# -- the largest ---------------------------------------------------------------------------------


@composite()
def max_pool1d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool2d` over one axis: x (N, C, L)."""
    return _max_pool("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite()
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Largest element of each window of images (N, C, H, W).

    `stride` is the kernel size if None; `ceil_mode` adds windows that hang over the end. Of
    several equal elements the first gets the gradient.

    Raises:
        ShapeError: x has not four axes, or the window does not fit.
        OperationError: an argument is not valid, or padding exceeds half the kernel.
    """
    return _max_pool("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite()
def max_pool3d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool2d` over three axes: x (N, C, D, H, W)."""
    return _max_pool("max_pool3d", 3, x, kernel_size, stride, padding, dilation, ceil_mode)


def _max_pool(name, axes, x, *geometry):
    check_images(name, x, axes)
    return max_windows(x, _pool_window(x.shape[2:], *geometry))


# -- the mean ------------------------------------------------------------------------------------


@composite()
def avg_pool1d(x, kernel_size, stride=None, padding=0, count_include_pad=True, ceil_mode=False):
    """`avg_pool2d` over one axis: x (N, C, L)."""
    return _avg_pool(
        "avg_pool1d", 1, x, (kernel_size, stride, padding, 1, ceil_mode), count_include_pad
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

    `stride` is the kernel size if None; `ceil_mode` adds windows that hang over the end, of which
    only what lies inside counts. `count_include_pad=False` leaves padding out of the mean;
    `divisor_override` replaces the number of elements.

    Raises:
        ShapeError: x has not four axes, or the window does not fit.
        OperationError: an argument is not valid, or padding exceeds half the kernel.
    """
    geometry = (kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool("avg_pool2d", 2, x, geometry, count_include_pad, divisor_override)


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
    return _avg_pool("avg_pool3d", 3, x, geometry, count_include_pad, divisor_override)


def _avg_pool(name, axes, x, geometry, count_include_pad, divisor_override=None):
    check_images(name, x, axes)
    sizes = x.shape[2:]
    window = _pool_window(sizes, *geometry)
    total = sum_windows(x, window)
    if divisor_override is not None:
        if not divisor_override:
            raise OperationError(f"{name}: divisor_override must not be zero")
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


# -- adaptive: so many windows, whatever the input's size ----------------------------------------


def _bounds(size, steps):
    """Where each of PyTorch's adaptive windows starts and ends; they overlap unless all fit."""
    k = np.arange(steps)
    return k * size // steps, -(-(k + 1) * size // steps)


def _adaptive(name, axes, x, output_size):
    """How many windows along each axis; None in `output_size` keeps the axis."""
    check_images(name, x, axes)
    if output_size is None or isinstance(output_size, int | np.integer):
        output_size = (output_size,) * axes
    sizes = x.shape[2:]
    if len(output_size) != axes or not min(sizes):
        raise ShapeError(f"{name}: {axes} sizes and a nonempty x, got {output_size}, {x.shape}")
    given = [n if out is None else out for n, out in zip(sizes, output_size, strict=True)]
    return per_axis(given, axes, "output size", 1)


def _adaptive_max_pool(name, axes, x, output_size):
    kernel = []
    for axis, steps in enumerate(_adaptive(name, axes, x, output_size), start=2):
        start, end = _bounds(x.shape[axis], steps)
        kernel.append(int(np.max(end - start)))
        if x.shape[axis] != steps * kernel[-1]:  # unequal windows: lay copies side by side
            index = np.minimum(start[:, None] + np.arange(kernel[-1]), end[:, None] - 1)
            x = np.take(x, index.reshape(-1), axis=axis)
    return max_windows(x, make_window(x.shape[2:], kernel, kernel, 0, 1))


def _adaptive_avg_pool(name, axes, x, output_size):
    output_size = _adaptive(name, axes, x, output_size)
    if not any(n % steps for n, steps in zip(x.shape[2:], output_size, strict=True)):
        pairs = [(k, n // k) for n, k in zip(x.shape[2:], output_size, strict=True)]
        blocks = np.reshape(x, (*x.shape[:2], *chain(*pairs)))
        return np.mean(blocks, axis=tuple(range(3, blocks.ndim, 2)))
    for axis, steps in enumerate(output_size, start=2):  # the mean of means: a matrix for each axis
        start, end = _bounds(x.shape[axis], steps)
        place = np.arange(x.shape[axis])
        inside = (place >= start[:, None]) & (place < end[:, None])
        matrix = (inside / (end - start)[:, None]).astype(x.dtype)
        x = np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), matrix.T), -1, axis)
    return x


@composite()
def adaptive_max_pool1d(x, output_size):
    """Largest elements of `output_size` windows that cover x (N, C, L)."""
    return _adaptive_max_pool("adaptive_max_pool1d", 1, x, output_size)


@composite()
def adaptive_max_pool2d(x, output_size):
    """Largest elements of windows that cover x (N, C, H, W): an int, or one for each axis."""
    return _adaptive_max_pool("adaptive_max_pool2d", 2, x, output_size)


@composite()
def adaptive_max_pool3d(x, output_size):
    """Largest elements of windows that cover x (N, C, D, H, W)."""
    return _adaptive_max_pool("adaptive_max_pool3d", 3, x, output_size)


@composite()
def adaptive_avg_pool1d(x, output_size):
    """Means of `output_size` windows that cover x (N, C, L)."""
    return _adaptive_avg_pool("adaptive_avg_pool1d", 1, x, output_size)


@composite()
def adaptive_avg_pool2d(x, output_size):
    """Means of windows that cover x (N, C, H, W): an int, or one for each axis."""
    return _adaptive_avg_pool("adaptive_avg_pool2d", 2, x, output_size)


@composite()
def adaptive_avg_pool3d(x, output_size):
    """Means of windows that cover x (N, C, D, H, W)."""
    return _adaptive_avg_pool("adaptive_avg_pool3d", 3, x, output_size)


# -- windows as columns --------------------------------------------------------------------------


@linear(lambda g, in_shape, window: fold_windows(g, in_shape[2:], window))
def unfold_windows(x, window):
    """All windows of x (N, C, *sizes): (N, C, elements of the kernel, *steps)."""
    steps = window.steps(x.shape[2:])
    padded = window.pad(x)
    y = np.empty((*x.shape[:2], math.prod(window.kernel), *steps), x.dtype)
    for k, offset in enumerate(window.offsets(steps)):
        y[:, :, k] = padded[offset]
    return y


@linear(lambda g, window: unfold_windows(g, window))
def fold_windows(h, sizes, window):
    """The transpose of `unfold_windows`: windows added up where they overlap."""
    x = np.zeros(h.shape[:2] + window.padded_sizes(sizes), h.dtype)
    for k, offset in enumerate(window.offsets(h.shape[3:])):
        x[offset] += h[:, :, k]
    return x[window.interior(sizes)]


@composite()
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """Windows of x (N, C, *sizes) as columns (N, C * elements, positions): im2col."""
    if x.ndim < 3:
        raise ShapeError(f"unfold: expected x (batch, channel, *spatial), got {tuple(x.shape)}")
    window = make_window(x.shape[2:], kernel_size, stride, padding, dilation)
    rows = x.shape[1] * math.prod(window.kernel)
    return np.reshape(
        unfold_windows(x, window), (x.shape[0], rows, math.prod(window.steps(x.shape[2:])))
    )


@composite()
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns (N, C * elements, positions) added up into (N, C, *output_size): col2im.

    The transpose of `unfold`, not its inverse: overlapping windows add. `output_size` has an
    entry for each spatial axis; an int means two axes.
    """
    sizes = (output_size,) * 2 if isinstance(output_size, int) else tuple(output_size)
    window = make_window(sizes, kernel_size, stride, padding, dilation)
    steps = window.steps(sizes)
    elements = math.prod(window.kernel)
    if x.ndim != 3 or x.shape[1] % elements or x.shape[2] != math.prod(steps):
        raise ShapeError(
            f"fold: expected x (N, multiple of {elements}, {math.prod(steps)}), "
            f"got {tuple(x.shape)}"
        )
    channels = x.shape[1] // elements
    return fold_windows(np.reshape(x, (x.shape[0], channels, elements, *steps)), sizes, window)
