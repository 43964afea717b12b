"""Image sets: scikit-learn's bundled digits, and files in MNIST's IDX format."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from autograd_core import UnsupportedError
from nn.errors import DataError

__all__ = ["ImageSet", "load_digits", "load_mnist", "read_idx"]

IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class ImageSet(NamedTuple):
    """Images (N, 1, H, W) of float32 in [0, 1] and labels (N,), for training and for testing."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def read_idx(path: str | Path) -> np.ndarray:
    """An array from a file in IDX format, gzipped or not.

    Format: two zero bytes, a type code, the number of axes, each axis's size as a big-endian
    32-bit integer, then the elements in C order, big-endian (LeCun, "The MNIST database").

    Raises:
        DataError: the file is missing, unreadable, not IDX, or shorter or longer than it says.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in IDX_DTYPES or not 0 < raw[3] <= 64:
        raise DataError(f"{path}: is not an IDX file (it starts with {raw[:4].hex() or 'nothing'})")
    start = 4 + 4 * raw[3]
    if len(raw) < start:
        raise DataError(f"{path}: is truncated inside its header")
    shape = struct.unpack(f">{raw[3]}I", raw[4:start])
    dtype = np.dtype(IDX_DTYPES[raw[2]])
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(raw) - start != expected:
        state = "truncated" if len(raw) - start < expected else "too long"
        raise DataError(
            f"{path}: is {state}: {shape} elements need {expected} bytes, "
            f"there are {len(raw) - start}"
        )
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def load_mnist(folder: str | Path, seed: int = 0) -> ImageSet:
    """The image set in a folder with MNIST-format files, gzipped or not.

    `train-*` files are for training and `t10k-*` for testing. Where only one pair is there, a
    random fifth of it (by `seed`) is held out for testing.

    Raises:
        DataError: files are missing, damaged, or do not belong together.
    """
    folder = Path(folder)
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "there is no such folder"
        raise DataError(f"{folder}: {state}")
    pairs = [_pair(folder, prefix) for prefix in ("train", "t10k")]
    train, test = pairs
    if train and test:
        if train[0].shape[1:] != test[0].shape[1:]:
            raise DataError(
                f"{folder}: the training images are {train[0].shape[2:]} pixels, "
                f"those for testing {test[0].shape[2:]}"
            )
        return ImageSet(*train, *test)
    single = train or test
    if not single:
        raise DataError(
            f"{folder}: expected files named train-images-idx3-ubyte and train-labels-idx1-ubyte "
            "(or t10k-…), gzipped or not"
        )
    return split(*single, test_fraction=0.2, seed=seed)


def load_digits(seed: int = 0) -> ImageSet:
    """scikit-learn's 1,797 real handwritten digits, 8 x 8; a random quarter is for testing.

    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998.

    Raises:
        UnsupportedError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits as bundled
    except ImportError:
        raise UnsupportedError(
            "the digits come with scikit-learn: pip install 'autograd-core[data]'"
        ) from None
    pixels, labels = bundled(return_X_y=True)
    images = (pixels.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
    return split(images, np.asarray(labels), test_fraction=0.25, seed=seed)


def split(images: np.ndarray, labels: np.ndarray, test_fraction: float, seed: int = 0) -> ImageSet:
    """Hold out a random fraction of the rows for testing."""
    order = np.random.default_rng(seed).permutation(len(images))
    cut = len(images) - round(test_fraction * len(images))
    train, test = order[:cut], order[cut:]
    return ImageSet(images[train], labels[train], images[test], labels[test])


def _pair(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Images and labels of one half of MNIST, or None where neither file is there."""
    paths = [
        _find(folder, f"{prefix}-{rest}") for rest in ("images-idx3-ubyte", "labels-idx1-ubyte")
    ]
    if not any(paths):
        return None
    for path, what in zip(paths, ("images-idx3", "labels-idx1"), strict=True):
        if path is None:
            raise DataError(f"{folder}: {prefix}-{what}-ubyte is missing, its partner is there")
    images, labels = (read_idx(path) for path in paths if path)
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise DataError(
            f"{folder}: {prefix}-* do not belong together: images {images.shape}, "
            f"labels {labels.shape}"
        )
    if images.dtype != np.uint8 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{folder}: {prefix}-* hold images of {images.dtype} and labels of {labels.dtype}; "
            "expected bytes (0 … 255) and integers"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() <= 9:
        raise DataError(
            f"{folder}: {prefix}-labels must lie in 0 … 9, got {labels.min()} … {labels.max()}"
        )
    if len(images) < 10:
        raise DataError(f"{folder}: {prefix}-* hold only {len(images)} images")
    return (images / 255).astype(np.float32)[:, None], labels.astype(np.int64)


def _find(folder: Path, name: str) -> Path | None:
    candidates = [folder / name, folder / f"{name}.gz", folder / name.replace("-idx", ".idx")]
    return next((path for path in candidates if path.exists()), None)
