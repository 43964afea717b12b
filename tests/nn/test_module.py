"""Modules: what they find inside themselves, their state, their modes."""

import copy
import pickle

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


def test_state_is_a_copy():
    net = Net()
    state = net.state_dict()
    before = state["scale"].copy()
    net.scale.overwrite([5.0])
    np.testing.assert_array_equal(state["scale"], before)


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


def test_module_scopes_nest_in_the_graph():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh()))
    y = net(np.ones((1, 2), np.float32))
    assert y.node.scope == ("Sequential", "1: Sequential", "0: Tanh")


def test_two_calls_of_a_module_are_two_frames():
    layer = nn.Linear(2, 2)
    y = nn.Sequential(layer, nn.Tanh(), layer)(np.ones((1, 2), np.float32))
    frames = [node.scope for node in ac.topological_order([y.node]) if node.primitive]
    assert [scope[-1] for scope in frames] == ["0: Linear", "1: Tanh", "0: Linear"]
    assert frames[0] != frames[2] and len(set(frames)) == 3
    source = ac.draw(y).source
    assert source.count("<0: Linear>") == 2


def test_a_module_without_forward_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(TypeError, match="Empty: there is no forward method"):
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


# -- iteration -----------------------------------------------------------------------------------


def test_named_iteration():
    net = Net()
    assert [name for name, _ in net.named_children()] == ["blocks.0", "blocks.1", "heads.a", "drop"]
    assert list(net.children()) == [*net.blocks, net.heads["a"], net.drop]
    assert next(name for name, _ in net.named_modules()) == ""
    assert [name for name, _ in net.named_modules("net")][:2] == ["net", "net.blocks.0"]
    assert [name for name, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
    assert [name for name, _ in net.named_buffers()] == ["seen"]
    assert list(net.buffers()) == [net.seen] and list(net.blocks[0].buffers()) == []
    assert net.get_submodule("heads.a") is net.heads["a"] and net.get_submodule("") is net
    with pytest.raises(ac.OperationError, match=r"Net has no module at 'heads.b'"):
        net.get_submodule("heads.b")


def test_apply_reaches_children_first():
    seen = []
    net = nn.Sequential(nn.Tanh(), nn.Sequential(nn.ReLU()))
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Tanh", "ReLU", "Sequential", "Sequential"]


def test_a_shared_module_has_all_its_names_in_the_state():
    layer = nn.Linear(2, 2, bias=False)
    assert list(nn.Sequential(layer, layer).state_dict()) == ["0.weight", "1.weight"]


def test_dtypes():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    net[0].requires_grad_(False)
    net.double()
    assert {value.dtype.name for value in net.state_dict().values()} == {"float64", "int64"}
    assert [p.requires_grad for p in net.parameters()] == [False, False, True, True]
    assert net.float()[0].weight.dtype == np.float32
    with pytest.raises(ac.DTypeError, match="int"):
        net.astype(int)


def test_training_and_freezing_reach_everything():
    net = nn.Sequential(nn.Linear(2, 2), nn.Residual(nn.Linear(2, 2)))
    assert net.requires_grad_(False) is net
    assert not any(p.requires_grad for p in net.parameters())
    assert not net(np.ones((1, 2))).requires_grad
    net.requires_grad_()(np.ones((1, 2))).sum().backward()
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


# -- attributes ----------------------------------------------------------------------------------


def test_parameters_and_buffers_are_not_lost_by_assignment():
    layer = nn.BatchNorm1d(2)
    with pytest.raises(
        ac.ArgumentTypeError, match=r"weight.*Parameter or None, got Tensor.*overwr"
    ):
        layer.weight = layer.weight * 2
    with pytest.raises(ac.ArgumentTypeError, match=r"running_mean.*Tensor or None, got ndarray"):
        layer.running_mean = np.zeros(2)
    tied = nn.Parameter(np.ones(2))
    layer.weight = layer.bias = tied
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    layer.bias = None
    assert "bias" not in layer.state_dict()


def test_registering_by_name():
    net = nn.Module()
    net.add_module("fc", nn.Linear(2, 2))
    net.register_parameter("scale", nn.Parameter([1.0]))
    net.register_buffer("kept", [1.0, 2.0])
    net.register_buffer("scratch", np.zeros(3), persistent=False)
    net.register_buffer("later", None)
    assert set(net.state_dict()) == {"fc.weight", "fc.bias", "scale", "kept"}
    assert [name for name, _ in net.named_buffers()] == ["kept", "scratch"]
    net.later = ac.Tensor([3.0])
    assert "later" in net.state_dict()


# -- state ---------------------------------------------------------------------------------------


def test_models_pickle():
    nn.manual_seed(0)
    net = Net().eval()
    again = pickle.loads(pickle.dumps(net))
    x = np.ones((2, 2), np.float32)
    np.testing.assert_array_equal(net(x).numpy(), again(x).numpy())
    assert [name for name, _ in again.named_buffers()] == ["seen"]
    assert not again.training and again.scale.requires_grad


# -- errors --------------------------------------------------------------------------------------


class Wrong(nn.Module):
    def __init__(self):
        self.features = nn.Sequential(nn.Tanh(), nn.Sequential(nn.Linear(3, 2)))
        self.w = nn.Parameter(np.ones((5, 5)))

    def forward(self, x):
        return x @ self.w if x.shape[-1] == 4 else self.features(x)


def test_errors_name_the_layer_by_its_path_once():
    with pytest.raises(ac.ShapeError) as caught:
        nn.Sequential(nn.ReLU(), Wrong())(np.ones((2, 7)))
    assert str(caught.value) == (
        "in model.1.features.1.0: Linear: expected the last axis of the input to be in_features=3, "
        "got an input of shape (2, 7)"
    )
    with pytest.raises(ac.ShapeError) as caught:
        Wrong().features(np.ones((2, 7)))
    assert str(caught.value).startswith("in model.1.0: Linear: expected")
    with pytest.raises(ac.ShapeError) as caught:
        Wrong().features[1][0](np.ones((2, 7)))
    assert str(caught.value).startswith("Linear: expected")


def test_errors_of_operations_in_a_module_name_it():
    with pytest.raises(ac.AutogradError, match=r"^Wrong: matmul: "):
        Wrong()(np.ones((2, 4)))
    with pytest.raises(ac.ShapeError, match=r"^in model.0: Wrong: matmul: "):
        nn.Sequential(Wrong())(ac.Tensor(np.ones((2, 4))))


def test_errors_of_modules_made_on_the_way_keep_their_place():
    class Making(nn.Module):
        def forward(self, x):
            return nn.Sequential(nn.Linear(3, 2))(x)

    with pytest.raises(ac.ShapeError, match=r"^in model.0: Linear: .*\(2, 7\)"):
        Making()(np.ones((2, 7)))


def test_errors_of_the_users_own_pass_as_they_are():
    class Own(nn.Module):
        def forward(self, x):
            raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        nn.Sequential(Own())(1)


# -- names and dtypes ----------------------------------------------------------------------------


def test_what_joins_a_list_later_learns_its_name():
    class Late(nn.Module):
        def __init__(self):
            self.layers, self.weights = [], []
            for _ in range(2):
                self.layers.append(nn.Linear(2, 2))
                self.weights.append(nn.Parameter(np.ones(2)))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x * self.weights[0]

    net = Late()
    optimizer = nn.SGD(net.parameters(), lr=0.1, weight_decay=1.0)
    assert [w.name for w in net.weights] == ["weights.0", "weights.1"]
    y = net(np.ones((1, 2)))
    assert y.node.parents[0].scope[-1] == "layers.1: Linear"
    for parameter in net.parameters():
        parameter.grad = ac.Tensor(np.zeros(parameter.shape), dtype=parameter.dtype)
    optimizer.step()
    np.testing.assert_array_equal(net.weights[0].numpy(), [1, 1])  # one axis: no decay


def test_a_model_converted_between_forward_and_backward_gets_its_gradient():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = nn.Adam(net.parameters(), lr=0.1)
    x = np.ones((1, 2), np.float32)
    net(x).sum().backward()
    optimizer.step()
    loss = net(x).sum()
    before = {name: p.numpy().copy() for name, p in net.named_parameters()}
    net.double()
    assert net[0].weight.grad is None
    loss.backward()
    assert net[0].weight.grad.dtype == np.float64
    np.testing.assert_allclose(net[1].bias.grad.numpy(), [1])
    np.testing.assert_allclose(
        net[0].bias.grad.numpy(), before["1.weight"][0].astype(float), rtol=1e-6
    )
    optimizer.step()
    assert {
        array.dtype for s in optimizer.state.values() for array in s.values() if np.ndim(array)
    } == {np.dtype(float)}


# -- registering, states from elsewhere ----------------------------------------------------------


def test_buffers_can_be_registered_again_and_deleted():
    net = nn.Module()
    net.register_buffer("a", np.ones(1), persistent=False)
    assert list(net.state_dict()) == []
    net.register_buffer("a", np.zeros(1))
    assert list(net.state_dict()) == ["a"]
    del net.a
    net.a = [nn.Linear(1, 1)]
    assert list(net.state_dict()) == ["a.0.weight", "a.0.bias"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.register_buffer("forward", np.ones(1)), "cannot be called 'forward'"),
        (lambda m: m.register_buffer("a.b", np.ones(1)), r"cannot be called 'a\.b'"),
        (lambda m: m.register_parameter("q", np.ones(2)), "expected a Parameter or None, got nd"),
        (lambda m: m.add_module("q", 3), "expected a Module or None, got int"),
        (lambda m: m.train("yes"), "mode must be True or False"),
        (lambda m: m.load_state_dict({"model": {}, "epoch": 3}), "'model' of .* hold dicts"),
        (lambda m: m.load_state_dict({0: 1}), "a dict of arrays by name"),
        (lambda m: m.load_state_dict({"scale": [[1], [1, 2]]}), "rectangular"),
        (lambda m: nn.save("w.safetensors", m), "save: expected a Module first, got str"),
        (lambda m: nn.load("w.safetensors", m), "load: expected a Module first, got str"),
        (lambda m: nn.summary(np.tanh, (1, 2)), "summary: expected a Module"),
        (lambda m: nn.initialize(np.tanh, "zeros"), "initialize: expected a Module"),
        (lambda m: nn.L1(0.1, ["weight"])(m), "a pattern of names or a function"),
        (lambda m: nn.ModuleDict({"training": nn.ReLU()}), "cannot be called 'training'"),
        (lambda m: nn.ModuleDict({3: nn.ReLU()}), "cannot be called 3"),
        (lambda m: nn.ModuleList(nn.ReLU()), "expected a list of modules"),
        (lambda m: nn.Sequential([nn.ReLU(), nn.ReLU()]), r"unpack the list: Sequential\(\*"),
        (lambda m: nn.Sequential(nn.ReLU()).__delitem__(5), "no place 5 among 1"),
    ],
)
def test_slips_with_modules(call, words):
    with pytest.raises(ac.AutogradError, match=words):
        call(Net())


def test_deleting_what_a_module_dict_does_not_have():
    modules = nn.ModuleDict({"a": nn.ReLU()})
    with pytest.raises(KeyError):
        del modules["b"]


def test_plain_functions_are_listed_by_their_names():
    assert repr(nn.MLP([2, 2, 1], np.sin)).splitlines()[2] == "  (1): sin"


def test_a_leaky_slope_for_a_number():
    y = nn.PReLU()(np.array(-2.0))
    assert y.shape == () and y.item() == -0.5
