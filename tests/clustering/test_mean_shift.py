"""Mean shift against scikit-learn, closed forms and its definition."""

import pickle
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
import sklearn.cluster as peer
from scipy.optimize import minimize
from sklearn.datasets import load_digits, load_iris, make_blobs

import autograd_core as ac
from clustering import MeanShift, estimate_bandwidth, gaussian_modes, gaussian_shift
from clustering.errors import ConvergenceWarning, DataError, ParameterError
from clustering.kernels import plain

pytestmark = pytest.mark.usefixtures("backend")


def blobs(n=200, centers=4, spread=0.6, seed=0):
    return make_blobs(n, centers=centers, cluster_std=spread, random_state=seed)[0]


IRIS = load_iris().data
DIGITS = load_digits().data


# -- against scikit-learn ------------------------------------------------------------------------


CASES = {
    "blobs": (blobs(), 1.0, False),
    "cells": (blobs(), 1.0, True),
    "estimated": (blobs(100), None, False),
    "iris": (IRIS, 0.8, False),
    "iris-cells": (IRIS, 0.5, True),
    "digits": (DIGITS[:25], 25.0, False),
}


@cache  # scikit-learn takes seconds
def peer_fitted(name):
    X, bandwidth, bin_seeding = CASES[name]
    return peer.MeanShift(bandwidth=bandwidth, bin_seeding=bin_seeding).fit(X)


@pytest.mark.parametrize("name", CASES)
def test_scikit_learns_centres_and_nearest_labels(name):
    X, bandwidth, bin_seeding = CASES[name]
    theirs = peer_fitted(name)
    ours = MeanShift(bandwidth, bin_seeding=bin_seeding, assign="nearest").fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("seed", range(3))
def test_basins_are_the_nearest_centres_where_clusters_are_clear(seed):
    X = make_blobs(200, centers=[(0, 0), (8, 0), (0, 8)], random_state=seed)[0]
    theirs = peer.MeanShift(bandwidth=3.0).fit(X)
    ours = MeanShift(3.0).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert len(ours.cluster_centers_) == 3


def test_given_seeds_rare_cells_and_far_samples():
    X = blobs()
    theirs = peer.MeanShift(bandwidth=1.0, seeds=X[:20], cluster_all=False).fit(X)
    ours = MeanShift(1.0, seeds=X[:20], cluster_all=False, assign="nearest").fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert -1 in ours.labels_
    theirs = peer.MeanShift(bandwidth=0.7, bin_seeding=True, min_bin_freq=5).fit(X)
    ours = MeanShift(0.7, bin_seeding=True, min_bin_freq=5).fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9)
    far = MeanShift(1.0, cluster_all=False).fit(X)
    distances = np.linalg.norm(X[:, None] - far.cluster_centers_, axis=2).min(axis=1)
    assert (far.labels_[distances > 1] == -1).all() and (far.labels_[distances <= 0.5] >= 0).all()


@pytest.mark.parametrize("quantile", [0.0, 0.01, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("n_samples", [None, 40])
def test_scikit_learns_bandwidth(quantile, n_samples):
    for X in (IRIS, blobs()):
        options = {"quantile": quantile, "n_samples": n_samples, "random_state": 3}
        theirs = peer.estimate_bandwidth(X, **options)
        assert estimate_bandwidth(X, **options) == pytest.approx(theirs, rel=1e-9)
        assert estimate_bandwidth(X + 1e6, **options) == pytest.approx(theirs, rel=1e-7)


# -- its definition ------------------------------------------------------------------------------


def test_a_label_is_where_the_sample_climbs():
    X = blobs(centers=6, spread=1.0)
    fitted = MeanShift(1.2).fit(X)
    assert not np.array_equal(fitted.labels_, MeanShift(1.2, assign="nearest").fit(X).labels_)
    for i in range(0, len(X), 7):
        place = X[i]
        for _ in range(300):
            mean = X[np.linalg.norm(X - place, axis=1) <= 1.2].mean(axis=0)
            done = np.linalg.norm(mean - place) <= 1.2e-3
            place = mean
            if done:
                break
        nearest = np.linalg.norm(fitted.cluster_centers_ - place, axis=1).argmin()
        assert fitted.labels_[i] == nearest
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    from_cells = MeanShift(1.2, bin_seeding=True, assign="basin").fit(X)
    moved = np.linalg.norm(
        from_cells.cluster_centers_[from_cells.labels_] - fitted.cluster_centers_[fitted.labels_],
        axis=1,
    )
    assert (moved <= 1.2).mean() > 0.95
    auto = MeanShift(1.2, bin_seeding=True).fit(X)
    theirs = peer.MeanShift(bandwidth=1.2, bin_seeding=True).fit(X)
    np.testing.assert_array_equal(auto.labels_, theirs.labels_)
    np.testing.assert_array_equal(auto.predict(X), theirs.labels_)


def test_modes_of_a_gaussian_window_are_maxima_of_the_density():
    X = blobs()
    fitted = MeanShift(0.8, kernel="gaussian").fit(X)

    def minus_density(place):
        return -np.exp(-((X - place) ** 2).sum(axis=1) / (2 * 0.8**2)).sum()

    heights = []
    for center in fitted.cluster_centers_:
        best = minimize(minus_density, center, options={"gtol": 1e-9})
        np.testing.assert_allclose(center, best.x, atol=1e-5)
        heights.append(-best.fun)
    assert heights == sorted(heights, reverse=True)
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)


@cache
def maxima(bandwidth):
    """Of the density of the petals, to 1e-4."""
    grid = np.linspace(0, 8, 100_001)
    petals, counts = np.unique(IRIS[:, 2], return_counts=True)
    density = counts @ np.exp(-((grid - petals[:, None]) ** 2) / (2 * bandwidth**2))
    inner = density[1:-1]
    return grid[1:-1][(inner > density[:-2]) & (inner >= density[2:])]


@pytest.mark.parametrize("bandwidth", np.geomspace(0.05, 2, 25))
def test_gentle_slopes_are_not_modes(bandwidth):
    """Where steps are short for a long way, as next to modes that have just vanished."""
    fitted = MeanShift(bandwidth, kernel="gaussian").fit(IRIS[:, 2:3])
    apart = np.abs(fitted.cluster_centers_ - maxima(bandwidth))
    assert apart.min(axis=1).max() < 1e-4  # each is a maximum
    assert apart.min(axis=0).max() < bandwidth  # and no maximum was missed


def test_two_point_masses_have_the_known_modes():
    # modes of exp(-(x-a)²/2) + exp(-(x+a)²/2) solve x = a tanh(a x)
    fitted = MeanShift(1.0, kernel="gaussian").fit([[-1.5], [1.5]])
    place = 1.5
    for _ in range(200):
        place = 1.5 * np.tanh(1.5 * place)
    np.testing.assert_allclose(np.sort(fitted.cluster_centers_[:, 0]), [-place, place], rtol=1e-9)
    assert len(MeanShift(1.0, kernel="gaussian").fit([[-0.9], [0.9]]).cluster_centers_) == 1


def test_saddles_are_not_modes():
    random = np.random.default_rng(0)
    side = random.normal(size=(50, 2)) * 0.3 + [2, 0]
    X = np.concatenate([side, -side, [[0.0, 0.0]]])
    fitted = MeanShift(1.0, kernel="gaussian").fit(X)
    assert len(fitted.cluster_centers_) == 2 and fitted.labels_[-1] in (0, 1)
    assert fitted.predict([[0.0, 0.0]]) == fitted.labels_[-1]
    X = np.concatenate([np.full(10, -1.0), [0.0], np.full(10, 1.0)])[:, None]
    fitted = MeanShift(1.0).fit(X)  # the window around 0 ends exactly at both others
    np.testing.assert_allclose(np.sort(fitted.cluster_centers_[:, 0]), [-10 / 11, 10 / 11])
    assert fitted.labels_[0] != fitted.labels_[-1]
    merged = MeanShift(1.0).fit([[0.0], [1.0], [2.0]])  # the sides of 1 are too close to part
    assert merged.cluster_centers_.tolist() == [[1.0]]


def test_windows_include_their_edge():
    assert MeanShift(1.0).fit([[0.0, 0.0], [1.0, 0.0]]).cluster_centers_.tolist() == [[0.5, 0.0]]
    assert len(MeanShift(0.999).fit([[0.0, 0.0], [1.0, 0.0]]).cluster_centers_) == 2


@pytest.mark.skipif(not find_spec("numba"), reason="needs Numba")
@pytest.mark.parametrize(("n", "d"), [(50, 1), (3000, 1), (3000, 2), (1500, 5), (6000, 2)])
def test_both_kernels_find_the_same_windows(n, d):
    from clustering.kernels import compiled

    random = np.random.default_rng(n)
    X = random.integers(-20, 20, (n, d)).astype(float)  # distances of exactly the radius
    w = random.integers(1, 4, n).astype(float)
    at = np.concatenate([X[:200], random.normal(size=(50, d)) * 9, np.full((1, d), 1e4)])
    for radius in (1.0, 5.0, 60.0):
        inside = ((at[:, None] - X) ** 2).sum(axis=2) <= radius * radius
        mass = inside @ w
        means = np.where(mass[:, None] > 0, inside @ (w[:, None] * X), at)
        means /= np.where(mass > 0, mass, 1)[:, None]
        for module in (plain, compiled):
            got, weight = module.flat_shift(X, w, radius)(at)
            np.testing.assert_array_equal(weight, mass)
            np.testing.assert_allclose(got, means, rtol=1e-12, atol=1e-12)


def test_far_from_the_origin_and_in_other_types():
    X = np.round(blobs() * 64) / 64  # exact after the move
    near, far = MeanShift(1.0).fit(X), MeanShift(1.0).fit(X + 2.0**30)
    np.testing.assert_array_equal(near.labels_, far.labels_)
    single = MeanShift(1.0).fit(X.astype(np.float32))
    np.testing.assert_array_equal(near.labels_, single.labels_)
    assert single.cluster_centers_.dtype == np.float32
    np.testing.assert_array_equal(near.labels_, MeanShift(1.0).fit(ac.Tensor(X)).labels_)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(near)).predict(X), near.labels_)


def test_history():
    X = blobs(100)
    steps = []
    fitted = MeanShift(1.0, callback=steps.append).fit(X)
    assert fitted.converged_ and len(steps) == len(fitted.history_) == fitted.n_iter_ + 1
    np.testing.assert_allclose(fitted.positions(0), fitted.seeds_)
    first = np.stack([X[np.linalg.norm(X - x, axis=1) <= 1].mean(axis=0) for x in fitted.seeds_])
    np.testing.assert_allclose(fitted.positions(1), first, atol=1e-8)
    last = fitted.positions(len(steps))
    distance = np.linalg.norm(last[:, None] - fitted.cluster_centers_, axis=2).min(axis=1)
    assert distance.max() <= 1.0 and fitted.history_[-1].shift <= 1e-3
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        assert not MeanShift(1.0, max_iter=1).fit(X).converged_


# -- traps ---------------------------------------------------------------------------------------


def test_many_identical_samples_and_one_sample():
    X = np.full((100_000, 2), 3.0)
    fitted = MeanShift(1.0).fit(X)
    assert fitted.cluster_centers_.tolist() == [[3.0, 3.0]] and not fitted.labels_.any()
    assert MeanShift(1.0, kernel="gaussian").fit([[5.0]]).labels_.tolist() == [0]
    with pytest.raises(DataError, match="is 0"):
        MeanShift().fit(X[:50])


def test_constant_features_and_tiny_windows():
    X = np.column_stack([np.zeros(60), blobs(60)])
    np.testing.assert_array_equal(
        MeanShift(1.0).fit(X).labels_, MeanShift(1.0).fit(X[:, 1:]).labels_
    )
    assert len(np.unique(MeanShift(1e-12).fit(X).labels_)) == 60
    assert len(MeanShift(1e-300).fit(X).cluster_centers_) == 60
    assert len(MeanShift(1e9).fit(X).cluster_centers_) == 1


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"bandwidth": 0}, "bandwidth must be a number > 0"),
        ({"bandwidth": -1.0}, "bandwidth"),
        ({"bandwidth": np.inf}, "bandwidth"),
        ({"bandwidth": "wide"}, "bandwidth"),
        ({"bandwidth": 1.0, "kernel": "round"}, "kernel must be one of 'flat', 'gaussian'"),
        ({"bandwidth": 1.0, "assign": "any"}, "assign"),
        ({"bandwidth": 1.0, "max_iter": -1}, "max_iter"),
        ({"bandwidth": 1.0, "bin_seeding": True, "min_bin_freq": 9}, "min_bin_freq=9"),
        ({"bandwidth": 1.0, "seeds": [[0.0, 0.0]]}, r"seeds have shape \(1, 2\), expected"),
        ({"bandwidth": 1.0, "seeds": [[0.0], [50.0]]}, r"1 of 2 seeds have no sample .*\[50.0\]"),
    ],
)
def test_bad_parameters(parameters, text):
    with pytest.raises(ParameterError, match=text):
        MeanShift(**parameters).fit([[0.0], [1.0], [5.0]])


def test_bad_data():
    for bad in ([[np.nan]], np.empty((0, 2)), [1.0, 2.0]):
        with pytest.raises(DataError):
            MeanShift(1.0).fit(bad)
    with pytest.raises(ParameterError, match="quantile"):
        estimate_bandwidth([[0.0], [1.0]], quantile=1.5)
    with pytest.raises(DataError, match="shapes"):
        gaussian_shift(np.zeros((2, 3)), np.zeros((4, 2)), 1.0)
    with pytest.raises(ParameterError, match="bandwidth"):
        gaussian_modes(np.zeros((2, 3)), 0.0, np.zeros((2, 3)))


# -- differentiable ------------------------------------------------------------------------------


def test_gradient_of_one_step():
    X = np.random.default_rng(0).normal(size=(9, 2))
    assert ac.gradcheck(gaussian_shift, X[:3] * 1.1, X, np.array(0.8))


def test_gradient_of_modes_is_that_of_the_fixed_point():
    random = np.random.default_rng(0)
    X = random.normal(size=(10, 2))
    X[:5] += 3

    def modes(x, h):
        return gaussian_modes(x, h, X[[0, 7]])

    assert ac.gradcheck(modes, X, np.array(0.8))
    assert ac.gradcheck(ac.grad(lambda h: np.sum(modes(X, h) ** 3)), np.array(0.8))
    places = gaussian_modes(X, 0.8, X[[0, 7]])
    np.testing.assert_allclose(gaussian_shift(places, X, 0.8), places, atol=1e-12)
    # moving all samples moves every mode as much
    for axis in range(2):
        gradient = ac.grad(lambda x, axis=axis: modes(x, 0.8)[1, axis])(X)
        np.testing.assert_allclose(gradient.sum(axis=0), np.eye(2)[axis], atol=1e-9)


def test_few_samples_far_away_and_tiny_gaussian_windows():
    near = MeanShift(0.6, kernel="gaussian").fit([[0.0], [1.0], [3.0]]).cluster_centers_[:, 0]
    for far in (1e7, 1e8, 1e10, 1e12):
        found = MeanShift(0.6, kernel="gaussian").fit([[0.0], [1.0], [3.0], [far]])
        np.testing.assert_allclose(np.sort(found.cluster_centers_[:, 0])[:2], np.sort(near), 1e-4)
    X = np.random.default_rng(0).normal(size=(30, 2))
    assert len(MeanShift(1e-18, kernel="gaussian").fit(X).cluster_centers_) == 30
    with pytest.raises(ParameterError, match="too small beside the extent"):
        MeanShift(1e-160, kernel="gaussian").fit(X)
