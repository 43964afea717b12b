"""`python -m autograd_core.derivatives` shows every operation with its names and derivative."""

import subprocess
import sys
from pathlib import Path

import pytest

import autograd_core
from autograd_core.derivatives.__main__ import INTRODUCTION, rows
from autograd_core.registry import COMPOSITES, REGISTRY

PAGE = Path(autograd_core.__file__).parent / "derivatives" / "README.md"


def run(*arguments):
    command = [sys.executable, "-m", "autograd_core.derivatives", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_operation_has_its_row():
    found = {row[0]: row[1:] for row in rows()}
    assert found.keys() == REGISTRY.keys() | COMPOSITES.keys()
    assert found["multiply"] == ("multiply", "multiply", "elementwise", "a: b; b: a")
    assert found["tanh"][3] == "x: 1 - y * y"
    assert "add.reduce" in found["sum"][0]
    assert found["arccos"][:2] == ("arccos", "acos")
    assert found["matmul"][1] == "matmul, linalg.matmul"
    assert found["floor"][2] == "nondifferentiable"


def test_an_operation_under_the_name_of_its_composite_shares_the_row():
    found = {row[0]: row[1:] for row in rows()}
    assert found["clip"][:3] == ("clip", "clip", "elementwise")
    assert found["sign"] == ("sign", "sign", "composite", "")


def test_the_command_prints_it():
    result = run("exp", "absolute")
    assert result.returncode == 0
    header, absolute, exp = result.stdout.splitlines()
    assert header.split() == ["operation", "NumPy", "Array", "API", "rule", "derivatives"]
    assert absolute.split() == ["absolute", "absolute", "abs", "elementwise", "x:", "sign(x)"]
    assert exp.split() == ["exp", "exp", "exp", "elementwise", "x:", "y"]
    missing = run("nothing")
    assert missing.returncode == 1
    assert "nothing" in missing.stderr


def test_the_page_of_the_tables_is_current():
    """`make docs` writes it. NumPy's versions differ in their functions' names."""
    page = PAGE.read_text()
    if not page.startswith(INTRODUCTION):
        pytest.skip("the page was written with another version of NumPy")
    assert page == run("--markdown").stdout
