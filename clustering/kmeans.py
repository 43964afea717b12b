"""K-means: each sample goes to its nearest centre, each centre to the mean of its samples, until
no label changes. The final labels always belong to the final centres.

`kmeans_variants.py` has medians, medoids and directions; `minibatch.py` learns from parts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self
from warnings import warn

import numpy as np

from clustering.base import Estimator
from clustering.errors import ConvergenceWarning, DataError, DataTypeError, ParameterError
from clustering.kernels import kernels
from clustering.seeding import INITS
from clustering.validation import (
    as_weights,
    check_choice,
    check_number,
    generator_of,
    is_differentiated,
)

__all__ = ["KMeans"]


class Step(NamedTuple):
    """One iteration: the centres the samples were assigned to, and the inertia of that."""

    centers: np.ndarray
    inertia: float
    changed: int


class Run(NamedTuple):
    """The end of one run from one initialisation."""

    centers: np.ndarray
    labels: np.ndarray
    inertia: float
    iterations: int
    converged: bool
    history: list[Step]


@dataclass(repr=False, eq=False)
class KMeans(Estimator):
    """K-means: centres that minimise the squared distances of the samples to their centre.

    Args:
        n_clusters: how many.
        init: initial centres: "k-means++", "k-means||", "random" (samples), "positions" (anywhere
            in the box around the data), "assignment" (means of random clusters), an array
            (n_clusters, features), or a function of (X, n_clusters, generator) that returns one.
        n_init: how many runs; the one of least inertia is kept. "auto": 1 for the careful inits
            and given centres, else 10.
        max_iter: iterations of a run at most.
        tol: a run ends when the centres' squared movement is at most tol times the mean variance
            of the features (or no label changes).
        random_state: seed or generator; the same seed gives the same labels on every machine.
        algorithm: "lloyd", "hamerly" (the same labels, faster where clusters are few and clear)
            or "auto".
        empty_clusters: "relocate" (to the samples farthest from their centres), "keep" (the centre
            stays) or "error".
        callback: called with each `Step`.

    After `fit`: `cluster_centers_` (n_clusters, features), `labels_` (samples,), `inertia_`,
    `n_iter_`, `converged_`, `history_` (a list of `Step`).

    Raises:
        ParameterError: a parameter is out of range, or there are fewer samples than clusters.
        DataError: X is not a finite table of numbers.

    Sources: Lloyd, "Least squares quantization in PCM", 1982; Hamerly, "Making k-means even
    faster", 2010.
    """

    n_clusters: int = 8
    init: Any = "k-means++"
    n_init: Any = "auto"
    max_iter: int = 300
    tol: float = 1e-4
    random_state: Any = None
    algorithm: str = "auto"
    empty_clusters: str = "relocate"
    callback: Callable[[Step], Any] | None = None

    metric: ClassVar[str] = "sqeuclidean"
    has_cells: ClassVar[bool] = True
    """Whether a sample belongs to the nearest centre in the plane, so that clusters have cells."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        name = type(self).__name__
        X = self._data(X, fitting=True)
        weights = as_weights(sample_weight, len(X), name)
        runs = self._check_parameters(len(X))
        random = generator_of(self.random_state, name)
        self._dtype = X.dtype
        data, self._origin = self._prepared(X)
        best: Run | None = None
        for _ in range(runs):
            run = self._run(data, weights, self._initial(data, weights, random))
            if best is None or run.inertia < best.inertia * (1 - 1e-9):
                best = run
        assert best is not None
        self.cluster_centers_ = np.asarray(best.centers + self._origin, X.dtype)
        self.labels_ = best.labels
        self.inertia_, self.n_iter_ = best.inertia, best.iterations
        self.converged_, self.history_ = best.converged, best.history
        self._warn_about(best)
        return self

    # -- results ---------------------------------------------------------------------------------

    def predict(self, X: Any) -> np.ndarray:
        """The label of the nearest centre of each row of X."""
        return self._assigned(X)[0]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the inertia of X: larger is better."""
        distances = self._assigned(X)[1]
        weights = as_weights(sample_weight, len(distances), type(self).__name__)
        return -weighted_sum(distances, weights)

    def transform(self, X: Any) -> Any:
        """The distance of each row of X to each centre (rows, n_clusters).

        A Tensor if X is one that is being differentiated.
        """
        if is_differentiated(X):
            self._check_fitted()
            difference = X[:, None, :] - self.cluster_centers_
            return self._length(difference)
        data = np.asarray(self._data(X), np.float64)
        centers = np.asarray(self.cluster_centers_, np.float64)
        return np.stack([self._length(data - center) for center in centers], axis=1)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """`fit`, then `transform`."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns that `transform` returns."""
        self._check_fitted()
        name = type(self).__name__.lower()
        return np.asarray([f"{name}{k}" for k in range(len(self.cluster_centers_))], dtype=object)

    def _assigned(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        data = self._placed(self._data(X))
        centers = np.asarray(self.cluster_centers_, np.float64) - self._origin
        labels, nearest, _ = kernels().two_nearest(data, centers, self.metric)
        return labels, self._cost(data, nearest)

    # -- geometry: what the relatives of k-means replace -------------------------------------------

    def _prepared(self, X: np.ndarray) -> tuple[np.ndarray, Any]:
        """The data as the iterations see them, and what to add to go back."""
        origin = X.mean(axis=0, dtype=np.float64)
        return X - origin, origin

    def _placed(self, X: np.ndarray) -> np.ndarray:
        return X - self._origin

    def _length(self, difference: Any) -> Any:
        return np.sqrt(np.sum(difference * difference, axis=-1))

    def _cost(self, data: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        """What each sample adds to the inertia, from the kernels' distance to its centre."""
        return nearest

    # -- iterating -------------------------------------------------------------------------------

    def _check_parameters(self, samples: int) -> int:
        """How many runs; raises ParameterError."""
        name = type(self).__name__
        check_number("n_clusters", self.n_clusters, name, least=1, whole=True)
        check_number("max_iter", self.max_iter, name, least=1, whole=True)
        check_number("tol", self.tol, name, least=0)
        check_choice("algorithm", self.algorithm, ("auto", "lloyd", "hamerly"), name)
        check_choice("empty_clusters", self.empty_clusters, ("relocate", "keep", "error"), name)
        if isinstance(self.init, str):
            check_choice("init", self.init, INITS, name)
        if samples < self.n_clusters:
            raise ParameterError(
                f"{name}: n_samples={samples} should be >= n_clusters={self.n_clusters}"
            )
        if isinstance(self.n_init, str) and self.n_init == "auto":
            careful = not isinstance(self.init, str) or self.init.startswith("k-means")
            return 1 if careful else 10
        runs = check_number("n_init", self.n_init, name, least=1, whole=True)
        given = not isinstance(self.init, str) and not callable(self.init)
        return 1 if given else runs

    def _initial(self, data: np.ndarray, weights: Any, random: np.random.Generator) -> np.ndarray:
        k, init = self.n_clusters, self.init
        if isinstance(init, str):
            return INITS[init](data, weights, k, random)
        centers = init(data + self._origin, k, random) if callable(init) else init
        centers = np.asarray(centers, np.float64)
        if centers.shape != (k, data.shape[1]) or not np.isfinite(centers).all():
            raise ParameterError(
                f"{type(self).__name__}: init must give finite centres of shape "
                f"{(k, data.shape[1])} (n_clusters, features), got shape {centers.shape}"
            )
        return self._placed(centers)

    def _run(self, data: np.ndarray, weights: Any, centers: np.ndarray) -> Run:
        assign, update = self._assigner(data), self._updater(data, weights)
        limit = self.tol * float(np.mean(np.var(data, axis=0)))
        history: list[Step] = []
        labels = np.full(len(data), -1, np.intp)
        converged = False
        while len(history) < self.max_iter and not converged:
            before = labels
            labels, nearest = assign(centers)
            changed = int(np.count_nonzero(labels != before))
            moved, inertia = update(labels, nearest, centers)
            history.append(Step(centers + self._origin, inertia, changed))
            if self.callback is not None:
                self.callback(history[-1])
            converged = not changed or float(np.sum((moved - centers) ** 2)) <= limit
            centers = moved
        return self._finished(data, weights, centers, converged, history)

    def _finished(self, data, weights, centers, converged, history) -> Run:
        """The labels of the final centres, rounded as they are shown: `predict` agrees."""
        centers = np.asarray(centers + self._origin, self._dtype) - self._origin
        labels, nearest, _ = kernels().two_nearest(data, centers, self.metric)
        inertia = weighted_sum(self._cost(data, nearest), weights)
        return Run(centers, labels, inertia, len(history), converged, history)

    def _assigner(self, data: np.ndarray) -> Callable[[np.ndarray], Any]:
        name = self.algorithm
        if name == "auto":
            large = len(data) >= 20_000 and self.n_clusters <= 512
            name = "hamerly" if large and self.metric == "sqeuclidean" else "lloyd"
        return Hamerly(data) if name == "hamerly" else lloyd(data, self.metric)

    def _updater(self, data: np.ndarray, weights: Any) -> Callable[..., tuple[np.ndarray, float]]:
        """The function that gives the new centres and the inertia of the present ones."""
        square = weighted_sum(np.einsum("ij,ij->i", data, data), weights)

        def update(labels, nearest, centers):
            sums, mass = kernels().cluster_sums(data, weights, labels, len(centers))
            within = np.einsum("ij,ij", centers, mass[:, None] * centers - 2 * sums)
            inertia = max(square + float(within), 0.0)
            if not mass.all():
                sums, mass = self._filled(data, weights, labels, nearest(), sums, mass)
            empty = mass == 0
            means = sums / np.where(empty, 1, mass)[:, None]
            return np.where(empty[:, None], centers, means), inertia

        return update

    def _filled(self, data, weights, labels, nearest, sums, mass):
        """Sums and mass after samples far from their centre have moved to empty clusters."""
        if self.empty_clusters == "error":
            raise DataError(f"{type(self).__name__}: cluster {int(mass.argmin())} became empty")
        if self.empty_clusters == "relocate":
            for cluster, donor in donors(labels, nearest, weights, mass):
                w = 1.0 if weights is None else weights[donor]
                sums[labels[donor]] -= w * data[donor]
                mass[labels[donor]] -= w
                sums[cluster], mass[cluster] = w * data[donor], w
        return sums, mass

    def _warn_about(self, run: Run) -> None:
        name = type(self).__name__
        found = len(np.unique(run.labels))
        if found < self.n_clusters:
            warn(
                f"{name}: {found} of {self.n_clusters} clusters have samples: there are fewer "
                "distinct samples, or centres that are nearest to none",
                ConvergenceWarning,
                stacklevel=4,
            )
        if not run.converged:
            warn(
                f"{name}: did not converge in max_iter={self.max_iter} iterations "
                f"({run.history[-1].changed} labels changed in the last)",
                ConvergenceWarning,
                stacklevel=4,
            )

    # -- pictures --------------------------------------------------------------------------------

    def film(self, data: np.ndarray, films: Any) -> Any:
        """How `plots.plot_iterations` shows the fit to `data`, as one of `films`."""
        name = type(self).__name__
        if not hasattr(self, "history_"):
            raise DataTypeError(f"{name} has no history_: it was not fitted by fit")

        def labels_at(centers: np.ndarray) -> np.ndarray:
            now = copy(self)
            now.cluster_centers_ = centers
            vars(now).pop("feature_names_in_", None)  # the data are an array
            return now.predict(data)

        centers = [*(step.centers for step in self.history_), self.cluster_centers_]
        return films.of_centers(centers, data, name, labels_at, self.has_cells)


def weighted_sum(values: np.ndarray, weights: np.ndarray | None) -> float:
    return float(values.sum() if weights is None else values @ weights)


def donors(labels: np.ndarray, nearest: np.ndarray, weights: Any, mass: np.ndarray):
    """(empty cluster, sample to move there) pairs: the samples farthest from their centre, each
    from a cluster that keeps another sample."""
    positive = np.ones(len(labels), bool) if weights is None else weights > 0
    left = np.bincount(labels[positive], minlength=len(mass))
    empty = iter(np.flatnonzero(mass == 0))
    cluster = next(empty, None)
    for sample in np.argsort(-nearest, kind="stable"):
        if cluster is None or nearest[sample] == 0:
            return
        if positive[sample] and left[labels[sample]] > 1:
            left[labels[sample]] -= 1
            yield cluster, sample
            cluster = next(empty, None)


def lloyd(data: np.ndarray, metric: str) -> Callable[[np.ndarray], Any]:
    """The assignment that looks at every centre: centres -> labels, and how to get distances."""

    def assign(centers: np.ndarray) -> Any:
        labels, nearest, _ = kernels().two_nearest(data, centers, metric)
        return labels, lambda: nearest

    return assign


class Hamerly:
    """The same labels from bounds: a sample whose centre is surely nearest is not looked at.

    `upper` bounds the distance to its centre, `lower` that to every other.
    """

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.slack = 1e-11 * float(np.sqrt(np.max(np.einsum("ij,ij->i", data, data), initial=0.0)))
        self.centers: np.ndarray | None = None

    def __call__(self, centers: np.ndarray) -> Any:
        data = self.data
        if self.centers is None:
            labels, first, second = kernels().two_nearest(data, centers)
            self.labels, self.upper, self.lower = labels, np.sqrt(first), np.sqrt(second)
        else:
            labels = self.labels = self.labels.copy()
            move = np.sqrt(np.sum((centers - self.centers) ** 2, axis=1))
            others = np.full(len(move), move.max())
            others[move.argmax()] = np.partition(move, -2)[-2] if len(move) > 1 else 0.0
            gaps = kernels().square_distances(centers, centers)
            np.fill_diagonal(gaps, np.inf)
            half = np.sqrt(gaps.min(axis=1)) / 2
            kernels().reassign(
                data, centers, labels, self.upper, self.lower, move, others, half, self.slack
            )
        self.centers = centers
        return labels, lambda: kernels().own_distances(data, centers, labels)
