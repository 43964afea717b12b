"""Losses of scores for classes: one class of C is right."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import autograd_core as ac
from autograd_core import Array
from nn.checks import array_of, check_numbers, is_integer
from nn.losses.base import Loss
from nn.losses.checks import (
    ROUNDING,
    as_dtype,
    check_range,
    floating,
    operands,
    reduce,
    times,
)

__all__ = ["CrossEntropyLoss", "FocalLoss", "MultiMarginLoss", "NLLLoss"]

# -- the loss of rows ----------------------------------------------------------------------------


def _nll(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-log softmax(x)[label] of each row."""
    shifted = x - x.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(x)), labels]


def _excess(x: Any, labels: np.ndarray) -> Any:
    """The derivative of `_nll`: softmax(x), less 1 at the label."""
    odds = np.exp(x - array_of(x).max(axis=1, keepdims=True))
    return odds / np.sum(odds, axis=1, keepdims=True) - (labels[:, None] == np.arange(x.shape[1]))


@ac.general(
    lambda g, x, labels: _excess(x, labels) * g[:, None],
    lambda t, x, labels: np.sum(_excess(x, labels) * t, axis=1),
)
def softmax_nll(x, labels):
    """-log softmax(x)[label] of each row: (N, C) and (N,) to (N,)."""
    return _nll(x, labels)


@ac.general(
    lambda g, x, labels, scale: _excess(x, labels) * (g * scale),
    lambda t, x, labels, scale: np.sum(_excess(x, labels) * t) * scale,
)
def total_softmax_nll(x, labels, scale):
    """The sum of `softmax_nll` times `scale`: all that most training needs, in one node."""
    return _nll(x, labels).sum() * scale


class Rows(NamedTuple):
    """Scores and class indices of any shape, as a list of rows."""

    scores: Any
    """(M, C)"""
    labels: np.ndarray
    """(M,); 0 where the element is ignored."""
    kept: Any
    """(M,): whether the element is not ignored; None if all are kept."""
    class_weights: Any
    """(C,) or None."""
    shape: tuple[int, ...]
    """Of the class indices."""

    def picked(self) -> Any:
        """Each row's score for the right class."""
        return self.scores[np.arange(len(self.labels)), self.labels]

    def weights(self) -> Any:
        """Each row's weight, that of its class, or 0 if it is ignored; None if all are 1."""
        if self.class_weights is None:
            return None if self.kept is None else as_dtype(self.kept, self.scores.dtype)
        weights = self.class_weights[self.labels]
        return weights if self.kept is None else weights * self.kept

    def reduce(self, losses: Any, reduction: str, spread: Any = None) -> Any:
        """losses, weighted, and `spread`, where kept; "mean" divides by the weights' sum."""
        weights = self.weights()
        if weights is not None:
            losses = times(weights, losses)
        if spread is not None:
            losses = losses + (spread if self.kept is None else np.where(self.kept, spread, 0))
        if reduction == "none":
            return np.reshape(losses, self.shape)
        if weights is None or reduction != "mean":
            return reduce(losses, reduction)
        if not array_of(np.sum(weights)):  # the mean of nothing, which moves no parameter
            return np.sum(losses) + np.nan
        return np.sum(losses) / np.sum(weights)


def rows_of(
    name: str, input: Any, target: Any, weight: Any = None, ignore_index: int | None = None
) -> Rows:
    """Rows of scores (C,), (N, C) or (N, C, d1, ...) with class indices (), (N,), (N, d1, ...)."""
    labels, kept = class_indices(name, input, target, ignore_index)
    weight = class_weights(name, weight, input)
    shape, classes = labels.shape, class_count(input)
    if len(input.shape) != 2:
        last = input if len(input.shape) < 2 else np.moveaxis(input, 1, -1)
        input = np.reshape(last, (labels.size, classes))
        labels, kept = labels.reshape(-1), None if kept is None else kept.reshape(-1)
    return Rows(input, labels, kept, weight, shape)


def class_count(input: Any) -> int:
    """The size of the axis of classes: the only one, or the second."""
    return input.shape[min(1, len(input.shape) - 1)]


def class_weights(name: str, weight: Any, input: Any) -> Any:
    """One weight for each class, in the scores' dtype, or None."""
    if weight is None:
        return None
    weight = as_dtype(weight, input.dtype)
    if weight.shape != (class_count(input),):
        raise ac.ShapeError(
            f"{name}: expected one weight for each of the {class_count(input)} classes, got shape "
            f"{weight.shape} for input {input.shape}"
        )
    check_range(name, "weight", weight, low=0)
    return weight


def class_indices(
    name: str, input: Any, target: Any, ignore_index: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Class indices that fit the scores, 0 where ignored; and where they are kept (None: all)."""
    labels, shape = array_of(target), input.shape
    expected = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    if not shape or labels.shape != expected:
        hint = ""
        if max(shape[1:2], default=1) == 1:
            hint = "; where one score says yes or no, compare (scores > 0) == labels"
        elif labels.shape == shape:
            hint = "; from one-hot rows, labels.argmax(axis=1)"
        elif labels.shape == (*expected, 1):
            hint = "; from a column, labels[:, 0]"
        raise ac.ShapeError(
            f"{name}: expected scores (N, C) and class indices (N,), or (N, C, d1, ...) and "
            f"(N, d1, ...), or (C,) and (); got {shape} and {labels.shape}{hint}"
        )
    if labels.dtype.kind not in "iu":
        raise ac.DTypeError(
            f"{name}: class indices {labels.shape} must be integers, got {labels.dtype}; "
            "use labels.astype(int)"
        )
    classes, kept = class_count(input), None
    wrong = (labels < 0) | (labels >= classes)
    if not (ignore_index is None or is_integer(ignore_index)):
        raise ac.OperationError(f"{name}: ignore_index must be an integer, got {ignore_index!r}")
    if ignore_index is not None and (0 <= ignore_index < classes or wrong.any()):
        kept = labels != ignore_index
        wrong &= kept
    if wrong.any():
        found = labels[wrong]
        raise ac.OperationError(
            f"{name}: class indices must lie in 0 … {classes - 1} for scores {shape}, got "
            f"{found.min()} … {found.max()} at {found.size} place(s) of {labels.shape}"
        )
    return (labels, None) if kept is None else (np.where(kept, labels, 0), kept)


# -- losses --------------------------------------------------------------------------------------


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log softmax(x)[t]: the negative log-likelihood of a class t ~ Multinoulli(softmax(x)).

    With class probabilities q as target, its mean under q: -Σ q log softmax(x).

    Args:
        input: logits (unnormalised log-probabilities), floating: (N, C), (N, C, d1, ...) or (C,).
        target: class indices 0 … C - 1: integers (N,), (N, d1, ...) or (); or probabilities of
            the classes: floating, of the input's shape.
        weight: (C,), a factor for each class.
        ignore_index: elements with this class index count as 0, and not at all in the mean.
        reduction: "mean", "sum" or "none". For class indices the mean is weighted: divided by
            the sum of the weights of the target classes; for probabilities, by N d1 ....
        label_smoothing: ε in [0, 1]; the target becomes (1 - ε) target + ε / C (Szegedy et al.,
            "Rethinking the Inception architecture for computer vision", 2016).

    Raises:
        ShapeError: shapes do not fit.
        DTypeError: the logits are not floating, or the class indices not integers.
        OperationError: an index is outside 0 … C - 1, a probability is negative or NaN, or a
            setting is out of range.
    """
    name = "cross_entropy"
    input = floating(name, "logits", input)
    if label_smoothing:
        check_numbers(name, 0, 1, label_smoothing=label_smoothing)
    target = target if isinstance(target, Array) else np.asarray(target)
    if target.dtype.kind == "f" and input.shape == target.shape != ():
        if ignore_index >= 0:
            raise ac.OperationError(f"{name}: ignore_index is for class indices only")
        weight = class_weights(name, weight, input)
        return soft_cross_entropy(input, target, weight, reduction, label_smoothing)
    rows = rows_of(name, input, target, weight, ignore_index)
    if not label_smoothing and rows.weights() is None and reduction in ("mean", "sum"):
        count = len(rows.labels)
        scale = 1.0 if reduction == "sum" else 1 / count if count else np.nan
        return total_softmax_nll(rows.scores, rows.labels, scale)
    losses = softmax_nll(rows.scores, rows.labels)
    if not label_smoothing:
        return rows.reduce(losses, reduction)
    spread = -ac.log_softmax(rows.scores, axis=1) * (label_smoothing / class_count(input))
    if rows.class_weights is not None:
        spread = times(rows.class_weights, spread)
    return rows.reduce((1 - label_smoothing) * losses, reduction, np.sum(spread, axis=1))


class CrossEntropyLoss(Loss, function=cross_entropy):
    weight: Any
    ignore_index: int

    def batch_weight(self, prediction, target):
        return weight_of_targets(prediction, target, self.weight, self.ignore_index)


def weight_of_targets(input: Any, target: Any, weight: Any, ignore_index: int) -> float:
    """What the mean is divided by: the sum of the weights of the targets that are not ignored."""
    target = array_of(target)
    if target.dtype.kind == "f":  # probabilities
        return float(len(target))
    labels, kept = class_indices("cross_entropy", input, target, ignore_index)
    weights = np.ones(class_count(input)) if weight is None else array_of(weight)
    return float(np.sum(weights[labels], where=True if kept is None else kept, dtype=float))


def soft_cross_entropy(input, target, weight, reduction, label_smoothing):
    check_range("cross_entropy", "target", target, 0, slack=ROUNDING)
    axis = min(1, len(input.shape) - 1)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / class_count(input)
    if weight is not None:
        target = target * np.reshape(weight, (-1, *(1,) * (len(input.shape) - axis - 1)))
    return reduce(-np.sum(times(target, ac.log_softmax(input, axis=axis)), axis=axis), reduction)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """-x[t]: the negative log-likelihood of a class t under log-probabilities x.

    `nll_loss(log_softmax(z))` is `cross_entropy(z)`; arguments and errors as there, but targets
    are class indices only.
    """
    input = floating("nll_loss", "log-probabilities", input)
    rows = rows_of("nll_loss", input, target, weight, ignore_index)
    return rows.reduce(-rows.picked(), reduction)


class NLLLoss(Loss, function=nll_loss):
    weight: Any
    ignore_index: int

    def batch_weight(self, prediction, target):
        return weight_of_targets(prediction, target, self.weight, self.ignore_index)


def focal_loss(
    input: Any,
    target: Any,
    gamma: float = 2.0,
    alpha: Any = None,
    reduction: str = "mean",
) -> Any:
    """-α (1 - p)^γ log p, p the predicted probability of what is right: easy examples count less.

    For γ = 0 a (weighted) cross-entropy; otherwise it belongs to no likelihood. Exact for logits of
    any size.

    Args:
        input: logits, floating: of classes, (N, C), (N, C, d1, ...) or (C,), where p is by softmax;
            or of yes and no, any shape, where p is by sigmoid.
        target: class indices (N,), (N, d1, ...) or (); or 0 and 1, of the input's shape.
        gamma: >= 0.
        alpha: for classes, (C,), a factor for each; for yes and no a number in [0, 1], the factor
            of yes, and 1 - alpha that of no. None: no factor.
        reduction: "mean" (over all elements, whatever their factor), "sum" or "none".

    Raises:
        ShapeError: shapes do not fit.
        DTypeError: the logits are not floating, or the class indices not integers.
        OperationError: a target or a setting is out of range.

    Source: Lin et al., "Focal loss for dense object detection", 2017, equation 5.
    """
    name = "focal_loss"
    input = floating(name, "logits", input)
    check_numbers(name, 0, gamma=gamma)
    factor = None
    if np.shape(array_of(target)) == input.shape:
        input, target = operands(name, input, target, low=0, high=1)
        yes = array_of(target) == 1
        if not np.all(yes | (array_of(target) == 0)):
            raise ac.OperationError(f"{name}: targets of the input's shape must be 0 or 1")
        odds = np.where(yes, input, -input)
        if alpha is not None:
            check_numbers(name, 0, 1, alpha=alpha)
            factor = np.where(yes, alpha, 1 - alpha).astype(input.dtype)
    else:
        rows = rows_of(name, input, target, alpha)
        right = rows.labels[:, None] == np.arange(class_count(input))
        others = ac.logsumexp(np.where(right, -np.inf, rows.scores), axis=1)
        odds = np.reshape(rows.picked() - others, rows.shape)
        if alpha is not None:
            factor = np.reshape(rows.weights(), rows.shape)
    # log p and log(1 - p) by the log-odds of what is right
    losses = -ac.logsigmoid(odds)
    if gamma:
        losses = losses * np.exp(gamma * ac.logsigmoid(-odds))
    return reduce(losses if factor is None else factor * losses, reduction)


class FocalLoss(Loss, function=focal_loss): ...


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """Σ max(0, margin - x[t] + x[j])^p / C over the wrong classes j: the hinge loss of C classes.

    Args:
        input: scores x, floating, (N, C) or (C,).
        target: class indices 0 … C - 1, (N,) or ().
        p: 1 or 2.
        margin: how far the right class should be ahead.
        weight: (C,), a factor for each class, that of the target.
        reduction: "mean" (over all rows, whatever their weight), "sum" or "none".

    Raises:
        ShapeError: shapes do not fit.
        DTypeError: the scores are not floating, or the class indices not integers.
        OperationError: a class index or a setting is out of range.

    Source: Crammer & Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", 2001, for its sum instead of the largest term.
    """
    name = "multi_margin_loss"
    check_numbers(name, margin=margin)
    if p not in (1, 2):
        raise ac.OperationError(f"{name}: p must be 1 or 2, got {p!r}")
    input = floating(name, "scores", input)
    if len(input.shape) > 2:
        raise ac.ShapeError(f"{name}: expected scores (N, C) or (C,), got {input.shape}")
    rows = rows_of(name, input, target, weight)
    behind = ac.relu(margin - rows.picked()[:, None] + rows.scores)
    wrong = rows.labels[:, None] != np.arange(class_count(input))
    losses = np.sum((behind if p == 1 else behind * behind) * wrong, axis=1) / class_count(input)
    if weight is not None:
        losses = rows.weights() * losses
    return reduce(np.reshape(losses, rows.shape), reduction)


class MultiMarginLoss(Loss, function=multi_margin_loss): ...
