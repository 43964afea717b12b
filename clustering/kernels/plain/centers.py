"""Nearest centres and sums of clusters, for k-means and its relatives."""

from __future__ import annotations

import numpy as np

from clustering.kernels.blocks import row_blocks

__all__ = [
    "cluster_sums",
    "gains",
    "move_closer",
    "own_distances",
    "reassign",
    "square_distances",
    "two_nearest",
]

CHUNK = 1 << 16
"""Distances held at a time: they stay in cache."""


def square_distances(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Squared distances (rows of X, rows of C), summed over the features from first to last."""
    total = np.zeros((len(X), len(C)))
    for x, c in zip(X.T, C.T, strict=True):
        difference = x[:, None] - c
        difference *= difference
        total += difference
    return total


def absolute_distances(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Sums of absolute differences, as `square_distances`."""
    total = np.zeros((len(X), len(C)))
    for x, c in zip(X.T, C.T, strict=True):
        total += np.abs(x[:, None] - c)
    return total


DISTANCES = {"sqeuclidean": square_distances, "manhattan": absolute_distances}


def two_nearest(
    X: np.ndarray, C: np.ndarray, metric: str = "sqeuclidean"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(label, distance, distance of the second nearest centre) of each row of X.

    Of equally near centres the lowest index wins. Squared distances come from a matrix product
    where that decides which centre is nearest, and are summed directly where it cannot.
    """
    n, k = len(X), len(C)
    labels = np.empty(n, np.intp)
    nearest, second = np.empty(n), np.empty(n)
    by_product = metric == "sqeuclidean" and X.shape[1] > 4
    c_squares = np.einsum("ij,ij->i", C, C)
    slack = 8 * (X.shape[1] + 4) * np.finfo(np.float64).eps
    step = max(1, CHUNK // k)
    for start in range(0, n, step):
        part = X[start : start + step]
        rows = np.arange(len(part))
        if by_product:
            distances = part @ (-2 * C.T)
            distances += c_squares
            squares = np.einsum("ij,ij->i", part, part)
            distances += squares[:, None]
            best, first, other = two_smallest(distances)
            unsure = np.flatnonzero(other - first <= slack * (squares + c_squares.max()))
            first = own_distances(part, C, best)
            if len(unsure):
                exact = square_distances(part[unsure], C)
                best[unsure], first[unsure], other[unsure] = two_smallest(exact)
        else:
            best, first, other = two_smallest(DISTANCES[metric](part, C))
        here = slice(start, start + len(rows))
        labels[here], nearest[here], second[here] = best, first, other
    return labels, nearest, second


def two_smallest(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place and value of the smallest entry of each row, and the smallest of the others."""
    rows = np.arange(len(distances))
    best = distances.argmin(axis=1)
    first = distances[rows, best]
    if distances.shape[1] == 1:
        return best, first, np.full(len(distances), np.inf)
    distances[rows, best] = np.inf
    return best, first, distances.min(axis=1)


def own_distances(X: np.ndarray, C: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The squared distance of each row of X to the centre of its label."""
    total = np.zeros(len(X))
    for x, c in zip(X.T, C.T, strict=True):
        difference = x - c[labels]
        difference *= difference
        total += difference
    return total


def cluster_sums(
    X: np.ndarray, weights: np.ndarray | None, labels: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted sum of the rows of each cluster (k, features), and the weights' sum (k,)."""
    sums, mass = np.zeros((k, X.shape[1])), np.zeros(k)
    for start, stop in row_blocks(len(X), k):
        part, of = X[start:stop], labels[start:stop]
        w = None if weights is None else weights[start:stop]
        mass += np.bincount(of, w, k)
        for j, x in enumerate(part.T):
            sums[:, j] += np.bincount(of, x if w is None else x * w, k)
    return sums, mass


def gains(
    X: np.ndarray,
    weights: np.ndarray,
    candidates: np.ndarray,
    labels: np.ndarray,
    closest: np.ndarray,
    gaps: np.ndarray,
) -> np.ndarray:
    """How much each candidate, as one more centre, would lower the sum of weighted distances.

    `closest` is the squared distance of each sample to its centre, `gaps` those of the candidates
    to all centres: a sample less than half as far from its centre as the candidate cannot gain.
    """
    starts = [start for start, _ in row_blocks(len(X), 1)]
    parts = np.zeros((len(starts), len(candidates)))
    for c, candidate in enumerate(candidates):
        rows = np.flatnonzero(4 * closest > gaps[c, labels])
        distances = own_distances(X[rows], candidate[None], np.zeros(len(rows), np.intp))
        gained = np.maximum(closest[rows] - distances, 0) * weights[rows]
        blocks = np.searchsorted(starts, rows, side="right") - 1
        parts[:, c] = np.bincount(blocks, gained, len(starts))
    return parts.sum(axis=0)


def move_closer(
    X: np.ndarray,
    center: np.ndarray,
    labels: np.ndarray,
    closest: np.ndarray,
    gaps: np.ndarray,
    label: int,
) -> None:
    """Give the samples that are closer to a new centre its label and their distance to it."""
    rows = np.flatnonzero(4 * closest > gaps[labels])
    distances = own_distances(X[rows], center[None], np.zeros(len(rows), np.intp))
    closer = distances < closest[rows]
    labels[rows[closer]], closest[rows[closer]] = label, distances[closer]


def reassign(
    X: np.ndarray,
    C: np.ndarray,
    labels: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    move: np.ndarray,
    others: np.ndarray,
    half: np.ndarray,
    slack: float,
) -> None:
    """Hamerly's step, in place: labels and bounds after the centres have moved to C.

    Args:
        upper, lower: bounds of the distance to the own centre and to every other, (n,).
        move: how far each centre moved; `others`: the farthest that another than it moved.
        half: half the distance of each centre to its nearest other.
        slack: added to `upper`, for rounding.
    """
    upper += move[labels]
    lower -= others[labels]
    bound = np.maximum(lower, half[labels])
    rows = np.flatnonzero(upper + slack >= bound)
    upper[rows] = np.sqrt(own_distances(X[rows], C, labels[rows]))
    rows = rows[upper[rows] + slack >= bound[rows]]
    labels[rows], first, second = two_nearest(X[rows], C)
    upper[rows], lower[rows] = np.sqrt(first), np.sqrt(second)
