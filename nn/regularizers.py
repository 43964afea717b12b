"""Regularisers: penalties on a model's parameters to add to its loss, and limits of their size.

They leave out biases, normalisations and other parameters with at most one axis unless told
otherwise: those shift and scale, holding them near 0 makes no model simpler.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import array_of, check_numbers, check_positive, length_of
from nn.module import Module
from nn.parameters import Choice, chosen

__all__ = ["L1", "L1L2", "L2", "MaxNorm"]


class L1L2:
    """The penalty Σ l1 |w| + ½ l2 w², to add to the loss: `loss(model(x), y) + penalty(model)`.

    A step of gradient descent of size lr then moves w by -lr (l1 sign(w) + l2 w) besides: for l1
    towards 0 at the same pace whatever its size, for l2 ("weight decay") in proportion to it. As
    negative log-likelihood: a prior of independent weights, Laplace(0, 1 / l1) for l1 alone,
    Normal(0, 1 / l2) for l2 alone.

    Args:
        l1, l2: factors >= 0.
        parameters: what is penalised: None for the weights (no biases, no normalisations, none
            with at most one axis), a pattern of names such as "*" or "head.*", or a function of
            (name, parameter).
        half: Σ ½ l1 |w| instead, for books that define the norm this way.

    Raises:
        OperationError: a factor is negative; (when called) the model has no such parameters.
    """

    def __init__(
        self, l1: float = 0.0, l2: float = 0.0, parameters: Choice = None, half: bool = False
    ) -> None:
        check_numbers("L1L2", 0, l1=l1, l2=l2)
        self.l1, self.l2, self.parameters, self.half = l1, l2, parameters, half

    def __call__(self, model: Module) -> Any:
        """The penalty of this model, one number."""
        total = 0.0
        for _, parameter in chosen(model, self.parameters):
            if self.l1:
                total = total + self.l1 * (0.5 if self.half else 1.0) * np.sum(np.abs(parameter))
            if self.l2:
                size = np.abs(parameter) if parameter.dtype.kind == "c" else parameter
                total = total + 0.5 * self.l2 * np.sum(size * size)
        return total

    def __repr__(self) -> str:
        shown = {"parameters": None, "half": False}
        rest = [f", {k}={getattr(self, k)!r}" for k, v in shown.items() if getattr(self, k) != v]
        return f"L1L2(l1={self.l1}, l2={self.l2}{''.join(rest)})"


def L1(factor: float, parameters: Choice = None, half: bool = False) -> L1L2:
    """The penalty Σ factor |w|: many weights become 0 or nearly. See `L1L2`."""
    return L1L2(factor, 0.0, parameters, half)


def L2(factor: float, parameters: Choice = None) -> L1L2:
    """The penalty Σ ½ factor w²: weight decay, w ← w - lr dL/dw - lr factor w. See `L1L2`."""
    return L1L2(0.0, factor, parameters)


class MaxNorm:
    """Limit the length of each unit's weights; call it on the model after each optimizer step.

    A row weight[k] (of all axes but the first: what unit k multiplies its inputs by; in
    transposed convolutions what input channel k is multiplied by) that is longer than the limit
    is scaled down to it, in place.

    Args:
        limit: the greatest length, > 0; 3 or 4 is usual.
        parameters: see `L1L2`.

    Raises:
        OperationError: the limit is not positive; (when called) there are no such parameters.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", 2014, section 5.1.
    """

    def __init__(self, limit: float = 3.0, parameters: Choice = None) -> None:
        check_positive("MaxNorm", limit=limit)
        self.limit, self.parameters = limit, parameters

    def __call__(self, model: Module) -> None:
        """Shorten the rows that are too long."""
        for _, parameter in chosen(model, self.parameters):
            weight = array_of(parameter)
            rows = weight.reshape(len(weight), -1) if weight.ndim else weight.reshape(1, 1)
            length = length_of(rows, axis=1)
            if np.any(length > self.limit):
                scale = self.limit / np.maximum(length, self.limit)
                parameter.overwrite((rows * scale[:, None]).reshape(weight.shape))

    def __repr__(self) -> str:
        rest = "" if self.parameters is None else f", {self.parameters!r}"
        return f"MaxNorm({self.limit}{rest})"
