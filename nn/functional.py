"""Losses and metrics as functions of predictions and targets; `nn.losses` has them as modules.

PyTorch's names, arguments and defaults. A loss that is a negative log-likelihood says of which
distribution, and which constant it leaves out. Shapes are never broadcast silently.
"""

from typing import Any

import autograd_core as ac
from nn.losses.checks import reduce
from nn.losses.classes import (
    cross_entropy,
    focal_loss,
    multi_margin_loss,
    nll_loss,
)
from nn.losses.distances import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    triplet_margin_loss,
)
from nn.losses.probabilities import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    kl_div,
)
from nn.losses.regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)
from nn.metrics import accuracy

__all__ = [
    "accuracy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "focal_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "reduce",
    "smooth_l1_loss",
    "triplet_margin_loss",
]


def __getattr__(name: str) -> Any:
    """Say where PyTorch's other functions are: activations, layers' operations."""
    hint = f"; there is autograd_core.{name}" if hasattr(ac, name) else ""
    raise AttributeError(f"nn.functional has losses and metrics, but no {name!r}{hint}")
