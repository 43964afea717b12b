"""Pictures of graphs.

`draw(loss)` shows how a Tensor was computed: one box for each variable, constant and operation,
with its name, shape, dtype, value and gradient; an arrow for each operand; a frame for each
module (`scope`). It goes in three steps: `read_graph` lists what there is, `arrange` decides
what is drawn (big graphs are folded by module, then shortened), `dot_source` writes DOT.
`rendering.py` makes images of that. Nothing here is recursive: a graph may be of any depth.
"""

from __future__ import annotations

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import graphviz
import numpy as np

from autograd_core.errors import ArgumentTypeError, DrawingError
from autograd_core.graph import SMALL, Leaf, Node, topological_order
from autograd_core.inspection.rendering import FORMATS, render
from autograd_core.inspection.symbols import derivative_texts, short_number, text_of
from autograd_core.primitive import Primitive, describe
from autograd_core.tensor import Tensor, plain_value
from autograd_core.tree import tree_leaves

MAX_NODES = 120
DEEPEST = 16
"""Frames inside frames are drawn down to this level."""
PARALLEL = 8
"""More arrows than this between the same two nodes become one."""

SUFFIXES = tuple(f".{format}" for format in (*FORMATS, "dot", "gv"))


class Number(NamedTuple):
    """A Python number among the operands of a node: operand `k` of `user`."""

    value: Any
    user: Node
    k: int


class Folded(NamedTuple):
    """The module with this path, drawn as one node."""

    path: tuple[str, ...]


REST = Folded(())
"""Everything a picture leaves out. (A module's path is never empty.)"""

Vertex = Node | Number
Drawn = Node | Number | Folded
Homes = dict[Vertex, tuple[str, ...]]


class Drawing:
    """A drawn graph. In a notebook it shows itself.

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
        """Write the picture to a file; .png, .svg, .pdf, .dot or .gv says in which format.

        Raises:
            DrawingError: another suffix, no renderer, or a file that cannot be written.
        """
        path = Path(path)
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
        path: where to save the picture too; the suffix says how: .png, .svg, .pdf, .dot, .gv.
        title: written above the picture.
        depth: how many levels of modules to open; deeper ones are drawn as one node each (0:
            every module). All if None.
        max_nodes: a graph of more nodes is drawn with its modules folded, innermost first; if
            that does not do, the middle of the computation is left out, and a node says so.
        direction: where the arrows lead: "TB" down, "LR" to the right, "BT", "RL".

    Raises:
        DrawingError: `path` has another suffix or cannot be written, there is no renderer for
            it, or an argument makes no sense.
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


# -- what there is -------------------------------------------------------------------------------


class Result(NamedTuple):
    """What the caller said about a node that he wants drawn."""

    name: str | None
    value: Any


def read_results(tensors: Any) -> dict[Node, Result]:
    """The nodes to draw."""
    parts = tensors.items() if isinstance(tensors, dict) else ((None, tensors),)
    results = {}
    for name, part in parts:
        for tensor in tree_leaves(part):
            if isinstance(tensor, Tensor):
                node, value = tensor._node or tensor.source(), tensor._value
            elif isinstance(tensor, Node):
                node, value = tensor, None
            else:
                raise ArgumentTypeError(
                    f"draw: expected a Tensor or a Node, got {type(tensor).__name__}"
                )
            results[node] = Result(None if name is None else str(name), value)
    if not results:
        raise DrawingError("draw: got no tensor to draw")
    return results


def read_graph(results: Iterable[Node]) -> Homes:
    """Everything behind the results, operands first, with the module each belongs to.

    A variable or a number belongs to the innermost module that contains all its uses; other
    constants are data, and stand outside.
    """
    homes: dict[Vertex, tuple[str, ...] | None] = {}
    for node in reversed(topological_order(results)):
        home = homes[node] = None if node.primitive is None else node.scope[:DEEPEST]
        for source, _ in operands(node):
            if isinstance(source, Number):
                homes[source] = home
            elif isinstance(source, Leaf):
                homes[source] = shared_home(source, homes.get(source), home or ())
    return {vertex: home or () for vertex, home in homes.items()}


def operands(node: Node) -> Iterator[tuple[Vertex, str]]:
    """What a node was computed from, in order, each with the operand's name or position."""
    primitive = node.primitive
    names = () if primitive is None or primitive.variadic else primitive.operands
    for k, parent in enumerate(node.parents):
        source = node.constants[k] if parent is None and node.constants else parent
        if source is None:
            continue  # an optional operand that was left out
        if not isinstance(source, Node):
            source = Number(source, node, k)
        yield source, names[k] if k < len(names) else str(k)


def shared_home(
    leaf: Leaf, before: tuple[str, ...] | None, home: tuple[str, ...]
) -> tuple[str, ...]:
    """Where a leaf used in module `home` belongs, given where its uses so far have put it."""
    if not leaf.requires_grad:
        return ()
    if before is None:
        return home
    same = 0
    for one, other in zip(before, home, strict=False):
        if one != other:
            break
        same += 1
    return home[:same]


# -- what is drawn -------------------------------------------------------------------------------


def arrange(
    homes: Homes, results: Mapping[Node, Result], depth: int | None, max_nodes: int
) -> tuple[dict[Vertex, Drawn], int]:
    """For each vertex the node that stands for it, and how many levels of modules are open."""
    deepest = max(map(len, homes.values()))
    level = deepest if depth is None else min(depth, deepest)
    while True:
        drawn = {
            vertex: vertex if len(home) <= level or vertex in results else Folded(home[: level + 1])
            for vertex, home in homes.items()
        }
        order = list(dict.fromkeys(drawn.values()))
        if len(order) <= max_nodes or level == 0:
            break
        level -= 1
    if len(order) > max_nodes:
        half = max_nodes // 2
        middle = set(order[half : len(order) - half]) - results.keys()
        drawn = {vertex: REST if to in middle else to for vertex, to in drawn.items()}
    return drawn, level


class Arrow(NamedTuple):
    """An operand in the picture: operand `name` of `user`, which is drawn as (part of) `end`."""

    start: Drawn
    end: Drawn
    user: Node
    name: str


def read_arrows(drawn: Mapping[Vertex, Drawn]) -> list[Arrow]:
    """All operands, without those that stay inside one drawn node."""
    return [
        Arrow(drawn[source], end, user, name)
        for user, end in drawn.items()
        if isinstance(user, Node)
        for source, name in operands(user)
        if drawn[source] != end
    ]


# -- DOT -----------------------------------------------------------------------------------------

FONT = "Helvetica,Arial,sans-serif"
GREY, RED = "#5F6368", "#B3261E"

STYLES = {
    "variable": {"fillcolor": "#D9E8F6", "color": "#0072B2", "style": "rounded,filled"},
    "constant": {"fillcolor": "#F4F4F4", "color": "#8A8A8A", "style": "rounded,filled,dashed"},
    "operation": {"fillcolor": "#FFFFFF", "color": "#5F6368", "style": "filled"},
    "result": {"fillcolor": "#FCE9CF", "color": "#C25700", "style": "filled", "penwidth": "2"},
    "module": {"fillcolor": "#E4F2EC", "color": "#00785A", "style": "filled", "peripheries": "2"},
    "rest": {"fillcolor": "#FFFFFF", "color": "#8A8A8A", "style": "filled,dashed"},
}
"""How each kind of node looks. The colours are from Okabe and Ito's palette, which colour-blind
readers can tell apart; the outlines tell the kinds apart in grey print."""

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
            "ordering": "in",  # operands from left to right, where frames leave Graphviz the choice
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
    """The frame around a module: Graphviz draws one for a subgraph named cluster..."""
    name = markup(path[-1])
    attributes = FRAME | {"label": f"<{name}>", "tooltip": plain_text(" / ".join(path))}
    return graphviz.Digraph(f"cluster_{number}", graph_attr=attributes)


def add_edges(graph: graphviz.Digraph, edges: Sequence[Arrow], ids: Mapping[Drawn, str]) -> None:
    """An arrow for each operand. Those into a folded module, and many between the same two
    nodes, are one arrow."""
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
    """Keep a module's variables below what the module is applied to, by invisible arrows.

    Frames in a row would overlap in height otherwise, and be drawn as a wide staircase.
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
            if start.number < first_use[leaf]:  # else an arrow back, in a module used twice
                graph.edge(ids[start], ids[leaf], label="", style="invis")


def derivative_tooltip(primitive: Primitive, name: str, texts: Sequence[str | None]) -> str:
    """What a pointer resting on an arrow reads: the derivative behind it."""
    k = 0 if primitive.variadic else primitive.operands.index(name)
    text = texts[k] if k < len(texts) else None
    if text is None:
        return f"{primitive.name}, operand {name}"
    if primitive.kind == "elementwise":
        return f"y = {primitive.name}, dy/d{name} = {text}"
    return f"{primitive.name} sends {name} the gradient {text}"


# -- what a node says ----------------------------------------------------------------------------


def described(
    to: Drawn, inside: list[Vertex], results: Mapping[Node, Result]
) -> tuple[str, str, str]:
    """Kind, label (Graphviz's HTML) and tooltip of a drawn node."""
    if to == REST:
        text = f"{len(inside):,} nodes not drawn"
        return "rest", table([f"<B>⋯</B>  {small(text)}"]), text
    if isinstance(to, Folded):
        text = contents(inside)
        return "module", table([f"<B>{markup(to.path[-1])}</B>", small(text)]), text
    if isinstance(to, Number):
        return "constant", short_number(to.value), f"constant {to.value!r}"
    result = results.get(to, Result(None, None))
    kind = "operation" if to.primitive is not None else "constant"
    if isinstance(to, Leaf) and to.requires_grad:
        kind = "variable"
    name = to.name or result.name
    operation = to.primitive.name if to.primitive is not None else kind
    settings, form = options_text(to), f"{to.dtype} {to.shape}"
    lines = [heading(name, operation, kind), *([small(settings)] if settings else []), small(form)]
    value = value_of(to) if result.value is None else result.value
    for what, array, color in (("value", value, "black"), ("grad", gradient_of(to), RED)):
        if array is not None:
            lines.append(left_aligned(small(what), number_table(np.asarray(array), color)))
    tooltip = " ".join(filter(None, (name and f"{name} =", operation, settings, form)))
    kind = "result" if to in results and kind == "operation" else kind
    return kind, table(lines), tooltip


def heading(name: str | None, operation: str, kind: str) -> str:
    """A node's first line: its name, and the operation; of a named leaf the name alone."""
    if not name:
        return markup(operation)
    return f"<B>{markup(name)}</B>" + (f" = {markup(operation)}" if kind == "operation" else "")


def options_text(node: Node) -> str:
    """The options of an operation that differ from their defaults."""
    defaults = node.primitive.defaults if node.primitive is not None else {}
    given = [
        (name, option_text(node.options[name]), option_text(default))
        for name, default in defaults.items()
        if name in node.options
    ]
    return ", ".join(f"{name}={text}" for name, text, default in given if text != default)


def option_text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(option_text, value))})"
    try:
        return text_of(value)
    except TypeError:
        return describe(value)


def value_of(node: Node) -> Any:
    """The value as far as it is known. A variable's may have changed since it was recorded."""
    tensor = node.tensor() if isinstance(node, Leaf) else None
    if tensor is not None and node in (tensor._node, getattr(tensor, "_source", None)):
        return tensor._value
    return node.value


def gradient_of(node: Node) -> Any:
    if isinstance(node, Leaf):
        return plain_value(node.grad)
    return None if node.cotangent is None else np.conj(node.cotangent)


def number_table(array: np.ndarray, color: str) -> str:
    """A small array in full, the statistics of a large one."""
    if array.size > SMALL:
        return colored("<BR/>".join(statistics(array)), color)
    texts = [markup(short_number(number)) for number in array.ravel()]
    if array.ndim >= 2 and texts:
        return matrix(texts, array.shape, color)
    if array.ndim == 0:
        return colored(texts[0], color)
    lines = [", ".join(texts[i : i + 4]) for i in range(0, len(texts), 4)]
    return colored(f"[{',<BR/>&nbsp;'.join(lines)}]", color)


def matrix(texts: list[str], shape: tuple[int, ...], color: str) -> str:
    """Numbers in rows and columns between two bars; a line parts stacked matrices."""
    rows = []
    for start in range(0, len(texts), shape[-1]):
        if start and start % (shape[-1] * shape[-2]) == 0:
            rows.append("<HR/>")
        cells = (
            f'<TD ALIGN="RIGHT">{colored(text, color)}</TD>' for text in texts[start:][: shape[-1]]
        )
        rows.append(f"<TR>{''.join(cells)}</TR>")
    return (
        f'<TABLE BORDER="1" COLOR="{color}" SIDES="LR" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="2">{"".join(rows)}</TABLE>'
    )


def statistics(array: np.ndarray) -> list[str]:
    """Lines that sum up a large array: its finite numbers, and how many are not finite."""
    finite = array[np.isfinite(array)]
    lines = []
    if finite.size:
        wide = finite.astype(np.result_type(finite.dtype, np.float64))
        low, high = "min", "max"
        if wide.dtype.kind == "c":
            low, high = "smallest |z|", "largest |z|"
        sizes = np.abs(wide) if wide.dtype.kind == "c" else wide
        with np.errstate(all="ignore"):
            mean, std, least, most = map(
                short_number, (wide.mean(), wide.std(), sizes.min(), sizes.max())
            )
        lines += [f"mean {mean}, std {std}", f"{low} {least}, {high} {most}"]
        if np.all(finite == finite[0]):
            lines = [f"all {mean}"]
    bad = {"nan": int(np.isnan(array).sum()), "inf": int(np.isinf(array).sum())}
    found = ", ".join(f"{count:,} {what}" for what, count in bad.items() if count)
    return [*lines, f"<B>{found}</B>"] if found else lines


def contents(inside: list[Vertex]) -> str:
    """What a folded module holds."""
    operations = sum(isinstance(v, Node) and v.primitive is not None for v in inside)
    variables = [v for v in inside if isinstance(v, Leaf)]
    size = sum(math.prod(leaf.shape) for leaf in variables)
    text = counted(operations, "operation")
    if variables:
        text += f", {counted(len(variables), 'variable')} ({counted(size, 'number')})"
    return text


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# -- text in Graphviz's languages ----------------------------------------------------------------


def table(lines: list[str]) -> str:
    """Lines above each other, centred."""
    rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>'


def left_aligned(what: str, cell: str) -> str:
    """A line of a fixed-width and a free cell. The empty third one takes up spare width, which
    would stretch the others: Graphviz shares it out evenly among columns."""
    return (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
        f'<TD WIDTH="36" ALIGN="LEFT">{what}</TD><TD ALIGN="LEFT" BALIGN="LEFT">{cell}</TD>'
        '<TD COLSPAN="30"></TD></TR></TABLE>'
    )


def small(text: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{GREY}">{markup(text)}</FONT>'


def colored(cell: str, color: str) -> str:
    return f'<FONT POINT-SIZE="11" COLOR="{color}">{cell}</FONT>'


def printable(text: str) -> str:
    """`text` on one line, with what has no glyph (line breaks, control characters) escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def markup(text: str, longest: int = 48) -> str:
    """`text` inside one of Graphviz's HTML-like labels; the middle of a long one goes."""
    if len(text) > longest:
        text = f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"
    # Graphviz replaces \N, \G and others (by the node's name, ...) unless a tag comes between.
    return re.sub(r"\\(?=[A-Za-z])", r"<FONT>\\</FONT>", html.escape(printable(text)))


def plain_text(text: str) -> str:
    """`text` as an attribute in which Graphviz reads backslashes and entities (a tooltip)."""
    # It replaces \N, \G, ... in two passes, so those take one more round of escaping.
    text = re.sub(r"\\(?=[GNETHL])", r"\\\\", html.escape(printable(text), quote=False))
    return graphviz.escape(text)
