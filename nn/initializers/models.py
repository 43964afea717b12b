"""Initial weights of whole models."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Any

import numpy as np

import autograd_core as ac
from nn.initializers import tensors
from nn.initializers.tensors import orthogonal_, zeros_
from nn.module import Module, evaluating
from nn.parameters import named_weights, words
from nn.random import Generator

__all__ = ["initialize", "lsuv_"]

WAYS: dict[str, Callable[..., Any]] = {
    name.removesuffix("_"): getattr(tensors, name) for name in tensors.__all__ if name.endswith("_")
}
WAYS |= {name.replace("kaiming", "he"): way for name, way in WAYS.items() if "kaiming" in name}


def initialize(model: Module, how: str | Callable[..., Any], **settings: Any) -> Module:
    """Fill all weights of a model in one way, and its biases with 0. Returns the model.

    Weights are the parameters with two axes or more, except biases and those of normalisations and
    embeddings, which stay as they are.

    Args:
        model: a Module.
        how: the name of a function of `nn.initializers` without its last "_", "he_normal" or
            "he_uniform" for Kaiming's; or a function of a tensor that fills it.
        settings: the function's: `initialize(model, "normal", std=0.01)`.

    Raises:
        OperationError: there is no function of that name.
        ArgumentTypeError: it has no such setting.
        ShapeError: it does not fit a weight. All errors say which weight.
    """
    way = WAYS.get(how) if isinstance(how, str) else how
    if way is None:
        raise ac.OperationError(
            f"initialize: expected a function or one of {', '.join(WAYS)}, got {how!r}"
        )
    if not isinstance(model, Module):
        raise ac.ArgumentTypeError(f"initialize: expected a Module, got {type(model).__name__}")
    for name, weight in summing_weights(model).values():
        try:
            way(weight, **settings)
        except ac.AutogradError as error:
            raise type(error)(f"{name}: {error}") from error
        except TypeError as error:
            raise ac.ArgumentTypeError(f"{name}: {error}") from error
    for name, parameter in model.named_parameters():
        if "bias" in words(name):
            zeros_(parameter)
    return model


def summing_weights(model: Module) -> dict[int, tuple[str, Any]]:
    """By its id, each weight that adds up inputs, with its name."""
    tables = {id(vars(module)["weight"]) for module in model.modules() if module.looks_up}
    return {id(w): (name, w) for name, w in named_weights(model) if id(w) not in tables}


def lsuv_(
    model: Module,
    batch: Any,
    tolerance: float = 0.01,
    max_iterations: int = 10,
    generator: Generator = None,
) -> dict[str, float]:
    """Layer-sequential unit variance: orthonormal weights, scaled until each layer's output on a
    batch has variance 1.

    Args:
        model: a Module. Each module in it with a `weight` as in `initialize` takes part, in the
            order in which they are called; its bias becomes 0. It runs in evaluation mode.
        batch: the model's input, some hundred examples as in training.
        tolerance: how far from 1 a variance may stay.
        max_iterations: how often a layer's weight is rescaled at most.

    Returns:
        The variance of each layer's output at the end, by the layer's name.

    Raises:
        OperationError: a layer's output is constant or not finite on this batch, or its variance
            is not within the tolerance after max_iterations.

    Source: Mishkin & Matas, "All you need is a good init", 2016, Algorithm 1.
    """
    if not isinstance(model, Module):
        raise ac.ArgumentTypeError(f"lsuv_: expected a Module, got {type(model).__name__}")
    weights = summing_weights(model)
    layers: dict[Any, str] = {
        module: name or type(module).__name__
        for name, module in model.named_modules()
        if id(getattr(module, "weight", None)) in weights
    }
    seen: dict[Any, float] = {}  # the variances of one pass, in the order of calls

    def measure(layer: Any, inputs: Any, output: Any) -> None:
        seen.setdefault(layer, float(np.var(output.numpy(), dtype=float)))

    hooks = [layer.register_forward_hook(measure) for layer in layers]
    try:
        with evaluating(model), ac.no_grad():
            for layer in layers:
                orthogonal_(layer.weight, generator=generator)
                if getattr(layer, "bias", None) is not None:
                    zeros_(layer.bias)
            model(batch)
            for layer in tuple(seen):
                rescale(model, batch, layer, seen, tolerance, max_iterations)
    finally:
        for hook in hooks:
            hook.remove()
    for layer, variance in seen.items():  # layers that share a weight undo each other's
        if not abs(variance - 1) <= tolerance:
            raise ac.OperationError(
                f"lsuv_: the output of {layers[layer]} has variance {variance:g} on this batch, "
                f"and scaling its weight does not bring that within {tolerance:g} of 1"
            )
    return {layers[layer]: variance for layer, variance in seen.items()}


def rescale(
    model: Module,
    batch: Any,
    layer: Any,
    seen: dict[Any, float],
    tolerance: float,
    max_iterations: int,
) -> None:
    """Divide a layer's weight by the standard deviation of its output until that is 1.

    `seen`: the variances of the last pass, which a pass writes.
    """
    for _ in range(max_iterations):
        if abs(seen[layer] - 1) <= tolerance or not 0 < seen[layer] < inf:
            return
        layer.weight.overwrite(layer.weight.numpy() / sqrt(seen[layer]))
        seen.clear()
        model(batch)
