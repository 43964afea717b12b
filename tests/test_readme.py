"""The README's Python blocks run, and print what the README says."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def without_noise(text: str) -> str:
    """Measured errors differ in their last digits from machine to machine."""
    return re.sub(r"\d\.\de-\d\d(?=\n|$)", "…", text)


def test_every_block_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) == README.count("```python")
    namespace: dict = {}
    for code, expected in BLOCKS:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(code, namespace)
        assert without_noise(printed.getvalue()) == without_noise(expected)
    assert (tmp_path / "neuron.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_and_the_links_exist():
    root = Path(__file__).parents[1]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (root / target).exists(), target
