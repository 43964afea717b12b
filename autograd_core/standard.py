"""The parts of the Python Array API standard (2024.12) that are not in the tables: making Tensors,
asking about dtypes and devices, and the standard's names for operations that NumPy calls
otherwise. What is made here is constant.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_core import derivatives as ops
from autograd_core.array import Array
from autograd_core.dtypes import __all__ as DTYPES
from autograd_core.errors import ArgumentTypeError, OperationError
from autograd_core.tensor import Tensor, as_tensor, checked, tensor_of

__all__ = [
    "abs",
    "acos",
    "acosh",
    "arange",
    "argsort",
    "asarray",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "can_cast",
    "concat",
    "conj",
    "e",
    "empty",
    "eye",
    "finfo",
    "from_dlpack",
    "full",
    "geomspace",
    "identity",
    "iinfo",
    "inf",
    "isdtype",
    "linspace",
    "logspace",
    "nan",
    "newaxis",
    "ones",
    "permute_dims",
    "pi",
    "pow",
    "result_type",
    "sort",
    "zeros",
]

CPU = "cpu"
"""The only device."""

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


def makes(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """`function` of NumPy with its result as a constant Tensor, and the standard's `device=`."""

    @wraps(function)
    def make(*args: Any, device: Any = None, **kwargs: Any) -> Tensor:
        check_device(device)
        args = tuple(arg._value if isinstance(arg, Tensor) else arg for arg in args)
        try:
            result = function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            kind = ArgumentTypeError if isinstance(error, TypeError) else OperationError
            raise kind(f"{function.__name__}: {error}") from error
        return tensor_of(checked(np.asarray, result, None), None)

    return make


def check_device(device: Any) -> None:
    if device not in (None, CPU):
        raise OperationError(f"the only device is {CPU!r}, got {device!r}")


arange = makes(np.arange)
empty = makes(np.empty)
eye = makes(np.eye)
full = makes(np.full)
geomspace = makes(np.geomspace)
identity = makes(np.identity)
linspace = makes(np.linspace)
logspace = makes(np.logspace)
ones = makes(np.ones)
zeros = makes(np.zeros)


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """`obj` as a Tensor. A Tensor or Dual comes back as it is, or converted on its graph.

    copy=True always copies; False never does; None copies all but Tensors, so that no array of
    the caller's is shared by accident.

    Raises:
        ValueError: copy=False, and it cannot be done without.
    """
    check_device(device)
    converts = dtype is not None and getattr(obj, "dtype", None) != dtype
    if copy is False and (converts or not isinstance(obj, Array | np.ndarray)):
        raise ValueError(f"asarray: {type(obj).__name__} cannot become {dtype} without a copy")
    if isinstance(obj, Array):
        return obj.astype(dtype) if converts else obj.copy() if copy else obj
    return as_tensor(obj) if copy is False else Tensor(obj, dtype)


def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor:
    """A constant Tensor that shares memory with `x`, any object with `__dlpack__`."""
    check_device(device)
    array = np.from_dlpack(x)
    return Tensor(array) if copy else as_tensor(array)


# -- names ---------------------------------------------------------------------------------------

abs, pow = ops.absolute, ops.power
acos, acosh, asin, asinh = ops.arccos, ops.arccosh, ops.arcsin, ops.arcsinh
atan, atanh, atan2 = ops.arctan, ops.arctanh, ops.arctan2
concat, conj, permute_dims = ops.concatenate, ops.conjugate, ops.transpose
bitwise_invert = ops.invert
bitwise_left_shift, bitwise_right_shift = ops.left_shift, ops.right_shift


def argsort(x: Any, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort `x` along `axis`; equal elements keep their order. No gradient."""
    if not descending:
        return ops.argsort(x, axis=axis, kind="stable")
    from_behind = ops.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - from_behind, axis)


def sort(x: Any, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Any:
    """`x` sorted along `axis`; equal elements, and their gradients, keep their order."""
    if not descending:
        return ops.sort(x, axis)
    return np.take_along_axis(x, argsort(x, axis, descending=True), axis)


# -- dtypes --------------------------------------------------------------------------------------


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of a kind ("real floating", ...), is the dtype `kind`, or one of several.

    Raises:
        OperationError: an unknown kind.
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, each) for each in kind)
    if not isinstance(kind, str):
        return np.dtype(dtype) == np.dtype(kind)
    if kind not in KINDS:
        raise OperationError(f"isdtype: kind is one of {', '.join(KINDS)}, got {kind!r}")
    return np.dtype(dtype).kind in KINDS[kind]


def dtype_of(value: Any) -> Any:
    return value.dtype if isinstance(value, Array) else value


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether the dtype (of) `from_` casts to `to` without loss."""
    return np.can_cast(dtype_of(from_), to)


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """The dtype that NumPy's promotion gives for arrays, dtypes and Python scalars."""
    return np.result_type(*map(dtype_of, arrays_and_dtypes))


def finfo(type: Any, /) -> np.finfo:
    """Limits of a floating or complex dtype."""
    return np.finfo(dtype_of(type))


def iinfo(type: Any, /) -> np.iinfo:
    """Limits of an integer dtype."""
    return np.iinfo(dtype_of(type))


class Inspection:
    """What `__array_namespace_info__()` returns: the standard's inspection API."""

    def capabilities(self) -> dict[str, Any]:
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        return CPU

    def devices(self) -> list[str]:
        return [CPU]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype]:
        check_device(device)
        names = dict.fromkeys(("integral", "indexing"), "int64")
        names |= {"real floating": "float64", "complex floating": "complex128"}
        return {kind: np.dtype(name) for kind, name in names.items()}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype]:
        check_device(device)
        return {
            name: np.dtype(name) for name in DTYPES if kind is None or isdtype(np.dtype(name), kind)
        }


def namespace_info() -> Inspection:
    """The standard's `__array_namespace_info__`."""
    return Inspection()


e, inf, nan, pi, newaxis = np.e, np.inf, np.nan, np.pi, None
