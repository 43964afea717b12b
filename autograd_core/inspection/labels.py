"""The text in the nodes of a picture, as Graphviz's HTML-like labels and escaped strings."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from typing import Any

import graphviz
import numpy as np

from autograd_core.array import value_of
from autograd_core.errors import describe
from autograd_core.graph import SMALL, Leaf, Node
from autograd_core.inspection.layout import REST, Drawn, Folded, Number, Result, Vertex
from autograd_core.inspection.symbols import short_number, text_of

FONT = "Helvetica,Arial,sans-serif"
GREY, RED = "#5F6368", "#B3261E"


def described(
    to: Drawn, inside: list[Vertex], results: Mapping[Node, Result]
) -> tuple[str, str, str]:
    """Kind, label (Graphviz's HTML) and tooltip of a drawn node."""
    if to == REST:
        text = f"{len(inside):,} nodes not drawn"
        return "rest", stacked([f"<B>⋯</B>  {small(text)}"]), text
    if isinstance(to, Folded):
        text = contents(inside)
        return "module", stacked([f"<B>{markup(to.path[-1])}</B>", small(text)]), text
    if isinstance(to, Number):
        return "constant", short_number(to.value), f"constant {to.value!r}"
    result = results.get(to, Result(None, None))
    kind = "operation" if to.primitive is not None else "constant"
    if isinstance(to, Leaf) and to.requires_grad:
        kind = "variable"
    name = to.name or result.name
    operation = to.primitive.name if to.primitive is not None else kind
    settings, form = options_text(to), form_of(to)
    lines = [heading(name, operation, kind), *([small(settings)] if settings else []), small(form)]
    value = known_value(to) if result.value is None else result.value
    for what, array, color in (("value", value, "black"), ("grad", gradient_of(to), RED)):
        if array is not None:
            lines.append(left_aligned(small(what), number_table(np.asarray(array), color)))
    tooltip = " ".join(filter(None, (name and f"{name} =", operation, settings, form)))
    kind = "result" if to in results and kind == "operation" else kind
    return kind, stacked(lines), tooltip


def form_of(node: Node) -> str:
    return "several results" if node.shape is None else f"{node.dtype} {node.shape}"


def heading(name: str | None, operation: str, kind: str) -> str:
    """A node's first line: its name and the operation; for a named leaf only the name."""
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
    if hasattr(value, "_fields"):
        return str(value)  # a named tuple
    if isinstance(value, tuple):
        return f"({', '.join(map(option_text, value))})"
    try:
        return text_of(value)
    except TypeError:
        return describe(value)


def known_value(node: Node) -> Any:
    """The value, if it is known. A variable's may have changed since it was recorded."""
    tensor = node.tensor() if isinstance(node, Leaf) else None
    if tensor is not None and node in (tensor._node, getattr(tensor, "_source", None)):
        return tensor._value
    return node.value


def gradient_of(node: Node) -> Any:
    if isinstance(node, Leaf):
        return value_of(node.grad)
    return None if node.cotangent is None else np.conj(node.cotangent)


def number_table(array: np.ndarray, color: str) -> str:
    """A small array in full; the statistics of a large one."""
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
    """Numbers in rows and columns between two bars; a line separates stacked matrices."""
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
    """Lines that summarize a large array: its finite numbers, and how many are not finite."""
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
    """What a folded module contains."""
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


def stacked(lines: list[str]) -> str:
    """Lines above each other, centred."""
    rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>'


def left_aligned(what: str, cell: str) -> str:
    """A line of two cells, the first of fixed width. Graphviz distributes spare width evenly among
    columns: an empty third cell takes it up, so that the others are not stretched."""
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
    """`text` on one line: line breaks and control characters are escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def markup(text: str, longest: int = 48) -> str:
    """`text` inside one of Graphviz's HTML-like labels; a long one without its middle."""
    if len(text) > longest:
        text = f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"
    # Graphviz replaces \N, \G and others (by the node's name, ...) unless a tag comes between.
    return re.sub(r"\\(?=[A-Za-z])", r"<FONT>\\</FONT>", html.escape(printable(text)))


def plain_text(text: str) -> str:
    """`text` as an attribute in which Graphviz interprets backslashes and entities (a tooltip)."""
    # It replaces \N, \G, ... in two passes, so those take one more round of escaping.
    text = re.sub(r"\\(?=[GNETHL])", r"\\\\", html.escape(printable(text), quote=False))
    return graphviz.escape(text)
