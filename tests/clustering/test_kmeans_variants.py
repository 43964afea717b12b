"""Medians, medoids, directions."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from test_kmeans import blobs

from clustering import KMedians, KMedoids, SphericalKMeans


def test_medians_resist_an_outlier():
    X = np.array([[0.0], [1], [2], [100], [101], [102], [10_000]])
    fitted = KMedians(2, init=[[0.0], [100.0]]).fit(X)
    np.testing.assert_array_equal(fitted.cluster_centers_, [[1.0], [101.5]])
    assert fitted.inertia_ == 1 + 1 + 1.5 + 0.5 + 0.5 + 9898.5


def test_a_weighted_median_is_the_median_of_repeated_samples():
    random = np.random.default_rng(0)
    from clustering.kmeans_variants import weighted_median

    for _ in range(50):
        X = random.integers(0, 6, (random.integers(1, 9), 2)).astype(float)
        w = random.integers(0, 4, len(X))
        w[0] += 1
        expected = np.median(np.repeat(X, w, axis=0), axis=0)
        np.testing.assert_array_equal(weighted_median(X, w.astype(float)), expected)


def test_medoids_are_samples_and_no_other_sample_of_the_cluster_is_better():
    X = blobs(200, spread=2.0)
    fitted = KMedoids(5, random_state=0).fit(X)
    np.testing.assert_array_equal(X[fitted.medoid_indices_], fitted.cluster_centers_)
    distances = cdist(X, X)
    for c in range(5):
        members = np.flatnonzero(fitted.labels_ == c)
        totals = distances[np.ix_(members, members)].sum(axis=0)
        assert members[totals.argmin()] == fitted.medoid_indices_[c]
    nearest = cdist(X, fitted.cluster_centers_).min(axis=1)
    assert fitted.inertia_ == pytest.approx(nearest.sum())


def test_directions_ignore_length():
    random = np.random.default_rng(0)
    X = blobs(300, d=4, k=3) * random.uniform(0.1, 10, (300, 1))
    fitted = SphericalKMeans(3, random_state=0).fit(X)
    again = SphericalKMeans(3, random_state=0).fit(X * 3)
    np.testing.assert_array_equal(fitted.labels_, again.labels_)
    np.testing.assert_allclose(np.linalg.norm(fitted.cluster_centers_, axis=1), 1)
    cosine = cdist(X, fitted.cluster_centers_, "cosine")
    np.testing.assert_allclose(fitted.transform(X), cosine, atol=1e-12)
    assert fitted.inertia_ == pytest.approx(cosine.min(axis=1).sum())


def test_a_zero_vector_has_cosine_zero():
    X = np.array([[0.0, 0], [1, 0], [2, 0.1], [0, 1], [0.1, 3]])
    fitted = SphericalKMeans(2, init=[[1.0, 0], [0, 1.0]]).fit(X)
    assert fitted.transform(X)[0].tolist() == [1.0, 1.0]
    assert -fitted.score(X[:1]) == 1.0
