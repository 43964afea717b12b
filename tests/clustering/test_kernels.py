"""The inner loops, plain and compiled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from clustering import KMeans
from clustering.errors import ConvergenceWarning
from clustering.kernels import kernels


@pytest.mark.usefixtures("backend")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6))
def test_nearest_centres_and_ties(n, d, k, seed):
    random = np.random.default_rng(seed)
    X = random.integers(-2, 3, (n, d)).astype(float)  # small integers: exact, with many ties
    C = random.integers(-2, 3, (k, d)).astype(float)
    for metric, theirs in (("sqeuclidean", "sqeuclidean"), ("manhattan", "cityblock")):
        labels, nearest, second = kernels().two_nearest(X, C, metric)
        distances = cdist(X, C, theirs)
        np.testing.assert_array_equal(labels, distances.argmin(axis=1))
        ordered = np.sort(np.c_[distances, np.full(n, np.inf)], axis=1)
        np.testing.assert_array_equal(nearest, ordered[:, 0])
        np.testing.assert_array_equal(second, ordered[:, 1])


@pytest.mark.usefixtures("backend")
def test_ties_far_from_the_origin_go_to_the_lowest_index():
    X = np.array([[0.0] * 6, [2.0] * 6, [1.0] * 6]) + 1e8
    fitted = KMeans(2, init=X[:2], max_iter=1, tol=0)
    with pytest.warns(ConvergenceWarning):
        fitted.fit(X)
    assert fitted.history_[0].changed == 3
    centers = fitted.history_[0].centers
    labels, *_ = kernels().two_nearest(X - X.mean(axis=0), centers - X.mean(axis=0))
    assert labels.tolist() == [0, 1, 0]


@pytest.mark.usefixtures("backend")
def test_weighted_sums_of_clusters():
    random = np.random.default_rng(0)
    X, w, labels = random.normal(size=(5000, 3)), random.random(5000), random.integers(4, size=5000)
    sums, mass = kernels().cluster_sums(X, w, labels, 5)
    for c in range(5):
        np.testing.assert_allclose(sums[c], w[labels == c] @ X[labels == c], rtol=1e-12, atol=1e-12)
        assert mass[c] == pytest.approx(w[labels == c].sum())
