"""Relatives of k-means: other distances, and other middles of a cluster.

Each replaces the geometry of `KMeans` and keeps its parameters, attributes and iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from clustering.distances import directions
from clustering.errors import ParameterError
from clustering.kernels import kernels
from clustering.kmeans import KMeans, weighted_sum
from clustering.validation import is_differentiated

__all__ = ["KMedians", "KMedoids", "SphericalKMeans"]

BLOCK = 1 << 20
"""Distances held at a time while medoids are looked for."""


@dataclass(repr=False, eq=False)
class _OtherCenters(KMeans):
    """K-means whose middles are found cluster by cluster, by `_middle`."""

    algorithm: str = "lloyd"

    def _check_parameters(self, samples: int) -> int:
        runs = super()._check_parameters(samples)
        if self.algorithm not in ("auto", "lloyd"):
            raise ParameterError(
                f"{type(self).__name__}: algorithm must be 'lloyd', got {self.algorithm!r}"
            )
        return runs

    def _prepared(self, X: np.ndarray) -> tuple[np.ndarray, Any]:
        return np.asarray(X, np.float64), 0.0

    def _middle(self, samples: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        raise NotImplementedError

    def _updater(self, data: np.ndarray, weights: Any) -> Callable[..., tuple[np.ndarray, float]]:
        def update(labels, nearest, centers):
            inertia = weighted_sum(self._cost(data, nearest()), weights)
            sums, mass = kernels().cluster_sums(data, weights, labels, len(centers))
            moved = centers.copy()
            order = np.argsort(labels, kind="stable")
            edges = np.searchsorted(labels[order], np.arange(len(centers) + 1))
            for cluster in np.flatnonzero(mass):
                rows = order[edges[cluster] : edges[cluster + 1]]
                w = None if weights is None else weights[rows]
                moved[cluster] = self._middle(data[rows], w)
            if not mass.all():
                sums, mass = self._filled(data, weights, labels, nearest(), sums, mass)
                for cluster in np.setdiff1d(np.flatnonzero(mass), labels):
                    moved[cluster] = sums[cluster] / mass[cluster]
            return moved, inertia

        return update


@dataclass(repr=False, eq=False)
class KMedians(_OtherCenters):
    """K-medians: centres that minimise the sum of absolute differences (L1), so that outliers
    count less. Parameters and attributes as `KMeans`; `inertia_` is the L1 sum.

    A centre is the coordinate-wise median; of an even number, the mean of the two middle values.

    Source: Bradley, Mangasarian & Street, "Clustering via concave minimization", 1997.
    """

    metric: ClassVar[str] = "manhattan"
    has_cells: ClassVar[bool] = False

    def _length(self, difference: Any) -> Any:
        return np.sum(np.abs(difference), axis=-1)

    def _middle(self, samples: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        return np.median(samples, axis=0) if weights is None else weighted_median(samples, weights)


def weighted_median(samples: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The median of each column, where row i counts weights[i] times; halves meet in the middle."""
    order = np.argsort(samples, axis=0, kind="stable")
    ordered = np.take_along_axis(samples, order, axis=0)
    below = np.cumsum(weights[order], axis=0)
    half = below[-1] / 2
    low = np.argmax(below >= half, axis=0)
    high = np.argmax(below > half, axis=0)
    columns = np.arange(samples.shape[1])
    return (ordered[low, columns] + ordered[high, columns]) / 2


@dataclass(repr=False, eq=False)
class KMedoids(_OtherCenters):
    """K-medoids by Voronoi iteration: each centre is the sample of its cluster with the least sum
    of Euclidean distances to the others. Parameters and attributes as `KMeans`, and
    `medoid_indices_`; `inertia_` is the sum of distances (not squared).

    The time is quadratic in the size of a cluster, the memory linear.

    Source: Park & Jun, "A simple and fast algorithm for K-medoids clustering", 2009.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        super().fit(X, y, sample_weight)
        samples = np.asarray(self._data(X), np.float64)
        centers = np.asarray(self.cluster_centers_, np.float64)
        self.medoid_indices_ = kernels().two_nearest(centers, samples)[0]
        return self

    def _cost(self, data: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        return np.sqrt(nearest)

    def _middle(self, samples: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        step = max(1, BLOCK // len(samples))
        totals = [
            np.sqrt(kernels().square_distances(samples[start : start + step], samples))
            @ (np.ones(len(samples)) if weights is None else weights)
            for start in range(0, len(samples), step)
        ]
        return samples[np.concatenate(totals).argmin()]


@dataclass(repr=False, eq=False)
class SphericalKMeans(_OtherCenters):
    """K-means of directions: samples are compared by the cosine of their angle, centres have
    length 1. Parameters and attributes as `KMeans`; `inertia_` sums 1 - cos, and so does
    `transform` give 1 - cos. A sample of length 0 has cosine 0 with every centre.

    Source: Dhillon & Modha, "Concept decompositions for large sparse text data using
    clustering", 2001.
    """

    has_cells: ClassVar[bool] = False

    def _prepared(self, X: np.ndarray) -> tuple[np.ndarray, Any]:
        return self._placed(X), 0.0

    def _placed(self, X: np.ndarray) -> np.ndarray:
        return directions(np.asarray(X, np.float64))

    def _cost(self, data: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        # |x - c|² = |x|² - 2 cos + 1, where |x| is 1 or 0
        return (1 - np.einsum("ij,ij->i", data, data) + nearest) / 2

    def _middle(self, samples: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        total = samples.sum(axis=0) if weights is None else weights @ samples
        return directions(total[None])[0]

    def transform(self, X: Any) -> Any:
        if not is_differentiated(X):
            X = self._data(X)
        return 1 - directions(X) @ directions(np.asarray(self.cluster_centers_)).T
