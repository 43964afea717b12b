"""Losses of predicted numbers: parameters of a density, and a target drawn from it."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import array_of, check_numbers
from nn.losses.base import Loss
from nn.losses.checks import (
    as_dtype,
    check_range,
    floating,
    operands,
    reduce,
    times,
)

__all__ = ["GaussianNLLLoss", "HuberLoss", "L1Loss", "MSELoss", "PoissonNLLLoss", "SmoothL1Loss"]


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Squared error (x - t)²: the negative log-likelihood of t ~ Normal(x, ½), less ½ log(π).

    Args:
        input: predictions x, floating, any shape.
        target: t, of the same shape.
        reduction: "mean", "sum" or "none" (one loss for each element).

    Raises:
        ShapeError: the shapes differ (they are not broadcast: that hides mistakes).
        DTypeError: the predictions are not floating, or the targets no real numbers.
        OperationError: a target is NaN.
    """
    input, target = operands("mse_loss", input, target)
    error = input - target
    return reduce(error * error, reduction)


class MSELoss(Loss, function=mse_loss): ...


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Absolute error |x - t|: the negative log-likelihood of t ~ Laplace(x, 1), less log(2).

    Arguments and errors as `mse_loss`. The derivative where x = t is 0.
    """
    input, target = operands("l1_loss", input, target)
    return reduce(np.abs(input - target), reduction)


class L1Loss(Loss, function=l1_loss): ...


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """(x - t)² / 2 up to |x - t| = delta, beyond it the tangent: outliers pull with delta at most.

    The negative log-likelihood, less a constant, of a density that is normal around x with
    exponential tails (Huber, "Robust estimation of a location parameter", 1964).

    Arguments and errors as `mse_loss`; delta > 0.
    """
    check_numbers("huber_loss", 0, delta=delta)
    if delta == 0:
        raise ac.OperationError("huber_loss: delta must be greater than 0")
    input, target = operands("huber_loss", input, target)
    return reduce(huber(input - target, delta), reduction)


class HuberLoss(Loss, function=huber_loss): ...


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """`huber_loss` with delta = beta, divided by beta; for beta = 0 it is `l1_loss`.

    Arguments and errors as `mse_loss`; beta >= 0.

    Source: Girshick, "Fast R-CNN", 2015.
    """
    check_numbers("smooth_l1_loss", 0, beta=beta)
    input, target = operands("smooth_l1_loss", input, target)
    error = input - target
    return reduce(huber(error, beta) / beta if beta else np.abs(error), reduction)


class SmoothL1Loss(Loss, function=smooth_l1_loss): ...


def huber(error: Any, delta: float) -> Any:
    pull = np.clip(error, -delta, delta)  # the derivative
    return pull * (error - 0.5 * pull)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    """exp(x) - t x: the negative log-likelihood of counts t ~ Poisson(exp(x)), less log(t!).

    Args:
        input: x, the logarithm of the expected count; floating, any shape.
        target: counts, of the same shape, none negative.
        log_input: False: the input is the expected count μ itself, the loss μ - t log(μ + eps).
        full: add log(t!) by Stirling's formula, t log(t) - t + ½ log(2πt), where t > 1.
        reduction: "mean", "sum" or "none".

    Raises: as `mse_loss`, and
        OperationError: a count is negative, or eps is.
    """
    check_numbers("poisson_nll_loss", 0, eps=eps)
    input, target = operands("poisson_nll_loss", input, target, low=0)
    if log_input:
        losses = np.exp(input) - times(target, input)
    else:
        losses = input - times(target, np.log(input + eps))
    if full:
        many = np.where(array_of(target) > 1, target, 1)
        stirling = many * np.log(many) - many + 0.5 * np.log(2 * pi * many)
        losses = losses + np.where(array_of(target) > 1, stirling, 0)
    return reduce(losses, reduction)


class PoissonNLLLoss(Loss, function=poisson_nll_loss): ...


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """½ (log v + (x - t)² / v): the negative log-likelihood of t ~ Normal(x, v), less ½ log(2π).

    Args:
        input: means x; floating, any shape.
        target: t, of the same shape.
        var: variances v: of the same shape, or with one axis of size 1 instead, or without the
            last axis, or one number.
        full: add ½ log(2π).
        eps: a smaller variance counts as eps; its gradient is the one at eps.
        reduction: "mean", "sum" or "none".

    Raises: as `mse_loss`, and
        ShapeError: var does not fit.
        OperationError: a variance is negative or NaN, or eps is negative.

    Source: Nix & Weigend, "Estimating the mean and variance of the target probability
    distribution", 1994.
    """
    name = "gaussian_nll_loss"
    check_numbers(name, 0, eps=eps)
    input, target = operands(name, input, target)
    var = floating(name, "variances", as_dtype(var, input.dtype))
    check_range(name, "var", var, low=0)
    if var.shape == input.shape[:-1] != input.shape:
        var = var[..., None]
    narrowed = [size for n, size in zip(input.shape, var.shape, strict=False) if n != size]
    if var.shape and (len(var.shape) != len(input.shape) or narrowed not in ([], [1])):
        raise ac.ShapeError(
            f"{name}: var {var.shape} must have the input's shape {input.shape}, or size 1 on one "
            "axis, or lack the last axis, or be one number"
        )
    var = var + np.maximum(eps - array_of(var), 0)  # raised past the graph: the gradient passes
    error = input - target
    losses = 0.5 * (np.log(var) + error * error / var)
    return reduce(losses + 0.5 * log(2 * pi) if full else losses, reduction)


class GaussianNLLLoss(Loss, function=gaussian_nll_loss): ...
