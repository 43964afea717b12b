"""Every notebook runs from top to bottom, and the committed one came from its source."""

import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
sys.path.insert(0, str(FOLDER))

from build import run, sources  # noqa: E402


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def kinds(notebook):
    """What each code cell puts out, without the values."""
    return [
        [sorted(output.get("data", {"text": 0})) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(), ids=lambda path: path.stem)
def test_notebook(source):
    committed = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    fresh = run(source)
    assert code(fresh) == code(committed)
    assert kinds(fresh) == kinds(committed)
