"""Dropout: noise while training that prediction does without.

`nn.manual_seed` makes the masks repeatable.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import as_operand, check_numbers
from nn.module import Module
from nn.random import default_generator

__all__ = ["AlphaDropout", "Dropout", "Dropout2d"]


class Dropout(Module):
    """Zero each element with probability p while training; scale the rest by 1 / (1 - p).

    The scaling keeps the expectation, so that evaluation needs no change (Srivastava et al.,
    2014, "inverted"). PyTorch's switch `inplace` is accepted and has no effect.

    Raises:
        OperationError: p is not in [0, 1].
        DTypeError (when called): the input is not floating.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        check_numbers(type(self).__name__, 0, 1, p=p)
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        x = as_operand(x)
        if x.dtype.kind not in "fc":
            raise ac.DTypeError(
                f"{type(self).__name__}: expected floating numbers, got an input of {x.dtype} and "
                f"shape {x.shape}"
            )
        kept = default_generator().random(self.mask_shape(x.shape), "float32") >= self.p
        return self.drop(x, kept)

    def mask_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """What is drawn for an input of this shape; it broadcasts."""
        return shape

    def drop(self, x: Any, kept: np.ndarray) -> Any:
        if self.p == 1:
            return x * 0
        return x * (kept * x.dtype.type(1 / (1 - self.p)))

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout2d(Dropout):
    """`Dropout` of whole channels: x is (N, C, ...), and each (n, c) is kept or zeroed.

    Neighbouring pixels say almost the same, so dropping single ones would do little.
    Source: Tompson et al. (2015).

    Raises:
        OperationError: p is not in [0, 1].
        ShapeError (when called): the input has fewer than three axes.
    """

    def mask_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(shape) < 3:
            raise ac.ShapeError(f"Dropout2d: expected an input of shape (N, C, ...), got {shape}")
        return shape[:2] + (1,) * (len(shape) - 2)


class AlphaDropout(Dropout):
    """Set each element to SELU's lower limit with probability p while training, then scale and
    shift, so that mean 0 and variance 1 stay.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017), section 3.

    Raises:
        OperationError: p is not in [0, 1].
    """

    LIMIT = -1.7580993408473766
    """-scale * alpha of SELU."""

    def drop(self, x: Any, kept: np.ndarray) -> Any:
        if self.p == 1:
            return x * 0
        scale = 1 / sqrt((1 - self.p) * (1 + self.p * self.LIMIT**2))
        shift = -scale * self.p * self.LIMIT
        dropped = np.where(kept, shift, scale * self.LIMIT + shift).astype(x.dtype)
        return x * (kept * x.dtype.type(scale)) + dropped
