"""`python -m autograd_core.operations` shows every operation with its names and derivative."""

import subprocess
import sys

from autograd_core.operations import markdown, rows
from autograd_core.primitive import COMPOSITES, REGISTRY


def run(*arguments):
    command = [sys.executable, "-m", "autograd_core.operations", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_operation_has_its_row():
    table = rows()
    assert len(table) == len(REGISTRY) + len(COMPOSITES)
    found = {row[0]: row for row in table}
    assert found["multiply"] == ("multiply", "multiply", "elementwise", "a: b; b: a")
    assert found["tanh"][3] == "x: 1 - y * y"
    assert "add.reduce" in found["sum"][1]
    assert found["floor"][2] == "nondifferentiable"


def test_the_command_prints_it():
    result = run("exp")
    assert result.returncode == 0
    assert result.stdout.splitlines()[1].split() == ["exp", "exp", "elementwise", "x:", "y"]
    assert markdown(rows()).splitlines()[0].startswith("| operation | NumPy names |")
    missing = run("nothing")
    assert missing.returncode == 1
    assert "nothing" in missing.stderr
