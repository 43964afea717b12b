"""What stands on what: each floor imports from floors above it in the lists below, never back.

Imports for type checkers only (`if TYPE_CHECKING:`) do not count. Optional packages, such as
matplotlib, may be imported inside functions; our own modules may not.
"""

import ast
import re
from graphlib import TopologicalSorter

import pytest
from floors import EDGES, FLOORS, PACKAGES, ROOT, drawn, floor, imports, modules, targets

import autograd_core
from autograd_core import extend

LATE = {
    "clustering.kernels": "the compiled ones need Numba, which is optional",
    "clustering.deep": "nn loads only for those who train",
    "clustering.matrix_completion": "nn loads only for those who train",
}
"""Modules of ours that are imported inside a function or below a definition, and why."""


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


def test_the_picture_of_the_floors_is_current():
    """`python tests/floors.py` draws it."""
    shown = (ROOT / "docs" / "layers.svg").read_text()
    assert set(re.findall(r"<title>(\w+)&#45;&gt;(\w+)</title>", shown)) == drawn()
