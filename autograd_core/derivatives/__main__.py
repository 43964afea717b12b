"""The table of all operations: `python -m autograd_core.derivatives [--markdown] [NAME ...]`.

For each operation: its name, the NumPy functions that it replaces for Tensors, its names in the
Array API standard, the kind of its rule, and its derivative as text (for linear and general rules
in terms of the cotangent g). README.md, next to this file, is this table as Markdown.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import autograd_core
from autograd_core import array_api
from autograd_core.inspection.symbols import derivative_texts
from autograd_core.primitive import Primitive
from autograd_core.registry import COMPOSITES, NUMPY, REGISTRY

Row = tuple[str, str, str, str, str]

HEADER: Row = ("operation", "NumPy", "Array API", "rule", "derivatives")

NUMPY_VERSION = ".".join(np.__version__.split(".")[:2])

INTRODUCTION = f"""\
# Operations

The names of each operation, the kind of its rule and its derivatives with respect to its operands.
Written by `make docs` from the tables in this folder, with NumPy {NUMPY_VERSION}.
"""


def rows() -> list[Row]:
    """One row for each name of an operation or of a function composed of others, sorted."""
    theirs: dict[int, list[str]] = {}
    for function, ours in NUMPY.items():
        theirs.setdefault(id(ours), []).append(numpy_name(function))
    standards = standard_names()
    table = []
    for name in sorted(REGISTRY.keys() | COMPOSITES.keys()):
        operation, function = REGISTRY.get(name), COMPOSITES.get(name)
        found = [id(ours) for ours in (operation, function) if ours is not None]
        names = [", ".join(n for k in found for n in by.get(k, [])) for by in (theirs, standards)]
        differentiable = isinstance(operation, Primitive)
        kind = operation.kind if operation and (differentiable or not function) else "composite"
        table.append((name, *names, kind, derivative(operation)))
    return table


def standard_names() -> dict[int, list[str]]:
    """The names that the Array API standard gives to each of our functions, by its id."""
    names: dict[int, list[str]] = {}
    for prefix, where, text in (
        ("", autograd_core, array_api.MAIN),
        ("linalg.", autograd_core.linalg, array_api.LINALG),
        ("fft.", autograd_core.fft, array_api.FFT),
    ):
        for name in text.split():
            names.setdefault(id(getattr(where, name)), []).append(prefix + name)
    return names


def derivative(operation: Any) -> str:
    """The local derivatives by operand, for example "a: b; b: a"."""
    if not isinstance(operation, Primitive):
        return ""
    texts = derivative_texts(operation)
    return "; ".join(
        f"{name}: {text}"
        for name, text in zip(operation.operands, texts, strict=False)
        if text is not None
    )


def numpy_name(function: Any) -> str:
    """The dotted name below `numpy`; of a ufunc's method, "add.reduce"."""
    if isinstance(function, tuple):
        return f"{function[0].__name__}.{function[1]}"
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc):
        module = "numpy" if getattr(np, function.__name__, None) is function else "scipy.special"
    return f"{module}.{function.__name__}".removeprefix("numpy.")


def markdown(table: list[Row]) -> str:
    """The table as Markdown."""
    lines = [HEADER, ("---",) * len(HEADER), *table]
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in lines)
    return "".join(f"| {' | '.join(row)} |\n" for row in escaped)


def aligned(table: list[Row]) -> str:
    """The table in aligned columns."""
    lines = [HEADER, *table]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    cells = ([cell.ljust(w) for cell, w in zip(row, widths, strict=True)] for row in lines)
    return "".join("  ".join(row).rstrip() + "\n" for row in cells)


def main() -> int:
    options = sys.argv[1:]
    wanted = [option for option in options if option != "--markdown"]
    unknown = set(wanted) - REGISTRY.keys() - COMPOSITES.keys()
    if unknown:
        print(f"no operation is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    chosen = [row for row in rows() if not wanted or row[0] in wanted]
    if "--markdown" in options:
        print(INTRODUCTION, markdown(chosen), sep="\n", end="")
    else:
        print(aligned(chosen), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
