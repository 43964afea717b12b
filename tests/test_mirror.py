"""Each module of nn and clustering has its test file.

A module is tested in `tests/PACKAGE/test_MODULE.py` or, together with its neighbours, in
`test_FOLDER.py`, named after a folder that it is in; folders in `tests` may follow the package's.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WITHOUT_TESTS = {"errors"}
"""Modules that only define classes for others."""


@pytest.mark.parametrize("package", ["nn", "clustering"])
def test_each_module_has_its_test_file(package):
    there = {path.stem for path in (ROOT / "tests" / package).rglob("test_*.py")}
    missing = []
    for path in sorted((ROOT / package).rglob("*.py")):
        *folders, module = path.relative_to(ROOT / package).with_suffix("").parts
        if module not in WITHOUT_TESTS and (folders or not module.startswith("__")):
            names = {f"test_{name}" for name in (*folders, module)}
            missing += [] if names & there else [str(path.relative_to(ROOT))]
    assert not missing, "\n".join(missing)
