"""The command that reduces the colours of a photograph."""

import subprocess
import sys

import numpy as np
import pytest

from clustering.quantize import main


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK"])
def test_command(tmp_path, capsys, mode):
    image_module = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 4)).astype(np.uint8)
    source, target = tmp_path / ("in.tif" if mode == "CMYK" else "in.png"), tmp_path / "out.png"
    image = image_module.fromarray(pixels).convert(mode)
    image.save(source)
    assert main([str(source), str(target), "--colors", "5"]) == 0
    assert "30 x 20 pixels in" in capsys.readouterr().out
    with image_module.open(target) as result:
        assert result.mode == {"P": result.mode, "1": "L", "CMYK": "RGB"}.get(mode, mode)
        written = np.asarray(result)
        shown = {"L": 1, "LA": 1}.get(result.mode, 3)
        colors = np.unique(written.reshape(600, -1)[:, :shown], axis=0)
        assert len(colors) <= 5
        if mode in ("LA", "RGBA"):
            np.testing.assert_array_equal(written[..., -1], np.asarray(image)[..., -1])


def test_a_rotated_photograph_is_turned_upright(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    exif = image_module.Exif()
    exif[0x0112] = 6  # turned by a quarter
    image_module.new("RGB", (30, 20)).save(tmp_path / "in.jpg", exif=exif)
    assert main([str(tmp_path / "in.jpg"), str(tmp_path / "out.png")]) == 0
    with image_module.open(tmp_path / "out.png") as result:
        assert result.size == (20, 30)


def test_mistakes_of_the_command(tmp_path, capsys):
    image_module = pytest.importorskip("PIL.Image")
    good, text, wide = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    image_module.new("RGBA", (5, 5)).save(good)
    image_module.new("I;16", (5, 5)).save(wide)
    text.write_text("no image")
    out = str(tmp_path / "out.png")
    for arguments, message in (
        ([str(tmp_path / "none.png"), out], "there is no such file"),
        ([str(text), out], "cannot be read as an image"),
        ([str(tmp_path), out], "cannot be read as an image"),
        ([str(wide), out], "more than 8 bits"),
        ([str(good), str(tmp_path / "out.jpg")], "cannot be written"),
        ([str(good), str(tmp_path / "out.xyz")], "cannot be written"),
        ([str(good), str(tmp_path / "none" / "out.png")], "cannot be written"),
        ([str(good), out, "--colors", "0"], "colors must be an integer >= 1"),
        ([str(good), out, "--seed", "-1"], "random_state"),
    ):
        assert main(arguments) == 1
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    with pytest.raises(SystemExit):
        main([str(good)])


def test_the_command_runs_as_a_module(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    image_module.new("RGB", (5, 5), "red").save(tmp_path / "a.png")
    command = [sys.executable, "-m", "clustering.quantize", "a.png", "b.png", "--colors", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "in 1 colours" in done.stdout, done.stderr


def test_without_pillow(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert main([str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 1
    assert "pip install 'autograd-core[data]'" in capsys.readouterr().err
