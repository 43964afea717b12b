"""The floors of the packages, and what each module imports: read from the files.

    python tests/floors.py

draws docs/layers.svg from them. test_floors.py holds the floors.
"""

import ast
from pathlib import Path

import graphviz

from autograd_core.inspection.rendering import render

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd_core", "nn", "clustering")

FLOORS = {
    "autograd_core": """
        errors tree
        registry
        dispatch
        array
        graph
        forward
        backward
        pickling
        tensor
        operation
        primitive
        fast
        declare
        derivatives
        fft linalg
        array_api
        transforms
        gradcheck inspection
        extend
        __init__
        derivatives.__main__
    """,
    "nn": """
        errors random checks
        settings
        parameters serialization hooks
        module
        initializers
        layers
        losses
        metrics
        functional
        optimizers
        schedules
        gradients regularizers
        data
        training
        summary perceptrons plots
        __init__
        demo
    """,
    "clustering": """
        errors
        validation
        kernels
        distances
        base
        seeding
        kmeans
        kmeans_variants minibatch dbscan
        mean_shift
        trees
        connectivity
        hierarchical
        spectral
        embedding
        metrics
        choose_k
        differentiable
        deep matrix_completion
        images
        plots
        __init__
        quantize
    """,
}
"""Modules and folders, one floor a line. Inside a folder files may import each other, without a
circle."""

ROLES = {
    "errors": "#F1F3F4",
    "tree": "#F1F3F4",
    "registry": "#FEF7E0",
    "dispatch": "#FEF7E0",
    "array": "#E8F0FE",
    "graph": "#E8F0FE",
    "forward": "#E8F0FE",
    "backward": "#E8F0FE",
    "pickling": "#E8F0FE",
    "tensor": "#E8F0FE",
    "operation": "#E6F4EA",
    "primitive": "#E6F4EA",
    "fast": "#E6F4EA",
    "declare": "#E6F4EA",
    "derivatives": "#FEF7E0",
}
"""Colours: errors and containers, tables, Tensor and graph, operations; white is built on them."""


def modules(package: str) -> dict[str, Path]:
    """The files of a package by their dotted name below it: "derivatives.shapes", "__init__"."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT / package).with_suffix("").parts
        name = ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)
        found[name] = path
    return found


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.AST) -> list[tuple[ast.stmt, str, list[str]]]:
    """Every import of a file: the statement, the module, the names taken from it."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if is_for_types(node):
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are absolute"
            found.append((node, node.module, [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            found += [(node, alias.name, []) for alias in node.names]
        else:
            found += imports(node)
    return found


def targets(package: str, path: Path) -> set[str]:
    """The modules of its own package that a file imports."""
    names = modules(package)
    found = set()
    for _, module, taken in imports(ast.parse(path.read_text())):
        top, _, rest = module.partition(".")
        if top != package:
            continue
        inside = [f"{rest}.{name}".strip(".") for name in taken]
        submodules = [name for name in inside if name in names]
        found |= set(submodules)
        if len(submodules) < len(inside) or not inside:
            found.add(rest or "__init__")
    return found


def floor(package: str, module: str) -> tuple[int, str]:
    """The number of a module's floor, and the entry of the list that it belongs to."""
    lines = [line.split() for line in FLOORS[package].split("\n") if line.strip()]
    places = {entry: number for number, line in enumerate(lines) for entry in line}
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        entry = ".".join(parts[:length])
        if entry in places:
            return places[entry], entry
    raise AssertionError(f"{package}.{module} has no floor: add it to FLOORS in {__file__}")


EDGES = [
    (package, module, target)
    for package in FLOORS
    for module, path in modules(package).items()
    for target in sorted(targets(package, path))
]


def reduced(ends: dict[str, set[str]]) -> dict[str, set[str]]:
    """The edges of a graph without circles that do not follow from the others."""

    def reached(start: str) -> set[str]:
        found, todo = set(), list(ends.get(start, ()))
        while todo:
            end = todo.pop()
            if end not in found:
                found.add(end)
                todo += ends.get(end, ())
        return found

    return {
        start: targets - {e for target in targets for e in reached(target)}
        for start, targets in ends.items()
    }


def drawn() -> set[tuple[str, str]]:
    """What the picture shows: pairs of an entry of the floors and one that is built on it."""
    entries = [entry for entry in FLOORS["autograd_core"].split() if "__" not in entry]
    ends: dict[str, set[str]] = {entry: set() for entry in entries}
    for package, module, target in EDGES:
        if package == "autograd_core":
            start, end = floor(package, module)[1], floor(package, target)[1]
            if start != end and start in ends and end in ends:
                ends[start].add(end)
    return {(end, start) for start, targets in reduced(ends).items() for end in targets}


def main() -> None:
    dot = graphviz.Digraph(graph_attr={"rankdir": "LR", "nodesep": "0.15", "ranksep": "0.25"})
    dot.attr("node", shape="box", style="rounded,filled", fontname="Helvetica", fontsize="12")
    dot.attr("edge", color="#9AA0A6", arrowsize="0.6", dir="back")
    for entry in FLOORS["autograd_core"].split():
        if "__" not in entry:
            dot.node(entry, label=entry, fillcolor=ROLES.get(entry, "white"))
    for end, start in sorted(drawn()):
        dot.edge(end, start)
    (ROOT / "docs" / "layers.svg").write_bytes(render(dot.source, "svg"))


if __name__ == "__main__":
    main()
