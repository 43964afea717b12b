"""Mini-batch k-means."""

import numpy as np
from test_kmeans import blobs

from clustering import KMeans, MiniBatchKMeans


def test_mini_batches_come_close_and_can_be_fed_one_by_one():
    X = blobs(20_000, k=6)
    full = KMeans(6, random_state=0).fit(X)
    batches = MiniBatchKMeans(6, random_state=0, batch_size=512).fit(X)
    assert batches.inertia_ < 1.05 * full.inertia_
    assert batches.n_steps_ == len(batches.history_)
    fed = MiniBatchKMeans(6, random_state=0)
    for part in np.split(X, 20):
        fed.partial_fit(part)
    assert -fed.score(X) < 1.3 * full.inertia_ and fed.n_steps_ == 20


def test_mini_batches_go_on_from_a_fit():
    X = np.array([[0.0], [1], [10], [11]] * 5)
    model = MiniBatchKMeans(2, random_state=0).fit(X)
    model.partial_fit(X[:1])  # a batch smaller than the clusters
    centers = np.sort(model.cluster_centers_[:, 0])
    np.testing.assert_allclose(centers, [5 / 11, 10.5])  # ten samples of mean 0.5, and a 0
    moved = np.concatenate([X + 1000, X - 2000])
    model.fit(moved).partial_fit(moved)
    np.testing.assert_allclose(np.sort(model.cluster_centers_[:, 0]), [-1994.5, 1005.5])
    model.set_params(n_clusters=3).fit(X).partial_fit(X)
    assert model.cluster_centers_.shape == (3, 1)
