"""DBSCAN: clusters are what dense samples connect; the rest is border or noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, Self

import numpy as np
from scipy.spatial import KDTree

from clustering.base import Estimator
from clustering.distances import directions
from clustering.kernels import kernels
from clustering.validation import as_weights, check_choice, check_number

__all__ = ["DBSCAN"]

METRICS = {"euclidean": 2.0, "manhattan": 1.0, "chebyshev": inf, "cosine": 2.0}
"""Metrics by name, with the exponent of the Minkowski distance they are computed by."""

ROUNDING = 1e-12
"""How far a sum of weights may fall short of `min_samples`, because it may be rounded."""

CORE, BORDER, NOISE = "core", "border", "noise"


@dataclass(repr=False, eq=False)
class DBSCAN(Estimator):
    """Density-based clustering, exact, in memory linear in the samples.

    Args:
        eps: the greatest distance of neighbours, included.
        min_samples: neighbours, itself included, that make a sample core (their weight, if
            samples are weighted).
        metric: "euclidean", "manhattan", "chebyshev" or "cosine" (1 - cos; 1 between a sample
            of length 0 and any other kind).
        border: to which of several clusters a border sample belongs: "first" (the one found
            first, as in scikit-learn; depends on the samples' order) or "nearest" (that of its
            nearest core sample; does not).

    After `fit`: `labels_` (samples,) with -1 for noise, clusters numbered by their first core
    sample; `roles_` (samples,) of "core", "border", "noise"; `core_sample_indices_`;
    `components_`, the core samples.

    Raises:
        ParameterError: a parameter is out of range.
        DataError: X is not a finite table of numbers.

    Source: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters in
    large spatial databases with noise", 1996.
    """

    eps: float = 0.5
    min_samples: int = 5
    metric: str = "euclidean"
    border: str = "first"

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        name = type(self).__name__
        check_number("eps", self.eps, name, above=0, most=np.finfo(float).max)
        check_number("min_samples", self.min_samples, name, least=1)
        check_choice("metric", self.metric, METRICS, name)
        check_choice("border", self.border, ("first", "nearest"), name)
        X = self._data(X, fitting=True)
        weights = as_weights(sample_weight, len(X), name)
        weights = np.ones(len(X)) if weights is None else weights
        data, eps = self._placed(X), self._radius()
        rows, back = different(data)
        mass = np.bincount(back, weights, len(rows))
        core, labels = kernels().density(
            data[rows], mass, eps, self.min_samples * (1 - ROUNDING), self.border == "nearest",
            METRICS[self.metric],
        )  # fmt: skip
        core, self.labels_ = core[back], labels[back]
        self.core_sample_indices_ = np.flatnonzero(core)
        self.components_ = X[core]
        self.roles_ = np.where(core, CORE, np.where(self.labels_ >= 0, BORDER, NOISE))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """For each row of X the label of its nearest core sample, -1 if none is within eps."""
        data = self._placed(self._data(X))
        if not len(self.core_sample_indices_):
            return np.full(len(data), -1, np.intp)
        tree = KDTree(self._placed(self.components_))
        p, eps = METRICS[self.metric], self._radius()
        distance, nearest = tree.query(data, p=p)
        labels = self.labels_[self.core_sample_indices_][nearest]
        return np.where(distance <= eps, labels, -1)

    def _placed(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, np.float64)
        if self.metric != "cosine":
            return X
        zero = ~X.any(axis=1, keepdims=True)  # at a right angle to everything else
        return np.concatenate([directions(X), zero], axis=1)

    def _radius(self) -> float:
        """eps as a distance of the placed data: |x - y|² = 2 (1 - cos) for unit vectors."""
        return sqrt(2 * self.eps) if self.metric == "cosine" else float(self.eps)

    def film(self, data: np.ndarray, films: Any) -> Any:
        """How `plots.plot_iterations` shows the fit to `data`, as one of `films`."""
        return films.of_growth(self._rounds(data), self.labels_, data)

    def _rounds(self, data: np.ndarray) -> np.ndarray:
        """How many neighbours' neighbours from its cluster's first core sample each sample is; -1
        for noise."""
        placed, core, labels = self._placed(data), self.core_sample_indices_, self.labels_
        rounds, is_core = np.full(len(data), -1), self.roles_ == CORE
        tree = KDTree(placed)
        # a core sample's cluster is numbered by the first of them
        front = core[np.unique(labels[core], return_index=True)[1]]
        now = 0
        while len(front):
            rounds[front] = now
            now += 1
            sources = front[is_core[front]]
            near = tree.query_ball_point(placed[sources], self._radius(), p=METRICS[self.metric])
            found = [
                j
                for i, row in zip(sources.tolist(), near, strict=True)
                for j in row
                if rounds[j] < 0 and labels[j] == labels[i]
            ]
            front = np.unique(np.array(found, np.intp))
        return rounds


def different(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(first row of each kind, the kind of each row); kinds are in the order of first rows."""
    if all_different(X):
        return np.arange(len(X)), np.arange(len(X))
    order = np.lexsort(X.T)
    ordered = X[order]
    is_new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    first = np.minimum.reduceat(order, np.flatnonzero(is_new))
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    kind = np.empty(len(X), np.intp)
    kind[order] = rank[np.cumsum(is_new) - 1]
    return np.sort(first), kind


def all_different(X: np.ndarray) -> bool:
    """Whether no two rows are equal, and no two have the same 64-bit hash: ten times as fast to
    find out as to sort the rows."""
    columns = (np.asarray(X, np.float64).T + 0.0).view(np.uint64)  # + 0.0 turns -0.0 into 0.0
    hashes = np.zeros(len(X), np.uint64)
    for column in columns:
        hashes = (hashes ^ column) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(32)
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all())
