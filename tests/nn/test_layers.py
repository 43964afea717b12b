"""Layers by themselves: their gradients by finite differences, values in closed form, noise, and
what they say of bad settings and inputs. (`test_layers_against_torch.py` compares with PyTorch.)"""

import copy
import pickle
from math import exp, log, sqrt, tanh

import numpy as np
import pytest

import autograd_core as ac
import nn

rng = np.random.default_rng(0)
nn.manual_seed(0)


def normal(*shape):
    return rng.normal(size=shape)


LAYERS = {
    "Linear": (nn.Linear(4, 3), (5, 4)),
    "Bilinear": (nn.Bilinear(3, 4, 2), (5, 3), (5, 4)),
    "Maxout": (nn.Maxout(4, 3, 3), (5, 4)),
    "Conv1d": (nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2), (2, 2, 7)),
    "Conv2d": (nn.Conv2d(2, 3, (3, 2), dilation=(1, 2), padding=1), (2, 2, 5, 6)),
    "Conv2d circular": (nn.Conv2d(1, 2, 3, padding=2, padding_mode="circular"), (1, 1, 4, 5)),
    "Conv2d reflect same": (
        nn.Conv2d(1, 2, 4, padding="same", padding_mode="reflect"),
        (1, 1, 5, 6),
    ),
    "Conv3d": (nn.Conv3d(1, 2, 2, stride=(1, 2, 1)), (1, 1, 3, 4, 3)),
    "ConvTranspose1d": (nn.ConvTranspose1d(2, 3, 3, stride=2, output_padding=1), (2, 2, 4)),
    "ConvTranspose2d": (nn.ConvTranspose2d(2, 2, 3, stride=2, groups=2, dilation=2), (1, 2, 3, 3)),
    "ConvTranspose3d": (nn.ConvTranspose3d(1, 2, 2, padding=1), (1, 1, 3, 3, 3)),
    "MaxPool1d": (nn.MaxPool1d(3, 2, padding=1), (2, 2, 7)),
    "MaxPool2d": (nn.MaxPool2d((2, 3), ceil_mode=True), (2, 1, 5, 7)),
    "MaxPool3d": (nn.MaxPool3d(2), (1, 1, 4, 4, 2)),
    "AvgPool1d": (nn.AvgPool1d(3, 2, padding=1, count_include_pad=False), (2, 2, 7)),
    "AvgPool2d": (nn.AvgPool2d(2, 3, ceil_mode=True), (2, 1, 6, 6)),
    "AvgPool3d": (nn.AvgPool3d(2, divisor_override=3), (1, 1, 4, 4, 2)),
    "AdaptiveAvgPool1d": (nn.AdaptiveAvgPool1d(3), (2, 2, 7)),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((2, None)), (1, 2, 5, 3)),
    "AdaptiveMaxPool1d": (nn.AdaptiveMaxPool1d(3), (2, 2, 7)),
    "AdaptiveMaxPool2d": (nn.AdaptiveMaxPool2d((3, 2)), (1, 2, 5, 3)),
    "GlobalAvgPool2d": (nn.GlobalAvgPool2d(), (2, 3, 4, 5)),
    "GlobalMaxPool2d": (nn.GlobalMaxPool2d(keepdims=True), (2, 3, 4, 5)),
    "BatchNorm1d": (nn.BatchNorm1d(3), (6, 3)),
    "BatchNorm1d of sequences": (nn.BatchNorm1d(3), (4, 3, 2)),
    "BatchNorm1d in evaluation": (nn.BatchNorm1d(3).eval(), (6, 3)),
    "BatchNorm2d": (nn.BatchNorm2d(2), (3, 2, 2, 3)),
    "BatchNorm3d": (nn.BatchNorm3d(2, affine=False), (2, 2, 2, 1, 3)),
    "InstanceNorm1d": (nn.InstanceNorm1d(2), (3, 2, 5)),
    "InstanceNorm2d": (nn.InstanceNorm2d(2, affine=True, track_running_stats=True), (2, 2, 3, 3)),
    "InstanceNorm3d": (nn.InstanceNorm3d(2), (1, 2, 2, 2, 3)),
    "LayerNorm": (nn.LayerNorm((3, 4)), (2, 3, 4)),
    "GroupNorm": (nn.GroupNorm(2, 4), (2, 4, 3)),
    "Dropout in evaluation": (nn.Dropout(0.4).eval(), (3, 4)),
    "Flatten": (nn.Flatten(), (2, 3, 4)),
    "Unflatten": (nn.Unflatten(1, (2, 3)), (2, 6)),
    "ZeroPad2d": (nn.ZeroPad2d((1, 2, 0, 1)), (2, 3, 4)),
    "Upsample nearest": (nn.Upsample(scale_factor=(2, 1.5)), (1, 2, 3, 4)),
    "Upsample smaller": (nn.Upsample(size=3), (1, 2, 7)),
    "Upsample bilinear": (nn.Upsample(size=(5, 3), mode="bilinear"), (1, 2, 3, 4)),
    "Upsample corners": (nn.Upsample(size=5, mode="linear", align_corners=True), (1, 2, 3)),
    "Residual": (nn.Residual(nn.Linear(3, 3), nn.Tanh()), (4, 3)),
    "Residual with shortcut": (nn.Residual(nn.Linear(3, 2), shortcut=nn.Linear(3, 2)), (4, 3)),
    "MLP": (nn.MLP([3, 4, 4, 2], activation=nn.Tanh), (4, 3)),
    "PReLU": (nn.PReLU(3), (4, 3, 2)),
}
PLAIN = """ReLU ReLU6 LeakyReLU Hardtanh Hardsigmoid Hardswish ELU SELU CELU GELU SiLU Mish Sign
Sigmoid LogSigmoid Tanh Softplus Softsign Softmax LogSoftmax GLU Identity"""
LAYERS |= {name: (getattr(nn, name)(), (4, 6)) for name in PLAIN.split()}


@pytest.mark.parametrize("case", LAYERS)
def test_gradients_of_inputs_and_parameters(case):
    layer, *shapes = LAYERS[case]
    layer.double()
    inputs = [normal(*shape) for shape in shapes]
    ac.gradcheck(layer, *inputs).raise_if_failed()
    if parameters := dict(layer.named_parameters()):
        ac.gradcheck_variables(lambda: layer(*inputs), parameters).raise_if_failed()


def test_gradients_of_an_embedding():
    layer = nn.Embedding(5, 3, padding_idx=1).double()
    indices = np.array([[0, 4, 4], [2, 0, 3]])
    report = ac.gradcheck_variables(lambda: layer(indices), dict(layer.named_parameters()))
    report.raise_if_failed()
    layer(np.array([1, 2, 2])).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.numpy().sum(axis=1), [0, 0, 6, 0, 0])
    assert not layer.weight.numpy()[1].any()


@pytest.mark.parametrize("case", LAYERS)
def test_float32_copies_and_pickles(case):
    """A layer of float32 gives float32; its copies compute the same."""
    layer, *shapes = LAYERS[case]
    layer = copy.deepcopy(layer).float()
    inputs = [ac.Tensor(normal(*shape), "float32", requires_grad=True) for shape in shapes]
    y = layer(*inputs)
    assert y.dtype == np.float32
    if y.requires_grad:
        y.sum().backward()
        assert all(x.grad is None or x.grad.dtype == np.float32 for x in inputs)
    layer.eval()
    expected = layer(*inputs).numpy()
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(*inputs).numpy(), expected)
    assert getattr(nn, type(layer).__name__) is type(layer)
    assert repr(layer).startswith(type(layer).__name__ + "(")


# -- closed forms --------------------------------------------------------------------------------

POINTS = {
    "ReLU": [(-2, 0), (0, 0), (3, 3)],
    "LeakyReLU": [(-2, -0.02), (3, 3)],
    "ELU": [(-1, exp(-1) - 1), (2, 2)],
    "SELU": [(-1, 1.0507009873554805 * 1.6732632423543772 * (exp(-1) - 1))],
    "SiLU": [(1, 1 / (1 + exp(-1)))],
    "Mish": [(1, tanh(log(1 + exp(1))))],
    "Softplus": [(0, log(2)), (1e4, 1e4), (-1e4, 0)],
    "Softsign": [(-3, -0.75)],
    "Hardtanh": [(-3, -1), (0.5, 0.5), (9, 1)],
    "Sigmoid": [(0, 0.5), (-1e4, 0), (log(3), 0.75)],
    "LogSigmoid": [(0, -log(2)), (-1e4, -1e4)],
    "Tanh": [(log(2), 0.6)],
    "Sign": [(-3, -1), (0, 0), (0.1, 1)],
    "Hardsigmoid": [(0, 0.5), (9, 1), (-9, 0)],
}


@pytest.mark.parametrize("name", POINTS)
def test_activation_at_points(name):
    x, y = np.array(POINTS[name], float).T
    np.testing.assert_allclose(getattr(nn, name)()(x), y, rtol=1e-12, atol=1e-12)


def test_settings_of_activations():
    x = np.array([-2.0, 3.0])
    np.testing.assert_allclose(nn.LeakyReLU(0.3)(x), [-0.6, 3])
    np.testing.assert_allclose(nn.LeakyReLU(-1)(x), [2, 3])
    np.testing.assert_allclose(nn.ELU(alpha=2.0)(x), [2 * (exp(-2) - 1), 3])
    assert repr(nn.Hardtanh(0, 2.5)) == "Hardtanh(min_val=0, max_val=2.5)"
    layer = nn.LeakyReLU()
    layer.negative_slope = 0.5
    np.testing.assert_allclose(layer(x), [-1, 3])


def test_batch_norm_normalizes_and_keeps_running_statistics():
    layer = nn.BatchNorm1d(1, eps=1e-12, momentum=0.25).double()
    batches = np.array([[1.0, 3.0], [5.0, 13.0]])  # means 2, 9; unbiased variances 2, 32
    for batch in batches:
        x = ac.Tensor(batch[:, None], requires_grad=True)
        y = layer(x)
        np.testing.assert_allclose(y.numpy()[:, 0], [-1, 1])
        assert not layer.running_mean.requires_grad
    assert layer.running_mean.item() == pytest.approx((0 * 0.75 + 2 * 0.25) * 0.75 + 9 * 0.25)
    assert layer.running_var.item() == pytest.approx((1 * 0.75 + 2 * 0.25) * 0.75 + 32 * 0.25)
    assert layer.num_batches_tracked.item() == 2
    layer.eval()
    mean, var = layer.running_mean.item(), layer.running_var.item()
    assert layer(np.array([[7.0]])).item() == pytest.approx((7 - mean) / sqrt(var))
    assert layer.num_batches_tracked.item() == 2


def test_the_mean_over_all_batches():
    layer = nn.BatchNorm2d(2, momentum=None).double()
    batches = normal(3, 4, 2, 2, 2)
    for batch in batches:
        layer(batch)
    np.testing.assert_allclose(
        layer.running_mean.numpy(), batches.mean(axis=(0, 1, 3, 4)), rtol=1e-12
    )


def test_running_statistics_do_not_alias():
    layer, x = nn.BatchNorm1d(2).double(), normal(4, 2)
    other, state, held = copy.deepcopy(layer), layer.state_dict(), layer.running_mean.numpy()
    layer(x)
    assert not np.array_equal(layer.running_mean.numpy(), held)
    for before in (held, state["running_mean"], other.running_mean.numpy()):
        np.testing.assert_array_equal(before, 0)


def test_maxout_is_the_largest_of_its_maps():
    layer = nn.Maxout(1, 1, 2).double()
    layer.load_state_dict({"weight": [[1.0], [-1.0]], "bias": [0.0, 0.0]})
    np.testing.assert_array_equal(layer(np.array([[-3.0], [2.0]])).numpy(), [[3], [2]])


def test_global_pooling():
    x = normal(2, 3, 4, 5)
    np.testing.assert_allclose(nn.GlobalAvgPool2d()(x), x.mean(axis=(2, 3)))
    np.testing.assert_allclose(nn.GlobalMaxPool2d(keepdims=True)(x), x.max((2, 3), keepdims=True))


def test_a_residual_adds_its_input():
    body = nn.Linear(2, 2).double()
    x = normal(3, 2)
    np.testing.assert_allclose(nn.Residual(body)(x).numpy(), x + body(x).numpy())


def test_an_mlp_is_its_architecture():
    model = nn.MLP([3, 5, 4, 2], activation="leakyrelu", output_activation=nn.Softmax(dim=1))
    kinds = [type(layer).__name__ for layer in model]
    assert kinds == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Linear", "Softmax"]
    assert [layer.weight.shape for layer in model if isinstance(layer, nn.Linear)] == [
        (5, 3),
        (4, 5),
        (2, 4),
    ]
    assert sum(p.size for p in model.parameters()) == 3 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2
    np.testing.assert_allclose(model(normal(6, 3)).numpy().sum(axis=1), 1)
    assert [type(layer).__name__ for layer in nn.MLP([2, 2, 2], None)] == ["Linear", "Linear"]
    wave = nn.MLP([1, 2, 1], np.sin)
    assert wave[1] is np.sin and wave(np.ones((4, 1))).shape == (4, 1)
    learnt = nn.MLP([1, 2, 2, 1], nn.PReLU(init=0.1))
    assert learnt[1] is not learnt[3] and learnt[3].weight.item() == np.float32(0.1)


# -- noise ---------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_scales_gradients_like_values():
    nn.manual_seed(1)
    x = ac.Tensor(np.ones(100_000), requires_grad=True)
    y = nn.Dropout(0.3)(x)
    assert abs(y.numpy().mean() - 1) < 0.01
    assert set(np.unique(y.numpy()).round(6)) == {0.0, round(1 / 0.7, 6)}
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_dropout2d_drops_whole_channels():
    nn.manual_seed(2)
    y = np.asarray(nn.Dropout2d(0.25)(np.ones((100, 50, 3, 2))))
    assert (y.min(axis=(2, 3)) == y.max(axis=(2, 3))).all()
    kept = y[:, :, 0, 0] > 0
    assert abs(kept.mean() - 0.75) < 0.03
    np.testing.assert_allclose(y[:, :, 0, 0][kept], 1 / 0.75)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(p):
    nn.manual_seed(3)
    x = np.random.default_rng(1).normal(size=400_000)
    y = np.asarray(nn.AlphaDropout(p)(x))
    assert abs(y.mean()) < 0.01 and abs(y.var() - 1) < 0.01


def test_dropout_of_everything_is_zero():
    for kind in (nn.Dropout, nn.AlphaDropout):
        assert np.all(kind(1.0)(ac.Tensor([1.0, 2.0])).numpy() == 0)


def test_dropout_of_integers():
    """They cannot be scaled."""
    with pytest.raises(ac.DTypeError, match=r"^Dropout: .*int64"):
        nn.Dropout(0.3)(np.arange(4))


# -- complaints ----------------------------------------------------------------------------------

BAD_SETTINGS = [
    (lambda: nn.Linear(0, 3), ac.OperationError, "Linear: in_features"),
    (lambda: nn.Linear(2, 2.0), ac.OperationError, "Linear: out_features"),
    (lambda: nn.Bilinear(2, -1, 3), ac.OperationError, "Bilinear: in2_features"),
    (lambda: nn.Maxout(2, 3, 0), ac.OperationError, "Maxout: pieces"),
    (lambda: nn.Conv2d(3, 4, 0), ac.OperationError, "Conv2d: kernel_size"),
    (lambda: nn.Conv2d(3, 4, (2, 2, 2)), ac.OperationError, "Conv2d: kernel_size.*tuple of 2"),
    (lambda: nn.Conv1d(3, 4, 2, stride=0), ac.OperationError, "Conv1d: stride"),
    (lambda: nn.Conv3d(3, 4, 2, groups=2), ac.OperationError, "Conv3d.*divisible by groups=2"),
    (lambda: nn.Conv2d(1, 1, 3, padding="full"), ac.OperationError, "Conv2d: padding.*'full'"),
    (lambda: nn.Conv2d(1, 1, 3, 2, "same"), ac.OperationError, "Conv2d.*same.*stride 1"),
    (lambda: nn.Conv2d(1, 1, 3, padding_mode="x"), ac.OperationError, "padding_mode.*circular"),
    (
        lambda: nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect"),
        ac.OperationError,
        "ConvTranspose2d: padding_mode",
    ),
    (
        lambda: nn.ConvTranspose1d(1, 1, 3, stride=2, output_padding=2),
        ac.OperationError,
        "ConvTranspose1d: output_padding",
    ),
    (lambda: nn.MaxPool2d(0), ac.OperationError, "MaxPool2d: kernel_size"),
    (lambda: nn.MaxPool2d(2, padding=2), ac.OperationError, "MaxPool2d: padding 2.*half"),
    (lambda: nn.MaxPool1d(2, return_indices=True), ac.UnsupportedError, "MaxPool1d: return_ind"),
    (lambda: nn.AvgPool2d(2, divisor_override=0), ac.OperationError, "AvgPool2d: divisor"),
    (lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), ac.OperationError, "AdaptiveAvgPool2d: output_size"),
    (lambda: nn.BatchNorm2d(0), ac.OperationError, "BatchNorm2d: num_features"),
    (lambda: nn.BatchNorm2d(2, momentum=3), ac.OperationError, "BatchNorm2d: momentum"),
    (lambda: nn.BatchNorm1d(2, eps=-1), ac.OperationError, "BatchNorm1d: eps"),
    (lambda: nn.LayerNorm(()), ac.OperationError, "LayerNorm: normalized_shape"),
    (lambda: nn.GroupNorm(3, 4), ac.OperationError, "GroupNorm: num_channels=4.*num_groups=3"),
    (lambda: nn.Dropout(1.5), ac.OperationError, "Dropout: p must be a number in"),
    (lambda: nn.AlphaDropout(-1), ac.OperationError, "AlphaDropout: p"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ac.OperationError, "Embedding: padding_idx"),
    (lambda: nn.Unflatten(1, (-1, -1)), ac.OperationError, "Unflatten: unflattened_size"),
    (lambda: nn.ZeroPad2d(-1), ac.OperationError, "ZeroPad2d: padding"),
    (lambda: nn.Upsample(), ac.OperationError, "Upsample: give either"),
    (lambda: nn.Upsample(2, mode="cubic"), ac.OperationError, "Upsample: mode"),
    (lambda: nn.Upsample(2, align_corners=True), ac.OperationError, "align_corners"),
    (lambda: nn.Upsample(scale_factor=-1), ac.OperationError, "Upsample: scale_factor"),
    (lambda: nn.LeakyReLU("x"), ac.ArgumentTypeError, "LeakyReLU: negative_slope"),
    (
        lambda: nn.LeakyReLU(slope=1),
        ac.ArgumentTypeError,
        r"LeakyReLU: .*slope.*LeakyReLU\(negative_slope",
    ),
    (lambda: nn.Hardtanh(1, -1), ac.OperationError, "Hardtanh: min_val"),
    (lambda: nn.GELU("erf"), ac.OperationError, "GELU: approximate"),
    (lambda: nn.CELU(0.0), ac.OperationError, "CELU: alpha"),
    (lambda: nn.PReLU(0), ac.OperationError, "PReLU: num_parameters"),
    (lambda: nn.MLP([3]), ac.OperationError, "MLP: expected sizes"),
    (lambda: nn.MLP([3, 0]), ac.OperationError, r"MLP: sizes\[1\]"),
    (lambda: nn.MLP([3, 2, 1], "rely"), ac.OperationError, "unknown activation 'rely'.*relu"),
    (lambda: nn.MLP([3, 2, 1], 3), ac.ArgumentTypeError, "MLP: an activation"),
    (lambda: nn.Sequential(nn.Linear), ac.ArgumentTypeError, "Sequential: expected modules"),
    (lambda: nn.ModuleList([np.sin]), ac.ArgumentTypeError, "ModuleList: expected modules"),
]


@pytest.mark.parametrize(("make", "error", "text"), BAD_SETTINGS)
def test_bad_settings_are_named(make, error, text):
    with pytest.raises(error, match=text):
        make()


BAD_INPUTS = [
    (nn.Linear(3, 2), [(4, 5)], r"in_features=3.*\(4, 5\)"),
    (nn.Linear(3, 2), [()], r"in_features=3.*\(\)"),
    (nn.Bilinear(3, 4, 2), [(5, 3), (5, 3)], r"in2_features=4.*\(5, 3\)"),
    (nn.Bilinear(3, 4, 2), [(5, 3), (6, 4)], r"\(5, 3\) and \(6, 4\)"),
    (nn.Maxout(3, 2), [(4, 5)], r"in_features=3.*\(4, 5\)"),
    (nn.Conv2d(3, 4, 3), [(2, 1, 8, 8)], r"\(N, 3, H, W\) or \(3, H, W\), got \(2, 1, 8, 8\)"),
    (nn.Conv2d(3, 4, 3), [(8, 8)], r"\(N, 3, H, W\).*got \(8, 8\)"),
    (nn.Conv2d(3, 4, 3), [(2, 3, 2, 8)], r"\(3, 3\).*does not fit.*\(2, 8\)"),
    (nn.Conv1d(3, 4, 3), [(2, 3, 8, 8)], r"\(N, 3, L\).*got \(2, 3, 8, 8\)"),
    (nn.ConvTranspose3d(3, 4, 3), [(2, 2, 3, 3, 3)], r"\(N, 3, D, H, W\).*\(2, 2, 3, 3, 3\)"),
    (nn.MaxPool2d(2), [(4, 4)], r"\(N, C, H, W\).*got \(4, 4\)"),
    (nn.MaxPool2d(5), [(1, 1, 4, 4)], r"\(5, 5\).*does not fit.*\(4, 4\)"),
    (nn.AvgPool1d(2), [(1, 2, 3, 4)], r"\(N, C, L\).*got \(1, 2, 3, 4\)"),
    (nn.AdaptiveMaxPool1d(2), [(3,)], r"\(N, C, L\).*got \(3,\)"),
    (nn.GlobalAvgPool2d(), [(2, 3)], r"\(N, C, H, W\).*got \(2, 3\)"),
    (nn.BatchNorm1d(3), [(4, 2)], r"\(N, 3\) or \(N, 3, L\), got \(4, 2\)"),
    (nn.BatchNorm2d(3), [(4, 3)], r"\(N, 3, H, W\), got \(4, 3\)"),
    (nn.BatchNorm1d(3), [(1, 3)], r"more than one value.*\(1, 3\)"),
    (nn.BatchNorm1d(3), [(0, 3)], r"more than one value.*\(0, 3\)"),
    (nn.InstanceNorm2d(3), [(2, 4, 5, 5)], r"\(N, 3, H, W\).*\(2, 4, 5, 5\)"),
    (nn.InstanceNorm2d(3), [(2, 3, 1, 1)], r"more than one spatial.*\(2, 3, 1, 1\)"),
    (nn.LayerNorm((3, 4)), [(2, 4, 3)], r"\(3, 4\), got \(2, 4, 3\)"),
    (nn.GroupNorm(2, 4), [(2, 6, 3)], r"\(N, 4, ...\), got \(2, 6, 3\)"),
    (nn.PReLU(3), [(2, 4)], r"\(N, 3, ...\).*\(2, 4\)"),
    (nn.Dropout2d(0.5), [(2, 4)], r"\(N, C, ...\), got \(2, 4\)"),
    (nn.Flatten(2), [(2, 4)], r"\(2, 4\) has no axis start_dim=2"),
    (nn.Flatten(2, 1), [(2, 4, 5)], r"start_dim=2 comes after"),
    (nn.Unflatten(1, (3, -1)), [(2, 4)], r"\(2, 4\) cannot be split into \(3, -1\)"),
    (nn.Unflatten(1, (0, -1)), [(2, 4)], r"\(2, 4\) cannot be split"),
    (nn.ZeroPad2d(1), [(4,)], r"\(4,\)"),
    (nn.Upsample(2, mode="bilinear"), [(1, 2, 3)], r"\(N, C, H, W\), got \(1, 2, 3\)"),
    (nn.Upsample((2, 3)), [(1, 2, 3)], r"2 spatial axes, the input has 1"),
    (nn.Upsample(scale_factor=0.1), [(1, 2, 3)], r"nothing is left"),
    (nn.Residual(nn.Linear(3, 2)), [(4, 3)], r"\(4, 2\), the shortcut \(4, 3\)"),
    (nn.GLU(), [(4, 3)], r"even"),
]


@pytest.mark.parametrize(("layer", "shapes", "text"), BAD_INPUTS)
def test_wrong_shapes_name_the_layer_and_both_shapes(layer, shapes, text):
    with pytest.raises(ac.ShapeError, match=text) as caught:
        layer(*[normal(*shape) for shape in shapes])
    assert str(caught.value).startswith(f"{type(layer).__name__}: ")


@pytest.mark.parametrize("kind", ["Linear", "Conv2d", "MaxPool2d", "BatchNorm2d", "PReLU", "GELU"])
def test_what_is_no_array_of_numbers(kind):
    args = {"Linear": (2, 2), "Conv2d": (1, 1, 1), "MaxPool2d": (1,), "BatchNorm2d": (2,)}
    layer = getattr(nn, kind)(*args.get(kind, ()))
    for wrong in (None, "abc", np.full((1, 1, 2, 2), "a"), np.full((1, 1, 2, 2), None)):
        with pytest.raises(ac.DTypeError, match=f"^{kind}: .*numbers"):
            layer(wrong)
    with pytest.raises(ac.ShapeError, match=f"^{kind}: .*rectangular"):
        layer([[1.0, 2.0], [3.0]])


def test_lists_are_arrays():
    assert nn.Linear(2, 3)([[1, 2], [3, 4]]).shape == (2, 3)
    np.testing.assert_array_equal(nn.ReLU()([-1.0, 2.0]), [0, 2])


def test_wrong_indices_of_an_embedding():
    layer = nn.Embedding(4, 2)
    with pytest.raises(ac.TensorIndexError, match=r"Embedding: .*0 to 3, got 1 to 4"):
        layer(np.array([1, 4]))
    with pytest.raises(ac.DTypeError, match=r"Embedding: .*integers"):
        layer(np.array([1.0]))


def test_an_output_size_that_does_not_exist():
    with pytest.raises(ac.ShapeError, match=r"output_size \(20,\).*\(9,\) and \(10,\)"):
        nn.ConvTranspose1d(1, 1, 3, stride=2)(normal(1, 1, 4), output_size=[20])


# -- containers ----------------------------------------------------------------------------------


def test_sequential_is_a_list():
    a, b, c = nn.Linear(2, 2), nn.Tanh(), nn.ReLU()
    model = nn.Sequential(a, b)
    assert model.append(c) is model and list(model) == [a, b, c]
    assert model[-1] is c and len(model) == 3 and list(model[1:]) == [b, c]
    model.insert(1, c)
    assert list(model) == [a, c, b, c]
    del model[1]
    model[1] = c
    assert list(model) == [a, c, c]
    with pytest.raises(ac.TensorIndexError, match="no place 7 among 3"):
        model[7]
    x = normal(3, 2)
    np.testing.assert_array_equal(model(x).numpy(), np.maximum(a(x).numpy(), 0))


def test_sequential_with_names():
    model = nn.Sequential({"first": nn.Linear(2, 3), "act": nn.Tanh()})
    assert list(model.state_dict()) == ["first.weight", "first.bias"]
    assert model.first is model[0]
    model.add_module("last", nn.Linear(3, 1))
    assert model(normal(4, 2)).shape == (4, 1)
    assert list(model[1:].state_dict()) == ["last.weight", "last.bias"]
    with pytest.raises(AttributeError, match="middle"):
        getattr(model, "middle")  # noqa: B009


def test_module_list_and_dict():
    class Net(nn.Module):
        def __init__(self):
            self.blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(2))
            self.heads = nn.ModuleDict({"a": nn.Linear(2, 1)})

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return {name: head(x) for name, head in self.heads.items()}

    net = Net()
    net.blocks.append(nn.Linear(2, 2))
    net.heads["b"] = nn.Linear(2, 3)
    assert [name for name, _ in net.named_parameters()][::2] == [
        "blocks.0.weight",
        "blocks.1.weight",
        "blocks.2.weight",
        "heads.a.weight",
        "heads.b.weight",
    ]
    y = net(normal(4, 2))
    assert y["b"].shape == (4, 3)
    assert y["a"].node.scope == ("Net", "heads.a: Linear")
    assert net.blocks[2]._label == "blocks.2: Linear"
    assert "a" in net.heads and list(net.heads) == ["a", "b"] and len(net.heads) == 2
    net.heads.pop("a")
    assert list(net.heads.keys()) == ["b"]
    with pytest.raises(ac.ArgumentTypeError, match="ModuleList: there is no forward"):
        net.blocks(normal(4, 2))


# -- unusual input -------------------------------------------------------------------------------


def test_upsampling_integers_interpolates_between_the_numbers():
    x = np.array([[[0, 200, 100]]], np.uint8)
    y = nn.Upsample(scale_factor=2.0, mode="linear")(x)
    assert y.tolist() == [[[0, 50, 150, 175, 125, 100]]]


def test_upsampling_does_not_spread_infinities():
    x = np.arange(4.0)[None, None]
    x[..., 3] = np.inf
    y = nn.Upsample(scale_factor=2.0, mode="linear")(x)
    assert y.tolist() == [[[0, 0.25, 0.75, 1.25, 1.75, np.inf, np.inf, np.inf]]]


def test_softmax_without_a_dim_goes_along_the_classes():
    x = normal(2, 3, 4, 5)
    for shape, axis in (((3,), 0), ((3, 4), 1), ((2, 3, 4), 0), ((2, 3, 4, 5), 1)):
        part = x.reshape(-1)[: np.prod(shape)].reshape(shape)
        np.testing.assert_allclose(nn.Softmax()(part), ac.softmax(part, axis=axis))
        np.testing.assert_allclose(nn.LogSoftmax()(part), ac.log_softmax(part, axis=axis))
    assert nn.Softmax()(np.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nn.ReLU()([1 - 5j]), ac.DTypeError, "ReLU: .*real numbers, got complex128"),
        (lambda: nn.Softmax(1)(np.ones((2, 2), complex)), ac.DTypeError, "Softmax: expected real"),
        (lambda: nn.GlobalMaxPool2d()(np.ones((2, 3, 0, 4))), ac.ShapeError, "GlobalMaxPool2d"),
        (lambda: nn.MSELoss()([[1.0, 2.0], [3.0]], np.zeros((2, 2))), ac.ShapeError, "rectangular"),
        (lambda: nn.MSELoss()(np.ones(2)), ac.UnsupportedError, "MSELoss: missing.*'target'"),
        (
            lambda: nn.CrossEntropyLoss([1, 5j])(np.zeros((1, 2)), [0]),
            ac.DTypeError,
            r"expected real numbers, got complex128 of shape \(2,\)",
        ),
        (
            lambda: nn.CrossEntropyLoss(ignore_index=1.5)(np.zeros((1, 2)), [0]),
            ac.OperationError,
            "ignore_index must be an integer, got 1.5",
        ),
        (lambda: nn.Softmax("a"), ac.OperationError, "Softmax: dim must be an integer"),
        (lambda: nn.LayerNorm(1.5), ac.OperationError, "LayerNorm: normalized_shape"),
        (lambda: nn.Embedding(4, 2, 1.5), ac.OperationError, "padding_idx must be one of 4 rows"),
        (lambda: nn.Dropout("a"), ac.OperationError, "Dropout: p must be a number"),
        (
            lambda: nn.Flatten(1.5)(np.ones((2, 2))),
            ac.OperationError,
            "start_dim must be an integer",
        ),
        (lambda: nn.Unflatten(1, 3), ac.OperationError, "unflattened_size must be integers"),
        (lambda: nn.PReLU(init=1j), ac.OperationError, "PReLU: init must be a finite number"),
        (lambda: nn.Upsample(scale_factor=np.inf), ac.OperationError, "a finite number > 0"),
        (
            lambda: nn.Sequential(nn.Identity(), nn.Softmax(5))(np.ones((2, 3))),
            ac.AxisError,
            r"in model\.1: Softmax: .*axis 5 is out of bounds",
        ),
    ],
)
def test_what_does_not_fit_is_a_typed_error(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_batch_that_is_ignored_moves_no_parameter():
    for loss in (
        nn.CrossEntropyLoss(ignore_index=0),
        nn.CrossEntropyLoss(weight=[0.0, 1.0, 1.0]),
        nn.CrossEntropyLoss(ignore_index=0, label_smoothing=0.1),
    ):
        layer = nn.Linear(2, 3)
        value = loss(layer(np.ones((2, 2), np.float32)), np.array([0, 0]))
        value.backward()
        assert np.isnan(value.item())
        np.testing.assert_array_equal(layer.weight.grad.numpy(), np.zeros((3, 2)))


def test_mlp_finds_a_users_activation_by_name():
    from nn.layers.activations import Activation

    class Cube(Activation, function=lambda x: x**3):
        """x³."""

    assert nn.MLP([1, 1], output_activation="cube")[1](np.array([2.0])).item() == 8
