"""Dropout."""

from __future__ import annotations

import autograd_core as ac
from nn.module import Module
from nn.random import default_generator


class Dropout(Module):
    """Zero each element with probability p while training; scale the rest by 1 / (1 - p).

    The scaling keeps the expectation, so that evaluation needs no change (Srivastava et al.,
    2014, "inverted"). `nn.manual_seed` makes the masks repeatable.

    Raises:
        OperationError: p is not in [0, 1].
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ac.OperationError(f"Dropout: p is a probability, got {p}")
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0
        kept = default_generator().random(x.shape, "float32") >= self.p
        return x * (kept * x.dtype.type(1 / (1 - self.p)))

    def extra_repr(self) -> str:
        return f"p={self.p}"
