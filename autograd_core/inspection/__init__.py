"""Showing what was recorded: `draw` makes a picture of the graph behind a Tensor (DOT, SVG, PNG,
PDF), and `symbols.py` writes an operation's derivative as text."""

from autograd_core.inspection.drawing import Drawing, draw
from autograd_core.registry import METHODS

METHODS["draw"] = draw  # how a Tensor shows itself in a notebook

__all__ = ["Drawing", "draw"]
