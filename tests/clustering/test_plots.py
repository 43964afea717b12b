"""Pictures: what the artists hold, and where the cells are."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.sparse import random_array
from scipy.spatial.distance import cdist

from autograd_core import Tensor, UnsupportedError
from clustering import (
    DBSCAN,
    PCA,
    DataError,
    DataTypeError,
    KMeans,
    KMedians,
    MeanShift,
    MiniBatchKMeans,
    NotFittedError,
    ParameterError,
    SphericalKMeans,
    plots,
    silhouette_samples,
)
from clustering.kmeans import Step

pytest.importorskip("matplotlib")

from matplotlib import pyplot
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.path import Path


@pytest.fixture(autouse=True)
def closed():
    """Pyplot keeps the figures that it shows."""
    yield
    pyplot.close("all")


BLUE, ORANGE, GREEN = "#0072b2", "#e69f00", "#009e73"
BOX = np.array([[-1.0, -1.0], [1.0, 1.0]])


def blobs(features=2, size=30, seed=0):
    random = np.random.default_rng(seed)
    middles = np.zeros((3, features))
    middles[1, 0], middles[2, 1] = 4, 4
    return np.concatenate([random.normal(m, 0.5, (size, features)) for m in middles])


def areas(cells):
    return [
        abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
        for x, y in (cell.T for cell in cells)
    ]


def members(cells, points):
    """The cell each point is in; -1 for none, -2 for several."""
    inside = np.array(
        [
            Path(cell).contains_points(points) if len(cell) else np.zeros(len(points), bool)
            for cell in cells
        ]
    )
    return np.where(inside.sum(axis=0) == 1, inside.argmax(axis=0), -1 - (inside.sum(axis=0) > 1))


def shown(ax):
    """(places, colours) of all points drawn on the axes, by their markers' collections."""
    found = [c for c in ax.collections if type(c).__name__ == "PathCollection"]
    places = [np.asarray(c.get_offsets()) for c in found]
    colors = [
        np.repeat(c.get_facecolors(), 1 if len(c.get_facecolors()) > 1 else len(p), axis=0)
        for c, p in zip(found, places, strict=True)
    ]
    return places, [[to_hex(color) for color in group] for group in colors]


# -- cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 8, 60])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_cells_hold_what_is_nearest(count, shift):
    random = np.random.default_rng(count)
    centers = random.uniform(-1.2, 1.2, (count, 2))
    cells = plots.voronoi_cells(centers + shift, BOX + shift)
    points = random.uniform(-1, 1, (3000, 2))
    distances = np.sort(cdist(points, centers), axis=1)
    clear = np.ones(3000, bool) if count == 1 else distances[:, 1] - distances[:, 0] > 1e-6
    nearest = cdist(points, centers).argmin(axis=1)
    found = members([cell - shift for cell in cells], points)
    assert found[clear].tolist() == nearest[clear].tolist()
    assert sum(areas([cell - shift for cell in cells])) == pytest.approx(4, rel=1e-6)


def test_cells_of_centers_in_a_line_and_of_a_square():
    line = plots.voronoi_cells([[-0.5, 0.0], [0.0, 0.0], [0.75, 0.0]], BOX)
    assert areas(line) == pytest.approx([1.5, 1.25, 1.25])
    square = plots.voronoi_cells([[-1, -1], [1, -1], [1, 1], [-1, 1]], BOX)
    assert areas(square) == pytest.approx([1, 1, 1, 1])


def test_of_equal_centers_the_first_has_the_cell():
    cells = plots.voronoi_cells([[0.5, 0], [-0.5, 0], [0.5, 0], [-0.5, 0]], BOX)
    assert [len(cell) for cell in cells] == [4, 4, 0, 0]
    assert areas(cells[:2]) == [2, 2]


def test_cells_of_centers_beside_the_plane():
    random = np.random.default_rng(1)
    centers = random.uniform(-1, 1, (12, 5))
    cells = plots.voronoi_cells(centers[:, :2], BOX, np.sum(centers[:, 2:] ** 2, axis=1))
    points = np.pad(random.uniform(-1, 1, (2000, 2)), ((0, 0), (0, 3)))
    nearest = cdist(points, centers).argmin(axis=1)
    assert members(cells, points[:, :2]).tolist() == nearest.tolist()
    assert 1 < len(set(nearest.tolist())) < 12  # some cells do not reach the plane
    same = plots.voronoi_cells([[0, 0], [0, 0]], BOX, [1.0, 0.5])
    assert [len(cell) for cell in same] == [0, 4]


# -- clusters ------------------------------------------------------------------------------------


def test_clusters_have_their_colours_and_cells():
    X = blobs()
    fitted = KMeans(3, random_state=0).fit(X)
    ax = plots.plot_clusters(X, fitted.labels_, fitted.cluster_centers_)
    (samples, centers), (colors, center_colors) = shown(ax)
    assert np.array_equal(samples, X) and np.array_equal(centers, fitted.cluster_centers_)
    palette = np.array([BLUE, ORANGE, GREEN])
    assert colors == palette[fitted.labels_].tolist()
    assert center_colors == palette.tolist()
    cells = [path.vertices[:-1] for path in ax.collections[0].get_paths()]
    assert members(cells, X).tolist() == fitted.labels_.tolist()
    low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
    assert sum(areas(cells)) == pytest.approx(np.prod(high - low))
    assert ax.get_xlabel() == "feature 0" and ax.get_aspect() == 1
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["cluster 0", "cluster 1", "cluster 2"]


def test_without_centers_or_cells_there_are_none():
    X = blobs()
    labels = np.repeat([0, 1, 2], 30)
    own = Figure().add_subplot()
    assert plots.plot_clusters(X, labels, ax=own) is own
    assert len(shown(own)[0]) == 2 and not len(shown(own)[0][1])  # no centres
    bare = plots.plot_clusters(X, labels, X[:3], voronoi=False)
    assert [type(c).__name__ for c in bare.collections] == ["PathCollection"] * 2


def test_noise_is_grey_and_many_clusters_change_the_marker():
    X = np.arange(32.0).reshape(16, 2)
    ax = plots.plot_clusters(X, [*range(14), -1, -1])
    places, colors = shown(ax)
    assert [len(group) for group in places] == [2, 7, 7, 0]  # noise, circles, squares, centres
    assert np.array_equal(places[0], X[14:]) and np.array_equal(places[2], X[7:14])
    assert colors[0] == ["#8c8c8c"] * 2 and colors[1] == colors[2] and len(set(colors[1])) == 7
    paths = [len(c.get_paths()[0].vertices) for c in ax.collections[1:3]]
    assert paths[0] != paths[1]
    assert ax.get_legend().get_texts()[-1].get_text() == "noise (2)"


def test_more_features_are_projected():
    X = blobs(features=6)
    fitted = KMeans(3, random_state=0).fit(X)
    ax = plots.plot_clusters(Tensor(X), fitted.labels_, fitted.cluster_centers_)
    u, s, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    (places, _), _ = shown(ax)
    np.testing.assert_allclose(np.abs(places), np.abs(u * s)[:, :2], atol=1e-10)
    share = s[0] ** 2 / np.sum(s**2)
    assert ax.get_xlabel() == f"component 1 of 6 features ({share:.0%} of variance)"
    cells = [path.vertices[:-1] for path in ax.collections[0].get_paths()]
    plane = PCA(2).fit(X)
    grid = np.random.default_rng(0).uniform(places.min(axis=0), places.max(axis=0), (500, 2))
    wanted = fitted.predict(plane.inverse_transform(grid))
    assert members(cells, grid).tolist() == wanted.tolist()


@pytest.mark.parametrize("X", [[[1.0], [2.0], [4.0]], [[3.0, 3.0]] * 3], ids=["1-d", "equal"])
def test_flat_data(X, tmp_path):
    ax = plots.plot_clusters(X, [0, 0, 1], X[1:])
    ax.figure.savefig(tmp_path / "flat.png")
    (places, _), _ = shown(ax)
    assert places[:, 0].tolist() == [row[0] for row in X]
    assert ax.get_xlim()[0] < ax.get_xlim()[1] and ax.get_ylim()[0] < ax.get_ylim()[1]


def test_map_by_principal_components():
    X = blobs(features=4)
    names = np.repeat(["ant", "bee", "cat"], 30)
    ax = plots.plot_map(X, names)
    places, colors = shown(ax)
    np.testing.assert_allclose(places[0], PCA(2).fit_transform(X), atol=1e-12)
    assert colors[0] == np.repeat([BLUE, ORANGE, GREEN], 30).tolist()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ant", "bee", "cat"]


def test_map_by_tsne():
    pytest.importorskip("sklearn")
    X = blobs(features=4, size=8)
    labels = np.repeat([0, 1, 2], 8)
    first, again = (
        shown(plots.plot_map(X, labels, method="tsne", max_iter=250))[0][0] for _ in range(2)
    )
    assert first.shape == (24, 2) and np.array_equal(first, again)
    own = cdist(first, first)[labels[:, None] == labels].mean()
    assert own < cdist(first, first)[labels[:, None] != labels].mean()


# -- iterations ----------------------------------------------------------------------------------


def centred():
    X = blobs()
    return X - X.mean(axis=0)


def test_strip_of_kmeans():
    X = centred()
    fitted = KMeans(3, init=X[[0, 1, 2]], tol=0).fit(X)
    figure = plots.plot_iterations(fitted, X, steps=[0, 1, fitted.n_iter_])
    assert [ax.get_title() for ax in figure.axes] == [
        "start", "iteration 1", f"iteration {fitted.n_iter_}"
    ]  # fmt: skip
    frames = [fitted.history_[0].centers, fitted.history_[1].centers, fitted.cluster_centers_]
    palette = np.array([BLUE, ORANGE, GREEN])
    for ax, centers in zip(figure.axes, frames, strict=True):
        (samples, marks), (colors, _) = shown(ax)
        assert np.array_equal(samples, X)
        np.testing.assert_allclose(marks, centers)
        assert colors == palette[cdist(X, centers).argmin(axis=1)].tolist()
    np.testing.assert_allclose(shown(figure.axes[0])[0][1], X[:3], atol=1e-12)
    assert len({ax.get_xlim() for ax in figure.axes}) == 1


def test_strip_of_a_history():
    X = blobs(features=3) + 100
    history = [Step(X[:2], 1.0, 2), Step(X[[0, 50]], 0.5, 1)]
    figure = plots.plot_iterations(history, X)
    assert [ax.get_title() for ax in figure.axes] == ["start", "iteration 1"]
    np.testing.assert_allclose(shown(figure.axes[1])[0][1], PCA(2).fit(X).transform(X[[0, 50]]))


@pytest.mark.parametrize(
    ("kind", "cells"), [(KMedians, 0), (SphericalKMeans, 0), (MiniBatchKMeans, 1)]
)
def test_strip_of_relatives(kind, cells):
    X = blobs() - [1, 1]
    X -= X.mean(axis=0)
    fitted = kind(3, random_state=0).fit(X)
    figure = plots.plot_iterations(fitted, X, steps=[0, len(fitted.history_)])
    last = figure.axes[1]
    assert sum(type(c).__name__ == "PolyCollection" for c in last.collections) == cells
    assert shown(last)[1][0] == np.array([BLUE, ORANGE, GREEN])[fitted.labels_].tolist()


def test_strip_of_mean_shift():
    X = blobs() + 7
    fitted = MeanShift(1.5).fit(X)
    last = len(fitted.history_)
    figure = plots.plot_iterations(fitted, X, steps=[0, 2, last])
    for ax, iteration in zip(figure.axes, [0, 2, last], strict=True):
        places, colors = shown(ax)
        assert np.array_equal(places[1], fitted.positions(iteration))
        assert colors[1] == np.array([BLUE, ORANGE, GREEN])[fitted.labels_].tolist()
        (trails,) = [c for c in ax.collections if type(c).__name__ == "LineCollection"]
        assert {len(path) for path in trails.get_segments()} == {iteration + 1}
    assert np.array_equal(shown(figure.axes[2])[0][2], fitted.cluster_centers_)


def test_strip_of_dbscan():
    X = np.array([[x, 0.0] for x in (0, 1, 2, 3, 4, 20, 21, 22, 50)])
    fitted = DBSCAN(eps=1, min_samples=3).fit(X)  # cores 1, 2, 3 and 6
    figure = plots.plot_iterations(fitted, X, steps=range(5))
    reached = []
    for ax in figure.axes:
        places, colors = shown(ax)
        pairs = [
            (x, color)
            for group, kinds in zip(places, colors, strict=True)
            for (x, _), color in zip(group.tolist(), kinds, strict=True)
        ]
        assert len(pairs) == 9
        reached.append(
            [sorted(x for x, color in pairs if color == kind) for kind in (BLUE, ORANGE)]
        )
    assert reached == [
        [[], []],
        [[1], [21]],
        [[0, 1, 2], [20, 21, 22]],
        [[0, 1, 2, 3], [20, 21, 22]],
        [[0, 1, 2, 3, 4], [20, 21, 22]],
    ]
    noise = DBSCAN(eps=0.1).fit(X)
    assert [len(p) for p in shown(plots.plot_iterations(noise, X).axes[0])[0]] == [9]


def test_a_border_sample_waits_for_its_own_cluster():
    left, right = [-3, -2.5, -2, -1.5, -1], [1, 1.5, 2, 2.5]
    X = np.array([[x, 0.0] for x in (*left, 0, *right)])
    fitted = DBSCAN(eps=1, min_samples=4).fit(X)  # 0 is between two cores, of the left cluster
    assert fitted.labels_.tolist() == [0] * 6 + [1] * 4 and fitted.roles_[5] == "border"
    figure = plots.plot_iterations(fitted, X, steps=[3, 4])
    waiting = [ax.collections[0].get_offsets()[:, 0].tolist() for ax in figure.axes]
    assert waiting[0] == [0] and len(waiting[1]) == 10


def test_panels_are_evenly_spaced_and_may_be_given():
    X = blobs()
    history = [Step(X[i : i + 2], 1.0, 1) for i in range(11)]
    titles = [ax.get_title() for ax in plots.plot_iterations(history, X, steps=6).axes]
    assert titles == ["start", *(f"iteration {i}" for i in (2, 4, 6, 8, 10))]
    assert len(plots.plot_iterations(history[:2], X, steps=9).axes) == 2
    assert plots.plot_iterations(history, X, steps=1).axes[0].get_title() == "iteration 10"
    figure = Figure()
    axes = figure.subplots(1, 2)
    assert plots.plot_iterations(history, X, steps=2, axes=axes) is figure
    assert axes[1].get_title() == "iteration 10"


def test_animation(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    X = blobs(size=5)
    history = [Step(X[[0, i]], 1.0, 1) for i in range(1, 15, 4)]
    paths = tmp_path / "a.gif", tmp_path / "b.gif"
    for path in paths:
        assert plots.animate(history, X, path, steps=3, seconds=0.2) == [0, 2, 3]
    with Image.open(paths[0]) as gif:
        assert gif.n_frames == 3 and gif.info["duration"] == 200
    assert paths[0].read_bytes() == paths[1].read_bytes()


# -- results -------------------------------------------------------------------------------------


def test_silhouette_bars_are_sorted_by_cluster():
    X = blobs()
    labels = np.repeat([0, 1, 2], 30)
    labels[[3, 40]] = 2, -1
    ax = plots.plot_silhouette(X, labels)
    values = silhouette_samples(X, labels)
    bars = [patch for patch in ax.patches if isinstance(patch, StepPatch)]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [BLUE, ORANGE, GREEN]
    lengths, edges, _ = zip(*(bar.get_data() for bar in bars), strict=True)
    for code, drawn in enumerate(lengths):
        np.testing.assert_array_equal(drawn, np.sort(values[labels == code])[::-1])
    assert edges[0][-1] < edges[1][0] and edges[1][-1] < edges[2][0]
    assert ax.lines[0].get_xdata()[0] == pytest.approx(np.nanmean(values))
    assert ax.get_xlim()[0] <= np.nanmin(values) < 0
    assert "of 89 samples; 1 noise" in ax.get_title()


def test_roles():
    X = np.array([[x, 0.0] for x in (0, 1, 2, 3, 9)])
    fitted = DBSCAN(eps=1, min_samples=3).fit(X)
    ax = plots.plot_roles(X, fitted, circles=True)
    discs, *points = ax.collections
    extents = [path.get_extents().extents for path in discs.get_paths()]
    np.testing.assert_allclose(extents, [[0, -1, 2, 1], [1, -1, 3, 1]], atol=1e-12)
    places = [c.get_offsets()[:, 0].tolist() for c in points]
    assert places == [[1, 2], [0, 3], [9]]
    assert to_hex(points[2].get_facecolors()[0]) == "#8c8c8c"
    assert tuple(points[1].get_edgecolors()[0]) == to_rgba("black")
    assert ax.get_title() == "2 core, 2 border, 1 noise"
    assert ax.get_xlim()[0] < -1 and ax.get_xlim()[1] > 10
    assert len(plots.plot_roles(X, fitted).collections) == 3


@pytest.mark.parametrize("sparse", [False, True])
def test_affinity_is_sorted_by_label(sparse):
    W = random_array((6, 6), density=0.5, rng=np.random.default_rng(0))
    dense = W.toarray()
    labels = [1, 0, -1, 1, 0, 0]
    ax = plots.plot_affinity(W if sparse else dense, labels)
    order = [1, 4, 5, 0, 3, 2]
    (image,) = ax.images
    assert np.array_equal(image.get_array(), dense[np.ix_(order, order)])
    assert [line.get_ydata()[0] for line in ax.lines[::2]] == [3, 5]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["cluster 0", "cluster 1", "noise"]
    plain = plots.plot_affinity(dense)
    assert np.array_equal(plain.images[0].get_array(), dense) and not plain.lines


@pytest.mark.parametrize("sparse", [False, True])
def test_large_affinities_are_averaged(sparse, monkeypatch):
    monkeypatch.setattr(plots.clusters, "PIXELS", 4)
    W = random_array((8, 8), density=0.6, rng=np.random.default_rng(0))
    labels = np.array([0, 1] * 4)
    dense = W.toarray()
    order = np.argsort(labels, kind="stable")
    wanted = dense[np.ix_(order, order)].reshape(4, 2, 4, 2).mean(axis=(1, 3))
    ax = plots.plot_affinity(W.tocsr() if sparse else dense, labels)
    np.testing.assert_allclose(ax.images[0].get_array(), wanted)
    assert tuple(ax.images[0].get_extent()) == (0, 8, 8, 0)
    assert ax.lines[0].get_ydata()[0] == 4


# -- errors --------------------------------------------------------------------------------------

X3 = np.arange(6.0).reshape(3, 2)
UNFITTED: Any = KMeans(2)
FITTED = DBSCAN(eps=3, min_samples=2).fit(X3)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: plots.plot_clusters(X3[0], [0, 1]), DataError, "expected a 2-d array"),
        (lambda: plots.plot_clusters(X3, [0, 1]), DataError, r"labels must be of shape \(3,\)"),
        (lambda: plots.plot_clusters(X3, [0, 1, 0], [[1.0]]), DataError, r"\(clusters, 2\)"),
        (lambda: plots.plot_clusters(X3, [0, 1, 2], X3[:2]), DataError, "label 2 has none of"),
        (lambda: plots.plot_clusters(X3 * np.nan, [0, 1, 0]), DataError, "NaN"),
        (lambda: plots.voronoi_cells(X3, X3), DataError, "a box"),
        (lambda: plots.plot_map(X3, [0, 1, 0], method="umap"), ParameterError, "'pca', 'tsne'"),
        (lambda: plots.plot_map(X3, [0, 1, 0], perplexity=2), ParameterError, "no options"),
        (lambda: plots.plot_iterations(UNFITTED, X3), NotFittedError, "not fitted"),
        (lambda: plots.plot_iterations(PCA(1).fit(X3), X3), DataTypeError, "expected a fitted"),
        (lambda: plots.plot_iterations([], X3), DataTypeError, "expected a fitted"),
        (lambda: plots.plot_iterations(FITTED, X3[:2]), DataError, r"fitted to \(3, 2\)"),
        (lambda: plots.plot_iterations(FITTED, X3, steps=[99]), ParameterError, "steps"),
        (lambda: plots.plot_iterations(FITTED, X3, steps=0), ParameterError, "steps"),
        (lambda: plots.plot_iterations(FITTED, X3, steps=[]), ParameterError, "empty"),
        (lambda: plots.plot_iterations(FITTED, X3, axes=[]), ParameterError, "0 axes for"),
        (lambda: plots.animate(FITTED, X3, "a.gif", seconds=0), ParameterError, "seconds"),
        (lambda: plots.plot_silhouette(X3, [0, 0, 0]), DataError, "1 cluster"),
        (lambda: plots.plot_roles(X3, UNFITTED), DataTypeError, "expected a fitted DBSCAN"),
        (lambda: plots.plot_roles(X3, DBSCAN()), NotFittedError, "not fitted"),
        (lambda: plots.plot_affinity(X3), DataError, "square"),
        (lambda: plots.plot_affinity(X3 @ X3.T, [0]), DataError, "labels"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_circles_are_euclidean():
    with pytest.raises(ParameterError, match="metric='euclidean', got 'manhattan'"):
        plots.plot_roles(X3, DBSCAN(3, metric="manhattan").fit(X3), circles=True)


def test_a_batch_has_no_history():
    with pytest.raises(DataTypeError, match="no history_"):
        plots.plot_iterations(MiniBatchKMeans(2, random_state=0).partial_fit(X3), X3)


def test_pictures_need_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for draw in (
        lambda: plots.plot_clusters(X3, [0, 1, 0]),
        lambda: plots.plot_iterations(FITTED, X3),
        lambda: plots.plot_affinity(X3 @ X3.T),
    ):
        with pytest.raises(UnsupportedError, match=r"pip install 'autograd-core\[viz\]'"):
            draw()


def test_import_leaves_matplotlib_alone():
    code = "import sys, clustering.plots; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_new_figures_are_shown_by_pyplot():
    X = blobs()
    ax = plots.plot_clusters(X, np.zeros(len(X), int), legend=False)
    assert pyplot.figure(pyplot.get_fignums()[-1]) is ax.figure
    assert ax.get_legend() is None
    plots.plot_map(X, np.zeros(len(X), int), ax=ax)
    assert len(pyplot.get_fignums()) == 1
    assert ax.get_legend() is not None
