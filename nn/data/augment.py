"""Data augmentation: random changes of a batch of images that keep their labels true.

Whether a change keeps the label is for the user to judge: a shifted 6 is a 6, a rotated one
may be a 9.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd_core import OperationError, ShapeError
from nn.checks import is_integer
from nn.random import default_generator

__all__ = ["random_shift"]


def random_shift(pixels: int) -> Callable[[np.ndarray], np.ndarray]:
    """A transform that moves each image (N, C, H, W) by up to `pixels` along both axes.

    What moves in is 0. The random numbers are `nn`'s (see `nn.manual_seed`).

    Raises:
        OperationError: pixels is not an integer >= 0.
        ShapeError (when called): the images have other axes.
    """
    if not is_integer(pixels) or pixels < 0:
        raise OperationError(f"random_shift: pixels must be an integer >= 0, got {pixels!r}")

    def shift(images: np.ndarray) -> np.ndarray:
        if images.ndim != 4:
            raise ShapeError(f"random_shift: expected images (N, C, H, W), got {images.shape}")
        count, _, height, width = images.shape
        padded = np.pad(images, [(0, 0), (0, 0), (pixels, pixels), (pixels, pixels)])
        starts = default_generator().integers(0, 2 * pixels + 1, (2, count, 1, 1, 1))
        rows = starts[0] + np.arange(height)[:, None]
        columns = starts[1] + np.arange(width)
        image = np.arange(count)[:, None, None, None]
        channel = np.arange(images.shape[1])[:, None, None]
        return padded[image, channel, rows, columns]

    return shift
