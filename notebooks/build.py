"""Run every notebook from its source and write it with its outputs.

    python notebooks/build.py [NAME ...]

A notebook is written in `NAME.py` (jupytext's percent format); `NAME.ipynb` is what people
open. The tests run the sources too and compare them with the committed notebooks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For small arrays: threads that wait for each other on a busy machine take many times as long,
and sums come out the same whatever the number of processors."""


def sources() -> list[Path]:
    """The notebooks' sources, in order."""
    return sorted(FOLDER.glob("[0-9]*.py"))


def run(source: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = jupytext.read(source)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(cwd=str(FOLDER), env=os.environ | ONE_THREAD)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)  # times differ from run to run
        if cell.cell_type == "code":  # so do warnings, such as matplotlib's of its first start
            cell.outputs = joined([out for out in cell.outputs if out.get("name") != "stderr"])
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def joined(outputs: list) -> list:
    """The outputs with printed text in one piece; a kernel may send it in several."""
    result = []
    for out in outputs:
        if result and out.output_type == result[-1].output_type == "stream":
            result[-1].text += out.text
        else:
            result.append(out)
    return result


def main() -> None:
    for source in sources():
        if not sys.argv[1:] or source.stem in sys.argv[1:]:
            nbformat.write(run(source), source.with_suffix(".ipynb"))
            print(source.with_suffix(".ipynb").name)


if __name__ == "__main__":
    main()
