"""The merges of hierarchical clustering.

Merges are pairs of *slots*. At first slot i holds sample i; a merged cluster stays in the higher of
its two slots. `sizes` says how many samples are in each slot, and is overwritten. Of equally near
clusters the one in the lowest slot is taken, except that a chain prefers where it came from. These
are SciPy's rules.

Sources: Prim, "Shortest connection networks and some generalizations", 1957; Lance & Williams, "A
general theory of classificatory sorting strategies", 1967; Murtagh, "A survey of recent advances
in hierarchical clustering algorithms", 1983; Müllner, "Modern hierarchical, agglomerative
clustering algorithms", 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform

from clustering.kernels.plain.centers import square_distances

SINGLE, COMPLETE, AVERAGE, WEIGHTED, WARD, CENTROID, MEDIAN = range(7)
"""The linkages, as compiled code knows them."""


def updated(method: int, x: Any, y: Any, height: Any, nx: Any, ny: Any, nz: Any) -> Any:
    """Distance from the union of two clusters to a third: the formulas of Lance and Williams.

    Args:
        x, y: distances from the two to the third (squared for Ward, centroid and median).
        height: distance between the two.
        nx, ny, nz: samples in each.
    """
    if method == SINGLE:
        return np.minimum(x, y)
    if method == COMPLETE:
        return np.maximum(x, y)
    if method == AVERAGE:
        return (nx * x + ny * y) / (nx + ny)
    if method == WEIGHTED:
        return 0.5 * (x + y)
    if method == WARD:
        return ((nx + nz) * x + (ny + nz) * y - nz * height) / (nx + ny + nz)
    if method == CENTROID:
        return (nx * x + ny * y - nx * ny * height / (nx + ny)) / (nx + ny)
    return 0.5 * (x + y) - 0.25 * height


def path(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges of single linkage and their heights as squared distances, in O(n·d) memory."""
    return path_by_rows(len(X), lambda i: square_distances(X[i : i + 1], X)[0])


def path_by_rows(
    n: int, distances_from: Callable[[int], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Merges of single linkage: steps from sample to sample as Prim's algorithm reaches them.

    A step is as long as the way from the sample reached to its nearest predecessor. From which
    predecessor it is made does not matter: all are joined by steps that are no longer.
    """
    order, heights = np.zeros(n, np.intp), np.empty(n - 1)
    nearest, reached = np.full(n, np.inf), np.zeros(n, bool)
    for step in range(n - 1):
        reached[order[step]] = True
        np.minimum(nearest, distances_from(order[step]), out=nearest)
        nearest[reached] = np.inf
        order[step + 1] = nearest.argmin()
        heights[step] = nearest[order[step + 1]]
    return np.stack([order[:-1], order[1:]], axis=1), heights


def ward_chain(X: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges of Ward's linkage, found from the clusters' centroids in O(n·d) memory.

    Heights are what a merge adds to the sum of squares, nₓnᵧ/(nₓ+nᵧ) |cₓ - cᵧ|².
    """
    centers = X.T.copy()

    def distances_from(x: int) -> np.ndarray:
        distances = square_distances(centers[:, x : x + 1].T, centers.T)[0]
        distances *= sizes[x] * sizes / (sizes[x] + sizes)
        return distances

    def merge(x: int, y: int, height: float) -> None:
        size = sizes[x] + sizes[y]
        centers[:, y] = (sizes[x] * centers[:, x] + sizes[y] * centers[:, y]) / size
        sizes[y] = size

    return _chain(len(X), distances_from, merge)


def square(condensed: np.ndarray, n: int) -> np.ndarray:
    """The square matrix of distances, infinite on its diagonal."""
    D = squareform(condensed) if n > 1 else np.zeros((1, 1))
    np.fill_diagonal(D, np.inf)
    return D


def matrix_chain(D: np.ndarray, method: int, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges of complete, average, weighted or Ward linkage, found from a square matrix of
    distances (Ward: squared), which is overwritten."""

    def merge(x: int, y: int, height: float) -> None:
        D[y] = D[:, y] = updated(method, D[x], D[y], height, sizes[x], sizes[y], sizes)
        sizes[y] += sizes[x]

    return _chain(len(D), lambda x: D[x].copy(), merge)


def _chain(n: int, distances_from: Callable, merge: Callable) -> tuple[np.ndarray, np.ndarray]:
    """From any cluster to its nearest, and so on, until two are each other's nearest: merge them.

    What is left of the chain stays one, where a union is never nearer to a third cluster than the
    nearer of its two parts was.
    """
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    alive, chain = np.ones(n, bool), []
    for step in range(n - 1):
        chain = chain or [int(alive.argmax())]
        while True:
            distances = distances_from(chain[-1])
            distances[~alive] = np.inf
            distances[chain[-1]] = np.inf
            nearest = int(distances.argmin())
            if len(chain) > 1 and distances[chain[-2]] <= distances[nearest]:
                break
            chain.append(nearest)
        x, y = sorted(chain[-2:])
        heights[step] = distances[chain[-2]]
        pairs[step] = x, y
        del chain[-2:]
        merge(x, y, heights[step])
        alive[x] = False
    return pairs, heights


def greedy(D: np.ndarray, method: int, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges of any linkage, nearest clusters first, from a square matrix of distances (squared
    for Ward, centroid and median), which is overwritten.

    Each slot remembers which higher slot was nearest; that is looked up again where it has
    changed, when its turn comes. A union may be nearer to a third cluster than its parts were.
    """
    n = len(D)
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    nearest, distances = np.zeros(n, np.intp), np.full(n, np.inf)
    for x in range(n - 1):
        nearest[x] = x + 1 + D[x, x + 1 :].argmin()
        distances[x] = D[x, nearest[x]]
    for step in range(n - 1):
        x = distances.argmin()
        while D[x, nearest[x]] != distances[x]:
            nearest[x] = x + 1 + D[x, x + 1 :].argmin()
            distances[x] = D[x, nearest[x]]
            x = distances.argmin()
        y, height = nearest[x], distances[x]
        pairs[step, 0], pairs[step, 1], heights[step] = x, y, height
        row = updated(method, D[x], D[y], height, sizes[x], sizes[y], sizes)
        D[x] = D[:, x] = distances[x] = row[x] = np.inf
        D[y] = D[:, y] = row
        sizes[y] += sizes[x]
        nearest[:y] = np.where(row[:y] < distances[:y], y, nearest[:y])
        distances[:y] = np.minimum(distances[:y], row[:y])
        if y < n - 1:
            nearest[y] = y + 1 + D[y, y + 1 :].argmin()
            distances[y] = D[y, nearest[y]]
    return pairs, heights
