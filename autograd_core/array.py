"""What Tensor and Dual share: NumPy's operators, methods and protocols.

Each is a line that calls the operation in `derivatives/`, where it is documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self


class Array:
    """Base of Tensor and Dual; behaves like a NumPy array.

    A subclass has `_value`, which carries shape and dtype, and `_rebind(result)`, which makes
    it become the result of an in-place operation.
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
    def device(self) -> str:
        return "cpu"

    def to_device(self, device: str, /, *, stream: Any = None) -> Self:
        if device != "cpu":
            raise ValueError(f"the only device is 'cpu', got {device!r}")
        return self

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The standard's namespace: `autograd_core` itself."""
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"Array API version {api_version!r} is not supported")
        import autograd_core

        return autograd_core

    @property
    def T(self) -> Self:
        return ops.transpose(self)

    @property
    def mT(self) -> Self:
        return ops.matrix_transpose(self)

    @property
    def real(self) -> Self:
        return ops.real(self)

    @property
    def imag(self) -> Self:
        return ops.imag(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(ops.unstack(self))

    __hash__ = object.__hash__

    # -- NumPy's protocols -----------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return dispatch.array_ufunc(self, ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return dispatch.array_function(self, func, types, args, kwargs)

    # -- operators -------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Self:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Self:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Self:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Self:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Self:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Self:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Self:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return ops.divide(other, self)

    def __pow__(self, other: Any) -> Self:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Self:
        return ops.power(other, self)

    def __matmul__(self, other: Any) -> Self:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return ops.matmul(other, self)

    def __floordiv__(self, other: Any) -> Self:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Self:
        return ops.remainder(self, other)

    def __rmod__(self, other: Any) -> Self:
        return ops.remainder(other, self)

    def __divmod__(self, other: Any) -> Any:
        return ops.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return ops.divmod(other, self)

    def __neg__(self) -> Self:
        return ops.negative(self)

    def __pos__(self) -> Self:
        return ops.positive(self)

    def __abs__(self) -> Self:
        return ops.absolute(self)

    def __invert__(self) -> Any:
        return ops.invert(self)

    def __and__(self, other: Any) -> Any:
        return ops.bitwise_and(self, other)

    def __or__(self, other: Any) -> Any:
        return ops.bitwise_or(self, other)

    def __xor__(self, other: Any) -> Any:
        return ops.bitwise_xor(self, other)

    def __rand__(self, other: Any) -> Any:
        return ops.bitwise_and(other, self)

    def __ror__(self, other: Any) -> Any:
        return ops.bitwise_or(other, self)

    def __rxor__(self, other: Any) -> Any:
        return ops.bitwise_xor(other, self)

    def __lshift__(self, other: Any) -> Any:
        return ops.left_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return ops.left_shift(other, self)

    def __rshift__(self, other: Any) -> Any:
        return ops.right_shift(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return ops.right_shift(other, self)

    def __eq__(self, other: Any) -> Any:
        return ops.equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return ops.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return ops.greater_equal(self, other)

    def __iadd__(self, other: Any) -> Self:
        return self._rebind_like(ops.add(self, other))

    def __isub__(self, other: Any) -> Self:
        return self._rebind_like(ops.subtract(self, other))

    def __imul__(self, other: Any) -> Self:
        return self._rebind_like(ops.multiply(self, other))

    def __itruediv__(self, other: Any) -> Self:
        return self._rebind_like(ops.divide(self, other))

    def __ipow__(self, other: Any) -> Self:
        return self._rebind_like(ops.power(self, other))

    def __imatmul__(self, other: Any) -> Self:
        return self._rebind_like(ops.matmul(self, other))

    def __imod__(self, other: Any) -> Self:
        return self._rebind_like(ops.remainder(self, other))

    def __ifloordiv__(self, other: Any) -> Self:
        return self._rebind_like(ops.floor_divide(self, other))

    def __iand__(self, other: Any) -> Self:
        return self._rebind_like(ops.bitwise_and(self, other))

    def __ior__(self, other: Any) -> Self:
        return self._rebind_like(ops.bitwise_or(self, other))

    def __ixor__(self, other: Any) -> Self:
        return self._rebind_like(ops.bitwise_xor(self, other))

    def __ilshift__(self, other: Any) -> Self:
        return self._rebind_like(ops.left_shift(self, other))

    def __irshift__(self, other: Any) -> Self:
        return self._rebind_like(ops.right_shift(self, other))

    def _rebind_like(self, result: Any) -> Self:
        """NumPy's in-place rule: the shape stays, and the dtype if the cast is safe in kind."""
        return self._rebind(ops.conform_in_place(result, self.shape, self.dtype))

    # -- indexing --------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Self:
        return ops.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._rebind(ops.setitem(self, value, index))

    # -- methods ---------------------------------------------------------------------------------

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Self:
        return ops.prod(self, axis, dtype, keepdims)

    def cumsum(self, axis: Any = None, dtype: Any = None) -> Self:
        return ops.cumsum(self, axis, dtype)

    def cumprod(self, axis: Any = None, dtype: Any = None) -> Self:
        return ops.cumprod(self, axis, dtype)

    def argsort(self, axis: Any = -1) -> Any:
        return ops.argsort(self, axis=axis, kind="stable")

    def searchsorted(self, v: Any, side: str = "left") -> Any:
        return ops.searchsorted(self, v, side=side)

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Self:
        return ops.sum(self, axis, dtype, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Self:
        return ops.mean(self, axis, dtype, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Self:
        return ops.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Self:
        return ops.min(self, axis, keepdims)

    def var(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False
    ) -> Self:
        return ops.var(self, axis, dtype, ddof, keepdims)

    def std(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False
    ) -> Self:
        return ops.std(self, axis, dtype, ddof, keepdims)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Any:
        return ops.argmax(self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Any:
        return ops.argmin(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        return ops.all(self, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        return ops.any(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Self:
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Self:
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return ops.transpose(self, axes or None)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        return ops.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Self:
        return ops.squeeze(self, axis)

    def ravel(self, order: str = "C") -> Self:
        return ops.ravel(self, order)

    flatten = ravel

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        return ops.diagonal(self, offset, axis1, axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        return ops.trace(self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: Any = None) -> Self:
        return ops.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: Any = None, mode: str = "raise") -> Self:
        return ops.take(self, indices, axis, mode=mode)

    def nonzero(self) -> Any:
        return ops.nonzero(self)

    def round(self, decimals: int = 0) -> Self:
        return ops.round(self, decimals)

    def astype(self, dtype: Any, copy: bool = True) -> Self:
        return ops.astype(self, dtype)

    def copy(self) -> Self:
        return ops.copy(self)

    def conj(self) -> Self:
        return ops.conjugate(self)

    def dot(self, other: Any) -> Self:
        return ops.dot(self, other)

    def clip(self, min: Any = None, max: Any = None) -> Self:
        return ops.clip(self, min, max)

    def exp(self) -> Self:
        return ops.exp(self)

    def log(self) -> Self:
        return ops.log(self)

    def sqrt(self) -> Self:
        return ops.sqrt(self)

    def tanh(self) -> Self:
        return ops.tanh(self)

    def sigmoid(self) -> Self:
        return ops.sigmoid(self)

    def relu(self) -> Self:
        return ops.relu(self)

    def abs(self) -> Self:
        return ops.absolute(self)

    def reciprocal(self) -> Self:
        return ops.reciprocal(self)


# Below the class: these modules build on it.
from autograd_core import derivatives as ops  # noqa: E402
from autograd_core import dispatch  # noqa: E402
