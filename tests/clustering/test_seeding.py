"""Initial centres."""

from itertools import pairwise

import numpy as np
import pytest
from test_kmeans import blobs

from clustering import KMeans
from clustering.seeding import INITS


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", INITS)
def test_every_start_gives_finite_centres_that_lead_somewhere(name):
    X = blobs()
    fitted = KMeans(5, init=name, n_init=3, random_state=0).fit(X)
    assert np.isfinite(fitted.cluster_centers_).all()
    inertias = [step.inertia for step in fitted.history_]
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(inertias))
    assert fitted.inertia_ <= inertias[0]


def test_plus_plus_is_near_the_optimum_where_random_is_not():
    random = np.random.default_rng(0)
    X = np.repeat(random.normal(size=(30, 2)) * 100, 20, axis=0) + random.normal(size=(600, 2))
    within = {
        name: np.mean(
            [KMeans(30, init=name, n_init=1, random_state=s).fit(X).inertia_ for s in range(5)]
        )
        for name in ("k-means++", "k-means||", "random")
    }
    best = KMeans(30, init=X[::20]).fit(X).inertia_
    assert within["k-means++"] < 1.5 * best
    assert within["k-means||"] < 3 * best
    assert within["random"] > 5 * best


def test_a_function_as_start():
    X = blobs()
    fitted = KMeans(4, init=lambda X, k, random: X[:k]).fit(X)
    given = KMeans(4, init=X[:4]).fit(X)
    np.testing.assert_array_equal(fitted.labels_, given.labels_)
