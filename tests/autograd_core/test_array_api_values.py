"""The Python Array API standard (2024.12): values, special ones by the standard's text, others by
NumPy, and their dtypes and shapes."""

import operator
from itertools import product

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
REAL, COMPLEX = ["float32", "float64"], ["complex64", "complex128"]
INEXACT = REAL + COMPLEX
NUMERIC, ALL = INTEGERS + INEXACT, ["bool", *INTEGERS, *INEXACT]

UNARY = {
    "abs negative positive square sign": INTEGERS + INEXACT,
    "conj real": INEXACT,
    "imag": COMPLEX,
    "ceil floor round trunc": INTEGERS + REAL,
    "signbit": REAL,
    "bitwise_invert": ["bool", *INTEGERS],
    "logical_not": ["bool"],
    "isfinite isinf isnan": NUMERIC,
    "acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh "
    "sqrt tan tanh": INEXACT,
}
BINARY = {
    "add multiply subtract pow": NUMERIC,
    "divide": INEXACT,
    "floor_divide remainder maximum minimum greater greater_equal less less_equal": INTEGERS + REAL,
    "equal not_equal": ALL,
    "atan2 copysign hypot logaddexp nextafter": REAL,
    "bitwise_and bitwise_or bitwise_xor": ["bool", *INTEGERS],
    "bitwise_left_shift bitwise_right_shift": INTEGERS,
    "logical_and logical_or logical_xor": ["bool"],
}
SCALARS = {"b": [True], "i": [2], "u": [2], "f": [2, 0.5], "c": [2, 0.5, 1j]}
OPERATORS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "pow": "pow",
    "floor_divide": "floordiv", "remainder": "mod", "equal": "eq", "less": "lt", "greater": "gt",
    "bitwise_and": "and_", "bitwise_or": "or_", "bitwise_xor": "xor",
    "bitwise_left_shift": "lshift", "bitwise_right_shift": "rshift",
}  # fmt: skip


def cases(table):
    return [(name, dtypes) for names, dtypes in table.items() for name in names.split()]


def numbers(dtype, shape):
    values = np.resize([0.5, 0.25, 0.75, 0.375], shape)
    values = values * 4 if np.dtype(dtype).kind in "biu" else values
    return np.asarray(values * (1 + 0.5j) if np.dtype(dtype).kind == "c" else values).astype(dtype)


def check(result, expected):
    """A Tensor of this dtype, shape and value; or a tuple of them, under the same names."""
    if isinstance(expected, list | tuple):
        assert isinstance(result, list | tuple)
        assert getattr(result, "_fields", None) == getattr(expected, "_fields", None)
        for part, theirs in zip(result, expected, strict=True):
            check(part, theirs)
        return
    assert isinstance(result, Tensor)
    assert (result.dtype, result.shape) == (np.asarray(expected).dtype, np.shape(expected))
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "dtypes"), cases(UNARY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_unary(name, dtypes):
    for dtype, shape in product(dtypes, [(), (0,), (2, 3)]):
        x = numbers(dtype, shape)
        check(getattr(ac, name)(Tensor(x)), getattr(np, name)(x))


@pytest.mark.parametrize(("name", "dtypes"), cases(BINARY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_binary_promotes_as_the_standard_says(name, dtypes):
    ours, theirs = getattr(ac, name), getattr(np, name)
    sign = getattr(operator, OPERATORS[name]) if name in OPERATORS else ours
    for one, two in product(dtypes, dtypes):
        kinds = {np.dtype(one).kind, np.dtype(two).kind}
        if len(kinds) > 1 and not kinds <= {"f", "c"} and not kinds <= {"i", "u"}:
            continue  # the standard leaves it open
        if "uint64" in (one, two) and "i" in kinds:
            continue
        for left, right in [((), ()), ((2, 1), (3,)), ((0,), (1,))]:
            a, b = numbers(one, left), numbers(two, right)
            check(ours(Tensor(a), Tensor(b)), theirs(a, b))
            check(sign(Tensor(a), Tensor(b)), theirs(a, b))
    for dtype in dtypes:
        a = numbers(dtype, (2,))
        for scalar in SCALARS[a.dtype.kind]:
            for f in (ours, sign):
                check(f(Tensor(a), scalar), theirs(a, scalar))
                check(f(scalar, Tensor(a)), theirs(scalar, a))


@pytest.mark.parametrize("name", ["add", "multiply", "floor_divide", "bitwise_or"])
def test_in_place_keeps_the_dtype(name):
    in_place = getattr(operator, "i" + OPERATORS[name].strip("_"))
    for dtype in INTEGERS:
        x, y = numbers(dtype, (2, 3)), numbers(dtype, (3,))
        check(in_place(Tensor(x), Tensor(y)), getattr(np, name)(x, y))
        check(in_place(Tensor(x), 2), getattr(np, name)(x, 2))


@pytest.mark.parametrize("name", ["sum", "prod", "cumulative_sum", "cumulative_prod"])
def test_sums_of_small_integers_are_wide(name):
    for dtype in NUMERIC:
        x = Tensor(numbers(dtype, (3,)))
        wide = {"i": "int64", "u": "uint64"}.get(x.dtype.kind, dtype)
        assert getattr(ac, name)(x).dtype == wide
        assert getattr(ac, name)(x, dtype=ac.complex64).dtype == ac.complex64


CALLS = """
X.concat([a, b], axis=-1)
X.concat((a, b), axis=None)
X.stack([a, b], axis=1)
X.unstack(a, axis=-1)
X.expand_dims(a, axis=-1)
X.squeeze(a[None, :, 1:2], axis=(0, -1))
X.flip(a)
X.flip(a, axis=(0, -1))
X.roll(a, 2)
X.roll(a, (1, -1), axis=(0, 1))
X.moveaxis(a, (0, 1), (1, 0))
X.permute_dims(a, (1, 0))
X.reshape(a, (-1,), copy=True)
X.tile(a, (2, 1, 2))
X.repeat(a, 2)
X.repeat(a, X.asarray([2, 0, 1]), axis=1)
X.broadcast_to(a, (2, *a.shape))
X.broadcast_arrays(a, b[:, :1])
X.matrix_transpose(a)
X.take(a, X.asarray([2, -1]), axis=1)
X.take_along_axis(a, X.argsort(b, axis=1), axis=1)
X.tril(a, k=-1)
X.triu(a, k=1)
X.meshgrid(a[:, 0], b[:, 1], indexing="ij")
X.nonzero(a)
X.count_nonzero(a, axis=0)
X.all(a, axis=(0, 1))
X.any(a, axis=1, keepdims=True)
X.where(a == b, a, b)
X.unique_all(a)
X.unique_counts(b)
X.unique_inverse(a)
X.empty_like(a) * 0 + X.zeros_like(a) + X.ones_like(b, device="cpu")
X.full_like(a, 1, device="cpu")
X.astype(a, X.bool, copy=False)
a[None, ..., 1]
a[::-1, 1:]
a[..., [0, 2]]
a[X.asarray([False]), :] if a.shape[0] == 1 else a[a == b]
""".strip().splitlines()
CALLS_ON_NUMBERS = """
X.sum(a, axis=0, keepdims=True)
X.prod(a, axis=(0, 1))
X.cumulative_sum(a, axis=1, include_initial=True)
X.cumulative_prod(a, axis=0, include_initial=True)
X.diff(a, axis=1, n=2, prepend=b, append=b)
X.matmul(a, b.T)
a @ b[0, :] if len(b) else a
X.vecdot(a, b, axis=-1)
X.linalg.vecdot(a, b, axis=-2)
X.tensordot(a, b, axes=((0, 1), (0, 1)))
X.linalg.outer(a[:, 0], b[:, 1])
X.linalg.cross(a, b, axis=-1)
X.linalg.trace(a, offset=1, dtype=X.complex128)
X.linalg.diagonal(a, offset=-1)
""".strip().splitlines()
CALLS_ON_REAL = """
X.max(a, axis=1)
X.min(a, axis=(1,), keepdims=True)
X.argmax(a, axis=1, keepdims=True)
X.argmin(a, axis=-1)
X.sort(a, axis=0)
X.argsort(a, axis=1)
X.clip(a, 1, 2)
X.clip(a, max=b)
X.searchsorted(X.sort(a[0]) if len(a) else a[:, 0], b, side="right")
""".strip().splitlines()
CALLS_ON_INEXACT = """
X.mean(a, axis=1)
X.std(a, axis=(0, 1), correction=0.5) if a.size else a
X.var(a, axis=1, keepdims=True)
X.linalg.cholesky(s, upper=False)
X.linalg.det(s)
X.linalg.eigh(s)
X.linalg.eigvalsh(s)
X.linalg.inv(s)
X.linalg.solve(s, s[:, 0])
X.linalg.slogdet(s)
X.linalg.svd(s, full_matrices=False)
X.linalg.svdvals(a)
X.linalg.qr(a, mode="complete")
X.linalg.pinv(s, rtol=0.1)
X.linalg.matrix_rank(s)
X.linalg.matrix_power(s, -2)
[X.linalg.matrix_norm(a, ord=o, keepdims=True) for o in ("fro", "nuc", 1, 2, X.inf)]
[X.linalg.vector_norm(a, axis=1, ord=o) for o in (0, 1, 2, 3.5, X.inf)]
X.fft.fft(s, n=4, axis=0, norm="ortho")
X.fft.ifftn(s, s=(2, 4), axes=(0, 1), norm="forward")
X.fft.irfft(s, n=5)
X.fft.hfft(s, axis=0)
X.fft.irfftn(s)
X.fft.fftshift(s, axes=0)
""".strip().splitlines()


@pytest.mark.parametrize(
    ("dtypes", "call"),
    [
        (dtypes, call)
        for dtypes, calls in [
            (ALL, CALLS),
            (NUMERIC, CALLS_ON_NUMBERS),
            (INTEGERS + REAL, CALLS_ON_REAL),
            (INEXACT, CALLS_ON_INEXACT),
        ]
        for call in calls
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_call(dtypes, call):
    """The same text with our namespace and Tensors, and with NumPy and arrays."""
    for dtype, rows in product(dtypes, (2, 0)):
        arrays = {name: numbers(dtype, (rows, 3)) for name in "ab"}
        arrays["b"] = arrays["b"][:, ::-1]
        arrays["s"] = numbers(dtype, (3, 3))
        if dtype in INEXACT:
            arrays["s"] = np.conj(arrays["s"].T) @ arrays["s"] + np.eye(3, dtype=dtype)
        tensors = {name: Tensor(array) for name, array in arrays.items()}
        check(eval(call, {"X": ac, **tensors}), eval(call, {"X": np, **arrays}))


def test_writing_elements():
    for dtype, (index, shape) in product(
        ALL,
        [(0, (3,)), ((..., 1), (2,)), (slice(None, None, -1), (2, 3)), (([0, 1], [1, 2]), (2,)),
         (np.array([[True, False, True], [False, True, False]]), (3,)), ((), (2, 3))],
    ):  # fmt: skip
        x, value = np.zeros((2, 3), dtype), numbers(dtype, shape)
        for written in (value, Tensor(value), value.flat[0].item(), Tensor(value.flat[0])):
            tensor, array = Tensor(x), x.copy()
            tensor[index] = written
            array[index] = written.numpy() if isinstance(written, Tensor) else written
            check(tensor, array)


def test_sorting_downwards_is_stable():
    keys = np.array([1.0, 3.0, 1.0, 3.0, 2.0])
    assert ac.argsort(Tensor(keys), descending=True).tolist() == [1, 3, 4, 0, 2]
    assert ac.sort(Tensor([[1, 2], [3, 0]]), axis=0, descending=True).tolist() == [[3, 2], [1, 0]]
    x = Tensor(keys, requires_grad=True)
    (ac.sort(x, descending=True) * np.arange(5.0)).sum().backward()
    assert x.grad.tolist() == [3, 0, 4, 1, 2]


# -- special values ------------------------------------------------------------------------------

SPECIAL = """
abs: -0 = 0, -inf = inf, nan = nan, nan+infj = inf, 3+4j = 5
acos: 2 = nan, -2 = nan, 1 = 0, nan = nan, 0+0j = 1.5707963267948966-0j
acosh: 0.5 = nan, 1 = 0, inf = inf, nan = nan, 0+0j = 0+1.5707963267948966j
add: inf -inf = nan, inf inf = inf, -0 -0 = -0, -0 0 = 0, 1 -inf = -inf, nan 1 = nan
asin: 2 = nan, -0 = -0, 0 = 0, nan = nan
asinh: -0 = -0, -inf = -inf, inf = inf, 0+infj = inf+1.5707963267948966j
atan: -0 = -0, inf = 1.5707963267948966, -inf = -1.5707963267948966
atan2: 0 0 = 0, -0 0 = -0, 0 -0 = 3.141592653589793, -0 -1 = -3.141592653589793, -1 inf = -0
atan2: 1 0 = 1.5707963267948966, inf inf = 0.7853981633974483, inf -inf = 2.356194490192345
atanh: 2 = nan, 1 = inf, -1 = -inf, -0 = -0
ceil: -0.5 = -0, -0 = -0, inf = inf, nan = nan
copysign: 1 -0 = -1, -2 0 = 2, 0 -1 = -0
cos: -0 = 1, inf = nan, 0+0j = 1-0j
cosh: -0 = 1, -inf = inf, nan = nan
divide: 0 0 = nan, inf inf = nan, 1 -0 = -inf, -1 0 = -inf, 0 -1 = -0, -1 inf = -0, inf -2 = -inf
exp: -inf = 0, inf = inf, 0 = 1, nan = nan, 0+0j = 1+0j, inf+0j = inf+0j, -inf+1j = 0+0j
expm1: -0 = -0, -inf = -1, inf = inf
floor: 0.5 = 0, -0 = -0, -inf = -inf
floor_divide: 0 0 = nan, inf inf = nan, 0 -1 = -0, 1 0 = inf, -1 0 = -inf, 1 inf = 0, 5 -2 = -3
hypot: inf nan = inf, nan -inf = inf, nan 1 = nan, 3 4 = 5
log: -1 = nan, 0 = -inf, -0 = -inf, 1 = 0, inf = inf, 0+0j = -inf+0j, -0+0j = -inf+3.141592653589793j
log1p: -2 = nan, -1 = -inf, -0 = -0, inf = inf
log2: -1 = nan, 0 = -inf, 1 = 0, 8 = 3
log10: -1 = nan, 0 = -inf, 1 = 0, 1000 = 3
logaddexp: nan 1 = nan, inf 1 = inf, -inf inf = inf, -inf -inf = -inf
maximum: nan 1 = nan, 1 nan = nan, -inf inf = inf
minimum: nan 1 = nan, 1 nan = nan, -inf inf = -inf
multiply: inf 0 = nan, -0 1 = -0, -0 -1 = 0, inf -1 = -inf
nextafter: 0 1 = 5e-324, 1 1 = 1, nan 1 = nan, -0 0 = 0
pow: nan 0 = 1, nan -0 = 1, nan 1 = nan, 1 inf = 1, 0.5 inf = 0, 0.5 -inf = inf, 2 -inf = 0
pow: inf -1 = 0, -inf 3 = -inf, -inf 2 = inf, -inf -3 = -0, -inf -2 = 0, inf 2 = inf
pow: 0 2 = 0, 0 -1 = inf, -0 3 = -0, -0 2 = 0, -0 -1 = -inf, -0 -2 = inf, -8 0.5 = nan
reciprocal: 0 = inf, -0 = -inf, -inf = -0
remainder: inf 1 = nan, 1 0 = nan, 1 inf = 1, -1 inf = inf, 1 -inf = -inf, -1 -inf = -1, -0 1 = 0
remainder: 0 -1 = -0, -5 3 = 1, 5 -3 = -1, nan 1 = nan
round: 0.5 = 0, 1.5 = 2, 2.5 = 2, -0.5 = -0, inf = inf, 0.5+1.5j = 0+2j
sign: -0 = 0, -inf = -1, inf = 1, nan = nan, 3+4j = 0.6+0.8j, 0+0j = 0+0j
signbit: -0 = 1, 0 = 0, -inf = 1, inf = 0
sin: -0 = -0, inf = nan
sinh: -0 = -0, -inf = -inf, 0+0j = 0+0j
sqrt: -1 = nan, -0 = -0, inf = inf, -0+0j = 0+0j, 1+infj = inf+infj, -inf+1j = 0+infj, nan+infj = inf+infj
subtract: inf inf = nan, 0 0 = 0, -0 0 = -0
tan: -0 = -0, inf = nan
tanh: -0 = -0, inf = 1, -inf = -1, inf+1j = 1+0j
trunc: -0.5 = -0, 0.5 = 0, -inf = -inf, nan = nan
"""  # noqa: E501


def number(text):
    return complex(text) if "j" in text else float(text)


def assert_same(result, expected):
    """Equal to rounding, with the sign of zeros, and NaN where NaN is."""
    if isinstance(expected, complex):
        assert_same(result.real, expected.real)
        assert_same(result.imag, expected.imag)
        return
    np.testing.assert_allclose(result, expected, rtol=1e-12)
    assert expected != 0 or np.signbit(result) == np.signbit(expected)


@pytest.mark.parametrize("line", SPECIAL.strip().splitlines(), ids=lambda line: line[:12])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_special_values(line):
    name, cases = line.split(": ")
    for case in cases.split(", "):
        operands, expected = case.split(" = ")
        values = [number(text) for text in operands.split()]
        for shape in ((), (3,)):
            result = getattr(ac, name)(*(Tensor(np.full(shape, value)) for value in values))
            for item in np.ravel(result.numpy()):
                assert_same(item, number(expected))
