"""The Python Array API standard (2024.12): names, signatures, dtypes, special values.

The tables are the standard's text in short. Values of ordinary numbers are compared with NumPy's.
"""

import builtins
import inspect
import operator
import re
from itertools import product

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor
from autograd_core.operation import Operation
from autograd_core.registry import COMPOSITES, NUMPY

# -- names and signatures ------------------------------------------------------------------------

CONSTANTS = "e inf nan newaxis pi __array_api_version__"
DTYPES = {
    "bool": "bool",
    "signed integer": "int8 int16 int32 int64",
    "unsigned integer": "uint8 uint16 uint32 uint64",
    "real floating": "float32 float64",
    "complex floating": "complex64 complex128",
}
KINDS = {kind: names.split() for kind, names in DTYPES.items()}
INTEGERS = KINDS["signed integer"] + KINDS["unsigned integer"]
REAL, INEXACT = KINDS["real floating"], KINDS["real floating"] + KINDS["complex floating"]
NUMERIC, ALL = INTEGERS + INEXACT, ["bool", *INTEGERS, *INEXACT]

SIGNATURES = {
    "": "__array_namespace_info__",
    "x, /": """
        abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag
        isfinite isinf isnan log log1p log2 log10 logical_not negative positive real reciprocal
        round sign signbit sin sinh square sqrt tan tanh trunc matrix_transpose nonzero unique_all
        unique_counts unique_inverse unique_values linalg.det linalg.eigh linalg.eigvalsh linalg.inv
        linalg.matrix_transpose linalg.slogdet linalg.svdvals""",
    "x1, x2, /": """
        add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign
        divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and
        logical_or logical_xor maximum minimum multiply nextafter not_equal pow remainder subtract
        matmul can_cast linalg.matmul linalg.outer linalg.solve""",
    "x, /, min=None, max=None": "clip",
    "start, /, stop=None, step=1, *, dtype=None, device=None": "arange",
    "obj, /, *, dtype=None, device=None, copy=None": "asarray",
    "shape, *, dtype=None, device=None": "empty ones zeros",
    "x, /, *, dtype=None, device=None": "empty_like ones_like zeros_like",
    "n_rows, n_cols=None, /, *, k=0, dtype=None, device=None": "eye",
    "x, /, *, device=None, copy=None": "from_dlpack",
    "shape, fill_value, *, dtype=None, device=None": "full",
    "x, /, fill_value, *, dtype=None, device=None": "full_like",
    "start, stop, /, num, *, dtype=None, device=None, endpoint=True": "linspace",
    "*arrays, indexing='xy'": "meshgrid",
    "x, /, *, k=0": "tril triu",
    "x, dtype, /, *, copy=True, device=None": "astype",
    "type, /": "finfo iinfo",
    "dtype, kind": "isdtype",
    "*arrays_and_dtypes": "result_type",
    "x, indices, /, *, axis=None": "take",
    "x, indices, /, *, axis=-1": "take_along_axis",
    "*arrays": "broadcast_arrays",
    "x, /, shape": "broadcast_to",
    "arrays, /, *, axis=0": "concat stack",
    "x, /, axis": "expand_dims squeeze",
    "x, /, *, axis=None": "flip",
    "x, source, destination, /": "moveaxis",
    "x, /, axes": "permute_dims",
    "x, repeats, /, *, axis=None": "repeat",
    "x, /, shape, *, copy=None": "reshape",
    "x, /, shift, *, axis=None": "roll",
    "x, repetitions, /": "tile",
    "x, /, *, axis=0": "unstack",
    "x, /, *, axis=None, keepdims=False": "all any argmax argmin count_nonzero max min mean",
    "x1, x2, /, *, side='left', sorter=None": "searchsorted",
    "condition, x1, x2, /": "where",
    "x, /, *, axis=-1, descending=False, stable=True": "argsort sort",
    "x, /, *, axis=None, dtype=None, include_initial=False": "cumulative_prod cumulative_sum",
    "x, /, *, axis=None, dtype=None, keepdims=False": "prod sum",
    "x, /, *, axis=None, correction=0.0, keepdims=False": "std var",
    "x, /, *, axis=-1, n=1, prepend=None, append=None": "diff",
    "x1, x2, /, *, axes=2": "tensordot linalg.tensordot",
    "x1, x2, /, *, axis=-1": "vecdot linalg.vecdot linalg.cross",
    "x, /, *, upper=False": "linalg.cholesky",
    "x, /, *, offset=0": "linalg.diagonal",
    "x, /, *, keepdims=False, ord='fro'": "linalg.matrix_norm",
    "x, n, /": "linalg.matrix_power",
    "x, /, *, rtol=None": "linalg.matrix_rank linalg.pinv",
    "x, /, *, mode='reduced'": "linalg.qr",
    "x, /, *, full_matrices=True": "linalg.svd",
    "x, /, *, offset=0, dtype=None": "linalg.trace",
    "x, /, *, axis=None, keepdims=False, ord=2": "linalg.vector_norm",
    "x, /, *, n=None, axis=-1, norm='backward'": """
        fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft""",
    "x, /, *, s=None, axes=None, norm='backward'": "fft.fftn fft.ifftn fft.rfftn fft.irfftn",
    "n, /, *, d=1.0, dtype=None, device=None": "fft.fftfreq fft.rfftfreq",
    "x, /, *, axes=None": "fft.fftshift fft.ifftshift",
}
FUNCTIONS = {name: text for text, names in SIGNATURES.items() for name in names.split()}


def test_every_name_of_the_standard_is_there():
    names = [*CONSTANTS.split(), *ALL]
    assert [name for name in names if not hasattr(ac, name)] == []
    assert ac.__array_api_version__ == "2024.12"
    listed = (ac.array_api.MAIN, ac.array_api.LINALG, ac.array_api.FFT)
    count = len(FUNCTIONS) - 1 + len(CONSTANTS.split()) - 1 + len(ALL)
    assert builtins.sum(len(text.split()) for text in listed) == count


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature(name):
    """Ours may take more, and have another way to say "not given" for a default."""
    standard = inspect.signature(eval(f"lambda {FUNCTIONS[name]}: 0")).parameters.values()
    ours = inspect.signature(operator.attrgetter(name)(ac)).parameters
    by_place = list(ours.values())
    for place, theirs in enumerate(standard):
        if theirs.kind is theirs.KEYWORD_ONLY:
            found = ours[theirs.name]
            assert found.kind in (theirs.KEYWORD_ONLY, theirs.POSITIONAL_OR_KEYWORD)
        else:
            found = by_place[place]
            if theirs.kind is not theirs.POSITIONAL_ONLY:
                assert found.kind == theirs.kind
            if theirs.kind is theirs.POSITIONAL_OR_KEYWORD:
                assert found.name == theirs.name
        if theirs.default is not theirs.empty:
            assert found.default in (theirs.default, None, np._NoValue, float)


def test_a_star_import_leaves_pythons_own_alone():
    namespace = {}
    exec("from autograd_core import *", namespace)
    assert namespace["exp"] is ac.exp
    assert [name for name in namespace if hasattr(builtins, name)] == []
    shadowing = [name for name in ac.derivatives.PUBLIC if hasattr(builtins, name)]
    assert {"sum", "max", "all"} <= set(shadowing)
    for name in shadowing:
        assert getattr(ac, name) is getattr(ac.derivatives, name)


def test_parts_of_operations_are_not_public():
    for name in ("gather", "scatter", "clip_between", "conv_input", "standardize", "fraction"):
        assert hasattr(ac.derivatives, name) and not hasattr(ac, name)
    torch = pytest.importorskip("torch")
    special = pytest.importorskip("scipy.special")
    linalg = pytest.importorskip("scipy.linalg")
    homes = (torch, torch.nn.functional, special, linalg)
    known = {operation.name for operation in NUMPY.values() if isinstance(operation, Operation)}
    public = {name for name in ac.derivatives.PUBLIC if name in ac.REGISTRY} - set(COMPOSITES)
    own = {name for name in public - known if not any(hasattr(home, name) for home in homes)}
    assert own <= {"affine", "hard_swish"}


# -- dtypes --------------------------------------------------------------------------------------


def test_kinds_of_dtypes():
    unions = {"integral": INTEGERS, "numeric": NUMERIC} | KINDS
    for kind, dtype in product(unions, ALL):
        assert ac.isdtype(np.dtype(dtype), kind) is (dtype in unions[kind])
    assert ac.isdtype(ac.int8, ("bool", ac.int8)) and not ac.isdtype(ac.int8, ac.int16)
    with pytest.raises(ac.OperationError, match="numeric"):
        ac.isdtype(ac.int8, "number")
    assert ac.result_type(Tensor(np.ones(1, "f4")), 1.0, ac.float32) == np.float32
    assert ac.can_cast(Tensor([1.0]), ac.complex128) is True
    assert ac.can_cast(ac.int64, ac.int8) is False


def test_limits_of_dtypes():
    for dtype in INEXACT:
        limits, theirs = ac.finfo(ac.ones(1, dtype=dtype)), np.finfo(dtype)
        assert (limits.bits, limits.dtype) == (theirs.bits, theirs.dtype)
        for name in ("eps", "max", "min", "smallest_normal"):
            assert type(getattr(limits, name)) is float
            assert getattr(limits, name) == getattr(theirs, name)
    for dtype in INTEGERS:
        limits, theirs = ac.iinfo(np.dtype(dtype)), np.iinfo(dtype)
        assert (limits.bits, limits.min, limits.max) == (theirs.bits, theirs.min, theirs.max)
        assert type(limits.max) is int and limits.dtype == dtype
    for function, dtype in ((ac.finfo, ac.int8), (ac.iinfo, ac.float32)):
        with pytest.raises(ac.DTypeError, match=function.__name__):
            function(dtype)


def test_inspection():
    info = ac.__array_namespace_info__()
    assert info.default_device() in info.devices()
    assert info.capabilities()["boolean indexing"] is True
    assert info.capabilities()["max dimensions"] == 64
    assert set(info.dtypes()) == set(ALL)
    assert set(info.dtypes(kind=("bool", "real floating"), device="cpu")) == {"bool", *REAL}
    for kind, dtype in info.default_dtypes().items():
        assert dtype == {"r": ac.float64, "c": ac.complex128, "i": ac.int64}[kind[0]]


def test_the_namespace_of_a_tensor():
    x = Tensor([1.0])
    assert x.__array_namespace__() is ac
    assert x.__array_namespace__(api_version="2024.12") is ac
    with pytest.raises(ValueError, match=r"1999\.01"):
        x.__array_namespace__(api_version="1999.01")
    assert x.device == "cpu" and x.to_device("cpu") is x
    with pytest.raises(ValueError, match="cpu"):
        x.to_device("gpu")


# -- making Tensors ------------------------------------------------------------------------------

MADE = """
arange(5), arange(2.0, 7), arange(9, 1, -3, dtype=X.float32), arange(3, stop=5, step=1)
linspace(0, 1, 5, endpoint=False), linspace(0j, 1, 3), linspace(0, 1, num=0, dtype=X.float32)
eye(3), eye(2, 3, k=-1, dtype=X.int8), eye(0), zeros(3), zeros(()), zeros((2, 0), dtype=X.bool)
ones(shape=(2,), dtype=X.uint64, device="cpu"), full((2,), True), full((), 1), full(2, 1.5)
full(2, 1j), full(2, fill_value=3, dtype=X.float32), asarray(3), asarray(True), asarray(1j)
asarray([[1, 2], [3, 4]]), asarray([True, 2]), asarray([1, 2.0]), asarray([]), asarray([1, 2j])
asarray([1, 2], dtype=X.float32), asarray(memoryview(b"abc")), fft.rfftfreq(5, d=0.5)
fft.fftfreq(4, d=0.5, device="cpu"), linspace(1, 0, 3), asarray(X.asarray([1, 2]), copy=True)
"""


@pytest.mark.parametrize("line", MADE.strip().splitlines(), ids=lambda line: line[:12])
def test_creation(line):
    for call in re.split(r", (?=[a-z.]+\()", line):
        result, expected = (eval(f"X.{call}", {"X": namespace}) for namespace in (ac, np))
        assert isinstance(result, Tensor) and not result.requires_grad
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result.numpy(), expected)


def test_asarray_copies_when_told_to():
    array = np.ones(3)
    assert np.shares_memory(ac.asarray(array, copy=False).numpy(), array)
    assert not np.shares_memory(ac.asarray(array).numpy(), array)
    x = Tensor(array, requires_grad=True)
    assert ac.asarray(x) is x
    assert ac.asarray(x, dtype=ac.float32).requires_grad
    for obj, dtype in (([1.0], None), (array, ac.float32), (x, ac.float32)):
        with pytest.raises(ValueError, match="copy"):
            ac.asarray(obj, dtype=dtype, copy=False)
    with pytest.raises(ac.OperationError, match=r"(?i)device"):
        ac.zeros(3, device="gpu")


def test_bits_shift_in_place_and_out_of_place():
    x = Tensor([1, 2, 4])
    assert (x << 2).tolist() == [4, 8, 16] and (16 >> x).tolist() == [8, 4, 1]
    x <<= 1
    x |= 1
    assert x.tolist() == [3, 5, 9]


def test_dlpack_both_ways():
    x = Tensor([1.0, 2.0])
    array = np.from_dlpack(x)
    assert array.tolist() == [1, 2] and not np.shares_memory(array, x.numpy())
    assert np.shares_memory(ac.from_dlpack(x, copy=False).numpy(), x.numpy())
    source = np.arange(3.0)
    assert np.shares_memory(ac.from_dlpack(source, device="cpu").numpy(), source)
    assert not np.shares_memory(ac.from_dlpack(source, copy=True).numpy(), source)
    assert x.__dlpack_device__() == (1, 0)
    for copy, version in product((None, True, False), (None, (0, 8), (1, 0))):
        x.__dlpack__(stream=None, max_version=version, dl_device=(1, 0), copy=copy)
    with pytest.raises(ac.ConversionError):
        np.from_dlpack(Tensor([1.0], requires_grad=True))
    torch = pytest.importorskip("torch")
    assert torch.from_dlpack(x).tolist() == [1, 2]
    assert ac.from_dlpack(torch.ones(2)).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("kind", "dtypes"),
    [(bool, ALL), (int, ["bool", *INTEGERS, *REAL]), (float, ["bool", *INTEGERS, *REAL]),
     (complex, ALL), (operator.index, INTEGERS)],
)  # fmt: skip
def test_python_numbers_of_0d_tensors(kind, dtypes):
    for dtype, value in product(dtypes, (0, 1)):
        number = kind(ac.asarray(value, dtype=dtype))
        assert number == value and type(number) is (int if kind is operator.index else kind)


def test_an_axis_that_is_not_there_is_an_index_error():
    for call in (ac.expand_dims, ac.unstack, ac.flip, ac.cumulative_sum):
        with pytest.raises(IndexError, match="axis 3") as caught:
            call(Tensor([1.0]), axis=3)
        assert isinstance(caught.value, ac.OperationError)
