"""Data sets and mini-batches: arrays in, batches out; IDX files; the bundled digits."""

from nn.data.augment import random_shift
from nn.data.batches import DataLoader
from nn.data.images import ImageSet, load_digits, load_mnist, read_idx

__all__ = ["DataLoader", "ImageSet", "load_digits", "load_mnist", "random_shift", "read_idx"]
