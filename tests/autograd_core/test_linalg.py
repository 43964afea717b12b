"""Linear algebra where it is special: coinciding eigenvalues, singular matrices, complex vectors
without a phase of their own, norms at 0; and everything against PyTorch."""

import numpy as np
import pytest
import scipy.linalg

import autograd_core as ac
from autograd_core import Tensor, grad, gradcheck, jvp, vjp
from autograd_core.extend import tree_leaves

RANDOM = np.random.default_rng(3)
Q = np.linalg.qr(RANDOM.standard_normal((4, 4)))[0]
U = np.linalg.qr(RANDOM.standard_normal((4, 4)) + 1j * RANDOM.standard_normal((4, 4)))[0]
W = np.array([2.0, 2.0, 5.0, 5.0])


def normal(*shape, kind=float):
    x = RANDOM.standard_normal(shape)
    return x + 1j * RANDOM.standard_normal(shape) if kind is complex else x


def mH(x):
    return np.conj(np.swapaxes(x, -1, -2))


def check(f, *arrays, order=2):
    gradcheck(f, *arrays, method="central", order=order).raise_if_failed()


both = pytest.mark.parametrize("kind", [float, complex])
bases = pytest.mark.parametrize("basis", [Q, U, np.eye(4)], ids=["real", "complex", "diagonal"])


def with_eigenvalues(basis, w):
    a = basis @ np.diag(w) @ mH(basis)
    return (a + mH(a)) / 2


# -- coinciding eigenvalues and singular values ----------------------------------------------------


@bases
def test_projectors_on_eigenspaces_of_repeated_eigenvalues(basis):
    def projector(a):
        v = np.linalg.eigh(a)[1][:, :2]
        return v @ mH(v)

    check(projector, with_eigenvalues(basis, W), order=1)


@bases
def test_vectors_of_simple_eigenvalues_beside_repeated_ones(basis):
    def outer(a):
        v = np.linalg.eigh(a).eigenvectors[:, -1:]
        return v @ mH(v)

    check(outer, with_eigenvalues(basis, [1.0, 1.0, 1.0, 3.0]), order=1)


@bases
@pytest.mark.parametrize("w", [W, np.ones(4), np.array([0.0, 0, 0, 2])])
def test_symmetric_functions_of_repeated_eigenvalues(basis, w):
    a = with_eigenvalues(basis, w)
    check(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))), a, order=1)
    gradient = grad(lambda a: np.sum(np.exp(np.linalg.eigvalsh((a + mH(a)) / 2))))(a)
    np.testing.assert_allclose(gradient, scipy.linalg.expm(a), atol=1e-9)


@bases
def test_repeated_singular_values(basis):
    a = (basis * W) @ Q.T

    def polar(a):
        u, _, vh = np.linalg.svd(a)
        return u @ vh

    def projectors(a):
        u, s, vh = np.linalg.svd(a)
        return u[:, :2] @ mH(u[:, :2]), mH(vh[:2]) @ vh[:2], np.sum(s**3)

    check(polar, a, order=1)
    check(projectors, a, order=1)
    nuclear = grad(lambda a: np.linalg.norm(a, "nuc"))  # the polar factor
    along = normal(4, 4)
    twice = grad(lambda a: np.sum(np.real(nuclear(a)) * along))(a)
    _, pull = vjp(polar, a)
    np.testing.assert_allclose(twice, pull(along + 0 * a)[0], atol=1e-12)


def test_eigenvalues_of_general_matrices_with_repeated_ones():
    basis = normal(3, 3) + 2 * np.eye(3)
    a = basis @ np.diag([1.0, 1.0, 3.0]) @ np.linalg.inv(basis)
    gradient = grad(lambda a: np.sum(np.real(np.linalg.eigvals(a) ** 3)))(a)
    np.testing.assert_allclose(gradient, 3 * np.linalg.matrix_power(a, 2).T, atol=1e-8)


def test_second_derivatives_that_repeated_eigenvalues_leave_open_are_refused():
    a = with_eigenvalues(Q, W)
    along = np.ones((4, 4))
    for f in (
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 2),
        lambda a: np.sum(np.linalg.svdvals(a) ** 2),
        lambda a: np.sum(np.real(np.linalg.eigvals(a)) ** 2),
    ):
        with pytest.raises(ac.OperationError, match="coincide"):
            grad(lambda a, f=f: np.sum(grad(f)(a) * along))(a)
        with pytest.raises(ac.OperationError, match="coincide"):
            jvp(grad(f), (a,), (along,))
    trace = grad(lambda a: np.sum(grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(a) * along))
    np.testing.assert_allclose(trace(a), 0, atol=1e-12)
    largest = with_eigenvalues(Q, [1.0, 2.0, 3.0, 5.0])
    check(lambda a: np.linalg.eigvalsh(a)[-1] ** 2, largest)


@bases
def test_second_derivatives_that_do_not_turn_coinciding_vectors_are_allowed(basis):
    """The second derivative of tr(a²) = sum(w²) along a itself is 2a."""
    a = with_eigenvalues(basis, W)

    def slope(a):
        return grad(lambda a: np.sum(np.linalg.eigvalsh((a + mH(a)) / 2) ** 2))(a)

    np.testing.assert_allclose(slope(a), 2 * a, atol=1e-12)
    curvature = grad(lambda x: np.sum(np.real(slope(x) * np.conj(a))))(a)
    np.testing.assert_allclose(curvature, 2 * a, atol=1e-12)


def test_matrix_functions_by_decomposition_are_refused_where_values_coincide():
    a, c = with_eigenvalues(Q, W), normal(4, 4)

    def by_eigh(a):
        w, v = np.linalg.eigh(a)
        return np.sum(c * (v @ (w[:, None] * v.T)))

    def by_svd(a):
        u, s, vh = np.linalg.svd(a)
        return np.sum(c * ((u * s) @ vh))

    def apart(a):
        v = np.linalg.eigh(a)[1][:, :2]
        return np.sum(c * (v @ v.T)) + np.sum(np.linalg.eigvalsh(a) ** 2)

    for f in (by_eigh, by_svd):
        with pytest.raises(ac.OperationError, match="coinciding"):
            grad(f)(a)
        check(f, a + np.diag(np.arange(4.0)))
    check(apart, a, order=1)


def test_defective_matrices_are_refused():
    with pytest.raises(ac.OperationError, match="defective"):
        grad(lambda a: np.sum(np.linalg.eigvals(a)))(np.array([[1.0, 1.0], [0.0, 1.0]]))


# -- complex vectors: what does not depend on their phase ------------------------------------------


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_hermitian_eigenvectors_up_to_their_phase(UPLO):
    def f(a):
        w, v = np.linalg.eigh(a, UPLO)
        part = v[..., 1:]
        return w, part @ (np.exp(w[..., 1:, None]) * mH(part)), np.abs(v)

    check(f, normal(2, 3, 3, kind=complex))


@pytest.mark.parametrize("full_matrices", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (2, 4, 3)])
def test_complex_singular_vectors_up_to_their_phases(shape, full_matrices):
    def f(a):
        u, s, vh = np.linalg.svd(a, full_matrices)
        left, right = u[..., :2], vh[..., :2, :]
        return left @ mH(left), left @ right, mH(right) @ (s[..., :2, None] * right), s

    check(f, normal(*shape, kind=complex))


@both
def test_projectors_on_what_full_matrices_adds(kind):
    check(
        lambda a: (lambda u: u[:, 2:] @ mH(u[:, 2:]))(np.linalg.svd(a)[0]), normal(5, 2, kind=kind)
    )
    check(lambda a: (lambda v: mH(v[2:]) @ v[2:])(np.linalg.svd(a)[2]), normal(2, 5, kind=kind))


@both
@pytest.mark.parametrize("shape", [(5, 2), (2, 4, 3)])
def test_qr_completes_its_basis(shape, kind):
    def f(a):
        q, r = np.linalg.qr(a, "complete")
        n = shape[-1]
        return q[..., :n], q[..., n:] @ mH(q[..., n:]), r

    a = normal(*shape, kind=kind)
    q, r = np.linalg.qr(Tensor(a, requires_grad=True), "complete")
    for got, wanted in zip((q, r), np.linalg.qr(a, "complete"), strict=True):
        np.testing.assert_allclose(got.numpy(), wanted, atol=1e-12)
    check(f, a)


def test_what_lapack_chooses_has_no_derivative():
    """Phases of complex vectors, and columns that complete a basis."""
    c, real = normal(3, 3, kind=complex), normal(5, 2)
    for f, a, what in (
        (lambda a: np.linalg.eigh(a)[1], c, "phases"),
        (lambda a: np.linalg.svd(a)[0], c, "phases"),
        (lambda a: np.linalg.svd(a)[2], c, "phases"),
        (lambda a: np.linalg.svd(a)[0], real, "columns"),
        (lambda a: np.linalg.svd(a)[2].T, real.T, "columns"),
        (lambda a: np.linalg.qr(a, "complete")[0], real, "columns"),
    ):
        with pytest.raises(ac.OperationError, match=what):
            grad(lambda a, f=f: np.real((1 + 1j) * f(a)[0, -1]))(a)


# -- singular matrices -----------------------------------------------------------------------------


@both
@pytest.mark.parametrize("n, rank", [(2, 1), (3, 2), (3, 1), (4, 2), (4, 1), (3, 0), (1, 0)])
def test_det_of_singular_matrices(n, rank, kind):
    check(np.linalg.det, normal(n, rank, kind=kind) @ normal(rank, n, kind=kind))


def test_det_of_a_matrix_that_is_singular_up_to_rounding():
    a = np.arange(1.0, 10).reshape(3, 3)
    minors = [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]
    np.testing.assert_allclose(grad(np.linalg.det)(a), minors, rtol=1e-13)


def test_slogdet_at_a_singular_matrix_is_infinite_where_it_counts():
    a = np.stack([np.ones((2, 2)), np.array([[2.0, 0], [0, 4]])])[:, None]
    _, pull = vjp(lambda a: np.linalg.slogdet(a)[1], a)
    (gradient,) = pull(np.array([[0.0], [1.0]]))
    np.testing.assert_array_equal(gradient[:, 0], [np.zeros((2, 2)), [[0.5, 0], [0, 0.25]]])
    (gradient,) = pull(np.ones((2, 1)))
    assert np.isinf(gradient[0]).all() and np.isfinite(gradient[1]).all()
    _, pushed = jvp(lambda a: np.linalg.slogdet(a)[1], (a,), (np.ones_like(a),))
    np.testing.assert_array_equal(pushed, [[np.inf], [0.75]])


@both
def test_pseudoinverse_along_matrices_of_constant_rank(kind):
    a, b = normal(2, 4, 2, kind=kind), normal(2, 2, 3, kind=kind)
    check(lambda a, b: np.linalg.pinv(a @ b, rtol=1e-10), a, b)
    check(lambda a: np.linalg.pinv(a @ mH(a), hermitian=True, rtol=1e-10), a)


def test_singular_matrices_raise_numpys_error_and_ours():
    singular = Tensor(np.ones((2, 2)), requires_grad=True)
    for call in (
        lambda: np.linalg.inv(singular),
        lambda: np.linalg.solve(singular, np.ones(2)),
        lambda: np.linalg.cholesky(singular - 3 * np.eye(2)),
        lambda: np.linalg.matrix_power(singular, -1),
        lambda: ac.solve_triangular(singular * 0, np.ones(2)),
    ):
        with pytest.raises(np.linalg.LinAlgError) as caught:
            call()
        assert isinstance(caught.value, ac.OperationError)


@pytest.mark.parametrize("p", [None, 2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf])
def test_condition_numbers_of_singular_matrices(p):
    regular = np.array([[2.0, 1.0], [0.0, 3.0]])
    for singular in (np.zeros((2, 2)), np.diag([1.0, 0.0])):
        a = np.stack([singular, regular])
        with np.errstate(all="ignore"):
            value, pull = vjp(lambda a: np.linalg.cond(a, p), a)
            expected = np.inf if p == "nuc" else np.linalg.cond(singular, p)  # NumPy: no SVD
            np.testing.assert_array_equal(value[0], expected)
            assert not np.any(np.isfinite(pull(np.ones(2))[0][0])) or p == -2
            (gradient,) = pull(np.array([0.0, 1.0]))
        np.testing.assert_array_equal(gradient[0], 0)
        np.testing.assert_allclose(gradient[1], grad(lambda a: np.linalg.cond(a, p))(regular))


# -- least squares ---------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    "shapes", [((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 4), (2,)), ((3, 3), (3,))]
)
def test_least_squares_gives_numpys_results_with_derivatives(shapes, kind):
    a, b = (normal(*shape, kind=kind) for shape in shapes)
    expected = np.linalg.lstsq(a, b)
    result = np.linalg.lstsq(Tensor(a, requires_grad=True), b)
    assert result[2] == expected[2]
    for got, wanted in zip(result, expected, strict=True):
        np.testing.assert_allclose(getattr(got, "_value", got), wanted, atol=1e-12)
        assert np.shape(got) == np.shape(wanted)
    check(lambda a, b: [np.linalg.lstsq(a, b)[k] for k in (0, 1, 3)], a, b)


def test_least_squares_of_deficient_rank():
    a, b = normal(4, 2), normal(2, 3)
    _, residuals, rank, s = np.linalg.lstsq(Tensor(a @ b, requires_grad=True), normal(4))
    assert rank == 2 and residuals.shape == (0,) and s.shape == (3,)
    check(lambda a, b: np.linalg.lstsq(a @ b, np.arange(4.0), 1e-10)[0], a, b)


# -- norms -----------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("p", [None, 2, 1, 0.5, 1.5, 3, -1, -2, np.inf, -np.inf])
def test_norms_of_zero_vectors_have_no_gradient(p, kind):
    x = np.zeros((2, 3), kind)
    x[1] = [1, 0, -2]
    gradient = grad(lambda x: np.sum(np.linalg.norm(x, p, axis=1)))(x)
    assert np.all(gradient[0] == 0) and np.all(np.isfinite(gradient))
    twice = grad(lambda x: np.sum(np.abs(grad(lambda x: np.linalg.norm(x, p))(x)) ** 2))
    assert np.all(np.isfinite(twice(x[0])))


@pytest.mark.parametrize("p", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_norms_of_zero_and_of_singular_matrices_are_finite(p):
    f = grad(lambda x: np.linalg.norm(x, p))
    np.testing.assert_array_equal(f(np.zeros((3, 2))), 0)
    assert np.all(np.isfinite(f(np.ones((3, 3)))))


def test_nuclear_norm_at_a_matrix_of_low_rank_has_the_smallest_subgradient():
    u, v = normal(3, 1), normal(1, 4)
    expected = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    np.testing.assert_allclose(
        grad(lambda x: np.linalg.norm(x, "nuc"))(u @ v), expected, atol=1e-12
    )


@pytest.mark.parametrize("p", [2, 3])
def test_norms_neither_overflow_nor_underflow(p):
    for scale in (1e30, 1e-30):
        x = np.array([3, 4], np.float32) * np.float32(scale)
        value = np.linalg.norm(Tensor(x), p)
        expected = np.linalg.norm([3, 4], p)
        np.testing.assert_allclose(value.numpy() / scale, expected, rtol=1e-6)
        gradient = grad(lambda x: np.linalg.norm(x, p))(x)
        np.testing.assert_allclose(
            gradient, np.array([3, 4]) ** (p - 1) / expected ** (p - 1), 1e-6
        )


def test_counting_norm_and_rank_are_constants():
    x = Tensor(np.eye(2), requires_grad=True)
    assert np.linalg.norm(x, 0, axis=0).numpy().tolist() == [1, 1]
    assert not np.linalg.norm(x, 0, axis=0).requires_grad
    assert np.linalg.matrix_rank(x) == 2


# -- names, results, errors ------------------------------------------------------------------------


def test_results_keep_numpys_names():
    a = Tensor(2 * np.eye(2) + 0.1, requires_grad=True)
    assert np.linalg.eigh(a).eigenvalues.requires_grad
    assert np.linalg.eig(a).eigenvectors.requires_grad
    assert np.linalg.svd(a).Vh.shape == (2, 2)
    assert np.linalg.qr(a).R.shape == (2, 2)
    assert np.linalg.slogdet(a).logabsdet.requires_grad
    a = Tensor(np.array([[0.0, 1.0], [-1.0, 0.0]]), requires_grad=True)
    assert np.linalg.eig(a).eigenvalues.dtype == complex


def test_svd_of_a_singular_hermitian_matrix_has_all_its_rows():
    for a in (np.zeros((2, 2)), np.diag([1.0, 0.0, -2.0])):
        result = np.linalg.svd(Tensor(a), hermitian=True)
        for got, wanted in zip(result, np.linalg.svd(a, hermitian=True), strict=True):
            np.testing.assert_array_equal(got.numpy(), wanted)


def test_products_under_linalg_are_those_of_numpy():
    for f, shapes in (
        (np.linalg.cross, [(2, 3), (3,)]),
        (lambda a, b: np.linalg.cross(a, b, axis=0), [(3, 2), (3, 2)]),
        (np.linalg.outer, [(3,), (2,)]),
        (np.linalg.matmul, [(2, 3), (3, 2)]),
        (np.linalg.vecdot, [(2, 3), (3,)]),
        (lambda a, b: np.linalg.tensordot(a, b, axes=1), [(2, 3), (3, 2)]),
        (np.linalg.matrix_transpose, [(2, 2, 3)]),
        (np.linalg.diagonal, [(2, 2, 3)]),
        (lambda a: np.linalg.diagonal(a, offset=-1), [(2, 2, 3)]),
        (lambda a: np.linalg.trace(a, offset=1), [(2, 2, 3)]),
    ):
        arrays = [normal(*shape) for shape in shapes]
        value = f(*map(Tensor, arrays))
        np.testing.assert_allclose(value.numpy(), f(*arrays))
        check(f, *arrays)


def test_wrong_arguments_are_named():
    x = Tensor(normal(3, 2), requires_grad=True)
    for call, error in (
        (lambda: np.linalg.qr(x[0]), ac.ShapeError),
        (lambda: np.linalg.cross(x, x, axis=7), ac.ShapeError),
        (lambda: np.matvec(x, x[0, 0]), ac.ShapeError),
        (lambda: np.vecmat(x, x[0]), ac.ShapeError),
        (lambda: np.linalg.cond(x[0]), np.linalg.LinAlgError),
        (lambda: np.linalg.cond(x, 1), ac.ShapeError),
        (lambda: np.linalg.tensorsolve(x[:2], x[:, 0], axes=(5,)), ac.OperationError),
        (lambda: np.linalg.qr(x, "raw"), ac.UnsupportedError),
        (lambda: np.linalg.norm(x, "nuclear"), ac.OperationError),
        (lambda: np.linalg.norm(x, "fro", axis=0), ac.OperationError),
        (lambda: np.linalg.norm(x[None], 2), ac.OperationError),
        (lambda: np.linalg.eigh(x[:2], "X"), ac.OperationError),
        (lambda: np.linalg.pinv(x, 1e-3, rtol=1e-3), ac.OperationError),
        (lambda: np.linalg.matrix_power(x, 2), ac.ShapeError),
        (lambda: np.linalg.matrix_power(x[:2], 0.5), ac.OperationError),
        (lambda: np.linalg.cross(x, x), ac.ShapeError),
        (lambda: np.linalg.outer(x, x), ac.ShapeError),
        (lambda: np.linalg.multi_dot([x]), ac.OperationError),
        (lambda: np.linalg.lstsq(x, np.ones(2)), ac.ShapeError),
        (lambda: ac.solve_triangular(x, np.ones(3)), ac.ShapeError),
        (lambda: ac.solve_triangular(x[:2], np.ones(2), trans="H"), ac.OperationError),
        (lambda: ac.expm(x), ac.ShapeError),
    ):
        with pytest.raises(error):
            call()


# -- against PyTorch -------------------------------------------------------------------------------


def herm(x):
    return x + mH(x)


def positive(x):
    return x @ mH(x) + np.eye(x.shape[-1])


def torch_functions():
    torch = pytest.importorskip("torch")
    t = torch.linalg
    symmetric = lambda x: x + x.mH  # noqa: E731
    spd = lambda x: x @ x.mH + torch.eye(x.shape[-1], dtype=x.dtype)  # noqa: E731
    n = np.linalg
    return {
        "inv": (n.inv, t.inv, (2, 3, 3)),
        "det": (n.det, t.det, (2, 3, 3)),
        "slogdet": (n.slogdet, t.slogdet, (2, 3, 3)),
        "eigh": (
            lambda x: (n.eigh(herm(x))[0], abs(n.eigh(herm(x))[1])),
            lambda x: (t.eigh(symmetric(x))[0], abs(t.eigh(symmetric(x))[1])),
            (2, 3, 3),
        ),
        "eig": (
            lambda x: (n.eig(x)[0] ** 2, abs(n.eig(x)[1])),
            lambda x: (t.eig(x)[0] ** 2, abs(t.eig(x)[1])),
            (2, 3, 3),
        ),
        "svd": (
            lambda x: (lambda u, s, v: (u[..., :2] @ v[..., :2, :], s))(*n.svd(x, False)),
            lambda x: (lambda u, s, v: (u[..., :2] @ v[..., :2, :], s))(
                *t.svd(x, full_matrices=False)
            ),
            (2, 4, 3),
        ),
        "svdvals": (n.svdvals, t.svdvals, (2, 3, 4)),
        "cholesky": (
            lambda x: n.cholesky(positive(x)),
            lambda x: t.cholesky(spd(x)),
            (2, 3, 3),
        ),
        "cholesky upper": (
            lambda x: n.cholesky(positive(x), upper=True),
            lambda x: t.cholesky(spd(x), upper=True),
            (3, 3),
        ),
        "qr": (n.qr, t.qr, (2, 4, 3)),
        "qr wide": (n.qr, t.qr, (2, 3)),
        "pinv": (n.pinv, t.pinv, (2, 4, 3)),
        "expm": (ac.expm, torch.matrix_exp, (2, 3, 3)),
        "matrix_power": (
            lambda x: n.matrix_power(x, -3),
            lambda x: t.matrix_power(x, -3),
            (2, 3, 3),
        ),
        "lstsq": (
            lambda x: n.lstsq(x, np.arange(4.0))[0],
            lambda x: t.lstsq(x, torch.arange(4.0).to(x.dtype)[:, None]).solution[:, 0],
            (4, 2),
        ),
        **{
            f"norm {p}": (
                lambda x, p=p: n.norm(x, p, (-2, -1)),
                lambda x, p=p: t.matrix_norm(x, p),
                (2, 3, 4),
            )
            for p in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)
        },
        **{
            f"cond {p}": (lambda x, p=p: n.cond(x, p), lambda x, p=p: t.cond(x, p), (3, 3))
            for p in (None, -2)
        },
    }


NAMES = [
    "inv", "det", "slogdet", "eigh", "eig", "svd", "svdvals", "cholesky", "cholesky upper", "qr",
    "qr wide", "pinv", "expm", "matrix_power", "lstsq", "norm fro", "norm nuc", "norm 2",
    "norm -2", "norm 1", "norm -1", "norm inf", "norm -inf", "cond None", "cond -2",
]  # fmt: skip


@both
@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients_are_those_of_torch(name, kind):
    torch = pytest.importorskip("torch")
    ours, theirs, shape = torch_functions()[name]
    x = normal(*shape, kind=kind)
    a = Tensor(x, requires_grad=True)
    b = torch.tensor(x, requires_grad=True)
    results = list(zip(tree_leaves(ours(a)), _flat(theirs(b)), strict=True))
    loss, their_loss = 0.0, 0.0
    for k, (result, expected) in enumerate(results):
        # LAPACK's sign of a column of Q, say, is the same in both
        np.testing.assert_allclose(result.numpy(), expected.detach().numpy(), atol=1e-9)
        weights = np.cos(k + np.arange(result.size).reshape(result.shape))
        loss = loss + np.sum(np.real(result * weights))
        their_loss = their_loss + (expected * torch.tensor(weights)).real.sum()
    loss.backward()
    their_loss.backward()
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-8, atol=1e-8)


def _flat(result):
    return [result] if hasattr(result, "detach") else list(result)


def test_a_bias_of_another_shape():
    """Also one that would broadcast."""
    for shape in ((5,), (20, 1), (1,), ()):
        with pytest.raises(ac.ShapeError, match=r"bias of shape \(4,\) for w \(4, 3\), got"):
            ac.affine(np.ones((20, 3)), np.ones((4, 3)), np.zeros(shape))
