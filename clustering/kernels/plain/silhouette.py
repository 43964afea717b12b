"""Mean distances of rows to clusters, in memory linear in the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

__all__ = [
    "mean_distances",
]

CHUNK = 1 << 18
"""Distances held at a time."""

NAMES = {"euclidean": "euclidean", "manhattan": "cityblock", "chebyshev": "chebyshev"}
"""What SciPy calls the metrics."""


def mean_distances(
    X: np.ndarray, starts: np.ndarray, metric: str = "euclidean"
) -> tuple[np.ndarray, np.ndarray]:
    """(own, other): each row's mean distance to the other rows of its cluster (0 if there are
    none), and to the rows of the nearest other cluster.

    Args:
        X: rows sorted by cluster.
        starts: the first row of each cluster, and the number of rows.
        metric: one of `NAMES`.
    """
    return by_blocks(lambda part: cdist(X[part], X, NAMES[metric]), starts)  # type: ignore


def by_blocks(
    distances: Callable[[slice], np.ndarray], starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """As `mean_distances`, from a function that gives the distances of some rows to all."""
    return by_totals(
        lambda part: np.add.reduceat(distances(part), starts[:-1], axis=1),
        starts,
        max(1, CHUNK // int(starts[-1])),
    )


def by_totals(
    totals: Callable[[slice], np.ndarray], starts: np.ndarray, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """As `mean_distances`, from a function that gives, for some rows, the sums of their distances
    to each cluster (rows, clusters); it is asked for `step` rows at a time."""
    sizes = np.diff(starts)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    own, other = np.empty(len(cluster)), np.empty(len(cluster))
    for start in range(0, len(cluster), step):
        part = slice(start, start + step)
        total, mine = totals(part), cluster[part]
        rows = np.arange(len(mine))
        own[part] = total[rows, mine] / np.maximum(sizes[mine] - 1, 1)
        means = total / sizes
        means[rows, mine] = np.inf
        other[part] = means.min(axis=1)
    return own, other
