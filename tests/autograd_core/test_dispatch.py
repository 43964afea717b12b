"""NumPy's own functions on Tensors: the same values, gradients, keywords; both operand orders."""

import numpy as np
import pytest
import scipy.special

import autograd_core as ac
from autograd_core import Tensor, UnsupportedError, grad, jvp

X = np.array([[0.31, 0.73, 0.17], [0.91, 0.57, 0.43]])


def variable(data):
    return Tensor(data, float, requires_grad=True)


UNARY = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "square",
    "reciprocal",
    "negative",
    "positive",
    "absolute",
    "fabs",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arctanh",
    "conjugate",
    "real",
    "imag",
    "sum",
    "mean",
    "max",
    "min",
    "var",
    "std",
    "transpose",
    "matrix_transpose",
    "squeeze",
    "ravel",
    "copy",
    "sign",
    "floor",
    "ceil",
    "isnan",
    "isfinite",
    "argmax",
    "argsort",
    "zeros_like",
    "ones_like",
]


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    """np.f(t), ac.f(t), ac.f(array) and np.f(array) are one function."""
    numpys, ours = getattr(np, name), getattr(ac, name)
    expected = numpys(X)
    for f in (numpys, ours):
        y = f(variable(X))
        assert isinstance(y, Tensor) and y.dtype == expected.dtype
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-13)
        np.testing.assert_allclose(f(Tensor(X)).numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(ours(X), expected, rtol=1e-13)
    assert not isinstance(ours(X), Tensor)
    if expected.dtype == float and name not in ("sign", "floor", "ceil", "zeros_like", "ones_like"):
        a, b = (grad(lambda x, f=f: f(x).sum())(X) for f in (numpys, ours))
        np.testing.assert_array_equal(a, b)
        forward = jvp(numpys, (X,), (np.ones_like(X),))[1]
        np.testing.assert_allclose(forward.sum(), a.sum(), rtol=1e-12, atol=1e-14)


BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "maximum",
    "minimum",
    "arctan2",
    "hypot",
    "logaddexp",
    "remainder",
    "equal",
    "less",
    "greater_equal",
    "floor_divide",
]
PARTNERS = {
    "array": np.array([0.5, 2.0, 1.5]),
    "0-d array": np.array(2.0),
    "float64": np.float64(1.5),
    "float32": np.float32(1.5),
    "int64": np.int64(2),
    "float": 1.5,
    "int": 2,
    "bool": True,
    "tensor": Tensor([0.5, 2.0, 1.5]),
    "variable": variable([0.5, 2.0, 1.5]),
    "list": [0.5, 2.0, 1.5],
}


@pytest.mark.parametrize("partner", PARTNERS)
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("swap", [False, True])
def test_binary_in_both_orders(name, partner, swap):
    other = PARTNERS[partner]
    plain = other.numpy() if isinstance(other, Tensor) else other
    f = getattr(np, name)

    def call(f, x, other):
        return f(other, x) if swap else f(x, other)

    expected = call(f, X, plain)
    for function in (f, getattr(ac, name)):
        y = call(function, variable(X), other)
        assert isinstance(y, Tensor) and y.dtype == expected.dtype
        np.testing.assert_array_equal(y.numpy(), expected)
    if expected.dtype == float and name != "floor_divide":
        h = 1e-6
        slope = (call(f, X + h, plain) - call(f, X - h, plain)) / (2 * h)
        g = grad(lambda x: call(f, x, plain).sum())(X)
        np.testing.assert_allclose(g, slope, atol=1e-7, rtol=1e-6)


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@pytest.mark.parametrize("partner", PARTNERS)
@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_operators_in_both_orders(name, partner, shape):
    f, other = OPERATORS[name], PARTNERS[partner]
    plain = other.numpy() if isinstance(other, Tensor) else other
    value = X if shape else X[0, 0]
    for x in (variable(value), Tensor(value)):
        for left, right, expected in [
            (x, other, f(value, np.asarray(plain)[()])),
            (other, x, f(np.asarray(plain)[()], value)),
        ]:
            y = f(left, right)
            assert isinstance(y, Tensor) and y.shape == np.shape(expected)
            np.testing.assert_array_equal(y.numpy(), expected)


def test_matmul_in_both_orders():
    a, x = np.arange(6.0).reshape(3, 2), variable(X)
    for y, expected in [(x @ a, X @ a), (a @ x, a @ X), (np.matmul(a, x), a @ X)]:
        assert isinstance(y, Tensor) and y.requires_grad
        np.testing.assert_array_equal(y.numpy(), expected)
    b = variable(a)
    (x @ b).sum().backward()
    np.testing.assert_allclose(b.grad.numpy(), np.repeat(X.sum(0)[:, None], 2, 1))


@pytest.mark.parametrize("z", [1j, 2 + 0.5j, np.complex64(1j), np.complex128(1j)], ids=repr)
@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**"])
@pytest.mark.parametrize("x", [0.5, np.float32(0.5), [0.5, 0.2]], ids=repr)
def test_complex_numbers_and_real_tensors(name, z, x):
    f = OPERATORS[name]
    value = np.asarray(x)[()]
    for left, right, expected in [
        (Tensor(x), z, np.asarray(f(value, np.asarray(z)[()]))),
        (z, Tensor(x), np.asarray(f(np.asarray(z)[()], value))),
    ]:
        y = f(left, right)
        assert isinstance(y, Tensor) and y.dtype.kind == "c" and y.shape == np.shape(x)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6)
        repr(y)


def test_numpy_scalar_types_follow_nep_50():
    x = Tensor(np.ones(2, np.float32))
    assert (x * 2.0).dtype == (2.0 * x).dtype == np.float32
    assert (x * np.float64(2)).dtype == (np.float64(2) * x).dtype == np.float64
    assert (x * np.float32(2)).dtype == np.float32
    assert (np.array(2.0) * x).dtype == (x * np.array(2.0)).dtype == np.float64


# -- keywords ------------------------------------------------------------------------------------

KEYWORDS = {
    "sum": lambda x: np.sum(a=x, axis=0, keepdims=True),
    "sum dtype": lambda x: np.sum(x, dtype=np.float32),
    "sum axes": lambda x: np.sum(x, axis=(0, 1)),
    "sum out None": lambda x: np.sum(x, out=None),
    "mean": lambda x: np.mean(a=x, axis=-1),
    "max": lambda x: np.max(a=x, axis=1, keepdims=True),
    "amax": lambda x: np.amax(x, 1),
    "min": lambda x: np.min(a=x, axis=None),
    "var": lambda x: np.var(a=x, axis=0, ddof=1),
    "std": lambda x: np.std(a=x, axis=1, keepdims=True),
    "reshape": lambda x: np.reshape(x, shape=(3, 2)),
    "reshape positional": lambda x: np.reshape(x, -1),
    "transpose": lambda x: np.transpose(a=x, axes=(1, 0)),
    "moveaxis": lambda x: np.moveaxis(a=x, source=0, destination=1),
    "swapaxes": lambda x: np.swapaxes(x, axis1=0, axis2=1),
    "expand_dims": lambda x: np.expand_dims(a=x, axis=(0, 2)),
    "squeeze": lambda x: np.squeeze(a=x[None], axis=0),
    "broadcast_to": lambda x: np.broadcast_to(array=x, shape=(2, 2, 3)),
    "concatenate": lambda x: np.concatenate((x, x), axis=1),
    "concatenate dtype": lambda x: np.concatenate([x, x], dtype=np.float32, casting="same_kind"),
    "stack dtype": lambda x: np.stack([x, X], axis=1, dtype=complex).real,
    "vstack dtype": lambda x: np.vstack([x, x], dtype=np.float32),
    "concatenate None": lambda x: np.concatenate([x, X], axis=None),
    "concat": lambda x: np.concat([x, X]),
    "stack": lambda x: np.stack(arrays=[x, x], axis=-1),
    "take": lambda x: np.take(a=x, indices=[0, 0, 1], axis=1),
    "take flat": lambda x: np.take(x, [5, -1]),
    "clip": lambda x: np.clip(a=x, a_min=0.3, a_max=0.6),
    "clip new names": lambda x: np.clip(x, min=0.3, max=0.6),
    "clip one side": lambda x: np.clip(x, None, 0.6),
    "pad": lambda x: np.pad(array=x, pad_width=((1, 0), (2, 1)), constant_values=3.0),
    "where": lambda x: np.where(X > 0.4, x, X * 0),
    "choose": lambda x: np.choose([[0, 1, 0], [1, 0, 1]], [x.astype(np.float32), 2.0]),
    "piecewise": lambda x: np.piecewise(x=x, condlist=[X > 0.5], funclist=[np.sin, 2.0]),
    "dot": lambda x: np.dot(a=x, b=X.T),
    "copy": lambda x: np.copy(a=x),
    "copy order": lambda x: np.copy(x, "F"),
    "full_like order": lambda x: np.full_like(x, 2.0, order="F"),
    "full_like positional": lambda x: np.full_like(x, 2.0, None, "C", True, (2,)),
    "astype": lambda x: np.astype(x, np.float32),
    "real": lambda x: np.real(val=x),
    "add.reduce": lambda x: np.add.reduce(x),
    "add.reduce axis": lambda x: np.add.reduce(x, axis=1, keepdims=True),
    "add.reduce all": lambda x: np.add.reduce(x, axis=None),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1),
    "minimum.reduce": lambda x: np.minimum.reduce(x),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "logaddexp": lambda x: np.logaddexp(x, 0),
    "logaddexp broadcast": lambda x: np.logaddexp(x, np.zeros(3)),
    "matrix_transpose": lambda x: np.matrix_transpose(x),
    "permute_dims": lambda x: np.permute_dims(x, (1, 0)),
    "ravel": lambda x: np.ravel(x),
    "round": lambda x: np.round(x, decimals=1),
    "argmax": lambda x: np.argmax(x, axis=1),
    "searchsorted": lambda x: np.searchsorted(np.array([0.2, 0.5]), x),
    "full_like": lambda x: np.full_like(x, 2.0),
    "isclose": lambda x: np.isclose(x, X),
    "count_nonzero": lambda x: np.asarray(np.count_nonzero(x > 0.4)),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_numpys_keywords(name):
    f = KEYWORDS[name]
    expected = np.asarray(f(X))
    for x in (variable(X), Tensor(X)):
        y = f(x)
        y = y.numpy() if isinstance(y, Tensor) else np.asarray(y)
        assert y.dtype == expected.dtype
        np.testing.assert_allclose(y, expected, rtol=1e-13)
    if expected.dtype.kind == "f" and not name.startswith(("round", "full_like")):
        u = np.arange(1.0, expected.size + 1).reshape(expected.shape)
        t = np.cos(X)
        _, tangent = jvp(f, (X,), (t,))
        g = grad(lambda x: (f(x) * u).sum())(X)
        np.testing.assert_allclose((g * t).sum(), (tangent * u).sum(), rtol=1e-6)
        h = 1e-6 if expected.dtype == float else 1e-2
        slope = ((f(X + h * t) - f(X - h * t)) * u).sum() / (2 * h)
        np.testing.assert_allclose((g * t).sum(), slope, rtol=1e-4, atol=1e-8)


def test_non_differentiable_results_are_constants():
    x = variable(X)
    for f in (np.argmax, np.floor, np.sign, np.round, np.isnan, np.zeros_like, lambda x: x > 0.4):
        y = f(x)
        assert isinstance(y, Tensor) and not y.requires_grad
    rows, columns = np.nonzero(x > 0.4)
    (x[rows, columns] * 1.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), X > 0.4)


def test_metadata_functions():
    x = variable(X)
    assert np.shape(x) == (2, 3) and np.ndim(x) == 2 and np.size(x) == 6 and np.size(x, 1) == 3
    assert np.size(x, (0, 1)) == 6
    with pytest.raises(ac.AxisError, match="size"):
        np.size(x, 2)
    assert np.result_type(x, np.float32) == np.common_type(x) == np.float64
    assert np.can_cast(x, np.complex64) is np.can_cast(X, np.complex64)
    assert np.min_scalar_type(x[0, 0]) == np.min_scalar_type(X[0, 0])
    assert np.array2string(x, precision=1) == np.array2string(X, precision=1)
    assert np.array_repr(x) == np.array_repr(X) and np.array_str(x) == np.array_str(X)
    assert not np.iscomplexobj(x) and np.isrealobj(x)


def test_operands_may_be_mixed_in_sequences():
    x = variable(X[0])
    y = np.stack([x, X[1], [1.0, 2.0, 3.0], Tensor([0, 0, 1])])
    z = np.concatenate([y, [[1.0, 1.0, 1.0]]])
    assert z.shape == (5, 3)
    (z * np.arange(15.0).reshape(5, 3)).sum().backward()
    assert x.grad.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["reduce", "accumulate", "reduceat", "at"])
def test_ufunc_methods_without_a_rule_name_the_method(kind):
    arguments = {"reduceat": ([0, 1],), "at": ([0], X)}.get(kind, ())
    with pytest.raises(UnsupportedError, match=rf"arctan2\.{kind}.*detach"):
        getattr(np.arctan2, kind)(variable(X), *arguments)


def test_subclasses_of_ndarray_meet_tensors():
    masked = np.ma.masked_array([1.0, 2.0, 3.0])
    y = variable(X) * masked
    assert isinstance(y, Tensor)


@pytest.mark.parametrize("ufunc", [np.add, np.arctan2, np.equal, scipy.special.xlogy])
def test_outer_of_every_ufunc_of_two_operands(ufunc):
    a, b = np.array([[0.5, 1.0], [2.0, 3.0]]), np.array([1.0, 2.0, 0.5])
    result = ufunc.outer(Tensor(a), b)
    np.testing.assert_array_equal(result.numpy(), ufunc.outer(a, b))
    np.testing.assert_array_equal(ufunc.outer(a.tolist(), Tensor(b)).numpy(), ufunc.outer(a, b))
    if ufunc is not np.equal:
        assert ac.gradcheck(ufunc.outer, a, b)
