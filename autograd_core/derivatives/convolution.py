"""Convolution over any number of spatial axes; arrays are (batch, channel, *spatial).

Convolution (cross-correlation, as everywhere in this field) is one of three operations that belong
to the trilinear form sum(h * conv(x, w)); the other two are its transposes. So `conv`,
`conv_input` and `conv_weight` are each other's derivatives to any order. Each turns blocks of
images into columns (im2col) small enough to stay in the cache and passes them to a matrix product,
or uses Winograd's algorithm (`winograd.py`) where that is faster.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd_core.declare import composite, general, linear
from autograd_core.derivatives import winograd
from autograd_core.derivatives.shapes import as_array, as_axis
from autograd_core.derivatives.window_geometry import (
    Window,
    is_finite,
    make_window,
    on_images,
    per_axis,
)
from autograd_core.errors import OperationError, ShapeError

BLOCK = 1 << 18
"""Elements in one block of columns: 1 MB of float32, about a core's second-level cache."""

SPREAD = 100
"""How many times the root mean square a value may be for Winograd's algorithm: such a value causes
errors in its surroundings of 5e-6 of their usual size."""


class Columns:
    """The view of images as columns, the same for all three operations.

    With stride 1 a kernel element meets the padded image shifted by a constant, so a column is
    one contiguous run over full padded rows (`grid`); the last few entries of each row are
    surplus. Copying long runs takes half as long as copying row by row. `dense=False` copies
    without surplus.
    """

    def __init__(
        self,
        batch: int,
        sizes: Sequence[int],
        w_shape: tuple[int, ...],
        window: Window,
        groups: int,
        dense: bool = True,
    ) -> None:
        self.window = window
        self.sizes = tuple(sizes)
        self.padded = window.padded_sizes(sizes)
        self.steps = window.steps(sizes)
        self.dense = dense and window.is_dense
        self.grid = (self.steps[0], *self.padded[1:]) if self.dense else self.steps
        self.batch, self.groups = batch, groups
        self.out = w_shape[0] // groups
        self.depth = math.prod(w_shape[1:])
        self.channels = w_shape[1] * groups
        self.plain = window.is_dense and set(window.kernel) == {1} and self.grid == tuple(sizes)
        widest = groups * max(self.depth, self.out) * math.prod(self.grid)
        size = 1 if self.plain else max(1, BLOCK // max(widest, 1))
        self.blocks = [slice(n, min(n + size, batch)) for n in range(0, batch, size)]

    def images(self, dtype: Any) -> np.ndarray:
        """Zeros for padded images (N, C, *padded), with space after them for the last run."""
        shape = (self.batch, self.channels, *self.padded)
        surplus = sum(math.prod(self.padded[k + 1 :]) * p for k, p in enumerate(self.padded))
        return np.zeros(math.prod(shape) + surplus, dtype)[: math.prod(shape)].reshape(shape)

    def pad(self, x: np.ndarray) -> np.ndarray:
        images = self.images(x.dtype)
        images[self.window.interior(self.sizes)] = x
        return images

    def view(self, images: np.ndarray, writeable: bool = False) -> np.ndarray:
        """What each kernel element meets: (C, *kernel, N, *positions), a view."""
        spatial = images.strides[2:]
        dilated = [s * d for s, d in zip(spatial, self.window.dilation, strict=True)]
        if self.dense:
            positions, moves = (math.prod(self.grid),), spatial[-1:]
        else:
            positions = self.steps
            moves = [s * k for s, k in zip(spatial, self.window.stride, strict=True)]
        return as_strided(
            images,
            (self.channels, *self.window.kernel, self.batch, *positions),
            (images.strides[1], *dilated, images.strides[0], *moves),
            writeable=writeable,
        )

    def of(self, x: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Each block of images with its columns, (group, depth, image * position)."""
        shape = (self.groups, self.depth)
        if self.plain:  # an image already is its columns
            for block in self.blocks:
                yield block, x[block].reshape(*shape, math.prod(self.grid))
            return
        view = self.view(self.pad(x))
        before = (slice(None),) * (1 + len(self.sizes))
        buffer = None
        for block in self.blocks:
            columns = view[(*before, block)]
            buffer = fitting(buffer, columns.shape, x.dtype)
            np.copyto(buffer, columns)
            yield block, buffer.reshape(*shape, columns.shape[len(before)] * math.prod(self.grid))

    def rows(self, y: np.ndarray) -> np.ndarray:
        """A block (n, O, *steps) as (group, out, image * position), surplus filled with 0."""
        y = np.swapaxes(y, 0, 1)
        if self.grid != self.steps:
            full = np.zeros((*y.shape[:2], *self.grid), y.dtype)
            full[self.crop] = y
            y = full
        return y.reshape(self.groups, self.out, math.prod(y.shape[1:]))

    @property
    def crop(self) -> tuple[Any, ...]:
        """The index that drops a grid's surplus."""
        return (..., *map(slice, self.steps))


def fitting(buffer: np.ndarray | None, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """`buffer` if it has this shape, else a new one: new memory takes longer than the product."""
    return buffer if buffer is not None and buffer.shape == shape else np.empty(shape, dtype)


@linear(
    lambda g, w, in_shape, window, groups: conv_input(g, w, in_shape[2:], window, groups),
    lambda g, x, window, groups: conv_weight(g, x, window, groups),
    part=True,
)
def conv(x, w, window, groups):
    """Correlate x (N, C, *sizes) with w (O, C / groups, *kernel) into (N, O, *steps)."""
    return _correlate(x, w, np.zeros(len(w), np.result_type(x, w)), window, groups)


@general(
    vjp=(
        lambda g, w, in_shape, window, groups: conv_input(g, w, in_shape[2:], window, groups),
        lambda g, x, window, groups: conv_weight(g, x, window, groups),
        lambda g: np.sum(g, axis=(0, *range(2, g.ndim))),
    ),
    jvp=(
        lambda t, w, window, groups: conv(t, w, window, groups),
        lambda t, x, window, groups: conv(x, t, window, groups),
        lambda t, y: np.broadcast_to(as_axis(t, 1, y.ndim), y.shape),
    ),
    part=True,
)
def conv_affine(x, w, b, window, groups):
    """`conv` plus b (O,), which takes no extra time while the result is in the cache."""
    return _correlate(x, w, b, window, groups)


def _correlate(x, w, b, window, groups):
    if _by_winograd(window, groups, len(w), x, w) and b.dtype == x.dtype:
        return winograd.correlate(x, w, b, window)
    plan = Columns(len(x), x.shape[2:], w.shape, window, groups)
    y = np.empty((len(x), len(w), *plan.steps), np.result_type(x, w, b))
    filters, b = w.reshape(groups, plan.out, plan.depth), as_axis(b, 1, y.ndim)
    product = None
    for block, columns in plan.of(x):
        product = fitting(product, (groups, plan.out, columns.shape[-1]), np.result_type(x, w))
        np.matmul(filters, columns, out=product)
        result = product.reshape(len(w), block.stop - block.start, *plan.grid)
        np.add(np.swapaxes(result[plan.crop], 0, 1), b, out=y[block])
    return y


@linear(
    lambda g, w, window, groups: conv(g, w, window, groups),
    lambda g, h, window, groups: conv_weight(h, g, window, groups),
    part=True,
)
def conv_input(h, w, sizes, window, groups):
    """The transpose of `conv` in x: spread h (N, O, *steps) back over (N, C, *sizes)."""
    if _by_winograd(window.transposed(), groups, w.shape[1], h, w):
        turned = np.flip(w, (2, 3)).swapaxes(0, 1)
        return winograd.correlate(h, turned, np.zeros(w.shape[1], w.dtype), window.transposed())
    if window.is_dense and is_finite(w):
        return _add_runs(h, w, sizes, window, groups)
    plan = Columns(len(h), sizes, w.shape, window, groups, dense=False)
    images = plan.images(np.result_type(h, w))
    view = plan.view(images, writeable=True)
    filters = np.swapaxes(w.reshape(groups, plan.out, plan.depth), 1, 2)
    elements = list(np.ndindex(*window.kernel))
    outer = np.multiply if plan.out == 1 else np.matmul  # equal in that case, and much faster
    product = None
    for block in plan.blocks:
        rows = plan.rows(h[block])
        product = fitting(product, (groups, plan.depth, rows.shape[-1]), images.dtype)
        outer(filters, rows, out=product)
        spread = product.reshape(plan.channels, *window.kernel, len(h[block]), *plan.steps)
        for element in elements:
            view[(slice(None), *element, block)] += spread[(slice(None), *element)]
    return images[window.interior(sizes)]


def _add_runs(h, w, sizes, window, groups):
    """`conv_input` with stride 1, where each kernel element adds one contiguous run per group.

    h is placed on the grid of the padded images, so that an element's contribution is added to
    these shifted by a constant: a third faster than row by row.
    """
    plan = Columns(len(h), sizes, w.shape, window, groups)
    dtype, size, count = np.result_type(h, w), math.prod(plan.padded), math.prod(window.kernel)
    images = plan.images(dtype)
    flat: Any = images.base  # with the space after them
    filters = w.reshape(groups, plan.out, plan.depth // count, count)
    filters = filters.transpose(0, 3, 2, 1).reshape(groups, plan.depth, plan.out)
    moves = [
        d * math.prod(plan.padded[k + 1 :]) for k, d in enumerate(window.dilation)
    ]  # from one kernel element to the next
    outer = np.multiply if plan.out == 1 else np.matmul  # equal in that case, and much faster
    product = None
    for block in plan.blocks:
        grid = np.zeros((*h[block].shape[:2], *plan.padded), h.dtype)
        grid[plan.crop] = h[block]
        grid = grid.reshape(len(grid), groups, plan.out, size)
        product = fitting(product, (len(grid), groups, plan.depth, size), dtype)
        outer(filters, grid, out=product)
        runs = product.reshape(len(grid), groups, count, plan.depth // count * size)
        start = block.start * plan.channels * size
        for k, element in enumerate(np.ndindex(*window.kernel)):
            first = start + sum(map(operator.mul, element, moves))
            target = flat[first : first + len(grid) * plan.channels * size]
            target = target.reshape(len(grid), groups, runs.shape[-1])
            target += runs[:, :, k]
    return images[window.interior(sizes)]


def _by_winograd(window, groups, out, images, other):
    """Whether to use Winograd's algorithm, where errors and infinities spread over a tile."""
    return (
        groups == 1
        and images.dtype == other.dtype == np.float32
        and winograd.pays(window, images.shape, out)
        and _is_even(images)
        and _is_even(other)
    )


def _is_even(a):
    """Whether `a` is not empty or 0, all finite, and nothing in it exceeds SPREAD times its RMS."""
    square = float(np.vdot(a, a))
    if not (square > 0 and math.isfinite(square)):
        return False
    return max(float(a.max()), -float(a.min())) <= SPREAD * math.sqrt(square / a.size)


@linear(
    lambda g, x, window, groups: conv(x, g, window, groups),
    lambda g, h, in_shape, window, groups: conv_input(h, g, in_shape[2:], window, groups),
    part=True,
)
def conv_weight(h, x, window, groups):
    """The transpose of `conv` in w: correlate x with h (N, O, *steps) over all positions."""
    if _by_winograd(window, groups, h.shape[1], x, h):
        return winograd.weights(h, x, window)
    shape = (h.shape[1], x.shape[1] // groups, *window.kernel)
    plan = Columns(len(x), x.shape[2:], shape, window, groups, dense=is_finite(x))
    w = np.zeros((groups, plan.depth, plan.out), np.result_type(h, x))
    for block, columns in plan.of(x):
        w += np.matmul(columns, np.swapaxes(plan.rows(h[block]), 1, 2))
    return np.swapaxes(w, 1, 2).reshape(shape)


@composite()
def conv1d(x, w, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` over one axis: x (N, C, L), w (O, C / groups, k)."""
    return on_images(_conv, 1, x, w, bias, stride, padding, dilation, groups)


@composite()
def conv2d(x, w, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """2-D convolution (cross-correlation) of a batch of images.

    Args:
        x: images, (N, C, H, W); or one, (C, H, W), for a result without N.
        w: filters, (O, C / groups, kh, kw).
        bias: (O,), added to each output channel; None for none.
        stride, dilation: int, or one for each axis.
        padding: zeros around the image: int, one for each axis, "valid" or "same".
        groups: number of groups of channels that are convolved separately.

    Returns:
        (N, O, H', W') with H' = (H + 2 padding - dilation (kh - 1) - 1) // stride + 1.
        For 3×3 kernels with many channels in float32, Winograd's algorithm is used unless some
        values are far larger than the rest. Its rounding errors are about 2e-6 of the largest
        result, three to nine times those of other convolutions, and affect tiles of 6×6 inputs: a
        result that should be exactly 0 may be 1e-7. Use float64 where that matters.

    Raises:
        ShapeError: x, w or bias has the wrong shape, or the filter does not fit.
        OperationError: stride, padding, dilation or groups is invalid.
    """
    return on_images(_conv, 2, x, w, bias, stride, padding, dilation, groups)


@composite()
def conv3d(x, w, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` over three axes: x (N, C, D, H, W), w (O, C / groups, kd, kh, kw)."""
    return on_images(_conv, 3, x, w, bias, stride, padding, dilation, groups)


def _conv(x, w, bias, stride, padding, dilation, groups):
    w, groups = _checked(x.ndim - 2, w, "(out, in / groups", groups)
    if x.shape[1] != w.shape[1] * groups or w.shape[0] % groups:
        raise ShapeError(
            f"x {list(x.shape)} has {x.shape[1]} channels; w {list(w.shape)} with "
            f"groups={groups} needs {w.shape[1] * groups}, and its first axis divisible by groups"
        )
    window = make_window(x.shape[2:], w.shape[2:], stride, padding, dilation)
    if bias is None:
        return conv(x, w, window, groups)
    return conv_affine(x, w, _checked_bias(bias, len(w)), window, groups)


def _checked(axes, w, leading, groups):
    w = as_array(w)
    if w.ndim != axes + 2:
        raise ShapeError(
            f"expected w of {axes + 2} axes {leading}, {axes} spatial), got shape {tuple(w.shape)}"
        )
    return w, per_axis(groups, 1, "groups", 1)[0]


def _checked_bias(bias, out):
    bias = as_array(bias)
    if bias.shape != (out,):
        raise ShapeError(f"expected bias of shape ({out},), got {bias.shape}")
    return bias


@composite()
def conv_transpose1d(x, w, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """`conv_transpose2d` over one axis: x (N, C, L), w (C, O / groups, k)."""
    return on_images(
        _conv_transpose, 1, x, w, bias, stride, padding, output_padding, groups, dilation
    )


@composite()
def conv_transpose2d(x, w, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed 2-D convolution: how `conv2d` with these filters maps cotangents.

    Args:
        x: images, (N, C, H, W); or one, (C, H, W), for a result without N.
        w: filters, (C, O / groups, kh, kw).
        bias: (O,), added to each output channel; None for none.
        stride, dilation: int, or one for each axis; of the convolution that is transposed.
        padding: int, or one for each axis: what is cut off at each edge of the result.
        output_padding: int, or one for each axis: additional rows and columns at the end, fewer
            than stride or dilation.
        groups: number of groups of channels that are convolved separately.

    Returns:
        (N, O, H', W') with
        H' = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.

    Raises:
        ShapeError: x, w or bias has the wrong shape, or nothing is left of the result.
        OperationError: stride, padding, output_padding, dilation or groups is invalid.
    """
    return on_images(
        _conv_transpose, 2, x, w, bias, stride, padding, output_padding, groups, dilation
    )


@composite()
def conv_transpose3d(x, w, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """`conv_transpose2d` over three axes: x (N, C, D, H, W), w (C, O / groups, kd, kh, kw)."""
    return on_images(
        _conv_transpose, 3, x, w, bias, stride, padding, output_padding, groups, dilation
    )


def _conv_transpose(x, w, bias, stride, padding, output_padding, groups, dilation):
    w, groups = _checked(x.ndim - 2, w, "(in, out / groups", groups)
    if x.shape[1] != w.shape[0] or w.shape[0] % groups:
        raise ShapeError(
            f"w {list(w.shape)} with groups={groups} does not fit the {x.shape[1]} channels of "
            f"x {list(x.shape)}"
        )
    stride, dilation, padding, extra = (
        per_axis(value, x.ndim - 2, what, least)
        for value, what, least in (
            (stride, "stride", 1),
            (dilation, "dilation", 1),
            (padding, "padding", 0),
            (output_padding, "output_padding", 0),
        )
    )
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise OperationError(
            f"output_padding {extra} must be less than stride {stride} or dilation {dilation}"
        )
    sizes = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(
            x.shape[2:], stride, padding, dilation, w.shape[2:], extra, strict=True
        )
    )
    if min(sizes) < 1:
        raise ShapeError(f"the output would have the size {sizes}: nothing is left of it")
    window = make_window(sizes, w.shape[2:], stride, padding, dilation)
    more = [n - have for n, have in zip(window.steps(sizes), x.shape[2:], strict=True)]
    if any(more):  # output_padding >= stride: the convolution would take more steps
        x = np.pad(x, [(0, 0), (0, 0), *((0, m) for m in more)])
    y = conv_input(x, w, sizes, window, groups)
    if bias is None:
        return y
    return y + as_axis(_checked_bias(bias, y.shape[1]), 1, y.ndim)
