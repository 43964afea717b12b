"""Losses of probabilities and scores, one for each element: Bernoulli targets, signs, densities."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import array_of
from nn.losses.base import Loss
from nn.losses.checks import (
    ROUNDING,
    check_range,
    operands,
    reduce,
    scales,
    signs,
    times,
    weighed,
)

__all__ = ["BCELoss", "BCEWithLogitsLoss", "HingeLoss", "KLDivLoss"]


def _logs(p: Any) -> tuple[Any, Any]:
    """log p and log(1 - p), at least -100."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)


def _log_odds_against(p: Any) -> Any:
    yes, no = _logs(p)
    return no - yes


@ac.elementwise(
    lambda p, t: (p - t) / np.maximum(p * (1 - p), 1e-12),
    _log_odds_against,
    text=("(p - t) / (p * (1 - p))", "log(1 - p) - log(p)"),
)
def bernoulli_nll(p, t):
    """-(t log p + (1 - t) log(1 - p)), bounded at p = 0 and p = 1 as PyTorch's is."""
    yes, no = _logs(p)
    return (t - 1.0) * no - t * yes


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    """-(t log p + (1 - t) log(1 - p)): the negative log-likelihood of t ~ Bernoulli(p).

    A logarithm below -100 counts as -100, so that p = 0 and p = 1 give numbers. A network that
    ends in a sigmoid loses digits here; `binary_cross_entropy_with_logits` does not.

    Args:
        input: probabilities p in [0, 1], floating, any shape.
        target: t in [0, 1], of the same shape.
        weight: a factor for each loss, of a shape that broadcasts to the input's.
        reduction: "mean" (over all elements, whatever their weight), "sum" or "none".

    Raises:
        ShapeError: the shapes differ, or weight does not broadcast to them.
        DTypeError: the probabilities are not floating, or the targets no real numbers.
        OperationError: a probability or target is NaN or outside [0, 1].
    """
    name = "binary_cross_entropy"
    input, target = operands(name, input, target, low=0, high=1, slack=ROUNDING)
    check_range(name, "input", input, 0, 1)
    return reduce(weighed(name, bernoulli_nll(input, target), weight, input), reduction)


class BCELoss(Loss, function=binary_cross_entropy): ...


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The negative log-likelihood of t ~ Bernoulli(sigmoid(x)); exact for logits of any size.

    Args:
        input: logits x, floating, any shape.
        target: t in [0, 1], of the same shape.
        weight: a factor for each loss, of a shape that broadcasts to the input's.
        reduction: "mean" (over all elements, whatever their weight), "sum" or "none".
        pos_weight: a factor for the term of t = 1, of a shape that broadcasts to the input's:
            above 1 it makes missed positives dearer.

    Raises: as `binary_cross_entropy`; logits have no range.
    """
    name = "binary_cross_entropy_with_logits"
    input, target = operands(name, input, target, low=0, high=1, slack=ROUNDING)
    positive = ac.softplus(-input)
    if pos_weight is not None:
        positive = positive * scales(name, "pos_weight", pos_weight, input)
    # Both terms are exact in both tails; with x (1 - t) + softplus(-x) digits would cancel.
    losses = target * positive + (1 - target) * ac.softplus(input)
    return reduce(weighed(name, losses, weight, input), reduction)


class BCEWithLogitsLoss(Loss, function=binary_cross_entropy_with_logits): ...


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - t x): the loss of the support vector machine. It belongs to no likelihood.

    Args:
        input: scores x, floating, any shape.
        target: t, 1 or -1, of the same shape.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes differ.
        DTypeError: the scores are not floating.
        OperationError: a target is neither 1 nor -1.
    """
    input, target = operands("hinge_loss", input, target)
    signs("hinge_loss", target)
    return reduce(np.clip(1 - target * input, 0, None), reduction)


class HingeLoss(Loss, function=hinge_loss): ...


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """q (log q - x), the terms of the divergence of exp(x) from q; where q is 0, the term is 0.

    The expected negative log-likelihood of the predicted distribution exp(x) under the target
    distribution q, less the entropy of q (Kullback & Leibler, 1951).

    Args:
        input: predicted log-probabilities x, floating, any shape, the first axis the batch.
        target: probabilities q, or their logarithms; of the same shape.
        reduction: "batchmean" (the sum divided by the batch: the divergence itself), "mean" (over
            all elements), "sum" or "none".
        log_target: whether the target is log q.

    Raises:
        ShapeError: the shapes differ, or there is no batch axis for "batchmean".
        DTypeError: the log-probabilities are not floating, or the targets no real numbers.
        OperationError: a target is NaN, or a probability is negative.
    """
    input, target = operands("kl_div", input, target, low=-np.inf if log_target else 0)
    if log_target:
        probability = np.exp(target)
        possible = array_of(probability) > 0
        losses = probability * (np.where(possible, target, 0) - np.where(possible, input, 0))
    else:
        losses = ac.xlogy(target, target) - times(target, input)
    if reduction != "batchmean":
        return reduce(losses, reduction)
    if not input.shape:
        raise ac.ShapeError("kl_div: batchmean divides by the first axis, the input has none")
    return np.sum(losses) / input.shape[0]


class KLDivLoss(Loss, function=kl_div): ...
