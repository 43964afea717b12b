"""Mean distances of rows to clusters; see `kernels.plain.silhouette`."""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np
from numba import prange  # type: ignore

from clustering.kernels.compiled.compiler import compiled, parallel
from clustering.kernels.plain.silhouette import mean_distances as in_blocks

__all__ = [
    "mean_distances",
]

ROWS, COLUMNS = 64, 256
"""Rows a thread takes at a time; distances it holds."""


def mean_distances(X, starts, metric="euclidean"):
    if metric != "euclidean":
        return in_blocks(X, starts, metric)
    own, other = np.empty(len(X)), np.empty(len(X))
    X = np.asarray(X, np.float64)
    _mean_distances(X, np.ascontiguousarray(X.T), starts.astype(np.int64), own, other)
    return own, other


@parallel
def _mean_distances(X, XT, starts, own, other):
    n = len(X)
    for block in prange((n + ROWS - 1) // ROWS):
        squares, sums = np.empty(COLUMNS), np.empty(COLUMNS)
        for i in range(block * ROWS, min(n, block * ROWS + ROWS)):
            own[i], other[i] = 0.0, np.inf
            for c in range(len(starts) - 1):
                first, end = starts[c], starts[c + 1]
                total = _total_distance(X[i], XT, first, end, squares, sums)
                if first <= i < end:
                    own[i] = total / max(end - first - 1, 1)
                else:
                    other[i] = min(other[i], total / (end - first))


@compiled
def _total_distance(x, XT, first, end, squares, sums):
    """The sum of the distances of x to the columns of XT from `first` to `end`.

    `squares` and `sums` are scratch: column t of every portion is added to sums[t], so that the
    compiler can vectorise without reordering a sum.
    """
    width = min(COLUMNS, end - first)
    sums[:width] = 0.0
    for low in range(first, end, COLUMNS):
        count = min(COLUMNS, end - low)
        squares[:count] = 0.0
        for j in range(len(x)):
            column = XT[j, low : low + count]
            for t in range(count):
                squares[t] += (x[j] - column[t]) * (x[j] - column[t])
        for t in range(count):
            sums[t] += np.sqrt(squares[t])
    total = 0.0
    for t in range(width):
        total += sums[t]
    return total
