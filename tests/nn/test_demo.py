"""The main job: it trains, verifies, draws, and complains in one line."""

import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
from nn.data import load_digits
from nn.demo import build, main


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    command = [sys.executable, "-m", "nn.demo", "--epochs", "12", "--seed", "1", "--out", str(out)]
    return out, subprocess.run(command, capture_output=True, text=True)


def figure(text, name):
    line = next(line for line in text.splitlines() if line.startswith(name))
    return line[len(name) :].split()[0]


@pytest.mark.slow
def test_it_learns_and_its_gradients_are_right(finished):
    _, result = finished
    assert result.returncode == 0, result.stderr
    assert float(figure(result.stdout, "test accuracy").rstrip("%")) >= 97
    assert float(figure(result.stdout, "worst gradient error")) <= 1e-6
    assert "epoch 12/12" in result.stderr
    assert "val_accuracy" in result.stderr


@pytest.mark.slow
def test_weights_reproduce_the_accuracy(finished):
    out, result = finished
    model = build(8)
    nn.load(model, out / "weights.safetensors")
    data = load_digits()
    accuracy = nn.accuracy(nn.predict(model, data.test_images), data.test_labels)
    assert f"{accuracy:.2%}" == figure(result.stdout, "test accuracy")


@pytest.mark.slow
def test_pictures_open(finished):
    from PIL import Image

    out, _ = finished
    for name in ("graph.png", "trace.png", "misclassified.png"):
        with Image.open(out / name) as image:
            assert min(image.size) > 200
            assert len(np.unique(np.asarray(image.convert("L")))) > 10
    text = " ".join(ElementTree.parse(out / "graph.svg").getroot().itertext())
    for wanted in ("Conv2d", "MaxPool2d", "CrossEntropyLoss", "images", "loss", "weight"):
        assert wanted in text


COMPLAINTS = {
    "missing folder": (["--data", "{tmp}/none"], "no such folder"),
    "empty folder": (["--data", "{tmp}"], "expected files named"),
    "no epochs": (["--epochs", "0"], "integer, at least 1"),
    "not a number": (["--epochs", "many"], "integer, at least 1"),
    "negative seed": (["--seed", "-1"], "integer, at least 0"),
    "unknown option": (["--colour"], "unrecognized"),
    "output is a file": (["--out", "{tmp}/file"], "file"),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_complaints_are_one_line(tmp_path, capsys, case):
    arguments, message = COMPLAINTS[case]
    (tmp_path / "file").touch()
    try:
        code = main([argument.format(tmp=tmp_path) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    assert code not in (0, None)
    assert message in captured.err
    assert captured.err.count("\n") == 1
