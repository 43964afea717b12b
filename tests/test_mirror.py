"""Each module of nn and clustering has its test file."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ELSEWHERE = {
    "errors": "they are raised by all of the package",
    "base": "what classes have in common is tested with each of them",
}
"""Modules without a test file, and why."""


@pytest.mark.parametrize("package", ["nn", "clustering"])
def test_each_module_has_its_test_file(package):
    """Named after the module, or after a folder whose modules are tested together.

    Names are unique among all tests: where both packages have such a module, the second file has
    its package in front, as in test_nn_metrics.py.
    """
    there = {path.stem for path in (ROOT / "tests" / package).rglob("test_*.py")}
    missing = []
    for path in sorted((ROOT / package).rglob("*.py")):
        *folders, module = path.relative_to(ROOT / package).with_suffix("").parts
        names = {f"test_{name}" for name in (*folders, module, f"{package}_{module}")}
        special = not folders and (module in ELSEWHERE or module.startswith("__"))
        if not special and not names & there:
            missing.append(str(path.relative_to(ROOT)))
    assert missing == []
