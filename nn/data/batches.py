"""Mini-batches from arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_core import ArgumentTypeError, OperationError, ShapeError, as_tensor
from nn.checks import array_of, check_sizes
from nn.random import default_generator

__all__ = ["DataLoader"]


class DataLoader:
    """Iterates over mini-batches of arrays of equal length, as tuples of constant Tensors.

    Args:
        arrays: one or more arrays or Tensors; row i of each belongs together.
        batch_size: rows in a batch; the last may be smaller.
        shuffle: draw a new order for each pass, from `nn`'s generator (`nn.manual_seed`).
        drop_last: leave out a last batch that is smaller.

    Raises:
        ShapeError: the arrays have different lengths.
        OperationError: there is no data, or batch_size < 1.
        ArgumentTypeError: `arrays` is not a tuple or list.
    """

    def __init__(
        self,
        arrays: Sequence[Any],
        batch_size: int = 64,
        shuffle: bool = False,
        drop_last: bool = False,
    ) -> None:
        if not isinstance(arrays, tuple | list):
            raise ArgumentTypeError(
                "DataLoader: pass a tuple of arrays, (inputs, targets) or (inputs,); "
                f"got {type(arrays).__name__}"
            )
        self.arrays = tuple(map(array_of, arrays))
        lengths = [len(array) for array in self.arrays]
        if len(set(lengths)) > 1:
            raise ShapeError(f"DataLoader: the arrays have different lengths: {lengths}")
        if not lengths or not lengths[0]:
            raise OperationError("DataLoader: there is no data")
        check_sizes("DataLoader", batch_size=batch_size)
        if drop_last and batch_size > lengths[0]:
            raise OperationError(
                f"DataLoader: drop_last leaves nothing, {lengths[0]} rows are less than one batch "
                f"of {batch_size}"
            )
        self.batch_size, self.shuffle, self.drop_last = batch_size, shuffle, drop_last

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.arrays[0])

    def __len__(self) -> int:
        """How many batches there are."""
        whole, rest = divmod(self.rows, self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        order = default_generator().permutation(self.rows) if self.shuffle else None
        for k in range(len(self)):
            part = slice(k * self.batch_size, (k + 1) * self.batch_size)
            rows = part if order is None else order[part]
            yield tuple(as_tensor(array[rows]) for array in self.arrays)
