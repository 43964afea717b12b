"""grad, value_and_grad, vjp and jvp: nesting in every mixture, containers, what comes out."""

import itertools
import math
import time
from typing import NamedTuple

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    ArgumentTypeError,
    AutogradError,
    Dual,
    ShapeError,
    Tensor,
    enable_grad,
    grad,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)


def variable(data):
    return Tensor(data, float, requires_grad=True)


# -- derivatives of a function of one number, in each mode ----------------------------------------


def forward(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


def reverse(f):
    return grad(f)


def pulled(f):
    return lambda x: vjp(f, x)[1](1.0)[0]


def double_reverse(f):
    """Forward mode made of two reverse passes: the vjp of the (linear) pull-back."""
    return lambda x: vjp(lambda g: vjp(f, x)[1](g)[0], 0.5)[1](1.0)[0]


def dual_by_hand(f):
    """Duals made by hand share level 0, so this one may only stand outermost."""
    return lambda x: f(Dual(x, 1.0)).tangent


def tape(f):
    """`backward()` on a variable, outermost."""

    def derivative(x):
        x = variable(x)
        f(x).backward()
        return x.grad.numpy()

    return derivative


MODES = {"F": forward, "R": reverse, "P": pulled, "D": double_reverse}
OUTER = MODES | {"H": dual_by_hand, "T": tape}


def nestings(depth):
    return [
        pytest.param(modes, id="".join(name for name, _ in combination))
        for combination in itertools.product(
            OUTER.items(), *[MODES.items() for _ in range(depth - 1)]
        )
        for modes in [[mode for _, mode in combination]]
    ]


@pytest.mark.parametrize("modes", nestings(2))
class TestTwoDeep:
    def test_perturbations_are_not_confused(self, modes):
        outer, inner = modes
        assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1

    def test_product_inside(self, modes):
        outer, inner = modes
        # d/dx [x * d/dy (x y^2) at y=3] = d/dx 6 x^2
        assert outer(lambda x: x * inner(lambda y: x * y * y)(3.0))(2.0) == pytest.approx(24)

    def test_inner_point_depends_on_the_outer_variable(self, modes):
        outer, inner = modes
        # d/dy (x y^3) at y = x^2: 3 x^5
        assert outer(lambda x: inner(lambda y: x * y**3)(x * x))(1.5) == pytest.approx(15 * 1.5**4)

    def test_inner_function_ignores_its_variable(self, modes):
        outer, inner = modes
        assert outer(lambda x: x * inner(lambda y: x * x)(1.0))(3.0) == 0

    def test_inner_function_is_the_outer_variable(self, modes):
        outer, inner = modes
        assert outer(lambda x: x * inner(lambda y: y)(x))(3.0) == 1

    def test_inner_is_constant_for_the_outer(self, modes):
        outer, inner = modes
        assert outer(lambda x: x * inner(lambda y: y**3)(2.0))(3.0) == pytest.approx(12)

    def test_assignment_inside(self, modes):
        outer, inner = modes

        def f(x):
            y = x * np.ones(3)
            y[1] = x * x
            y[[0, 0]] = np.stack([x, x**3])
            return (y * y).sum()  # x^6 + x^4 + x^2

        x = 1.3
        expected = 30 * x**4 + 12 * x**2 + 2
        assert outer(inner(f))(x) == pytest.approx(expected)


@pytest.mark.parametrize("modes", nestings(3))
def test_three_variables_entangled(modes):
    """d/dx x * d/dy|y=x  y x * d/dz|z=x  x y z^2  is  d/dx 4 x^5."""
    a, b, c = modes

    def f(x):
        return x * b(lambda y: y * x * c(lambda z: x * y * z * z)(x))(x)

    assert a(f)(1.1) == pytest.approx(20 * 1.1**4)


THIRD_DERIVATIVES = {
    "sin": (np.sin, lambda x: -math.cos(x)),
    "exp": (np.exp, math.exp),
    "log": (np.log, lambda x: 2 / x**3),
    "reciprocal": (lambda x: 1 / x, lambda x: -6 / x**4),
    "sqrt": (np.sqrt, lambda x: 0.375 * x**-2.5),
    "x^5": (lambda x: x**5, lambda x: 60 * x**2),
    "x exp(x)": (lambda x: x * np.exp(x), lambda x: (3 + x) * math.exp(x)),
    "arctan": (np.arctan, lambda x: (6 * x * x - 2) / (1 + x * x) ** 3),
    "tanh": (np.tanh, lambda x: (4 * math.sinh(x) ** 2 - 2) / math.cosh(x) ** 4),
    "sin(x^2)": (
        lambda x: np.sin(x * x),
        lambda x: -12 * x * math.sin(x * x) - 8 * x**3 * math.cos(x * x),
    ),
    "through stack": (lambda x: np.stack([x, x * x, x**4]).sum(), lambda x: 24 * x),
    "through matmul": (
        lambda x: np.stack([x, x * x]) @ np.stack([x * x, x**4]),
        lambda x: 6 + 120 * x**3,
    ),
    "complex": (lambda x: np.real(np.exp(2j * x)), lambda x: 8 * math.sin(2 * x)),
    "complex modulus": (
        lambda x: np.abs(x + 2j),  # sqrt(x^2 + 4)
        lambda x: -12 * x * (x * x + 4) ** -2.5,
    ),
}


@pytest.mark.parametrize("name", THIRD_DERIVATIVES)
@pytest.mark.parametrize("modes", nestings(3))
def test_third_derivative(name, modes):
    f, expected = THIRD_DERIVATIVES[name]
    a, b, c = modes
    assert a(b(c(f)))(0.7) == pytest.approx(expected(0.7), rel=1e-10)


def test_seventh_derivative():
    f = np.sin
    for mode in [forward, reverse, forward, pulled, reverse, forward, reverse]:
        f = mode(f)
    assert f(0.3) == pytest.approx(-math.cos(0.3))


# -- closures over variables, and backward outside ------------------------------------------------


@pytest.mark.parametrize("inner", MODES.values(), ids=MODES)
@pytest.mark.parametrize("point", [2.0, Tensor(2.0)], ids=["array", "tensor"])
def test_closure_over_a_variable(inner, point):
    w = variable(3.0)
    g = inner(lambda x: w * w * x**3)(point)  # 3 w^2 x^2
    assert isinstance(g, Tensor) and g.item() == pytest.approx(108)
    g.backward()
    assert w.grad.item() == pytest.approx(72)


@pytest.mark.parametrize("inner", MODES.values(), ids=MODES)
def test_point_is_a_variable(inner):
    x = variable(2.0)
    g = inner(lambda z: z**3)(x)
    g.backward()
    assert x.grad.item() == pytest.approx(12)


@pytest.mark.parametrize("inner", MODES.values(), ids=MODES)
def test_point_is_an_intermediate_and_also_in_the_closure(inner):
    x = variable(2.0)
    h = x * x
    g = inner(lambda z: z * z * h * x)(h)  # 2 h^2 x = 2 x^5
    (g * x).backward()
    assert x.grad.item() == pytest.approx(12 * 2**5)


def test_value_stays_connected_to_outer_variables():
    w = variable(3.0)
    value, g = value_and_grad(lambda x: w * x * x)(2.0)
    (value + g).backward()
    assert w.grad.item() == 8


def test_inner_derivatives_leave_no_gradient_on_outer_variables():
    w = variable(3.0)
    grad(lambda x: w * x)(2.0)
    jvp(lambda x: w * x, (2.0,), (1.0,))
    grad(lambda x: x * x)(w)
    assert w.grad is None


def test_backward_outside_a_retained_pull():
    w = variable(3.0)
    _, pull = vjp(lambda x: w * x * x, 2.0)
    first, second = pull(1.0)[0], pull(10.0)[0]
    (first + second).backward()
    assert w.grad.item() == 4 * 11


def test_backward_inside_a_differentiated_function():
    """A training step on a variable of its own, inside: the outer derivative is not disturbed."""

    def f(x):
        w = variable(2.0)
        (w * w).backward()
        return x * x * w.grad.item()

    assert grad(f)(3.0) == 24 and forward(f)(3.0) == 24


def test_training_through_an_inner_gradient_step():
    """Meta-learning: differentiate a loss after one step of gradient descent."""
    rate = variable(0.1)

    def loss(w):
        return (w - 3.0) ** 2

    w = 1.0 - rate * grad(loss)(1.0)
    loss(w).backward()
    assert rate.grad.item() == pytest.approx(2 * (1 + 0.4 - 3) * 4)


@pytest.mark.parametrize("modes", nestings(2))
def test_unrolled_descent_against_the_closed_form(modes):
    """n steps on (w - a)^2/2 with rate r: w = a + (1 - r)^n (w0 - a)."""
    outer, inner = modes

    def run(rate):
        w = 5.0
        for _ in range(4):
            w = w - rate * inner(lambda v: (v - 2.0) ** 2 * 0.5)(w)
        return w

    assert outer(run)(0.25) == pytest.approx(-4 * 0.75**3 * 3)


# -- vjp: cotangents that are being differentiated -------------------------------------------------

X = np.array([0.3, -0.7, 1.1])
U = np.array([1.0, -2.0, 0.5])


def test_pull_is_linear_and_repeatable():
    y, pull = vjp(np.sin, X)
    np.testing.assert_array_equal(y, np.sin(X))
    for _ in range(2):
        np.testing.assert_allclose(pull(U)[0], np.cos(X) * U)
        np.testing.assert_allclose(pull(3 * U)[0], 3 * np.cos(X) * U)


def test_cotangent_is_a_variable():
    u = variable(U)
    _, pull = vjp(np.sin, X)
    g = pull(u)[0]
    (g * g).sum().backward()
    np.testing.assert_allclose(u.grad.numpy(), 2 * np.cos(X) ** 2 * U)


def test_cotangent_and_point_are_variables():
    u, x = variable(U), variable(X)
    _, pull = vjp(np.sin, x)
    (pull(u)[0] ** 2).sum().backward()
    np.testing.assert_allclose(u.grad.numpy(), 2 * np.cos(X) ** 2 * U)
    np.testing.assert_allclose(x.grad.numpy(), -2 * np.cos(X) * np.sin(X) * U**2)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_pull_made_outside_differentiated_inside(mode):
    _, pull = vjp(np.sin, X)

    def f(u):
        return (pull(u)[0] ** 2).sum()

    if mode == "reverse":
        g = grad(f)(U)
        np.testing.assert_allclose(g, 2 * np.cos(X) ** 2 * U)
    else:
        g = jvp(f, (U,), (np.ones(3),))[1]
        np.testing.assert_allclose(g, (2 * np.cos(X) ** 2 * U).sum())
    assert not isinstance(g, Tensor)


def test_jvp_of_a_pull_with_respect_to_the_point():
    t = np.array([1.0, 2.0, 3.0])
    _, tangent = jvp(lambda x: vjp(np.sin, x)[1](U)[0], (X,), (t,))
    np.testing.assert_allclose(tangent, -np.sin(X) * U * t)


def test_vjp_of_several_outputs_adds_up():
    y, pull = vjp(lambda x: {"a": x * x, "b": (x, x)}, X)
    assert set(y) == {"a", "b"}
    (g,) = pull({"a": U, "b": (np.ones(3), 2 * np.ones(3))})
    np.testing.assert_allclose(g, 2 * X * U + 3)


def test_constant_outputs_pull_back_zero():
    _, pull = vjp(lambda x: (1.0, np.ones(2), x * 2), X)
    np.testing.assert_array_equal(pull((1.0, U[:2], U))[0], 2 * U)
    assert pull((1.0, U[:2], np.zeros(3)))[0].tolist() == [0, 0, 0]


# -- what goes in and what comes out --------------------------------------------------------------


@pytest.mark.parametrize("transform", [forward, reverse, pulled])
@pytest.mark.parametrize("f", [np.sin, lambda x: np.where(x > 0, x, 0), lambda x: 0.0 * x + 1])
@pytest.mark.parametrize("point", [1.0, np.float32(1), np.array(1.0), Tensor(1.0)])
def test_arrays_give_arrays_and_tensors_give_tensors(transform, f, point):
    g = transform(f)(point)
    if isinstance(point, Tensor):
        assert isinstance(g, Tensor) and not g.requires_grad
    else:
        assert isinstance(g, np.ndarray | np.generic)
    assert g.dtype == np.result_type(getattr(point, "dtype", float))


@pytest.mark.parametrize("kind", [np.array, Tensor])
def test_types_of_values_and_gradients(kind):
    x = kind(X)
    value, g = value_and_grad(lambda x: (x * x).sum())(x)
    expected = np.ndarray if kind is np.array else Tensor
    assert isinstance(g, expected)
    assert isinstance(value, np.float64 if kind is np.array else Tensor)
    y, t = jvp(lambda x: np.where(x > 0, x, 0), (x,), (kind(U),))
    assert isinstance(y, expected) and isinstance(t, expected)
    y, pull = vjp(lambda x: np.where(x > 0, x, 0), x)
    assert isinstance(y, expected) and isinstance(pull(U)[0], expected)


@pytest.mark.parametrize("outer", [forward, pulled, reverse])
def test_inner_forward_mode_that_ignores_its_variable_gives_arrays(outer):
    g = outer(lambda x: x + jvp(lambda y: x, (1.0,), (1.0,))[1])(2.0)
    assert not isinstance(g, Tensor) and g == 1


@pytest.mark.parametrize(
    ("point", "dtype"),
    [(3, np.float64), (3.0, np.float64), (np.float32(3), np.float32), (np.float16(3), np.float16)],
)
def test_scalars(point, dtype):
    value, g = value_and_grad(lambda x: x**2 / 2 + 1)(point)
    assert (value, g) == (5.5, 3) and (value.dtype, g.dtype) == (dtype, dtype)
    assert jvp(lambda x: x**2, (point,), (1,))[1].dtype == dtype


def test_grad_of_numpy_functions_and_callables():
    assert grad(np.sin)(0) == 1
    assert grad(np.exp)(0.0) == 1
    assert grad(grad(np.square))(5) == 2
    assert grad(ac.sigmoid)(0.0) == 0.25
    assert grad(pow)(3.0, 2) == 6


def test_a_one_element_result_is_accepted():
    np.testing.assert_array_equal(grad(lambda x: x[:1] * x[1:])(np.array([2.0, 3.0])), [3, 2])


def test_keyword_arguments_are_passed_on():
    assert grad(lambda x, *, power: x**power)(3.0, power=2) == 6


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [(0, 12.0), (1, 4.0), (-1, 4.0), ((0,), (12.0,)), ((1, 0), (4.0, 12.0)), ([0, -1], (12, 4))],
)
def test_argnums(argnums, expected):
    assert grad(lambda a, b: a * a * b, argnums)(2.0, 3.0) == expected


def test_other_arguments_may_be_anything():
    assert grad(lambda x, flag, text: x * len(text) if flag else x)(1.0, True, "abc") == 3


class Parameters(NamedTuple):
    w: object
    b: object


CONTAINERS = {
    "dict": ({"w": X, "b": 2.0}, lambda p: (p["w"], p["b"])),
    "list": ([X, 2.0], tuple),
    "tuple": ((X, 2.0), tuple),
    "named tuple": (Parameters(X, 2.0), lambda p: (p.w, p.b)),
    "nested": ({"layer": [{"w": X}, (2.0,)]}, lambda p: (p["layer"][0]["w"], p["layer"][1][0])),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers(name):
    tree, parts = CONTAINERS[name]

    def f(p):
        w, b = parts(p)
        return (w * w).sum() * b**3

    value, g = value_and_grad(f)(tree)
    assert type(g) is type(tree)
    gw, gb = parts(g)
    np.testing.assert_allclose(gw, 16 * X)
    assert gb == pytest.approx(12 * (X @ X)) and value == pytest.approx(8 * (X @ X))
    _, tangent = jvp(f, (tree,), (tree,))
    assert tangent == pytest.approx(gw @ X + gb * 2.0)
    # and differentiated once more, through the container
    second = grad(lambda p: parts(grad(f)(p))[1])(tree)
    np.testing.assert_allclose(parts(second)[0], 24 * X)


def test_empty_containers():
    assert grad(lambda p, x: x * x, (0, 1))({}, 3.0) == ({}, 6)


def test_the_same_array_twice_counts_as_two_arguments():
    assert grad(lambda p: p[0] * p[1] ** 2)([X[0], X[0]]) == pytest.approx([0.09, 0.18])
    x = variable(3.0)
    first, second = grad(lambda a, b: a * b * b, (0, 1))(x, x)
    assert (first.item(), second.item()) == (9, 18)


# -- what users hold is theirs --------------------------------------------------------------------


def test_changing_the_argument_after_vjp_changes_nothing():
    x = X.copy()
    _, pull = vjp(lambda x: x * x, x)
    x[:] = 0
    np.testing.assert_allclose(pull(U)[0], 2 * X * U)


def test_changing_the_argument_inside_the_function_changes_nothing():
    source = X.copy()

    def f(x):
        y = (x * x).sum()
        source[:] = 0
        return y

    np.testing.assert_allclose(grad(f)(source), 2 * X)


def test_changing_the_value_after_vjp_changes_nothing():
    y, pull = vjp(np.exp, X)
    try:
        y[:] = 0
    except ValueError:
        return  # read-only: as good
    np.testing.assert_allclose(pull(U)[0], np.exp(X) * U)


@pytest.mark.parametrize(
    "f", [lambda a, b: (a + b).sum(), lambda a, b: a.sum() + b.mean(), lambda a, b: (a * b).sum()]
)
def test_gradients_are_arrays_of_their_own(f):
    a, b = np.ones(3), np.ones(3)
    ga, gb = grad(f, (0, 1))(a, b)
    before = gb.copy()
    ga *= 5
    np.testing.assert_array_equal(gb, before)
    np.testing.assert_array_equal(a, 1)


def test_pulling_back_returns_no_alias_of_the_cotangent():
    _, pull = vjp(lambda x: x, X)
    u = U.copy()
    (g,) = pull(u)
    try:
        g *= 0
    except ValueError:
        return
    np.testing.assert_array_equal(u, U)


def test_in_place_changes_in_the_function_do_not_reach_the_caller():
    def f(x):
        x += 1
        x[0] = 0
        return (x * x).sum()

    for point in (X.copy(), Tensor(X), variable(X)):
        g = grad(f)(point)
        assert g[0] == 0
        np.testing.assert_array_equal(getattr(point, "data", point), X)
        jvp(f, (point,), (U,))
        np.testing.assert_array_equal(getattr(point, "data", point), X)


# -- recording modes -----------------------------------------------------------------------------


def test_grad_works_inside_no_grad_and_its_result_is_a_constant():
    w = variable(3.0)
    with no_grad():
        g = grad(lambda x: w * x * x)(2.0)
        h = grad(lambda x: x * x)(w)
        value, _ = value_and_grad(lambda x: w * x)(2.0)
    for result, expected in [(g, 12), (h, 6), (value, 6)]:
        assert not isinstance(result, Tensor) or not result.requires_grad
        assert result == expected


def test_no_grad_inside_the_function_stops_the_gradient():
    def f(x):
        with no_grad():
            c = x * x
        with no_grad(), enable_grad():
            d = x * x
        return c * x + d

    assert grad(f)(3.0) == 9 + 6


def test_inner_gradient_under_no_grad_is_a_constant_of_the_outer():
    def f(x):
        with no_grad():
            slope = grad(lambda z: z**3)(x)  # 3 x^2, not followed
        return slope * x

    assert grad(f)(2.0) == 12


def test_detach_stops_both_modes():
    def f(x):
        return x.detach() * x

    assert grad(f)(3.0) == 3 and forward(f)(3.0) == 3


# -- misuse that must not pass silently ------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [lambda x: None, lambda x: "text", lambda x: {"loss": x}, lambda x: [x], lambda x: object()],
    ids=["None", "text", "dict", "list", "object"],
)
def test_grad_of_what_is_not_a_number(f):
    with pytest.raises(AutogradError, match="return"):
        grad(f)(1.0)


@pytest.mark.parametrize("point", [X, np.ones((3, 1))])
@pytest.mark.parametrize("tangent", [1.0, np.ones(1), np.ones(2), np.ones((1, 3))])
def test_jvp_tangent_shape(point, tangent):
    with pytest.raises(ShapeError, match="shape"):
        jvp(np.sin, (point,), (tangent,))


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [
        ((X,), (X, X)),
        ((X, X), (X,)),
        (({"a": X},), ({"b": X},)),
        (({"a": X},), ({"a": X, "b": X},)),
        (([X],), (X,)),
        ((X,), ([X, X],)),
        (X, U),
        (X, (U,)),
    ],
)
def test_jvp_structure(primals, tangents):
    with pytest.raises(AutogradError):
        jvp(lambda *args: args, primals, tangents)


@pytest.mark.parametrize(
    ("f", "cotangent"),
    [
        (lambda x: x, np.ones(2)),
        (lambda x: x, 1.0),
        (lambda x: x.sum(), X),
        (lambda x: (x, x), X),
        (lambda x: (x, x), (X,)),
        (lambda x: (x, x), (X, X, X)),
        (lambda x: {"a": x}, {"b": X}),
        (lambda x: {"a": x}, {"a": X, "b": X}),
        (lambda x: [x, x], 1.0),
    ],
)
def test_pull_structure(f, cotangent):
    _, pull = vjp(f, X)
    with pytest.raises(AutogradError):
        pull(cotangent)


@pytest.mark.parametrize("argnums", [(0, 0), (0, -2), 2, -3, (0, 5)])
def test_bad_argnums(argnums):
    with pytest.raises(ArgumentTypeError, match="argument"):
        grad(lambda a, b: a * b, argnums)(2.0, 3.0)


def test_inner_derivatives_cost_the_same_however_deep_the_graph_outside():
    """Unrolled optimization is linear in the number of steps."""

    def fastest(x):
        times = []
        for _ in range(10):
            start = time.perf_counter()
            grad(lambda z: z * z)(x)
            times.append(time.perf_counter() - start)
        return min(times)

    x = variable(1.0)
    deep = x
    for _ in range(20_000):
        deep = deep + 0.0
    assert fastest(deep) < 10 * fastest(x)
