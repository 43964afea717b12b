"""What pictures of clusters are drawn with: points, colours and cells in the plane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.extend import new_figure
from clustering.embedding import PCA
from clustering.errors import DataError, not_fitted
from clustering.metrics.external import as_labels, numbered
from clustering.validation import as_data

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Colours that colour-blind people can tell apart (Okabe & Ito, "Color universal design", 2008)."""

MARKERS = "os^DvP"
GREY = "#8C8C8C"

NAMED = 20
"""Clusters up to which there is a legend."""

WIDE = 4
"""Pictures up to this many times as wide as high (or the reverse) have one scale on both axes."""


# -- points in the plane -------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """The plane a picture shows, and the names of its axes.

    Attributes:
        pca: its principal components, for data of 3 or more features, else None.
    """

    pca: PCA | None
    names: tuple[str, str]

    def places(self, points: np.ndarray) -> np.ndarray:
        """Where points (m, features) are in the picture (m, 2)."""
        if self.pca is not None:
            return self.pca.transform(points)
        return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))

    def heights(self, points: np.ndarray) -> np.ndarray:
        """Squared distances (m,) of points to the plane."""
        if self.pca is None:
            return np.zeros(len(points))
        return np.sum((points - self.pca.inverse_transform(self.places(points))) ** 2, axis=1)


def view_of(X: np.ndarray, rotate: bool = False) -> View:
    """The plane of two features as it is; of more, that of the first two principal components."""
    features = X.shape[1]
    if features == 1:
        return View(None, ("feature 0", ""))
    if features == 2 and not rotate:
        return View(None, ("feature 0", "feature 1"))
    pca = PCA(2).fit(X)
    first, second = (
        f"component {i} of {features} features ({share:.0%} of variance)"
        for i, share in enumerate(pca.explained_variance_ratio_, 1)
    )
    return View(pca, (first, second))


def points_of(X: Any, name: str) -> np.ndarray:
    """X (samples, features) checked, as float64."""
    return np.asarray(as_data(X, name), np.float64)


def codes_of(labels: Any, samples: int, name: str) -> tuple[np.ndarray, dict[int, str]]:
    """The number of each sample's cluster, -1 for noise, and the clusters' names.

    Integers stay as they are; other labels are numbered in their order.
    """
    values = as_labels(labels, name, samples)
    kinds, codes = numbered(values, name)
    if kinds.dtype.kind in "iu" and kinds.min(initial=0) >= -1:
        kinds, codes = kinds.astype(np.intp), values.astype(np.intp)
        return codes, {int(kind): f"cluster {kind}" for kind in kinds if kind >= 0}
    return codes, {code: str(kind) for code, kind in enumerate(kinds.tolist())}


def colors_of(codes: Any) -> np.ndarray:
    """The colour (n, 4) of each cluster."""
    from matplotlib.colors import to_rgba_array

    codes = np.asarray(codes)
    return to_rgba_array([*PALETTE, GREY])[np.where(codes < 0, -1, codes % len(PALETTE))]


def pale(codes: Any) -> np.ndarray:
    """The colour (n, 4) of what lies behind each cluster's points."""
    colors = colors_of(codes)
    colors[:, :3] = 1 - (1 - colors[:, :3]) / 4
    return colors


def axes_or_new(ax: Any, width: float = 6, height: float = 5) -> Any:
    """The axes, or those of a new figure, which pyplot shows, if they are None."""
    return grid_of(1, 1, width, height, shown=True)[0, 0] if ax is None else ax


def grid_of(rows: int, columns: int, width: float, height: float, shown: bool = False) -> Any:
    """An array (rows, columns) of axes of a new figure; width and height of each are in inches.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    figure = new_figure(width * columns, height * rows, shown)
    figure.set_layout_engine("compressed")  # axes of equal scales keep the room they leave outside
    return figure.subplots(rows, columns, squeeze=False)


def box_around(places: Iterable[np.ndarray], margin: float = 0.0) -> np.ndarray:
    """The lowest and the highest corner (2, 2) of a box with some room around the places."""
    points = np.concatenate(list(places))
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(0.05 * (high - low), margin)
    room = np.where(room > 0, room, room.max() or 1.0)
    return np.stack([low - room, high + room])


def frame(ax: Any, box: np.ndarray, names: tuple[str, str]) -> None:
    """Show this box, with equal scales unless it would be a sliver."""
    ax.set(xlim=box[:, 0], ylim=box[:, 1], xlabel=names[0], ylabel=names[1])
    width, height = box[1] - box[0]
    if max(width, height) <= WIDE * min(width, height):
        ax.set_aspect("equal")
    if not names[1]:
        ax.set_yticks([])


def scatter(ax: Any, places: np.ndarray, codes: np.ndarray, **style: Any) -> None:
    """Points in their cluster's colour and marker; noise as small grey crosses."""
    size = float(np.clip(6000 / max(len(places), 1), 4, 30))
    kinds = np.where(codes < 0, -1, codes // len(PALETTE) % len(MARKERS))
    for kind in np.unique(kinds).tolist():
        rows = kinds == kind
        marker = "x" if kind < 0 else MARKERS[kind]
        edge = {"linewidths": 0.8 if kind < 0 else 0.0}
        ax.scatter(
            *places[rows].T, **{"s": size, "c": colors_of(codes[rows]), "marker": marker}
            | edge | style,
        )  # fmt: skip


def mark_centers(ax: Any, places: np.ndarray) -> None:
    numbers = np.arange(len(places))
    ax.scatter(
        *places.T, s=130, c=colors_of(numbers), marker="X", edgecolors="white", linewidths=1.5,
        zorder=4,
    )  # fmt: skip


def add_legend(ax: Any, names: dict[int, str], codes: np.ndarray) -> None:
    """A legend beside the axes, if it is short."""
    noise = np.count_nonzero(codes < 0)
    if len(names) > NAMED:
        return
    from matplotlib.lines import Line2D

    entries = dict(names)
    if noise:
        entries[-1] = f"noise ({noise})"
    handles = [
        Line2D(
            [], [], linestyle="", color=color, label=entries[code],
            marker="x" if code < 0 else MARKERS[code // len(PALETTE) % len(MARKERS)],
        )
        for code, color in zip(entries, colors_of(list(entries)), strict=True)
    ]  # fmt: skip
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def centers_of(centers: Any, data: np.ndarray, name: str) -> np.ndarray:
    """Centres (k, features) checked: as many features as the data."""
    centers = points_of(centers, f"{name}: centers")
    if centers.shape[1] != data.shape[1]:
        raise DataError(
            f"{name}: expected centers of shape (clusters, {data.shape[1]}), got {centers.shape}"
        )
    return centers


def draw_clusters(
    ax: Any, view: View, data: np.ndarray, codes: np.ndarray, centers: np.ndarray | None,
    voronoi: bool, box: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Samples, and the centres with their cells in the box (None: the one around both)."""
    places = view.places(data)
    marks = places[:0] if centers is None else view.places(centers)
    box = box_around([places, marks]) if box is None else box
    if centers is not None and voronoi:
        from matplotlib.collections import PolyCollection

        cells = voronoi_cells(marks, box, view.heights(centers))
        kinds = [k for k, cell in enumerate(cells) if len(cell)]
        ax.add_collection(
            PolyCollection(
                [cells[k] for k in kinds], facecolors=pale(kinds), edgecolors="0.55",
                linewidths=0.8, zorder=0,
            )
        )  # fmt: skip
    scatter(ax, places, codes)
    mark_centers(ax, marks)
    frame(ax, box, view.names)


def check_model(model: Any, data: np.ndarray, name: str) -> None:
    """Raise NotFittedError, or DataError if the model was fitted to data of another shape."""
    if not hasattr(model, "labels_"):
        raise not_fitted(type(model).__name__)
    if data.shape != (len(model.labels_), model.n_features_in_):
        raise DataError(
            f"{name}: X has shape {data.shape}, but {type(model).__name__} was fitted to "
            f"{(len(model.labels_), model.n_features_in_)}"
        )


# -- cells ---------------------------------------------------------------------------------------


def voronoi_cells(centers: Any, box: Any, heights: Any = None) -> list[np.ndarray]:
    """For each centre the part of a box that is nearest to it: a convex polygon (corners, 2), of no
    corners if there is none. Of equal centres the first has the cell.

    Args:
        centers: (k, 2).
        box: its lowest and its highest corner (2, 2).
        heights: (k,), squared distances of the centres to the plane; the cells are then those of
            a power diagram. None: all 0.

    The box is cut by the bisectors with other centres, the one that cuts off most first, until
    none cuts.

    Raises:
        DataError: another shape, or not finite.
    """
    name = "voronoi_cells"
    centers, box = points_of(centers, name), points_of(box, f"{name}: box")
    heights = np.zeros(len(centers)) if heights is None else np.asarray(heights, np.float64)
    if centers.shape[1] != 2 or box.shape != (2, 2) or heights.shape != centers.shape[:1]:
        raise DataError(
            f"{name}: expected centers (k, 2), a box (2, 2) and heights (k,), got shapes "
            f"{centers.shape}, {box.shape} and {heights.shape}"
        )
    (left, bottom), (right, top) = box
    corners = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
    return [_cell(k, centers, heights, corners) for k in range(len(centers))]


def _cell(k: int, centers: np.ndarray, heights: np.ndarray, corners: np.ndarray) -> np.ndarray:
    # |p|² + h_k <= |p - n|² + h, with p and n relative to the centre, is 2 p·n <= |n|² + h - h_k
    normals = centers - centers[k]
    limits = np.sum(normals**2, axis=1) + heights - heights[k]
    same = (limits == 0) & ~normals.any(axis=1)
    limits[:k][same[:k]] = -1.0  # an equal centre before this one has it all
    left = np.arange(len(centers)) != k
    polygon = corners - centers[k]
    while len(polygon) and left.any():
        outside = 2 * polygon @ normals.T - limits
        other = int(np.where(left, outside.max(axis=0), -np.inf).argmax())
        if outside[:, other].max() <= 0:
            break
        left[other] = False
        polygon = _clipped(polygon, outside[:, other])
    return polygon + centers[k]


def _clipped(polygon: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """The part of a convex polygon where a linear function, given at its corners, is <= 0."""
    following, after = np.roll(polygon, -1, axis=0), np.roll(outside, -1)
    crosses = (outside > 0) != (after > 0)
    share = outside / np.where(crosses, outside - after, 1)
    cuts = polygon + share[:, None] * (following - polygon)
    kept = np.stack([outside <= 0, crosses], axis=1).ravel()
    return np.stack([polygon, cuts], axis=1).reshape(-1, 2)[kept]
