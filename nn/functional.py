"""Losses and metrics as functions of predictions and targets."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import Tensor

REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda losses: losses}


def reduce(losses: Any, reduction: str) -> Any:
    """`losses` as their "mean", their "sum", or ("none") as they are."""
    try:
        return REDUCTIONS[reduction](losses)
    except KeyError:
        raise ac.OperationError(
            f"reduction must be one of {', '.join(REDUCTIONS)}, got {reduction!r}"
        ) from None


def mse_loss(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """Squared error: the negative log-likelihood of a Normal target (variance ½, no constant).

    prediction and target have the same shape.

    Raises:
        ShapeError: the shapes differ (they are not broadcast: that hides mistakes).
    """
    if np.shape(prediction) != np.shape(target):
        raise ac.ShapeError(
            f"mse_loss: prediction {np.shape(prediction)} and target {np.shape(target)} "
            "must have the same shape; for a column of predictions use target[:, None]"
        )
    error = prediction - target
    return reduce(error * error, reduction)


def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """-log softmax(logits)[label]: the negative log-likelihood of a Multinoulli target.

    Args:
        logits: unnormalised log-probabilities, (N, C).
        labels: class indices 0 … C - 1, (N,) integers.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: shapes do not fit.
        DTypeError: labels are not integers.
        OperationError: a label is outside 0 … C - 1.
    """
    labels = checked_labels("cross_entropy", logits, labels)
    log_probabilities = ac.log_softmax(logits, axis=1)
    return reduce(-log_probabilities[np.arange(len(labels)), labels], reduction)


def accuracy(logits: Any, labels: Any) -> float:
    """The fraction of rows of logits (N, C) whose largest entry is at the label; labels as there.

    Raises: as `cross_entropy`.
    """
    labels = checked_labels("accuracy", logits, labels)
    return float(np.mean(plain(logits).argmax(axis=1) == labels))


def checked_labels(name: str, logits: Any, labels: Any) -> np.ndarray:
    """Class indices as an array, if they fit logits (N, C)."""
    labels, shape = plain(labels), np.shape(logits)
    if len(shape) != 2 or labels.shape != shape[:1]:
        hint = ""
        if labels.shape == shape:
            hint = "; from one-hot rows, labels.argmax(axis=1)"
        elif labels.shape == (*shape[:1], 1):
            hint = "; from a column, labels[:, 0]"
        raise ac.ShapeError(
            f"{name}: expected logits (N, C) and class indices (N,), "
            f"got {shape} and {labels.shape}{hint}"
        )
    if labels.dtype.kind not in "iu":
        raise ac.DTypeError(
            f"{name}: labels must be integers (class indices), got {labels.dtype}; "
            "use labels.astype(int)"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < shape[1]:
        raise ac.OperationError(
            f"{name}: labels must lie in 0 … {shape[1] - 1}, got {labels.min()} … {labels.max()}"
        )
    return labels


def plain(values: Any) -> np.ndarray:
    return values.numpy() if isinstance(values, Tensor) else np.asarray(values)
