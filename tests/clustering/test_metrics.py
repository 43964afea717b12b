"""Scores of clusterings against scikit-learn, closed forms and definitions."""

import tracemalloc
from fractions import Fraction
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import autograd_core as ac
import clustering.metrics as ours
from clustering.errors import DataError, DataTypeError, ParameterError
from clustering.metrics.external import expected_mutual_information

theirs = pytest.importorskip("sklearn.metrics")
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix  # noqa: E402

AGREEMENT = [
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "completeness_score",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "rand_score",
    "v_measure_score",
]


def blobs(n=400, d=3, k=5, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(k, size=n)
    return random.normal(size=(k, d))[labels] * 4 + random.normal(size=(n, d)), labels


def silhouettes_by_definition(D, labels):
    result = []
    for i, label in enumerate(labels):
        mine = labels == label
        if mine.sum() == 1:
            result.append(0.0)
            continue
        a = D[i, mine].sum() / (mine.sum() - 1)
        b = min(D[i, labels == other].mean() for other in set(labels) - {label})
        result.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return np.array(result)


# -- silhouettes ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine"])
@pytest.mark.parametrize(("d", "k"), [(1, 2), (3, 5), (17, 40)])
def test_silhouettes(metric, d, k):
    X, labels = blobs(d=d, k=k)
    X = X + 1.0
    expected = theirs.silhouette_samples(X, labels, metric=metric)
    np.testing.assert_allclose(
        ours.silhouette_samples(X, labels, metric=metric), expected, atol=1e-10
    )
    assert ours.silhouette_score(X, labels, metric=metric) == pytest.approx(
        theirs.silhouette_score(X, labels, metric=metric), abs=1e-10
    )


@pytest.mark.usefixtures("backend")
@settings(max_examples=60, deadline=None)
@given(st.integers(3, 40), st.integers(1, 4), st.integers(2, 8), st.integers(0, 10**6))
def test_silhouettes_of_duplicates_and_single_samples(n, d, k, seed):
    random = np.random.default_rng(seed)
    X = random.integers(-1, 2, (n, d)).astype(float)
    labels = random.integers(k, size=n) * 3
    found = len(np.unique(labels))
    if not 2 <= found <= n - 1:
        with pytest.raises(DataError, match=f"found {found} cluster"):
            ours.silhouette_samples(X, labels)
        return
    for metric, name in (("euclidean", "euclidean"), ("sqeuclidean", "sqeuclidean")):
        result = ours.silhouette_samples(X, labels, metric=metric)
        expected = silhouettes_by_definition(cdist(X, X, name), labels)
        np.testing.assert_allclose(result, expected, atol=1e-12)
        assert (result[np.bincount(labels)[labels] == 1] == 0).all()


def test_real_digits():
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    np.testing.assert_allclose(
        ours.silhouette_samples(X, labels), theirs.silhouette_samples(X, labels), atol=1e-10
    )
    for name in ("davies_bouldin_score", "calinski_harabasz_score"):
        assert getattr(ours, name)(X, labels) == pytest.approx(
            getattr(theirs, name)(X, labels), rel=1e-10
        )


@pytest.mark.usefixtures("backend")
def test_precomputed_distances():
    X, labels = blobs(100)
    D = cdist(X, X)
    np.testing.assert_allclose(
        ours.silhouette_samples(D, labels, metric="precomputed"),
        ours.silhouette_samples(X, labels),
        atol=1e-12,
    )
    with pytest.raises(DataError, match="square"):
        ours.silhouette_samples(X, labels, metric="precomputed")
    with pytest.raises(DataError, match="diagonal"):
        ours.silhouette_samples(D + 1, labels, metric="precomputed")


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
def test_silhouettes_neither_overflow_nor_lose_digits_far_from_the_origin(metric):
    X, labels = blobs(60)
    X = np.round(X * 1024) / 1024
    expected = ours.silhouette_samples(X, labels, metric=metric)
    for scale in (2.0**800, 2.0**-800):
        np.testing.assert_array_equal(
            ours.silhouette_samples(X * scale, labels, metric=metric), expected
        )
    far = ours.silhouette_samples(X + 2.0**30, labels, metric=metric)
    np.testing.assert_allclose(far, expected, atol=1e-12)


def test_under_cosine_a_sample_of_length_zero_has_similarity_zero():
    X = np.array([[1.0, 0], [1, 0.1], [0, 0], [0, 0], [0, 3]])
    labels = np.array([0, 0, 1, 1, 1])
    unit = X / np.where(X.any(axis=1), np.linalg.norm(X, axis=1), 1)[:, None]
    D = 1 - unit @ unit.T
    np.fill_diagonal(D, 0)
    np.testing.assert_allclose(
        ours.silhouette_samples(X, labels, metric="cosine"),
        silhouettes_by_definition(D, labels),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        ours.silhouette_samples(X, labels, metric="cosine"),
        theirs.silhouette_samples(X, labels, metric="cosine"),
        atol=1e-12,
    )


@pytest.mark.usefixtures("backend")
def test_noise_is_left_out_and_counted():
    X, labels = blobs(120)
    labels[::10] = -1
    kept = labels >= 0
    result = ours.silhouette_samples(X, labels)
    assert np.isnan(result[~kept]).all()
    np.testing.assert_allclose(
        result[kept], theirs.silhouette_samples(X[kept], labels[kept]), atol=1e-10
    )
    for name in ("silhouette_score", "davies_bouldin_score", "calinski_harabasz_score"):
        with pytest.warns(UserWarning, match="12 of 120 samples are labelled -1"):
            score = getattr(ours, name)(X, labels)
        assert score == pytest.approx(getattr(theirs, name)(X[kept], labels[kept]), rel=1e-9)
        assert getattr(ours, name)(X, labels, noise=None) == pytest.approx(
            getattr(theirs, name)(X, labels), rel=1e-9
        )
    with pytest.raises(DataError, match=r"found 0 cluster\(s\) of 0"), pytest.warns(UserWarning):
        ours.silhouette_score(X, np.full(120, -1))


def test_a_part_of_the_samples_is_the_part_scikit_learn_draws():
    X, labels = blobs(500)
    for seed in (0, 7):
        assert ours.silhouette_score(
            X, labels, sample_size=100, random_state=seed
        ) == pytest.approx(
            theirs.silhouette_score(X, labels, sample_size=100, random_state=seed), abs=1e-10
        )
    random = np.random.default_rng(3)
    part = ours.silhouette_score(X, labels, sample_size=400, random_state=random)
    assert part == pytest.approx(ours.silhouette_score(X, labels), abs=0.05)
    with pytest.raises(ParameterError, match="sample_size"):
        ours.silhouette_score(X, labels, sample_size=0)


@pytest.mark.usefixtures("backend")
def test_memory_of_silhouettes_is_linear():
    X, labels = blobs(6000, d=2)
    ours.silhouette_samples(X, labels)
    tracemalloc.start()
    ours.silhouette_samples(X, labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(X) ** 2 / 10


def test_float32_is_summed_in_float64():
    X, labels = blobs(300)
    X = (X + 1000).astype(np.float32)
    wide = X.astype(np.float64)
    for name in ("silhouette_score", "davies_bouldin_score", "calinski_harabasz_score", "inertia"):
        assert getattr(ours, name)(X, labels) == pytest.approx(
            getattr(ours, name)(wide, labels), rel=1e-14
        )


# -- from the centres ----------------------------------------------------------------------------


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", ["davies_bouldin_score", "calinski_harabasz_score"])
@pytest.mark.parametrize(("d", "k"), [(1, 2), (3, 5), (17, 40)])
def test_scores_from_the_centres(name, d, k):
    X, labels = blobs(d=d, k=k)
    names = np.array([f"cluster {k}" for k in range(k)])[labels]
    expected = getattr(theirs, name)(X, labels)
    assert getattr(ours, name)(X, names) == pytest.approx(expected, rel=1e-10)
    assert getattr(ours, name)(ac.Tensor(X), list(labels)) == pytest.approx(expected, rel=1e-10)
    assert getattr(ours, name)(X + 1e6, labels) == pytest.approx(expected, rel=1e-7)


def test_clusters_without_extent():
    X = np.array([[0.1], [0.1], [0.7], [0.7], [0.9]])
    labels = [0, 0, 1, 1, 1]
    assert ours.davies_bouldin_score(X[:4], labels[:4]) == 0
    assert ours.calinski_harabasz_score(X[:4], labels[:4]) == 1
    assert ours.calinski_harabasz_score(X, labels) == pytest.approx(
        theirs.calinski_harabasz_score(X, labels)
    )
    same = np.full((6, 2), 0.1)
    assert ours.davies_bouldin_score(same, [0, 1] * 3) == 0
    assert ours.calinski_harabasz_score(same, [0, 1] * 3) == 1
    assert ours.silhouette_score(same, [0, 1] * 3) == 0


@pytest.mark.usefixtures("backend")
def test_inertia():
    X, labels = blobs()
    means = np.array([X[labels == k].mean(axis=0) for k in range(5)])
    expected = sum(np.sum((X[labels == k] - means[k]) ** 2) for k in range(5))
    assert ours.inertia(X, labels) == pytest.approx(expected, rel=1e-12)
    assert ours.inertia(X, labels, means) == pytest.approx(expected, rel=1e-12)
    nearest = cdist(X, means, "sqeuclidean").min(axis=1)
    assert ours.inertia(X, centers=means) == pytest.approx(nearest.sum(), rel=1e-12)
    w = np.arange(400.0)
    assert ours.inertia(X, centers=means, sample_weight=w) == pytest.approx(nearest @ w)
    twice = np.repeat(X, 2, axis=0), np.repeat(labels, 2)
    assert ours.inertia(X, labels, sample_weight=np.full(400, 2.0)) == pytest.approx(
        ours.inertia(*twice), rel=1e-12
    )
    from clustering import KMeans

    fitted = KMeans(5, random_state=0).fit(X)
    assert ours.inertia(X, fitted.labels_) == pytest.approx(fitted.inertia_, rel=1e-3)
    assert ours.inertia(X, fitted.labels_, fitted.cluster_centers_) == pytest.approx(
        fitted.inertia_, rel=1e-12
    )
    noisy = np.where(np.arange(400) < 3, -1, labels)
    with pytest.warns(UserWarning, match="3 of 400"):
        assert ours.inertia(X, noisy) == pytest.approx(ours.inertia(X[3:], labels[3:]))


# -- two labellings ------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 12), st.integers(0, 10**6))
def test_agreement_is_scikit_learns(n, k, l, seed):
    random = np.random.default_rng(seed)
    true, pred = random.integers(k, size=n), random.integers(-1, l, size=n)
    for name in AGREEMENT:
        expected = getattr(theirs, name)(true, pred)
        assert getattr(ours, name)(true, pred) == pytest.approx(expected, abs=1e-10), name
    np.testing.assert_array_equal(
        ours.pair_confusion_matrix(true, pred), pair_confusion_matrix(true, pred)
    )
    matrix = contingency_matrix(true, pred)
    np.testing.assert_array_equal(ours.contingency_matrix(true, pred), matrix)
    sparse = ours.contingency_matrix(true, pred, sparse=True)
    np.testing.assert_array_equal(sparse.toarray(), matrix)
    np.testing.assert_array_equal(ours.contingency_matrix(true, pred, eps=0.5), matrix + 0.5)
    assert ours.purity_score(true, pred) == matrix.max(axis=0).sum() / n
    for table in (matrix, sparse):
        assert ours.mutual_info_score(None, None, contingency=table) == pytest.approx(
            theirs.mutual_info_score(true, pred), abs=1e-12
        )


def test_no_samples_agree_as_in_scikit_learn():
    for name in AGREEMENT:
        if name != "mutual_info_score":  # there scikit-learn fails
            assert getattr(ours, name)([], []) == getattr(theirs, name)([], []), name
    assert ours.mutual_info_score([], []) == 0
    assert ours.purity_score([], []) == 1
    assert ours.contingency_matrix([], []).shape == (0, 0)


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "min", "max"])
def test_averages_of_entropies(method):
    random = np.random.default_rng(0)
    true = random.integers(6, size=2000)
    pred = np.where(random.random(2000) < 0.5, true, random.integers(30, size=2000))
    for name in ("normalized_mutual_info_score", "adjusted_mutual_info_score"):
        assert getattr(ours, name)(true, pred, average_method=method) == pytest.approx(
            getattr(theirs, name)(true, pred, average_method=method), abs=1e-10
        )
    for beta in (0.0, 0.5, 2.0):
        np.testing.assert_allclose(
            ours.homogeneity_completeness_v_measure(true, pred, beta=beta),
            theirs.homogeneity_completeness_v_measure(true, pred, beta=beta),
            atol=1e-10,
        )
        assert ours.v_measure_score(true, pred, beta=beta) == pytest.approx(
            theirs.v_measure_score(true, pred, beta=beta), abs=1e-10
        )


def test_the_expected_information_is_that_of_the_hypergeometric_distribution():
    a, b, n = [5, 3], [4, 2, 2], 8
    expected = 0.0
    for i in a:
        for j in b:
            for shared in range(max(1, i + j - n), min(i, j) + 1):
                chance = Fraction(comb(i, shared) * comb(n - i, j - shared), comb(n, j))
                expected += float(chance) * shared / n * log(n * shared / (i * j))
    assert expected_mutual_information(np.array(a), np.array(b)) == pytest.approx(expected)


def test_counts_of_pairs_do_not_overflow():
    n = 400_000
    true = (np.arange(n) % 2).astype(np.int8)
    pred = (np.arange(n) >= n // 4).astype(np.uint8)
    quarter, half = n // 4, n // 2
    # the contingency table is [[n/8, 3n/8], [n/8, 3n/8]]
    together = 2 * (n // 8) ** 2 + 2 * (3 * n // 8) ** 2
    tp = together - n
    fp = quarter**2 + (3 * quarter) ** 2 - together
    fn = 2 * half**2 - together
    tn = n * (n - 1) - tp - fp - fn
    numerator = 2 * (tp * tn - fn * fp)
    denominator = (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn)
    assert abs(denominator) > 2**63
    assert ours.adjusted_rand_score(true, pred) == pytest.approx(
        float(Fraction(numerator, denominator)), abs=1e-15
    )
    assert ours.rand_score(true, pred) == pytest.approx(float(Fraction(tp + tn, n * (n - 1))))
    np.testing.assert_array_equal(ours.pair_confusion_matrix(true, pred), [[tn, fp], [fn, tp]])
    assert ours.mutual_info_score(true, pred) == 0
    assert ours.purity_score(true, pred) == 0.5


def test_many_clusters_take_little_memory():
    n = 100_000
    true, pred = np.arange(n), np.arange(n)[::-1] // 2
    tracemalloc.start()
    assert ours.homogeneity_score(true, pred) == pytest.approx(1 - log(2) / log(n))
    assert ours.adjusted_rand_score(true, pred) == 0
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_names_of_clusters_do_not_matter():
    true = ["cat", "cat", "dog", "dog"]
    for name in AGREEMENT[:-2]:
        assert getattr(ours, name)(true, [7, 7, -1, -1]) == pytest.approx(
            getattr(ours, name)(true, true)
        )
    assert ours.adjusted_mutual_info_score(range(50), range(50)) == 1


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*AGREEMENT, "purity_score", "contingency_matrix"])
def test_bad_labels(name):
    score = getattr(ours, name)
    with pytest.raises(DataError, match=f"{name}.*same length, got 3 and 2"):
        score([0, 1, 1], [0, 1])
    with pytest.raises(DataError, match="1-d"):
        score([[0, 1]], [[0, 1]])
    with pytest.raises(DataError, match="NaN"):
        score([0.0, np.nan], [0, 1])
    with pytest.raises(DataTypeError, match="different kinds"):
        score(np.array(["a", 1], object), [0, 1])
    with pytest.raises(DataTypeError, match="numbers or strings"):
        score([1j, 2], [0, 1])


@pytest.mark.parametrize(
    "name",
    ["silhouette_samples", "silhouette_score", "davies_bouldin_score", "calinski_harabasz_score"],
)
def test_bad_data(name):
    score, X = getattr(ours, name), np.eye(4)
    for labels in ([0, 0, 0, 0], [0, 1, 2, 3]):
        with pytest.raises(DataError, match=f"{name}: found {len(set(labels))} cluster"):
            score(X, labels)
    with pytest.raises(DataError, match=r"shape \(4,\), got shape \(3,\)"):
        score(X, [0, 0, 1])
    with pytest.raises(DataError, match="NaN"):
        score(np.full((4, 2), np.nan), [0, 0, 1, 1])
    with pytest.raises(DataError, match="0 sample"):
        score(np.empty((0, 2)), [])
    with pytest.raises(DataError, match="2-d"):
        score(X[0], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, DataError, "labels, centers or both"),
        ({"labels": [0, 1]}, DataError, "labels"),
        ({"labels": [0, 0, 5], "centers": np.eye(3)}, DataError, "from 0 to 2"),
        ({"centers": np.eye(2)}, DataError, "3 features, centers 2"),
        ({"labels": [0, 1, 1], "sample_weight": [1, -1, 1]}, DataError, "sample_weight"),
    ],
)
def test_bad_inertia(arguments, error, text):
    with pytest.raises(error, match=text):
        ours.inertia(np.eye(3), **arguments)


def test_bad_options():
    with pytest.raises(ParameterError, match="metric must be one of 'euclidean'"):
        ours.silhouette_score(np.eye(3), [0, 0, 1], metric="hamming")
    with pytest.raises(ParameterError, match="average_method"):
        ours.normalized_mutual_info_score([0, 1], [0, 1], average_method="mean")
    with pytest.raises(ParameterError, match="beta"):
        ours.v_measure_score([0, 1], [0, 1], beta=-1)
    with pytest.raises(DataError, match="sparse"):
        ours.contingency_matrix([0, 1], [0, 1], eps=1, sparse=True)
    for table in ([[0.5, 1]], [1, 2]):
        with pytest.raises(DataError, match="contingency must be"):
            ours.mutual_info_score(None, None, contingency=table)
    with pytest.raises(DataError, match="negative"):
        ours.mutual_info_score(None, None, contingency=[[-1, 1]])
