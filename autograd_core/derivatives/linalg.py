"""Matrices (..., N, N): powers and exponential, and helpers of the other families."""

# pyright: reportGeneralTypeIssues=false
# (the derivative of expm is made of expm)

import numpy as np
import scipy.linalg

from autograd_core.backward import conjugated
from autograd_core.declare import composite, general
from autograd_core.derivatives.products import mT
from autograd_core.errors import OperationError, ShapeError


def mH(x):
    """The conjugate transposes of matrices."""
    return conjugated(mT(x))


def diagonal_matrix(d):
    """Matrices (..., N, N) with `d` (..., N) on the diagonal."""
    return np.where(np.eye(d.shape[-1], dtype=bool), d[..., None, :], 0)


def check_square(name, a):
    """Refuse anything but a stack of square matrices."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"{name}: expected square matrices (..., N, N), got shape {a.shape}")


@composite(np.linalg.matrix_power)
def matrix_power(a, n):
    """The n-th power of square matrices `a`; for negative n that of the inverse."""
    check_square("matrix_power", a)
    if not isinstance(n, int | np.integer):
        raise OperationError(f"matrix_power: the exponent must be an integer, got {n!r}")
    if n == 0:  # the identity, with a gradient of 0
        return np.where(np.zeros(a.shape, bool), a, np.eye(a.shape[-1], dtype=a.dtype))
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = None
    while n:
        if n & 1:
            result = a if result is None else np.matmul(result, a)
        n >>= 1
        if n:
            a = np.matmul(a, a)
    return result


def expm_derivative(a, t):
    """The Fréchet derivative of expm at `a` along `t`: a block of expm([[a, t], [0, a]]).

    Van Loan 1978; Higham 2008, theorem 3.6. It is made of operations, so its own derivatives
    follow, with larger block matrices.
    """
    n = a.shape[-1]
    top = np.concatenate([a, t], axis=-1)
    bottom = np.concatenate([np.zeros_like(a), a], axis=-1)
    return expm(np.concatenate([top, bottom], axis=-2))[..., :n, n:]


@general(
    lambda g, a: expm_derivative(mT(a), g), lambda t, a: expm_derivative(a, t), text=("L(a.mT, g)",)
)
def expm(a):
    """Matrix exponential of (stacks of) square matrices, by SciPy."""
    check_square("expm", a)
    return scipy.linalg.expm(a)
