"""Photographs: fewer colours by k-means, regions of similar colour by mean shift.

An image is an array (height, width) of greys, or (height, width, channels) with 1 (grey), 2 (grey,
alpha), 3 (red, green, blue) or 4 channels (red, green, blue, alpha).
"""

from __future__ import annotations

from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np

from autograd_core import Tensor
from clustering.errors import ConvergenceWarning, DataError, DataTypeError
from clustering.kernels import kernels
from clustering.kmeans import KMeans
from clustering.mean_shift import MeanShift, estimate_bandwidth
from clustering.validation import check_number, generator_of

GREYS, ALPHAS = (1, 2), (2, 4)
"""Numbers of channels of grey images, and of those whose last channel is opacity."""

MANY = 100_000
"""Different colours above which k-means learns from cells of colours."""


class Quantized(NamedTuple):
    """An image in few colours.

    Attributes:
        image: of the shape and dtype of the original, alpha included.
        palette: its colours (colours, 1 or 3), the most frequent first.
        labels: the palette's index of each pixel (height, width).
        error: the root mean square difference from the original, over pixels and channels but
            alpha.
    """

    image: np.ndarray
    palette: np.ndarray
    labels: np.ndarray
    error: float


class Segments(NamedTuple):
    """Regions of an image.

    Attributes:
        image: each pixel in the mean colour of its segment; shape and dtype of the original.
        labels: the segment of each pixel (height, width), the largest first.
        colors: the mean colours (segments, 1 or 3).
        bandwidth: the window's radius that was used.
    """

    image: np.ndarray
    labels: np.ndarray
    colors: np.ndarray
    bandwidth: float


def quantize(
    image: Any, colors: int = 16, *, random_state: Any = 0, max_iter: int = 100
) -> Quantized:
    """The image in at most `colors` colours, found by k-means among its own.

    Pixels of the same colour are one sample with their number as weight. Transparent pixels do
    not count, and keep their alpha. An image of fewer colours stays as it is.

    Args:
        image: integers (0 to 255, ...) or floats; see the module.
        colors: how many, at most.
        random_state: seed or generator.
        max_iter: iterations of k-means at most.

    Raises:
        DataError: no image: another shape, empty, NaN.
        DataTypeError: no numbers.
        ParameterError: colors or max_iter is not an integer >= 1.
    """
    name = "quantize"
    random_state = generator_of(random_state, name)
    check_number("colors", colors, name, least=1, whole=True)
    check_number("max_iter", max_iter, name, least=1, whole=True)
    image, pixels, alpha = as_pixels(image, name)
    kinds, kind = different_colors(pixels)
    opaque = None if alpha is None or not alpha.any() else alpha.ravel() > 0
    weights = np.bincount(kind, opaque, len(kinds)).astype(np.float64)
    shown = np.flatnonzero(weights)
    if len(shown) <= colors:
        palette = kinds[shown]
    else:
        model = KMeans(colors, random_state=random_state, max_iter=max_iter)
        with catch_warnings():  # a palette that has almost converged is as good
            simplefilter("ignore", ConvergenceWarning)
            model.fit(*_summary(kinds[shown], weights[shown], colors))
        palette = np.unique(_rounded(model.cluster_centers_, image.dtype), axis=0)
    label = _nearest(kinds, palette)
    count = np.bincount(label, weights, len(palette))
    order = np.argsort(-count, kind="stable")
    order = order[np.bincount(label, minlength=len(palette))[order] > 0]
    rank = np.empty(len(palette), np.intp)
    rank[order] = np.arange(len(order))
    difference = np.asarray(kinds, np.float64) - palette[label]
    error = float(np.sqrt(weights @ np.mean(difference**2, axis=1) / weights.sum()))
    labels = rank[label][kind].reshape(image.shape[:2])
    palette = palette[order]
    return Quantized(_painted(image, palette, labels), palette, labels, error)


def _summary(
    colors: np.ndarray, weights: np.ndarray, clusters: int
) -> tuple[np.ndarray, None, np.ndarray]:
    """What k-means learns from: the colours, or if they are many the means of those in each of
    64 x 64 x 64 cells. Then None and the weights, as `fit` takes them."""
    colors = np.asarray(colors, np.float64)
    low, high = colors.min(axis=0), colors.max(axis=0)
    if len(colors) > MANY:
        cells = ((colors - low) * (63 / np.where(high > low, high - low, 1))).astype(np.intp)
        found, cell = np.unique(cells @ 64 ** np.arange(cells.shape[1]), return_inverse=True)
        if len(found) >= 64 * clusters:
            sums, weights = kernels().cluster_sums(colors, weights, cell, len(found))
            colors = sums / weights[:, None]
    return colors, None, weights


def segment(
    image: Any,
    bandwidth: float | None = None,
    *,
    spatial: float = 0.0,
    bin_seeding: bool = True,
    samples: int = 5_000,
    random_state: Any = 0,
) -> Segments:
    """Segments of similar colour (and place), found by mean shift.

    Args:
        image: see the module.
        bandwidth: the radius of the window, in units of the image's values; by default such that
            it holds about a tenth of the pixels.
        spatial: how many units of colour an image's width or height (the longer) is worth. With 0
            the place of a pixel does not matter, and a segment may be in several pieces.
        bin_seeding: start from the cells of a grid instead of from every sample.
        samples: the modes are found from at most this many pixels, drawn with `random_state`;
            every pixel then goes to the nearest mode.
        random_state: seed or generator.

    Raises:
        DataError, DataTypeError: as `quantize`; or no bandwidth can be estimated.
        ParameterError: an option is out of range.

    Source: Comaniciu & Meer, "Mean shift: a robust approach toward feature space analysis", 2002.
    """
    name = "segment"
    check_number("spatial", spatial, name, least=0)
    check_number("samples", samples, name, least=1, whole=True)
    image, pixels, _ = as_pixels(image, name)
    height, width = image.shape[:2]
    features = np.asarray(pixels, np.float64)
    if spatial:
        places = np.indices((height, width)).reshape(2, -1).T * (spatial / max(height, width))
        features = np.concatenate([features, places], axis=1)
    random = generator_of(random_state, name)
    chosen = random.permutation(len(features))[:samples]
    if bandwidth is None:
        bandwidth = estimate_bandwidth(features[chosen], quantile=0.1)
        if not bandwidth:
            raise DataError(f"{name}: most pixels are equal, so that no bandwidth can be estimated")
    model = MeanShift(bandwidth=bandwidth, bin_seeding=bin_seeding, assign="nearest")
    model.fit(features[chosen])
    label = _nearest(features, np.asarray(model.cluster_centers_, np.float64))
    _, label, count = np.unique(label, return_inverse=True, return_counts=True)
    rank = np.empty(len(count), np.intp)
    rank[np.argsort(-count, kind="stable")] = np.arange(len(count))
    label = rank[label]
    values = np.asarray(pixels, np.float64)
    sums, mass = kernels().cluster_sums(values, None, label, len(count))
    colors = _rounded(sums / mass[:, None], image.dtype)
    labels = label.reshape(height, width)
    return Segments(_painted(image, colors, labels), labels, colors, float(model.bandwidth_))


# -- pixels --------------------------------------------------------------------------------------


def as_pixels(image: Any, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """(the image as an array, its colours (pixels, 1 or 3), its alpha (height, width) or None)."""
    image = np.asarray(image.numpy() if isinstance(image, Tensor) else image)
    if image.dtype.kind not in "uif":
        raise DataTypeError(f"{name}: an image has integers or floats, got {image.dtype}")
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or not 1 <= channels <= 4 or not image.size:
        raise DataError(
            f"{name}: expected an image (height, width) or (height, width, 1 to 4 channels), got "
            f"shape {image.shape}"
        )
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise DataError(f"{name}: the image contains NaN or infinity")
    planes = image.reshape(*image.shape[:2], channels)
    shown = 1 if channels in GREYS else 3
    alpha = planes[..., -1] if channels in ALPHAS else None
    return image, planes[..., :shown].reshape(-1, shown), alpha


def different_colors(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the different colours, which of them each pixel has).

    Pixels of up to 16 bits a channel are compared as one number; others are taken for different.
    """
    if pixels.dtype.kind not in "ui" or pixels.itemsize > 2:
        return pixels, np.arange(len(pixels))
    packed = np.zeros((len(pixels), 4), pixels.dtype)
    packed[:, : pixels.shape[1]] = pixels
    codes = packed.view(f"u{4 * pixels.itemsize}").ravel()
    kinds, kind = np.unique(codes, return_inverse=True)
    return kinds.view(pixels.dtype).reshape(-1, 4)[:, : pixels.shape[1]], kind


def _nearest(colors: np.ndarray, palette: np.ndarray) -> np.ndarray:
    return kernels().two_nearest(
        np.ascontiguousarray(colors, np.float64), np.ascontiguousarray(palette, np.float64)
    )[0]


def _rounded(colors: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return (np.rint(colors) if dtype.kind in "ui" else colors).astype(dtype)


def _painted(image: np.ndarray, palette: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The image with other colours, and its own alpha."""
    planes = image.copy().reshape(*image.shape[:2], -1)
    planes[..., : palette.shape[1]] = palette[labels]
    return planes.reshape(image.shape)
