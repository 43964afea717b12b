"""K-means and its relatives against scikit-learn, closed forms and each other."""

from itertools import pairwise

import numpy as np
import pytest
import sklearn.cluster as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import autograd_core as ac
from clustering import KMeans, KMedians, KMedoids, MiniBatchKMeans, SphericalKMeans
from clustering.distances import directions
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


# -- kernels -------------------------------------------------------------------------------------


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


def test_medians_resist_an_outlier():
    X = np.array([[0.0], [1], [2], [100], [101], [102], [10_000]])
    fitted = KMedians(2, init=[[0.0], [100.0]]).fit(X)
    np.testing.assert_array_equal(fitted.cluster_centers_, [[1.0], [101.5]])
    assert fitted.inertia_ == 1 + 1 + 1.5 + 0.5 + 0.5 + 9898.5


# -- relatives -----------------------------------------------------------------------------------


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


# -- starts --------------------------------------------------------------------------------------


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


def test_directions_of_zeros_have_gradient_zero():
    x = ac.Tensor([[0.0, 0], [3, 4]], requires_grad=True)
    y = directions(x)
    (y * [[1.0, 2], [1, 2]]).sum().backward()
    np.testing.assert_allclose(y.numpy(), [[0, 0], [0.6, 0.8]])
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [-0.064, 0.048]], atol=1e-15)


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_history_is_where_the_data_are():
    X = np.random.default_rng(0).normal(size=(60, 2)) + 100
    for kind in (KMeans, MiniBatchKMeans):
        fitted = kind(2, init=X[:2], random_state=0).fit(X)
        np.testing.assert_allclose(fitted.history_[0].centers, X[:2])


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
