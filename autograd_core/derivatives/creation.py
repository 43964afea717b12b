"""Constant Tensors made from numbers, from arrays and from memory.

`device` is a parameter of the Array API standard; the only device is "cpu".
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_core.array import Array
from autograd_core.errors import ArgumentTypeError, OperationError
from autograd_core.tensor import Tensor, as_tensor

__all__ = [
    "arange",
    "asarray",
    "empty",
    "eye",
    "from_dlpack",
    "full",
    "identity",
    "ones",
    "tri",
    "zeros",
]


def makes(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """NumPy's `function`, returning a constant Tensor."""

    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Tensor:
        args = tuple(
            arg._value if isinstance(arg, Tensor) and not arg.requires_grad else arg for arg in args
        )
        try:
            return as_tensor(function(*args, **kwargs))
        except TypeError as error:
            raise ArgumentTypeError(f"{function.__name__}: {error}") from error
        except ValueError as error:
            raise OperationError(f"{function.__name__}: {error}") from error

    return make


arange = makes(np.arange)
empty = makes(np.empty)
eye = makes(np.eye)
full = makes(np.full)
identity = makes(np.identity)
ones = makes(np.ones)
tri = makes(np.tri)
zeros = makes(np.zeros)


def constant(result: Any, *operands: Any) -> Any:
    """An array as a constant Tensor, if one of the operands is a Tensor."""
    made = not isinstance(result, Array) and any(isinstance(x, Tensor) for x in operands)
    return Tensor(result) if made else result


def check_device(device: Any) -> None:
    if device not in (None, "cpu"):
        raise OperationError(f"the only device is 'cpu', got {device!r}")


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """`obj` as a Tensor. A Tensor or Dual is returned unchanged, or cast to `dtype` on its graph.

    copy=True always copies, False never does. None copies everything but Tensors, so that no
    array of the caller's is shared by accident.

    Raises:
        OperationError: copy=False, but a copy is necessary.
    """
    check_device(device)
    if not isinstance(obj, Array):
        if copy is not False:
            return Tensor(obj, dtype)
        try:
            return as_tensor(np.asarray(obj, dtype=dtype, copy=False))
        except ValueError as error:
            raise OperationError(f"asarray: {error}") from error
    if dtype is None or obj.dtype == dtype:
        return obj.copy() if copy else obj
    if copy is False:
        raise OperationError(f"asarray: {obj.dtype} cannot become {dtype} without a copy")
    return obj.astype(dtype)


def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor:
    """A constant Tensor made of `x`, any object with `__dlpack__`.

    copy=True copies, False shares x's memory, None leaves the choice to `x`: most types share
    it, a Tensor gives a copy.

    Raises:
        BufferError: `x` does not allow this.
        ConversionError: `x` is a tensor that is being differentiated.
    """
    check_device(device)
    return as_tensor(np.from_dlpack(x, device=device, copy=copy))
