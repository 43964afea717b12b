"""Special functions: SciPy's names reach them; derivatives at the ends of their ranges."""

import math

import numpy as np
import pytest
import scipy.special as special

import autograd_core as ac
from autograd_core import Tensor, grad, gradcheck, jvp
from autograd_core.registry import NUMPY

FUNCTIONS = list(vars(special).values())
INF = math.inf
UFUNCS = sorted(f.__name__ for f in NUMPY if isinstance(f, np.ufunc) and f in FUNCTIONS)


def derivative(function, *at):
    """With respect to each argument, by both modes, which agree."""
    at = tuple(map(np.float64, at))
    gradients = grad(function, argnums=tuple(range(len(at))))(*at)
    for k, gradient in enumerate(gradients):
        tangents = tuple(np.float64(k == i) for i in range(len(at)))
        assert float(jvp(function, at, tangents)[1]) == float(gradient)
    return tuple(map(float, gradients))


@pytest.mark.parametrize("name", UFUNCS)
def test_scipys_name_reaches_the_operation_in_both_modes(name):
    ufunc = special.psi if name in ("psi", "digamma") else getattr(special, name)
    args = (0.3,) if ufunc.nin == 1 else (2, 0.7)
    *orders, x = args
    y, tangent = jvp(lambda x: ufunc(*orders, x), (np.float64(x),), (np.float64(1.0),))
    slope = grad(lambda x: ufunc(*orders, x))(np.float64(x))
    assert float(y) == float(ufunc(*args))
    step = 1e-6
    expected = (ufunc(*orders, x + step) - ufunc(*orders, x - step)) / (2 * step)
    assert float(slope) == float(tangent) == pytest.approx(float(expected), rel=1e-8)


LIMITS = [
    (special.erf, -INF, 0), (special.erf, INF, 0), (special.erf, 1e200, 0),
    (special.erf, 0, 2 / math.sqrt(math.pi)), (special.erfc, INF, 0),
    (special.erfinv, 1, INF), (special.erfinv, 0, math.sqrt(math.pi) / 2),
    (special.expit, INF, 0), (special.expit, -INF, 0), (special.expit, 0, 0.25),
    (special.expit, 50, math.exp(-50)), (special.expit, -700, math.exp(-700)),
    (special.log_expit, -INF, 1), (special.log_expit, INF, 0), (special.log_expit, -1e200, 1),
    (special.logit, 0, INF), (special.logit, 1, INF), (special.logit, 0.5, 4),
    (special.ndtr, INF, 0), (special.ndtr, -INF, 0), (special.ndtr, 0, 1 / math.sqrt(2 * math.pi)),
    (special.log_ndtr, INF, 0), (special.log_ndtr, -INF, INF), (special.log_ndtr, 1e4, 0),
    (special.log_ndtr, -1e4, 1e4 + 1e-4), (special.log_ndtr, -1e200, 1e200),
    (special.ndtri, 0.5, math.sqrt(2 * math.pi)), (special.ndtri, 0, INF),
    (special.gammaln, INF, INF), (special.gammaln, 1, -np.euler_gamma),
    (special.digamma, 1, math.pi**2 / 6), (special.digamma, INF, 0),
    (special.digamma, 1e200, 1e-200),    (special.entr, 0, INF), (special.entr, 1, -1),
    (special.i0, 0, 0), (special.i1, 0, 0.5), (special.i0e, 0, 0), (special.i1e, 0, 0.5),
    (special.i0e, INF, 0), (special.i1e, -INF, 0),
]  # fmt: skip


@pytest.mark.parametrize("function, x, slope", LIMITS)
def test_derivatives_at_the_ends(function, x, slope):
    assert derivative(function, x) == (pytest.approx(slope, rel=1e-13),)


@pytest.mark.parametrize(
    "function, a, b, slopes",
    [
        (special.xlogy, 0, 0, (0, 0)),
        (special.xlogy, 0, 2, (math.log(2), 0)),
        (special.xlogy, 3, 0, (-INF, INF)),
        (special.xlog1py, 0, -1, (0, 0)),
        (special.xlog1py, 0, 1, (math.log(2), 0)),
        (special.xlog1py, 2, -1, (-INF, INF)),
        (special.rel_entr, 0, 2, (-INF, 0)),
        (special.rel_entr, 0, 0, (1, -1)),
        (special.kl_div, 0, 0, (0, 0)),
        (special.kl_div, 2, 2, (0, 0)),
        (special.betaln, 1, 1e10, (-math.log(1e10) - np.euler_gamma, -1e-10)),
        (special.betaln, 2, 1e12, (-math.log(1e12) - np.euler_gamma + 1, -2e-12)),
    ],
)
def test_derivatives_of_functions_of_two_numbers(function, a, b, slopes):
    assert derivative(function, a, b) == pytest.approx(slopes, rel=1e-11)


def test_the_mixed_derivative_of_x_log_y_at_zero():
    """d²/dadb (a log b) = 1 / b also where a = 0."""
    mixed = grad(lambda b: grad(lambda a: special.xlogy(a, b))(np.float64(0)))(np.float64(2))
    assert float(mixed) == 0.5


def test_zero_times_log_zero_leaks_no_nan():
    p = Tensor([0.0, 0.5, 0.5], requires_grad=True)
    q = Tensor([0.0, 0.25, 0.75], requires_grad=True)
    special.kl_div(p, q).sum().backward()
    assert np.isfinite(p.grad.numpy()).all() and np.isfinite(q.grad.numpy()).all()


@pytest.mark.parametrize("x", [-30.0, -60.0, -1e3, -1e5, 50.0])
def test_the_curvature_of_log_ndtr_far_out(x):
    """Asymptotic series of -r (x + r), r the inverse Mills ratio."""
    z = 1 / x**2
    expected = -(1 - z + 6 * z**2 - 50 * z**3) if x < 0 else 0
    curvature = grad(grad(special.log_ndtr))(np.float64(x))
    assert float(curvature) == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_single_precision_far_out():
    x = Tensor(np.array([-1e4, -200.0, 1e4], np.float32), requires_grad=True)
    special.log_ndtr(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1e4, 200.005, 0], rtol=1e-6)


def test_polygamma_is_the_derivative_of_itself():
    x = np.array([0.3, 1.0, 7.5, -0.4, 30.0])
    for n in range(4):
        np.testing.assert_allclose(
            grad(lambda x, n=n: np.sum(ac.polygamma(n, x)))(x), special.polygamma(n + 1, x)
        )
    for bad in (-1, 0.5):
        with pytest.raises(ac.OperationError):
            ac.polygamma(bad, Tensor(x))


@pytest.mark.parametrize("function", [special.iv, special.gammainc, special.gammaincc])
def test_the_order_of_a_function_has_no_derivative(function):
    order = Tensor(1.5, requires_grad=True)
    with pytest.raises(ac.UnsupportedError, match="order"):
        function(order, 2.0).backward()


def test_the_incomplete_gamma_function_at_zero():
    for order, slope in ((0.5, INF), (1, 1), (2, 0)):
        assert grad(lambda x, a=order: special.gammainc(a, x))(0.0) == slope
        assert grad(lambda x, a=order: special.gammaincc(a, x))(0.0) == -slope


def test_betaln_is_smooth_where_the_series_takes_over():
    b = np.array([19.999, 20.0, 20.001, 21.0])
    for a in (1e-3, 0.7, 40.0):
        slope = grad(lambda b, a=a: np.sum(special.betaln(a, b)))(b)
        np.testing.assert_allclose(
            slope, special.digamma(b) - special.digamma(a + b), rtol=1e-9 / min(a, 1)
        )
    gradcheck(special.betaln, np.array([0.5, 3.0]), np.array([30.0, 1e3]), order=2)


def test_the_slope_of_betaln_far_out_is_exact():
    """B(1, b) = 1 / b and B(2, b) = 1 / (b (b + 1))."""
    b = np.array([20.001, 20.5, 23.0, 30.0, 1e3, 1e8])
    for a, expected in ((1.0, -1 / b), (2.0, -1 / b - 1 / (b + 1))):
        slope = grad(lambda b, a=a: np.sum(special.betaln(a, b)))(b)
        np.testing.assert_allclose(slope, expected, rtol=3e-15)
    across = grad(lambda b: special.betaln(-3.5, b))(22.0)  # the sum is below the series' range
    assert across == pytest.approx(special.digamma(22) - special.digamma(18.5), rel=1e-12)


def test_complex_error_function():
    gradcheck(special.erf, np.array([0.3 + 0.4j, -0.2 + 1j])).raise_if_failed()
