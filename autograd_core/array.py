"""What Tensor and Dual share: NumPy's operators, methods and protocols.

Each operator and method calls the function of its name in `registry.METHODS`, which is documented
where it is declared, in `derivatives/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np

from autograd_core.dispatch import array_function, array_ufunc
from autograd_core.errors import ArgumentTypeError, AutogradError, DTypeError, ShapeError
from autograd_core.registry import METHODS


def method(name: str) -> Callable[..., Any]:
    """The operation `name` as a method."""

    def call(self: Array, *args: Any, **kwargs: Any) -> Any:
        return METHODS[name](self, *args, **kwargs)

    return documented(call, name)


def operator(name: str) -> Callable[..., Any]:
    """The operation `name` as the operator of two operands."""

    def call(self: Array, other: Any) -> Any:
        return METHODS[name](self, other)

    return documented(call, name)


def reflected(name: str) -> Callable[..., Any]:
    """The same with the operands exchanged: `1 / x`."""

    def call(self: Array, other: Any) -> Any:
        return METHODS[name](other, self)

    return documented(call, name)


def in_place(name: str) -> Callable[..., Any]:
    """The same as `x += v`, which keeps x's shape and dtype."""

    def call(self: Array, other: Any) -> Any:
        result = METHODS[name](self, other)
        return self._rebind(conform_in_place(result, self.shape, self.dtype))

    return documented(call, name)


def documented(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    call.__name__ = name
    call.__doc__ = f"See `autograd_core.{name}`."
    return call


class Array:
    """Base of Tensor and Dual; behaves like a NumPy array.

    A subclass has `_value`, which carries shape and dtype, and `_rebind(result)`, which replaces
    it by the result of an in-place operation.
    """

    __slots__ = ()
    _value: Any

    def _rebind(self, result: Any) -> Self:
        raise TypeError(f"{type(self).__name__} cannot be changed in place")

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    @property
    def dtype(self) -> Any:
        return self._value.dtype

    @property
    def ndim(self) -> int:
        return self._value.ndim

    @property
    def size(self) -> int:
        return self._value.size

    @property
    def itemsize(self) -> int:
        return self._value.itemsize

    @property
    def nbytes(self) -> int:
        return self._value.nbytes

    @property
    def device(self) -> str:
        return "cpu"

    def to_device(self, device: str, /, *, stream: Any = None) -> Self:
        if device != "cpu":
            raise ValueError(f"the only device is 'cpu', got {device!r}")
        return self

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The Array API namespace: `autograd_core` itself."""
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"Array API version {api_version!r} is not supported")
        return sys.modules["autograd_core"]

    @property
    def T(self) -> Self:
        return METHODS["transpose"](self)

    @property
    def mT(self) -> Self:
        return METHODS["matrix_transpose"](self)

    @property
    def real(self) -> Self:
        return METHODS["real"](self)

    @property
    def imag(self) -> Self:
        return METHODS["imag"](self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(METHODS["unstack"](self))

    __hash__ = object.__hash__

    # -- NumPy's protocols -----------------------------------------------------------------------

    __array_ufunc__ = array_ufunc
    __array_function__ = array_function

    # -- operators -------------------------------------------------------------------------------

    __add__ = operator("add")
    __sub__ = operator("subtract")
    __mul__ = operator("multiply")
    __truediv__ = operator("divide")
    __pow__ = operator("power")
    __matmul__ = operator("matmul")
    __floordiv__ = operator("floor_divide")
    __mod__ = operator("remainder")
    __divmod__ = operator("divmod")
    __and__ = operator("bitwise_and")
    __or__ = operator("bitwise_or")
    __xor__ = operator("bitwise_xor")
    __lshift__ = operator("left_shift")
    __rshift__ = operator("right_shift")
    __eq__ = operator("equal")
    __ne__ = operator("not_equal")
    __lt__ = operator("less")
    __le__ = operator("less_equal")
    __gt__ = operator("greater")
    __ge__ = operator("greater_equal")

    __radd__ = reflected("add")
    __rsub__ = reflected("subtract")
    __rmul__ = reflected("multiply")
    __rtruediv__ = reflected("divide")
    __rpow__ = reflected("power")
    __rmatmul__ = reflected("matmul")
    __rfloordiv__ = reflected("floor_divide")
    __rmod__ = reflected("remainder")
    __rdivmod__ = reflected("divmod")
    __rand__ = reflected("bitwise_and")
    __ror__ = reflected("bitwise_or")
    __rxor__ = reflected("bitwise_xor")
    __rlshift__ = reflected("left_shift")
    __rrshift__ = reflected("right_shift")

    __iadd__ = in_place("add")
    __isub__ = in_place("subtract")
    __imul__ = in_place("multiply")
    __itruediv__ = in_place("divide")
    __ipow__ = in_place("power")
    __imatmul__ = in_place("matmul")
    __ifloordiv__ = in_place("floor_divide")
    __imod__ = in_place("remainder")
    __iand__ = in_place("bitwise_and")
    __ior__ = in_place("bitwise_or")
    __ixor__ = in_place("bitwise_xor")
    __ilshift__ = in_place("left_shift")
    __irshift__ = in_place("right_shift")

    __neg__ = method("negative")
    __pos__ = method("positive")
    __abs__ = method("absolute")
    __invert__ = method("invert")

    # -- indexing --------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Self:
        return METHODS["getitem"](self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._rebind(METHODS["setitem"](self, value, index))

    # -- methods ---------------------------------------------------------------------------------

    sum = method("sum")
    prod = method("prod")
    mean = method("mean")
    var = method("var")
    std = method("std")
    max = method("max")
    min = method("min")
    cumsum = method("cumsum")
    cumprod = method("cumprod")
    argmax = method("argmax")
    argmin = method("argmin")
    all = method("all")
    any = method("any")
    argpartition = method("argpartition")
    argsort = method("argsort")
    astype = method("astype")
    nonzero = method("nonzero")
    searchsorted = method("searchsorted")
    take = method("take")
    repeat = method("repeat")
    choose = method("choose")
    swapaxes = method("swapaxes")
    squeeze = method("squeeze")
    ravel = method("ravel")
    diagonal = method("diagonal")
    trace = method("trace")
    copy = method("copy")
    dot = method("dot")
    clip = method("clip")
    round = method("round")
    exp = method("exp")
    log = method("log")
    sqrt = method("sqrt")
    tanh = method("tanh")
    sigmoid = method("sigmoid")
    relu = method("relu")
    reciprocal = method("reciprocal")
    flatten = method("ravel")
    abs = method("absolute")

    def conjugate(self) -> Self:
        """The complex conjugate; NumPy's method keeps booleans, its function does not."""
        return METHODS["copy" if self.dtype == bool else "conjugate"](self)

    conj = conjugate

    def reshape(self, *shape: Any, **options: Any) -> Self:
        return METHODS["reshape"](self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes: Any) -> Self:
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return METHODS["transpose"](self, axes or None)

    def compress(self, condition: Any, axis: Any = None) -> Self:
        return METHODS["compress"](condition, self, axis)

    def sort(self, axis: int = -1, **options: Any) -> None:
        """Sort in place: this array becomes the sorted one."""
        self._rebind(METHODS["sort"](self, axis, **options))

    def partition(self, kth: Any, axis: int = -1, **options: Any) -> None:
        """Partition in place, like `sort`."""
        self._rebind(METHODS["partition"](self, kth, axis, **options))


def value_of(x: Any, met: list[Any] | None = None) -> Any:
    """`x` as plain NumPy: each Tensor and Dual in it replaced by its array.

    Looks into lists, tuples, dicts and slices. What it replaces is appended to `met`.
    """
    while isinstance(x, Array):
        if met is not None:
            met.append(x)
        x = x._value
    kind = type(x)
    if kind is list or kind is tuple:
        return kind([value_of(item, met) for item in x])
    if kind is dict:
        return {key: value_of(item, met) for key, item in x.items()}
    if kind is slice:
        return slice(*value_of((x.start, x.stop, x.step), met))
    return x


def plain_array(x: Any) -> np.ndarray:
    """`x`, or a list of numbers and Tensors, as one plain NumPy array."""
    return np.asarray(value_of(x))


def conform_in_place(result: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The result of `x += v` in x's shape and dtype; an error where NumPy has one too."""
    if result.shape != shape:
        raise ShapeError(f"in-place operation: the result has shape {result.shape}, not {shape}")
    if result.dtype == dtype:
        return result
    if not np.can_cast(result.dtype, dtype, "same_kind"):
        raise DTypeError(f"in-place operation: cannot cast {result.dtype} to {dtype}")
    return result.astype(dtype)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype; if that is real, the real part of a complex `x`."""
    if x.dtype == dtype:
        return x
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = np.real(x)
    return x.astype(dtype)


def checked_array(data: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """An array of numbers as the engine keeps it: if 0-d, as a NumPy scalar, which is faster."""
    if np.ma.is_masked(data):
        raise ArgumentTypeError("a Tensor cannot keep the mask of a masked array; use .filled()")
    try:
        array = np.array(data, dtype=dtype, copy=copy)
    except AutogradError:
        raise
    except ValueError as error:
        raise ShapeError(f"a Tensor holds numbers in a rectangular array: {error}") from error
    except TypeError as error:
        raise DTypeError(f"a Tensor holds numbers or booleans: {error}") from error
    if array.dtype.kind not in "biufc":
        raise DTypeError(
            f"a Tensor holds numbers or booleans, got dtype {array.dtype}; "
            "ragged nested lists and strings cannot become one"
        )
    return array if array.ndim else array[()]


def require_inexact(value: Any, what: str) -> None:
    if value.dtype.kind not in "fc":
        raise DTypeError(
            f"{what} must be floating or complex, got dtype {value.dtype}; "
            "write 3.0 for 3, or pass dtype=float"
        )
