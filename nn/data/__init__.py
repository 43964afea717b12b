"""Data sets and mini-batches: arrays in, batches out; IDX files; the bundled digits."""

from nn.data import augment, batches, images
from nn.data.augment import *  # noqa: F403
from nn.data.batches import *  # noqa: F403
from nn.data.images import *  # noqa: F403

__all__ = []
__all__ += augment.__all__
__all__ += batches.__all__
__all__ += images.__all__
