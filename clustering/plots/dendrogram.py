"""Pictures of trees of clusters, laid out without recursion: a chain may be as long as it likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustering.errors import DataError, ParameterError
from clustering.plots.canvas import axes_or_new, colors_of
from clustering.trees import Tree, as_tree, highest, labels_of, starts
from clustering.validation import check_choice, check_number

__all__ = ["dendrogram_layout", "plot_dendrogram"]

NAMED = 60
"""Leaves up to which each has its name below it."""


@dataclass(frozen=True)
class DendrogramLayout:
    """Where the lines of a dendrogram go.

    Leaf i stands at 5 + 10 i, as in SciPy.

    Attributes:
        leaves: the cluster at each leaf, from left to right: samples, and, where the tree is
            truncated, unions.
        counts: the samples in each leaf.
        merges: the rows of the linkage matrix that are drawn, (m,).
        x, y: the corners of each link (m, 4): up from the left child, across, down to the right.
    """

    leaves: np.ndarray
    counts: np.ndarray
    merges: np.ndarray
    x: np.ndarray
    y: np.ndarray


def dendrogram_layout(Z: Any, last: int | None = None) -> DendrogramLayout:
    """The layout of the tree of a linkage matrix, or of its last merges.

    Raises:
        ParameterError: `last` is not an integer >= 0.
        DataError: Z is not a linkage matrix.
    """
    if last is not None:
        check_number("last", last, "dendrogram_layout", least=0, whole=True)
    return _layout(as_tree(Z, "dendrogram_layout"), last)


def _layout(tree: Tree, last: int | None) -> DendrogramLayout:
    n, m = tree.n, len(tree.children)
    hidden = m - min(m if last is None else last, m)
    top = n + hidden  # clusters below it are leaves, if their parent is drawn
    drawn = tree.children[hidden:]
    leaves = drawn[drawn < top] if m > hidden else np.array([2 * n - 2])
    leaves = leaves[np.argsort(starts(tree)[leaves])]
    x, y = np.empty(2 * n - 1), np.concatenate([np.zeros(n), tree.heights])
    x[leaves] = 5 + 10 * np.arange(len(leaves))
    y[leaves] = 0
    for merge, (left, right) in enumerate(drawn.tolist(), top):
        x[merge] = (x[left] + x[right]) / 2
    left, right = drawn.T
    heights = tree.heights[hidden:]
    return DendrogramLayout(
        leaves,
        tree.sizes[leaves],
        np.arange(hidden, m),
        np.stack([x[left], x[left], x[right], x[right]], axis=1),
        np.stack([y[left], heights, heights, y[right]], axis=1),
    )


def plot_dendrogram(
    Z: Any,
    *,
    n_clusters: int | None = None,
    height: float | None = None,
    last: int | None = None,
    labels: Sequence[Any] | None = None,
    orientation: str = "top",
    ax: Any = None,
) -> Any:
    """Draw the tree of a linkage matrix; a leaf of several samples shows their number.

    Args:
        Z: linkage matrix (n - 1, 4).
        n_clusters, height: at most one: where to cut. A dashed line marks it, and each cluster
            below has its colour.
        last: draw only this many merges, the last ones.
        labels: names of the n samples; shown up to 60 leaves.
        orientation: where the root is: "top" or "right".
        ax: matplotlib axes to draw on; None makes a figure.

    Returns:
        The axes; `axes.figure.savefig(path)` writes the picture.

    Raises:
        UnsupportedError: matplotlib is not installed.
        ParameterError: an argument is out of range.
        DataError: Z is not a linkage matrix, or labels are not of its samples.
    """
    name = "plot_dendrogram"
    tree = as_tree(Z, name)
    check_choice("orientation", orientation, ("top", "right"), name)
    if last is not None:
        check_number("last", last, name, least=0, whole=True)
    if labels is not None and len(labels) != tree.n:
        raise DataError(f"{name}: {len(labels)} labels for {tree.n} samples")
    line, kept = _cut(tree, n_clusters, height)
    layout = _layout(tree, last)
    upright = orientation == "top"
    ax = axes_or_new(ax, 8, 4)
    from matplotlib.collections import LineCollection

    links = np.stack([layout.x, layout.y] if upright else [layout.y, layout.x], axis=2)
    ax.add_collection(LineCollection(list(links), colors=_colors(tree, layout, kept)))
    if line is not None:
        mark = ax.axhline if upright else ax.axvline
        mark(line, color="0.4", linestyle="--", linewidth=1)
    width, top = 10 * len(layout.leaves), 1.05 * max(layout.y.max(initial=0.0), line or 0.0)
    limits = (0, width), (0, top or 1.0)
    ax.set(**dict(zip(("xlim", "ylim") if upright else ("ylim", "xlim"), limits, strict=True)))
    axis = ax.xaxis if upright else ax.yaxis
    (ax.set_ylabel if upright else ax.set_xlabel)("distance")
    axis.set_ticks([])
    if len(layout.leaves) <= NAMED:
        names = [
            f"({count})" if leaf >= tree.n else str(leaf if labels is None else labels[leaf])
            for leaf, count in zip(layout.leaves.tolist(), layout.counts.tolist(), strict=True)
        ]
        axis.set_ticks(5 + 10 * np.arange(len(names)), names)
        if upright and max(map(len, names)) > 3:
            ax.tick_params(axis="x", rotation=90)
    return ax


def _cut(
    tree: Tree, n_clusters: int | None, height: float | None
) -> tuple[float | None, np.ndarray]:
    """Where the line of a cut goes, and which merges are below it."""
    name, m = "plot_dendrogram", len(tree.children)
    if n_clusters is not None and height is not None:
        raise ParameterError(f"{name}: give n_clusters or height, not both")
    if n_clusters is not None:
        check_number("n_clusters", n_clusters, name, least=1, most=tree.n, whole=True)
        kept = np.arange(m) < tree.n - n_clusters
        below = tree.heights[kept].max(initial=0.0)
        above = tree.heights[~kept]
        return float((below + above.min()) / 2 if len(above) else 1.02 * below), kept
    if height is not None:
        check_number("height", height, name)
        return float(height), highest(tree) <= height
    return None, np.zeros(m, bool)


def _colors(tree: Tree, layout: DendrogramLayout, kept: np.ndarray) -> np.ndarray:
    """A colour for each link: that of its cluster, or grey above the cut."""
    labels, sample = labels_of(tree.children, kept, tree.n), list(range(tree.n))
    for left, _ in tree.children.tolist():
        sample.append(sample[left])
    of_cluster = labels[np.array(sample)[tree.n + layout.merges]]
    return colors_of(np.where(kept[layout.merges], of_cluster, -1))
