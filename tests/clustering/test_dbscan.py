"""DBSCAN against scikit-learn and its definition."""

import numpy as np
import pytest
import sklearn.cluster as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits, make_moons

from clustering import DBSCAN, KMeans
from clustering.errors import DataError, ParameterError

pytestmark = pytest.mark.usefixtures("backend")


def check_against_peer(X, eps, min_samples, metric="euclidean", weights=None):
    ours = DBSCAN(eps, min_samples, metric).fit(X, sample_weight=weights)
    theirs = peer.DBSCAN(eps=eps, min_samples=min_samples, metric=metric).fit(
        X, sample_weight=weights
    )
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(ours.core_sample_indices_, theirs.core_sample_indices_)
    np.testing.assert_array_equal(ours.components_, theirs.components_)
    return ours


@pytest.mark.parametrize("d", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("min_samples", [1, 4, 12])
def test_scikit_learns_labels(d, min_samples):
    random = np.random.default_rng(d)
    X = random.normal(size=(8, d))[random.integers(8, size=900)] * 5
    X += random.normal(size=X.shape)
    for eps in (0.05, 0.4 * d**0.5, 1.5 * d**0.5, 50.0):
        check_against_peer(X, eps, min_samples)


@pytest.mark.parametrize("metric", ["manhattan", "chebyshev", "cosine"])
def test_other_metrics(metric):
    X = np.random.default_rng(0).normal(size=(400, 3))
    for eps in (0.02, 0.2, 0.7):
        check_against_peer(X, eps, 5, metric)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 6), st.integers(0, 10**6))
def test_grids_of_integers_have_distances_of_exactly_eps(n, d, min_samples, seed):
    X = np.random.default_rng(seed).integers(0, 5, (n, d)).astype(float)
    for eps in (1.0, 2.0**0.5, 2.0):
        check_against_peer(X, eps, min_samples)


def test_real_digits():
    check_against_peer(load_digits().data, 22.0, 5)


def test_weights_and_duplicates():
    random = np.random.default_rng(0)
    X = random.integers(0, 12, (500, 2)).astype(float)
    check_against_peer(X, 1.0, 6)
    check_against_peer(X, 1.0, 6, weights=random.integers(0, 4, 500).astype(float))


def test_where_k_means_is_wrong():
    X, truth = make_moons(400, noise=0.05, random_state=0)
    X = X * 5
    labels = DBSCAN(eps=1.0, min_samples=4).fit_predict(X)
    assert len(np.unique(np.stack([labels, truth]), axis=1).T) == 2
    by_means = KMeans(2, random_state=0).fit_predict(X)
    assert 0.1 < np.mean(by_means == truth) < 0.95


def test_border_samples_do_not_depend_on_the_order_if_they_go_to_the_nearest():
    X = np.array([[0.0], [0.1], [0.2], [1.1], [1.9], [2.0], [2.1]])  # 1.1 is reached from both
    first = DBSCAN(0.9, 4).fit(X)
    assert first.roles_[3] in ("core", "border")
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2)) * 3
    nearest = DBSCAN(0.7, 8, border="nearest").fit(X)
    assert {"core", "border", "noise"} == set(nearest.roles_)
    order = random.permutation(len(X))
    again = DBSCAN(0.7, 8, border="nearest").fit(X[order])
    pairs = np.unique(np.stack([nearest.labels_[order], again.labels_]), axis=1)
    assert pairs.shape[1] == len(np.unique(nearest.labels_))
    core = nearest.core_sample_indices_
    for i in np.flatnonzero(nearest.roles_ == "border"):
        closest = core[cdist(X[i : i + 1], X[core])[0].argmin()]
        assert nearest.labels_[i] == nearest.labels_[closest]


def test_new_points():
    X, _ = make_moons(300, noise=0.05, random_state=0)
    fitted = DBSCAN(0.2, 5).fit(X)
    core = fitted.core_sample_indices_
    np.testing.assert_array_equal(fitted.predict(X[core]), fitted.labels_[core])
    assert fitted.predict([[50.0, 50.0]]).tolist() == [-1]
    lonely = DBSCAN(1e-6, 5).fit(X)
    assert (lonely.predict(X) == -1).all() and (lonely.roles_ == "noise").all()


def test_a_sample_of_length_zero_is_at_a_right_angle_to_all():
    X = np.array([[1.0, 0], [2, 0], [0, 0], [0, 0]])
    assert DBSCAN(0.5, 1, metric="cosine").fit_predict(X).tolist() == [0, 0, 1, 1]
    assert DBSCAN(1.0, 1, metric="cosine").fit_predict(X).tolist() == [0, 0, 0, 0]


def test_many_identical_samples_and_tiny_eps():
    labels = DBSCAN(0.5, 5).fit_predict(np.full((200_000, 2), 3.0))
    assert not labels.any()
    X = np.random.default_rng(0).normal(size=(500, 3)) * 1e6
    assert (DBSCAN(1e-9, 2).fit_predict(X) == -1).all()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"eps": 0}, "eps must be a number > 0"),
        ({"eps": -1.0}, "eps"),
        ({"eps": "a"}, "eps"),
        ({"min_samples": 0}, "min_samples"),
        ({"metric": "hamming"}, "metric must be one of 'euclidean'"),
        ({"border": "last"}, "border"),
    ],
)
def test_bad_parameters(parameters, text):
    with pytest.raises(ParameterError, match=text):
        DBSCAN(**parameters).fit([[0.0], [1.0]])


def test_bad_data():
    with pytest.raises(DataError, match="NaN"):
        DBSCAN().fit([[0.0], [np.nan]])
    with pytest.raises(DataError, match="0 sample"):
        DBSCAN().fit(np.empty((0, 2)))


def test_a_sample_far_away_does_not_blur_the_cells_of_the_others():
    random = np.random.default_rng(0)
    assert (DBSCAN(1, min_samples=2).fit([[-1e18], [0], [50], [100]]).labels_ == -1).all()
    with np.errstate(all="raise"):
        assert (DBSCAN(1e-310).fit(random.uniform(size=(9, 2))).labels_ == -1).all()
    for d in range(1, 7):
        for far in (1e6, 1e12, 1e16):
            X = random.uniform(size=(200, d))
            X[0] = -far
            check_against_peer(X, 0.1 * d**0.5, 4)


def test_equally_near_cores_are_told_apart_by_their_coordinates():
    X = np.array([-1, -1.5, -1.7, -1.9, 0, 1, 1.5, 1.7, 1.9])[:, None]
    for order in (np.arange(9), np.arange(9)[::-1], np.random.default_rng(0).permutation(9)):
        labels = np.empty(9, int)
        labels[order] = DBSCAN(1, min_samples=4, border="nearest").fit_predict(X[order])
        assert labels[4] == labels[0] != labels[5]


def test_weights_that_add_up_but_for_rounding():
    assert (
        DBSCAN(min_samples=1).fit_predict(np.zeros((10, 2)), sample_weight=[0.1] * 10) == 0
    ).all()
    random = np.random.default_rng(0)
    X, w = random.normal(size=(40, 2)) / 100, random.choice([0.1, 0.2, 0.3, 0.7], 40)
    for order in (random.permutation(40) for _ in range(20)):
        model = DBSCAN(1.0, min_samples=round(w.sum(), 6)).fit(X[order], sample_weight=w[order])
        assert len(model.core_sample_indices_) == 40
