"""K-means and its relatives against scikit-learn, closed forms and each other."""

import numpy as np
import pytest
import sklearn.cluster as peer
from scipy.spatial.distance import cdist

import autograd_core as ac
from clustering import KMeans, KMedians, KMedoids, MiniBatchKMeans, SphericalKMeans
from clustering.errors import ConvergenceWarning, DataError, DataTypeError, ParameterError
from clustering.kernels import kernels
from clustering.seeding import INITS

FAMILY = [KMeans, KMedians, KMedoids, SphericalKMeans, MiniBatchKMeans]


def blobs(n=600, d=3, k=5, seed=0, spread=1.0):
    random = np.random.default_rng(seed)
    centers = random.normal(size=(k, d)) * 6
    return centers[random.integers(k, size=n)] + spread * random.normal(size=(n, d))


# -- against scikit-learn ------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("algorithm", ["lloyd", "hamerly"])
@pytest.mark.parametrize(("d", "k", "weighted"), [(1, 3, False), (2, 8, True), (7, 20, False)])
def test_the_same_start_gives_scikit_learns_result(algorithm, d, k, weighted):
    X = blobs(d=d, k=k, spread=3.0)
    random = np.random.default_rng(1)
    init = X[random.choice(len(X), k, replace=False)]
    weights = random.integers(0, 4, len(X)) * 1.0 if weighted else None
    ours = KMeans(k, init=init, algorithm=algorithm).fit(X, sample_weight=weights)
    theirs = peer.KMeans(k, init=init, n_init=1, algorithm="lloyd").fit(X, sample_weight=weights)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-10)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.predict(X[:50]), theirs.predict(X[:50]))
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-9, atol=1e-12)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-10)


def test_real_digits():
    X = pytest.importorskip("sklearn.datasets").load_digits().data
    init = X[:10]
    ours, theirs = KMeans(10, init=init).fit(X), peer.KMeans(10, init=init, n_init=1).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)


def test_all_ways_of_computing_agree_bit_for_bit(monkeypatch):
    X = blobs(3000, d=9, k=12, spread=4.0)
    X = np.concatenate([X, X[:300]])  # duplicates: ties between samples
    results = []
    for name in ("plain", "compiled"):
        monkeypatch.setenv("CLUSTERING_KERNELS", name)
        kernels.cache_clear()
        for algorithm in ("lloyd", "hamerly"):
            fitted = KMeans(12, random_state=3, algorithm=algorithm).fit(X)
            results.append((fitted.labels_, fitted.cluster_centers_, fitted.inertia_))
    kernels.cache_clear()
    for labels, centers, inertia in results[1:]:
        np.testing.assert_array_equal(labels, results[0][0])
        np.testing.assert_array_equal(centers, results[0][1])
        assert inertia == pytest.approx(results[0][2], rel=1e-13)


# -- the course's examples -----------------------------------------------------------------------


def test_smiley_face():
    eyes = [(2, 8), (3, 8), (2, 9), (3, 9), (7, 8), (8, 8), (7, 9), (8, 9)]
    nose = [(5, 6), (5, 5), (5, 7), (4.7, 5)]
    mouth = [(1, 3), (2, 2), (3, 1.3), (4, 1), (5, 0.9), (6, 1), (7, 1.3), (8, 2), (9, 3), (5, 1.1)]
    X = np.array(eyes + nose + mouth)
    start = [(2, 2), (8, 2), (5, 7)]
    ours = KMeans(3, init=start).fit(X)
    theirs = peer.KMeans(3, init=np.array(start), n_init=1).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_)


def test_a_bad_start_stays_in_a_bad_optimum_and_several_starts_leave_it():
    X = np.array([[0.0, 0], [0, 1], [10, 0], [10, 1]])
    bad = KMeans(2, init=[[5.0, 0], [5.0, 1]]).fit(X)
    assert bad.inertia_ == 100
    assert KMeans(2, init="random", n_init=20, random_state=0).fit(X).inertia_ == 1


# -- empty clusters, duplicates ------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
def test_empty_clusters_move_to_far_samples_and_labels_fit_the_centres():
    X = blobs(300, k=4)
    init = np.concatenate([X[:3], np.full((3, 3), 1e3)])  # three centres far from everything
    fitted = KMeans(6, init=init).fit(X)
    assert len(np.unique(fitted.labels_)) == 6
    np.testing.assert_array_equal(fitted.labels_, cdist(X, fitted.cluster_centers_).argmin(axis=1))
    theirs = peer.KMeans(6, init=init, n_init=1).fit(X)
    assert fitted.inertia_ == pytest.approx(theirs.inertia_, rel=1e-8)


def test_empty_clusters_may_stay_or_be_an_error():
    X = blobs(100)
    init = np.array([X[0], X[1], [1e3] * 3])
    with pytest.warns(ConvergenceWarning, match="2 of 3"):
        kept = KMeans(3, init=init, empty_clusters="keep").fit(X)
    np.testing.assert_array_equal(kept.cluster_centers_[2], [1e3] * 3)
    with pytest.raises(DataError, match="cluster 2 became empty"):
        KMeans(3, init=init, empty_clusters="error").fit(X)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("init", INITS)
def test_fewer_distinct_samples_than_clusters(init):
    X = np.repeat([[0.0, 1], [2, 3]], 50, axis=0)
    with pytest.warns(ConvergenceWarning, match="fewer"):
        fitted = KMeans(5, init=init, n_init=1, random_state=0).fit(X)
    assert fitted.inertia_ < 1e-20


@pytest.mark.usefixtures("backend")
def test_identical_samples_end_at_once():
    with pytest.warns(ConvergenceWarning):
        fitted = KMeans(3, random_state=0).fit(np.full((200_000, 2), 7.0))
    assert fitted.inertia_ == 0 and fitted.n_iter_ <= 2


# -- what users rely on --------------------------------------------------------------------------


@pytest.mark.parametrize("Family", FAMILY)
@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_same_seed_same_labels(Family):
    X = blobs(spread=3.0)
    first, second = (Family(5, random_state=7).fit(X) for _ in range(2))
    np.testing.assert_array_equal(first.labels_, second.labels_)
    np.testing.assert_array_equal(first.predict(X), first.labels_)
    assert -first.score(X) == pytest.approx(first.inertia_)
    assert len(first.history_) >= 1 and isinstance(first.converged_, bool)


def test_inputs_of_every_kind_and_float32():
    pandas = pytest.importorskip("pandas")
    X = blobs(60).astype(np.float32)
    expected = KMeans(3, random_state=0).fit(X)
    assert expected.cluster_centers_.dtype == np.float32
    for given_as in (X.tolist(), ac.Tensor(X), pandas.DataFrame(X, columns=["a", "b", "c"])):
        np.testing.assert_array_equal(
            KMeans(3, random_state=0).fit_predict(given_as), expected.labels_
        )


@pytest.mark.parametrize("Family", [KMeans, KMedians, SphericalKMeans])
def test_distances_to_the_centres_are_differentiable(Family):
    X = blobs(20)
    fitted = Family(3, random_state=0).fit(X)
    assert ac.gradcheck(lambda x: fitted.transform(x), X)
    x = ac.Tensor(X, requires_grad=True)
    np.testing.assert_allclose(fitted.transform(x).numpy(), fitted.transform(X), rtol=1e-12)


def test_callback_sees_every_iteration():
    seen = []
    fitted = KMeans(3, random_state=0, callback=seen.append).fit(blobs())
    assert len(seen) == fitted.n_iter_ == len(fitted.history_)
    assert seen[0].changed == 600


X3 = blobs(10)
BAD = {
    "NaN": (DataError, "NaN", {}, np.where(X3 > 5, np.nan, X3)),
    "inf": (DataError, "infinity", {}, np.where(X3 > 0, np.inf, X3)),
    "empty": (DataError, "0 sample", {}, X3[:0]),
    "no features": (DataError, "0 feature", {}, X3[:, :0]),
    "1-d": (DataError, "Reshape", {}, X3[0]),
    "text": (DataError, "number", {}, [["a", "b"]]),
    "complex": (DataError, "Complex", {}, X3 + 1j),
    "objects": (DataTypeError, "number", {}, np.array([[{}, 1.0]], dtype=object)),
    "too few samples": (ParameterError, "n_clusters=8", {}, X3[:5]),
    "no clusters": (
        ParameterError,
        "n_clusters must be an integer >= 1",
        {"n_clusters": 0},
        X3,
    ),
    "half a cluster": (ParameterError, "must be an integer", {"n_clusters": 2.5}, X3),
    "init": (ParameterError, "k-means", {"init": "best"}, X3),
    "init shape": (ParameterError, r"\(8, 3\)", {"init": X3[:2]}, X3),
    "n_init": (ParameterError, "n_init", {"n_init": 0}, X3),
    "max_iter": (ParameterError, "max_iter", {"max_iter": -1}, X3),
    "tol": (ParameterError, "tol", {"tol": -1.0}, X3),
    "algorithm": (ParameterError, "lloyd", {"algorithm": "fast"}, X3),
    "random_state": (ParameterError, "random_state", {"random_state": "x"}, X3),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("Family", FAMILY)
def test_bad_input(name, Family):
    error, text, parameters, X = BAD[name]
    with pytest.raises(error, match=text) as caught:
        Family(**parameters).fit(X)
    assert Family.__name__ in str(caught.value)


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 10, [np.nan] * 10, [0.0] * 10])
def test_bad_weights(weights):
    with pytest.raises(DataError, match="sample_weight"):
        KMeans(2).fit(X3, sample_weight=weights)


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_history_is_where_the_data_are():
    X = np.random.default_rng(0).normal(size=(60, 2)) + 100
    for kind in (KMeans, MiniBatchKMeans):
        fitted = kind(2, init=X[:2], random_state=0).fit(X)
        np.testing.assert_allclose(fitted.history_[0].centers, X[:2])
