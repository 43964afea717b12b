"""Pictures of iterations: k-means, mean shift and DBSCAN at work, as a strip or an animation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clustering.centers import SphericalKMeans
from clustering.data import check_number
from clustering.dbscan import CORE, DBSCAN, METRICS
from clustering.errors import DataTypeError, ParameterError
from clustering.kernels import kernels
from clustering.kmeans import KMeans
from clustering.mean_shift import MeanShift
from clustering.plane import (
    box_around,
    centers_of,
    check_model,
    draw_clusters,
    frame,
    grid_of,
    mark_centers,
    pale,
    points_of,
    scatter,
    view_of,
)


class Film(NamedTuple):
    """An algorithm at work: `draw(i, axes)` draws what it has after i of `last` iterations."""

    draw: Callable[[int, Any], None]
    last: int


def plot_iterations(model: Any, X: Any, steps: Any = 4, *, axes: Any = None) -> Any:
    """A strip of panels that show how an algorithm found its clusters.

    K-means: the centres and their cells. Mean shift: the seeds, where they came from, and at the
    end the centres. DBSCAN: how clusters grow from their first core sample, from neighbour to
    neighbour.

    Args:
        model: a fitted `KMeans` (or a relative), `MeanShift` or `DBSCAN`; or the `history_` of a
            k-means, whose samples are then assigned by Euclidean distance.
        X: the samples × features it was fitted to; more than 2 features as in `plot_clusters`.
        steps: how many panels, evenly spaced from the start to the end; or the numbers of the
            iterations to show.
        axes: a sequence of matplotlib axes, one for each panel; None makes a figure.

    Returns:
        The figure.

    Raises:
        UnsupportedError: matplotlib is not installed.
        NotFittedError: the model is not fitted.
        ParameterError: steps are out of range, or there are not as many axes.
        DataError: X is not what the model was fitted to.
        DataTypeError: the model has no iterations that can be drawn.
    """
    name = "plot_iterations"
    film = _film(model, points_of(X, name), name)
    shown = _shown(steps, film.last, name)
    if axes is None:
        columns = min(len(shown), 5)
        rows = -(-len(shown) // columns)
        grid = grid_of(rows, columns, 3.2, 3.2)
        for spare in grid.flat[len(shown) :]:
            spare.remove()
        panels = list(grid.flat[: len(shown)])
    else:
        panels = list(np.ravel(np.asarray(axes, dtype=object)))
        if len(panels) != len(shown):
            raise ParameterError(f"{name}: {len(panels)} axes for {len(shown)} panels")
    for panel, iteration in zip(panels, shown, strict=True):
        film.draw(iteration, panel)
        panel.set(xticks=[], yticks=[], xlabel="", ylabel="")
    return panels[0].figure


def animate(
    model: Any, X: Any, path: str | Path, steps: Any = 30, *, seconds: float = 0.5
) -> list[int]:
    """Write the iterations of `plot_iterations` to an animated GIF.

    Args:
        model, X, steps: as in `plot_iterations`; of fewer iterations than steps, all are shown.
        path: the file to write.
        seconds: how long each is seen.

    Returns:
        The iterations that are shown.

    Raises: as `plot_iterations`.
    """
    name = "animate"
    check_number("seconds", seconds, name, above=0)
    film = _film(model, points_of(X, name), name)
    shown = _shown(steps, film.last, name)
    ax = grid_of(1, 1, 6, 5)[0, 0]
    from matplotlib.animation import PillowWriter

    writer = PillowWriter(fps=1 / seconds)  # type: ignore[arg-type]
    with writer.saving(ax.figure, str(path), dpi=80):
        for iteration in shown:
            ax.clear()
            film.draw(iteration, ax)
            writer.grab_frame()
    return shown


def _shown(steps: Any, last: int, name: str) -> list[int]:
    if isinstance(steps, Iterable):
        shown = [
            int(check_number("steps", step, name, least=0, most=last, whole=True)) for step in steps
        ]
        if not shown:
            raise ParameterError(f"{name}: steps is empty")
        return shown
    check_number("steps", steps, name, least=1, whole=True)
    if steps == 1:
        return [last]
    return np.unique(np.round(np.linspace(0, last, steps)).astype(int)).tolist()


def _film(model: Any, data: np.ndarray, name: str) -> Film:
    films = {KMeans: _kmeans_film, MeanShift: _mean_shift_film, DBSCAN: _dbscan_film}
    for kind, film in films.items():
        if isinstance(model, kind):
            check_model(model, data, name)
            return film(model, data)
    if isinstance(model, Sequence) and len(model) and all(hasattr(s, "centers") for s in model):
        return _history_film([step.centers for step in model], data, name)
    raise DataTypeError(
        f"{name}: expected a fitted KMeans, MeanShift or DBSCAN, or the history_ of a k-means, got "
        f"{type(model).__name__}"
    )


def _title(ax: Any, iteration: int) -> None:
    ax.set_title(f"iteration {iteration}" if iteration else "start", fontsize="medium")


def _history_film(
    frames: list[np.ndarray], data: np.ndarray, name: str, model: KMeans | None = None
) -> Film:
    """Centres at each iteration; `model` knows to which of them a sample belongs."""
    frames = [centers_of(centers, data, name) for centers in frames]
    view = view_of(data)
    box = box_around(view.places(points) for points in [data, *frames])
    euclidean = model is None or (
        model.metric == "sqeuclidean" and not isinstance(model, SphericalKMeans)
    )

    def labels(centers: np.ndarray) -> np.ndarray:
        if model is None:
            return kernels().two_nearest(data, centers)[0]
        now = copy(model)
        now.cluster_centers_ = centers
        now.__dict__.pop("feature_names_in_", None)  # the data are an array
        return now.predict(data)

    def draw(iteration: int, ax: Any) -> None:
        centers = frames[iteration]
        draw_clusters(ax, view, data, labels(centers), centers, euclidean, box)
        _title(ax, iteration)

    return Film(draw, len(frames) - 1)


def _kmeans_film(model: KMeans, data: np.ndarray) -> Film:
    if not hasattr(model, "history_"):
        raise DataTypeError(f"{type(model).__name__} has no history_: it was not fitted by fit")
    centers = [*(step.centers for step in model.history_), model.cluster_centers_]
    return _history_film(centers, data, type(model).__name__, model)


def _mean_shift_film(model: MeanShift, data: np.ndarray) -> Film:
    view, last = view_of(data), len(model.history_)
    trails = np.stack([view.places(model.positions(i)) for i in range(last + 1)])
    samples, centers = view.places(data), np.asarray(model.cluster_centers_, np.float64)
    climbers = kernels().two_nearest(model.positions(last), centers)[0]
    marks = view.places(centers)
    box = box_around([samples, *trails, marks])

    def draw(iteration: int, ax: Any) -> None:
        from matplotlib.collections import LineCollection

        scatter(ax, samples, np.full(len(samples), -1), marker="o", alpha=0.4, s=4)
        paths = np.swapaxes(trails[: iteration + 1], 0, 1)
        ax.add_collection(LineCollection(list(paths), colors=pale(climbers), linewidths=0.8))
        scatter(ax, trails[iteration], climbers, zorder=3)
        if iteration == last:
            mark_centers(ax, marks)
        frame(ax, box, view.names)
        _title(ax, iteration)

    return Film(draw, last)


def _dbscan_film(model: DBSCAN, data: np.ndarray) -> Film:
    view, rounds = view_of(data), _rounds(model, data)
    places = view.places(data)
    box = box_around([places])
    last = int(rounds.max(initial=-1)) + 1

    def draw(iteration: int, ax: Any) -> None:
        reached = (rounds >= 0) & (rounds < iteration)
        waiting = ~reached if iteration < last else np.zeros(len(data), bool)
        scatter(ax, places[waiting], np.full(waiting.sum(), -1), marker="o", alpha=0.5, s=6)
        shown = ~waiting
        scatter(ax, places[shown], model.labels_[shown])
        frame(ax, box, view.names)
        _title(ax, iteration)

    return Film(draw, last)


def _rounds(model: DBSCAN, data: np.ndarray) -> np.ndarray:
    """How many neighbours' neighbours from its cluster's first core sample each sample is; -1 for
    noise."""
    from scipy.spatial import KDTree

    placed = model._placed(data)
    core, labels = model.core_sample_indices_, model.labels_
    rounds = np.full(len(data), -1)
    tree = KDTree(placed)
    # a core sample's cluster is numbered by the first of them
    front = core[np.unique(labels[core], return_index=True)[1]]
    is_core = model.roles_ == CORE
    now = 0
    while len(front):
        rounds[front] = now
        now += 1
        sources = front[is_core[front]]
        near = tree.query_ball_point(placed[sources], model._radius(), p=METRICS[model.metric])
        found = [
            j
            for i, row in zip(sources.tolist(), near, strict=True)
            for j in row
            if rounds[j] < 0 and labels[j] == labels[i]
        ]
        front = np.unique(np.array(found, np.intp))
    return rounds
