"""Affine maps."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from nn.initializers import fan_in_uniform
from nn.module import Module, Parameter, check_sizes


class Linear(Module):
    """y = x Wᵀ + b.

    Args:
        in_features, out_features: sizes of the last axis of x and y.
        bias: whether to add b.
        dtype: of the parameters.

    `weight` is (out_features, in_features), `bias` (out_features,), both initially uniform on
    ±1/√in_features. x is (..., in_features), the result (..., out_features).

    Raises (when called):
        ShapeError: the last axis of x is not in_features.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: Any = np.float32
    ) -> None:
        check_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(fan_in_uniform((out_features, in_features), in_features, dtype))
        self.bias = Parameter(fan_in_uniform((out_features,), in_features, dtype)) if bias else None

    def forward(self, x):
        shape = np.shape(x)
        if not shape or shape[-1] != self.in_features:
            raise ac.ShapeError(
                f"{self._label or 'Linear'}: expected the last axis of the input to be "
                f"in_features={self.in_features}, got an input of shape {shape}"
            )
        return ac.affine(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"
