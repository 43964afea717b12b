"""Losses as modules; each is the function of `nn.functional` with its settings."""

from __future__ import annotations

from typing import Any

from nn import functional
from nn.module import Module


class MSELoss(Module):
    """See `nn.functional.mse_loss`."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, prediction: Any, target: Any) -> Any:
        return functional.mse_loss(prediction, target, self.reduction)


class CrossEntropyLoss(Module):
    """See `nn.functional.cross_entropy`."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, logits: Any, labels: Any) -> Any:
        return functional.cross_entropy(logits, labels, self.reduction)
