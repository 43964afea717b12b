"""What the Python Array API standard (2024.12) adds to the tables: dtypes, queries about dtypes and
the device, and its own names for some of NumPy's functions.

ARRAY_API.md, next to this file, lists where the library deviates from the standard.
"""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import numpy as np

from autograd_core import derivatives as ops
from autograd_core.array import Array
from autograd_core.derivatives.creation import check_device
from autograd_core.errors import DTypeError, OperationError

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "can_cast",
    "complex64",
    "complex128",
    "concat",
    "conj",
    "e",
    "finfo",
    "float32",
    "float64",
    "iinfo",
    "inf",
    "int8",
    "int16",
    "int32",
    "int64",
    "isdtype",
    "nan",
    "newaxis",
    "permute_dims",
    "pi",
    "result_type",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]
"""Without abs, bool and pow: a star import must not replace Python's."""

MAIN = """
e inf nan newaxis pi
bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like
tril triu zeros zeros_like
astype can_cast finfo iinfo isdtype result_type
abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert
bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp
expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal
log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor maximum minimum
multiply negative nextafter not_equal positive pow real reciprocal remainder round sign signbit
sin sinh square sqrt subtract tan tanh trunc
take take_along_axis matmul matrix_transpose tensordot vecdot
broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll
squeeze stack tile unstack
argmax argmin count_nonzero nonzero searchsorted where
unique_all unique_counts unique_inverse unique_values argsort sort
cumulative_prod cumulative_sum max mean min prod std sum var all any diff
"""
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
FFT = "fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift"
"""Every name of the standard: of the namespace itself and of its two extensions."""

# -- names ---------------------------------------------------------------------------------------

e, inf, nan, newaxis, pi = np.e, np.inf, np.nan, np.newaxis, np.pi
abs, pow = ops.absolute, ops.power
acos, acosh, asin, asinh = ops.arccos, ops.arccosh, ops.arcsin, ops.arcsinh
atan, atanh, atan2 = ops.arctan, ops.arctanh, ops.arctan2
concat, conj, permute_dims = ops.concatenate, ops.conjugate, ops.transpose
bitwise_invert = ops.invert
bitwise_left_shift, bitwise_right_shift = ops.left_shift, ops.right_shift

# -- dtypes --------------------------------------------------------------------------------------

bool = np.bool_
int8, int16, int32, int64 = np.int8, np.int16, np.int32, np.int64
uint8, uint16, uint32, uint64 = np.uint8, np.uint16, np.uint32, np.uint64
float32, float64, complex64, complex128 = np.float32, np.float64, np.complex64, np.complex128

INTEGERS = (int8, int16, int32, int64, uint8, uint16, uint32, uint64)
DTYPES = {
    np.dtype(kind).name: np.dtype(kind)
    for kind in (bool, *INTEGERS, float32, float64, complex64, complex128)
}

KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}
"""The standard's kinds of dtype, as NumPy's letters."""


def dtype_of(value: Any) -> Any:
    return value.dtype if isinstance(value, Array) else value


def isdtype(dtype: Any, kind: Any) -> builtins.bool:
    """Whether `dtype` is `kind`: a dtype, a kind ("real floating", ...) or one of a tuple of them.

    Raises:
        OperationError: the kind is unknown.
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, each) for each in kind)
    if not isinstance(kind, str):
        return np.dtype(dtype) == np.dtype(kind)
    if kind not in KINDS:
        raise OperationError(f"isdtype: kind is one of {', '.join(KINDS)}, got {kind!r}")
    return np.dtype(dtype).kind in KINDS[kind]


def can_cast(from_: Any, to: Any, /) -> builtins.bool:
    """Whether `from_`, a dtype or an array, can be cast to the dtype `to` without loss."""
    return np.can_cast(dtype_of(from_), to)


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """The dtype that NumPy's promotion gives for arrays, dtypes and Python scalars."""
    return np.result_type(*map(dtype_of, arrays_and_dtypes))


class FloatLimits(NamedTuple):
    """What `finfo` returns; for a complex dtype, the limits of its parts."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: np.dtype


def finfo(type: Any, /) -> FloatLimits:
    """Limits of a floating or complex dtype, or of an array's.

    Raises:
        DTypeError: the dtype is neither.
    """
    dtype = np.dtype(dtype_of(type))
    if dtype.kind not in "fc":
        raise DTypeError(f"finfo: expected a floating or complex dtype, got {dtype}")
    limits = np.finfo(dtype)
    names = ("eps", "max", "min", "smallest_normal")
    numbers = {name: float(getattr(limits, name)) for name in names}
    return FloatLimits(bits=limits.bits, dtype=limits.dtype, **numbers)


def iinfo(type: Any, /) -> np.iinfo:
    """Limits of an integer dtype, or of an array's: bits, min, max, dtype.

    Raises:
        DTypeError: the dtype is not an integer one.
    """
    dtype = np.dtype(dtype_of(type))
    if dtype.kind not in "iu":
        raise DTypeError(f"iinfo: expected an integer dtype, got {dtype}")
    return np.iinfo(dtype)


# -- inspection ----------------------------------------------------------------------------------


class Inspection:
    """What `__array_namespace_info__()` returns."""

    def capabilities(self) -> dict[str, Any]:
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        return "cpu"

    def devices(self) -> list[str]:
        return ["cpu"]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype]:
        check_device(device)
        return {
            "real floating": DTYPES["float64"],
            "complex floating": DTYPES["complex128"],
            "integral": DTYPES["int64"],
            "indexing": DTYPES["int64"],
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype]:
        check_device(device)
        return {n: dtype for n, dtype in DTYPES.items() if kind is None or isdtype(dtype, kind)}
