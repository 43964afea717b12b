"""Spectral clustering: similarities make a graph, and the eigenvectors of its Laplacian place its
nodes where k-means separates them.

Similarities, Laplacians, `spectral_projector` and `spectral_embedding` take Tensors too. A graph
is a symmetric matrix of weights >= 0, dense or sparse; its diagonal (what a node has in common
with itself) is not an edge and counts nowhere.

Formulas: von Luxburg, "A tutorial on spectral clustering", 2007.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from warnings import warn

import numpy as np
from scipy.linalg import eigh as some_eigh
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigsh
from scipy.spatial import KDTree

from autograd_core import OperationError, UnsupportedError, general
from autograd_core.extend import value_of
from clustering.base import Estimator
from clustering.distances import directions
from clustering.errors import DataError
from clustering.kmeans import KMeans
from clustering.validation import (
    as_data,
    as_numbers,
    check_choice,
    check_finite,
    check_number,
    is_differentiated,
)

__all__ = [
    "SpectralClustering",
    "cosine_similarity",
    "eigengap",
    "knn_similarity",
    "laplacian",
    "rbf_similarity",
    "spectral_embedding",
    "spectral_projector",
]

LAPLACIANS = ("random walk", "symmetric", "unnormalized")

SMALL = 300
"""Up to this many nodes all eigenvectors are as fast as some."""


# -- similarities --------------------------------------------------------------------------------


def cosine_similarity(X: Any, threshold: float | None = None) -> Any:
    """Cosines (n, n) of the angles between the rows of X; those below the threshold become 0.

    A row of zeros has similarity 0 with every row, and gradient 0.
    """
    unit = directions(_samples(X, "cosine_similarity"))
    similarity = unit @ np.swapaxes(unit, 0, 1)
    if threshold is None:
        return similarity
    check_number("threshold", threshold, "cosine_similarity")
    return np.where(value_of(similarity) >= threshold, similarity, 0)


def rbf_similarity(X: Any, gamma: Any = 1.0) -> Any:
    """exp(-gamma distance²) of the rows of X, (n, n); differentiable in X and gamma."""
    X = _samples(X, "rbf_similarity")
    X = X - np.mean(value_of(X), axis=0)  # squares stay small far from the origin
    square = np.sum(X * X, axis=1)
    distance = square[:, None] + square - 2 * (X @ np.swapaxes(X, 0, 1))
    apart = 1 - np.eye(X.shape[0])
    return np.exp(-gamma * np.maximum(distance, 0) * apart)


def knn_similarity(X: Any, n_neighbors: int = 10) -> csr_array:
    """A sparse graph (n, n): 1 for rows that are among each other's nearest n_neighbors (itself
    included), ½ where only one is among the other's.

    Raises:
        UnsupportedError: X is being differentiated; neighbours change in jumps.
        ParameterError: there are fewer rows than neighbours.
    """
    if is_differentiated(X):
        raise UnsupportedError(
            "knn_similarity: which samples are neighbours has no derivative; detach X, or use "
            "rbf_similarity or cosine_similarity"
        )
    data = as_data(X, "knn_similarity")
    n = len(data)
    check_number("n_neighbors", n_neighbors, "knn_similarity", least=1, most=n, whole=True)
    columns = KDTree(data).query(data, k=n_neighbors)[1]
    rows = np.repeat(np.arange(n), n_neighbors)
    graph = csr_array((np.ones(len(rows)), (rows, np.ravel(columns))), shape=(n, n))
    return csr_array((graph + graph.T) / 2)


def _samples(X: Any, name: str) -> Any:
    return X if is_differentiated(X) else as_data(X, name)


# -- Laplacians ----------------------------------------------------------------------------------


def laplacian(W: Any, kind: str = "unnormalized") -> Any:
    """The Laplacian (n, n) of a graph, of the kind of its matrix: dense, sparse or Tensor.

    "unnormalized": D - W; "symmetric": I - D^-½ W D^-½; "random walk": I - D⁻¹ W, where D holds
    the nodes' degrees. Isolated nodes have rows of zeros (and gradients 0 in normalised
    Laplacians, which jump with a node's first edge). Eigenvalue 0 has as many eigenvectors
    as the graph has components.
    """
    check_choice("kind", kind, LAPLACIANS, "laplacian")
    if hasattr(W, "tocsr"):
        W = _without_diagonal(csr_array(W))
        degree = W.sum(axis=1)
        if kind == "unnormalized":
            return csr_array(diags_array(degree) - W)
        left, right = _scales(degree, kind)
        linked = diags_array((degree > 0).astype(float))
        return csr_array(linked - diags_array(left) @ W @ diags_array(right))
    W = _without_diagonal(W if is_differentiated(W) else as_graph(W, "laplacian", symmetric=False))
    degree = np.sum(W, axis=1)
    if kind == "unnormalized":
        return np.eye(W.shape[0]) * degree - W
    left, right = _scales(degree, kind)
    return np.diag((value_of(degree) > 0).astype(float)) - left[:, None] * W * right


def _without_diagonal(W: Any) -> Any:
    if isinstance(W, csr_array):
        return csr_array(W - diags_array(W.diagonal()))
    return W * (1 - np.eye(W.shape[0]))


def _scales(degree: Any, kind: str) -> tuple[Any, Any]:
    """What a normalised Laplacian multiplies rows and columns by; 0 for isolated nodes."""
    linked = value_of(degree) > 0
    inverse = np.where(linked, 1 / np.where(linked, degree, 1), 0)
    if kind == "random walk":
        return inverse, np.ones(len(linked))
    root = np.where(linked, 1 / np.sqrt(np.where(linked, degree, 1)), 0)
    return root, root


def as_graph(W: Any, name: str, *, symmetric: bool = True) -> Any:
    """W as a float64 array or csr_array of finite weights >= 0, square and symmetric.

    Raises:
        DataError: W is not such a matrix.
    """
    if hasattr(W, "tocsr"):
        W = csr_array(W, dtype=np.float64)
        entries = W.data
    else:
        W = entries = as_numbers(W, name).astype(np.float64)
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not W.shape[0]:
        raise DataError(f"{name}: expected a square matrix of weights, got shape {W.shape}")
    check_finite(entries, name)
    if symmetric:
        if entries.min(initial=0) < 0:
            raise DataError(
                f"{name}: weights must be >= 0, the least is {entries.min():g}; of cosines keep "
                "those above a threshold"
            )
        if abs(W - W.T).max() > 1e-8 * entries.max(initial=0):
            raise DataError(f"{name}: the weights are not symmetric; pass (W + W.T) / 2")
    return W


# -- eigenvectors --------------------------------------------------------------------------------


class Components(NamedTuple):
    """Connected components: how many, and each node's, the largest first."""

    count: int
    of: np.ndarray


def components(W: Any) -> Components:
    """The connected components of a graph, by their number of nodes (ties: by the first node)."""
    if not hasattr(W, "tocsr") and np.count_nonzero(W[0]) >= len(W) - (W[0, 0] == 0):
        return Components(1, np.zeros(len(W), np.intp))
    count, of = connected_components(csr_array(_without_diagonal(W)), directed=False)
    rank = np.empty(count, np.intp)
    rank[np.argsort(-np.bincount(of), kind="stable")] = np.arange(count)
    return Components(count, rank[of])


def smallest(W: Any, k: int, kind: str, found: Components | None = None) -> tuple[Any, Any]:
    """The k smallest eigenvalues (k,) of a graph's Laplacian and their vectors (n, k).

    Component by component, so that none of the eigenvalues 0 is missed; these are in the order of
    the components' sizes. For "random walk" the vectors are those of "symmetric".
    """
    found = components(W) if found is None else found
    n = W.shape[0]
    values, vectors = [], []
    order = np.argsort(found.of, kind="stable")
    edges = np.searchsorted(found.of[order], np.arange(found.count + 1))
    for c in range(min(found.count, k) if found.count >= k else found.count):
        rows = order[edges[c] : edges[c + 1]]
        block = W if found.count == 1 else W[rows][:, rows]
        wanted = 1 if found.count >= k else min(k, len(rows))
        w, v = _of_connected(_without_diagonal(block), wanted, kind)
        whole = np.zeros((n, len(w)))
        whole[rows] = v
        values.append(w)
        vectors.append(whole)
    values, vectors = np.concatenate(values), np.concatenate(vectors, axis=1)
    first = np.argsort(values, kind="stable")[:k]
    return values[first], with_signs(vectors[:, first])


def _of_connected(W: Any, k: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """`smallest` of a connected graph without diagonal."""
    n, degree = W.shape[0], np.asarray(W.sum(axis=1)).ravel()
    constant = np.ones(n) if kind == "unnormalized" else np.sqrt(degree) if n > 1 else np.ones(1)
    constant = constant / np.linalg.norm(constant)
    if k == 1:
        return np.zeros(1), constant[:, None]
    L = laplacian(W, "unnormalized" if kind == "unnormalized" else "symmetric")
    w = v = None
    if n > SMALL and k < n // 4:
        start = np.random.default_rng(0).random(n)
        try:
            if kind != "unnormalized" and not hasattr(L, "tocsr"):
                w, v = eigsh(np.eye(n) - L, k, which="LA", v0=start)
                w = 1 - w
            else:
                below = -1e-5 * (degree.mean() if kind == "unnormalized" else 1.0)
                w, v = eigsh(L.tocsc() if hasattr(L, "tocsr") else L, k, sigma=below, v0=start)
        except (ArpackError, RuntimeError):  # no convergence, or a singular factor
            w = None
    if w is None or v is None:
        L = L.toarray() if hasattr(L, "tocsr") else L
        w, v = some_eigh(L, subset_by_index=[0, k - 1])
    order = np.argsort(w, kind="stable")
    w, v = np.maximum(w[order], 0), v[:, order]
    w[0], v[:, 0] = 0, constant
    return w, v


def with_signs(vectors: np.ndarray) -> np.ndarray:
    """Columns with the first of their (almost) largest components positive."""
    size = np.abs(vectors)
    top = np.argmax(size >= (1 - 1e-6) * size.max(axis=0, initial=0), axis=0)
    signs = np.sign(vectors[top, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1, signs)


class Eigengap(NamedTuple):
    """How many clusters the largest gap suggests; the eigenvalues and the gaps between them."""

    n_clusters: int
    eigenvalues: np.ndarray
    gaps: np.ndarray


def eigengap(W: Any, n: int = 10, laplacian: str = "random walk") -> Eigengap:
    """The number of clusters, at most n, after which the Laplacian's eigenvalues jump most.

    eigenvalues: the n + 1 smallest (or all), gaps[i] = eigenvalues[i + 1] - eigenvalues[i]. A
    graph of more than n components has that many clusters.
    """
    check_choice("laplacian", laplacian, LAPLACIANS, "eigengap")
    check_number("n", n, "eigengap", least=1, whole=True)
    W = as_graph(W, "eigengap")
    found = components(W)
    values, _ = smallest(W, min(n + 1, W.shape[0]), laplacian, found)
    gaps = np.diff(values)
    if found.count > n or not len(gaps):
        return Eigengap(found.count, values, gaps)
    return Eigengap(int(np.argmax(gaps)) + 1, values, gaps)


# -- differentiable ------------------------------------------------------------------------------


def _projector_change(t, a, k):
    """The change of the projector for a change t of the matrix; this map is its own transpose.

    Only differences between a value inside and one outside are divided by: values that coincide
    within either side do no harm.
    """
    w, v = np.linalg.eigh(_symmetric(a))
    inside, outside = v[:, :k], v[:, k:]
    m = np.swapaxes(inside, 0, 1) @ _symmetric(t) @ outside
    change = inside @ (m / (w[:k, None] - w[k:])) @ np.swapaxes(outside, 0, 1)
    return change + np.swapaxes(change, 0, 1)


def _symmetric(a):
    return (a + np.swapaxes(a, 0, 1)) / 2


@general(_projector_change, _projector_change)
def eigenprojector(a, k):
    """U Uᵀ (n, n), where the columns of U are eigenvectors of the k smallest eigenvalues of the
    symmetric part of `a`.

    First derivatives are right and finite wherever the k-th and the next eigenvalue differ, also
    where eigenvalues coincide; second derivatives there raise an error.

    Raises:
        OperationError: the k-th and the next eigenvalue coincide, or k is not in 1..n.
    """
    n = len(a)
    check_number("k", k, "eigenprojector", least=1, most=n, whole=True)
    w, v = np.linalg.eigh(_symmetric(a))
    if k < n and w[k] - w[k - 1] <= 8 * n * np.finfo(w.dtype).eps * np.abs(w).max():
        raise OperationError(
            f"eigenvalues {k} and {k + 1} coincide ({w[k]:.3g}): there are many spaces of k={k} "
            "smallest eigenvectors (a graph of more than k components?); change k"
        )
    return v[:, :k] @ v[:, :k].T


def spectral_projector(W: Any, k: int, laplacian: str = "symmetric") -> Any:
    """The projector (n, n) on the k smallest eigenvectors of a graph's Laplacian.

    Its rows have the distances and inner products that the rows of the embedding have, and a
    derivative also where eigenvalues coincide. Of W its symmetric part counts.

    Raises: as `eigenprojector`.
    """
    kinds = ("symmetric", "unnormalized")
    check_choice("laplacian", laplacian, kinds, "spectral_projector")
    W = _symmetric(W if is_differentiated(W) else as_graph(W, "spectral_projector"))
    return eigenprojector(_laplacian_of(W, laplacian), k)


def spectral_embedding(W: Any, k: int, laplacian: str = "random walk") -> Any:
    """The k smallest eigenvectors of a graph's Laplacian as columns (n, k).

    Columns are orthonormal; for "random walk" they are then divided by the roots of the degrees.
    If W is being differentiated the derivative is that of the space they span: the basis moves
    with it without turning inside. So functions that do not depend on the basis (distances,
    inner products) have their right derivative, also where eigenvalues coincide.

    Raises: as `eigenprojector` while differentiating.
    """
    name = "spectral_embedding"
    check_choice("laplacian", laplacian, LAPLACIANS, name)
    n = W.shape[0] if is_differentiated(W) else (W := as_graph(W, name)).shape[0]
    check_number("k", k, name, least=1, most=n, whole=True)
    if not is_differentiated(W):
        basis = smallest(W, k, laplacian)[1]
        return basis if laplacian != "random walk" else per_root_degree(basis, W)
    W = _symmetric(W)
    L = _laplacian_of(W, laplacian)
    fixed = with_signs(np.linalg.eigh(_symmetric(value_of(L)))[1][:, :k])
    moved = eigenprojector(L, k) @ fixed
    factor = np.linalg.cholesky(fixed.T @ moved)  # keeps the columns orthonormal
    basis = np.swapaxes(np.linalg.solve(factor, np.swapaxes(moved, 0, 1)), 0, 1)
    return basis if laplacian != "random walk" else per_root_degree(basis, W)


def _laplacian_of(W: Any, kind: str) -> Any:
    return laplacian(W, "unnormalized" if kind == "unnormalized" else "symmetric")


def per_root_degree(basis: Any, W: Any) -> Any:
    """The rows over the root of their node's degree; isolated nodes keep theirs."""
    W = _without_diagonal(W)
    degree = W.sum(axis=1)
    degree = np.where(value_of(degree) > 0, degree, 1)
    return basis / np.sqrt(degree)[:, None]


# -- clustering ----------------------------------------------------------------------------------


@dataclass(repr=False, eq=False)
class SpectralClustering(Estimator):
    """Spectral clustering: k-means on the rows of the k smallest eigenvectors of a Laplacian.

    Args:
        n_clusters: how many.
        affinity: "rbf", "nearest_neighbors", "cosine", "precomputed" (X is the graph, dense or
            sparse), or a function of X that returns the graph.
        gamma: of "rbf": exp(-gamma distance²).
        n_neighbors: of "nearest_neighbors".
        threshold: of "cosine": cosines below it are not edges.
        laplacian: "random walk" (scikit-learn's; the one to use), "symmetric" (rows scaled to
            length 1), or "unnormalized", which likes to cut off single nodes where degrees differ.
        n_init: runs of k-means.
        random_state: seed or generator of k-means.

    A component of the graph is never cut in favour of another while there are as many components
    as clusters or more. If there are more (an isolated node is one), they are put together, the
    largest first, each to the cluster with the fewest nodes so far, with a warning.

    After `fit`: `labels_` (samples,), `affinity_matrix_` (samples, samples), `eigenvalues_`
    (n_clusters,), `embedding_` (samples, n_clusters), the rows k-means saw,
    `n_connected_components_`.

    Raises:
        ParameterError: a parameter is out of range, or there are fewer samples than clusters.
        DataError: X is not a finite table of numbers, or no graph.

    Sources: Shi & Malik, "Normalized cuts and image segmentation", 2000; Ng, Jordan & Weiss, "On
    spectral clustering: analysis and an algorithm", 2002.
    """

    n_clusters: int = 8
    affinity: Any = "rbf"
    gamma: float = 1.0
    n_neighbors: int = 10
    threshold: float = 0.0
    laplacian: str = "random walk"
    n_init: int = 10
    random_state: Any = None

    def fit(self, X: Any, y: Any = None) -> Self:
        name, k = type(self).__name__, self.n_clusters
        check_number("n_clusters", k, name, least=1, whole=True)
        check_number("n_init", self.n_init, name, least=1, whole=True)
        check_choice("laplacian", self.laplacian, LAPLACIANS, name)
        W = affinity_of(self, X)
        check_number("n_clusters", k, name, most=W.shape[0], whole=True)
        found = components(W)
        self.affinity_matrix_, self.n_connected_components_ = W, found.count
        self.eigenvalues_, basis = smallest(W, k, self.laplacian, found)
        if self.laplacian == "symmetric":
            basis = directions(basis)
        elif self.laplacian == "random walk":
            basis = per_root_degree(basis, W)
        self.embedding_ = basis
        if found.count > k:
            warn(
                f"{name}: the graph has {found.count} components, more than n_clusters={k} "
                f"(of a single node: {np.count_nonzero(np.bincount(found.of) == 1)}); clusters are "
                "unions of components",
                stacklevel=2,
            )
        if found.count >= k:
            self.labels_ = put_together(np.bincount(found.of), k)[found.of]
        else:
            means = KMeans(k, n_init=self.n_init, random_state=self.random_state)
            self.labels_ = means.fit_predict(basis)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = tags.input_tags.sparse = self.affinity == "precomputed"
        return tags


def affinity_of(estimator: Any, X: Any) -> Any:
    """The graph that an estimator's `affinity` and its parameters make of X."""
    name, affinity = type(estimator).__name__, estimator.affinity
    if callable(affinity):
        return as_graph(affinity(estimator._data(X, fitting=True)), name)
    makers: dict[str, Callable[[Any], Any]] = {
        "rbf": lambda X: rbf_similarity(X, gamma_of(estimator, X.shape[1])),
        "nearest_neighbors": lambda X: knn_similarity(X, neighbors_of(estimator, len(X))),
        "cosine": lambda X: cosine_similarity(X, threshold_of(estimator)),
    }
    check_choice("affinity", affinity, (*makers, "precomputed"), name)
    if affinity != "precomputed":
        return makers[affinity](np.asarray(estimator._data(X, fitting=True), np.float64))
    W = as_graph(X, name)
    estimator.n_features_in_ = W.shape[1]
    return W


def gamma_of(estimator: Any, features: int) -> float:
    gamma = 1 / features if estimator.gamma is None else estimator.gamma
    return check_number("gamma", gamma, type(estimator).__name__, above=0)


def neighbors_of(estimator: Any, samples: int) -> int:
    if estimator.n_neighbors is None:
        return max(samples // 10, 1)
    return estimator.n_neighbors


def threshold_of(estimator: Any) -> float:
    return check_number("threshold", estimator.threshold, type(estimator).__name__, least=0)


def put_together(sizes: np.ndarray, k: int) -> np.ndarray:
    """The cluster of each component (sizes descending): the one with the fewest nodes so far."""
    clusters, total = np.empty(len(sizes), np.intp), np.zeros(k, np.intp)
    for component, size in enumerate(sizes):
        clusters[component] = total.argmin()
        total[clusters[component]] += size
    return clusters
