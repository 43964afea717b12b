"""Pictures of graphs.

`draw(loss)` shows how a Tensor was computed: one box for each variable, constant and operation,
with its name, shape, dtype, value and gradient; an arrow for each operand; a frame for each
module (`scope`). `layout.py` decides what is drawn, `labels.py` what the boxes say, `dot_source`
in this file writes DOT, and `rendering.py` turns that into images. Nothing is recursive, so a
graph may have any depth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import graphviz

from autograd_core.errors import DrawingError
from autograd_core.graph import Leaf, Node
from autograd_core.inspection.labels import FONT, GREY, described, markup, plain_text
from autograd_core.inspection.layout import (
    REST,
    Arrow,
    Drawn,
    Folded,
    Homes,
    Number,
    Result,
    Vertex,
    arrange,
    read_arrows,
    read_graph,
    read_results,
)
from autograd_core.inspection.rendering import FORMATS, render
from autograd_core.inspection.symbols import derivative_texts
from autograd_core.primitive import Primitive

MAX_NODES = 120
PARALLEL = 8
"""More arrows than this between the same two nodes become one."""

SUFFIXES = tuple(f".{format}" for format in (*FORMATS, "dot", "gv"))


class Drawing:
    """A drawn graph, which a notebook displays.

    `source` is its DOT text; `render` and `save` make images of it.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def render(self, format: str) -> bytes:
        """The picture as the content of a file: "png", "svg", "pdf" or "dot".

        Raises:
            DrawingError: another format, or no renderer (DOT needs none).
        """
        return render(self.source, format)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file; the suffix .png, .svg, .pdf, .dot or .gv sets the format.

        Raises:
            DrawingError: another suffix, no renderer, or a file that cannot be written.
        """
        try:
            path = Path(path)
        except TypeError:
            raise DrawingError(f"cannot save to {path!r}: expected the path of a file") from None
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise DrawingError(f"cannot save to {str(path)!r}: end it in {', '.join(SUFFIXES)}")
        content = self.render(suffix[1:])
        try:
            path.write_bytes(content)
        except OSError as error:
            raise DrawingError(f"cannot write {str(path)!r}: {error.strerror}") from error

    def _repr_svg_(self) -> str:
        return self.render("svg").decode()

    def __repr__(self) -> str:
        return f"<Drawing, {len(self.source.splitlines())} lines of DOT; save it with .save(path)>"


def draw(
    tensors: Any,
    path: str | PathLike[str] | None = None,
    *,
    title: str | None = None,
    depth: int | None = None,
    max_nodes: int = MAX_NODES,
    direction: str = "TB",
) -> Drawing:
    """Draw the graph behind one or several results.

    Values and gradients of at most 16 elements are shown in full, larger ones as statistics;
    for those of large intermediate results, compute inside `keep_values()`.

    Args:
        tensors: a Tensor or a Node, or a list, tuple or dict of them (a dict's keys name them).
        path: a file to save the picture to, with the suffix .png, .svg, .pdf, .dot or .gv.
        title: written above the picture.
        depth: how many levels of modules to open; deeper modules are drawn as one node each (0:
            all of them). None opens every level.
        max_nodes: in a graph with more nodes, modules are folded into one node each, innermost
            first; if that is not enough, the middle of the computation is left out, and a node
            says so.
        direction: where the arrows lead: "TB" down, "LR" to the right, "BT" up, "RL" to the left.

    Raises:
        DrawingError: `path` has another suffix or cannot be written, there is no renderer for
            it, or an argument is out of range.
        ArgumentTypeError: something in `tensors` is neither a Tensor nor a Node.
    """
    if max_nodes < 1 or (depth or 0) < 0 or direction not in ("TB", "LR", "BT", "RL"):
        raise DrawingError(
            "draw: expected max_nodes of at least 1, depth of at least 0 or None and direction "
            f"TB, LR, BT or RL; got {max_nodes!r}, {depth!r}, {direction!r}"
        )
    results = read_results(tensors)
    homes = read_graph(results)
    drawn, level = arrange(homes, results, depth, max_nodes)
    drawing = Drawing(dot_source(homes, drawn, level, results, title, direction))
    if path is not None:
        drawing.save(path)
    return drawing


# -- DOT -----------------------------------------------------------------------------------------

STYLES = {
    "variable": {"fillcolor": "#D9E8F6", "color": "#0072B2", "style": "rounded,filled"},
    "constant": {"fillcolor": "#F4F4F4", "color": "#8A8A8A", "style": "rounded,filled,dashed"},
    "operation": {"fillcolor": "#FFFFFF", "color": "#5F6368", "style": "filled"},
    "result": {"fillcolor": "#FCE9CF", "color": "#C25700", "style": "filled", "penwidth": "2"},
    "module": {"fillcolor": "#E4F2EC", "color": "#00785A", "style": "filled", "peripheries": "2"},
    "rest": {"fillcolor": "#FFFFFF", "color": "#8A8A8A", "style": "filled,dashed"},
}
"""How each kind of node looks. The colours are from Okabe and Ito's palette, which colour-blind
readers can tell apart; in black and white, the outlines differ."""

FRAME = {
    "style": "rounded,filled",
    "fillcolor": "#0000000B",  # nearly transparent: inner frames come out darker
    "color": "#9AA0A6",
    "fontcolor": GREY,
    "fontsize": "11",
    "labeljust": "l",
    "margin": "12",
}


def dot_source(
    homes: Homes,
    drawn: Mapping[Vertex, Drawn],
    level: int,
    results: Mapping[Node, Result],
    title: str | None,
    direction: str,
) -> str:
    """The DOT text of an arranged graph."""
    members: dict[Drawn, list[Vertex]] = {}
    for vertex, to in drawn.items():
        members.setdefault(to, []).append(vertex)
    ids = {to: f"n{i}" for i, to in enumerate(members)}
    frames: dict[tuple[str, ...], graphviz.Digraph] = {
        (): new_graph(title, direction, len(homes), len(members.get(REST, ())))
    }
    for to, inside in members.items():
        path = to.path[:-1] if isinstance(to, Folded) else homes[to][:level]
        for length in range(1, len(path) + 1):
            if path[:length] not in frames:
                frames[path[:length]] = new_frame(path[:length], len(frames))
        kind, label, tooltip = described(to, inside, results)
        attributes = STYLES[kind] | {"tooltip": plain_text(tooltip)}
        frames[path].node(ids[to], f"<{label}>", _attributes=attributes)
    for path in sorted(frames, key=len, reverse=True)[:-1]:
        frames[path[:-1]].subgraph(frames[path])
    edges = read_arrows(drawn)
    add_edges(frames[()], edges, ids)
    add_order(frames[()], edges, ids, homes)
    return frames[()].source


def new_graph(title: str | None, direction: str, total: int, left_out: int) -> graphviz.Digraph:
    lines = [f"<B>{markup(title)}</B>"] if title else []
    if left_out:
        note = f"{left_out:,} of {total:,} nodes are not drawn"
        lines.append(f'<FONT POINT-SIZE="10" COLOR="{GREY}">{note}</FONT>')
    heading = {"label": f"<{'<BR/>'.join(lines)}>"} if lines else {}
    return graphviz.Digraph(
        "graph",
        graph_attr={
            "rankdir": direction,
            "ordering": "in",  # operands from left to right, as far as frames allow
            "fontname": FONT,
            "labelloc": "t",
            "nodesep": "0.3",
            "ranksep": "0.4",
            "pad": "0.2",
            "tooltip": plain_text(title or "computation graph"),
            **heading,
        },
        node_attr={
            "shape": "box",
            "fontname": FONT,
            "fontsize": "12",
            "margin": "0.1,0.06",
            "height": "0.3",
            "width": "0.3",
        },
        edge_attr={
            "fontname": FONT,
            "fontsize": "9",
            "fontcolor": GREY,
            "color": GREY,
            "arrowsize": "0.6",
        },
    )


def new_frame(path: tuple[str, ...], number: int) -> graphviz.Digraph:
    """The frame around a module. (Graphviz frames subgraphs whose names begin with "cluster".)"""
    name = markup(path[-1])
    attributes = FRAME | {"label": f"<{name}>", "tooltip": plain_text(" / ".join(path))}
    return graphviz.Digraph(f"cluster_{number}", graph_attr=attributes)


def add_edges(graph: graphviz.Digraph, edges: Sequence[Arrow], ids: Mapping[Drawn, str]) -> None:
    """An arrow for each operand; one for all between the same two nodes if they are many, or lead
    into a folded module."""
    count = Counter((arrow.start, arrow.end) for arrow in edges)
    derivatives: dict[Any, tuple[str | None, ...]] = {}
    done = set()
    for start, end, user, name in edges:
        pair = start, end
        if end is user and count[pair] <= PARALLEL:
            primitive = user.primitive
            assert primitive is not None  # it has operands
            if primitive not in derivatives:
                derivatives[primitive] = derivative_texts(primitive)
            tooltip = plain_text(derivative_tooltip(primitive, name, derivatives[primitive]))
            shown = {"label": f" {name} ", "tooltip": tooltip, "labeltooltip": tooltip}
        elif pair in done:
            continue
        else:
            done.add(pair)
            shown = {"label": f" {count[pair]:,} operands " if count[pair] > 1 else ""}
        if not isinstance(start, Leaf | Number):
            shown["weight"] = "4"  # the computation itself runs straight
        graph.edge(ids[start], ids[end], _attributes=shown)


def add_order(
    graph: graphviz.Digraph, edges: Sequence[Arrow], ids: Mapping[Drawn, str], homes: Homes
) -> None:
    """Keep a module's variables below the module's input, by invisible arrows.

    Otherwise the frames of successive modules would overlap in height and form a wide staircase.
    """
    first_use: dict[Drawn, int] = {}
    variables: dict[tuple[str, ...], dict[Drawn, None]] = {}
    for start, _, user, _ in edges:
        if isinstance(start, Leaf) and homes[start]:
            first_use[start] = min(user.number, first_use.get(start, user.number))
            variables.setdefault(homes[start], {})[start] = None
    inputs = {
        (start, frame): None
        for start, end, user, _ in edges
        if isinstance(start, Node) and end is user and homes[start] != (frame := homes[user])
    }
    for start, frame in inputs:
        for leaf in variables.get(frame, ()):
            if start.number < first_use[leaf]:  # else, in a module used twice, it would lead back
                graph.edge(ids[start], ids[leaf], label="", style="invis")


def derivative_tooltip(primitive: Primitive, name: str, texts: Sequence[str | None]) -> str:
    """The tooltip of an arrow: the derivative that belongs to it."""
    k = 0 if primitive.variadic else primitive.operands.index(name)
    text = texts[k] if k < len(texts) else None
    if text is None:
        return f"{primitive.name}, operand {name}"
    if primitive.kind == "elementwise":
        return f"y = {primitive.name}, dy/d{name} = {text}"
    return f"{primitive.name} sends {name} the gradient {text}"
