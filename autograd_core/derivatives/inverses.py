"""Inverses, linear systems and determinants; matrices are the last two axes.

Formulas: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation"; Golub and Pereyra 1973 for the pseudoinverse. Cotangents pair as
dL = Re(sum(g * dx)), so transposes are plain for complex matrices too.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a triangular solve is one, too)

import math
from typing import Any

import numpy as np
import scipy.linalg
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.array import value_of
from autograd_core.backward import conjugated
from autograd_core.declare import composite, general, nondifferentiable
from autograd_core.derivatives.elementwise import UNSET
from autograd_core.derivatives.linalg import check_square, diagonal_matrix, mH
from autograd_core.derivatives.products import mT
from autograd_core.derivatives.shapes import as_array
from autograd_core.errors import OperationError, ShapeError

matrix_rank = nondifferentiable(np.linalg.matrix_rank)

# -- inverses --------------------------------------------------------------------------------------


@general(
    lambda g, y: -(mT(y) @ g @ mT(y)),
    lambda t, y: -(y @ t @ y),
    numpy=np.linalg.inv,
    text=("-y.mT @ g @ y.mT",),
)
def inv(a):
    """Inverse of square matrices."""
    return np.linalg.inv(a)


def _pseudo_derivative(t, a, y):
    """The derivative along t, restricted to matrices of the rank of `a`."""
    th, yh = mH(t), mH(y)
    off_range = th - (th @ a) @ y  # tᴴ (1 - a y)
    off_rows = th - y @ (a @ th)  # (1 - y a) tᴴ
    return -(y @ t @ y) + y @ (yh @ off_range) + (off_rows @ yh) @ y


@general(lambda g, a, y: _pseudo_derivative(g, mT(a), mT(y)), _pseudo_derivative, part=True)
def pseudoinverse(a, rtol):
    return np.linalg.pinv(a, rtol=rtol)


@composite(np.linalg.pinv)
def pinv(a, rcond=None, hermitian=False, *, rtol: Any = UNSET):
    """Pseudoinverse; singular values up to rtol (or rcond) times the largest count as 0.

    Its derivative is the one along matrices of the same rank: between matrices of different rank
    the pseudoinverse is not continuous. `hermitian` reads the lower triangle.
    """
    if rtol is UNSET:
        rtol = 1e-15 if rcond is None else rcond
    elif rcond is not None:
        raise OperationError("pinv: give rcond or rtol, not both")
    if rtol is None:
        rtol = max(a.shape[-2:]) * np.finfo(a.dtype).eps
    return pseudoinverse(hermitian_part(a) if hermitian else a, rtol)


def hermitian_part(a, lower=True):
    """The Hermitian matrices of which LAPACK reads one triangle in `a`."""
    strict = np.where(triangle(a.shape[-1], lower, strict=True), a, 0)
    return strict + mH(strict) + diagonal_matrix(np.real(np.linalg.diagonal(a)))


def triangle(n, lower, strict=False):
    """A mask of the lower (or upper) triangle of an n × n matrix."""
    mask = np.tri(n, k=-1 if strict else 0, dtype=bool)
    return mask if lower else mask.T


# -- linear systems --------------------------------------------------------------------------------


def _column(x, vector):
    return x[..., None] if vector else x


def _solve_a(g, a, b, y):
    vector = b.ndim == 1
    return -(np.linalg.solve(mT(a), _column(g, vector)) @ mT(_column(y, vector)))


def _solve_b(g, a, b):
    x = np.linalg.solve(mT(a), _column(g, b.ndim == 1))
    return x[..., 0] if b.ndim == 1 else x


def _solve_jvp_a(t, a, b, y):
    x = np.linalg.solve(a, t @ _column(y, b.ndim == 1))
    return -(x[..., 0] if b.ndim == 1 else x)


@general(
    (_solve_a, _solve_b),
    (_solve_jvp_a, lambda t, a: np.linalg.solve(a, t)),
    numpy=np.linalg.solve,
    text=("-solve(a.mT, g) @ y.mT", "solve(a.mT, g)"),
)
def solve(a, b):
    """x with a x = b; a is (..., N, N), b a vector (N,) or (stacks of) matrices (..., N, K)."""
    return np.linalg.solve(a, b)


def _triangular_a(g, a, b, y, lower, unit_diagonal):
    x = triangular_solve(mT(a), g, not lower, unit_diagonal) @ mT(y)
    return np.where(triangle(a.shape[-1], lower, unit_diagonal), -x, 0)


def _triangular_jvp_a(t, a, y, lower, unit_diagonal):
    t = np.where(triangle(a.shape[-1], lower, unit_diagonal), t, 0)
    return -triangular_solve(a, t @ y, lower, unit_diagonal)


@general(
    (
        _triangular_a,
        lambda g, a, lower, unit_diagonal: triangular_solve(mT(a), g, not lower, unit_diagonal),
    ),
    (
        _triangular_jvp_a,
        lambda t, a, lower, unit_diagonal: triangular_solve(a, t, lower, unit_diagonal),
    ),
    part=True,
)
def triangular_solve(a, b, lower, unit_diagonal):
    if a.ndim == b.ndim == 2 and b.size:
        options: Any = {"lower": lower, "unit_diagonal": unit_diagonal, "check_finite": False}
        return scipy.linalg.solve_triangular(a, b, **options)
    a = np.where(triangle(a.shape[-1], lower), a, 0)
    if unit_diagonal:
        a = np.where(np.eye(a.shape[-1], dtype=bool), np.ones((), a.dtype), a)
    return np.linalg.solve(a, b)


@composite()
def solve_triangular(a, b, trans: Any = 0, lower=False, unit_diagonal=False):
    """x with op(a) x = b, reading one triangle of a; the parameters are SciPy's.

    a is (..., N, N), b a vector (N,) or (stacks of) matrices (..., N, K); op is the identity for
    trans 0 or "N", the transpose for 1 or "T", the conjugate transpose for 2 or "C".
    """
    a, b = as_array(a), as_array(b)
    check_square("solve_triangular", a)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise OperationError(f"solve_triangular: trans must be 0, 1, 2, N, T or C, got {trans!r}")
    if trans not in (0, "N"):
        a, lower = (mT(a) if trans in (1, "T") else mH(a)), not lower
    vector = b.ndim == 1
    x = triangular_solve(a, _column(b, vector), bool(lower), bool(unit_diagonal))
    return x[..., 0] if vector else x


@composite(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    """Least squares: (x, residuals, rank, s) as from NumPy's; a is (M, N), b (M,) or (M, K).

    x, the residuals and the singular values s are differentiable; at a rank-deficient matrix only
    along matrices of the same rank.
    """
    a, b = as_array(a), as_array(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ShapeError(f"lstsq: expected shapes (M, N), (M,) or (M, K), got {a.shape}, {b.shape}")
    eps = np.finfo(np.result_type(a.dtype, b.dtype)).eps
    if rcond is None or rcond < 0:
        rcond = eps if rcond else max(a.shape) * eps
    s = np.linalg.svdvals(a)
    values = value_of(s)
    rank = int(np.sum(values > rcond * values.max(initial=0)))
    x = np.linalg.pinv(a, rtol=rcond) @ b
    error = _column(b - a @ x, b.ndim == 1)
    residuals = np.sum(np.real(error * conjugated(error)), axis=0)
    if rank < a.shape[1] or a.shape[0] <= a.shape[1]:
        residuals = residuals[:0]
    return x, residuals, rank, s


@composite(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    """x with tensordot(a, x, x.ndim) = b, after the `axes` of a have been moved to its end."""
    a, b = as_array(a), as_array(b)
    if axes is not None:
        axes = list(normalize_axis_tuple(axes, a.ndim, "axes"))
        a = np.transpose(a, [axis for axis in range(a.ndim) if axis not in axes] + axes)
    shape = a.shape[b.ndim :]
    if math.prod(shape) != math.prod(b.shape):
        raise ShapeError(
            f"tensorsolve: a of shape {a.shape} is not a square system for b of shape {b.shape}"
        )
    matrix = np.reshape(a, (math.prod(b.shape), math.prod(shape)))
    return np.reshape(np.linalg.solve(matrix, np.ravel(b)), shape)


@composite(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    """The inverse of tensordot(a, ., ind)."""
    if ind <= 0:
        raise OperationError(f"tensorinv: ind must be positive, got {ind}")
    matrix = np.reshape(a, (math.prod(a.shape[:ind]), math.prod(a.shape[ind:])))
    check_square("tensorinv, as a matrix", matrix)
    return np.reshape(np.linalg.inv(matrix), a.shape[ind:] + a.shape[:ind])


# -- determinants ----------------------------------------------------------------------------------


def _products_without(s):
    """The products of s (..., N) without element i, and without i and j (0 for i = j).

    Exact where elements are 0: those are counted, and left out of the division.
    """
    zero = s == 0
    others = np.where(zero, 1, s)
    total = np.prod(others, axis=-1, keepdims=True)
    left = np.sum(zero, axis=-1, keepdims=True) - zero  # zeros that remain without element i
    one = np.where(left == 0, total / others, 0)
    pairs = np.broadcast_to(total[..., None] / others[..., :, None], s.shape + s.shape[-1:])
    remain = left[..., :, None] - zero[..., None, :]
    two = np.where(remain == 0, pairs / others[..., None, :], 0)
    return one, np.where(np.eye(s.shape[-1], dtype=bool), 0, two)


def _rotated(a):
    """a = u diag(s) vh, and det(u) det(vh)."""
    u, s, vh = np.linalg.svd(a)
    return u, s, vh, (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


def _cofactor_derivative(t, a):
    """The derivative along t, which is the second of det: a symmetric form, its own transpose.

    For a = diag(s) it is the sum over i != j of (the product of s without i and j) times
    (t[i, i] g[j, j] - t[i, j] g[j, i]).
    """
    u, s, vh, phase = _rotated(a)
    t = mH(u) @ t @ mH(vh)
    _, pairs = _products_without(s)
    d = np.linalg.diagonal(t)[..., None]
    inside = diagonal_matrix((pairs @ d)[..., 0]) - pairs * mT(t)
    return phase * (conjugated(u) @ inside @ conjugated(vh))


@general(_cofactor_derivative, _cofactor_derivative, part=True)
def cofactor(a):
    """Signed minors of square matrices: the derivative of det, also at singular matrices."""
    check_square("cofactor", a)
    u, s, vh, phase = _rotated(a)
    return phase * ((conjugated(u) * _products_without(s)[0][..., None, :]) @ conjugated(vh))


@general(
    lambda g, a: g[..., None, None] * cofactor(a),
    lambda t, a: np.sum(cofactor(a) * t, axis=(-2, -1)),
    numpy=np.linalg.det,
    text=("g * cofactor(a)",),
)
def det(a):
    """Determinant of square matrices."""
    return np.linalg.det(a)


def _inverse_or_inf(a, sign):
    """Transposed inverses, inf for singular matrices."""
    singular = (sign == 0)[..., None, None]
    safe = np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a)
    return np.where(singular, np.inf, mT(np.linalg.inv(safe)))


def _slogdet_vjp(g, a, y):
    to_sign, to_log = g
    if a.dtype.kind == "c":  # the imaginary part of trace(inv(a) da) rotates the sign
        to_log = to_log + 1j * np.imag(to_sign * y[0])
    weight = to_log[..., None, None]
    return np.multiply(np.where(weight == 0, 0, _inverse_or_inf(a, y[0])), weight)


def _slogdet_jvp(t, a, y):
    rate = np.sum(_inverse_or_inf(a, y[0]) * t, axis=(-2, -1))
    if a.dtype.kind == "c":
        return y[0] * (1j * np.imag(rate)), np.real(rate)
    return np.zeros_like(rate), rate


@general(_slogdet_vjp, _slogdet_jvp, numpy=np.linalg.slogdet)
def slogdet(a):
    """Sign (or phase) of the determinant, and the logarithm of its absolute value.

    The gradient of the logarithm at a singular matrix is infinite.
    """
    return np.linalg.slogdet(a)
