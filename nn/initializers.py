"""Initial weights, as arrays. Weights are (out, in, *kernel)."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np

from nn.random import default_generator


def fan_in(shape: tuple[int, ...]) -> int:
    """How many inputs each output of a weight of this shape adds up."""
    return prod(shape[1:])


def uniform(shape: tuple[int, ...], low: float, high: float, dtype: Any = np.float32) -> np.ndarray:
    """Uniform on [low, high)."""
    return default_generator().uniform(low, high, shape).astype(dtype)


def fan_in_uniform(shape: tuple[int, ...], fan: int, dtype: Any = np.float32) -> np.ndarray:
    """Uniform on ±1/√fan: PyTorch's default for weights and biases of linear and conv layers."""
    bound = 1 / sqrt(fan) if fan else 0.0
    return uniform(shape, -bound, bound, dtype)
