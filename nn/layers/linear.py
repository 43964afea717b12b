"""Layers whose units each meet the whole input."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import as_operand, check_sizes
from nn.initializers.tensors import fan_in_uniform
from nn.module import Module
from nn.parameters import Parameter

__all__ = ["Bilinear", "Linear", "Maxout"]


def with_last_axis(layer: str, setting: str, size: int, x: Any) -> Any:
    """x as an array, if its last axis has this size.

    Raises:
        ShapeError: it has another.
    """
    x = as_operand(x)
    if not x.shape or x.shape[-1] != size:
        raise ac.ShapeError(
            f"{layer}: expected the last axis of the input to be {setting}={size}, "
            f"got an input of shape {x.shape}"
        )
    return x


class Linear(Module):
    """y = x Wᵀ + b.

    Args:
        in_features, out_features: sizes of the last axis of x and y.
        bias: whether to add b.
        dtype: of the parameters.

    `weight` is (out_features, in_features), `bias` (out_features,), both initially uniform on
    ±1/√in_features. x is (..., in_features), the result (..., out_features).

    Raises:
        OperationError: a size is not an integer >= 1.
        ShapeError (when called): the last axis of x is not in_features.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, dtype: Any = np.float32
    ) -> None:
        check_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(fan_in_uniform((out_features, in_features), in_features, dtype))
        self.bias = Parameter(fan_in_uniform((out_features,), in_features, dtype)) if bias else None

    def forward(self, x):
        x = with_last_axis("Linear", "in_features", self.in_features, x)
        return ac.affine(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """y_k = uᵀ W_k v + b_k for two inputs u and v.

    Args:
        in1_features, in2_features, out_features: sizes of the last axes of u, v and y.
        bias: whether to add b.
        dtype: of the parameters.

    `weight` is (out_features, in1_features, in2_features), `bias` (out_features,), both initially
    uniform on ±1/√in1_features. u is (..., in1_features), v (..., in2_features) with the same
    axes before the last.

    Raises:
        OperationError: a size is not an integer >= 1.
        ShapeError (when called): an input does not fit.
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        sizes = {"in1_features": in1_features, "in2_features": in2_features}
        check_sizes("Bilinear", **sizes, out_features=out_features)
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(fan_in_uniform(shape, in1_features, dtype))
        self.bias = (
            Parameter(fan_in_uniform((out_features,), in1_features, dtype)) if bias else None
        )

    def forward(self, u, v):
        u = with_last_axis("Bilinear", "in1_features", self.in1_features, u)
        v = with_last_axis("Bilinear", "in2_features", self.in2_features, v)
        if u.shape[:-1] != v.shape[:-1]:
            raise ac.ShapeError(
                f"Bilinear: expected inputs of the same shape before their last axes, got "
                f"{u.shape} and {v.shape}"
            )
        y = np.einsum("...i,kij,...j->...k", u, self.weight, v)
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        return (
            f"{self.in1_features}, {self.in2_features}, {self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Maxout(Module):
    """The largest of `pieces` affine maps: y_j = max_k (x W_jkᵀ + b_jk).

    Args:
        in_features, out_features: sizes of the last axis of x and y.
        pieces: how many maps each unit has.
        bias: whether the maps add a number.
        dtype: of the parameters.

    `weight` is (out_features * pieces, in_features), the maps of a unit side by side, `bias`
    (out_features * pieces,), both initially as in `Linear`. Of equal largest maps each gets an
    equal share of the gradient. Source: Goodfellow et al., Maxout Networks (2013).

    Raises:
        OperationError: a size is not an integer >= 1.
        ShapeError (when called): the last axis of x is not in_features.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        sizes = {"in_features": in_features, "out_features": out_features, "pieces": pieces}
        check_sizes("Maxout", **sizes)
        self.in_features, self.out_features, self.pieces = in_features, out_features, pieces
        rows = out_features * pieces
        self.weight = Parameter(fan_in_uniform((rows, in_features), in_features, dtype))
        self.bias = Parameter(fan_in_uniform((rows,), in_features, dtype)) if bias else None

    def forward(self, x):
        x = with_last_axis("Maxout", "in_features", self.in_features, x)
        maps = ac.affine(x, self.weight, self.bias)
        return np.max(np.reshape(maps, (*maps.shape[:-1], self.out_features, self.pieces)), axis=-1)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, pieces={self.pieces}"
