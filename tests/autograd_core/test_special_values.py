"""Values at kinks, singularities, ties, infinities and huge arguments.

Each expected value is a closed form or a convention of the project: the derivatives that
calculus leaves open are fixed, the same in reverse and in forward mode, and nothing is NaN
that has a limit.
"""

import math

import numpy as np
import pytest
import scipy.special as special

import autograd_core as ac
from autograd_core import grad, jvp, vjp
from autograd_core.registry import NUMPY

INF, NAN, HUGE = math.inf, math.nan, 1e4


def reverse(f, *arrays):
    """The gradient of the sum of f, by each argument."""
    _, pull = vjp(lambda *a: np.sum(f(*a)), *arrays)
    return pull(1.0)


def forward(f, *arrays):
    """The same in forward mode, one element after the other."""
    gradients = [np.zeros_like(array) for array in arrays]
    for array, gradient in zip(arrays, gradients, strict=True):
        for index in np.ndindex(array.shape):
            tangents = tuple(np.zeros_like(a) for a in arrays)
            next(t for t, a in zip(tangents, arrays, strict=True) if a is array)[index] = 1
            gradient[index] = jvp(lambda *a: np.sum(f(*a)), arrays, tangents)[1]
    return gradients


def log_or_zero(x):
    return np.where(x > 0, np.log(x), 0)


def sqrt_or_zero(x):
    return np.where(x > 0, np.sqrt(x), 0)


def inverse_or_zero(x):
    return np.where(x != 0, 1 / x, 0)


def mills_tail(x):
    """φ(x) / Φ(-x) - x, for large x: Laplace's continued fraction 1 / (x + 2 / (x + 3 / ...))."""
    tail = 0.0
    for k in range(60, 0, -1):
        tail = k / (x + tail)
    return tail


# f, the arguments, the value, the gradient of its sum by each argument
TABLE = {
    "abs at 0": (np.abs, [[0.0, -2.0]], [0, 2], [[0, -1]]),
    "fabs at 0": (np.fabs, [[0.0, 3.0]], [0, 3], [[0, 1]]),
    "abs of complex 0": (np.abs, [[0j, 3 + 4j]], [0, 5], [[0, 0.6 + 0.8j]]),
    "relu at 0": (ac.relu, [[-1.0, 0.0, 1.0]], [0, 0, 1], [[0, 0, 1]]),
    "sqrt at 0": (np.sqrt, [[0.0, 4.0]], [0, 2], [[INF, 0.25]]),
    "cbrt at 0": (np.cbrt, [[0.0, 8.0]], [0, 2], [[INF, 1 / 12]]),
    "log at 0": (np.log, [[0.0, 2.0]], [-INF, math.log(2)], [[INF, 0.5]]),
    "hypot at 0": (np.hypot, [[0.0, 3.0], [0.0, 4.0]], [0, 5], [[0, 0.6], [0, 0.8]]),
    "hypot beside infinity": (
        np.hypot,
        [[INF, 1.0, -INF], [1.0, -INF, INF]],
        [INF, INF, INF],
        [[1, 0, -math.sqrt(0.5)], [0, -1, math.sqrt(0.5)]],
    ),
    "norm with an infinite element": (np.linalg.norm, [[INF, 1.0, -2.0]], INF, [[1, 0, 0]]),
    "norm with infinite elements": (
        np.linalg.norm,
        [[INF, -INF, 3.0]],
        INF,
        [[math.sqrt(0.5), -math.sqrt(0.5), 0]],
    ),
    "3-norm with an infinite element": (
        lambda x: np.linalg.norm(x, 3),
        [[1.0, -INF, 0.0]],
        INF,
        [[0, -1, 0]],
    ),
    "½-norm with an infinite element": (
        lambda x: np.linalg.norm(x, 0.5),
        [[1.0, INF, 0.0]],
        INF,
        [[INF, 1, 0]],
    ),
    "maximum of equals": (np.maximum, [[1.0, 2.0], [1.0, 0.0]], [1, 2], [[0.5, 1], [0.5, 0]]),
    "minimum of equals": (np.minimum, [[1.0, 2.0], [1.0, 0.0]], [1, 0], [[0.5, 0], [0.5, 1]]),
    "max with ties": (np.max, [[3.0, 1.0, 3.0, 3.0]], 3, [[1 / 3, 0, 1 / 3, 1 / 3]]),
    "min with ties": (np.min, [[1.0, 1.0, 3.0, 2.0]], 1, [[0.5, 0.5, 0, 0]]),
    "max with ties along an axis": (
        lambda x: np.max(x, axis=0),
        [[[1.0, 5.0], [1.0, 4.0]]],
        [1, 5],
        [[[0.5, 1], [0.5, 0]]],
    ),
    "max with a tie that does not count": (
        lambda x: np.max(x, where=[True, False, True], initial=-9.0),
        [[3.0, 3.0, 1.0]],
        3,
        [[1, 0, 0]],
    ),
    "max of infinities": (np.max, [[INF, 1.0, INF]], INF, [[0.5, 0, 0.5]]),
    "min of -inf": (np.min, [[-INF, 1.0]], -INF, [[1, 0]]),
    "clip at its bounds": (
        lambda x: np.clip(x, -1, 1),
        [[-2.0, -1.0, 0.0, 1.0, 2.0]],
        [-1, -1, 0, 1, 1],
        [[0, 1, 1, 1, 0]],
    ),
    "clip by bounds that are met": (
        np.clip,
        [[-2.0, -1.0, 0.0, 1.0, 2.0], [-1.0] * 5, [1.0] * 5],
        [-1, -1, 0, 1, 1],
        [[0, 1, 1, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]],
    ),
    "clip by one bound that is met": (
        lambda x, high: np.clip(x, None, high),
        [[1.0, 3.0], [1.0, 1.0]],
        [1, 1],
        [[1, 0], [0, 1]],
    ),
    "clip by crossed bounds": (
        np.clip,
        [[0.0, 1.0, 1.5, 2.0, 3.0], [2.0] * 5, [1.0] * 5],
        [1, 1, 1, 1, 1],
        [[0] * 5, [0] * 5, [1] * 5],
    ),
    "clip of infinities": (lambda x: np.clip(x, -1, 1), [[-INF, INF]], [-1, 1], [[0, 0]]),
    "x ** 0": (lambda x: x**0, [[0.0, 2.0]], [1, 1], [[0, 0]]),
    "x ** 0.0 as an array": (lambda x: x ** np.zeros(3), [[0.0, 2.0, INF]], [1] * 3, [[0] * 3]),
    "x ** 1 at 0": (lambda x: x**1, [[0.0]], [0], [[1]]),
    "x ** 2 at 0": (lambda x: x**2, [[0.0, -3.0]], [0, 9], [[0, -6]]),
    "x ** 3 below 0": (lambda x: x**3.0, [[-2.0]], [-8], [[12]]),
    "x ** 0.5 at 0": (lambda x: x**0.5, [[0.0]], [0], [[INF]]),
    "x ** -1 at 0": (lambda x: x**-1.0, [[0.0]], [INF], [[-INF]]),
    "x ** y by both, at x = 0": (
        np.power,
        [[0.0, 0.0, 2.0], [2.0, 0.0, 3.0]],
        [0, 1, 8],
        [[0, 0, 12], [0, 0, 8 * math.log(2)]],
    ),
    "x ** y by y, for x < 0": (lambda y: np.power(-2.0, y), [[2.0]], [4], [[NAN]]),
    "0 ** y": (lambda y: np.power(0.0, y), [[2.0, 0.0]], [0, 1], [[0, 0]]),
    "0 ** y, 0 a Python number": (lambda y: 0**y, [[2.0, 0.0]], [0, 1], [[0, 0]]),
    "2 ** y": (lambda y: 2**y, [[3.0]], [8], [[8 * math.log(2)]]),
    "logaddexp of -inf": (
        np.logaddexp,
        [[-INF, -INF, 0.0], [-INF, 0.0, -INF]],
        [-INF, 0, 0],
        [[0, 0, 1], [0, 1, 0]],
    ),
    "logaddexp of huge": (np.logaddexp, [[HUGE], [-HUGE]], [HUGE], [[1], [0]]),
    "logaddexp of huge equals": (
        np.logaddexp,
        [[HUGE], [HUGE]],
        [HUGE + math.log(2)],
        [[0.5], [0.5]],
    ),
    "logsumexp of -inf only": (ac.logsumexp, [[-INF, -INF]], -INF, [[0, 0]]),
    "logsumexp with -inf": (ac.logsumexp, [[-INF, 1.0, 1.0]], 1 + math.log(2), [[0, 0.5, 0.5]]),
    "logsumexp with inf": (ac.logsumexp, [[INF, 1.0]], INF, [[1, 0]]),
    "logsumexp of two infinities": (ac.logsumexp, [[INF, 1.0, INF]], INF, [[0.5, 0, 0.5]]),
    "logsumexp of huge": (ac.logsumexp, [[HUGE, -HUGE]], HUGE, [[1, 0]]),
    "logsumexp of hugely negative": (
        ac.logsumexp,
        [[-HUGE, -HUGE]],
        -HUGE + math.log(2),
        [[0.5, 0.5]],
    ),
    # weights 1, 2, 3 make the sum of outputs depend on the inputs
    "softmax of huge": (
        lambda x: ac.softmax(x) * [1, 2, 3],
        [[HUGE, -HUGE, HUGE]],
        [0.5, 0, 1.5],
        [[-0.5, 0, 0.5]],  # p_i (w_i - sum(w p)) with sum(w p) = 2
    ),
    "softmax with -inf": (
        lambda x: ac.softmax(x) * [1, 2, 3],
        [[-INF, 0.0, 0.0]],
        [0, 1, 1.5],
        [[0, -0.25, 0.25]],
    ),
    "log_softmax of huge": (
        ac.log_softmax,
        [[HUGE, -HUGE]],
        [0, -2 * HUGE],
        [[-1, 1]],  # 1 - n p
    ),
    "log_softmax with -inf": (ac.log_softmax, [[-INF, 0.0]], [-INF, 0], [[1, -1]]),
    "sigmoid of huge": (ac.sigmoid, [[HUGE, -HUGE, 0.0]], [1, 0, 0.5], [[0, 0, 0.25]]),
    "sigmoid of infinities": (ac.sigmoid, [[INF, -INF]], [1, 0], [[0, 0]]),
    "sigmoid of huge complex numbers": (ac.sigmoid, [[-1000 + 1j, 1000 - 1j]], [0, 1], [[0, 0]]),
    "tanh of huge": (np.tanh, [[HUGE, -HUGE, INF]], [1, -1, 1], [[0, 0, 0]]),
    "exp of -inf": (np.exp, [[-INF, -HUGE]], [0, 0], [[0, 0]]),
    "std of a constant": (np.std, [[2.0, 2.0, 2.0]], 0, [[0, 0, 0]]),
    "std of one constant row": (
        lambda x: np.std(x, axis=1),
        [[[1.0, 1.0], [0.0, 2.0]]],
        [0, 1],
        [[[0, 0], [-0.5, 0.5]]],
    ),
    "var of a constant": (np.var, [[2.0, 2.0]], 0, [[0, 0]]),
    "dead log": (log_or_zero, [[0.0, 2.0]], [0, math.log(2)], [[0, 0.5]]),
    "dead log of a negative": (log_or_zero, [[-1.0]], [0], [[0]]),
    "dead sqrt": (sqrt_or_zero, [[0.0, -1.0, 4.0]], [0, 0, 2], [[0, 0, 0.25]]),
    "dead division": (inverse_or_zero, [[0.0, 2.0]], [0, 0.5], [[0, -0.25]]),
    "dead division by the other": (
        lambda a, b: np.where(b != 0, a / b, 0),
        [[1.0, 1.0], [0.0, 2.0]],
        [0, 0.5],
        [[0, 0.5], [0, -0.25]],
    ),
    "dead power": (lambda x: np.where(x > 0, x**-0.5, 0), [[0.0, 4.0]], [0, 0.5], [[0, -1 / 16]]),
    "dead arccos": (
        lambda x: np.where(np.abs(x) < 1, np.arccos(x), 0),
        [[1.0, 0.0]],
        [0, math.pi / 2],
        [[0, -1]],
    ),
    "dead overflow of exp": (lambda x: np.where(x < 100, np.exp(x), 0), [[HUGE]], [0], [[0]]),
    "logsumexp with NaN": (ac.logsumexp, [[NAN, 1.0]], NAN, [[NAN, NAN]]),
    "logaddexp with NaN": (np.logaddexp, [[NAN], [1.0]], [NAN], [[NAN], [NAN]]),
    "arctan2 of huge": (np.arctan2, [[1e200], [1e200]], [math.pi / 4], [[5e-201], [-5e-201]]),
    "arctan2 of tiny": (np.arctan2, [[1e-200], [1e-200]], [math.pi / 4], [[5e199], [-5e199]]),
    "arctan2 at infinity": (
        np.arctan2,
        [[1.0, INF, INF], [INF, 1.0, INF]],
        [0, math.pi / 2, math.pi / 4],
        [[0, 0, 0], [0, 0, 0]],
    ),
    "fmax of NaN": (
        np.fmax,
        [[NAN, NAN, 1.0], [NAN, 1.0, NAN]],
        [NAN, 1, 1],
        [[1, 0, 1], [0, 1, 0]],
    ),
    "fmin of NaN": (
        np.fmin,
        [[NAN, NAN, 1.0], [NAN, 1.0, NAN]],
        [NAN, 1, 1],
        [[1, 0, 1], [0, 1, 0]],
    ),
    "copysign at 0": (np.copysign, [[0.0, -2.0], [3.0, -1.0]], [0, -2], [[0, 1], [0, 0]]),
    "i1 of huge": (special.i1, [[HUGE, -HUGE]], [INF, -INF], [[INF, INF]]),
    "inverse Mills ratio far out": (
        ac.REGISTRY["inverse_mills"],
        [[-80.0]],
        [80 + mills_tail(80)],
        [[-(80 + mills_tail(80)) * mills_tail(80)]],  # y = φ / Φ has y' = -y (x + y)
    ),
    "betaln far out": (
        special.betaln,
        [[1.0, 1.0], [21.0, 30.0]],
        [-math.log(21), -math.log(30)],  # B(1, b) = 1 / b; by a: -(1 + 1/2 + ... + 1/b)
        [[-sum(1 / k for k in range(1, b + 1)) for b in (21, 30)], [-1 / 21, -1 / 30]],
    ),
    "maximum with NaN": (np.maximum, [[NAN, 1.0], [2.0, NAN]], [NAN, NAN], [[1, 1], [1, 1]]),
    "minimum with NaN": (np.minimum, [[NAN, 1.0], [2.0, NAN]], [NAN, NAN], [[1, 1], [1, 1]]),
    "logaddexp of infinities": (
        np.logaddexp,
        [[INF, INF], [INF, 1.0]],
        [INF, INF],
        [[0.5, 1], [0.5, 0]],
    ),
    "NaN stays NaN": (np.sin, [[NAN]], [NAN], [[NAN]]),
}


@pytest.mark.parametrize("mode", [reverse, forward], ids=["reverse", "forward"])
@pytest.mark.parametrize("row", TABLE)
def test_value_and_derivative(row, mode):
    f, arguments, value, gradients = TABLE[row]
    arrays = [np.array(argument) for argument in arguments]
    if mode is forward and any(array.dtype.kind == "c" for array in arrays):
        pytest.skip("a gradient by complex numbers is not one directional derivative")
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(f(*arrays), value, rtol=1e-14)
        recorded = f(*[ac.Tensor(array, requires_grad=True) for array in arrays])
        np.testing.assert_allclose(recorded.numpy(), value, rtol=1e-14)
        for got, wanted in zip(mode(f, *arrays), gradients, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "f",
    [
        log_or_zero,
        sqrt_or_zero,
        inverse_or_zero,
        np.abs,
        ac.relu,
        lambda x: x**0,
        lambda x: np.hypot(x, 0 * x),
        lambda x: np.linalg.norm(np.stack([x, 2 * x])),
        lambda x: np.linalg.norm(np.stack([x, 2 * x]), 3),
    ],
)
def test_second_derivative_at_the_special_point_is_zero_not_nan(f):
    with np.errstate(all="ignore"):
        assert grad(grad(f))(0.0) == 0
        assert jvp(grad(f), (0.0,), (1.0,))[1] == 0


@pytest.mark.parametrize("f", [ac.softmax, ac.log_softmax, ac.sigmoid, ac.logsumexp, np.tanh])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_nan_for_huge_numbers_to_second_order(f, dtype):
    x = np.array([HUGE, -HUGE, 0, HUGE], dtype)
    weights = np.array([1, 2, 3, 4], dtype)

    def weighted(x):
        return np.sum(f(x) * weights)

    first = grad(weighted)(x)
    second = grad(lambda x: np.sum(grad(weighted)(x) * weights))(x)
    assert first.dtype == second.dtype == np.dtype(dtype)
    assert np.all(np.isfinite(first)) and np.all(np.isfinite(second))


def test_sign_and_other_steps_are_constants():
    x = ac.Tensor([0.0, 1.5], requires_grad=True)
    for f in (np.sign, np.floor, np.ceil, np.rint, np.trunc, lambda x: x > 0):
        assert not f(x).requires_grad


def test_relu_and_clip_agree_with_the_one_sided_choice_maximum_splits():
    """At 0: relu takes 0, clip(x, 0, None) is closed and takes 1, maximum(x, 0) splits."""
    assert grad(ac.relu)(0.0) == 0
    assert grad(lambda x: np.clip(x, 0, None))(0.0) == 1
    assert grad(lambda x: np.maximum(x, 0))(0.0) == 0.5


def need(*functions):
    missing = [f.__name__ for f in functions if f not in NUMPY]
    if missing:
        pytest.skip(f"not differentiable yet: {', '.join(missing)}")


def test_sinc_and_norm_at_zero():
    need(np.sinc, np.linalg.norm)
    assert grad(np.sinc)(0.0) == 0
    assert grad(grad(np.sinc))(0.0) == pytest.approx(-(np.pi**2) / 3)
    assert np.array_equal(grad(np.linalg.norm)(np.zeros(3)), np.zeros(3))
    assert np.allclose(grad(np.linalg.norm)(np.array([3.0, 4.0])), [0.6, 0.8])


def test_prod_with_zeros_is_exact():
    need(np.prod)
    for x, expected in [
        ([2.0, 3.0, 4.0], [12, 8, 6]),
        ([0.0, 3.0, 4.0], [12, 0, 0]),
        ([0.0, 3.0, 0.0], [0, 0, 0]),
    ]:
        x = np.array(x)
        assert np.array_equal(reverse(np.prod, x)[0], expected)
        assert np.array_equal(forward(np.prod, x)[0], expected)
    second = grad(lambda x: np.sum(grad(np.prod)(x)))(np.array([0.0, 0.0, 5.0]))
    assert np.array_equal(second, [5, 5, 0])  # sum over j != i of the product of the others


def test_sort_with_ties_is_stable():
    need(np.sort)
    x, weights = np.array([2.0, 1.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    # sorted: x[1], x[3], x[0], x[2]
    assert np.array_equal(grad(lambda x: np.sum(np.sort(x) * weights))(x), [3, 1, 4, 2])


def test_median_takes_the_middle_elements():
    need(np.median)
    assert np.array_equal(grad(np.median)(np.array([5.0, 1.0, 3.0])), [0, 0, 1])
    assert np.array_equal(grad(np.median)(np.array([5.0, 1.0, 3.0, 4.0])), [0, 0, 0.5, 0.5])
