"""Means of the samples in windows, for mean shift."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from clustering.kernels.plain.centers import square_distances

__all__ = [
    "flat_shift",
    "gaussian_shift",
]

CHUNK = 1 << 16
"""Distances held at a time: they stay in cache."""

Shift = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Positions (m, features) -> means of the samples around them, and the samples' weight (m,)."""

Sums = Callable[[np.ndarray], np.ndarray]
"""Positions -> sums (m, features + 1) of the samples around them, and of their weights."""


def flat_shift(X: np.ndarray, weights: np.ndarray, radius: float) -> Shift:
    """Means of the rows of X no farther than `radius`; a position without any stays, weight 0.

    X should be centred, so that few squared distances are within rounding of the radius.
    """
    axis = int(np.argmax(X.var(axis=0)))
    tree, probes = KDTree(X), X[:: max(1, len(X) // 64)]
    near = tree.query_ball_point(probes, radius, return_length=True)
    beside = np.subtract(*np.searchsorted(
        np.sort(X[:, axis]), [probes[:, axis] + radius, probes[:, axis] - radius]
    ))  # fmt: skip
    if np.mean(beside) < 4000 + 60 * np.mean(near):  # about where their times are equal
        sums, step = by_matrix(X, weights, radius, axis), max(16, CHUNK // len(X))
    else:
        sums, step = by_tree(tree, weights, radius), 4096

    def shift(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(positions[:, axis], kind="stable")
        total = np.empty((len(positions), X.shape[1] + 1))
        total[order] = in_parts(sums, positions[order], step)
        mass = total[:, -1]
        empty = mass == 0
        means = total[:, :-1] / np.where(empty, 1, mass)[:, None]
        return np.where(empty[:, None], positions, means), mass

    return shift


def by_tree(tree: KDTree, weights: np.ndarray, radius: float) -> Sums:
    """Sums over windows that hold few samples."""
    values = weights[:, None] * np.column_stack([tree.data, np.ones(len(weights))])

    def sums(part: np.ndarray) -> np.ndarray:
        rows = tree.query_ball_point(part, radius)
        edges = np.append(0, np.cumsum([len(row) for row in rows]))
        columns = np.concatenate([np.asarray(row, np.intp) for row in rows])
        inside = np.ones(len(columns))
        return csr_array((inside, columns, edges), shape=(len(part), len(weights))) @ values

    return sums


def by_matrix(X: np.ndarray, weights: np.ndarray, radius: float, axis: int) -> Sums:
    """Sums over windows that hold many samples, for positions that are close along `axis`."""
    order = np.argsort(X[:, axis], kind="stable")
    X, first = X[order], X[order, axis]
    ones, squares = np.ones(len(X)), np.einsum("ij,ij->i", X, X)
    values = weights[order, None] * np.column_stack([X, ones])
    terms = np.vstack([-2 * X.T, squares, ones])
    rounding = 16 * (X.shape[1] + 4) * np.finfo(float).eps
    reach = radius * (1 + 1e-9)

    def sums(part: np.ndarray) -> np.ndarray:
        low = np.searchsorted(first, part[:, axis].min() - reach)
        high = np.searchsorted(first, part[:, axis].max() + reach, side="right")
        square = np.einsum("ij,ij->i", part, part)
        beyond = np.column_stack([part, np.ones(len(part)), square - radius * radius])
        beyond = beyond @ terms[:, low:high]  # distance² - radius²
        inside = beyond <= 0
        slack = rounding * (squares.max() + square.max() + radius * radius)
        unsure = (beyond <= slack) ^ (beyond < -slack)
        for i in np.flatnonzero(unsure.any(axis=1)):
            inside[i] = square_distances(part[i : i + 1], X[low:high]) <= radius * radius
        return inside.astype(float) @ values[low:high]

    return sums


def gaussian_shift(X: np.ndarray, weights: np.ndarray, width: float) -> Shift:
    """Means of all rows of X, weighted by exp(-distance² / 2 width²)."""
    scaled = X / width
    squares = np.einsum("ij,ij->i", scaled, scaled) / 2
    values = np.column_stack([X, np.ones(len(X))])
    direct = squares.max() > 1e6  # beyond, the rounding of the product shows in the exponent

    def sums(part: np.ndarray) -> np.ndarray:
        part = part / width
        own = np.zeros(len(part)) if direct else np.einsum("ij,ij->i", part, part) / 2
        logits = square_distances(part, scaled) / -2 if direct else part @ scaled.T - squares
        logits += np.log(weights)
        top = logits.max(axis=1, keepdims=True)  # so that somewhere far off not all become 0
        logits -= top
        result = np.exp(logits, out=logits) @ values
        height = np.exp(top[:, 0] - own)
        return np.column_stack([result, height])

    def shift(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = in_parts(sums, positions, max(1, CHUNK // len(X)))
        return total[:, :-2] / total[:, -2:-1], total[:, -2] * total[:, -1]

    return shift


def in_parts(function: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, step: int):
    return np.concatenate([function(rows[i : i + step]) for i in range(0, len(rows), step)])
