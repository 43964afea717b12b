"""Networks of perceptrons: units of weights, a threshold and the sign, on truth values ±1.

A unit says on which side of a hyperplane its input lies; -1 is false, 1 true, and 0 comes out
on the hyperplane itself. Source of the units: McCulloch and Pitts (1943), Rosenblatt (1958); that
one layer cannot compute XOR: Minsky and Papert, Perceptrons (1969).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import check_sizes
from nn.layers.activations import Sign
from nn.layers.containers import Sequential
from nn.layers.linear import Linear

__all__ = ["AND", "NOT", "OR", "XOR", "collapsed", "perceptron", "region"]


def affine_layer(weight: Any, bias: Any) -> Linear:
    """A `Linear` with these weights (out, in) and biases (out,).

    Raises:
        ShapeError: they do not fit each other.
    """
    weight, bias = np.asarray(weight, float), np.asarray(bias, float)
    if weight.ndim != 2 or bias.shape != weight.shape[:1]:
        raise ac.ShapeError(
            f"expected weights (out, in) and biases (out,), got {weight.shape} and {bias.shape}"
        )
    layer = Linear(*reversed(weight.shape), dtype=float)
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def perceptron(weights: Any, bias: Any) -> Sequential:
    """sign(x · weights + bias): one unit for weights (in,) and a number, several for weights
    (out, in) and biases (out,) or one number for all. Maps (..., in) to (..., out).

    Raises:
        ShapeError: weights and bias do not fit each other.
    """
    weights = np.asarray(weights, float)
    if weights.ndim == 1:
        weights, bias = weights[None], np.reshape(bias, -1)
    elif np.ndim(bias) == 0:
        bias = np.full(len(weights), bias)
    return Sequential(affine_layer(weights, bias), Sign())


def AND(inputs: int = 2) -> Sequential:
    """1 if all inputs are: sign(z1 + z2 - 1.5), in general sign(z1 + … + zn - (n - ½))."""
    check_sizes("AND", inputs=inputs)
    return perceptron(np.ones(inputs), 0.5 - inputs)


def OR(inputs: int = 2) -> Sequential:
    """1 if any input is: sign(z1 + z2 + 1.5), in general sign(z1 + … + zn + (n - ½))."""
    check_sizes("OR", inputs=inputs)
    return perceptron(np.ones(inputs), inputs - 0.5)


def NOT() -> Sequential:
    """sign(-z)."""
    return perceptron([-1.0], 0.0)


def XOR() -> Sequential:
    """1 if exactly one of two inputs is: AND(OR(z1, z2), NOT(AND(z1, z2))).

    No single unit does this. The hidden layer has OR and NOT AND: the sign of -(z1 + z2 - 1.5)
    is both AND and NOT in one unit.
    """
    either, both = OR()[0].state_dict(), AND()[0].state_dict()
    hidden = [np.concatenate([either[name], -both[name]]) for name in ("weight", "bias")]
    return Sequential(perceptron(*hidden), AND())


def region(pieces: Sequence[tuple[Any, Any]]) -> Sequential:
    """A three-layer network that is 1 inside a region and -1 outside: a union of convex pieces.

    Args:
        pieces: for each its half-spaces, (weights (k, in), biases (k,)): the points x with
            weights · x + biases > 0.

    The first layer has a unit for each half-space, the second an AND for each piece, the third
    is an OR: so that any polygon, convex or not, has such a network.

    Raises:
        ShapeError: the pieces do not fit together.
        OperationError: there are none.
    """
    if not pieces:
        raise ac.OperationError("region: expected at least one convex piece")
    sides = [affine_layer(weights, biases) for weights, biases in pieces]
    spaces = sorted({side.in_features for side in sides})
    if len(spaces) > 1:
        raise ac.ShapeError(f"region: pieces in spaces of different dimensions {spaces}")
    counts = [side.out_features for side in sides]
    members = np.repeat(np.eye(len(sides)), counts, axis=1)
    weights, biases = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return Sequential(
        perceptron(weights, biases),
        perceptron(members, 0.5 - np.array(counts)),
        OR(len(pieces)),
    )


def collapsed(network: Sequential | Linear) -> Linear:
    """The one `Linear` that computes what a network of `Linear` layers alone computes.

    Without a nonlinear activation between them, W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2):
    depth adds nothing.

    Raises:
        OperationError: a layer is not a Linear, or there is none.
    """
    layers = [network] if isinstance(network, Linear) else list(network)
    if not layers or not all(isinstance(layer, Linear) for layer in layers):
        raise ac.OperationError(
            f"collapsed: expected Linear layers only, got "
            f"{[type(layer).__name__ for layer in layers]}"
        )
    weight = np.eye(layers[0].in_features)
    bias = np.zeros(layers[0].in_features)
    for layer in layers:
        w = layer.weight.numpy()
        weight, bias = w @ weight, w @ bias
        if layer.bias is not None:
            bias = bias + layer.bias.numpy()
    return affine_layer(weight, bias)
