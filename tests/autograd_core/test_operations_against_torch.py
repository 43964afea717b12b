"""Values and gradients agree with PyTorch's in float64, wherever both have the operation.

Complex arguments are among the samples: both define the gradient of a real function of complex
numbers as the direction of steepest ascent.
"""

import numpy as np
import pytest
from samples import CASES

import autograd_core as ac
from autograd_core import vjp

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*degrees of freedom is <= 0")  # empty arrays
F = torch.nn.functional


def axes(x, axis):
    return tuple(range(x.ndim)) if axis is None else axis


def reduction(function):
    def reduced(x, axis=None, keepdims=False):
        return function(x, dim=axes(x, axis), keepdim=keepdims) if x.ndim else function(x, dim=())

    return reduced


def variance(function):
    def reduced(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        return function(x, dim=axes(x, axis), correction=ddof, keepdim=keepdims)

    return reduced


def dot(a, b):
    """torch has no dot of more than two axes."""
    return torch.multiply(a, b) if a.ndim == 0 or b.ndim == 0 else torch.matmul(a, b)


def indexed(x, index):
    parts = index if isinstance(index, tuple) else (index,)
    if parts and parts[0] is None and isinstance(parts[-1], list):
        pytest.skip("next to a list NumPy counts an integer as an array, torch does not")
    if any(isinstance(p, slice) and (p.step or 1) < 0 for p in parts):
        pytest.skip("torch has no negative steps")
    if any(isinstance(p, list) and not p for p in parts):
        pytest.skip("torch reads [] as floating")
    as_torch = [torch.as_tensor(p) if isinstance(p, list | np.ndarray) else p for p in parts]
    return x[tuple(as_torch)]


SAME_NAME = [
    "add", "subtract", "multiply", "divide", "negative", "positive", "reciprocal", "square",
    "remainder", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "logaddexp",
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh",
    "arccosh", "arctanh", "arctan2", "hypot", "absolute", "real", "imag", "maximum", "minimum",
    "where", "sigmoid", "relu", "matmul",
]  # fmt: skip

TORCH = {name: getattr(torch, name) for name in SAME_NAME} | {
    "power": torch.pow,
    "conjugate": lambda x: torch.conj(x).resolve_conj(),
    "clip": torch.clamp,
    "sum": reduction(torch.sum),
    "mean": reduction(torch.mean),
    "max": reduction(torch.amax),
    "min": reduction(torch.amin),
    "logsumexp": reduction(torch.logsumexp),
    "softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
    "getitem": indexed,
    "transpose": lambda x, axes=None: x.permute(axes or tuple(range(x.ndim))[::-1]),
    "broadcast_to": torch.broadcast_to,
    "concatenate": lambda arrays, axis=0: torch.cat(arrays, axis),
    "stack": lambda arrays, axis=0: torch.stack(arrays, axis),
    "pad": lambda x, widths: F.pad(x, [n for pair in widths[::-1] for n in pair]),
    "np.var": variance(torch.var),
    "np.std": variance(torch.std),
    "np.dot": dot,
    "np.moveaxis": torch.moveaxis,
    "np.swapaxes": torch.swapaxes,
}


def comparable(case):
    """Whether torch has this operation with these options."""
    axis = case.options.get("axis", 0)
    refused = {
        "softmax": not isinstance(axis, int),
        "log_softmax": not isinstance(axis, int),
        "sum": axis == (),  # torch sums over all axes
        "concatenate": axis is None,
        "np.dot": max((v.ndim for v in case.variables), default=0) > 2,
        "where": not isinstance(case.args[0], np.ndarray),
        "imag": case.variables and case.variables[0].dtype.kind != "c",
    }
    mixed = len({v.dtype for v in case.variables}) > 1 and case.name in ("where", "matmul")
    return case.name in TORCH and bool(case.variables) and not refused.get(case.name) and not mixed


def as_torch(value):
    return torch.as_tensor(np.array(value)) if isinstance(value, np.ndarray) else value


def compare(ours, theirs, arrays):
    """Values, and gradients for one random cotangent."""
    tensors = [torch.tensor(np.array(array), requires_grad=True) for array in arrays]
    expected = theirs(*tensors)
    value, pull = vjp(ours, *arrays)
    np.testing.assert_allclose(value, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    g = np.random.default_rng(0).standard_normal(np.shape(value)).astype(value.dtype)
    gradients = torch.autograd.grad(
        expected, tensors, torch.as_tensor(np.array(g)), allow_unused=True
    )
    for got, wanted in zip(pull(g), gradients, strict=True):
        wanted = 0 if wanted is None else wanted.resolve_conj().numpy()
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11)


NUMPY_ONLY = {"where", "initial"}


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if comparable(case) and not NUMPY_ONLY & case.options.keys()],
    ids=str,
)
def test_operation(case):
    def theirs(*tensors):
        arguments = [part if part is None else as_torch(part) for part in case.filled(tensors)]
        if isinstance(arguments[0], list):
            arguments[0] = [torch.as_tensor(part) for part in arguments[0]]
        if case.name in ("np.moveaxis", "np.swapaxes", "getitem"):
            arguments = list(case.filled(tensors))
        return TORCH[case.name](*arguments, **case.options)

    compare(case, theirs, case.variables)


X = np.random.default_rng(1).standard_normal((2, 4, 7, 6))
W = np.random.default_rng(2).standard_normal((6, 2, 3, 2))
B = np.random.default_rng(3).standard_normal(6)


@pytest.mark.parametrize(
    "options",
    [
        {"groups": 2},
        {"groups": 2, "stride": 2},
        {"groups": 2, "padding": (1, 2), "dilation": (2, 1)},
        {"groups": 2, "stride": (1, 3), "padding": 1, "dilation": 2},
    ],
)
def test_conv2d(options):
    compare(
        lambda x, w, b: ac.conv2d(x, w, b, **options),
        lambda x, w, b: F.conv2d(x, w, b, **options),
        [X, W, B],
    )


@pytest.mark.parametrize("arguments", [(2,), (3, 1), (3, 2, 1), ((2, 3), (1, 2))])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_pooling(name, arguments):
    compare(
        lambda x: getattr(ac, name)(x, *arguments),
        lambda x: getattr(F, name)(x, *arguments),
        [X],
    )


def test_ties_of_maxima_are_shared_alike():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    compare(lambda x: np.max(x, axis=1), lambda x: torch.amax(x, dim=1), [x])
    compare(np.maximum, torch.maximum, [x, np.full((2, 3), 2.0)])
