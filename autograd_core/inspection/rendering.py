"""From DOT text to PNG, SVG and PDF.

There are two ways: Graphviz's own program `dot`, and pygraphviz, whose wheels contain Graphviz,
so that pip alone is enough. They are tried in the order of `BACKENDS`, each in a process of its
own: a layout that hangs or crashes takes down neither a notebook nor a training run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

from autograd_core.errors import DrawingError

FORMATS = ("png", "svg", "pdf")

TIMEOUT = 60.0
"""Seconds a layout may take."""

DPI = "144"
"""Resolution of PNG files: sharp on today's screens and in print."""

INSTALL = "pip install 'autograd-core[viz]'"

PYGRAPHVIZ = """
import sys
from pygraphviz import AGraph
graph = AGraph(sys.stdin.buffer.read().decode("utf-8"))
if sys.argv[1] == "png":
    graph.graph_attr["dpi"] = sys.argv[2]
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


def dot_command(format: str) -> list[str] | None:
    program = shutil.which("dot")
    dpi = [f"-Gdpi={DPI}"] if format == "png" else []
    return None if program is None else [program, f"-T{format}", *dpi]


def pygraphviz_command(format: str) -> list[str] | None:
    if not sys.executable or find_spec("pygraphviz") is None:
        return None
    return [sys.executable, "-P", "-c", PYGRAPHVIZ, format, DPI]


BACKENDS: dict[str, Callable[[str], list[str] | None]] = {
    "dot": dot_command,
    "pygraphviz": pygraphviz_command,
}
"""For each renderer a function from format to the command that renders stdin, or to None if the
renderer is not installed."""


def render(source: str, format: str) -> bytes:
    """Render DOT text.

    Args:
        source: the text of the graph.
        format: "png", "svg" or "pdf"; "dot" and "gv" give the text itself, and need no renderer.

    Raises:
        DrawingError: the format is unknown, or no renderer is installed or succeeded.
    """
    if format in ("dot", "gv"):
        return source.encode()
    if format not in FORMATS:
        raise DrawingError(f"cannot draw as {format!r}; use one of png, svg, pdf, dot, gv")
    failures = []
    for name, command_for in BACKENDS.items():
        command = command_for(format)
        if command is None:
            continue
        try:
            done = subprocess.run(
                command, input=source.encode(), capture_output=True, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired:
            raise DrawingError(
                f"{name} did not finish this layout in {TIMEOUT:g} s; "
                "draw fewer nodes (max_nodes=) or fold modules (depth=)"
            ) from None
        except OSError as error:
            failures.append(f"{name}: {error}")
            continue
        if done.returncode == 0 and done.stdout:
            return done.stdout
        complaint = done.stderr.decode(errors="replace").strip()
        failures.append(f"{name}: {complaint or f'exit code {done.returncode}'}"[-500:])
    if failures:
        raise DrawingError(f"no {format} could be drawn. " + "; ".join(failures))
    raise DrawingError(
        f"drawing as {format} needs a renderer: {INSTALL}. "
        "(Saving as .dot needs none, and neither does .source.)"
    )
