"""Merges along graphs."""

from functools import partial

import numpy as np
import pytest
import sklearn.cluster as peer
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.spatial.distance import cdist
from sklearn.datasets import make_swiss_roll
from sklearn.neighbors import kneighbors_graph as peer_graph
from test_hierarchical import normal, same

from clustering import (
    AgglomerativeClustering,
    kneighbors_graph,
    linkage,
)
from clustering.hierarchical import METHODS


@pytest.mark.parametrize("method", ["ward", "complete", "average", "single"])
def test_a_disconnected_graph_is_completed_with_a_warning(method):
    X = np.concatenate([normal(40, 2) + shift for shift in (0, 9, 30)])
    graph = kneighbors_graph(X, 5)
    ours = AgglomerativeClustering(2, linkage=method, connectivity=graph)
    with pytest.warns(UserWarning, match="3 components"):
        ours.fit(X)
    theirs = peer.AgglomerativeClustering(
        2, linkage=method, connectivity=graph, compute_distances=True
    )
    with pytest.warns(UserWarning, match="3 > 1"):
        theirs.fit(X)
    assert same(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.distances_, theirs.distances_, rtol=1e-9)
    assert ours.n_connected_components_ == 3


@pytest.mark.parametrize("method", METHODS)
def test_a_graph_of_all_or_of_no_edges_does_not_constrain(method):
    X = normal(30)
    expected = linkage(X, method)
    everything = linkage(X, method, connectivity=np.ones((30, 30)))
    with pytest.warns(UserWarning, match="30 components"):
        nothing = linkage(X, method, connectivity=csr_array((30, 30)))
    for Z in (everything, nothing):
        np.testing.assert_array_equal(Z[:, [0, 1, 3]], expected[:, [0, 1, 3]])
        np.testing.assert_allclose(Z[:, 2], expected[:, 2], rtol=1e-9)


def test_graphs_of_every_kind():
    X = normal(60)
    graph = kneighbors_graph(X, 8)
    expected = AgglomerativeClustering(4, connectivity=graph).fit(X).linkage_matrix_
    upper = coo_array(np.triu(graph.toarray() + graph.toarray().T))
    zeros = csr_array((np.zeros(graph.nnz), graph.indices, graph.indptr), shape=graph.shape)
    for same_graph in (
        graph.T.tolil(),
        graph.toarray().tolist(),
        graph + eye_array(60),
        upper,
        zeros,
        partial(kneighbors_graph, n_neighbors=8),
    ):
        fitted = AgglomerativeClustering(4, connectivity=same_graph).fit(X)
        np.testing.assert_array_equal(fitted.linkage_matrix_, expected)


def test_neighbours():
    X = np.concatenate([normal(50, 2), normal(50, 2), np.zeros((5, 2))])  # duplicates
    np.testing.assert_allclose(
        kneighbors_graph(X, 3, mode="distance").sum(axis=1),
        np.sort(cdist(X, X), axis=1)[:, 1:4].sum(axis=1),
    )
    graph = kneighbors_graph(X, 3)
    assert not graph.diagonal().any() and (graph.sum(axis=1) == 3).all()
    Y = normal(80, 4)
    np.testing.assert_array_equal(kneighbors_graph(Y, 6).toarray(), peer_graph(Y, 6).toarray())


def test_a_graph_keeps_to_the_swiss_roll():
    X, along = make_swiss_roll(600, noise=0.05, random_state=0)
    X[:, 1] *= 0.5

    def mixed(labels):  # how far along the roll a cluster reaches
        return max(np.ptp(along[labels == label]) for label in range(6))

    free = AgglomerativeClustering(6).fit_predict(X)
    bound = AgglomerativeClustering(6, connectivity=partial(kneighbors_graph, n_neighbors=10))
    assert mixed(bound.fit_predict(X)) < 0.6 * mixed(free)
