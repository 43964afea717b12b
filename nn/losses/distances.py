"""Losses of embeddings: similar things should be near each other. None belongs to a likelihood."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import array_of, check_numbers
from nn.losses.base import Loss
from nn.losses.checks import floating, operands, reduce, signs

__all__ = ["CosineEmbeddingLoss", "HingeEmbeddingLoss", "TripletMarginLoss"]


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """The distance x of a similar pair (t = 1), max(0, margin - x) of other pairs (t = -1).

    Args:
        input: distances x, floating, any shape.
        target: 1 or -1, of the same shape.
        margin: how far apart is far enough.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes differ.
        DTypeError: the distances are not floating.
        OperationError: a target is neither 1 nor -1.
    """
    name = "hinge_embedding_loss"
    check_numbers(name, margin=margin)
    input, target = operands(name, input, target)
    alike = signs(name, target) == 1
    return reduce(np.where(alike, input, np.clip(margin - input, 0, None)), reduction)


class HingeEmbeddingLoss(Loss, function=hinge_embedding_loss): ...


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """1 - cos(x1, x2) of similar pairs (t = 1), max(0, cos - margin) of other pairs (t = -1).

    Args:
        input1, input2: the vectors of each pair, floating, both (N, D) or (D,).
        target: 1 or -1, (N,) or ().
        margin: the cosine up to which a pair counts as different, from -1 to 1.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the vectors are not floating.
        OperationError: a target is neither 1 nor -1, or the margin is out of range.
    """
    name = "cosine_embedding_loss"
    check_numbers(name, -1, 1, margin=margin)
    input1, input2 = _vectors(name, input1=input1, input2=input2)
    if np.shape(array_of(target)) != input1.shape[:-1] or len(input1.shape) > 2:
        raise ac.ShapeError(
            f"{name}: expected vectors (N, D) and targets (N,), or (D,) and (), got "
            f"{input1.shape} and {np.shape(array_of(target))}"
        )
    input1, input2 = (x / scale_of(x) for x in (input1, input2))  # so that squares fit
    squares = [np.sum(x * x, axis=-1) + 1e-12 for x in (input1, input2)]
    cosine = np.sum(input1 * input2, axis=-1) / np.sqrt(squares[0] * squares[1])
    alike = signs(name, target) == 1
    return reduce(np.where(alike, 1 - cosine, np.clip(cosine - margin, 0, None)), reduction)


class CosineEmbeddingLoss(Loss, function=cosine_embedding_loss): ...


def scale_of(x: Any) -> np.ndarray:
    """1 for vectors of usual size, whose cosine is PyTorch's; for others a power of two near the
    largest element, by which dividing is exact."""
    largest = np.max(np.abs(array_of(x)), axis=-1, keepdims=True, initial=0)
    extreme = np.isfinite(largest) & (largest > 0) & ((largest < 1e-4) | (largest > 1e4))
    return np.exp2(np.floor(np.log2(np.where(extreme, largest, 1)))).astype(x.dtype)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """max(0, d(a, p) - d(a, n) + margin): the negative should be farther off by a margin.

    d(x, y) is the p-norm of x - y + eps over the last axis.

    Args:
        anchor, positive, negative: vectors of one shape, (N, D) or (D,), floating.
        margin: > 0.
        p: order of the norm.
        eps: keeps the distance of equal vectors differentiable.
        swap: use d(p, n) where it is less than d(a, n) (Balntas et al., "Learning local feature
            descriptors with triplets and shallow convolutional neural networks", 2016).
        reduction: "mean", "sum" or "none" (one loss for each triplet).

    Raises:
        ShapeError: the shapes differ, or are 0-d.
        DTypeError: the vectors are not floating.
        OperationError: margin, p or eps is out of range.
    """
    name = "triplet_margin_loss"
    check_numbers(name, 0, margin=margin)
    check_numbers(name, 0, eps=eps)
    if margin == 0 or not (isinstance(p, Real) and p > 0):  # p may be inf
        raise ac.OperationError(
            f"{name}: margin and p must be numbers > 0, got margin={margin!r} and p={p!r}"
        )
    anchor, positive, negative = _vectors(name, anchor=anchor, positive=positive, negative=negative)

    def distance(a, b):
        return ac.linalg.norm(a - b + eps, ord=p, axis=-1)

    away = distance(anchor, negative)
    if swap:
        away = np.minimum(away, distance(positive, negative))
    return reduce(np.clip(distance(anchor, positive) - away + margin, 0, None), reduction)


class TripletMarginLoss(Loss, function=triplet_margin_loss): ...


def _vectors(name: str, **inputs: Any) -> list[Any]:
    """The inputs as floating arrays of one shape, with at least one axis."""
    arrays = [floating(name, what, values) for what, values in inputs.items()]
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1 or not shapes[0]:
        found = ", ".join(f"{what} {shape}" for what, shape in zip(inputs, shapes, strict=True))
        raise ac.ShapeError(f"{name}: expected vectors of one shape, (N, D) or (D,), got {found}")
    return arrays
