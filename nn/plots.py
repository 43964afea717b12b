"""Pictures of training, with matplotlib: shown in notebooks, or written to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_core.extend import new_figure
from nn.training.history import History


def plot_history(history: History, path: str | Path | None = None) -> Any:
    """The loss of every batch and epoch, and beside it the other figures of each epoch.

    path: where to write the picture; None for a figure of pyplot's, which notebooks show.

    Returns:
        The matplotlib figure.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    others = [name for name in history.names if "loss" not in name]
    figure = new_figure(10 if others else 6, 4, shown=path is None)
    axes = figure.subplots(1, 2 if others else 1, squeeze=False)[0]
    steps = len(history.batch_losses) / max(len(history), 1)
    epochs = np.arange(1, len(history) + 1)
    axes[0].plot(
        np.arange(1, len(history.batch_losses) + 1) / max(steps, 1),
        history.batch_losses,
        color="0.8",
        linewidth=0.8,
        label="loss of each batch",
    )
    for name in history.names:
        (axes[0] if "loss" in name else axes[1]).plot(
            epochs, history[name], marker=".", label=name.replace("_", " ")
        )
    axes[0].set_yscale("log")
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    return saved(figure, path)


def plot_images(
    images: np.ndarray,
    titles: Sequence[str],
    path: str | Path | None = None,
    heading: str = "",
    columns: int = 8,
) -> Any:
    """A grid of images (N, 1, H, W) with a title over each; `path`, result and errors as of
    `plot_history`."""
    columns = min(columns, max(len(images), 4))
    rows = max(1, -(-len(images) // columns))
    figure = new_figure(1.2 * columns, 1.35 * rows + 0.5, shown=path is None)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in grid:
        axis.set_axis_off()
    for axis, image, title in zip(grid, images, titles, strict=False):
        axis.imshow(image[0], cmap="gray_r", interpolation="nearest")
        axis.set_title(title, fontsize=9)
    figure.suptitle(heading, fontsize=11)
    return saved(figure, path)


def saved(figure: Any, path: str | Path | None) -> Any:
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure
