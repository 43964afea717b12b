"""Polynomials as vectors of coefficients, the highest power first, as in `np.polyval`."""

import numpy as np

from autograd_core.declare import composite
from autograd_core.derivatives.convolution import conv
from autograd_core.derivatives.joining import unstack
from autograd_core.derivatives.selecting import trim_zeros
from autograd_core.derivatives.shapes import as_array
from autograd_core.derivatives.windows import Window
from autograd_core.errors import OperationError, ShapeError, UnsupportedError


@composite(np.vander)
def vander(x, N=None, increasing=False):
    """The powers of a vector as columns: (n, N), the highest first unless `increasing`."""
    x = as_array(x)
    if x.ndim != 1:
        raise ShapeError(f"vander: expected a vector, got shape {x.shape}")
    powers = np.arange(len(x) if N is None else N)
    return x[:, None] ** (powers if increasing else powers[::-1])


@composite(np.polyval)
def polyval(p, x):
    """The polynomial with coefficients `p` at `x`, by Horner's rule."""
    if isinstance(x, np.poly1d):
        raise UnsupportedError("polyval: a polynomial of a polynomial is not supported")
    x, y = as_array(x), None
    for coefficient in unstack(as_array(p)):
        y = coefficient + (np.zeros_like(x) if y is None else y * x)
    return np.zeros_like(x) if y is None else y


def _aligned(a, b):
    a, b = np.atleast_1d(as_array(a), as_array(b))
    n = max(len(a), len(b))
    return (np.concatenate([np.zeros(n - len(x), x.dtype), x]) for x in (a, b))


@composite(np.polyadd)
def polyadd(a, b):
    """Sum of two polynomials."""
    return np.add(*_aligned(a, b))


@composite(np.polysub)
def polysub(a, b):
    """Difference of two polynomials."""
    return np.subtract(*_aligned(a, b))


@composite(np.polymul)
def polymul(a, b):
    """Product of two polynomials; zeros in front are dropped first."""
    a, b = (trim_zeros(np.atleast_1d(as_array(x)), "f") for x in (a, b))
    a, b = (x if len(x) else np.zeros(1, x.dtype) for x in (a, b))
    window = Window((len(b),), (1,), ((len(b) - 1, len(b) - 1),), (1,))
    return conv(a[None, None, :], b[None, None, ::-1], window, 1)[0, 0]


@composite(np.polyder)
def polyder(p, m=1):
    """The m-th derivative of a polynomial."""
    if m < 0:
        raise OperationError(f"polyder: the order must not be negative, got {m}")
    p = as_array(p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composite(np.polyint)
def polyint(p, m=1, k=None):
    """The m-th antiderivative of a polynomial, with the constants `k` (zeros)."""
    if m < 0:
        raise OperationError(f"polyint: the order must not be negative, got {m}")
    p = as_array(p)
    k = np.zeros(m) if k is None else np.atleast_1d(as_array(k))
    if len(k) == 1 and m > 1:
        k = np.broadcast_to(k, m)
    if len(k) < m:
        raise OperationError(f"polyint: expected {m} constants, got {len(k)}")
    for j in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), k[j : j + 1]])
    return p
