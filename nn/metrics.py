"""Figures of how good predictions are, without derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import array_of
from nn.losses.classes import class_indices

__all__ = ["accuracy"]


def accuracy(logits: Any, labels: Any) -> float:
    """The fraction of class indices that have the largest logit; shapes as `cross_entropy`.

    Raises:
        ShapeError, DTypeError, OperationError: as `cross_entropy`.
    """
    scores = array_of(logits)
    indices, _ = class_indices("accuracy", scores, labels)
    return float(np.mean(scores.argmax(axis=min(1, scores.ndim - 1)) == indices))
