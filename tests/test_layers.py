"""What stands on what: each floor imports from floors above it in the lists below, never back.

Imports for type checkers only (`if TYPE_CHECKING:`) do not count. Optional packages, such as
matplotlib, may be imported inside functions; our own modules may not.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import autograd_core
from autograd_core import extend

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
}
"""Modules and folders, one floor a line. Inside a folder files may import each other, without a
circle."""

LATE: dict[str, str] = {}
"""Modules of ours that are imported inside a function or below a definition, and why."""


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


@pytest.mark.parametrize("package", FLOORS)
def test_each_module_imports_from_floors_above_it(package):
    wrong = []
    for owner, module, target in EDGES:
        if owner == package:
            (own, own_entry), (other, other_entry) = floor(package, module), floor(package, target)
            if not (other < own or own_entry == other_entry):
                wrong.append(f"{package}.{module} imports {target}")
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_no_circle(package):
    graph = {module: targets(package, path) for module, path in modules(package).items()}
    TopologicalSorter({module: ends - {module} for module, ends in graph.items()}).prepare()


@pytest.mark.parametrize("package", PACKAGES)
def test_our_own_modules_are_imported_at_the_top(package):
    late = set()
    for module, path in modules(package).items():
        tree = ast.parse(path.read_text())
        definitions = [n.lineno for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        first = min(definitions, default=len(path.read_text()))
        for node, imported, _ in imports(tree):
            ours = imported.partition(".")[0] in PACKAGES
            if ours and (node.col_offset or node.lineno > first):
                late.add(f"{package}.{module}")
    assert late == {name for name in LATE if name.startswith(f"{package}.")}


STANDS_ON = {"autograd_core": set(), "nn": {"autograd_core"}, "clustering": {"autograd_core"}}
TRAINED = {"clustering.deep", "clustering.matrix_completion"}
"""What is trained with nn's optimizers."""


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_depend_one_way(package):
    for module, path in modules(package).items():
        allowed = STANDS_ON[package] | {package}
        allowed |= {"nn"} if f"{package}.{module}" in TRAINED else set()
        used = {name.partition(".")[0] for _, name, _ in imports(ast.parse(path.read_text()))}
        assert used & set(PACKAGES) <= allowed, f"{package}.{module}"


@pytest.mark.parametrize("package", ["nn", "clustering"])
def test_the_engine_is_used_by_its_public_names_and_extend(package):
    wrong = []
    for path in modules(package).values():
        tree = ast.parse(path.read_text())
        for _, imported, taken in imports(tree):
            if imported == "autograd_core.extend":
                names = extend.__all__
            elif imported == "autograd_core":
                names = autograd_core.__all__
            elif imported.startswith("autograd_core"):
                names = []
            else:
                continue
            wrong += [f"{path.name}: {imported}.{name}" for name in taken if name not in names]
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("_value", "_node", "_rebind"):
                wrong.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


def test_what_an_extension_uses_is_small():
    assert len(extend.__all__) <= 16
