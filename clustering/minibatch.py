"""Mini-batch k-means: centres that learn from a part of the data at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clustering.kernels import kernels
from clustering.kmeans import KMeans, Run, Step, weighted_sum
from clustering.validation import as_weights, check_number, generator_of

__all__ = ["MiniBatchKMeans"]


@dataclass(repr=False, eq=False)
class MiniBatchKMeans(KMeans):
    """K-means from batches: each moves the centres towards its samples, the less the more samples
    a centre has seen. Attributes as `KMeans`; `n_steps_` counts batches.

    Args (beyond those of `KMeans`):
        batch_size: samples in a batch.
        max_iter: passes over the data at most.
        max_no_improvement: batches in a row without a better smoothed inertia that end it.
        reassignment_ratio: a centre that has seen less than this fraction of what the most seen
            one has moves to a random sample of the batch.

    Source: Sculley, "Web-scale k-means clustering", 2010.
    """

    max_iter: int = 100
    batch_size: int = 1024
    max_no_improvement: int = 10
    reassignment_ratio: float = 0.01

    def _check_parameters(self, samples: int) -> int:
        name = type(self).__name__
        check_number("batch_size", self.batch_size, name, least=1, whole=True)
        check_number("max_no_improvement", self.max_no_improvement, name, least=1, whole=True)
        check_number("reassignment_ratio", self.reassignment_ratio, name, least=0, most=1)
        return super()._check_parameters(samples)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from one batch, after others or after `fit`; the first one of all also gives the
        initial centres."""
        name = type(self).__name__
        first = not hasattr(self, "_mass")
        X = self._data(X, fitting=first)
        weights = as_weights(sample_weight, len(X), name)
        if first:
            self._check_parameters(len(X))
            self._dtype = X.dtype
            self._random = generator_of(self.random_state, name)
            data, self._origin = self._prepared(X)
            self._moving = self._initial(data, weights, self._random)
            self._mass, self.n_steps_ = np.zeros(self.n_clusters), 0
        data = self._placed(np.asarray(X, np.float64))
        self._moving, _ = self._learn(data, weights, self._moving, self._mass, self._random)
        self.n_steps_ += 1
        self.cluster_centers_ = np.asarray(self._moving + self._origin, self._dtype)
        self.labels_, nearest = self._assigned(X)
        self.inertia_ = weighted_sum(nearest, weights)
        return self

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        name = type(self).__name__
        self._random = generator_of(self.random_state, name)
        super().fit(X, y, sample_weight)
        self.n_steps_ = len(self.history_)
        self._moving = self.cluster_centers_ - self._origin  # from here `partial_fit` goes on
        weights = as_weights(sample_weight, len(self.labels_), name)
        self._mass = np.bincount(self.labels_, weights, self.n_clusters).astype(np.float64)
        return self

    def _learn(self, data, weights, centers, mass, random) -> tuple[np.ndarray, float]:
        """New centres after one batch, and the mean cost of its samples before."""
        labels, nearest, _ = kernels().two_nearest(data, centers)
        sums, new = kernels().cluster_sums(data, weights, labels, len(centers))
        mass += new
        total = np.where(mass > 0, mass, 1)[:, None]
        centers = centers + (sums - new[:, None] * centers) / total
        rare = np.flatnonzero(mass < self.reassignment_ratio * mass.max())[: len(data) // 2]
        if len(rare):
            p = None if weights is None else weights / weights.sum()
            if p is None or np.count_nonzero(p) >= len(rare):
                centers[rare] = data[random.choice(len(data), len(rare), replace=False, p=p)]
                mass[rare] = mass[mass > 0].min()
        return centers, weighted_sum(nearest, weights) / float(new.sum() or 1)

    def _run(self, data: np.ndarray, weights: Any, centers: np.ndarray) -> Run:
        mass = np.zeros(len(centers))
        history: list[Step] = []
        smooth, best, waited = None, np.inf, 0
        share = min(1.0, 2 * self.batch_size / (len(data) + 1))
        converged = False
        for rows in self._batches(len(data)):
            batch, w = data[rows], None if weights is None else weights[rows]
            moved, cost = self._learn(batch, w, centers, mass, self._random)
            history.append(Step(centers + self._origin, cost, len(rows)))
            if self.callback is not None:
                self.callback(history[-1])
            centers = moved
            smooth = cost if smooth is None else smooth * (1 - share) + cost * share
            best, waited = (smooth, 0) if smooth < best else (best, waited + 1)
            converged = waited >= self.max_no_improvement
            if converged:
                break
        return self._finished(data, weights, centers, converged, history)

    def _batches(self, samples: int) -> Iterator[np.ndarray]:
        """Rows of each batch: every pass in a new random order."""
        for _ in range(self.max_iter):
            order = self._random.permutation(samples)
            for start in range(0, samples, self.batch_size):
                yield order[start : start + self.batch_size]
