"""Polynomials as vectors of coefficients, the highest power first."""

import warnings
from operator import index
from typing import Any

import numpy as np
from numpy.exceptions import RankWarning

from autograd_core.array import plain_array
from autograd_core.declare import composite
from autograd_core.derivatives.convolution import conv
from autograd_core.derivatives.joining import unstack
from autograd_core.derivatives.selecting import trim_zeros
from autograd_core.derivatives.shapes import as_array, as_inexact
from autograd_core.derivatives.window_geometry import Window
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


def _same_length(a, b):
    a, b = np.atleast_1d(as_array(a), as_array(b))
    n = max(len(a), len(b))
    return (np.concatenate([np.zeros(n - len(x), x.dtype), x]) for x in (a, b))


@composite(np.polyadd)
def polyadd(a, b):
    """Sum of two polynomials."""
    return np.add(*_same_length(a, b))


@composite(np.polysub)
def polysub(a, b):
    """Difference of two polynomials."""
    return np.subtract(*_same_length(a, b))


@composite(np.polymul)
def polymul(a, b):
    """Product of two polynomials, after leading zeros have been dropped."""
    a, b = (trim_zeros(np.atleast_1d(as_array(x)), "f") for x in (a, b))
    a, b = (x if len(x) else np.zeros(1, x.dtype) for x in (a, b))
    window = Window((len(b),), (1,), ((len(b) - 1, len(b) - 1),), (1,))
    return conv(a[None, None, :], b[None, None, ::-1], window, 1)[0, 0]


@composite(np.polydiv)
def polydiv(u, v):
    """(quotient, remainder) of two polynomials."""
    u, v = np.atleast_1d(as_array(u) + 0.0, as_array(v) + 0.0)
    kind = np.result_type(u.dtype, v.dtype)
    u, v = u.astype(kind), v.astype(kind)
    n, quotient = len(v), []
    for k in range(len(u) - n + 1):
        quotient.append(u[k] * (1 / v[0]))  # rounded as NumPy does: zeros are looked for below
        u = np.concatenate([u[:k], u[k : k + n] - quotient[-1] * v, u[k + n :]])
    while len(u) > 1 and np.allclose(u[0], 0, rtol=1e-14):
        u = u[1:]
    return (np.stack(quotient) if quotient else np.zeros_like(u, shape=(1,))), u


@composite(np.poly)
def poly(roots):
    """The polynomial with these roots, or the characteristic polynomial of a matrix."""
    roots = np.atleast_1d(as_inexact(roots))
    if roots.ndim == 2 and roots.shape[0] == roots.shape[1] and len(roots):
        roots = np.linalg.eigvals(roots)
    if roots.ndim != 1:
        raise ShapeError(f"poly: expected a vector or a square matrix, got shape {roots.shape}")
    p = np.ones_like(roots, shape=(1,))
    for root in unstack(roots):
        zero = np.zeros(1, p.dtype)
        p = np.concatenate([p, zero]) - root * np.concatenate([zero, p])
    values = plain_array(roots)
    paired = values.dtype.kind == "c" and np.all(np.sort(values) == np.sort(values.conj()))
    return np.real(p) if paired else p


@composite(np.roots)
def roots(p):
    """The roots of a polynomial: the eigenvalues of its companion matrix."""
    p = np.atleast_1d(as_inexact(p))
    if p.ndim != 1:
        raise ShapeError(f"roots: expected a vector, got shape {p.shape}")
    kept = np.flatnonzero(plain_array(p))
    if not len(kept):
        return np.zeros_like(p, shape=(0,))
    zeros = len(p) - 1 - kept[-1]
    p = p[kept[0] : kept[-1] + 1]
    n = len(p) - 1
    found = np.zeros_like(p, shape=(0,))
    if n:
        shifts = np.eye(n - 1, n, dtype=p.dtype)
        found = np.linalg.eigvals(np.concatenate([-p[None, 1:] / p[0], shifts]))
    return np.concatenate([found, np.zeros(zeros, found.dtype)])


@composite(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov: Any = False):
    """Coefficients of the polynomial of degree `deg` that fits y (n,) or (n, m) at x (n,) best.

    Least squares, weighted with w (n,); differentiable in x, y and w. `full` and `cov` add the
    results that they add in NumPy.
    """
    x, y = as_array(x) + 0.0, as_array(y) + 0.0
    deg = index(deg)
    if deg < 0:
        raise OperationError(f"polyfit: expected a degree of at least 0, got {deg}")
    if x.ndim != 1 or not len(x) or y.ndim not in (1, 2) or len(x) != len(y):
        raise ShapeError(f"polyfit: expected x (n,), y (n,) or (n, m), got {x.shape}, {y.shape}")
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    powers, values = vander(x, deg + 1), y
    if w is not None:
        w = as_array(w) + 0.0
        if w.shape != x.shape:
            raise ShapeError(f"polyfit: expected weights of shape {x.shape}, got {w.shape}")
        powers, values = powers * w[:, None], values * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    powers = powers / scale
    c, residuals, rank, s = np.linalg.lstsq(powers, values, rcond)
    if rank != deg + 1 and not full:
        warnings.warn("polyfit may be poorly conditioned", RankWarning, stacklevel=3)
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, residuals, rank, s, rcond
    if not cov:
        return c
    spread = np.linalg.inv(np.matmul(np.transpose(powers), powers)) / np.outer(scale, scale)
    if cov == "unscaled":
        return c, spread if y.ndim == 1 else spread[:, :, None]
    if len(x) <= deg + 1:
        raise OperationError("polyfit: too few points to scale the covariance")
    factor = residuals / (len(x) - deg - 1)
    return c, (spread if y.ndim == 1 else spread[:, :, None]) * factor


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
