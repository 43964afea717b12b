"""Layers that only change shape."""

from __future__ import annotations

from math import prod

import autograd_core as ac
from nn.module import Module


class Flatten(Module):
    """Join the axes start_dim … end_dim into one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        axes = len(x.shape)
        start, end = self.start_dim % axes, self.end_dim % axes
        joined = prod(x.shape[start : end + 1])
        return ac.reshape(x, (*x.shape[:start], joined, *x.shape[end + 1 :]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
