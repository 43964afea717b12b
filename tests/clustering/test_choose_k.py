"""How many clusters: each method against its definition, on data where the answer is known."""

import sys

import numpy as np
import pytest

from autograd_core import UnsupportedError
from clustering import DBSCAN, KMeans, KMedians, MiniBatchKMeans
from clustering.choose_k import (
    METHODS,
    choose_k,
    eigengap,
    knee,
    laplacian_eigenvalues,
    similarities,
)
from clustering.errors import ConvergenceWarning, DataError, ParameterError
from clustering.kernels import kernels
from clustering.metrics import inertia, silhouette_score


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Many small fits, for which threads would only wait for each other."""
    monkeypatch.setenv("CLUSTERING_KERNELS", "plain")
    kernels.cache_clear()
    yield
    kernels.cache_clear()


def blobs(k=3, n=90, d=2, seed=0):
    """Clusters far apart, on a circle."""
    random = np.random.default_rng(seed)
    angles = 2 * np.pi * np.arange(k) / k
    centers = np.zeros((k, d))
    centers[:, 0], centers[:, 1] = 20 * np.cos(angles), 20 * np.sin(angles)
    return centers[np.arange(n) % k] + random.normal(size=(n, d))


@pytest.mark.parametrize("method", METHODS)
def test_clear_clusters_are_counted(method):
    choice = choose_k(blobs(), range(1, 7), method=method, references=2)
    assert choice.k == 3 and choice.method == method
    assert choice.table["k"].tolist() == [1, 2, 3, 4, 5, 6]
    if method != "eigengap":
        assert sorted(np.bincount(choice.estimator.labels_)) == [30, 30, 30]


def test_one_cluster():
    X = np.random.default_rng(0).normal(size=(200, 2))
    assert choose_k(X, range(1, 5), method="gap").k == 1


# -- each method against its definition ----------------------------------------------------------


def test_the_knee_is_farthest_below_the_diagonal():
    x = np.arange(1, 11)
    y = 1 / x
    below = 1 - (y - y[-1]) / (y[0] - y[-1]) - (x - 1) / 9
    assert knee(x, y) == int(below.argmax()) == 2
    assert knee(x, 7 + 100 * y) == 2
    assert knee([1, 2, 3, 4], [10, 1, 0.5, 0]) == 1
    assert knee([1, 2, 6, 7], [10, 5, 1, 0]) == 1  # unequal steps
    assert knee([1, 2, 3, 4, 5], [10, 5, 1, 2, 3]) == 2  # rises again
    for straight in ([3, 2, 1, 0], [1, 1, 1, 1], [0, 1, 2, 3], [10, 9, 7, 0]):
        assert knee([1, 2, 3, 4], straight) is None
    with pytest.raises(ParameterError, match="3 or more"):
        knee([1, 2], [1, 0])
    with pytest.raises(ParameterError, match="increasing"):
        knee([1, 2, 2], [3, 1, 0])
    with pytest.raises(ParameterError, match="finite"):
        knee([1, 2, 3], [3, np.nan, 0])


def test_tables_of_elbow_and_silhouette():
    X = blobs(4)
    for method, score in (("elbow", inertia), ("silhouette", silhouette_score)):
        choice = choose_k(X, [2, 4, 5], method=method, random_state=1)
        labels = choice.estimator.labels_
        column = choice.table[choice.score]
        assert column[1] == pytest.approx(score(X, labels))
    assert np.isnan(choose_k(X, range(1, 4), method="silhouette").table["silhouette"][0])


@pytest.mark.parametrize("reference", ["principal", "features"])
def test_the_gap_is_that_of_uniform_data_in_the_same_box(reference):
    random = np.random.default_rng(0)
    side = random.random((2000, 1))
    X = np.concatenate([side, 5 * random.random((2000, 1))], axis=1)
    choice = choose_k(X, [1, 2], method="gap", reference=reference, references=20)
    table = choice.table
    assert table["gap"][0] == pytest.approx(0, abs=0.05)  # the data are uniform themselves
    assert table["log inertia"][0] == pytest.approx(np.log(inertia(X, np.zeros(2000))))
    # the variance of uniform samples in the box, and that of their logarithm
    widths = np.ptp(X, axis=0)
    expected = np.log(2000 * np.sum(widths**2) / 12) - table["log inertia"][0]
    if reference == "features":
        assert table["gap"][0] == pytest.approx(expected, abs=0.02)
    assert choice.k == 1


def test_the_first_k_within_one_standard_error_is_taken():
    X = blobs(3)
    table = choose_k(X, range(1, 7), method="gap").table
    gap, error = table["gap"], table["standard error"]
    enough = [k for k in range(5) if gap[k] >= gap[k + 1] - error[k + 1]]
    assert choose_k(X, range(1, 7), method="gap").k == table["k"][enough[0]]
    growing = choose_k(X, [1, 2, 3], method="gap")
    assert growing.k == 3 and "still grows" in growing.rule


def test_held_out_distances():
    X = blobs(3, n=30)
    choice = choose_k(X, [1, 2, 3, 8], method="cross_validation", folds=30)
    # leaving one of n out, its distance to the mean of the others is n / (n - 1) of that to all
    expected = np.mean(np.sum((X - X.mean(axis=0)) ** 2, axis=1)) * (30 / 29) ** 2
    assert choice.table["held-out squared distance"][0] == pytest.approx(expected)
    high = np.random.default_rng(0).normal(size=(40, 30))
    table = choose_k(high, [1, 2, 10, 20], method="cross_validation").table
    assert table["held-out squared distance"][3] > table["held-out squared distance"][0]


def test_eigenvalues_of_the_laplacian():
    X = blobs(3, n=60)
    W = np.exp(-((X[:, None] - X) ** 2).sum(axis=-1) / 50)
    D = W.sum(axis=1)
    expected = np.linalg.eigvalsh(np.eye(60) - W / np.sqrt(D[:, None] * D))
    np.testing.assert_allclose(laplacian_eigenvalues(W, 6), expected[:6], atol=1e-12)
    choice = choose_k(W, range(1, 6), method="eigengap", affinity="precomputed")
    np.testing.assert_allclose(choice.table["eigenvalue"], expected[:5], atol=1e-12)
    assert choice.k == int(np.diff(expected[:6]).argmax()) + 1 == 3
    same = choose_k(X, range(1, 6), method="eigengap", affinity=lambda X: W)
    np.testing.assert_array_equal(same.table["eigenvalue"], choice.table["eigenvalue"])


def test_components_and_isolated_samples_are_eigenvalues_of_zero():
    W = np.zeros((9, 9))
    W[:3, :3] = W[3:7, 3:7] = 1
    np.testing.assert_allclose(laplacian_eigenvalues(W, 9), [0, 0, 0, 0, 1, 1, 1, 1, 1], atol=1e-12)
    assert eigengap(laplacian_eigenvalues(W, 9), range(1, 9)).k == 4


def test_large_graphs():
    X = blobs(2, n=600)
    graph = similarities(X, "nearest_neighbors", 10)
    values = laplacian_eigenvalues(graph, 6)
    D = np.asarray(graph.sum(axis=1)).ravel()
    dense = np.eye(600) - graph.toarray() / np.sqrt(D[:, None] * D)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(dense)[:6], atol=1e-8)


# -- estimators, seeds, pictures -----------------------------------------------------------------


def test_other_estimators():
    X = blobs(3)
    for estimator in (KMedians, MiniBatchKMeans(batch_size=64), KMeans(init="k-means||", n_init=2)):
        choice = choose_k(X, range(1, 6), estimator=estimator, method="silhouette")
        assert choice.k == choice.estimator.n_clusters == 3
        kind = estimator if isinstance(estimator, type) else type(estimator)
        assert type(choice.estimator) is kind
    theirs = pytest.importorskip("sklearn.cluster").AgglomerativeClustering
    for method in ("elbow", "cross_validation"):
        assert choose_k(X, range(1, 6), estimator=theirs, method=method).k == 3


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_table(method):
    X = np.random.default_rng(0).normal(size=(60, 3))
    first, second = (
        choose_k(X, range(1, 5), method=method, random_state=4, references=3) for _ in range(2)
    )
    for name, column in first.table.items():
        np.testing.assert_array_equal(column, second.table[name])
    if method == "silhouette":
        part = choose_k(X, range(1, 5), method=method, sample_size=30, random_state=4)
        assert (part.table["silhouette"][1:] != first.table["silhouette"][1:]).any()


def test_text():
    choice = choose_k(blobs(), range(1, 6), method="gap", references=3)
    lines = repr(choice).splitlines()
    assert lines[0] == "choose_k by gap: 3 clusters"
    assert lines[1].split() == ["k", "gap", "standard", "error", "log", "inertia"]
    assert len(lines) == 7
    assert [line for line in lines if "<-" in line] == [lines[4]] and lines[4].split()[0] == "3"


@pytest.mark.parametrize("method", METHODS)
def test_pictures(method, tmp_path):
    pytest.importorskip("matplotlib")
    choice = choose_k(blobs(), range(1, 6), method=method, references=3)
    figure = choice.plot()
    figure.savefig(tmp_path / "k.png")
    (axes,) = figure.axes
    (marked,) = [line for line in axes.lines if line.get_markersize() == 10]
    assert np.ravel(marked.get_xdata()).tolist() == [3]
    assert axes.get_title().startswith("K = 3")
    assert choice.plot(axes) is figure


def test_pictures_need_matplotlib(monkeypatch):
    choice = choose_k(blobs(), range(1, 4))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UnsupportedError, match=r"pip install 'autograd-core\[viz\]'"):
        choice.plot()


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_identical_samples():
    X = np.full((30, 2), 0.1)
    with pytest.warns(UserWarning, match="no knee"):
        assert choose_k(X, range(1, 5)).k == 1
    assert choose_k(X, range(1, 5), method="gap").k == 1
    with pytest.raises(DataError, match="no silhouette for any k"):
        choose_k(X, range(1, 5), method="silhouette")


def test_duplicates_of_few_kinds():
    X = np.repeat([[0.0], [1.0], [5.0]], 10, axis=0)
    with pytest.warns(ConvergenceWarning, match="3 of 4 clusters"):
        choice = choose_k(X, range(1, 5), method="gap")
    assert choice.k == 3 and choice.table["log inertia"][2] == -np.inf
    with pytest.warns(ConvergenceWarning):
        assert choose_k(X, range(2, 5), method="silhouette").k == 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "bic"}, "method must be one of 'elbow'"),
        ({"ks": []}, "ks is empty"),
        ({"ks": 5}, "ks must be integers"),
        ({"ks": [0, 1, 2]}, "k must be an integer >= 1"),
        ({"ks": [1.5, 2]}, "k must be an integer"),
        ({"ks": [1, 2]}, "3 or more numbers of clusters"),
        ({"ks": range(1, 40)}, "k = 39 clusters of 30 samples"),
        ({"ks": range(1, 40), "method": "eigengap"}, "k = 39 clusters of 30 samples"),
        ({"ks": range(1, 28), "method": "cross_validation"}, "k = 27 clusters of 24 samples out"),
        ({"method": "cross_validation", "folds": 1}, "folds"),
        ({"method": "cross_validation", "folds": 31}, "folds"),
        ({"method": "gap", "references": 0}, "references"),
        ({"method": "gap", "reference": "box"}, "reference"),
        ({"method": "silhouette", "sample_size": 1}, "sample_size"),
        ({"method": "eigengap", "affinity": "rbf"}, "affinity"),
        ({"method": "eigengap", "n_neighbors": 0}, "n_neighbors"),
        ({"estimator": DBSCAN}, "must have the parameter n_clusters"),
        ({"estimator": 3}, "must have the parameter n_clusters"),
        ({"random_state": "a"}, "random_state"),
    ],
)
def test_bad_options(options, text):
    X = blobs(3, n=30)
    with pytest.raises(ParameterError, match=text):
        choose_k(X, **{"ks": range(1, 5), **options})


def test_bad_data():
    with pytest.raises(DataError, match="NaN"):
        choose_k([[0.0], [np.nan]])
    with pytest.raises(DataError, match="0 sample"):
        choose_k(np.empty((0, 2)))
    for matrix in (np.ones((5, 2)), -np.eye(5), np.triu(np.ones((5, 5)))):
        with pytest.raises(DataError, match="symmetric"):
            choose_k(matrix, [1, 2], method="eigengap", affinity="precomputed")
    for values, text in (([0, 1, 0.5], "increase"), ([[0.0, 1]], "1-d"), ([0, np.nan], "finite")):
        with pytest.raises(DataError, match=text):
            eigengap(values)
    with pytest.raises(DataError, match="4 or more"):
        eigengap([0, 1, 2], [1, 3])
