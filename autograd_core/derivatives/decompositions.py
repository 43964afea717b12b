"""Matrix decompositions; matrices are the last two axes, real or complex, of any batch shape.

`eigh` and `cholesky` read one triangle, as NumPy's do, so their gradients are in that triangle:
the other half of a symmetric matrix's gradient is added to it.

Where eigenvalues (or singular values) coincide, their vectors are determined only up to a
rotation. Quantities that do not depend on it - symmetric functions of the values, projectors on
whole eigenspaces, the vectors of the other values - have the right gradients: the terms that
would divide by 0 are left out. That is wrong for functions that weight coinciding vectors by
their values, V f(w) Vᴴ, which cannot be told apart here: differentiate a matrix function (expm,
inv, matrix_power) instead. In reverse mode `eigh` and `svd` refuse cotangents that both rotate
coinciding vectors and change their values; take values and projectors that do not belong together
from two calls. Second derivatives that depend on the terms left out raise an error.

Complex vectors are determined up to a phase. Those of `eig` have NumPy's (the largest component
is real). Those of `eigh` and `svd` have whatever phases LAPACK returns; likewise the columns that
`svd` (full_matrices) and `qr` ("complete") add to a basis are one of many choices. Derivatives
are those of vectors with a constant phase, Im(vᴴ dv) = 0 (for svd: Im(uᴴ du + vᴴ dv) = 0), and
reverse mode refuses cotangents that depend on the choice.

Formulas: Giles 2008 (eigenvalues), Murray 2016, "Differentiation of the Cholesky decomposition",
Townsend 2016, "Differentiating the singular value decomposition", Walter and Lehmann 2018,
"Algorithmic differentiation of linear algebra functions" (QR).
"""

# pyright: reportGeneralTypeIssues=false

from typing import Any

import numpy as np

from autograd_core.array import value_of
from autograd_core.backward import conjugated
from autograd_core.declare import composite, general
from autograd_core.derivatives.inverses import hermitian_part, solve_triangular, triangle
from autograd_core.derivatives.linalg import check_square, diagonal_matrix, mH
from autograd_core.derivatives.products import mT
from autograd_core.errors import OperationError, ShapeError, UnsupportedError
from autograd_core.primitive import is_differentiated

QRResult: Any = type(np.linalg.qr(np.eye(1)))
SVDResult: Any = type(np.linalg.svd(np.eye(1)))

# -- coinciding values -----------------------------------------------------------------------------


def tolerance(w, condition: Any = 1.0):
    """Differences of computed eigenvalues or singular values up to this are rounding errors."""
    w = value_of(w)
    size = np.max(np.abs(w), axis=-1, initial=0)[..., None]
    return 8 * w.shape[-1] * np.finfo(w.dtype).eps * condition * size


def reciprocals(x, vanishing):
    return np.where(vanishing, 0, 1 / np.where(vanishing, 1, x))


def quotients(w, condition: Any = 1.0):
    """1 / (w[j] - w[i]), or 0 where the two coincide; and where they do, except the diagonal."""
    gap = w[..., None, :] - w[..., :, None]
    same = np.abs(value_of(gap)) <= tolerance(w, condition)[..., None]
    return reciprocals(gap, same), same & ~np.eye(w.shape[-1], dtype=bool)


SECOND = (
    "second derivatives of eigenvectors, singular vectors or their values are not determined "
    "where the values coincide; differentiate a function of the matrix itself instead"
)

MIXED = (
    "the result depends on eigenvectors (or singular vectors) of coinciding values and on these "
    "values: its derivative does not follow from their derivatives. Differentiate a function of "
    "the matrix itself instead, or take values and vectors from separate calls"
)


def turned(m, repeated, *beside):
    """Which pairs of coinciding values have their vectors rotated by m = vᵀ g, and where each of
    `beside` is not 0. Rounding errors count as 0."""
    sizes = [np.abs(value_of(x)) for x in (m, *beside)]
    limit = 1e3 * np.finfo(sizes[0].dtype).eps * max(np.max(x, initial=0) for x in sizes)
    return repeated & (sizes[0] > limit), *(x > limit for x in sizes[1:])


def refuse_mixture(m, repeated, to_w):
    """Refuse cotangents that may come from V f(w) Vᴴ."""
    if np.any(repeated):
        turning, changing = turned(m + mH(m), repeated, to_w)
        if np.any(turning & changing[..., None, :]):
            raise OperationError(MIXED)


def _refuse_ambiguous(g, v, repeated):
    """Refuse a cotangent that would rotate the vectors of coinciding values."""
    if np.any(turned(mT(v) @ g, repeated)[0]):
        raise OperationError(SECOND)
    return g


def _refuse_repeated(t, repeated):
    if np.any(repeated):
        raise OperationError(SECOND)
    return t


def refuse_choice(what, turns, cotangents):
    """Refuse cotangents that would rotate vectors which only LAPACK's choice determines."""
    limit = np.sqrt(np.finfo(turns.dtype).eps) * max(
        np.max(np.abs(g), initial=0) for g in cotangents
    )
    if np.any(np.abs(turns) > limit):
        raise OperationError(
            f"the result depends on {what}, which the matrix does not determine: it has no "
            "derivative. Projectors v @ conj(v.T) do not depend on it"
        )


def refuse_phases(m, *cotangents):
    """`refuse_choice` for the phases of complex vectors, given m = vᵀ g."""
    if m.dtype.kind == "c":
        turns = np.imag(np.linalg.diagonal(value_of(m)))
        refuse_choice("the phases of complex vectors", turns, value_of(cotangents))


def refuse_rotations(v, g):
    """`refuse_choice` for the columns v that complete a basis."""
    v, g = value_of((v, g))
    m = mT(v) @ g
    refuse_choice("which columns complete the basis", m - mH(m), (g,))


@general(_refuse_ambiguous, _refuse_repeated, part=True)
def determined(v, repeated):
    """`v` for use in rules: an error if it is differentiated where that would be wrong."""
    return v


def matters(g):
    """Whether a cotangent is not 0, or is itself being differentiated."""
    return is_differentiated(g) or bool(np.any(g))


# -- Hermitian matrices ----------------------------------------------------------------------------


def onto_triangle(g, lower):
    """The cotangent of the triangle that stands for a Hermitian matrix with cotangent g."""
    off = np.where(triangle(g.shape[-1], lower, strict=True), g + mH(g), 0)
    return off + diagonal_matrix(np.real(np.linalg.diagonal(g)))


def is_lower(UPLO):
    if str(UPLO).upper() not in ("L", "U"):
        raise OperationError(f"UPLO must be 'L' or 'U', got {UPLO!r}")
    return str(UPLO).upper() == "L"


def _eigh_vjp(g, y, UPLO):
    (w, v), (to_w, to_v) = y, g
    f, repeated = quotients(w)
    if is_differentiated(to_w) or matters(to_v):
        v = determined(v, repeated)
    inside = diagonal_matrix(to_w)
    if matters(to_v):
        m = mT(v) @ to_v
        refuse_phases(m, to_v)
        refuse_mixture(m, repeated, to_w)
        inside = inside + f * m
    return onto_triangle(conjugated(v) @ inside @ mT(v), is_lower(UPLO))


def _eigh_jvp(t, y, UPLO):
    w, v = y
    f, repeated = quotients(w)
    v = determined(v, repeated)
    p = mH(v) @ hermitian_part(t, is_lower(UPLO)) @ v
    return np.real(np.linalg.diagonal(p)), v @ (f * p)


@general(_eigh_vjp, _eigh_jvp, numpy=np.linalg.eigh)
def eigh(a, UPLO: Any = "L"):
    """Eigenvalues w (..., N), ascending, and vectors v (..., N, N) of Hermitian matrices."""
    is_lower(UPLO)
    return np.linalg.eigh(a, UPLO)


@composite(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L"):
    """Eigenvalues of Hermitian matrices, ascending."""
    return eigh(a, UPLO)[0]


def _half(n):
    """Weights of the lower triangle: 1, and ½ on the diagonal."""
    return np.tri(n, dtype=np.float16) - np.eye(n, dtype=np.float16) / 2


def _cholesky_vjp(g, y):
    n = y.shape[-1]
    inner = _half(n) * (mT(y) @ g)
    left = solve_triangular(y, inner, "T", lower=True)
    return onto_triangle(mT(solve_triangular(y, mT(left), "C", lower=True)), lower=True)


def _cholesky_jvp(t, y):
    left = solve_triangular(y, hermitian_part(t), lower=True)
    return y @ (_half(y.shape[-1]) * mH(solve_triangular(y, mH(left), lower=True)))


@general(_cholesky_vjp, _cholesky_jvp, part=True)
def cholesky_lower(a):
    return np.linalg.cholesky(a)


@composite(np.linalg.cholesky)
def cholesky(a, *, upper=False):
    """Lower triangular y with y yᴴ = a, from a's lower triangle; or upper, yᴴ y = a."""
    check_square("cholesky", a)
    return mH(cholesky_lower(mH(a))) if upper else cholesky_lower(a)


# -- general square matrices -----------------------------------------------------------------------


def _eig_parts(y):
    """What both rules of eig need: vectors, quotients, where the largest components are."""
    w, v = y
    values = value_of(v)
    if values.size == 0:
        return v, v, np.zeros(v.shape, v.dtype), np.zeros(v.shape, bool)
    condition = np.linalg.cond(values)[..., None]
    if np.any(condition * np.finfo(values.dtype).eps > 0.01):
        raise OperationError(
            "eig: the matrix is defective (its eigenvectors do not span the space), where "
            "eigenvalues and eigenvectors have no derivative"
        )
    f, repeated = quotients(w, condition)
    largest = np.argmax(np.abs(values.real), axis=-2)
    top = np.arange(v.shape[-1])[:, None] == largest[..., None, :]
    # Marked once for each side: a rotation of v would cancel between v and its inverse.
    return determined(v, repeated), determined(v, repeated), f, top


def _eig_vjp(g, y):
    left, v, f, top = _eig_parts(y)
    to_w, to_v = g
    along = np.sum(to_v * v, axis=-2, keepdims=True)
    to_v = to_v - np.real(along) * conjugated(v)
    if v.dtype.kind == "c":
        size = np.sum(np.where(top, np.real(v), 0), axis=-2, keepdims=True)
        to_v = to_v - 1j * np.where(top, np.imag(along) / size, 0)
    inside = diagonal_matrix(to_w) + f * (mT(v) @ to_v)
    return np.linalg.solve(mT(left), inside @ mT(v))


def _eig_jvp(t, y):
    left, v, f, top = _eig_parts(y)
    p = np.linalg.solve(left, t @ v)
    x = v @ (f * p)
    along = np.sum(np.real(conjugated(v) * x), axis=-2, keepdims=True)
    if v.dtype.kind == "c":  # vectors stay of length 1, their largest component real
        turn = np.sum(np.where(top, np.imag(x) / np.real(v), 0), axis=-2, keepdims=True)
        along = along + 1j * turn
    return np.linalg.diagonal(p), x - v * along


@general(_eig_vjp, _eig_jvp, numpy=np.linalg.eig)
def eig(a):
    """Eigenvalues (..., N) and right eigenvectors (..., N, N) of square matrices.

    The results for a real matrix are real if all eigenvalues are, else complex.

    Raises:
        OperationError: while differentiating, if the matrix is defective.
    """
    return np.linalg.eig(a)


@composite(np.linalg.eigvals)
def eigvals(a):
    """Eigenvalues (..., N) of square matrices; real or complex, as those of `eig`."""
    return eig(a)[0]


# -- QR --------------------------------------------------------------------------------------------


def _qr_vjp(g, y):
    (q, r), (to_q, to_r) = y, g
    inner = hermitian_part(to_r @ mT(r) - mT(q) @ to_q, lower=False)
    return mT(solve_triangular(r, mT(to_q + conjugated(q) @ inner)))


def _qr_jvp(t, y):
    q, r = y
    step = mT(solve_triangular(r, mT(t), "T"))  # t r⁻¹
    upper = onto_triangle(mH(q) @ step, lower=False)  # dr r⁻¹
    return step - q @ upper, upper @ r


@general(_qr_vjp, _qr_jvp, part=True)
def qr_tall(a):
    """QR of (..., M, N) with M >= N and rank N."""
    return np.linalg.qr(a)


def _reduced(y):
    """q and r of the reduced decomposition, and the columns that the complete one adds to q."""
    q, r = y
    n = r.shape[-1]
    return q[..., :n], r[..., :n, :], q[..., n:]


def _qr_complete_vjp(g, y):
    (to_q, to_r), (q, r, added) = g, _reduced(y)
    to_q, to_r, to_added = _reduced((to_q, to_r))
    refuse_rotations(added, to_added)
    return _qr_vjp((to_q - conjugated(added) @ mH(mT(q) @ to_added), to_r), (q, r))


def _qr_complete_jvp(t, y):
    q, r, added = _reduced(y)
    dq, dr = _qr_jvp(t, (q, r))
    below = np.zeros((*r.shape[:-2], added.shape[-1], r.shape[-1]), r.dtype)
    return (
        np.concatenate([dq, -q @ (mH(dq) @ added)], axis=-1),
        np.concatenate([dr, below], axis=-2),
    )


@general(_qr_complete_vjp, _qr_complete_jvp, part=True)
def qr_complete(a):
    """QR of (..., M, N) with M > N and rank N, with a square q."""
    return np.linalg.qr(a, "complete")


@composite(np.linalg.qr)
def qr(a, mode="reduced"):
    """Orthonormal q (..., M, K) and upper triangular r (..., K, N) with q r = a; K = min(M, N).

    Mode "r" gives only r. In mode "complete" K = M; the columns that are added to q change only
    in directions of the others. The first min(M, N) columns of `a` must be independent.

    Raises:
        UnsupportedError: the mode is another, such as "raw", LAPACK's own form.
    """
    if a.ndim < 2:
        raise ShapeError(f"qr: expected matrices (..., M, N), got shape {a.shape}")
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise UnsupportedError(f"qr: mode is 'reduced', 'complete' or 'r', got {mode!r}")
    if m >= n:
        q, r = (qr_complete if mode == "complete" and m > n else qr_tall)(a)
    else:
        q, r = qr_tall(a[..., :m])
        r = np.concatenate([r, mH(q) @ a[..., m:]], axis=-1)
    return r if mode == "r" else QRResult(q, r)


# -- singular values -------------------------------------------------------------------------------


def _svd_parts(y):
    """What both rules of the SVD need; only the first k columns of u and rows of vh have values."""
    u, s, vh = y
    k = s.shape[-1]
    f, repeated = quotients(s)
    floor = tolerance(s)
    total = s[..., None, :] + s[..., :, None]
    e = reciprocals(total, value_of(total) <= floor[..., None])
    return u[..., :k], vh[..., :k, :], f, e, reciprocals(s, value_of(s) <= floor), repeated


def _svd_vjp(g, y):
    (u, s, vh), (to_u, to_s, to_vh) = y, g
    u1, v1, f, e, r, repeated = _svd_parts(y)
    vectors_matter = matters(to_u) or matters(to_vh)
    if is_differentiated(to_s) or vectors_matter:
        u1, v1 = determined(u1, repeated), mH(determined(mH(v1), repeated))
    inside = diagonal_matrix(to_s)
    if not vectors_matter:
        return conjugated(u1) @ inside @ conjugated(v1)
    k = s.shape[-1]
    to_u1, to_v1 = to_u[..., :k], to_vh[..., :k, :]
    mu, mv = mT(u1) @ to_u1, conjugated(v1) @ mH(to_v1)
    refuse_phases(mu + mv, to_u1, to_v1)
    refuse_mixture(mu + mv, repeated, to_s)
    x, z = f * (mu + mv), e * (mu - mv)
    inside = inside + (x + mH(x) + z - mH(z)) / 2
    result = conjugated(u1) @ inside @ conjugated(v1)
    if u.shape[-2] > k:  # the part of u's change outside its own range, and vh's
        rest = to_u1 - conjugated(u1) @ mu
        if u.shape[-1] > k:
            rest = rest - conjugated(u[..., k:]) @ mH(mT(u1) @ to_u[..., k:])
            refuse_rotations(u[..., k:], to_u[..., k:])
        result = result + (rest * r[..., None, :]) @ conjugated(v1)
    if vh.shape[-1] > k:
        rest = to_v1 - (to_v1 @ mT(v1)) @ conjugated(v1)
        if vh.shape[-2] > k:
            rest = rest - mH(to_vh[..., k:, :] @ mT(v1)) @ conjugated(vh[..., k:, :])
            refuse_rotations(mT(vh[..., k:, :]), mT(to_vh[..., k:, :]))
        result = result + conjugated(u1) @ (r[..., :, None] * rest)
    return result


def _svd_jvp(t, y):
    u, s, vh = y
    u1, v1, f, e, r, repeated = _svd_parts(y)
    u1, v1 = determined(u1, repeated), mH(determined(mH(v1), repeated))
    left, right = mH(u1) @ t, t @ mH(v1)
    p = left @ mH(v1)
    h, q = f * (p + mH(p)) / 2, e * (p - mH(p)) / 2
    du, dvh = u1 @ (h + q), mH(h - q) @ v1
    k = s.shape[-1]
    if u.shape[-2] > k:
        du = du + (right - u1 @ p) * r[..., None, :]
        if u.shape[-1] > k:
            more = mH(u[..., k:]) @ right * r[..., None, :]
            du = np.concatenate([du, -(u1 @ mH(more))], axis=-1)
    if vh.shape[-1] > k:
        dvh = dvh + r[..., :, None] * (left - p @ v1)
        if vh.shape[-2] > k:
            more = r[..., :, None] * left @ mH(vh[..., k:, :])
            dvh = np.concatenate([dvh, -(mH(more) @ v1)], axis=-2)
    return du, np.real(np.linalg.diagonal(p)), dvh


@general(_svd_vjp, _svd_jvp, part=True)
def svd_factors(a, full_matrices):
    return np.linalg.svd(a, full_matrices)


@composite(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """u, s, vh with u diag(s) vh = a and s descending; only s if not compute_uv.

    a is (..., M, N), s (..., K) with K = min(M, N), u (..., M, M) and vh (..., N, N), or
    (..., M, K) and (..., K, N) without full_matrices. Columns of u and rows of vh beyond K change
    only in directions of the others. `hermitian` uses eigh.
    """
    if not hermitian:
        result = svd_factors(a, bool(full_matrices and compute_uv))
        return SVDResult(*result) if compute_uv else result[1]
    w, v = eigh(a)
    order = np.argsort(np.abs(value_of(w)), axis=-1)[..., ::-1]
    w, v = np.take_along_axis(w, order, -1), np.take_along_axis(v, order[..., None, :], -1)
    if not compute_uv:
        return np.abs(w)
    sign = np.copysign(1, value_of(w))  # also of 0, where vh needs a row
    return SVDResult(v, np.abs(w), mH(v * sign[..., None, :]))


@composite(np.linalg.svdvals)
def svdvals(x):
    """Singular values, descending."""
    return svd(x, compute_uv=False)
