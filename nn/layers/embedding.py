"""Vectors for integers."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import check_sizes, is_integer
from nn.module import Module
from nn.parameters import Parameter
from nn.random import default_generator

__all__ = ["Embedding"]


class Embedding(Module):
    """A learnt vector for each of the numbers 0 … num_embeddings - 1.

    Args:
        num_embeddings, embedding_dim: how many vectors of which size.
        padding_idx: the number whose vector is initially 0 and gets no gradient; negative from
            the end.
        dtype: of the vectors.

    `weight` is (num_embeddings, embedding_dim), initially standard normal. Indices (...,) give
    (..., embedding_dim).

    Raises:
        OperationError: a setting is not valid.
        TensorIndexError (when called): an index is out of range.
        DTypeError (when called): the indices are not integers.
    """

    looks_up = True

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = np.float32,
    ) -> None:
        check_sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        known = padding_idx is None or is_integer(padding_idx)
        if not known or not -num_embeddings <= (padding_idx or 0) < num_embeddings:
            raise ac.OperationError(
                f"Embedding: padding_idx must be one of {num_embeddings} rows, got {padding_idx!r}"
            )
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        rows = default_generator().standard_normal((num_embeddings, embedding_dim)).astype(dtype)
        if self.padding_idx is not None:
            rows[self.padding_idx] = 0
        self.weight = Parameter(rows)

    def forward(self, indices):
        return ac.embedding(indices, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
