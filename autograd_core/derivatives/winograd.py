"""Convolution with 3×3 kernels in float32 by Winograd's algorithm F(4×4, 3×3).

A tile of 6×6 inputs gives 4×4 outputs with 36 products for each pair of channels instead of 144:
y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A, summed over channels before A. The tiles of a few images at a time
stay in the cache, channels last, so that the sum over channels is 36 matrix products.
`convolution.py` asks `pays` and calls `correlate` and `weights`.

The interpolation points are those with the least rounding error of all sets of four from
{±1/3, ±1/2, ±2/3, ±3/4, ±1, ±4/3, ±3/2, ±2, ±3} with 0 and ∞: half of that of the usual 0, ±1, ±2.

Sources: Winograd, "Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast algorithms
for convolutional neural networks", 2016; Barabasz et al., "Error analysis and improving the
accuracy of Winograd convolution for deep neural networks", 2020.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd_core.derivatives.windows import Window
from autograd_core.threads import in_parallel

POINTS = (0, 2 / 3, -2 / 3, 3 / 2, -3 / 2)
"""Where polynomials are evaluated, besides ∞."""

OUT, TAPS, SIDE = 4, 3, 6
"""Outputs of a tile, elements of the kernel and inputs of a tile along one axis."""

TILES = 128
"""About how many tiles are worked on at a time."""

SHARES = 4
"""Parts into which the blocks are divided, whatever the number of threads: so are the sums."""

GAIN = 0.7
"""The share of the direct way's arithmetic below which this way was faster."""


def _matrices() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bᵀ, G and Aᵀ of Toom and Cook, each as one matrix for both axes."""

    def evaluation(length: int) -> np.ndarray:
        """Values at the points of a polynomial with so many coefficients; at ∞ the last one."""
        return np.vstack([np.vander(POINTS, length, increasing=True), np.eye(length)[-1]])

    b, g, a = np.linalg.inv(evaluation(SIDE)).T, evaluation(TAPS), evaluation(OUT).T
    size = np.abs(g).sum(axis=1, keepdims=True)  # keeps transformed filters as large as filters
    b, g = b * size, g / size
    return tuple(np.kron(m, m).astype(np.float32) for m in (b, g, a))  # type: ignore


INPUTS, FILTERS, OUTPUTS = _matrices()
"""(36, 36) from a tile's inputs, (36, 9) from a filter, (16, 36) to a tile's outputs."""

TO_OUTPUTS = np.ascontiguousarray(OUTPUTS.T)


def pays(window: Window, steps: Sequence[int], out: int, channels: int) -> bool:
    """Whether a convolution with one group of channels fits, and is faster this way."""
    if (window.kernel, window.stride, window.dilation) != ((TAPS, TAPS), (1, 1), (1, 1)):
        return False
    tiles = -(-steps[0] // OUT) * -(-steps[1] // OUT)
    ours = tiles * SIDE**2 * (SIDE**2 * channels + channels * out + OUT**2 * out)
    return ours < GAIN * steps[0] * steps[1] * TAPS**2 * channels * out


class Block(NamedTuple):
    """Some images, all their tiles; or some rows of tiles of one image."""

    images: slice
    rows: slice


def _shares(batch: int, tall: int, wide: int) -> list[list[Block]]:
    """Blocks that cover `batch` images of tall × wide tiles, shared out among threads."""
    size = max(1, TILES // (tall * wide))
    height = tall if tall * wide <= TILES else max(1, TILES // wide)
    blocks = [
        Block(slice(n, min(n + size, batch)), slice(i, min(i + height, tall)))
        for n in range(0, batch, size)
        for i in range(0, tall, height)
    ]
    step = -(-len(blocks) // SHARES)
    return [blocks[start : start + step] for start in range(0, len(blocks), step)]


def _transformed(
    matrix: np.ndarray, images: np.ndarray, rows: slice, wide: int, before: Sequence[int]
) -> np.ndarray:
    """`matrix` (36, side²) times each tile of images (n, C, H, W): (36, tiles, C).

    Args:
        rows: of tiles; tiles lie OUT apart.
        wide: tiles in a row.
        before: rows and columns of zeros before the images; after them come as many as needed.
    """
    (n, channels, height, width), tall = images.shape, rows.stop - rows.start
    side = math.isqrt(matrix.shape[1])
    padded = np.zeros((n, OUT * (tall - 1) + side, OUT * (wide - 1) + side, channels), images.dtype)
    top, left = OUT * rows.start - before[0], -before[1]  # of `padded` in the images
    first, start = max(0, -top), max(0, -left)
    last = max(first, min(padded.shape[1], height - top))
    stop = max(start, min(padded.shape[2], width - left))
    inside = images[:, :, top + first : top + last, left + start : left + stop]
    padded[:, first:last, start:stop] = inside.transpose(0, 2, 3, 1)
    s = padded.strides
    tiles = as_strided(
        padded,
        (n, tall, wide, side, side, channels),
        (s[0], OUT * s[1], OUT * s[2], s[1], s[2], s[3]),
    ).reshape(-1, side * side, channels)
    result = np.empty((SIDE**2, len(tiles), channels), images.dtype)
    np.matmul(matrix, tiles, out=result.swapaxes(0, 1))
    return result


def correlate(x: np.ndarray, w: np.ndarray, window: Window) -> np.ndarray:
    """Correlate x (N, C, H, W) with w (O, C, 3, 3) into (N, O, H', W')."""
    batch, channels, out, steps = *x.shape[:2], len(w), window.steps(x.shape[2:])
    tall, wide = (-(-n // OUT) for n in steps)
    before = [pad[0] for pad in window.padding]
    filters = np.matmul(FILTERS, w.reshape(out, channels, TAPS**2).transpose(1, 2, 0))
    filters = np.ascontiguousarray(filters.swapaxes(0, 1))  # (36, C, O)
    y = np.empty((batch, out, *steps), x.dtype)

    def fill(blocks: Sequence[Block]) -> None:
        for images, rows in blocks:
            inputs = _transformed(INPUTS, x[images], rows, wide, before)
            tiles = np.matmul(OUTPUTS, np.matmul(inputs, filters).swapaxes(0, 1))
            height = OUT * (rows.stop - rows.start)
            tiles = tiles.reshape(-1, height // OUT, wide, OUT, OUT, out).swapaxes(2, 3)
            result = tiles.reshape(-1, height * wide * OUT, out).swapaxes(1, 2)
            target = y[images, :, OUT * rows.start : OUT * rows.stop]
            result = result.reshape(-1, out, height, wide * OUT)
            np.copyto(target, result[:, :, : target.shape[2], : steps[1]])

    in_parallel(fill, _shares(batch, tall, wide))
    return y


def weights(h: np.ndarray, x: np.ndarray, window: Window) -> np.ndarray:
    """The transpose of `correlate` in w: (O, C, 3, 3) from h (N, O, H', W') and x."""
    (batch, out, *steps), channels = h.shape, x.shape[1]
    tall, wide = (-(-n // OUT) for n in steps)
    before = [pad[0] for pad in window.padding]

    def total(blocks: Sequence[Block]) -> np.ndarray:
        result = np.zeros((SIDE**2, channels, out), x.dtype)
        for images, rows in blocks:
            inputs = _transformed(INPUTS, x[images], rows, wide, before)
            outputs = _transformed(TO_OUTPUTS, h[images], rows, wide, (0, 0))
            result += np.matmul(inputs.swapaxes(1, 2), outputs)
        return result

    products = sum(in_parallel(total, _shares(batch, tall, wide)))
    w = np.matmul(FILTERS.T, np.reshape(products, (SIDE**2, channels * out)))
    return np.ascontiguousarray(w.reshape(TAPS, TAPS, channels, out).transpose(3, 2, 0, 1))
