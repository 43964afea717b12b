"""Neural operations beside PyTorch's, over random geometries; their limits and errors."""

import random

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, grad, gradcheck, jvp

pytestmark = pytest.mark.filterwarnings("ignore:Using padding=.same")
torch = pytest.importorskip("torch")
F = torch.nn.functional

DRAWS = 40


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def assert_parity(ours, theirs, *arrays):
    """Value and gradients, in double precision."""
    tensors = [Tensor(array, requires_grad=True) for array in arrays]
    others = [torch.tensor(array, requires_grad=True) for array in arrays]
    y, z = ours(*tensors), theirs(*others)
    assert y.shape == tuple(z.shape)
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-9, atol=1e-10)
    g = normal(*y.shape, seed=9)
    y.backward(g)
    z.backward(torch.tensor(g))
    for mine, other in zip(tensors, others, strict=True):
        np.testing.assert_allclose(mine.grad.numpy(), other.grad.numpy(), rtol=1e-8, atol=1e-9)


def followed(function, *rest, **options):
    """The function of its arrays alone."""
    return lambda *arrays: function(*arrays, *rest, **options)


def geometries(axes, count=DRAWS):
    """Random sizes, kernel, stride, padding, dilation: one number for each axis."""
    draw = random.Random(axes)
    for _ in range(count):
        yield (
            draw,
            *(
                tuple(draw.randint(low, high) for _ in range(axes))
                for low, high in ((1, 7), (1, 3), (1, 3), (0, 2), (1, 2))
            ),
        )


def accepted(function, *args):
    """Whether PyTorch computes something finite."""
    try:
        y = function(*args)
    except RuntimeError:
        return False
    return y.numel() > 0 and bool(torch.isfinite(y).all())


# -- convolution ---------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_convolution(axes):
    ours, theirs = getattr(ac, f"conv{axes}d"), getattr(F, f"conv{axes}d")
    checked = 0
    for draw, sizes, kernel, stride, padding, dilation in geometries(axes):
        groups = draw.choice([1, 1, 2, 3])
        inside, outside = draw.randint(1, 2), groups * draw.randint(1, 2)
        x, w = normal(2, groups * inside, *sizes), normal(outside, inside, *kernel, seed=1)
        bias = normal(outside, seed=2)
        rest = (stride, padding, dilation, groups)
        if not accepted(theirs, torch.tensor(x), torch.tensor(w), None, *rest):
            with pytest.raises(ac.AutogradError):
                ours(x, w, None, *rest)
            continue
        checked += 1
        assert_parity(
            lambda *a, rest=rest: ours(*a, *rest),
            lambda *a, rest=rest: theirs(*a, *rest),
            x,
            w,
            bias,
        )
        same = (None, 1, "same", dilation, groups)
        assert_parity(*(followed(f, *same) for f in (ours, theirs)), x, w)
    assert checked > DRAWS // 3


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_transposed_convolution(axes):
    ours, theirs = (getattr(module, f"conv_transpose{axes}d") for module in (ac, F))
    checked = 0
    for draw, sizes, kernel, stride, padding, dilation in geometries(axes):
        groups = draw.choice([1, 1, 2, 3])
        inside, outside = groups * draw.randint(1, 2), draw.randint(1, 2)
        x, w = normal(2, inside, *sizes), normal(inside, outside, *kernel, seed=1)
        bias = normal(groups * outside, seed=2)
        extra = tuple(draw.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
        rest = (stride, padding, extra, groups, dilation)
        if not accepted(theirs, torch.tensor(x), torch.tensor(w), None, *rest):
            with pytest.raises(ac.AutogradError):
                ours(x, w, None, *rest)
            continue
        checked += 1
        assert_parity(
            lambda *a, rest=rest: ours(*a, *rest),
            lambda *a, rest=rest: theirs(*a, *rest),
            x,
            w,
            bias,
        )
    assert checked > DRAWS // 3


@pytest.mark.parametrize("block", [1, 700])
def test_convolution_in_blocks_of_images(monkeypatch, block):
    from autograd_core.derivatives import convolution

    monkeypatch.setattr(convolution, "BLOCK", block)
    x = normal(5, 4, 6, 5)
    for kernel, groups, options in (
        ((3, 2), 1, {"padding": 1}),
        ((3, 3), 4, {"padding": "same", "dilation": 2}),
        ((2, 3), 2, {"stride": 2}),
        ((1, 1), 1, {}),
        ((1, 1), 2, {"padding": 2}),
    ):
        w = normal(8, 4 // groups, *kernel, seed=1)
        options |= {"groups": groups}
        assert_parity(followed(ac.conv2d, **options), followed(F.conv2d, **options), x, w)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_one_infinite_element_spoils_only_what_it_meets():
    for kernel, options in ((3, {}), (3, {"padding": 1}), (2, {"dilation": 2})):
        x, w = normal(2, 3, 6, 6), normal(4, 3, kernel, kernel, seed=1)
        g = normal(*ac.conv2d(x, w, **options).shape, seed=2)
        for place, spoilt in ((0, (1, 1, 0, 5)), (1, (2, 1, 0, 1))):
            gradients = []
            for value in (1.0, np.inf):
                arrays = [x.copy(), w.copy()]
                arrays[place][spoilt] = value
                tensors = [Tensor(a, requires_grad=True) for a in arrays]
                ac.conv2d(*tensors, **options).backward(g)
                gradients.append(tensors[1 - place].grad.numpy())
            finite, met = gradients
            np.testing.assert_allclose(met[:, [0, 2]], finite[:, [0, 2]], rtol=1e-10)
            arrays = [torch.tensor(a, requires_grad=True) for a in arrays]
            F.conv2d(*arrays, **options).backward(torch.tensor(g))
            theirs = arrays[1 - place].grad.numpy()
            clean = np.isfinite(theirs)
            np.testing.assert_allclose(met[clean], theirs[clean], rtol=1e-8)


UNBATCHED = {
    "conv1d": ((2, 6), (3, 2, 3)),
    "conv2d": ((2, 6, 5), (3, 2, 2, 3)),
    "conv3d": ((2, 4, 5, 3), (3, 2, 2, 2, 2)),
    "conv_transpose2d": ((2, 4, 3), (2, 3, 2, 2)),
    "max_pool1d": ((2, 6), 2),
    "max_pool2d": ((2, 6, 5), 2),
    "avg_pool2d": ((2, 6, 5), (2,)),
    "avg_pool3d": ((2, 4, 4, 3), 2),
    "adaptive_max_pool2d": ((2, 6, 5), (2, None)),
    "adaptive_avg_pool1d": ((2, 7), 3),
}


@pytest.mark.parametrize("name", UNBATCHED)
def test_one_image_without_a_batch(name):
    shape, rest = UNBATCHED[name]
    ours, theirs = getattr(ac, name), getattr(F, name)
    if name.startswith("conv"):
        assert_parity(ours, theirs, normal(*shape), normal(*rest, seed=1))
    else:
        assert_parity(followed(ours, rest), followed(theirs, rest), normal(*shape))


X, W = np.ones((2, 4, 5, 5)), np.ones((6, 4, 3, 3))


@pytest.mark.parametrize(
    ("name", "args", "options", "message"),
    [
        ("conv2d", (X, np.ones((6, 3, 3, 3))), {}, r"\[2, 4, 5, 5\].*\[6, 3, 3, 3\]"),
        ("conv2d", (X, W), {"groups": 3}, r"\[2, 4, 5, 5\].*\[6, 4, 3, 3\].*groups=3"),
        ("conv2d", (X, W), {"groups": 1.5}, "groups .*1.5"),
        ("conv2d", (X, W), {"padding": -1}, "padding .*-1"),
        ("conv2d", (X, W), {"padding": "full"}, "padding .*'full'"),
        ("conv2d", (X, W), {"stride": 0}, "stride .* >= 1.*got 0"),
        ("conv2d", (X, W), {"stride": 1.5}, "stride .*1.5"),
        ("conv2d", (X, W), {"stride": None}, "stride .*None"),
        ("conv2d", (X, W), {"dilation": (1, 2, 3)}, r"dilation .*\(1, 2, 3\)"),
        ("conv2d", (X, np.ones((6, 4, 7, 7))), {}, r"\(7, 7\).*does not fit.*\(5, 5\)"),
        ("conv2d", (X[0, 0], W), {}, r"x of 4 axes.*\(5, 5\)"),
        ("conv2d", (X, W[0, 0]), {}, r"w of 4 axes.*\(3, 3\)"),
        ("conv2d", (X, W, np.ones(4)), {}, r"bias of shape \(6,\), got \(4,\)"),
        ("conv2d", (None, W), {}, "x of 4 axes"),
        ("conv_transpose2d", (X, W), {}, r"\[6, 4, 3, 3\].*\[2, 4, 5, 5\]"),
        ("conv_transpose2d", (X, W[:4]), {"output_padding": -1}, "output_padding .*-1"),
        ("max_pool2d", (X, 1.5), {}, "kernel size .*1.5"),
        ("max_pool2d", (X, 2), {"padding": 2}, "at most half"),
        ("max_pool2d", (X + 1j, 2), {}, "complex"),
        ("avg_pool2d", (X, 7), {}, r"\(7, 7\).*does not fit.*\(5, 5\)"),
        ("adaptive_avg_pool2d", (X, 1.5), {}, "output size .*1.5"),
        ("adaptive_max_pool2d", (X, (1, 2, 3)), {}, r"output size .*\(1, 2, 3\)"),
        ("fold", (np.ones((1, 4, 9)), (4, 4.5), 2), {}, "output size .*4.5"),
        ("layer_norm", (X, 5.0), {}, "normalized_shape .*5.0"),
        ("layer_norm", (X, 5, np.ones(4)), {}, r"\(4,\).*\(2, 4, 5, 5\)"),
        ("group_norm", (X, 2.0), {}, "num_groups .*2.0"),
        ("celu", (X, 0), {}, "alpha"),
        ("softplus", (X, 0), {}, "beta"),
        ("softplus", (X + 1j,), {}, "real numbers, got complex128"),
        ("leaky_relu", (X + 1j,), {}, "real numbers, got complex128"),
        ("embedding", ([1], np.ones((3, 2)), 1.5), {}, "padding_idx .*1.5"),
    ],
)
def test_malformed_calls(name, args, options, message):
    with pytest.raises(ac.AutogradError, match=f"^{name}.*: .*{message}"):
        getattr(ac, name)(*args, **options)


def test_lists_are_arrays():
    np.testing.assert_array_equal(ac.conv2d(X.tolist(), W.tolist(), [1.0] * 6), ac.conv2d(X, W) + 1)
    np.testing.assert_array_equal(ac.max_pool2d(X.tolist(), 2), ac.max_pool2d(X, 2))
    np.testing.assert_array_equal(ac.layer_norm(X.tolist(), 5), np.zeros(X.shape))
    np.testing.assert_array_equal(ac.embedding([1], [[1.0], [2.0]]), [[2.0]])


def test_convolutions_refuse_what_does_not_fit():
    x, w = normal(1, 2, 5, 5), normal(3, 2, 2, 2)
    for call in (
        lambda: ac.conv_transpose2d(x, w),
        lambda: ac.conv_transpose2d(x, normal(2, 3, 2, 2), output_padding=1),
        lambda: ac.conv_transpose2d(x, normal(2, 3, 2, 2), bias=normal(2)),
        lambda: ac.conv_transpose2d(x, normal(2, 3, 2)),
        lambda: ac.conv_transpose2d(x, normal(2, 3, 1, 1), padding=3),
        lambda: ac.conv3d(x, w),
        lambda: ac.conv2d(x, w, groups=2),
        lambda: ac.conv2d(x, w, stride=2, padding="same"),
        lambda: ac.conv1d(x, w),
    ):
        with pytest.raises(ac.AutogradError):
            call()


# -- pooling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pooling(axes):
    checked = 0
    for draw, sizes, kernel, stride, padding, dilation in geometries(axes):
        x = normal(2, 3, *sizes)
        padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel, strict=True))
        ceil_mode, count_include_pad = draw.random() < 0.5, draw.random() < 0.5
        named = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
        if axes > 1:
            named["divisor_override"] = draw.choice([None, 3])
        calls = {
            "max": ((kernel, stride, padding, dilation, ceil_mode), {}),
            "avg": ((kernel, stride, padding), named),
        }
        for kind, (args, options) in calls.items():
            ours, theirs = (getattr(module, f"{kind}_pool{axes}d") for module in (ac, F))
            ours, theirs = (followed(f, *args, **options) for f in (ours, theirs))
            if accepted(theirs, torch.tensor(x)):
                checked += 1
                assert_parity(ours, theirs, x)
        steps = tuple(draw.randint(1, 6) for _ in range(axes))
        for kind in ("max", "avg"):
            ours, theirs = (getattr(m, f"adaptive_{kind}_pool{axes}d") for m in (ac, F))
            assert_parity(
                lambda x, f=ours, s=steps: f(x, s), lambda x, f=theirs, s=steps: f(x, s), x
            )
    assert checked > DRAWS // 3


def test_a_nan_is_its_windows_maximum():
    x = normal(2, 3, 7, 6)
    x[0, 0, 0, 1] = x[0, 2, 6, 5] = x[1, 1, 4, 2] = np.nan
    for args in ((2,), (3, 2, 1), (2, 1, 1, 2)):
        assert_parity(followed(ac.max_pool2d, *args), followed(F.max_pool2d, *args), x)
    assert_parity(followed(ac.adaptive_max_pool2d, 3), followed(F.adaptive_max_pool2d, 3), x)


def test_the_first_of_equal_elements_gets_the_gradient(monkeypatch):
    from autograd_core.derivatives import pooling

    monkeypatch.setattr(pooling, "BLOCK", 1)
    x = np.random.default_rng(0).integers(0, 2, (3, 2, 7, 6)).astype(float)
    for name, args in (
        ("max_pool2d", (2,)),
        ("max_pool2d", (3, 2, 1)),
        ("adaptive_max_pool2d", (3,)),
    ):
        assert_parity(followed(getattr(ac, name), *args), followed(getattr(F, name), *args), x)


def test_adaptive_means_of_integers():
    x = np.arange(50).reshape(1, 2, 5, 5)
    expected = F.adaptive_avg_pool2d(torch.tensor(x, dtype=torch.float64), (2, 3))
    np.testing.assert_allclose(ac.adaptive_avg_pool2d(x, (2, 3)), expected, rtol=1e-6)


def test_padding_never_wins_a_maximum():
    x = Tensor(np.full((1, 1, 2), -np.inf), requires_grad=True)
    y = ac.max_pool1d(x, 2, 1, 1)
    y.backward(np.ones((1, 1, 3)))
    np.testing.assert_array_equal(x.grad.numpy(), [[[2, 1]]])


def test_unfold_and_fold():
    checked = 0
    for _, sizes, kernel, stride, padding, dilation in geometries(2):
        x, rest = normal(2, 3, *sizes), (kernel, dilation, padding, stride)
        if not accepted(F.unfold, torch.tensor(x), *rest):
            continue
        checked += 1
        assert_parity(*(followed(f, *rest) for f in (ac.unfold, F.unfold)), x)
        columns = normal(*ac.unfold(x, *rest).shape)
        assert_parity(*(followed(f, sizes, *rest) for f in (ac.fold, F.fold)), columns)
    assert checked > DRAWS // 3
    with pytest.raises(ac.ShapeError):
        ac.fold(normal(1, 4, 3), (4, 4), 2)


# -- activations ---------------------------------------------------------------------------------

ACTIVATIONS = {
    "softplus": [{}, {"beta": 2.5}],
    "gelu": [{}, {"approximate": "tanh"}],
    "silu": [{}],
    "mish": [{}],
    "elu": [{}, {"alpha": 1.7}],
    "celu": [{}, {"alpha": 2.0}],
    "selu": [{}],
    "leaky_relu": [{}, {"negative_slope": 0.3}],
    "hardtanh": [{}, {"min_val": -0.5, "max_val": 2.0}],
    "relu6": [{}],
    "logsigmoid": [{}],
    "softsign": [{}],
    "glu": [{}],
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    x = 4 * normal(6, 10)
    for options in ACTIVATIONS[name]:
        theirs = options | ({"threshold": 1e4} if name == "softplus" and options else {})
        ours = followed(getattr(ac, name), **options)
        assert_parity(ours, followed(getattr(F, name), **theirs), x)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"glu"}))
def test_large_activations_are_computed_in_blocks(name):
    from autograd_core.derivatives.activations import BLOCK

    function = getattr(ac, name)
    x = (3 * normal(3, BLOCK // 2)).astype(np.float32)
    for array in (x, x.T, x[:, ::-1]):
        tensor = Tensor(array, requires_grad=True)
        y = function(tensor)
        y.backward(np.ones(y.shape, np.float32))
        pairs = [(y.numpy(), function), (tensor.grad.numpy(), grad(lambda x: np.sum(function(x))))]
        for whole, by_piece in pairs:
            pieces = [by_piece(np.ascontiguousarray(row)) for row in array[:2]]
            assert whole.dtype == np.float32
            np.testing.assert_allclose(whole[:2], pieces, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", [7, 70_000])
@pytest.mark.parametrize(
    ("name", "option"),
    [("leaky_relu", "negative_slope"), ("softplus", "beta"), ("elu", "alpha"), ("celu", "alpha")],
)
def test_an_option_may_differ_from_column_to_column(name, option, size):
    function, x, values = getattr(ac, name), normal(size, 2), np.array([0.5, 2.0])
    tensor = Tensor(x, requires_grad=True)
    y = function(tensor, **{option: values})
    y.backward(np.ones(x.shape))
    for k, value in enumerate(values):
        column = torch.tensor(x[:, k], requires_grad=True)
        z = getattr(F, name)(column, **{option: float(value)})
        z.sum().backward()
        np.testing.assert_allclose(y.numpy()[:, k], z.detach().numpy(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            tensor.grad.numpy()[:, k], column.grad.numpy(), rtol=1e-8, atol=1e-9
        )


def test_hard_activations():
    x = 4 * normal(50)
    inside = np.abs(x) < 3
    sigmoid = np.where(inside, (x + 3) / 6, x > 0)
    np.testing.assert_allclose(ac.hard_sigmoid(x), sigmoid)
    np.testing.assert_allclose(ac.hard_swish(x), x * sigmoid)
    slope = grad(lambda x: np.sum(ac.hard_swish(x)))(x)
    np.testing.assert_allclose(slope, np.where(inside, x / 3 + 0.5, x > 0))


BOUNDS = {"relu6": (0, 6), "hardtanh": (-1, 1), "hard_sigmoid": (-3, 3), "hard_swish": (-3, 3)}


@pytest.mark.parametrize("name", BOUNDS)
def test_at_their_bounds_hard_activations_have_pytorchs_derivatives(name):
    x = np.array([*BOUNDS[name], 0.5])
    theirs = torch.tensor(x, requires_grad=True)
    getattr(F, name.replace("hard_", "hard"))(theirs).sum().backward()
    ours = grad(lambda x: np.sum(getattr(ac, name)(x)))(x)
    np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-7)  # PyTorch's 1/6 is a float32


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int64, np.bool_])
@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "gelu", "silu", "mish", "elu", "glu", "softmax", "log_softmax"]
)
def test_integers_are_taken_as_the_numbers_they_are(name, dtype):
    x = np.array([[0, 1, 1, 3], [100, 0, 7, 1]]).astype(dtype)
    y = getattr(ac, name)(x)
    assert y.dtype == (np.float64 if dtype == np.int64 else np.float32)
    np.testing.assert_allclose(y, getattr(ac, name)(x.astype(float)), rtol=1e-5, atol=1e-37)


def test_pooling_integers_takes_the_mean_of_the_numbers():
    x = np.array([200, 250, 255, 255], np.uint8).reshape(1, 1, 2, 2)
    assert ac.avg_pool2d(x, 2).item() == 240
    assert ac.avg_pool2d(np.ones((1, 1, 2, 2), bool), 2, padding=1).ravel().tolist() == [0.25] * 4


def test_adaptive_means_do_not_meet_what_is_outside_their_windows():
    x = np.arange(7.0)[None, None]
    x[0, 0, 6] = np.inf
    y = ac.adaptive_avg_pool1d(x, 5)
    assert y.tolist() == [[[0.5, 1.5, 3.0, 4.5, np.inf]]]
    _, pull = ac.vjp(lambda x: ac.adaptive_avg_pool1d(x, 5), x)
    g = np.array([[[np.inf, 0, 0, 0, 0]]])
    assert np.ravel(pull(g)).tolist() == [np.inf, np.inf, 0, 0, 0, 0, 0]


SLOPES = {  # at -inf, -1e4, 0, 1e4, inf; -1e200 and 1e200 like the neighbours
    "softplus": (0, 0, 0.5, 1, 1),
    "logsigmoid": (1, 1, 0.5, 0, 0),
    "gelu": (0, 0, 0.5, 1, 1),
    "silu": (0, 0, 0.5, 1, 1),
    "mish": (0, 0, 0.6, 1, 1),
    "elu": (0, 0, 1, 1, 1),
    "celu": (0, 0, 1, 1, 1),
    "softsign": (0, 1 / 10001**2, 1, 1 / 10001**2, 0),
    "leaky_relu": (0.01, 0.01, 0.01, 1, 1),
    "hardtanh": (0, 0, 1, 0, 0),
}
VALUES = {"softsign": (-1, 1), "logsigmoid": (-np.inf, 0), "leaky_relu": (-np.inf, np.inf)}
VALUES |= {"elu": (-1, np.inf), "celu": (-1, np.inf), "hardtanh": (-1, 1)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SLOPES)
def test_activations_at_the_ends(name, dtype):
    function, far = getattr(ac, name), 1e30
    x = Tensor(np.array([-np.inf, -1e4, 0, 1e4, np.inf, -far, far], dtype), requires_grad=True)
    y = function(x)
    assert y.dtype == dtype
    assert (y.numpy()[0], y.numpy()[4]) == VALUES.get(name, (0, np.inf))
    y.backward(np.ones(7, dtype))
    slopes = SLOPES[name]
    ends = (0, 0) if name == "softsign" else (slopes[0], slopes[-1])
    np.testing.assert_allclose(x.grad.numpy(), [*slopes, *ends], rtol=1e-6, atol=1e-12)
    bent = grad(lambda x: np.sum(grad(lambda x: np.sum(function(x)))(x)))(x.numpy()[1:4])
    assert np.isfinite(bent).all()


@pytest.mark.parametrize("options", [{}, {"approximate": "tanh"}])
def test_gelu_at_the_ends(options):
    x = np.array([-np.inf, -1e200, -50, 0, 50, 1e200, np.inf])
    y, slope = jvp(lambda x: ac.gelu(x, **options), (x,), (np.ones(7),))
    np.testing.assert_array_equal(y, [0, 0, 0, 0, 50, 1e200, np.inf])
    np.testing.assert_array_equal(slope, [0, 0, 0, 0.5, 1, 1, 1])


def test_the_normal_distribution_in_single_precision():
    from scipy.special import ndtr

    x = np.linspace(-14, 14, 100_001)
    y = ac.derivatives.normal_cdf(x.astype(np.float32))
    assert y.dtype == np.float32
    exact = ndtr(x.astype(np.float32).astype(float))
    np.testing.assert_allclose(y, exact, rtol=0, atol=2e-7)
    near = x > -5
    np.testing.assert_allclose(y[near], exact[near], rtol=3e-6)
    assert (y[x > 8] == 1).all()
    np.testing.assert_array_equal(
        ac.derivatives.normal_cdf(np.array([[np.nan]], np.float32)), [[np.nan]]
    )
    strided = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4).T
    np.testing.assert_allclose(ac.derivatives.normal_cdf(strided), ndtr(strided), atol=2e-7)


def test_gelu_in_single_precision():
    x = np.linspace(-8, 8, 20_001, dtype=np.float32)
    for dtype, tolerance in ((np.float32, 5e-7), (np.float64, 1e-14)):
        ours = Tensor(x.astype(dtype), requires_grad=True)
        theirs = torch.tensor(x.astype(float), requires_grad=True)
        y, z = ac.gelu(ours), F.gelu(theirs)
        y.sum().backward()
        z.sum().backward()
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=tolerance)


# -- class numbers -------------------------------------------------------------------------------


def test_embedding():
    indices = np.array([[1, 3, 1], [0, 3, 3]])
    for padding in (None, 3, -2):
        assert_parity(
            lambda w, p=padding: ac.embedding(indices, w, p),
            lambda w, p=padding: F.embedding(torch.tensor(indices), w, p),
            normal(5, 4),
        )
    tangent = normal(5, 4, seed=1)
    _, pushed = jvp(lambda w: ac.embedding(indices, w, 3), (normal(5, 4),), (tangent,))
    np.testing.assert_array_equal(pushed, np.where((indices == 3)[..., None], 0, tangent[indices]))
    assert ac.embedding(Tensor(indices), normal(5, 4)).shape == (2, 3, 4)
    gradcheck(
        lambda w: np.sum(ac.embedding(indices, w) ** 3, axis=0), normal(5, 2), order=2
    ).raise_if_failed()


def test_indices_are_checked():
    for indices in ([5], [-1]):
        with pytest.raises(ac.TensorIndexError, match="from 0 to 4"):
            ac.embedding(indices, normal(5, 4))
        with pytest.raises(ac.TensorIndexError):
            ac.one_hot(indices, 5)
    with pytest.raises(ac.DTypeError):
        ac.embedding([0.5], normal(5, 4))


def test_one_hot():
    indices = np.array([[2, 0], [1, 2]])
    expected = F.one_hot(torch.tensor(indices), 4).numpy()
    np.testing.assert_array_equal(ac.one_hot(indices, 4), expected)
    result = ac.one_hot(Tensor(indices), 4, np.float32)
    assert result.dtype == np.float32 and not result.requires_grad
    assert ac.one_hot(indices).shape == (2, 2, 3)
    assert ac.one_hot(np.zeros((0,), int), 3).shape == (0, 3)


# -- normalisation -------------------------------------------------------------------------------


def test_batch_norm():
    x, weight, bias = normal(4, 3, 5, 2), normal(3, seed=1), normal(3, seed=2)
    assert_parity(
        lambda *a: ac.batch_norm(*a, eps=1e-3).y,
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True, eps=1e-3),
        x,
        weight,
        bias,
    )
    _, mean, var = ac.batch_norm(x)
    np.testing.assert_allclose(mean, x.mean((0, 2, 3)))
    np.testing.assert_allclose(var, x.var((0, 2, 3)))


def test_layer_and_group_norm():
    x = normal(4, 6, 5)
    for shape in ((5,), (6, 5)):
        assert_parity(
            lambda *a, s=shape: ac.layer_norm(a[0], s, *a[1:]),
            lambda *a, s=shape: F.layer_norm(a[0], s, *a[1:]),
            x,
            normal(*shape, seed=1),
            normal(*shape, seed=2),
        )
    for groups in (1, 2, 6):
        assert_parity(
            lambda *a, g=groups: ac.group_norm(a[0], g, *a[1:]),
            lambda *a, g=groups: F.group_norm(a[0], g, *a[1:]),
            x,
            normal(6, seed=1),
            normal(6, seed=2),
        )


@pytest.mark.parametrize("axis", [None, -1, (1, 2)])
def test_second_derivatives_through_all_results_of_a_normalisation(axis):
    def mixture(x, w):
        y, mean, var = ac.batch_norm(x, w, axis=axis, eps=0.1)
        return np.sum(y**3) + np.sum(mean**2 * var) + np.sum(np.sqrt(var))

    x = normal(3, 2, 2)
    size = ac.batch_norm(x, axis=axis).mean.size
    gradcheck(mixture, x, normal(size, seed=1), order=2).raise_if_failed()


def test_normalisation_in_single_precision_keeps_small_deviations():
    x = (normal(64, 2, 8) + 1e3).astype(np.float32)
    y, mean, var = ac.batch_norm(x, eps=0.0)
    assert y.dtype == mean.dtype == var.dtype == np.float32
    exact = ac.batch_norm(x.astype(float), eps=0.0)
    np.testing.assert_allclose(y, exact.y, atol=1e-3)
    np.testing.assert_allclose(var, exact.var, rtol=1e-4)


def test_a_constant_channel_has_finite_gradients():
    x = Tensor(np.ones((4, 3)), requires_grad=True)
    ac.batch_norm(x).y.backward(normal(4, 3))
    assert np.isfinite(x.grad.numpy()).all()


def test_normalisation_refuses_what_does_not_fit():
    x = normal(4, 3)
    for call in (
        lambda: ac.batch_norm(x, normal(4)),
        lambda: ac.layer_norm(x, 4),
        lambda: ac.layer_norm(x, (2, 4, 3)),
        lambda: ac.group_norm(x, 2),
        lambda: ac.batch_norm(np.ones((2, 3), int)),
        lambda: ac.batch_norm(x + 1j),
        lambda: ac.glu(x),
        lambda: ac.gelu(x, "fast"),
    ):
        with pytest.raises(ac.AutogradError):
            call()
