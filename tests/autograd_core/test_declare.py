"""A user's own operation, declared with the same decorators as the built-in ones."""

import numpy as np
import pytest
import scipy.special

from autograd_core import AutogradError, Tensor, elementwise, general, grad, jvp, linear, vjp
from autograd_core.registry import NUMPY, REGISTRY

X = np.array([0.3, -0.7, 1.2])
T = np.array([1.0, 2.0, -1.0])


def swish():
    def slope(x):
        s = 1 / (1 + np.exp(-x))
        return s * (1 + x * (1 - s))

    @elementwise(slope)
    def swish(x):
        """x times sigmoid(x)."""
        return x / (1 + np.exp(-x))

    return swish, lambda x: x / (1 + np.exp(-x))


def softplus_scaled():
    @elementwise(lambda x, beta: 1 / (1 + np.exp(-beta * x)))
    def softplus_scaled(x, beta=2.0):
        return np.log1p(np.exp(beta * x)) / beta

    return softplus_scaled, lambda x: np.log1p(np.exp(2.0 * x)) / 2.0


def from_result():
    @elementwise(lambda y: 1 - y * y)
    def my_tanh(x):
        return np.tanh(x)

    return my_tanh, np.tanh


def with_two_operands():
    @elementwise(lambda a, b: 2 * (a - b), lambda a, b: 2 * (b - a))
    def squared_distance(a, b):
        return (a - b) ** 2

    constant = np.array([[1.0], [2.0]])
    return (
        lambda x: squared_distance(x, constant) * squared_distance(x, x * x),
        lambda x: (x - constant) ** 2 * (x - x * x) ** 2,
    )


def linear_with_option():
    @linear(lambda g, shift: g[np.arange(3) - (3 - shift)])
    def rotate(x, shift=1):
        return x[np.arange(3) - shift]

    return lambda x: rotate(x, shift=2) * x * x, lambda x: np.roll(x, 2) * x * x


def bilinear():
    @linear(
        lambda g, b: (g * b).sum(-1),
        lambda g, a: (g * a[:, None]).sum(0),
    )
    def outer_product(a, b):
        return a[:, None] * b

    return lambda x: outer_product(x, x * x), lambda x: x[:, None] * (x * x)


def variadic():
    @linear(lambda g, i: g[i], joint=True)
    def pile(*arrays):
        return np.stack(arrays)

    return lambda x: pile([x, x * x, T]), lambda x: np.stack([x, x * x, T])


def general_rule():
    @general(
        lambda g, x, y: (g - y * (g * y).sum()) / np.sqrt((x * x).sum()),
        lambda t, x, y: (t - y * (t * y).sum()) / np.sqrt((x * x).sum()),
    )
    def normalize(x):
        return x / np.sqrt((x * x).sum())

    return normalize, lambda x: x / np.sqrt((x * x).sum())


OPERATIONS = [
    swish,
    softplus_scaled,
    from_result,
    with_two_operands,
    linear_with_option,
    bilinear,
    variadic,
    general_rule,
]


@pytest.fixture(params=OPERATIONS, ids=lambda declare: declare.__name__)
def pair(request):
    """The declared operation, and the same function in plain NumPy."""
    return request.param()


def test_values(pair):
    f, plain = pair
    np.testing.assert_allclose(f(X), plain(X))
    assert isinstance(f(Tensor(X)), Tensor)


def test_both_modes(pair):
    f, plain = pair
    h = 1e-6
    slope = (plain(X + h * T) - plain(X - h * T)) / (2 * h)
    y, tangent = jvp(f, (X,), (T,))
    np.testing.assert_allclose(tangent, slope, rtol=1e-6, atol=1e-8)
    u = np.cos(np.arange(y.size)).reshape(y.shape)
    (g,) = vjp(f, X)[1](u)
    np.testing.assert_allclose((g * T).sum(), (u * tangent).sum())
    x = Tensor(X, requires_grad=True)
    f(x).backward(u)
    np.testing.assert_array_equal(x.grad.numpy(), g)


def test_second_order_in_every_mixture(pair):
    f, plain = pair
    weights = np.sin(1 + np.arange(plain(X).size)).reshape(plain(X).shape)

    def loss(x):
        return (f(x) * weights).sum()

    h = 1e-5
    expected = (grad(loss)(X + h * T) - grad(loss)(X - h * T)) / (2 * h)
    for hvp in (
        jvp(grad(loss), (X,), (T,))[1],
        grad(lambda x: (grad(loss)(x) * T).sum())(X),
        grad(lambda x: jvp(loss, (x,), (T,))[1])(X),
    ):
        np.testing.assert_allclose(hvp, expected, rtol=1e-6, atol=1e-8)
    twice = jvp(lambda x: jvp(loss, (x,), (T,))[1], (X,), (T,))[1]
    np.testing.assert_allclose(twice, expected @ T, rtol=1e-6)


def test_float32_stays(pair):
    f, _ = pair
    x = Tensor(X, np.float32, requires_grad=True)
    f(x).sum().backward()
    assert x.grad.dtype == np.float32


def test_a_declared_operation_has_a_name_a_docstring_and_keywords():
    f, _ = swish()
    assert f.__name__ == "swish" and f.__doc__ == "x times sigmoid(x)." and "swish" in repr(f)
    assert "swish" not in REGISTRY
    assert "operation=swish" in repr(f(Tensor(X, requires_grad=True)))
    g, _ = softplus_scaled()
    np.testing.assert_allclose(g(Tensor(X), beta=1.0).numpy(), np.logaddexp(0, X))
    with pytest.raises(AutogradError, match=r"softplus_scaled.*gamma.*beta"):
        g(Tensor(X), gamma=1.0)


def test_a_function_without_a_rule_can_be_given_one():
    """Also one of SciPy's: the dilogarithm, whose derivative is log(x) / (1 - x)."""
    x = np.array([0.3, 0.7, 1.2])
    with pytest.raises(AutogradError, match="spence does not support tensors"):
        scipy.special.spence(Tensor(x))

    @elementwise(lambda x: np.log(x) / (1 - x), numpy=scipy.special.spence)
    def dilogarithm(x):
        return scipy.special.spence(x)

    try:
        found = grad(lambda x: scipy.special.spence(x).sum())(x)
    finally:
        del NUMPY[scipy.special.spence]
    np.testing.assert_allclose(found, np.log(x) / (1 - x))


def test_broadcasting_is_the_engines_business():
    @elementwise(lambda b: b, lambda a: a)
    def times(a, b):
        return a * b

    a, b = np.ones((2, 1, 3)), np.arange(4.0)[:, None]
    ga, gb = grad(lambda a, b: times(a, b).sum(), (0, 1))(a, b)
    np.testing.assert_array_equal(ga, np.full((2, 1, 3), 6.0))
    np.testing.assert_array_equal(gb, np.full((4, 1), 6.0))


def test_an_operand_without_a_rule_is_a_constant():
    @general([lambda g, k: g * k, None], [lambda t, k: t * k, None])
    def scale(x, k):
        return x * k

    x, k = Tensor(X, requires_grad=True), Tensor(2.0, requires_grad=True)
    scale(x, k).sum().backward()
    assert x.grad.tolist() == [2, 2, 2] and k.grad is None


# -- wrong rules ----------------------------------------------------------------------------------


def bad_vjp(rule):
    @general(rule, lambda t: t * 2)
    def my_operation(x):
        return x * 2

    return my_operation


@pytest.mark.parametrize(
    "rule",
    [
        lambda g: g[:2],
        lambda g: np.stack([g, g, g, g], -1),
        lambda g: np.sum(g),
        lambda g: g[:1],
        lambda g: g[None] * np.ones((2, 1)),
        lambda g: None,
        lambda g: "text",
        lambda g: g @ np.ones(7),
        lambda g: [1.0, 2.0, 3.0],
    ],
    ids=["short", "matrix", "scalar", "one", "stacked", "None", "text", "raises", "list"],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_wrong_vjp_is_an_error_that_names_the_operation(rule, create_graph):
    f = bad_vjp(rule)
    x = Tensor(X, requires_grad=True)
    with pytest.raises(AutogradError, match="my_operation"):
        f(x).sum().backward(create_graph=create_graph)


@pytest.mark.parametrize(
    "rule",
    [lambda t: t[:2], lambda t: np.stack([t, t], 0), lambda t: np.sum(t), lambda t: t @ np.ones(7)],
    ids=["short", "stacked", "scalar", "raises"],
)
def test_a_wrong_jvp_is_an_error_that_names_the_operation(rule):
    @general(lambda g: g * 2, rule)
    def my_operation(x):
        return x * 2

    with pytest.raises(AutogradError, match="my_operation"):
        jvp(my_operation, (X,), (T,))


@pytest.mark.parametrize("derivative", [lambda x: x[:2], lambda x: None], ids=["short", "None"])
def test_a_wrong_local_derivative_is_an_error_that_names_the_operation(derivative):
    @elementwise(derivative)
    def my_operation(x):
        return x * 2

    with pytest.raises(AutogradError, match="my_operation"):
        grad(lambda x: my_operation(x).sum())(X)
    with pytest.raises(AutogradError, match="my_operation"):
        jvp(my_operation, (X,), (T,))


def test_a_function_that_fails_names_the_operation():
    @elementwise(lambda x: x)
    def my_operation(x):
        return x.reshape(7)

    with pytest.raises(AutogradError, match="my_operation"):
        my_operation(Tensor(X))


def test_a_function_that_returns_a_python_number():
    @general(lambda g, x: g * np.ones_like(x), lambda t: np.sum(t))
    def total(x):
        return float(np.sum(x))

    np.testing.assert_array_equal(grad(total)(X), np.ones(3))
    assert jvp(total, (X,), (T,))[1] == T.sum()


def test_a_rule_that_names_an_unknown_value_is_refused_with_its_name():
    with pytest.raises((AutogradError, KeyError), match="nonsense"):

        @general(lambda g, nonsense: g, lambda t: t)
        def my_operation(x):
            return x * 2

        grad(lambda x: my_operation(x).sum())(X)


def test_a_mistaken_declaration_leaves_nothing_behind():
    before = REGISTRY["tanh"]
    with pytest.raises(AutogradError):
        elementwise(3)(np.tanh)  # type: ignore
    assert REGISTRY["tanh"] is before
    assert np.tanh(Tensor(0.5)).item() == np.tanh(0.5)
