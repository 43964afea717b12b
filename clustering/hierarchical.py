"""Hierarchical clustering: the two nearest clusters are merged, again and again.

`trees.py` cuts and reads the trees, `dendrogram.py` draws them, `connectivity.py` merges along a
graph only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self
from warnings import warn

import numpy as np

from clustering.base import Estimator
from clustering.connectivity import CENTERS, as_edges, merges_along
from clustering.dbscan import different
from clustering.distances import PRECOMPUTED, Distances, as_distances, centered
from clustering.errors import ParameterError
from clustering.kernels import kernels
from clustering.trees import as_tree, highest, joined, labels_after, labels_of
from clustering.validation import check_choice, check_finite, check_number

__all__ = ["AgglomerativeClustering", "linkage"]

METHODS = ("single", "complete", "average", "weighted", "ward", "centroid", "median")
"""Linkages, in the order of their codes in the kernels."""

MANY = 10_000
"""Samples beyond which equal ones are joined first, if most have an equal."""


def linkage(
    X: Any, method: str = "single", metric: Any = "euclidean", *, connectivity: Any = None
) -> np.ndarray:
    """The linkage matrix (n - 1, 4) of n samples, in SciPy's format (see `trees.py`).

    Args:
        X: samples (n, features), or their distances: 1-d (condensed, as SciPy's pdist gives
            them), or a square matrix with `metric="precomputed"`.
        method: the distance of two clusters: of their nearest ("single") or farthest ("complete")
            samples, the mean of all pairs ("average"), the mean of the distances of the two
            clusters merged last ("weighted"), what their union adds to the sum of squares ("ward"),
            or that of their centroids ("centroid") or of the middles of middles ("median"); the
            last two may give a merge a lower height than the one before it.
        metric: "euclidean", "manhattan", "chebyshev", "cosine", ... or a function of two samples.
            Ward, centroid and median need Euclidean distances.
        connectivity: a graph of which samples may be joined, as in `AgglomerativeClustering`.

    Single and Ward linkage of points take O(n·d) memory, the others that of a square matrix.
    Of equally near clusters those in the lowest slots merge first (`kernels/plain/linkage.py`);
    merges of equal height are in the order in which they were found. One sample gives (0, 4).

    Raises:
        ParameterError: there is no such method or metric, or they do not go together.
        DataError: X is not finite, or not a table.
    """
    check_choice("method", method, METHODS, "linkage")
    distances = as_distances(X, metric, "linkage")
    if distances.points is not None and _looks_like_distances(distances.points):
        warn(
            "linkage: X looks like a matrix of distances; if it is, pass metric='precomputed'",
            stacklevel=2,
        )
    merges = distances.n - 1
    return _linkage(X, distances, method, connectivity, merges, "linkage")[0]


def _linkage(
    X: Any, distances: Distances, method: str, connectivity: Any, merges: int, name: str
) -> tuple[np.ndarray, int]:
    """The linkage matrix, and the components of the graph; fewer merges only along a graph."""
    if method in CENTERS and distances.points is not None and not distances.is_euclidean:
        raise ParameterError(
            f"{name}: {method!r} works with Euclidean distances only, not with this metric"
        )
    if distances.n < 2:
        return np.empty((0, 4)), 1
    code, components = METHODS.index(method), 1
    if connectivity is None:
        children, heights, sizes = _merged(distances, method, code, name)
    else:
        if method in CENTERS and distances.points is None:
            raise ParameterError(
                f"{name}: {method!r} along a graph needs the samples, not distances"
            )
        edges, components = as_edges(connectivity, X, distances, name)
        children, heights, sizes = merges_along(edges, distances, method, code, merges)
    check_finite(heights, f"{name}: distances")
    return np.column_stack([children, heights * distances.factor, sizes]), components


def _merged(distances: Distances, method: str, code: int, name: str) -> tuple[np.ndarray, ...]:
    """Children, heights and sizes of all merges."""
    n, points, counts = distances.n, distances.points, np.ones(distances.n)
    first = kind = np.arange(n)
    if n > MANY and points is not None and not callable(distances.metric):
        found = different(points)
        if 2 * len(found[0]) < n:
            first, kind = found
            counts = np.bincount(kind).astype(np.float64)
            distances = replace(distances, n=len(first), points=points[first])
    pairs, heights = _pairs(distances, counts, method, code, name)
    again = np.setdiff1d(np.arange(n), first)
    repeated = np.stack([first[kind[again]], again], axis=1)
    pairs = np.concatenate([repeated, first[pairs]])
    heights = np.concatenate([np.zeros(len(again)), heights])
    if method not in ("centroid", "median"):
        order = np.argsort(heights, kind="stable")
        pairs, heights = pairs[order], heights[order]
    children, sizes, _ = joined(n, pairs)
    return children, heights, sizes


def _pairs(
    distances: Distances, counts: np.ndarray, method: str, code: int, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Merges of weighted samples, as pairs of slots, and their heights."""
    kernel, n, points = kernels().linkage, distances.n, distances.points
    squared = method in CENTERS
    if method == "single":
        if points is not None and distances.metric in ("euclidean", "sqeuclidean"):
            pairs, heights = kernel.path(points)
            squared = distances.is_euclidean
        else:
            pairs, heights = kernel.path_by_rows(n, distances.row)
    elif method == "ward" and points is not None:
        pairs, heights = kernel.ward_chain(centered(points), counts)
        heights *= 2
    else:
        find = kernel.greedy if method in ("centroid", "median") else kernel.matrix_chain
        D = kernel.square(distances.all(name, squared=squared), n)
        pairs, heights = find(D, code, counts)
    return pairs, np.sqrt(np.maximum(heights, 0)) if squared else heights


def _looks_like_distances(X: np.ndarray) -> bool:
    """Whether X is square and symmetric, with a diagonal of zeros and nothing below 0."""
    return (
        X.shape[0] == X.shape[1] > 1
        and not X.diagonal().any()
        and bool((X >= 0).all())
        and np.allclose(X, X.T)
    )


@dataclass(repr=False, eq=False)
class AgglomerativeClustering(Estimator):
    """Hierarchical clustering, cut at a number of clusters or at a height.

    Args:
        n_clusters: how many; None if `distance_threshold` is given.
        metric: as in `linkage`; "precomputed": X is the square matrix of distances.
        connectivity: only adjacent samples and clusters are merged: a sparse graph (n, n), whose
            stored entries are edges in both directions, an array, or a function that makes one
            from X, such as `functools.partial(kneighbors_graph, n_neighbors=10)`. Between clusters
            that have more than one edge, "complete", "average" and "weighted" know the distances
            along edges only. A graph of several components is completed, with a warning, by
            the shortest edge between each two.
        compute_full_tree: whether to go on below `n_clusters`: True, False (stop there; only along
            a graph) or "auto" (stop if n_clusters is at least 100 and 2 % of the samples).
        linkage: any `method` of `linkage`.
        distance_threshold: clusters this far apart, or farther, are not merged.
        compute_distances: for scikit-learn's callers; `distances_` is always there.

    After `fit`: `labels_` (samples,), numbered by the clusters' first samples; `n_clusters_`;
    `children_` (merges, 2) and `distances_`, the heights of the merges; `linkage_matrix_` (merges,
    4) in SciPy's format, for `cut`, `cophenetic` and `plot_dendrogram`; `n_leaves_`, the samples;
    `n_connected_components_` of the graph before it was completed.

    Raises:
        ParameterError: a parameter is out of range, or there are fewer samples than clusters.
        DataError: X is not a finite table of numbers.

    Source: Ward, "Hierarchical grouping to optimize an objective function", 1963; Murtagh, "A
    survey of recent advances in hierarchical clustering algorithms", 1983.
    """

    n_clusters: int | None = 2
    metric: Any = "euclidean"
    connectivity: Any = None
    compute_full_tree: Any = "auto"
    linkage: str = "ward"
    distance_threshold: float | None = None
    compute_distances: bool = False

    def fit(self, X: Any, y: Any = None) -> Self:
        name = type(self).__name__
        X = self._data(X, fitting=True)
        n = len(X)
        merges = self._check_parameters(n)
        distances = as_distances(X, self.metric, name)
        Z, components = _linkage(X, distances, self.linkage, self.connectivity, merges, name)
        self.linkage_matrix_, self.n_connected_components_, self.n_leaves_ = Z, components, n
        self.children_, self.distances_ = Z[:, :2].astype(np.intp), Z[:, 2]
        if self.distance_threshold is None:
            assert self.n_clusters is not None
            self.labels_ = labels_after(self.children_, n - self.n_clusters, n)
        else:
            low = highest(as_tree(Z, name)) < self.distance_threshold
            self.labels_ = labels_of(self.children_, low, n)
        self.n_clusters_ = int(self.labels_.max()) + 1
        return self

    def _check_parameters(self, n: int) -> int:
        """How many merges to make."""
        name = type(self).__name__
        k, threshold, full = self.n_clusters, self.distance_threshold, self.compute_full_tree
        check_choice("linkage", self.linkage, METHODS, name)
        if (k is None) == (threshold is None):
            raise ParameterError(
                f"{name}: give either n_clusters or distance_threshold, and None for the other; "
                f"got n_clusters={k!r}, distance_threshold={threshold!r}"
            )
        if full != "auto" and not isinstance(full, bool | np.bool_):
            raise ParameterError(
                f"{name}: compute_full_tree must be True, False or 'auto', got {full!r}"
            )
        if k is None:
            check_number("distance_threshold", threshold, name, least=0)
            if not full:
                raise ParameterError(
                    f"{name}: compute_full_tree must be True with a distance_threshold"
                )
            return n - 1
        check_number("n_clusters", k, name, least=1, whole=True)
        if k > n:
            raise ParameterError(f"{name}: n_clusters={k} is more than n_samples={n}")
        return n - 1 if full is True or (full == "auto" and k < max(100, 0.02 * n)) else n - k

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == PRECOMPUTED
        return tags
