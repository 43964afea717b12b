"""Distances between samples: of points in a metric, or given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np

from clustering.errors import DataError
from clustering.validation import as_data, as_numbers, check_choice, check_finite

METRICS = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "sqeuclidean": "sqeuclidean",
    "manhattan": "cityblock",
    "cityblock": "cityblock",
    "l1": "cityblock",
    "chebyshev": "chebyshev",
    "cosine": "cosine",
    "correlation": "correlation",
    "canberra": "canberra",
    "braycurtis": "braycurtis",
    "hamming": "hamming",
}
"""Metrics by name, with SciPy's name."""

PRECOMPUTED = "precomputed"


@dataclass(frozen=True)
class Distances:
    """How far apart n samples are.

    Either `points` (n, features) with SciPy's `metric`, or `condensed`: the distances of the pairs
    (0, 1), (0, 2), ... (n - 2, n - 1). True distances are `factor` times as long.
    """

    n: int
    points: Any = None
    metric: Any = "euclidean"
    condensed: Any = None
    factor: float = 1.0

    @property
    def is_euclidean(self) -> bool:
        """Whether these are Euclidean distances of known points."""
        return self.points is not None and self.metric == "euclidean"

    def all(self, name: str, *, squared: bool = False) -> np.ndarray:
        """The distances of all pairs, condensed."""
        from scipy.spatial.distance import pdist

        if self.condensed is not None:
            return self.condensed**2 if squared else self.condensed
        if squared and self.is_euclidean:
            return pdist(self.points, "sqeuclidean")
        distances = pdist(self.points, self.metric)
        check_finite(distances, f"{name}: distances")
        return distances

    def between(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Distances (rows, columns) of samples."""
        from scipy.spatial.distance import cdist

        if self.points is not None:
            return cdist(self.points[rows], self.points[columns], self.metric)
        distances = np.zeros((len(rows), len(columns)))
        i, j = np.nonzero(rows[:, None] != columns)
        distances[i, j] = self.condensed[condensed_index(rows[i], columns[j], self.n)]
        return distances

    def row(self, i: int) -> np.ndarray:
        """Distances of all samples from the sample i."""
        return self.between(np.array([i]), np.arange(self.n))[0]

    def of_pairs(self, pairs: np.ndarray) -> np.ndarray:
        """Distances of the pairs (m, 2), which are in the order of their first samples."""
        rows, starts = np.unique(pairs[:, 0], return_index=True)
        parts = np.split(pairs[:, 1], starts[1:])
        found = [
            self.between(np.array([row]), part)[0] for row, part in zip(rows, parts, strict=False)
        ]
        return np.concatenate(found) if found else np.empty(0)


def directions(X: Any) -> Any:
    """The rows of X divided by their length; rows of zeros stay, and their gradient is 0."""
    length = np.linalg.norm(X, axis=-1, keepdims=True)
    return np.where(length > 0, X / np.where(length > 0, length, 1), 0)


def centered(points: np.ndarray) -> np.ndarray:
    """Points about the middle of the data; integers stay whole, so ties stay ties."""
    return points - np.partition(points, len(points) // 2, axis=0)[len(points) // 2]


def condensed_index(i: Any, j: Any, n: int) -> Any:
    """Where the distance of two different samples is among those of all pairs."""
    low, high = np.minimum(i, j), np.maximum(i, j)
    return n * low - low * (low + 3) // 2 + high - 1


def as_distances(X: Any, metric: str | Callable, name: str) -> Distances:
    """The distances of the samples X, or X itself if it is 1-d (condensed) or `metric` says so.

    "cosine" is 1 - cos, and 1 between a sample of length 0 and any other kind. A function `metric`
    is called with two samples.

    Raises:
        ParameterError: there is no such metric.
        DataError: X is not finite, or not a table of distances where it should be.
    """
    if not callable(metric):
        check_choice("metric", metric, (*METRICS, PRECOMPUTED), name)
    if metric == PRECOMPUTED or np.ndim(as_numbers(X, name)) == 1:
        return _given(as_numbers(X, name), name)
    points = as_data(X, name).astype(np.float64, copy=False)
    if callable(metric):
        return Distances(len(points), points, metric)
    if metric == "cosine":  # |x - y|² = 2 (1 - cos) for unit vectors: right for small angles too
        zero = ~points.any(axis=1, keepdims=True)
        points = np.concatenate([directions(points), zero], axis=1)
        return Distances(len(points), points, "sqeuclidean", factor=0.5)
    factor = 1.0
    if METRICS[metric] == "euclidean":
        exponent = int(np.frexp(np.abs(points).max())[1]) - 1
        if abs(exponent) > 400:  # squares would overflow, or vanish
            points, factor = np.ldexp(points, -exponent), float(np.ldexp(1.0, exponent))
    return Distances(len(points), points, METRICS[metric], factor=factor)


def _given(D: np.ndarray, name: str) -> Distances:
    D = D.astype(np.float64)
    check_finite(D, f"{name}: distances")
    if D.ndim == 1:
        n = (1 + isqrt(1 + 8 * len(D))) // 2
        if not len(D) or n * (n - 1) // 2 != len(D):
            raise DataError(
                f"{name}: {len(D)} condensed distances are not those of all pairs of n samples, "
                "n (n - 1) / 2 = 1, 3, 6, 10, ..."
            )
    else:
        n = len(D)
        if D.shape != (n, n) or not n:
            raise DataError(
                f"{name}: precomputed distances must be a square matrix, or 1-d and condensed; "
                f"got shape {D.shape}"
            )
        tolerance = 1e-8 * np.abs(D).max()
        if np.abs(D - D.T).max() > tolerance or np.abs(D.diagonal()).max() > tolerance:
            raise DataError(
                f"{name}: precomputed distances must be symmetric, with a diagonal of zeros "
                "(distances, not similarities)"
            )
        D = D[np.triu_indices(n, 1)]
    if len(D) and D.min() < 0:
        raise DataError(f"{name}: distances must be >= 0, the least is {D.min():g}")
    return Distances(n, condensed=D)
