"""Data augmentation: random changes of a batch of images that keep their labels true.

Whether a change keeps the label is for the user to judge: a shifted 6 is a 6, a rotated one
may be a 9.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nn.random import default_generator


def random_shift(pixels: int) -> Callable[[np.ndarray], np.ndarray]:
    """A transform that moves each image (N, C, H, W) by up to `pixels` along both axes.

    What moves in is 0. The random numbers are `nn`'s (see `nn.manual_seed`).
    """

    def shift(images: np.ndarray) -> np.ndarray:
        count, _, height, width = images.shape
        padded = np.pad(images, [(0, 0), (0, 0), (pixels, pixels), (pixels, pixels)])
        starts = default_generator().integers(0, 2 * pixels + 1, (2, count, 1, 1, 1))
        rows = starts[0] + np.arange(height)[:, None]
        columns = starts[1] + np.arange(width)
        image = np.arange(count)[:, None, None, None]
        channel = np.arange(images.shape[1])[:, None, None]
        return padded[image, channel, rows, columns]

    return shift
