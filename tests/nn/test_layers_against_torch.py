"""Layers compute what PyTorch's of the same name compute, in float64: outputs, gradients of inputs
and parameters, running statistics; and each loads the other's state by name."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

import nn
from autograd_core import Tensor

torch = pytest.importorskip("torch")

CLOSE = {"rtol": 1e-9, "atol": 1e-12}
"""atol is for elements that are differences of larger ones."""


def arrays(state):
    return {name: value.detach().numpy() for name, value in state.items()}


def pair(name, args, settings, rng):
    """Our layer and PyTorch's, with the same random parameters."""
    torch.manual_seed(int(rng.integers(1 << 30)))
    theirs = getattr(torch.nn, name)(*args, **settings).double()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=tuple(parameter.shape))))
    ours = getattr(nn, name)(*args, **settings).astype(np.float64)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def agree(ours, theirs, inputs, rng):
    """Compare one pass forward and backward; integer inputs get no gradient."""
    xs = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    ts = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y, t = ours(*xs), theirs(*ts)
    assert y.shape == tuple(t.shape)
    np.testing.assert_allclose(y.numpy(), t.detach().numpy(), **CLOSE)
    seed = rng.normal(size=y.shape)
    ours.zero_grad()
    theirs.zero_grad()
    y.backward(seed)
    t.backward(torch.tensor(seed))
    for x, t in zip(xs, ts, strict=True):
        if x.requires_grad:
            np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), **CLOSE)
    expected = dict(theirs.named_parameters())
    assert [name for name, _ in ours.named_parameters()] == list(expected)
    for name, parameter in ours.named_parameters():
        np.testing.assert_allclose(parameter.grad.numpy(), expected[name].grad.numpy(), **CLOSE)


def compare(name, args, settings, inputs, rng, modes=("train",)):
    """Several passes, each with other inputs, in the given modes."""
    ours, theirs = pair(name, args, settings, rng)
    try:
        for mode in modes:
            getattr(ours, mode)()
            getattr(theirs, mode)()
            agree(ours, theirs, inputs(), rng)
        state = arrays(theirs.state_dict())
        mine = ours.state_dict()
        assert list(mine) == list(state)
        for key, value in state.items():
            np.testing.assert_allclose(mine[key], value, **CLOSE)
        theirs.load_state_dict({key: torch.tensor(value) for key, value in mine.items()})
    except Exception as error:
        error.add_note(f"{name}{args}, {settings}, on {[x.shape for x in inputs()]}")
        raise


def choose(rng, *values):
    return values[rng.integers(len(values))]


def per_axis(rng, axes, low, high):
    """An int, or one for each axis."""
    values = tuple(int(v) for v in rng.integers(low, high + 1, axes))
    return choose(rng, values, values[0])


def entries(value, axes):
    return (value,) * axes if isinstance(value, int) else value


# -- random configurations: each function gives a layer's arguments and an input's shape ----------


def batch(rng, channels, sizes):
    """Usually with a batch axis."""
    lead = () if rng.random() < 0.15 else (int(rng.integers(1, 4)),)
    return (*lead, channels, *map(int, sizes))


def conv(rng, axes):
    groups = int(rng.integers(1, 4))
    inside, outside = (groups * int(rng.integers(1, 3)) for _ in range(2))
    kernel, dilation = per_axis(rng, axes, 1, 3), per_axis(rng, axes, 1, 3)
    stride, padding = per_axis(rng, axes, 1, 3), per_axis(rng, axes, 0, 2)
    if rng.random() < 0.2:
        stride, padding = 1, choose(rng, "same", "valid")
    settings = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "bias": bool(rng.random() < 0.7),
        "padding_mode": choose(rng, "zeros", "zeros", "reflect", "replicate", "circular"),
    }
    spans = [
        d * (k - 1) for d, k in zip(entries(dilation, axes), entries(kernel, axes), strict=True)
    ]
    sizes = [span + int(rng.integers(3, 6 if axes == 3 else 8)) for span in spans]
    return (inside, outside, kernel), settings, batch(rng, inside, sizes)


def conv_transpose(rng, axes):
    groups = int(rng.integers(1, 4))
    inside, outside = (groups * int(rng.integers(1, 3)) for _ in range(2))
    kernel, dilation = per_axis(rng, axes, 1, 3), per_axis(rng, axes, 1, 3)
    stride = per_axis(rng, axes, 1, 3)
    room = [max(s, d) for s, d in zip(entries(stride, axes), entries(dilation, axes), strict=True)]
    settings = {
        "stride": stride,
        "padding": per_axis(rng, axes, 0, 1),
        "output_padding": tuple(int(rng.integers(r)) for r in room),
        "groups": groups,
        "bias": bool(rng.random() < 0.7),
        "dilation": dilation,
    }
    sizes = rng.integers(3, 5 if axes == 3 else 7, axes)
    return (inside, outside, kernel), settings, batch(rng, inside, sizes)


def pool(rng, axes):
    kernel = per_axis(rng, axes, 1, 4)
    most = min(entries(kernel, axes)) // 2
    settings = {
        "stride": choose(rng, None, per_axis(rng, axes, 1, 4)),
        "padding": per_axis(rng, axes, 0, most),
        "ceil_mode": bool(rng.random() < 0.5),
    }
    return (kernel,), settings, batch(rng, 2, rng.integers(8, 12 if axes < 3 else 10, axes))


def max_pool(rng, axes):
    args, settings, shape = pool(rng, axes)
    return args, settings | {"dilation": per_axis(rng, axes, 1, 2)}, shape


def avg_pool(rng, axes):
    args, settings, shape = pool(rng, axes)
    settings["count_include_pad"] = bool(rng.random() < 0.5)
    if axes > 1 and rng.random() < 0.3:
        settings["divisor_override"] = int(rng.integers(1, 6))
    return args, settings, shape


def adaptive_pool(rng, axes):
    size = choose(rng, per_axis(rng, axes, 1, 6), per_axis(rng, axes, 1, 6))
    if axes == 2 and rng.random() < 0.2:
        size = (None, 3)
    return (size,), {}, batch(rng, 2, rng.integers(5, 10, axes))


def upsample(rng, axes):
    sizes = rng.integers(1, 6, axes)
    mode = choose(rng, "nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[axes])
    settings = {"mode": mode}
    if mode != "nearest":
        settings["align_corners"] = choose(rng, None, False, True)
    if rng.random() < 0.5:
        settings["size"] = per_axis(rng, axes, 1, 12)
    else:
        scales = tuple(float(s) for s in rng.choice([1.0, 1.3, 1.5, 2.0, 2.7, 3.0], axes))
        settings["scale_factor"] = choose(rng, scales, scales[0])
    return (), settings, (2, 3, *map(int, sizes))


def linear(rng, axes):
    inside, outside = (int(n) for n in rng.integers(1, 6, 2))
    lead = tuple(int(n) for n in rng.integers(1, 4, axes))
    return (inside, outside), {"bias": bool(rng.random() < 0.7)}, (*lead, inside)


def layer_norm(rng, axes):
    inner = tuple(int(n) for n in rng.integers(2, 5, axes))
    settings = {"elementwise_affine": bool(rng.random() < 0.7), "bias": bool(rng.random() < 0.7)}
    return (choose(rng, inner, list(inner)),), settings, (*rng.integers(1, 4, 2), *inner)


def group_norm(rng, axes):
    groups = int(rng.integers(1, 4))
    channels = groups * int(rng.integers(1, 4))
    settings = {"affine": bool(rng.random() < 0.7), "eps": 10.0 ** rng.integers(-6, -2)}
    return (groups, channels), settings, (3, channels, *rng.integers(2, 5, axes))


RANDOM = {
    **{f"Conv{n}d": (conv, n) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": (conv_transpose, n) for n in (1, 2, 3)},
    **{f"MaxPool{n}d": (max_pool, n) for n in (1, 2, 3)},
    **{f"AvgPool{n}d": (avg_pool, n) for n in (1, 2, 3)},
    **{f"Adaptive{kind}Pool{n}d": (adaptive_pool, n) for kind in ("Avg", "Max") for n in (1, 2)},
    "Upsample over one axis": (upsample, 1),
    "Upsample over two": (upsample, 2),
    "Upsample over three": (upsample, 3),
    "Linear": (linear, 1),
    "Linear on one row": (linear, 0),
    "Linear on more axes": (linear, 3),
    "LayerNorm over one axis": (layer_norm, 1),
    "LayerNorm over two": (layer_norm, 2),
    "GroupNorm": (group_norm, 2),
    "GroupNorm without spatial axes": (group_norm, 0),
}


@pytest.mark.parametrize("case", RANDOM)
def test_random_configurations(case):
    make, axes = RANDOM[case]
    rng = np.random.default_rng(sum(map(ord, case)))
    for _ in range(12 if axes == 3 else 30):
        args, settings, shape = make(rng, axes)
        compare(case.split()[0], args, settings, lambda s=shape: [rng.normal(size=s)], rng)


NORMS = {
    "BatchNorm1d": [(5, 3), (4, 3, 6)],
    "BatchNorm2d": [(3, 3, 4, 5)],
    "BatchNorm3d": [(2, 3, 2, 3, 4)],
    "InstanceNorm1d": [(4, 3, 6), (3, 6)],
    "InstanceNorm2d": [(2, 3, 4, 5), (3, 4, 5)],
    "InstanceNorm3d": [(2, 3, 2, 3, 4)],
}


@pytest.mark.parametrize("momentum", [0.1, 0.7, None])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("track", [True, False])
@pytest.mark.parametrize("name", NORMS)
def test_running_statistics_over_several_steps(name, affine, track, momentum):
    rng = np.random.default_rng(7)
    settings = {"momentum": momentum, "affine": affine, "track_running_stats": track, "eps": 1e-4}
    modes = ("eval", "train", "train", "eval", "train", "eval")
    for shape in NORMS[name]:
        inputs = lambda shape=shape: [rng.normal(size=shape) * 3 + 2]  # noqa: E731
        compare(name, (3,), settings, inputs, rng, modes)


ACTIVATIONS = {
    "ReLU": [{}, {"inplace": False}],
    "ReLU6": [{}],
    "LeakyReLU": [{}, {"negative_slope": 0.3}, {"negative_slope": -1.5}, {"negative_slope": 0.0}],
    "PReLU": [{}, {"init": 0.7}, {"num_parameters": 3}],
    "ELU": [{}, {"alpha": 0.3}],
    "SELU": [{}],
    "CELU": [{}, {"alpha": 2.5}],
    "GELU": [{}, {"approximate": "tanh"}],
    "SiLU": [{}],
    "Mish": [{}],
    "Sigmoid": [{}],
    "LogSigmoid": [{}],
    "Tanh": [{}],
    "Softplus": [{}, {"beta": 3.0}, {"beta": 0.5, "threshold": 2}],
    "Softsign": [{}],
    "Hardtanh": [{}, {"min_val": -0.3, "max_val": 2.0}],
    "Hardswish": [{}],
    "Softmax": [{"dim": 1}, {"dim": 0}, {"dim": -1}],
    "LogSoftmax": [{"dim": 1}, {"dim": -1}],
    "GLU": [{"dim": 0}, {"dim": 2}],
    "Identity": [{}],
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    rng = np.random.default_rng(3)
    for settings in ACTIVATIONS[name]:
        for scale in (0.1, 2.0, 15.0):
            compare(name, (), settings, lambda s=scale: [rng.normal(size=(4, 3, 6)) * s], rng)


def test_hardsigmoid():
    """Apart, because PyTorch's gradient has 1/6 in single precision."""
    x = np.random.default_rng(4).normal(size=50) * 3
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, t = nn.Hardsigmoid()(ours), torch.nn.Hardsigmoid()(theirs)
    np.testing.assert_allclose(y.numpy(), t.detach().numpy(), **CLOSE)
    y.sum().backward()
    t.sum().backward()
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-7)


@pytest.mark.parametrize(
    ("name", "args", "settings", "shapes"),
    [
        ("Bilinear", (3, 4, 2), {}, [(5, 3), (5, 4)]),
        ("Bilinear", (3, 4, 2), {"bias": False}, [(2, 5, 3), (2, 5, 4)]),
        ("Bilinear", (1, 1, 1), {}, [(1,), (1,)]),
        ("Flatten", (), {}, [(3, 4, 2)]),
        ("Flatten", (1, 2), {}, [(3, 4, 2, 5)]),
        ("Flatten", (-3, -2), {}, [(3, 4, 2, 5)]),
        ("Unflatten", (1, (2, -1)), {}, [(3, 8, 2)]),
        ("Unflatten", (-1, (5, 1)), {}, [(3, 5)]),
        ("ZeroPad2d", ((1, 0, 2, 3),), {}, [(2, 1, 3, 4)]),
        ("ZeroPad2d", (2,), {}, [(1, 3, 4)]),
        ("Dropout", (0.0,), {}, [(3, 4)]),
        ("Dropout2d", (0.0,), {}, [(3, 4, 2, 2)]),
        ("AlphaDropout", (0.0,), {}, [(3, 4)]),
    ],
)
def test_layer(name, args, settings, shapes):
    rng = np.random.default_rng(5)
    compare(name, args, settings, lambda: [rng.normal(size=shape) for shape in shapes], rng)


@pytest.mark.parametrize("name", ["Dropout", "Dropout2d", "AlphaDropout"])
def test_dropout_is_off_in_evaluation(name):
    rng = np.random.default_rng(5)
    compare(name, (0.7,), {}, lambda: [rng.normal(size=(2, 3, 4, 2))], rng, ("eval",))


@pytest.mark.parametrize("padding_idx", [None, 0, 3, -1])
def test_embedding(padding_idx):
    rng = np.random.default_rng(6)
    for shape in ((), (7,), (2, 3)):
        indices = lambda shape=shape: [np.asarray(rng.integers(0, 5, shape))]  # noqa: E731
        compare("Embedding", (5, 3), {"padding_idx": padding_idx}, indices, rng)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_output_size_of_a_transposed_convolution(axes):
    rng = np.random.default_rng(8)
    ours, theirs = pair(f"ConvTranspose{axes}d", (2, 3, 3), {"stride": 3, "padding": 1}, rng)
    x = rng.normal(size=(2, 2, *[4] * axes))
    for size in (10, 11, 12):
        expected = theirs(torch.tensor(x), output_size=[size] * axes).detach().numpy()
        assert expected.shape[2] == size
        np.testing.assert_allclose(ours(x, output_size=[size] * axes).numpy(), expected, **CLOSE)


def test_alpha_dropout_has_pytorchs_two_lines():
    """Every element is on one of the two affine maps that PyTorch applies for this p."""
    x = np.linspace(-2, 2, 4000)
    ours, theirs = nn.AlphaDropout(0.3)(x), torch.nn.AlphaDropout(0.3)(torch.tensor(x)).numpy()
    lines = []
    for y in (np.asarray(ours), theirs):
        dropped = np.isclose(y, np.median(np.round(y[np.argsort(y)[:400]], 6)), atol=1e-5)
        assert abs(dropped.mean() - 0.3) < 0.05
        lines.append((y[dropped].mean(), *np.polyfit(x[~dropped], y[~dropped], 1)))
    np.testing.assert_allclose(lines[0], lines[1], rtol=1e-5)


MODELS = {
    "cnn": lambda m: m.Sequential(
        m.Conv2d(1, 4, 3, padding=1),
        m.BatchNorm2d(4),
        m.ReLU(),
        m.MaxPool2d(2),
        m.Sequential(m.Conv2d(4, 2, 3, bias=False), m.InstanceNorm2d(2, affine=True), m.PReLU()),
        m.Flatten(),
        m.Linear(8, 5),
        m.LayerNorm(5),
        m.LogSoftmax(dim=1),
    ),
    "lists": lambda m: m.ModuleDict(
        {"a": m.ModuleList([m.Linear(2, 3), m.BatchNorm1d(3)]), "b": m.Embedding(4, 2)}
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_states_of_whole_models_load_both_ways(name):
    theirs, ours = MODELS[name](torch.nn), MODELS[name](nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    if name == "cnn":
        x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
        for mode in ("train", "train", "eval"):
            getattr(ours, mode)()
            getattr(theirs, mode)()
            expected = theirs(torch.tensor(x)).detach().numpy()
            np.testing.assert_allclose(ours(x).numpy(), expected, rtol=2e-4, atol=1e-5)
        assert ours.state_dict()["1.num_batches_tracked"] == 2


INITIAL = {
    "Linear": (40, 50),
    "Bilinear": (10, 12, 20),
    "Conv1d": (8, 30, 5),
    "Conv2d": (8, 30, 3),
    "Conv3d": (8, 10, 3),
    "ConvTranspose2d": (8, 30, 3),
    "Embedding": (100, 20),
    "PReLU": (3,),
    "BatchNorm2d": (3,),
    "LayerNorm": (4,),
}


@pytest.mark.parametrize("name", INITIAL)
def test_initial_parameters_are_drawn_as_pytorchs_are(name):
    """Same names, shapes, dtypes and distributions (by the Kolmogorov-Smirnov test)."""
    torch.manual_seed(0)
    nn.manual_seed(0)
    args = INITIAL[name]
    theirs = arrays(getattr(torch.nn, name)(*args).state_dict())
    ours = getattr(nn, name)(*args).state_dict()
    assert list(ours) == list(theirs)
    for key, value in theirs.items():
        assert (ours[key].shape, ours[key].dtype) == (value.shape, value.dtype)
        if np.ptp(value) == 0:
            np.testing.assert_array_equal(ours[key], value)
        else:
            assert ks_2samp(ours[key].ravel(), value.ravel()).pvalue > 1e-3
