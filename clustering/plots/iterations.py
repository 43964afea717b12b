"""Pictures of iterations: k-means, mean shift and DBSCAN at work, as a strip or an animation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from clustering.errors import DataTypeError, ParameterError
from clustering.kernels import kernels
from clustering.plots import films
from clustering.plots.canvas import check_model, grid_of, points_of
from clustering.plots.films import Film
from clustering.validation import check_number

__all__ = ["animate", "plot_iterations"]


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
    film = film_of(model, points_of(X, name), name)
    shown = numbers_of(steps, film.last, name)
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
    film = film_of(model, points_of(X, name), name)
    shown = numbers_of(steps, film.last, name)
    ax = grid_of(1, 1, 6, 5)[0, 0]
    from matplotlib.animation import PillowWriter

    writer = PillowWriter(fps=1 / seconds)  # type: ignore[arg-type]
    with writer.saving(ax.figure, str(path), dpi=80):
        for iteration in shown:
            ax.clear()
            film.draw(iteration, ax)
            writer.grab_frame()
    return shown


def numbers_of(steps: Any, last: int, name: str) -> list[int]:
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


def film_of(model: Any, data: np.ndarray, name: str) -> Film:
    """A fitted estimator says itself how it is filmed; a history is that of a k-means."""
    if hasattr(model, "film"):
        check_model(model, data, name)
        return model.film(data, films)
    if isinstance(model, Sequence) and len(model) and all(hasattr(s, "centers") for s in model):

        def labels_at(centers: np.ndarray) -> np.ndarray:
            return kernels().two_nearest(data, centers)[0]

        return films.of_centers([step.centers for step in model], data, name, labels_at)
    raise DataTypeError(
        f"{name}: expected a fitted KMeans, MeanShift or DBSCAN, or the history_ of a k-means, got "
        f"{type(model).__name__}"
    )
