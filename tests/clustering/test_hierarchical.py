"""Hierarchical clustering against SciPy, scikit-learn, fastcluster and its definition."""

from functools import partial

import numpy as np
import pytest
import scipy.cluster.hierarchy as scipy_trees
import sklearn.cluster as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist, squareform
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph as peer_graph

import autograd_core as ac
from clustering import (
    AgglomerativeClustering,
    cophenetic,
    cophenetic_correlation,
    cut,
    dendrogram_layout,
    kneighbors_graph,
    leaves,
    linkage,
)
from clustering.errors import DataError, ParameterError
from clustering.hierarchical import METHODS


def normal(n=120, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def same(labels, others):
    return adjusted_rand_score(labels, others) == 1.0


def is_numbered_by_first_sample(labels):
    _, first = np.unique(labels, return_index=True)
    return np.array_equal(np.sort(first), first) and labels[0] == 0


def check(Z, expected, rtol=1e-9):
    np.testing.assert_array_equal(Z[:, [0, 1, 3]], expected[:, [0, 1, 3]])
    np.testing.assert_allclose(Z[:, 2], expected[:, 2], rtol=rtol, atol=1e-12)


# -- linkage matrices ----------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 2), (40, 1), (150, 3), (700, 9)])
def test_scipys_matrix(method, n, d):
    X = normal(n, d, seed=n)
    expected = scipy_trees.linkage(X, method)
    check(linkage(X, method), expected)
    distances = pdist(X)
    check(linkage(distances, method), expected)
    check(linkage(squareform(distances), method, "precomputed"), expected)


@pytest.mark.parametrize("method", METHODS)
def test_fastclusters_matrix(method):
    fastcluster = pytest.importorskip("fastcluster")
    X = normal(300, 5, seed=1)
    check(linkage(X, method), fastcluster.linkage(X, method))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", ["single", "complete", "average", "weighted"])
def test_metrics(method):
    X = np.abs(normal(80, 4))
    names = {"manhattan": "cityblock", "l1": "cityblock", "l2": "euclidean"}
    for metric in (*names, "cosine", "chebyshev", "sqeuclidean", "correlation", "canberra"):
        expected = scipy_trees.linkage(X, method, names.get(metric, metric))
        check(linkage(X, method, metric), expected)
    squares = linkage(X, method, lambda x, y: ((x - y) ** 2).sum())
    check(squares, linkage(X, method, "sqeuclidean"))


@pytest.mark.filterwarnings(
    "ignore:linkage:UserWarning", "ignore::scipy.cluster.hierarchy.ClusterWarning"
)
@pytest.mark.usefixtures("backend")
@settings(max_examples=80, deadline=None)
@given(st.integers(2, 30), st.integers(1, 3), st.integers(0, 10**6))
def test_ties_are_broken_as_in_scipy(n, d, seed):
    X = np.random.default_rng(seed).integers(0, 4, (n, d)).astype(float)
    for method in ("single", "complete", "average", "weighted"):
        check(linkage(X, method), scipy_trees.linkage(X, method))


def distance_of(method, X, members, others):
    if method == "single":
        return cdist(X[members], X[others]).min()
    if method == "complete":
        return cdist(X[members], X[others]).max()
    if method == "average":
        return cdist(X[members], X[others]).mean()
    gap = np.linalg.norm(X[members].mean(axis=0) - X[others].mean(axis=0))
    factor = 2 * len(members) * len(others) / (len(members) + len(others))
    return gap * (np.sqrt(factor) if method == "ward" else 1.0)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", ["single", "complete", "average", "ward", "centroid"])
@pytest.mark.filterwarnings("ignore:linkage:UserWarning")
@settings(max_examples=25, deadline=None)
@given(st.integers(2, 14), st.integers(1, 2), st.integers(0, 10**6))
def test_every_merge_is_of_two_nearest_clusters(method, n, d, seed):
    X = np.random.default_rng(seed).integers(0, 4, (n, d)).astype(float)  # many ties
    clusters = {i: [i] for i in range(n)}
    for merge, (x, y, height, size) in enumerate(linkage(X, method)):
        names = list(clusters)
        least = min(
            distance_of(method, X, clusters[a], clusters[b])
            for i, a in enumerate(names)
            for b in names[:i]
        )
        x, y = clusters.pop(int(x)), clusters.pop(int(y))
        assert distance_of(method, X, x, y) == pytest.approx(height, abs=1e-9)
        assert height == pytest.approx(least, abs=1e-9)
        clusters[n + merge] = x + y
        assert size == len(x + y)


def test_both_backends_give_the_same_bits(monkeypatch):
    pytest.importorskip("numba")
    from clustering.kernels import compiled, plain

    X = np.concatenate([normal(700, 5), normal(700, 5).round(1)])  # ties
    D, ones = pdist(X[::4]), np.ones(1400)
    runs = [
        lambda kernel: kernel.path(X),
        lambda kernel: kernel.ward_chain(X, ones.copy()),
        lambda kernel: (kernel.square(D, 350),),
        *(
            partial(
                lambda code, kernel: kernel.matrix_chain(
                    kernel.square(D, 350), code, ones[:350].copy()
                ),
                code,
            )
            for code in (1, 2, 3, 4)
        ),
    ]
    for run in runs:
        for ours, theirs in zip(run(plain.linkage), run(compiled.linkage), strict=True):
            np.testing.assert_array_equal(ours, theirs)


# -- the estimator -------------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", ["ward", "complete", "average", "single"])
def test_scikit_learns_labels(method):
    X = normal(400, 4, seed=3)
    for parameters in (
        {"n_clusters": 7},
        {"n_clusters": None, "distance_threshold": 1.5},
        {"n_clusters": 9, "connectivity": peer_graph(X, 8)},
        {"n_clusters": None, "distance_threshold": 2.0, "connectivity": peer_graph(X, 8)},
        {"n_clusters": 150, "connectivity": peer_graph(X, 8)},
        {"n_clusters": 150, "connectivity": peer_graph(X, 8), "compute_full_tree": True},
    ):
        ours = AgglomerativeClustering(linkage=method, **parameters).fit(X)
        theirs = peer.AgglomerativeClustering(
            linkage=method, compute_distances=True, **parameters
        ).fit(X)
        assert same(ours.labels_, theirs.labels_)
        assert is_numbered_by_first_sample(ours.labels_)
        assert ours.n_clusters_ == theirs.n_clusters_
        assert ours.n_leaves_ == theirs.n_leaves_ == 400
        assert ours.n_connected_components_ == theirs.n_connected_components_ == 1
        np.testing.assert_array_equal(np.sort(ours.children_), np.sort(theirs.children_))
        np.testing.assert_allclose(ours.distances_, theirs.distances_, rtol=1e-9)
        np.testing.assert_array_equal(ours.linkage_matrix_[:, 2], ours.distances_)


@pytest.mark.parametrize("metric", ["manhattan", "cosine", "precomputed"])
@pytest.mark.parametrize("method", ["complete", "average", "single"])
def test_scikit_learns_labels_in_other_metrics(metric, method):
    X = normal(150, 4)
    X = squareform(pdist(X, "cityblock")) if metric == "precomputed" else X
    graph = peer_graph(normal(150, 4), 6)
    for connectivity in (None, graph):
        parameters = {"linkage": method, "metric": metric, "connectivity": connectivity}
        ours = AgglomerativeClustering(6, **parameters).fit(X)
        assert same(ours.labels_, peer.AgglomerativeClustering(6, **parameters).fit(X).labels_)


def test_inputs_of_every_kind_and_float32():
    pandas = pytest.importorskip("pandas")
    X = normal(50).astype(np.float32)
    for method in METHODS:
        expected = linkage(X.astype(float), method)
        for given_as in (X, X.tolist(), ac.Tensor(X), pandas.DataFrame(X)):
            np.testing.assert_array_equal(linkage(given_as, method), expected)


# -- the course's examples -----------------------------------------------------------------------


def test_complete_linkage_is_sensitive_to_outliers():
    eps = 0.01
    X = np.array([1 + 2 * eps, 4, 5 + 2 * eps, 6, 7 - eps])[:, None]
    labels = AgglomerativeClustering(2, linkage="complete").fit_predict(X)
    assert labels.tolist() == [0, 0, 1, 1, 1]  # the outlier draws 4 away from its cluster
    np.testing.assert_allclose(
        linkage(X, "complete")[:, 2],
        [1 - 2 * eps, 2 - 3 * eps, 3 - 2 * eps, 6 - 3 * eps],
        rtol=1e-12,
    )
    for method in ("single", "average"):
        labels = AgglomerativeClustering(2, linkage=method).fit_predict(X)
        assert labels.tolist() == [0, 1, 1, 1, 1]


def test_single_linkage_follows_chains():
    rows = np.arange(40) * 1.0
    X = np.concatenate([np.c_[rows, 0 * rows], np.c_[rows, 0 * rows + 3]])
    truth = np.repeat([0, 1], 40)
    assert same(AgglomerativeClustering(2, linkage="single").fit_predict(X), truth)
    assert not same(AgglomerativeClustering(2, linkage="complete").fit_predict(X), truth)
    bridge = np.concatenate([X, [[20, 1], [20, 2]]])
    chained = AgglomerativeClustering(2, linkage="single").fit_predict(bridge)
    assert not same(chained[:80], truth)


def test_real_digits():
    X = load_digits().data
    for method in ("ward", "average"):
        ours = AgglomerativeClustering(10, linkage=method).fit_predict(X)
        theirs = peer.AgglomerativeClustering(10, linkage=method).fit_predict(X)
        assert same(ours, theirs)


# -- traps ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", METHODS)
def test_identical_samples(method):
    Z = linkage(np.full((50, 2), 0.1), method)
    assert not Z[:, 2].any() and Z[-1, 3] == 50
    X = np.repeat(normal(6, 2), 5, axis=0)
    labels = AgglomerativeClustering(6, linkage=method).fit_predict(X)
    np.testing.assert_array_equal(labels, np.repeat(np.arange(6), 5))
    assert linkage(X, method)[:24, 2].max() == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_many_samples_of_few_kinds(method, monkeypatch):
    X = normal(9, 2)[np.random.default_rng(0).integers(9, size=200)]
    expected = linkage(X, method)
    monkeypatch.setattr("clustering.hierarchical.MANY", 100)
    Z = linkage(X, method)
    np.testing.assert_allclose(Z[:, 2], expected[:, 2], rtol=1e-9, atol=1e-7)
    np.testing.assert_array_equal(Z[-8:, 3], expected[-8:, 3])
    assert same(cut(Z, 4), cut(expected, 4))
    monkeypatch.undo()
    Z = linkage(np.full((200_000, 2), 0.1), method)
    assert not Z[:, 2].any() and Z[-1, 3] == 200_000


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", METHODS)
def test_one_sample_and_two(method):
    assert linkage([[1.0, 2.0]], method).shape == (0, 4)
    np.testing.assert_allclose(linkage([[0.0, 0], [3, 4]], method), [[0, 1, 5, 2]])
    one = AgglomerativeClustering(1, linkage=method).fit([[1.0]])
    assert one.labels_.tolist() == [0] and one.children_.shape == (0, 2)
    with pytest.raises(ParameterError, match="n_samples=1"):
        AgglomerativeClustering(2, linkage=method).fit([[1.0]])
    Z = linkage([[1.0]], method)
    assert cut(Z, 1).tolist() == [0] and cut(Z, height=0).tolist() == [0]
    assert cophenetic(Z).shape == (0,) and leaves(Z).tolist() == [0]
    assert dendrogram_layout(Z).leaves.tolist() == [0]


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("graph", [None, np.ones((60, 60))], ids=["free", "graph"])
def test_far_from_the_origin_large_and_small(method, graph):
    X = np.random.default_rng(0).integers(0, 1000, (60, 3)).astype(float)
    expected = linkage(X, method, connectivity=graph)
    far = linkage(X + 2.0**40, method, connectivity=graph)  # exact: Z must not change
    check(far, expected)
    for scale in (2.0**1000, 2.0**-1000):
        scaled = linkage(X * scale, method, connectivity=graph)
        np.testing.assert_array_equal(scaled[:, [0, 1, 3]], expected[:, [0, 1, 3]])
        np.testing.assert_allclose(scaled[:, 2] / scale, expected[:, 2], rtol=1e-12)


def test_samples_of_length_zero_under_cosine():
    X = np.array([[0.0, 0], [1, 0], [0, 0], [2, 0.1]])
    Z = linkage(X, "single", "cosine")
    angle = 1 - 2 / np.hypot(2, 0.1)
    np.testing.assert_allclose(Z, [[0, 2, 0, 2], [1, 3, angle, 2], [4, 5, 1, 4]], rtol=1e-9)


def test_centroids_may_come_nearer():
    X = np.array([[0.0, 0], [1, 0], [0.5, 0.9]])
    Z = linkage(X, "centroid")
    np.testing.assert_allclose(Z[:, 2], [1, 0.9])
    assert cut(Z, height=0.95).tolist() == [0, 1, 2]
    assert cut(Z, 2).tolist() == [0, 0, 1]


def test_a_matrix_of_distances_is_not_taken_for_samples_silently():
    D = squareform(pdist(normal(10)))
    with pytest.warns(UserWarning, match="precomputed"):
        linkage(D)


# -- bad input -----------------------------------------------------------------------------------

X3 = normal(10)
BAD_PARAMETERS = {
    "no clusters": ({"n_clusters": 0}, "n_clusters must be an integer >= 1"),
    "half a cluster": ({"n_clusters": 2.5}, "must be an integer"),
    "too many": ({"n_clusters": 11}, "n_clusters=11"),
    "neither": ({"n_clusters": None}, "either"),
    "both": ({"distance_threshold": 1.0}, "either"),
    "negative": ({"n_clusters": None, "distance_threshold": -1.0}, "distance_threshold"),
    "linkage": ({"linkage": "best"}, "'single'"),
    "metric": ({"metric": "miles", "linkage": "single"}, "metric"),
    "ward": ({"metric": "cosine"}, "Euclidean"),
    "centroid": ({"metric": "l1", "linkage": "centroid"}, "Euclidean"),
    "full": ({"compute_full_tree": "yes"}, "compute_full_tree"),
    "stopped": (
        {"n_clusters": None, "distance_threshold": 1.0, "compute_full_tree": False},
        "compute_full_tree",
    ),
}


@pytest.mark.parametrize("name", BAD_PARAMETERS)
def test_bad_parameters(name):
    parameters, text = BAD_PARAMETERS[name]
    with pytest.raises(ParameterError, match=text) as caught:
        AgglomerativeClustering(**parameters).fit(X3)
    assert "AgglomerativeClustering" in str(caught.value)


BAD_DATA = {
    "NaN": (np.where(X3 > 1, np.nan, X3), {}, "NaN"),
    "inf": (np.where(X3 > 1, np.inf, X3), {}, "infinity"),
    "empty": (X3[:0], {}, "0 sample"),
    "3-d": (X3[None], {}, "2-d"),
    "complex": (X3 + 1j, {}, "Complex"),
    "text": ([["a"]], {}, "number"),
    "no condensed": (np.empty(0), {}, "condensed"),
    "condensed": (np.ones(4), {}, "condensed"),
    "negative": (np.array([1.0, -1, 2]), {}, ">= 0"),
    "not square": (X3, {"metric": "precomputed"}, "square"),
    "not symmetric": (np.triu(np.ones((3, 3)), 1), {"metric": "precomputed"}, "symmetric"),
    "similarities": (np.eye(3), {"metric": "precomputed"}, "similarities"),
    "undefined": (np.ones((3, 2)), {"metric": "correlation"}, "distances"),
    "undefined matrix": (
        np.ones((3, 2)),
        {"metric": "correlation", "method": "average"},
        "distances",
    ),
    "graph shape": (X3, {"connectivity": np.ones((3, 3))}, "connectivity"),
    "graph of text": (X3, {"connectivity": "knn"}, "connectivity"),
    "graph of NaN": (X3, {"connectivity": np.full((10, 10), np.nan)}, "NaN"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data(name):
    X, options, text = BAD_DATA[name]
    with pytest.raises(DataError, match=text) as caught:
        linkage(X, **options)
    assert "linkage" in str(caught.value)


def test_bad_combinations():
    with pytest.raises(ParameterError, match="needs the samples"):
        linkage(pdist(X3), "ward", connectivity=np.ones((10, 10)))
    with pytest.raises(ParameterError, match="n_neighbors"):
        kneighbors_graph(X3, 10)
    with pytest.raises(ParameterError, match="method"):
        linkage(X3, "nearest")
    with pytest.raises(DataError, match="samples"):
        cophenetic_correlation(linkage(X3), X3[:5])


def test_a_threshold_where_a_merge_is_lower_than_the_one_before():
    X = [[0, 0], [1.05, 0], [0.52, 0.92]]  # heights 1.05 and 0.92
    model = AgglomerativeClustering(None, distance_threshold=0.99, linkage="centroid").fit(X)
    np.testing.assert_array_equal(model.labels_, cut(linkage(X, "centroid"), height=0.99))
    assert model.n_clusters_ == 3
