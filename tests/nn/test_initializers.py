"""Initialisers: their variances and structure, PyTorch's where it is deterministic; LSUV."""

import math

import numpy as np
import pytest
import scipy.stats

import autograd_core as ac
import nn
from nn import init


@pytest.fixture(autouse=True)
def seed():
    nn.manual_seed(0)


def weight(*shape, dtype=np.float64):
    return nn.Parameter(np.full(shape, np.nan, dtype))


LINEAR, CONV = (300, 500), (60, 40, 5, 5)
FANS = {LINEAR: (500, 300), CONV: (40 * 25, 60 * 25)}

SPREADS = {  # name: (arguments, the law's variance by (fan_in, fan_out), its shape)
    "normal_": ({"std": 0.01}, lambda n, m: 1e-4, "norm"),
    "uniform_": ({"a": -2.0, "b": 2.0}, lambda n, m: 16 / 12, "uniform"),
    "xavier_normal_": ({}, lambda n, m: 2 / (n + m), "norm"),
    "xavier_uniform_": ({}, lambda n, m: 2 / (n + m), "uniform"),
    "xavier_normal_ with gain": ({"gain": 5 / 3}, lambda n, m: 25 / 9 * 2 / (n + m), "norm"),
    "caffe_": ({}, lambda n, m: 1 / n, "uniform"),
    "kaiming_normal_": ({}, lambda n, m: 2 / n, "norm"),
    "kaiming_uniform_": ({}, lambda n, m: 2 / n, "uniform"),
    "kaiming_normal_ of outputs": ({"mode": "fan_out"}, lambda n, m: 2 / m, "norm"),
    "kaiming_normal_ for tanh": ({"nonlinearity": "tanh"}, lambda n, m: 25 / 9 / n, "norm"),
    "kaiming_normal_ for slopes": ({"a": 0.5}, lambda n, m: 2 / 1.25 / n, "norm"),
}


@pytest.mark.parametrize("shape", FANS, ids=["linear", "conv"])
@pytest.mark.parametrize("case", SPREADS)
def test_variance_and_law(case, shape):
    settings, variance, law = SPREADS[case]
    tensor = weight(*shape)
    assert getattr(nn, case.split()[0])(tensor, **settings) is tensor
    values = tensor.numpy().ravel()
    expected = variance(*FANS[shape])
    # The standard error of a variance is at most expected * sqrt(2 / n); five of them.
    assert values.var() == pytest.approx(expected, rel=5 * math.sqrt(2 / values.size))
    assert abs(values.mean()) < 5 * math.sqrt(expected / values.size)
    scale = {"norm": (0, 1), "uniform": (-math.sqrt(3), 2 * math.sqrt(3))}[law]
    assert scipy.stats.kstest(values / math.sqrt(expected), law, args=scale).pvalue > 1e-4
    if law == "uniform":
        assert np.abs(values).max() <= math.sqrt(3 * expected)


def test_xavier_uniform_has_the_bound_of_glorot():
    values = np.abs(nn.xavier_uniform_(weight(*LINEAR)).numpy())
    bound = math.sqrt(6 / 800)
    assert 0.999 * bound < values.max() <= bound


def test_truncated_normal():
    tensor = nn.trunc_normal_(weight(200_000), mean=1.0, std=2.0, a=-1.0, b=4.0)
    law = scipy.stats.truncnorm(-1.0, 1.5, 1.0, 2.0)
    assert scipy.stats.kstest(tensor.numpy(), law.cdf).pvalue > 1e-4
    assert tensor.numpy().min() >= -1 and tensor.numpy().max() <= 4
    assert np.all(nn.trunc_normal_(weight(3), mean=0.5, std=0.0).numpy() == 0.5)


@pytest.mark.parametrize("shape", [(7, 7), (3, 8), (8, 3), (4, 2, 3, 3), (40, 2, 3, 3)])
def test_orthogonal(shape):
    matrix = nn.orthogonal_(weight(*shape), gain=2.0).numpy().reshape(shape[0], -1)
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_matrices_have_no_preferred_direction():
    corner = [nn.orthogonal_(weight(2, 2)).numpy()[0, 0] for _ in range(2000)]
    angles = np.arccos(corner) / np.pi  # uniform for Haar's measure
    assert scipy.stats.kstest(angles, "uniform").pvalue > 1e-4


def test_sparse():
    values = nn.sparse_(weight(50, 2000), sparsity=0.33, std=0.1).numpy()
    assert np.all((values == 0).sum(axis=0) == 17)  # 0.33 * 50, rounded up
    assert values[values != 0].std() == pytest.approx(0.1, rel=0.02)
    assert np.abs((values == 0).mean(axis=1) - 17 / 50).max() < 0.06  # any row alike


def test_constants():
    assert np.all(nn.constant_(weight(2, 3), 0.3).numpy() == 0.3)
    assert np.all(nn.zeros_(weight(2)).numpy() == 0)
    assert np.all(nn.ones_(weight()).numpy() == 1)
    np.testing.assert_array_equal(nn.eye_(weight(2, 3)).numpy(), np.eye(2, 3))


@pytest.mark.parametrize(
    ("shape", "groups"),
    [((3, 3, 3), 1), ((2, 4, 3, 5), 1), ((6, 2, 4, 3), 3), ((4, 3, 3, 3, 3), 2), ((5, 2, 1), 1)],
)
def test_dirac_as_torch(shape, groups):
    torch = pytest.importorskip("torch")
    expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
    np.testing.assert_array_equal(nn.dirac_(weight(*shape), groups).numpy(), expected)


def test_a_dirac_convolution_changes_nothing():
    conv = nn.Conv2d(3, 3, 3, padding=1, bias=False, dtype=np.float64)
    nn.dirac_(conv.weight)
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    np.testing.assert_array_equal(conv(x).numpy(), x)


def test_gains():
    expected = {"linear": 1, "conv3d": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": 2**0.5, "selu": 0.75}
    for name, gain in expected.items():
        assert nn.calculate_gain(name) == pytest.approx(gain)
    assert nn.calculate_gain("leaky_relu") == pytest.approx(math.sqrt(2 / 1.0001))
    assert nn.calculate_gain("leaky_relu", 0.5) == pytest.approx(math.sqrt(1.6))


def test_signatures_and_gains_are_torchs():
    torch = pytest.importorskip("torch")
    from inspect import signature

    for name in init.__all__:
        theirs = getattr(torch.nn.init, name, None)
        if theirs is None:
            assert name in ("caffe_", "initialize", "lsuv_")
            continue
        ours = {n: p.default for n, p in signature(getattr(init, name)).parameters.items()}
        assert ours == {n: p.default for n, p in signature(theirs).parameters.items()}, name
    for name in [*init.tensors.GAINS, "leaky_relu"]:
        assert nn.calculate_gain(name) == torch.nn.init.calculate_gain(name)


def test_seeds_repeat_and_generators_are_independent():
    def draws(generator=None):
        functions = [nn.normal_, nn.uniform_, nn.trunc_normal_, nn.xavier_normal_, nn.caffe_]
        functions += [nn.xavier_uniform_, nn.kaiming_normal_, nn.kaiming_uniform_, nn.orthogonal_]
        filled = [function(weight(4, 3), generator=generator).numpy() for function in functions]
        return [*filled, nn.sparse_(weight(4, 3), 0.5, generator=generator).numpy()]

    nn.manual_seed(3)
    first = draws()
    nn.manual_seed(3)
    np.testing.assert_array_equal(draws(np.random.default_rng(7)), draws(np.random.default_rng(7)))
    np.testing.assert_array_equal(first, draws())  # the generators have not moved the default one


def test_filling_keeps_dtype_and_identity_and_is_no_part_of_the_graph():
    tensor = weight(3, 2, dtype=np.float32)
    optimizer = nn.SGD([tensor], lr=1.0)
    nn.xavier_normal_(tensor)
    assert tensor.dtype == np.float32 and tensor.is_variable
    before = tensor.numpy().copy()
    tensor.sum().backward()
    optimizer.step()
    np.testing.assert_allclose(tensor.numpy(), before - 1, rtol=1e-6)
    late = (tensor * tensor).sum()
    nn.zeros_(tensor)
    with pytest.raises(ac.InPlaceError):
        late.backward()
    constant = nn.ones_(ac.Tensor([1.0, 2.0]))
    assert np.all(constant.numpy() == 1)


# -- whole models --------------------------------------------------------------------------------


def network():
    return nn.Sequential(
        nn.Conv2d(2, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 16, 20),
        nn.LayerNorm(20),
        nn.Linear(20, 3),
    )


def test_initialize_fills_weights_and_zeroes_biases():
    model = network()
    assert nn.initialize(model, "he_normal") is model
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert np.all(parameter.numpy() == 0)
        elif parameter.ndim == 1:
            assert np.all(parameter.numpy() == 1), name  # of normalisations
    assert model[4].weight.numpy().var() == pytest.approx(2 / 128, rel=0.1)
    assert np.all(nn.initialize(model, "constant", val=0.5)[0].weight.numpy() == 0.5)
    nn.initialize(model, lambda tensor: nn.orthogonal_(tensor, 3.0))
    np.testing.assert_allclose(np.linalg.norm(model[6].weight.numpy(), axis=1), 3, rtol=1e-5)


def test_initialize_leaves_embeddings_and_wide_normalisations_alone():
    class Text(nn.Module):
        def __init__(self):
            self.embedding = nn.Embedding(10, 6, padding_idx=0)
            self.norm = nn.LayerNorm((4, 6))
            self.out = nn.Linear(6, 2)

    model = Text()
    before = model.embedding.weight.numpy().copy()
    nn.initialize(model, "zeros")
    np.testing.assert_array_equal(model.embedding.weight.numpy(), before)
    assert np.all(model.norm.weight.numpy() == 1)
    assert np.all(model.out.weight.numpy() == 0)


@pytest.mark.parametrize("name", ["he_uniform", "xavier_normal", "caffe", "sparse", "trunc_normal"])
def test_initialize_by_name(name):
    model = nn.MLP([5, 4, 3])
    nn.initialize(model, name, **({"sparsity": 0.5} if name == "sparse" else {}))
    before = model.state_dict()
    assert not any(np.any(value) for key, value in before.items() if key.endswith("bias"))
    assert all(np.any(value) for key, value in before.items() if key.endswith("weight"))


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.LeakyReLU])
def test_lsuv_gives_each_layer_unit_variance(activation):
    layers = [layer for _ in range(8) for layer in (nn.Linear(40, 40), activation())]
    model = nn.Sequential(*layers)
    x = np.random.default_rng(0).normal(3.0, 5.0, size=(200, 40)).astype(np.float32)
    variances = nn.lsuv_(model, x)
    assert list(variances) == [str(k) for k in range(0, 16, 2)]
    assert model.training and not any(layer._hooks and layer._hooks.forward for layer in layers)
    for layer in layers:
        x = layer(x)
        if isinstance(layer, nn.Linear):
            assert x.numpy().var() == pytest.approx(1, abs=0.01)
            assert np.all(layer.bias.numpy() == 0)


def test_lsuv_follows_the_order_of_calls_through_any_model():
    class Backwards(nn.Module):
        def __init__(self):
            self.last = nn.Linear(6, 2)
            self.first = nn.Conv2d(1, 6, 3)
            self.unused = nn.Linear(3, 3)
            self.drop = nn.Dropout(0.5)

        def forward(self, x):
            return self.last(np.mean(self.drop(np.maximum(self.first(x), 0)), axis=(2, 3)))

    model = Backwards()
    x = np.random.default_rng(1).normal(size=(64, 1, 8, 8)).astype(np.float32)
    variances = nn.lsuv_(model, x, tolerance=1e-4)
    assert list(variances) == ["first", "last"]
    assert model.eval()(x).numpy().var() == pytest.approx(1, abs=1e-3)
    assert model.first(x).numpy().var() == pytest.approx(1, abs=1e-3)


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.xavier_normal_(weight(3)), ac.ShapeError, r"xavier_normal_.*\(3,\)"),
        (lambda: nn.kaiming_uniform_(weight()), ac.ShapeError, "kaiming_uniform_"),
        (lambda: nn.orthogonal_(weight(3)), ac.ShapeError, "orthogonal_"),
        (lambda: nn.eye_(weight(3, 3, 3)), ac.ShapeError, "expected 2 axes"),
        (lambda: nn.sparse_(weight(3), 0.1), ac.ShapeError, "expected 2 axes"),
        (lambda: nn.dirac_(weight(3, 3)), ac.ShapeError, "3 to 5"),
        (lambda: nn.dirac_(weight(3, 3, 3), 2), ac.OperationError, "groups=2"),
        (lambda: nn.sparse_(weight(3, 3), 1.5), ac.OperationError, "sparsity"),
        (lambda: nn.normal_(weight(3), std=-1.0), ac.OperationError, "std"),
        (lambda: nn.uniform_(weight(3), 1.0, 0.0), ac.OperationError, "a <= b"),
        (lambda: nn.trunc_normal_(weight(3), a=2.0, b=1.0), ac.OperationError, "empty"),
        (lambda: nn.kaiming_normal_(weight(3, 3), mode="fan"), ac.OperationError, "fan_in, "),
        (lambda: nn.kaiming_normal_(weight(3, 3), nonlinearity="x"), ac.OperationError, "'x'"),
        (lambda: nn.zeros_(np.ones(3)), ac.ArgumentTypeError, "ndarray"),
        (lambda: nn.ones_(ac.Tensor([1, 2])), ac.DTypeError, "int64"),
        (lambda: nn.ones_(weight(2) * 2), ac.GraphError, "result"),
        (lambda: nn.normal_(weight(2), generator=3), ac.ArgumentTypeError, "default_rng"),
        (lambda: nn.initialize(nn.MLP([2, 2]), "magic"), ac.OperationError, "he_normal.*'magic'"),
        (lambda: nn.initialize(nn.MLP([2, 2]), "normal", sigma=1), ac.ArgumentTypeError, "sigma"),
        (lambda: nn.initialize(nn.Conv2d(1, 1, 1), "eye"), ac.ShapeError, "weight: eye_"),
        (lambda: nn.lsuv_(nn.MLP([2, 2]), np.zeros((5, 2), "f")), ac.OperationError, "variance 0"),
        (
            lambda: nn.lsuv_(nn.MLP([2, 2]), np.full((5, 2), np.nan, "f")),
            ac.OperationError,
            "variance nan",
        ),
    ],
)  # fmt: skip
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_lsuv_of_layers_that_share_a_weight_is_not_claimed():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    x = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    with pytest.raises(ac.OperationError, match="does not bring that within"):
        nn.lsuv_(nn.Sequential(first, nn.Tanh(), second), x)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda w: nn.init.kaiming_normal_(w, "relu"), "write nonlinearity='relu'"),
        (lambda w: nn.init.xavier_uniform_(w, "relu"), "gain must be a finite number"),
        (lambda w: nn.init.xavier_uniform_(w, -1.0), "xavier_uniform_: gain must be"),
        (lambda w: nn.init.normal_(w, std="a"), "std must be a finite number >= 0"),
        (lambda w: nn.init.constant_(w, "a"), "val must be a number"),
        (lambda w: nn.init.trunc_normal_(w, a="a"), "a and b must be numbers"),
        (lambda w: nn.init.uniform_(w, 0, np.inf), "b must be a finite number"),
        (lambda w: nn.lsuv_(np.tanh, w), "lsuv_: expected a Module"),
    ],
)
def test_slips_with_initialisers(call, words):
    with pytest.raises(ac.AutogradError, match=words):
        call(nn.Parameter(np.zeros((3, 2))))


def test_one_sided_normal_numbers():
    w = nn.init.trunc_normal_(nn.Parameter(np.zeros((100, 100))), a=0.5, b=np.inf)
    assert w.numpy().min() >= 0.5 and w.numpy().max() > 2.5
