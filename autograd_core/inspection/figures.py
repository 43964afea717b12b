"""Matplotlib's figures, for what plots curves and points (matplotlib is optional)."""

from __future__ import annotations

from typing import Any

from autograd_core.errors import UnsupportedError


def new_figure(width: float, height: float, shown: bool = False) -> Any:
    """A matplotlib figure; width and height are in inches.

    `shown`: it is one of pyplot's, which notebooks show after their cell, and scripts with
    `plt.show()`; else it belongs to no window.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UnsupportedError("plots need matplotlib: pip install 'autograd-core[viz]'") from None
    if shown:
        from matplotlib.pyplot import figure as Figure
    return Figure(figsize=(width, height), layout="constrained")
