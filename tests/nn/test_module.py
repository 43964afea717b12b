"""Modules: what they find inside themselves, their state, their modes."""

import copy

import numpy as np
import pytest

import autograd_core as ac
import nn


class Net(nn.Module):
    def __init__(self):
        self.blocks = [nn.Linear(2, 3), nn.Linear(3, 3)]
        self.heads = {"a": nn.Linear(3, 1, bias=False)}
        self.scale = nn.Parameter([1.0])
        self.register_buffer("seen", np.zeros(2))
        self.cache = ac.Tensor([1.0])
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        for block in self.blocks:
            x = ac.tanh(block(x))
        return self.heads["a"](self.drop(x)) * self.scale


def test_parameters_are_found_in_lists_dicts_and_attributes():
    assert [name for name, _ in Net().named_parameters()] == [
        "scale",
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.weight",
        "blocks.1.bias",
        "heads.a.weight",
    ]


def test_a_shared_module_counts_once_and_gets_both_gradients():
    layer = nn.Linear(2, 2, bias=False, dtype=np.float64)
    model = nn.Sequential(layer, layer)
    assert len(list(model.parameters())) == 1
    x = np.array([[1.0, 2.0]])
    model(x).sum().backward()
    w = layer.weight.numpy()
    # d/dW of sum(W W x): contributions of the outer and of the inner W
    expected = np.outer([1, 1], w @ x[0]) + np.outer(w.T @ [1, 1], x[0])
    np.testing.assert_allclose(layer.weight.grad.numpy(), expected)


def test_training_switches_dropout_everywhere():
    nn.manual_seed(0)
    net = Net()
    x = np.ones((8, 2), np.float32)
    assert not np.array_equal(net(x).numpy(), net(x).numpy())
    net.eval()
    assert np.array_equal(net(x).numpy(), net(x).numpy())
    assert all(not module.training for module in net.modules())
    assert net.train().drop.training


def test_dropout_keeps_the_mean_and_scales_gradients_like_values():
    nn.manual_seed(1)
    x = ac.Tensor(np.ones(100_000), requires_grad=True)
    y = nn.Dropout(0.3)(x)
    assert abs(y.numpy().mean() - 1) < 0.01
    assert set(np.unique(y.numpy()).round(6)) == {0.0, round(1 / 0.7, 6)}
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_dropout_of_everything_and_bad_probabilities():
    assert np.all(nn.Dropout(1.0)(ac.Tensor([1.0, 2.0])).numpy() == 0)
    with pytest.raises(ac.OperationError, match="probability"):
        nn.Dropout(1.5)


def test_seed_repeats_weights_and_masks():
    def draw():
        nn.manual_seed(3)
        net = Net()
        return net(np.ones((4, 2), np.float32)).numpy()

    np.testing.assert_array_equal(draw(), draw())


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


def test_state_is_a_copy():
    net = Net()
    state = net.state_dict()
    before = state["scale"].copy()
    net.scale.overwrite([5.0])
    np.testing.assert_array_equal(state["scale"], before)


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
    text = str(caught.value)
    assert "scale: expected shape (1,), got (7,)" in text
    assert "missing: heads.a.weight" in text
    assert "unexpected: extra" in text
    np.testing.assert_array_equal(net.state_dict()["blocks.0.weight"], before["blocks.0.weight"])
    with pytest.raises(nn.StateError, match="scale"):
        net.load_state_dict(state, strict=False)


def test_a_file_that_is_no_weights_file(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(nn.StateError, match="safetensors"):
        nn.load(Net(), path)


def test_frozen_parameters_do_not_move():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    net[0].requires_grad_(False)
    before = net[0].weight.numpy().copy()
    optimizer = nn.SGD(net.parameters(), lr=1.0)
    net(np.ones((3, 2), np.float32)).sum().backward()
    optimizer.step()
    assert len(list(net.parameters())) == 4
    np.testing.assert_array_equal(net[0].weight.numpy(), before)
    assert net[1].weight.grad is not None


def test_float32_stays_float32():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    x = ac.Tensor(np.ones((2, 1, 6, 6), np.float32), requires_grad=True)
    y = net(x)
    (y * 0.5).mean().backward()
    assert y.dtype == x.grad.dtype == net[0].weight.grad.dtype == np.float32
    assert net.astype(np.float64)(np.ones((1, 1, 6, 6))).dtype == np.float64


def test_a_linear_layer_says_what_it_expected():
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    with pytest.raises(ac.ShapeError, match=r"1: Linear.*in_features=5.*\(2, 4\)"):
        net(np.ones((2, 3), np.float32))


def test_module_scopes_nest_in_the_graph():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh()))
    y = net(np.ones((1, 2), np.float32))
    assert y.node.scope == ("Sequential", "1: Sequential", "0: Tanh")


def test_a_module_without_forward_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(TypeError, match="Empty has no forward"):
        Empty()(1)


def test_printing_shows_the_tree():
    text = repr(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU())))
    assert text.splitlines()[1].strip() == "(0): Linear(2, 3, bias=True)"
    assert "(0): ReLU()" in text


def test_deep_copies_train_apart():
    first = nn.Linear(2, 1)
    second = copy.deepcopy(first)
    before = second.weight.numpy().copy()
    first.weight.overwrite(first.weight.numpy() + 1)
    np.testing.assert_array_equal(second.weight.numpy(), before)
    second(np.ones((1, 2), np.float32)).sum().backward()
    assert first.weight.grad is None
    assert second.weight.grad is not None


def test_layers_are_called_by_their_place_however_they_came_in():
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh()).append(nn.ReLU())
    assert [layer._label for layer in net] == ["0: Linear", "1: Tanh", "2: ReLU"]
    assert [layer._label for layer in net[1:]] == ["1: Tanh", "2: ReLU"]
    with pytest.raises(ac.ArgumentTypeError, match="place 2"):
        nn.Sequential(nn.Tanh(), nn.Tanh(), nn.ReLU)


def test_layers_in_a_list_that_grows_have_frames_of_their_own():
    class Stack(nn.Module):
        def __init__(self):
            self.layers = []
            for _ in range(2):
                self.layers.append(nn.Linear(2, 2))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    y = Stack()(np.ones((1, 2), np.float32))
    inner = {node.scope for node in ac.topological_order([y.node]) if node.primitive}
    assert len(inner) == 2 and all(scope[0] == "Stack" for scope in inner)
