"""Cutting, reading and drawing trees, against SciPy."""

import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest
import scipy.cluster.hierarchy as scipy_trees
from scipy.spatial.distance import pdist, squareform
from test_hierarchical import is_numbered_by_first_sample, normal, same

from clustering import (
    cophenetic,
    cophenetic_correlation,
    cut,
    dendrogram_layout,
    leaves,
    linkage,
    plot_dendrogram,
)
from clustering.errors import DataError, ParameterError
from clustering.hierarchical import METHODS

# -- trees ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_cuts(method):
    X = normal(90)
    Z = linkage(X, method)
    for height in (0.0, *np.quantile(Z[:, 2], [0.3, 0.8, 0.95]), Z[40, 2], 1e9):
        labels = cut(Z, height=height)
        assert same(labels, scipy_trees.fcluster(Z, height, "distance"))
        assert is_numbered_by_first_sample(labels)
    for k in (1, 2, 7, 90):
        labels = cut(Z, k)
        if method not in ("centroid", "median"):  # SciPy's is wrong where heights come down
            assert same(labels, scipy_trees.cut_tree(Z, k).ravel())
        assert len(np.unique(labels)) == k and is_numbered_by_first_sample(labels)


@pytest.mark.parametrize("method", METHODS)
def test_cophenetic_distances(method):
    X = normal(70)
    Z = linkage(X, method)
    r, distances = scipy_trees.cophenet(Z, pdist(X))
    np.testing.assert_allclose(cophenetic(Z), distances)
    for given_as in ((X,), (pdist(X),), (squareform(pdist(X)), "precomputed")):
        assert cophenetic_correlation(Z, *given_as) == pytest.approx(r)
    np.testing.assert_array_equal(leaves(Z), scipy_trees.leaves_list(Z))


def test_a_faithless_correlation_is_nan():
    assert np.isnan(cophenetic_correlation(linkage(np.ones((4, 2))), np.ones((4, 2))))


# -- dendrograms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [None, 20, 3, 0])
@pytest.mark.parametrize("method", ["average", "centroid"])
def test_scipys_dendrogram(method, last):
    Z = linkage(normal(50), method)
    layout = dendrogram_layout(Z, last)
    if last == 0:
        assert layout.leaves.tolist() == [98] and layout.counts.tolist() == [50]
        return
    options = {} if last is None else {"truncate_mode": "lastp", "p": last + 1}
    theirs = scipy_trees.dendrogram(Z, no_plot=True, **options)
    assert layout.leaves.tolist() == theirs["leaves"]
    links = np.concatenate([layout.x, layout.y], axis=1)
    expected = np.concatenate([theirs["icoord"], theirs["dcoord"]], axis=1)
    np.testing.assert_allclose(links[np.lexsort(links.T)], expected[np.lexsort(expected.T)])
    assert layout.counts.sum() == 50


def test_a_long_chain_has_a_picture():
    pytest.importorskip("matplotlib")
    n = 100_000
    above = np.arange(n, 2 * n - 2)
    Z = np.column_stack(
        [np.r_[0, np.arange(2, n)], np.r_[1, above], np.arange(1.0, n), np.arange(2, n + 1)]
    )
    layout = dendrogram_layout(Z)
    assert layout.x.shape == (n - 1, 4)
    assert layout.leaves.tolist() == [*range(n - 1, 1, -1), 0, 1]
    assert np.bincount(cut(Z, 3)).tolist() == [n - 2, 1, 1]
    axes = plot_dendrogram(Z, n_clusters=3)
    assert len(axes.collections[0].get_paths()) == n - 1


def test_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    X = np.concatenate([normal(10, 2) + shift for shift in (0, 20, 60)])
    Z = linkage(X, "average")
    axes = plot_dendrogram(Z, n_clusters=3, labels=[f"s{i}" for i in range(30)])
    assert axes.get_lines()[0].get_ydata()[0] == pytest.approx((Z[-3, 2] + Z[-2, 2]) / 2)
    colors = {tuple(color) for color in axes.collections[0].get_colors()}
    assert len(colors) == 4  # three clusters, and grey above
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert names == [f"s{i}" for i in leaves(Z)]
    axes.figure.savefig(tmp_path / "tree.png")
    assert (tmp_path / "tree.png").stat().st_size > 1000
    axes = plot_dendrogram(Z, height=5.0, last=4, orientation="right")
    counts = [text.get_text() for text in axes.get_yticklabels()]
    assert len(counts) == 5 and sum(int(t.strip("()")) for t in counts if "(" in t) >= 26
    assert axes.get_lines()[0].get_xdata()[0] == 5.0
    assert len(plot_dendrogram(linkage([[1.0]])).collections[0].get_segments()) == 0
    again = plot_dendrogram(Z, ax=axes)
    assert again is axes


def test_without_matplotlib():
    code = (
        "import sys; sys.modules['matplotlib'] = None; sys.modules['matplotlib.figure'] = None\n"
        "import autograd_core as ac, clustering as c\n"
        "try: c.plot_dendrogram(c.linkage([[0.0], [1.0]]))\n"
        "except ac.UnsupportedError as e: sys.exit('matplotlib' not in str(e))\n"
        "sys.exit(1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- bad input -----------------------------------------------------------------------------------

GOOD = linkage(normal(10))
BAD_TREES = {
    "shape": (GOOD[:, :3], "shape"),
    "1-d": (GOOD[0], "shape"),
    "NaN": (np.where(GOOD == 2, np.nan, GOOD), "NaN"),
    "later": (GOOD[::-1], "not there"),
    "negative": (GOOD - [1, 0, 0, 0], "not there|twice"),
    "twice": (np.array([[0.0, 1, 1, 2], [0, 2, 2, 2]]), "twice"),
    "size": (np.add(GOOD, [0, 0, 0, 1]), "size"),
}


@pytest.mark.parametrize("name", BAD_TREES)
@pytest.mark.parametrize(
    "function",
    [partial(cut, n_clusters=2), cophenetic, leaves, dendrogram_layout, plot_dendrogram],
)
def test_bad_trees(name, function):
    Z, text = BAD_TREES[name]
    with pytest.raises(DataError, match=text):
        function(Z)


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (cut, {}, "either"),
        (cut, {"n_clusters": 2, "height": 1.0}, "either"),
        (cut, {"n_clusters": 11}, "n_clusters"),
        (cut, {"height": np.nan}, "height"),
        (plot_dendrogram, {"n_clusters": 2, "height": 1.0}, "not both"),
        (plot_dendrogram, {"orientation": "up"}, "orientation"),
        (dendrogram_layout, {"last": -1}, "last"),
    ],
)
def test_bad_arguments_of_trees(function, arguments, text):
    with pytest.raises(ParameterError, match=text):
        function(GOOD, **arguments)


def test_nothing_is_said_where_nothing_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in METHODS:
            plot_dendrogram(linkage(normal(20), method), n_clusters=2)
