"""Pooling over images: the largest, or the mean, of each window.

Each operation loops over the offsets inside the window and works on whole shifted views.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

from math import prod

import numpy as np

from autograd_core.declare import composite, general, linear, nondifferentiable
from autograd_core.derivatives.windows import check_images, make_window
from autograd_core.errors import OperationError


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _winning(x, y, window):
    """Which element of the kernel holds each window's maximum; the first of several."""
    padded = window.pad(x, _lowest(x.dtype))
    winner = np.zeros(y.shape, np.min_scalar_type(prod(window.kernel)))
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


@composite()
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1):
    """Largest element of each window of images (N, C, H, W).

    `stride` is the kernel size if None. Of several equal elements the first gets the gradient.

    Raises:
        ShapeError: x has not four axes, or the window does not fit.
        OperationError: an argument is not valid, or padding exceeds half the kernel.
    """
    check_images("max_pool2d", x, 2)
    return max_windows(x, _pool_window(x.shape[2:], kernel_size, stride, padding, dilation))


@composite()
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """Mean of each window of images (N, C, H, W).

    `stride` is the kernel size if None. `count_include_pad=False` leaves padding out of the
    mean.

    Raises:
        ShapeError: x has not four axes, or the window does not fit.
        OperationError: an argument is not valid, or padding exceeds half the kernel.
    """
    check_images("avg_pool2d", x, 2)
    window = _pool_window(x.shape[2:], kernel_size, stride, padding, 1)
    if count_include_pad:
        return sum_windows(x, window) / prod(window.kernel)
    return sum_windows(x, window) / sum_windows(np.ones((1, 1, *x.shape[2:]), x.dtype), window)


def _pool_window(sizes, kernel_size, stride, padding, dilation):
    window = make_window(
        sizes, kernel_size, kernel_size if stride is None else stride, padding, dilation
    )
    if any(2 * before > k for (before, _), k in zip(window.padding, window.kernel, strict=True)):
        raise OperationError(
            f"padding {padding} must be at most half the kernel size {window.kernel}"
        )
    return window
