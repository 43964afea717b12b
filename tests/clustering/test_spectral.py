"""Similarities, Laplacians and spectral clustering against SciPy, scikit-learn, closed forms."""

from itertools import product

import numpy as np
import pytest
import sklearn.cluster as peer
from scipy.sparse import csgraph, csr_array
from sklearn.datasets import load_digits, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import cosine_similarity as peer_cosine
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import kneighbors_graph

import autograd_core as ac
from autograd_core import OperationError, UnsupportedError
from clustering import (
    SpectralClustering,
    cosine_similarity,
    eigengap,
    knn_similarity,
    laplacian,
    rbf_similarity,
    spectral_embedding,
    spectral_projector,
)
from clustering.errors import DataError, ParameterError
from clustering.spectral import LAPLACIANS, SMALL, smallest, with_signs

FIVE = np.array(
    [
        [0.0, 0.9, 0.8, 0.1, 0.0],
        [0.9, 0.0, 0.7, 0.0, 0.0],
        [0.8, 0.7, 0.0, 0.0, 0.2],
        [0.1, 0.0, 0.0, 0.0, 0.5],
        [0.0, 0.0, 0.2, 0.5, 0.0],
    ]
)
"""A graph of five nodes: three close ones, and two that hold together less."""


def symmetric(w):
    return (w + np.swapaxes(w, 0, 1)) / 2


def edges(w, W):
    """The symmetric part of w where W has edges, so that no small step makes a new one."""
    return symmetric(w) * (W > 0)


def random_graph(n=12, density=0.6, seed=0):
    random = np.random.default_rng(seed)
    W = np.triu(random.random((n, n)) * (random.random((n, n)) < density), 1)
    return W + W.T


def blocks(*sizes):
    W = np.zeros((sum(sizes), sum(sizes)))
    start = 0
    for seed, size in enumerate(sizes):
        part = np.random.default_rng(seed).random((size, size)) + 0.5
        W[start : start + size, start : start + size] = part + part.T
        start += size
    np.fill_diagonal(W, 0)
    return W, np.repeat(np.arange(len(sizes)), sizes)


# -- similarities --------------------------------------------------------------------------------


def test_similarities_are_scikit_learns():
    X = np.random.default_rng(0).normal(size=(40, 3))
    np.testing.assert_allclose(rbf_similarity(X, 0.7), rbf_kernel(X, gamma=0.7), atol=1e-14)
    np.testing.assert_allclose(rbf_similarity(X + 1e6, 0.7), rbf_kernel(X, gamma=0.7), atol=1e-8)
    S = peer_cosine(X)
    np.testing.assert_allclose(cosine_similarity(X), S, atol=1e-14)
    np.testing.assert_allclose(cosine_similarity(X, 0.5), np.where(S >= 0.5, S, 0), atol=1e-14)
    A = kneighbors_graph(X, 6, include_self=True).toarray()
    np.testing.assert_array_equal(knn_similarity(X, 6).toarray(), (A + A.T) / 2)


def test_similarities_have_gradients():
    X = np.random.default_rng(0).normal(size=(5, 3))
    assert ac.gradcheck(rbf_similarity, X, np.array(0.7))
    assert ac.gradcheck(cosine_similarity, X)
    assert ac.gradcheck(lambda x: cosine_similarity(x, 0.3), X)
    X[2] = 0
    assert not cosine_similarity(X)[2].any()
    gradient = ac.grad(lambda x: np.sum(cosine_similarity(x) ** 2))(X)
    assert np.isfinite(gradient).all() and not gradient[2].any()
    with pytest.raises(UnsupportedError, match="neighbours"):
        knn_similarity(ac.Tensor(X, requires_grad=True), 2)


# -- Laplacians ----------------------------------------------------------------------------------


@pytest.mark.parametrize("isolated", [False, True])
def test_laplacians_are_scipys(isolated):
    W = random_graph()
    if isolated:
        W[3] = W[:, 3] = 0
    expected = csgraph.laplacian(W)
    normed = csgraph.laplacian(W, normed=True)
    degree = W.sum(axis=1)
    walk = np.divide(expected, degree[:, None], out=np.zeros_like(W), where=degree[:, None] > 0)
    for kind, L in (("unnormalized", expected), ("symmetric", normed), ("random walk", walk)):
        np.testing.assert_allclose(laplacian(W, kind), L, atol=1e-14)
        np.testing.assert_allclose(laplacian(W + np.eye(12), kind), L, atol=1e-14)
        np.testing.assert_allclose(laplacian(csr_array(W), kind).toarray(), L, atol=1e-14)
        assert ac.gradcheck(lambda w, kind=kind: laplacian(edges(w, W), kind), W)


@pytest.mark.parametrize("kind", LAPLACIANS)
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("n", [40, SMALL + 60])
def test_smallest_eigenvectors(kind, sparse, n):
    W = random_graph(n, 0.2, seed=n)
    values, U = smallest(csr_array(W) if sparse else W, 4, kind)
    L = laplacian(W, "unnormalized" if kind == "unnormalized" else "symmetric")
    w, v = np.linalg.eigh(L)
    np.testing.assert_allclose(values, w[:4], atol=1e-8)
    np.testing.assert_allclose(U @ U.T, v[:, :4] @ v[:, :4].T, atol=1e-7)
    np.testing.assert_allclose(L @ U, U * values, atol=1e-7)
    np.testing.assert_array_equal(with_signs(-U), U)


def test_eigenvalue_zero_counts_components():
    W, _ = blocks(5, 1, 4, 1, 7)
    for kind in LAPLACIANS:
        values, U = smallest(W, 8, kind)
        assert (values[:5] == 0).all() and values[5] > 0.1
        np.testing.assert_allclose(U.T @ U, np.eye(8), atol=1e-12)


# -- clustering ----------------------------------------------------------------------------------


def least_cut(W, k, size):
    """Of all partitions the one with the least sum of cuts over sizes."""
    best = min(
        (labels for labels in product(range(k), repeat=len(W)) if len(set(labels)) == k),
        key=lambda labels: sum(
            W[np.ix_(np.equal(labels, c), np.not_equal(labels, c))].sum()
            / size[np.equal(labels, c)].sum()
            for c in range(k)
        ),
    )
    return np.array(best)


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("kind", LAPLACIANS)
def test_five_nodes(k, kind):
    fitted = SpectralClustering(k, affinity="precomputed", laplacian=kind, random_state=0).fit(FIVE)
    size = np.ones(5) if kind == "unnormalized" else FIVE.sum(axis=1)
    assert adjusted_rand_score(fitted.labels_, least_cut(FIVE, k, size)) == 1
    assert fitted.n_connected_components_ == 1 and fitted.eigenvalues_[0] == 0


@pytest.mark.usefixtures("backend")
@pytest.mark.filterwarnings("ignore::UserWarning:sklearn")
@pytest.mark.parametrize("kind", LAPLACIANS)
@pytest.mark.parametrize(
    "options", [{"gamma": 20.0}, {"affinity": "nearest_neighbors", "n_neighbors": 12}]
)
def test_moons_and_circles(kind, options):
    for X, truth in (
        make_moons(200, noise=0.04, random_state=0),
        make_circles(200, noise=0.03, factor=0.4, random_state=0),
    ):
        fitted = SpectralClustering(2, laplacian=kind, random_state=0, **options).fit(X)
        theirs = peer.SpectralClustering(2, random_state=0, **options).fit(X)
        assert adjusted_rand_score(fitted.labels_, theirs.labels_) == 1
        assert adjusted_rand_score(fitted.labels_, truth) == 1
        np.testing.assert_array_equal(
            SpectralClustering(2, laplacian=kind, random_state=0, **options).fit_predict(X),
            fitted.labels_,
        )


@pytest.mark.filterwarnings("ignore::UserWarning:sklearn")
def test_real_digits():
    digits = load_digits()
    X, truth = digits.data[:600], digits.target[:600]
    options = {"affinity": "nearest_neighbors", "n_neighbors": 10, "random_state": 0}
    ours = SpectralClustering(10, **options).fit(X)
    theirs = peer.SpectralClustering(10, **options).fit(X)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.9  # ties among neighbours
    assert adjusted_rand_score(ours.labels_, truth) > 0.6


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_unnormalized_laplacian_of_a_cosine_threshold_isolates_single_digits():
    X = load_digits().data[:400]
    sizes = [
        np.bincount(
            SpectralClustering(
                4, affinity="cosine", threshold=0.7, laplacian=kind, random_state=0
            ).fit_predict(X)
        ).max()
        for kind in ("unnormalized", "random walk")
    ]
    assert sizes[0] > 390 > 300 > sizes[1]


def test_a_sparse_graph_and_a_function():
    X = make_moons(150, noise=0.04, random_state=0)[0]
    graph = knn_similarity(X, 10)
    expected = SpectralClustering(2, affinity="nearest_neighbors", random_state=0).fit(X)
    for affinity, data in (("precomputed", graph), ("precomputed", graph.toarray())):
        fitted = SpectralClustering(2, affinity=affinity, random_state=0).fit(data)
        assert adjusted_rand_score(fitted.labels_, expected.labels_) == 1
    fitted = SpectralClustering(2, affinity=lambda X: knn_similarity(X, 10), random_state=0).fit(X)
    np.testing.assert_array_equal(fitted.labels_, expected.labels_)


# -- traps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LAPLACIANS)
@pytest.mark.parametrize("sparse", [False, True])
def test_components_are_clusters(kind, sparse):
    W, truth = blocks(6, 4, 9)
    order = np.random.default_rng(0).permutation(len(W))
    W, truth = W[order][:, order], truth[order]
    graph = csr_array(W) if sparse else W
    options = {"affinity": "precomputed", "laplacian": kind, "random_state": 0}
    fitted = SpectralClustering(3, **options).fit(graph)
    assert fitted.n_connected_components_ == 3
    assert adjusted_rand_score(fitted.labels_, truth) == 1
    with pytest.warns(UserWarning, match="3 components, more than n_clusters=2"):
        two = SpectralClustering(2, **options).fit_predict(graph)
    np.testing.assert_array_equal(two, np.where(truth == 2, 0, 1))  # 9 beside 6 + 4
    four = SpectralClustering(4, **options).fit_predict(graph)
    assert len(set(zip(four.tolist(), truth.tolist(), strict=True))) == 4  # one is divided


@pytest.mark.parametrize("kind", LAPLACIANS)
def test_isolated_nodes(kind):
    W, truth = blocks(6, 5, 1, 1)
    options = {"affinity": "precomputed", "laplacian": kind, "random_state": 0}
    with pytest.warns(UserWarning, match="of a single node: 2"):
        labels = SpectralClustering(2, **options).fit_predict(W)
    assert len(set(labels[:6])) == len(set(labels[6:11])) == 1 and labels[0] != labels[6]
    np.testing.assert_array_equal(SpectralClustering(4, **options).fit_predict(W), truth)
    with pytest.warns(UserWarning):
        assert len(set(SpectralClustering(2, **options).fit_predict(np.zeros((4, 4))))) == 2


def test_samples_of_length_zero_are_isolated_under_cosine():
    X = np.array([[1.0, 0], [2, 0.1], [0, 1], [0.1, 2], [0, 0]])
    fitted = SpectralClustering(3, affinity="cosine", threshold=0.5).fit(X)
    assert fitted.n_connected_components_ == 3
    assert adjusted_rand_score(fitted.labels_, [0, 0, 1, 1, 2]) == 1


def test_as_many_clusters_as_nodes_and_duplicates():
    X = np.arange(4.0)[:, None]
    assert len(set(SpectralClustering(4, random_state=0).fit_predict(X))) == 4
    assert SpectralClustering(1).fit_predict([[2.0]]).tolist() == [0]
    X = np.repeat([[0.0], [5.0]], 30, axis=0)
    labels = SpectralClustering(2, random_state=0).fit_predict(X)
    assert len(set(labels[:30])) == 1 and labels[0] != labels[-1]


def test_eigengap():
    W, _ = blocks(8, 8, 8)
    weak = W + 0.01
    assert [eigengap(g).n_clusters for g in (W, weak, csr_array(W))] == [3, 3, 3]
    result = eigengap(weak, 6, "unnormalized")
    expected = np.linalg.eigvalsh(laplacian(weak))[:7]
    np.testing.assert_allclose(result.eigenvalues, expected, atol=1e-12)
    np.testing.assert_allclose(result.gaps, np.diff(expected), atol=1e-12)
    assert eigengap(blocks(*[2] * 12)[0], 5).n_clusters == 12
    assert eigengap(np.zeros((1, 1))).n_clusters == 1


@pytest.mark.parametrize(
    ("parameters", "X", "error", "text"),
    [
        ({"n_clusters": 0}, [[0.0], [1.0]], ParameterError, "n_clusters"),
        ({"n_clusters": 3}, [[0.0], [1.0]], ParameterError, "n_clusters"),
        ({"n_clusters": 1, "gamma": -1}, [[0.0], [1.0]], ParameterError, "gamma"),
        ({"n_clusters": 1, "affinity": "sinc"}, [[0.0]], ParameterError, "affinity"),
        ({"n_clusters": 1, "laplacian": "none"}, [[0.0]], ParameterError, "laplacian"),
        ({"n_clusters": 1, "n_init": 0}, [[0.0]], ParameterError, "n_init"),
        ({"n_clusters": 1, "affinity": "nearest_neighbors"}, [[0.0]], ParameterError, "n_neigh"),
        ({"n_clusters": 1, "affinity": "cosine", "threshold": -1}, [[0.0]], ParameterError, "thre"),
        ({"n_clusters": 1, "affinity": "precomputed"}, [[0.0, 1.0]], DataError, "square"),
        ({"n_clusters": 1, "affinity": "precomputed"}, [[0, -1], [-1, 0]], DataError, ">= 0"),
        ({"n_clusters": 1, "affinity": "precomputed"}, [[0, 1], [2, 0]], DataError, "symmetric"),
        ({"n_clusters": 1, "affinity": "precomputed"}, [[0, np.nan]] * 2, DataError, "NaN"),
        ({"n_clusters": 1}, [[np.inf]], DataError, "infinity"),
    ],
)
def test_bad_input(parameters, X, error, text):
    with pytest.raises(error, match=text):
        SpectralClustering(**parameters).fit(X)


# -- differentiable ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["symmetric", "unnormalized"])
@pytest.mark.parametrize("k", [1, 3, 12])
def test_gradient_of_the_projector(kind, k):
    W = random_graph()
    assert ac.gradcheck(lambda w: spectral_projector(edges(w, W), k, kind), W)
    P = spectral_projector(W, k, kind)
    np.testing.assert_allclose(P @ P, P, atol=1e-12)
    assert np.trace(P) == pytest.approx(k)


def test_second_derivative_of_the_projector():
    W = random_graph(6, 1.0)
    weight = np.random.default_rng(1).normal(size=(6, 6))

    def slope(w):
        return ac.grad(lambda w: np.sum(weight * spectral_projector(edges(w, W), 2)))(w)

    assert ac.gradcheck(slope, W)


@pytest.mark.parametrize("kind", LAPLACIANS)
def test_gradient_of_what_does_not_depend_on_the_basis(kind):
    W = random_graph(8, 0.9)

    def products(w):
        U = spectral_embedding(edges(w, W), 3, kind)
        return U @ np.swapaxes(U, 0, 1)

    assert ac.gradcheck(products, W)
    U = spectral_embedding(W, 3, kind)
    moved = spectral_embedding(ac.Tensor(W, requires_grad=True), 3, kind).numpy()
    np.testing.assert_allclose(moved @ moved.T, U @ U.T, atol=1e-10)


def test_repeated_eigenvalues():
    # A ring: every eigenvalue but the first is double. Two equal cliques, weakly joined: many.
    ring = np.roll(np.eye(9), 1, axis=1) + np.roll(np.eye(9), -1, axis=1)
    clique = np.kron(np.eye(2), np.ones((4, 4))) + 0.1
    tied = clique - np.diag(np.diag(clique))
    for W, k in ((ring, 3), (ring, 5), (tied, 2)):
        weight = np.random.default_rng(0).normal(size=W.shape)
        assert ac.gradcheck(lambda w, k=k, W=W: spectral_projector(edges(w, W), k), W)

        def loss(w, k=k, W=W, weight=weight):
            U = spectral_embedding(edges(w, W), k, "symmetric")
            return np.sum(weight * (U @ np.swapaxes(U, 0, 1)))

        assert ac.gradcheck(loss, W)
        # almost repeated: no precision is lost either
        nearly = W + 1e-9 * np.random.default_rng(1).random(W.shape)
        np.testing.assert_allclose(
            ac.grad(loss)(nearly), ac.grad(loss)(W), atol=1e-6 * np.abs(ac.grad(loss)(W)).max()
        )
    with pytest.raises(OperationError, match="eigenvalues 2 and 3 coincide"):
        spectral_projector(ring, 2)
    with pytest.raises(OperationError, match="coincide"):
        spectral_projector(blocks(3, 3, 3)[0], 2)


def test_an_isolated_node_has_a_finite_gradient():
    W = blocks(4, 1)[0]

    def loss(w):
        return np.sum(spectral_projector(edges(w, W), 2) ** 3)

    assert ac.gradcheck(loss, W)
    assert not ac.grad(loss)(W)[-1].any()
