"""Elementwise functions written in terms of other operations; they need no rule of their own."""

import math
from typing import Any

import numpy as np
import scipy.special

from autograd_core.array import Array, value_of
from autograd_core.declare import composite
from autograd_core.derivatives.elementwise import clip_between, fraction, where_between
from autograd_core.derivatives.logical import nonzero
from autograd_core.derivatives.shapes import as_array
from autograd_core.errors import ArgumentTypeError, UnsupportedError
from autograd_core.primitive import NUMPY
from autograd_core.tensor import Tensor


@composite(np.clip)
def clip(x, min=None, max=None):
    """`x` limited to [min, max]; None leaves a side open. The gradient passes at the bounds."""
    return clip_between(x, min, max)


@composite(np.where)
def where(condition, a: Any = np._NoValue, b: Any = np._NoValue, /):
    """Elements of `a` where `condition` holds, else of `b`; all three broadcast.

    Without `a` and `b` the indices where `condition` holds, as `nonzero` gives them.
    """
    given = sum(choice is not np._NoValue for choice in (a, b))
    if given == 1:
        raise ArgumentTypeError("where: either both or neither of the two choices must be given")
    return where_between(condition, a, b) if given else nonzero(condition)


@composite(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """NaN and infinities replaced by numbers; None means the largest (smallest) there is."""
    if not copy:
        raise UnsupportedError("nan_to_num: copy=False is not supported, a tensor is not changed")
    if x.dtype.kind not in "fc":
        return x
    if x.dtype.kind == "c":
        parts = (nan_to_num(part, True, nan, posinf, neginf) for part in (np.real(x), np.imag(x)))
        real, imaginary = parts
        return real + 1j * imaginary
    limits = np.finfo(x.dtype)
    x = np.where(x == np.inf, limits.max if posinf is None else posinf, x)
    x = np.where(x == -np.inf, limits.min if neginf is None else neginf, x)
    return np.where(np.isnan(x), nan, x)


@composite(np.divmod)
def divmod(a, b):
    """(a // b, a % b)."""
    return np.floor_divide(a, b), np.remainder(a, b)


@composite(np.modf)
def modf(x):
    """(fraction, integer), both with the sign of x."""
    return fraction(x), np.trunc(x)


@composite(np.frexp)
def frexp(x):
    """(mantissa, exponent) with x = mantissa * 2**exponent; the exponent is a constant."""
    exponent = np.frexp(value_of(x))[1]
    mantissa = np.ldexp(x, -exponent)
    return mantissa, Tensor(exponent) if isinstance(x, Array) else exponent


@composite(np.angle)
def angle(z, deg=False):
    """The angle of complex numbers in (-π, π], or in degrees. Piecewise constant for real ones."""
    if z.dtype.kind == "c":
        y = np.arctan2(np.imag(z), np.real(z))
    else:
        y = np.where(np.signbit(z), np.pi, 0.0).astype(np.result_type(z.dtype, np.float16))
    return y * (180 / math.pi) if deg else y


@composite(np.real_if_close)
def real_if_close(x, tol=100):
    """The real part of `x` if all imaginary parts are within `tol` (machine epsilons) of 0."""
    if x.dtype.kind != "c":
        return x
    limit = tol * np.finfo(x.dtype).eps if tol > 1 else tol
    return np.real(x) if np.all(np.absolute(value_of(np.imag(x))) < limit) else x


NUMPY[np.i0] = lambda x: scipy.special.i0(x)


def _outer(operation):
    """The ufunc's method of this name: all pairs of elements of `a` and `b`."""

    def outer(a, b):
        a, b = as_array(a), as_array(b)
        return operation(np.reshape(a, a.shape + (1,) * b.ndim), b)

    return outer


NUMPY.update(
    {
        (ufunc, "outer"): _outer(operation)
        for ufunc, operation in NUMPY.items()
        if isinstance(ufunc, np.ufunc) and ufunc.nin == 2 and not ufunc.signature
    }
)
