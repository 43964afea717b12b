"""Whether a state fits, and models in files."""

import zipfile

import numpy as np
import pytest
from test_module import Net

import autograd_core as ac
import nn


def test_state_round_trip_through_a_file(tmp_path):
    first, second = Net(), Net()
    nn.save(first, tmp_path / "w.safetensors")
    nn.load(second, tmp_path / "w.safetensors")
    for (name, a), (other, b) in zip(
        first.state_dict().items(), second.state_dict().items(), strict=True
    ):
        assert name == other
        np.testing.assert_array_equal(a, b)
    assert "seen" in first.state_dict()
    assert "cache" not in first.state_dict()


def test_a_state_that_does_not_fit_is_refused_whole():
    net = Net()
    state = net.state_dict()
    before = net.state_dict()
    state["scale"] = np.zeros(7)
    state["blocks.0.weight"] = np.zeros((3, 2))
    del state["heads.a.weight"]
    state["extra"] = np.zeros(1)
    with pytest.raises(nn.StateError) as caught:
        net.load_state_dict(state)
    assert str(caught.value).splitlines() == [
        "the state does not fit Net:",
        "  missing: heads.a.weight",
        "  unexpected: extra",
        "  scale: expected shape (1,), got (7,)",
    ]
    np.testing.assert_array_equal(net.state_dict()["blocks.0.weight"], before["blocks.0.weight"])
    with pytest.raises(nn.StateError, match="scale"):
        net.load_state_dict(state, strict=False)


def test_a_state_of_a_wrapped_model():
    net = Net()
    state = {f"module.{name}": value for name, value in net.state_dict().items()}
    with pytest.raises(nn.StateError, match=r"begin with 'module\.': leave that out"):
        net.load_state_dict(state)
    with pytest.raises(nn.StateError, match=r"does not fit Net:"):
        net.load_state_dict({**net.state_dict(), "module.scale": np.zeros(1)})
    with pytest.raises(ac.ArgumentTypeError, match="expected a dict of arrays by name, got list"):
        net.load_state_dict(list(net.parameters()))


def test_a_file_that_pytorch_wrote(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:  # as torch.save does
        archive.writestr("archive/data.pkl", b"...")
    with pytest.raises(nn.StateError, match=r"pass the dict to model\.load_state_dict"):
        nn.load(Net(), path)


def test_a_file_that_is_no_weights_file(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(nn.StateError, match="safetensors"):
        nn.load(Net(), path)


def test_loading_what_fits_and_reporting_the_rest():
    net = Net()
    found = net.load_state_dict({"scale": [4.0], "other": [1.0]}, strict=False)
    assert net.scale.item() == 4
    assert found.unexpected_keys == ["other"]
    assert found.missing_keys == [name for name in net.state_dict() if name != "scale"]
    assert net.load_state_dict(net.state_dict()) == ([], [])


def test_values_of_another_kind_are_refused():
    with pytest.raises(nn.StateError, match="scale: expected dtype float64, got complex128"):
        Net().load_state_dict({"scale": [1j]}, strict=False)
    with pytest.raises(nn.StateError, match="scale: expected dtype float64, got <U1"):
        Net().load_state_dict({"scale": ["a"]}, strict=False)


def test_batch_norm_in_a_file(tmp_path):
    first, second = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    first(np.random.default_rng(0).normal(size=(4, 3, 2, 2)))
    nn.save(first, tmp_path / "norm.safetensors")
    nn.load(second, tmp_path / "norm.safetensors")
    assert second.num_batches_tracked.item() == 1
    np.testing.assert_array_equal(first.running_var.numpy(), second.running_var.numpy())


def test_pytorch_tensors_of_any_kind_are_loaded(tmp_path):
    torch = pytest.importorskip("torch")
    theirs, ours = torch.nn.Linear(3, 2), nn.Linear(3, 2)
    ours.load_state_dict(dict(theirs.named_parameters()))  # with requires_grad
    np.testing.assert_array_equal(ours.weight.numpy(), theirs.weight.detach().numpy())
    ours.load_state_dict({k: v.bfloat16() for k, v in theirs.state_dict().items()})
    np.testing.assert_allclose(ours.weight.numpy(), theirs.weight.detach().numpy(), rtol=1e-2)


def test_files_that_numpy_or_the_format_cannot_hold(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(ac.DTypeError, match="the format cannot hold"):
        nn.save(nn.Linear(2, 2).astype(complex), path)
    header = b'{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    with pytest.raises(nn.StateError, match=r"numbers that NumPy does not have.*BF16"):
        nn.load(Net(), path)


def test_load_reports_what_it_ignored(tmp_path):
    nn.save(nn.Linear(2, 2), tmp_path / "w.safetensors")
    found = nn.load(nn.Linear(2, 2, bias=False), tmp_path / "w.safetensors", strict=False)
    assert found.unexpected_keys == ["bias"]
