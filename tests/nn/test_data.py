"""IDX files, MNIST folders, the bundled digits, augmentation."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.data import load_digits, load_mnist, random_shift, read_idx

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"


def idx(array, code=8):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.tobytes()


def write_pair(folder, prefix="t10k", count=20, labels=None, compress=False):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 8, 8), dtype=np.uint8)
    marks = np.arange(count if labels is None else labels, dtype=np.uint8) % 10
    pack, end = (gzip.compress, ".gz") if compress else (bytes, "")
    (folder / f"{prefix}-images-idx3-ubyte{end}").write_bytes(pack(idx(images)))
    (folder / f"{prefix}-labels-idx1-ubyte{end}").write_bytes(pack(idx(marks)))
    return images, marks


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
@pytest.mark.parametrize("compress", [False, True])
def test_idx_round_trip(tmp_path, code, dtype, compress):
    array = np.arange(-6, 6).reshape(2, 3, 2).astype(dtype)
    raw = idx(array, code)
    path = tmp_path / "a.idx"
    path.write_bytes(gzip.compress(raw) if compress else raw)
    read = read_idx(path)
    np.testing.assert_array_equal(read, array)
    assert read.dtype.isnative


DAMAGED = {
    "empty": (b"", "not an IDX file"),
    "text": (b"hello, world", "not an IDX file"),
    "unknown type": (b"\0\0\x07\x01\0\0\0\0", "not an IDX file"),
    "cut in the header": (b"\0\0\x08\x03\0\0\0\x05", "truncated inside its header"),
    "cut in the data": (idx(np.zeros(9, np.uint8))[:-2], "is truncated"),
    "too long": (idx(np.zeros(9, np.uint8)) + b"x", "too long"),
    "huge": (struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31, 2**31, 2**31), "is truncated"),
    "cut gzip": (gzip.compress(idx(np.zeros(99, np.uint8)))[:-12], "cannot be read"),
    "damaged gzip": (b"\x1f\x8b" + b"\0" * 30, "cannot be read"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_files(tmp_path, case):
    content, message = DAMAGED[case]
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(nn.DataError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("compress", [False, True])
def test_one_pair_is_split(tmp_path, compress):
    images, labels = write_pair(tmp_path, compress=compress)
    data = load_mnist(tmp_path)
    assert data.train_images.shape == (16, 1, 8, 8)
    assert data.test_images.shape == (4, 1, 8, 8)
    assert data.train_images.dtype == np.float32
    everything = np.concatenate([data.train_images, data.test_images])[:, 0] * 255
    marks = np.concatenate([data.train_labels, data.test_labels])
    for image, label in zip(images, labels, strict=True):
        found = np.flatnonzero((np.abs(everything - image) < 1e-3).all(axis=(1, 2)))
        assert len(found) == 1
        assert marks[found[0]] == label


def test_both_pairs_are_used_as_they_are(tmp_path):
    write_pair(tmp_path, "train", 30)
    write_pair(tmp_path, "t10k", 12)
    data = load_mnist(tmp_path)
    assert (len(data.train_images), len(data.test_images)) == (30, 12)


def test_folders_that_do_not_fit(tmp_path):
    with pytest.raises(nn.DataError, match="no such folder"):
        load_mnist(tmp_path / "none")
    with pytest.raises(nn.DataError, match="expected files named"):
        load_mnist(tmp_path)
    write_pair(tmp_path, count=20, labels=19)
    with pytest.raises(nn.DataError, match="do not belong together"):
        load_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(nn.DataError, match="labels-idx1-ubyte is missing"):
        load_mnist(tmp_path)


def test_digits_are_whole_and_real():
    data = load_digits()
    assert len(data.train_images) + len(data.test_images) == 1797
    assert len(data.test_images) == 449
    assert data.train_images.shape[1:] == (1, 8, 8)
    assert data.train_images.min() == 0
    assert data.train_images.max() == 1
    assert set(data.test_labels) == set(range(10))


@pytest.mark.skipif(not MNIST.is_dir(), reason="the MNIST files are not beside the checkout")
def test_real_mnist():
    data = load_mnist(MNIST)
    assert data.train_images.shape == (8000, 1, 28, 28)
    assert data.test_labels.shape == (2000,)
    counts = np.bincount(np.concatenate([data.train_labels, data.test_labels]))
    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_random_shift_moves_each_image_by_itself():
    nn.manual_seed(0)
    images = np.zeros((200, 2, 5, 5), np.float32)
    images[:, 0, 2, 2] = 1
    images[:, 1, 2, 2] = 2
    shifted = random_shift(1)(images)
    assert shifted.shape == images.shape
    np.testing.assert_array_equal(shifted.sum(axis=(2, 3)), images.sum(axis=(2, 3)))
    np.testing.assert_array_equal(2 * shifted[:, 0], shifted[:, 1])
    places = {tuple(np.argwhere(image[0])[0]) for image in shifted}
    assert places == {(row, column) for row in (1, 2, 3) for column in (1, 2, 3)}
