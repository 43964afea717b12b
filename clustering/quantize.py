"""An image file in few colours.

    python -m clustering.quantize IN OUT [--colors 16] [--seed 0]

The format is that of OUT's ending. PNG keeps exactly the colours that were chosen, JPEG blurs them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_core import AutogradError, UnsupportedError
from clustering.errors import DataError
from clustering.images import quantize

MODES = ("L", "LA", "RGB", "RGBA")


def pillow() -> Any:
    """Pillow's module of images.

    Raises:
        UnsupportedError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise UnsupportedError(
            "reading images needs Pillow: pip install 'autograd-core[data]'"
        ) from None
    return Image


def read(path: str | Path) -> np.ndarray:
    """An image file as an array (height, width) or (height, width, 2 to 4 channels) of uint8,
    upright.

    Raises:
        DataError: there is no such file, or it is not an image.
        UnsupportedError: Pillow is not installed.
    """
    Image = pillow()
    from PIL import ImageOps

    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
            return np.asarray(image.convert(_mode(image)))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error


def _mode(image: Any) -> str:
    """The mode of 8 bits that an image is read in: grey stays grey, alpha is kept."""
    if image.mode in MODES:
        return image.mode
    if image.mode.startswith(("I", "F")):
        raise ValueError(f"its pixels are of more than 8 bits (mode {image.mode})")
    if image.mode == "1":
        return "L"
    return "RGBA" if image.has_transparency_data else "RGB"


def write(image: np.ndarray, path: str | Path) -> None:
    """Write an image to a file; its format is that of the file's ending.

    Raises:
        DataError: it cannot be written, for example alpha as JPEG.
        UnsupportedError: Pillow is not installed.
    """
    try:
        pillow().fromarray(image).save(path)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: cannot be written: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, quantize, write; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m clustering.quantize",
        description="Write an image in few colours, found by k-means.",
        epilog="PNG keeps exactly the colours that were chosen, JPEG blurs them.",
    )
    parser.add_argument("source", metavar="IN", help="an image file")
    parser.add_argument("target", metavar="OUT", help="where to write; the ending is the format")
    parser.add_argument("--colors", type=int, default=16, help="how many, at most (16)")
    parser.add_argument("--seed", type=int, default=0, help="of k-means (0)")
    options = parser.parse_args(arguments)
    try:
        image = read(options.source)
        result = quantize(image, options.colors, random_state=options.seed)
        write(result.image, options.target)
    except AutogradError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    height, width = result.labels.shape
    print(
        f"{options.target}: {width} x {height} pixels in {len(result.palette)} colours, "
        f"root mean square error {result.error:.2f} of 255"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
