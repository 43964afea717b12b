"""Pictures of clusters: with cells, on a map, with roles, silhouettes, affinities."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustering.dbscan import BORDER, CORE, DBSCAN, NOISE
from clustering.embedding import tsne
from clustering.errors import DataError, DataTypeError, ParameterError
from clustering.metrics import silhouette_samples
from clustering.plots.canvas import (
    NAMED,
    add_legend,
    axes_or_new,
    box_around,
    centers_of,
    check_model,
    codes_of,
    colors_of,
    draw_clusters,
    frame,
    pale,
    points_of,
    scatter,
    view_of,
)
from clustering.validation import as_data, check_choice, check_finite

__all__ = ["plot_affinity", "plot_clusters", "plot_map", "plot_roles", "plot_silhouette"]

PIXELS = 1000
"""Rows of a heat map; of a larger matrix, means of blocks are shown."""


def plot_clusters(
    X: Any, labels: Any, centers: Any = None, voronoi: bool = True, ax: Any = None,
    *, legend: bool = True,
) -> Any:  # fmt: skip
    """Draw samples in their cluster's colour, the centres, and the cells of the plane that are
    nearest to each.

    Of data with 3 or more features the plane of the first two principal components is shown, as
    the axes' names say; the cells are what that plane cuts out of the cells in space, so that a
    sample beside the plane may stand on another cell than its own.

    Args:
        X: samples × features.
        labels: (samples,), -1 for noise; the names of kinds may be anything that can be sorted.
        centers: (clusters, features); None: neither centres nor cells. Row k belongs to label k.
        voronoi: whether to draw the cells (of the Euclidean distance; ties are the lower label's).
        ax: matplotlib axes to draw on; None makes a figure.
        legend: whether to name up to 20 clusters beside the axes.

    Returns:
        The axes.

    Raises:
        UnsupportedError: matplotlib is not installed.
        DataError: X is not a finite table of numbers, or labels or centres do not fit it.
    """
    name = "plot_clusters"
    data = points_of(X, name)
    codes, names = codes_of(labels, len(data), name)
    if centers is not None:
        centers = centers_of(centers, data, name)
        if max(names, default=-1) >= len(centers):
            raise DataError(f"{name}: label {max(names)} has none of the {len(centers)} centers")
    view, ax = view_of(data), axes_or_new(ax)
    draw_clusters(ax, view, data, codes, centers, voronoi)
    if legend:
        add_legend(ax, names, codes)
    return ax


def plot_map(
    X: Any, labels: Any, method: str = "pca", *, ax: Any = None, legend: bool = True,
    random_state: Any = 0, **options: Any,
) -> Any:  # fmt: skip
    """Draw samples of many features in the plane, in their cluster's colour.

    Args:
        X: samples × features.
        labels: (samples,), -1 for noise; names of kinds (such as true classes) will do.
        method: "pca", the first two principal components, or "tsne", for which the perplexity is
            30, or a third of the other samples if that is less, unless another is given.
        ax: matplotlib axes to draw on; None makes a figure.
        legend: whether to name up to 20 clusters beside the axes.
        random_state, options: passed on to `tsne`.

    Returns:
        The axes.

    Raises:
        UnsupportedError: matplotlib is not installed.
        ImportError: scikit-learn is not installed, which t-SNE needs.
        ParameterError: an unknown method, or an option that it does not take.
        DataError: X is not a finite table of numbers, or labels do not fit.
    """
    name = "plot_map"
    check_choice("method", method, ("pca", "tsne"), name)
    data = points_of(X, name)
    codes, names = codes_of(labels, len(data), name)
    if method == "pca":
        if options:
            raise ParameterError(f"{name}: 'pca' has no options, got {', '.join(options)}")
        view = view_of(data, rotate=True)
        places = view.places(data)
        axis_names = view.names
    else:
        options = {"perplexity": min(30.0, (len(data) - 1) / 3)} | options
        places = np.asarray(tsne(data, random_state=random_state, **options), np.float64)
        axis_names = "t-SNE coordinate 1", "t-SNE coordinate 2"
    ax = axes_or_new(ax)
    scatter(ax, places, codes)
    frame(ax, box_around([places]), axis_names)
    if legend:
        add_legend(ax, names, codes)
    return ax


# -- one method's results ------------------------------------------------------------------------


def plot_roles(X: Any, dbscan: DBSCAN, circles: bool = False, ax: Any = None) -> Any:
    """Draw what DBSCAN found: core samples large, border samples small and with a dark edge, noise
    as grey crosses.

    Args:
        X: the samples × features it was fitted to; more than 2 features as in `plot_clusters`.
        dbscan: a fitted `DBSCAN`.
        circles: shade what is within eps of a core sample; for the Euclidean metric.
        ax: matplotlib axes to draw on; None makes a figure.

    Returns:
        The axes.

    Raises:
        UnsupportedError: matplotlib is not installed.
        NotFittedError: the model is not fitted.
        ParameterError: circles are asked for, and the metric is not "euclidean".
        DataError: X is not what the model was fitted to.
        DataTypeError: the model is not a DBSCAN.
    """
    name = "plot_roles"
    data = points_of(X, name)
    if not isinstance(dbscan, DBSCAN):
        raise DataTypeError(f"{name}: expected a fitted DBSCAN, got {type(dbscan).__name__}")
    check_model(dbscan, data, name)
    if circles and dbscan.metric != "euclidean":
        raise ParameterError(f"{name}: circles need metric='euclidean', got {dbscan.metric!r}")
    view, ax = view_of(data), axes_or_new(ax)
    places, labels, roles = view.places(data), dbscan.labels_, dbscan.roles_
    if circles:
        _discs(ax, places[roles == CORE], labels[roles == CORE], dbscan.eps)
    styles = {
        CORE: {"s": 36},
        BORDER: {"s": 18, "edgecolors": "black", "linewidths": 0.8},
        NOISE: {"s": 20},
    }
    for role, style in styles.items():
        rows = roles == role
        scatter(ax, places[rows], labels[rows], **style)
    frame(ax, box_around([places], margin=1.05 * dbscan.eps if circles else 0.0), view.names)
    counts = [f"{np.sum(roles == role)} {role}" for role in styles]
    ax.set_title(", ".join(counts), fontsize="medium")
    return ax


def _discs(ax: Any, places: np.ndarray, labels: np.ndarray, radius: float) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle

    discs = [Circle((x, y), radius) for x, y in places.tolist()]
    ax.add_collection(PatchCollection(discs, facecolors=pale(labels), zorder=0))


def plot_silhouette(X: Any, labels: Any, *, metric: str = "euclidean", ax: Any = None) -> Any:
    """The silhouette of each sample as a bar, the largest of each cluster first, clusters from top
    to bottom; a dashed line is at their mean. Noise is left out, and counted in the title.

    Args:
        X, labels, metric: as in `silhouette_samples`.
        ax: matplotlib axes to draw on; None makes a figure.

    Returns:
        The axes.

    Raises:
        UnsupportedError: matplotlib is not installed.
        DataError, ParameterError: as `silhouette_samples`.
    """
    name = "plot_silhouette"
    values = silhouette_samples(X, labels, metric=metric)
    codes, names = codes_of(labels, len(values), name)
    kept = ~np.isnan(values)
    ax, start = axes_or_new(ax), 0.0
    gap = max(1.0, 0.02 * len(values))
    middles = []
    for code in names:
        bars = np.sort(values[kept & (codes == code)])[::-1]
        edges = start + np.arange(len(bars) + 1.0)
        ax.stairs(bars, edges, orientation="horizontal", fill=True, color=colors_of([code])[0])
        middles.append(start + len(bars) / 2)
        start = edges[-1] + gap
    mean = float(values[kept].mean())
    ax.axvline(mean, color="0.3", linestyle="--", linewidth=1)
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set(xlabel="silhouette", ylim=(start, -gap), xlim=(min(-0.1, values[kept].min()), 1))
    few = len(names) <= NAMED
    ax.set_yticks(middles if few else [], list(names.values()) if few else [])
    noise = f"; {np.sum(~kept)} noise" if not kept.all() else ""
    ax.set_title(f"mean {mean:.3f} of {np.sum(kept)} samples{noise}", fontsize="medium")
    return ax


def plot_affinity(W: Any, labels: Any = None, *, ax: Any = None) -> Any:
    """A heat map of the similarities (or distances) between samples.

    Args:
        W: samples × samples, an array or sparse. Of more than 1000, means of blocks are shown.
        labels: (samples,): rows and columns are sorted by them, in their order within a cluster;
            lines separate clusters. None: the order of the samples.
        ax: matplotlib axes to draw on; None makes a figure.

    Returns:
        The axes.

    Raises:
        UnsupportedError: matplotlib is not installed.
        DataError: W is not a square matrix of finite numbers, or labels do not fit.
    """
    from scipy.sparse import csr_array, issparse

    name = "plot_affinity"
    if issparse(W):
        W = csr_array(W)
        check_finite(W.data, name)
    else:
        W = as_data(W, name)
    n = W.shape[0]
    if W.shape != (n, n) or n == 0:
        raise DataError(f"{name}: expected a square matrix, got shape {W.shape}")
    codes, names = (np.zeros(n, int), {}) if labels is None else codes_of(labels, n, name)
    last = codes.max() + 1
    codes = np.where(codes < 0, last, codes)  # noise after the clusters
    order = np.argsort(codes, kind="stable")
    ax = axes_or_new(ax)
    image = ax.imshow(_sorted_blocks(W, order), cmap="cividis", extent=(0, n, n, 0))
    ax.figure.colorbar(image, ax=ax)
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    for edge in edges.tolist():
        ax.axhline(edge, color="white", linewidth=1)
        ax.axvline(edge, color="white", linewidth=1)
    if 0 < len(names) <= NAMED:
        starts = np.concatenate([[0], edges, [n]])
        texts = [names.get(code, "noise") for code in np.unique(codes).tolist()]
        ax.set_yticks((starts[1:] + starts[:-1]) / 2, texts)
        ax.set_xticks([])
    else:
        ax.set(xlabel="sample", ylabel="sample")
    return ax


def _sorted_blocks(W: Any, order: np.ndarray) -> np.ndarray:
    """W with rows and columns in this order; of a large one, the means of at most 1000² blocks."""
    n = len(order)
    size = min(n, PIXELS)
    if size == n:
        W = W[order][:, order]
        return W if isinstance(W, np.ndarray) else W.toarray()
    from scipy.sparse import csr_array

    block = np.empty(n, np.intp)
    block[order] = np.arange(n) * size // n
    share = 1 / np.bincount(block)[block]
    mean = csr_array((share, (block, np.arange(n))), shape=(size, n))
    blocks = mean @ W @ mean.T
    return blocks if isinstance(blocks, np.ndarray) else blocks.toarray()
