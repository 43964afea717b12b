"""Activations: elementwise functions as modules."""

import autograd_core as ac
from nn.module import Module


class ReLU(Module):
    """max(x, 0); the derivative at 0 is 0."""

    def forward(self, x):
        return ac.relu(x)


class Tanh(Module):
    """tanh(x)."""

    def forward(self, x):
        return ac.tanh(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x):
        return ac.sigmoid(x)


class Softmax(Module):
    """exp(x) / sum(exp(x)) along `dim`."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x):
        return ac.softmax(x, axis=self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
