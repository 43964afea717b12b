"""Modules: what they find inside themselves, their state, their modes."""

import copy
import gc
import pickle
import zipfile

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


def test_models_pickle():
    nn.manual_seed(0)
    net = Net().eval()
    again = pickle.loads(pickle.dumps(net))
    x = np.ones((2, 2), np.float32)
    np.testing.assert_array_equal(net(x).numpy(), again(x).numpy())
    assert [name for name, _ in again.named_buffers()] == ["seen"]
    assert not again.training and again.scale.requires_grad


# -- hooks ---------------------------------------------------------------------------------------


def test_forward_hooks_see_and_replace():
    layer = nn.Identity()
    seen = []
    first = layer.register_forward_pre_hook(lambda module, args: seen.append((module, args)))
    second = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    third = layer.register_forward_hook(lambda module, args, output: output * 10)
    fourth = layer.register_forward_hook(lambda module, args, output: seen.append((args, output)))
    assert layer(1) == 20
    assert seen == [(layer, (1,)), ((2,), 20)]
    for handle in (first, second, fourth):
        handle.remove()
        handle.remove()
    with third:
        assert layer(1) == 10
    assert layer(1) == 1 and len(seen) == 2
    with pytest.raises(ac.ArgumentTypeError, match="hook"):
        layer.register_forward_hook(3)


def test_backward_hooks_see_gradients_of_inputs_and_outputs():
    layer = nn.Linear(3, 2, dtype=float)
    seen = []
    layer.register_full_backward_hook(lambda *given: seen.append(given))
    x = ac.Tensor(np.ones((4, 3)), requires_grad=True)
    (layer(x) * 2).sum().backward()
    ((module, grad_input, grad_output),) = seen
    assert module is layer
    np.testing.assert_array_equal(grad_output[0].numpy(), np.full((4, 2), 2.0))
    np.testing.assert_allclose(grad_input[0].numpy(), grad_output[0].numpy() @ layer.weight.numpy())
    np.testing.assert_array_equal(x.grad.numpy(), grad_input[0].numpy())
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 3), 8.0))


def test_backward_hooks_replace_gradients():
    layer = nn.Linear(2, 2, bias=False, dtype=float)
    x = ac.Tensor(np.ones((1, 2)), requires_grad=True)
    with (
        layer.register_full_backward_pre_hook(lambda module, grads: grads[0] * 3),
        layer.register_full_backward_hook(lambda module, grads, _: (grads[0] * 0 + 7,)),
    ):
        layer(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[7, 7]])
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 2), 3.0))
    layer.zero_grad()
    layer(x).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 2), 1.0))


def test_backward_hooks_of_several_inputs_and_outputs():
    class Both(nn.Module):
        def forward(self, a, b, c):
            return {"sum": a + b, "product": a * b}, c

    module, seen = Both(), []
    module.register_full_backward_hook(lambda _, inputs, outputs: seen.append((inputs, outputs)))
    a, b = (ac.Tensor([value], requires_grad=True) for value in (2.0, 5.0))
    results, same = module(a, b, "text")
    assert same == "text"
    (results["product"] * 3).sum().backward()
    ((inputs, outputs),) = seen
    assert [None if g is None else g.item() for g in inputs] == [15, 6, None]
    assert [None if g is None else g.item() for g in outputs] == [0, 3, None]
    assert (a.grad.item(), b.grad.item()) == (15, 6)


def test_backward_hooks_where_no_input_is_differentiated():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda _, inputs, outputs: seen.append((inputs, outputs)))
    layer(np.ones((3, 2), np.float32)).sum().backward()
    ((inputs, outputs),) = seen
    assert inputs == (None,) and outputs[0].shape == (3, 1)
    with ac.no_grad():
        layer(np.ones((3, 2), np.float32))
    layer.requires_grad_(False)
    layer(np.ones((3, 2), np.float32))
    assert len(seen) == 1


def test_backward_hooks_in_higher_derivatives_and_forward_mode():
    layer, seen = nn.Tanh(), []
    layer.register_full_backward_hook(lambda _, inputs, outputs: seen.append(inputs[0].shape))
    x = np.array([0.3, -1.2])
    ac.gradcheck(layer, x, order=2).raise_if_failed()
    assert seen and set(seen) == {(2,)}


def test_backward_hooks_with_bad_results():
    layer = nn.Tanh()
    x = ac.Tensor([1.0, 2.0], requires_grad=True)
    for result, error in (((1, 2), "2 gradients in place of 1"), (np.zeros(3), r"shape \(3,\)")):
        with (
            layer.register_full_backward_hook(lambda *_, result=result: result),
            pytest.raises(ac.ShapeError, match=error),
        ):
            layer(x).sum().backward()


def test_a_hooked_step_leaves_no_garbage():
    layer = nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda module, inputs, outputs: None)
    x = ac.Tensor(np.ones((1, 2), np.float32), requires_grad=True)
    while gc.collect():  # what other tests left, some of which takes several rounds
        pass
    gc.disable()
    try:
        layer(x).sum().backward()
        assert gc.collect() == 0
    finally:
        gc.enable()


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


@pytest.mark.parametrize(
    ("name", "weight", "bias"),
    [
        ("weight", True, False),
        ("unbiased", True, False),
        ("upscale", True, False),
        ("scale_w", False, False),
        ("scale", False, False),
        ("bias", False, True),
        ("bias_hh", False, True),
        ("hidden_bias", False, True),
    ],
)
def test_weights_and_biases_by_name(name, weight, bias):
    class One(nn.Module):
        def __init__(self):
            setattr(self, name, nn.Parameter(np.ones((2, 2))))

    net = One()
    nn.initialize(net, "constant", val=3.0) if weight else nn.initialize(net, "zeros")
    (value,) = {p.numpy()[0, 0] for p in net.parameters()}
    assert value == (3 if weight else 0 if bias else 1)


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


def test_plain_functions_are_listed_by_their_names():
    assert repr(nn.MLP([2, 2, 1], np.sin)).splitlines()[2] == "  (1): sin"


def test_a_leaky_slope_for_a_number():
    y = nn.PReLU()(np.array(-2.0))
    assert y.shape == () and y.item() == -0.5
