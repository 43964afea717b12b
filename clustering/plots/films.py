"""Algorithms at work, as pictures numbered by iteration. An estimator chooses one in its `film`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from clustering.plots.canvas import (
    box_around,
    centers_of,
    draw_clusters,
    frame,
    mark_centers,
    pale,
    scatter,
    view_of,
)


class Film(NamedTuple):
    """An algorithm at work: `draw(i, axes)` draws what it has after i of `last` iterations."""

    draw: Callable[[int, Any], None]
    last: int


def of_centers(
    centers: list[np.ndarray],
    data: np.ndarray,
    name: str,
    labels_at: Callable[[np.ndarray], np.ndarray],
    cells: bool = True,
) -> Film:
    """Centres at each iteration, and the samples that `labels_at(centers)` gives them.

    `cells`: whether a cluster is what is nearest to its centre, so that its cell can be drawn.
    """
    frames = [centers_of(points, data, name) for points in centers]
    view = view_of(data)
    box = box_around(view.places(points) for points in [data, *frames])

    def draw(iteration: int, ax: Any) -> None:
        points = frames[iteration]
        draw_clusters(ax, view, data, labels_at(points), points, cells, box)
        title(ax, iteration)

    return Film(draw, len(frames) - 1)


def of_climbers(
    positions: list[np.ndarray], labels: np.ndarray, centers: np.ndarray, data: np.ndarray
) -> Film:
    """Points (each with a label) at each iteration with the way they came, and where it ended."""
    from matplotlib.collections import LineCollection

    view, last = view_of(data), len(positions) - 1
    trails = np.stack([view.places(points) for points in positions])
    samples, marks = view.places(data), view.places(centers)
    box = box_around([samples, *trails, marks])

    def draw(iteration: int, ax: Any) -> None:
        scatter(ax, samples, np.full(len(samples), -1), marker="o", alpha=0.4, s=4)
        paths = np.swapaxes(trails[: iteration + 1], 0, 1)
        ax.add_collection(LineCollection(list(paths), colors=pale(labels), linewidths=0.8))
        scatter(ax, trails[iteration], labels, zorder=3)
        if iteration == last:
            mark_centers(ax, marks)
        frame(ax, box, view.names)
        title(ax, iteration)

    return Film(draw, last)


def of_growth(rounds: np.ndarray, labels: np.ndarray, data: np.ndarray) -> Film:
    """Samples that join their clusters one round after the other; -1 never joins."""
    view = view_of(data)
    places = view.places(data)
    box = box_around([places])
    last = int(rounds.max(initial=-1)) + 1

    def draw(iteration: int, ax: Any) -> None:
        reached = (rounds >= 0) & (rounds < iteration)
        waiting = ~reached if iteration < last else np.zeros(len(data), bool)
        scatter(ax, places[waiting], np.full(waiting.sum(), -1), marker="o", alpha=0.5, s=6)
        scatter(ax, places[~waiting], labels[~waiting])
        frame(ax, box, view.names)
        title(ax, iteration)

    return Film(draw, last)


def title(ax: Any, iteration: int) -> None:
    ax.set_title(f"iteration {iteration}" if iteration else "start", fontsize="medium")
