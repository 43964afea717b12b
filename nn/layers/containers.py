"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import autograd_core as ac
from nn.module import Module


class Sequential(Module):
    """Modules (or plain functions of Tensors) applied one after the other.

    Indexing, slicing, iteration and `len` work as on a list.
    """

    layers: list[Callable[..., Any]]

    def __init__(self, *layers: Callable[..., Any]) -> None:
        for k, layer in enumerate(layers):
            if isinstance(layer, type) or not callable(layer):
                raise ac.ArgumentTypeError(
                    f"Sequential: expected modules or functions, got {layer!r} at place {k}; "
                    "pass them one by one, and made: Sequential(Linear(2, 3), ReLU())"
                )
        vars(self)["layers"] = list(layers)  # past Module's labelling: a layer's is its place
        for k, layer in self.children():
            if layer._label is None:
                layer._label = f"{k}: {type(layer).__name__}"

    def children(self) -> Iterator[tuple[str, Module]]:
        return ((str(k), layer) for k, layer in enumerate(self.layers) if isinstance(layer, Module))

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def append(self, layer: Callable[..., Any]) -> Sequential:
        """Add a layer at the end. Returns the module."""
        Sequential.__init__(self, *self.layers, layer)
        return self

    def __getitem__(self, index: Any) -> Any:
        chosen = self.layers[index]
        return Sequential(*chosen) if isinstance(index, slice) else chosen

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)
