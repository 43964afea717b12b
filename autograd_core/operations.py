"""The table of all operations: `python -m autograd_core.operations [NAME ...]`.

For each operation: its name, the NumPy functions it stands in for, the kind of its rule, and its
derivative as text (for linear and general rules in terms of the cotangent g).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_core.inspection.symbols import derivative_texts
from autograd_core.primitive import COMPOSITES, NUMPY, REGISTRY, Primitive

HEADER = ("operation", "NumPy names", "rule", "derivatives")


def rows() -> list[tuple[str, str, str, str]]:
    """One row for each operation and each function composed of others, by name."""
    names: dict[int, list[str]] = {}
    for function, operation in NUMPY.items():
        names.setdefault(id(operation), []).append(numpy_name(function))
    table = [
        (name, ", ".join(names.get(id(operation), [])), operation.kind, derivative(operation))
        for name, operation in REGISTRY.items()
    ]
    table += [
        (name, ", ".join(names.get(id(function), [])), "composite", "")
        for name, function in COMPOSITES.items()
    ]
    return sorted(table)


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


def markdown(table: list[tuple[str, str, str, str]]) -> str:
    """The table as Markdown."""
    lines = [
        HEADER,
        ("---",) * 4,
        *(tuple(cell.replace("|", "\\|") for cell in row) for row in table),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(table: list[tuple[str, str, str, str]]) -> str:
    """The table in aligned columns."""
    lines = [HEADER, *table]
    widths = [max(len(line[k]) for line in lines) for k in range(3)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[3]]
        ).rstrip()
        for line in lines
    )


def main() -> int:
    import autograd_core  # noqa: F401  (fills the registry)

    wanted = [argument for argument in sys.argv[1:] if argument != "--markdown"]
    unknown = set(wanted) - REGISTRY.keys() - COMPOSITES.keys()
    if unknown:
        print(f"no operation is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    chosen = [row for row in rows() if not wanted or row[0] in wanted]
    print((markdown if "--markdown" in sys.argv else plain)(chosen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
