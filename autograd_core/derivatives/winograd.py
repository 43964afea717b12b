"""Convolution with 3×3 kernels in float32 by Winograd's algorithm F(4×4, 3×3).

A tile of 6×6 inputs gives 4×4 outputs with 36 products for each pair of channels instead of 144:
y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A, summed over channels before A. The tiles of a few images at a time
stay in the cache, channels last, so that the sum over channels is 36 matrix products.
`convolution.py` calls `correlate` and `weights` where `pays` says that they are faster.

Of all sets of four points from {±1/3, ±1/2, ±2/3, ±3/4, ±1, ±4/3, ±3/2, ±2, ±3}, with 0 and ∞, the
interpolation points here have the least rounding error: half that of the usual 0, ±1, ±2.

Sources: Winograd, "Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast algorithms
for convolutional neural networks", 2016; Barabasz et al., "Error analysis and improving the
accuracy of Winograd convolution for deep neural networks", 2020.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd_core.derivatives.window_geometry import Window

POINTS = (0, 2 / 3, -2 / 3, 3 / 2, -3 / 2)
"""The points at which polynomials are evaluated, in addition to ∞."""

OUT, TAPS, SIDE = 4, 3, 6
"""Along one axis: outputs of a tile, elements of the kernel, inputs of a tile."""

TILES = 128
"""About how many tiles are treated at a time."""

GAIN, LEAST = 0.7, 512
"""The algorithm was faster below this share of the direct algorithm's arithmetic, and from this
number of tiles on."""


def _matrices() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bᵀ, G and Aᵀ by Toom and Cook, each as one matrix for both axes."""

    def evaluation(length: int) -> np.ndarray:
        """The matrix from a polynomial's coefficients to its values; at ∞ that is the last one."""
        return np.vstack([np.vander(POINTS, length, increasing=True), np.eye(length)[-1]])

    b, g, a = np.linalg.inv(evaluation(SIDE)).T, evaluation(TAPS), evaluation(OUT).T
    size = np.abs(g).sum(axis=1, keepdims=True)  # keeps transformed filters as large as filters
    b, g = b * size, g / size
    b, g, a = (np.kron(m, m).astype(np.float32) for m in (b, g, a))
    return b, g, a


INPUTS, FILTERS, OUTPUTS = _matrices()
"""(36, 36) applied to a tile's inputs, (36, 9) to a filter; (16, 36) gives a tile's outputs."""

TO_OUTPUTS = np.ascontiguousarray(OUTPUTS.T)


def pays(window: Window, x_shape: Sequence[int], out: int) -> bool:
    """Whether this algorithm suits a convolution of x (N, C, H, W) in one group, and is faster."""
    if (window.kernel, window.stride, window.dilation) != ((TAPS, TAPS), (1, 1), (1, 1)):
        return False
    batch, channels, steps = *x_shape[:2], window.steps(x_shape[2:])
    tiles = batch * -(-steps[0] // OUT) * -(-steps[1] // OUT)
    ours = tiles * SIDE**2 * (SIDE**2 * channels + channels * out + OUT**2 * out)
    direct = batch * steps[0] * steps[1] * TAPS**2 * channels * out
    return tiles >= LEAST and ours < GAIN * direct


class Block(NamedTuple):
    """Several images with all their tiles, or some rows of tiles of one image."""

    images: slice
    rows: slice


def _blocks(batch: int, tall: int, wide: int) -> list[Block]:
    """Blocks that cover `batch` images of tall × wide tiles; the first is the largest."""
    size = max(1, TILES // (tall * wide))
    height = tall if tall * wide <= TILES else max(1, TILES // wide)
    return [
        Block(slice(n, min(n + size, batch)), slice(i, min(i + height, tall)))
        for n in range(0, batch, size)
        for i in range(0, tall, height)
    ]


class Scratch(dict):
    """Flat arrays by name, reused for every block: new memory takes longer than the arithmetic."""

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Uninitialized; valid until the next array of this name, which must not be larger."""
        size = math.prod(shape)
        if name not in self:
            self[name] = np.empty(size, np.float32)
        return self[name][:size].reshape(shape)


def _transformed(
    name: str,
    matrix: np.ndarray,
    images: np.ndarray,
    rows: slice,
    wide: int,
    before: Sequence[int],
    scratch: Scratch,
) -> np.ndarray:
    """`matrix` (36, side²) times each tile of images (n, C, H, W): (36, tiles, C).

    Args:
        name: of the result in `scratch`.
        rows: which rows of tiles; tiles are OUT apart.
        wide: the number of tiles in a row.
        before: rows and columns of zeros before the images; after them, as many as needed.
    """
    (n, channels, height, width), tall = images.shape, rows.stop - rows.start
    side = math.isqrt(matrix.shape[1])
    high, broad = OUT * (tall - 1) + side, OUT * (wide - 1) + side
    padded = scratch.array(name + ", padded", n, high, broad, channels)
    top, left = OUT * rows.start - before[0], -before[1]  # of `padded` in the images
    first, start = max(0, -top), max(0, -left)
    last, stop = max(first, min(high, height - top)), max(start, min(broad, width - left))
    padded[:, :first] = padded[:, last:] = 0
    padded[:, first:last, :start] = padded[:, first:last, stop:] = 0
    inside = images[:, :, top + first : top + last, left + start : left + stop]
    padded[:, first:last, start:stop] = inside.transpose(0, 2, 3, 1)
    s = padded.strides
    tiles = scratch.array(name + ", tiles", n, tall, wide, side, side, channels)
    strides = (s[0], OUT * s[1], OUT * s[2], s[1], s[2], s[3])
    np.copyto(tiles, as_strided(padded, tiles.shape, strides))
    tiles = tiles.reshape(-1, side * side, channels)
    result = scratch.array(name, SIDE**2, len(tiles), channels)
    np.matmul(matrix, tiles, out=result.swapaxes(0, 1))
    return result


def correlate(x: np.ndarray, w: np.ndarray, b: np.ndarray, window: Window) -> np.ndarray:
    """Correlate x (N, C, H, W) with w (O, C, 3, 3) into (N, O, H', W'), and add b (O,)."""
    batch, channels, out, steps = *x.shape[:2], len(w), window.steps(x.shape[2:])
    tall, wide = (-(-n // OUT) for n in steps)
    before = [pad[0] for pad in window.padding]
    filters = np.matmul(FILTERS, w.reshape(out, channels, TAPS**2).transpose(1, 2, 0))
    filters = np.ascontiguousarray(filters.swapaxes(0, 1))  # (36, C, O)
    y, scratch = np.empty((batch, out, *steps), x.dtype), Scratch()
    for images, rows in _blocks(batch, tall, wide):
        inputs = _transformed("inputs", INPUTS, x[images], rows, wide, before, scratch)
        products = scratch.array("products", *inputs.shape[:2], out)
        np.matmul(inputs, filters, out=products)
        tiles = scratch.array("tiles", inputs.shape[1], OUT**2, out)
        np.matmul(OUTPUTS, products.swapaxes(0, 1), out=tiles)
        tiles += b
        n, height = images.stop - images.start, rows.stop - rows.start
        result = scratch.array("result", n, height, OUT, wide, OUT, out)
        np.copyto(result, tiles.reshape(n, height, wide, OUT, OUT, out).swapaxes(2, 3))
        result = result.reshape(n, height * OUT * wide * OUT, out).swapaxes(1, 2)
        result = result.reshape(n, out, height * OUT, wide * OUT)
        target = y[images, :, OUT * rows.start : OUT * rows.stop]
        np.copyto(target, result[:, :, : target.shape[2], : steps[1]])
    return y


def weights(h: np.ndarray, x: np.ndarray, window: Window) -> np.ndarray:
    """The transpose of `correlate` in w: (O, C, 3, 3) from h (N, O, H', W') and x."""
    (batch, out, *steps), channels = h.shape, x.shape[1]
    tall, wide = (-(-n // OUT) for n in steps)
    before = [pad[0] for pad in window.padding]
    total, scratch = np.zeros((SIDE**2, channels, out), x.dtype), Scratch()
    for images, rows in _blocks(batch, tall, wide):
        inputs = _transformed("inputs", INPUTS, x[images], rows, wide, before, scratch)
        outputs = _transformed("outputs", TO_OUTPUTS, h[images], rows, wide, (0, 0), scratch)
        products = scratch.array("products", *total.shape)
        total += np.matmul(inputs.swapaxes(1, 2), outputs, out=products)
    w = np.matmul(FILTERS.T, total.reshape(SIDE**2, channels * out))
    return np.ascontiguousarray(w.reshape(TAPS, TAPS, channels, out).transpose(3, 2, 0, 1))
