"""Reverse mode through `backward()`: accumulation, repeated passes, seeds, higher orders."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import GraphError, Tensor, grad, jvp, no_grad


def variable(data, dtype=float):
    return Tensor(data, dtype, requires_grad=True)


# -- accumulation --------------------------------------------------------------------------------


def test_grad_accumulates_over_calls():
    x = variable([1.0, 2.0])
    for _ in range(3):
        (x * x).sum().backward()
    assert x.grad.tolist() == [6, 12]


@pytest.mark.parametrize("uses", [1, 2, 3, 4, 7])
def test_a_tensor_used_many_times(uses):
    x = variable([1.0, 2.0])
    y = x * 1
    total = y
    for _ in range(uses):
        total = total + y * y
    total.sum().backward()
    assert x.grad.tolist() == [1 + 2 * uses, 1 + 4 * uses]


def test_shared_cotangents_are_not_written_into():
    """add hands the same array to both operands; a third use must not change the other."""
    a, b = variable([1.0]), variable([1.0])
    p, q = a * 1, b * 1
    s = p + q
    (s + p + p + p + q * 10).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([4], [11])


def test_the_callers_seed_is_not_written_into_or_kept():
    x = variable([1.0, 2.0])
    seed = np.ones(2)
    y = x + 0
    z = y + y + y
    z.backward(seed)
    assert seed.tolist() == [1, 1]
    seed[:] = 9
    assert x.grad.tolist() == [3, 3]
    w = variable([1.0, 2.0])
    w.backward(seed)
    seed[:] = 0
    assert w.grad.tolist() == [9, 9]


def test_gradients_of_two_variables_are_independent():
    a, b = variable([1.0]), variable([1.0])
    (a + b).sum().backward()
    a.grad += 1
    a.grad[0] = 7
    assert b.grad.tolist() == [1]
    g = a.grad.requires_grad_()
    with no_grad():
        g -= 5
    assert b.grad.tolist() == [1]


def test_diamond_deep():
    x = variable(1.0)
    y = x
    for _ in range(60):
        y = (y + y) * 0.5  # 2^60 paths
    y.backward()
    assert x.grad.item() == 1


def test_a_leaf_is_its_own_gradient():
    x = variable(3.0)
    x.backward()
    x.backward(2.0)
    assert x.grad.item() == 3


def test_unused_variables_get_no_gradient():
    x, y = variable(1.0), variable(1.0)
    (x * 2).backward()
    assert y.grad is None


def test_empty_tensors():
    x = variable(np.zeros((0, 3)))
    (x * 2).sum().backward()
    assert x.grad.shape == (0, 3)


# -- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [[1.0, 10.0], np.array([1, 10]), Tensor([1.0, 10.0]), (1, 10), variable([1.0, 10.0])]
)
def test_seed(seed):
    x = variable([3.0, 4.0])
    (x * x).backward(seed)
    assert x.grad.tolist() == [6, 80]
    assert not x.grad.requires_grad


def test_one_element_of_any_shape_needs_no_seed():
    x = variable([[2.0]])
    (x * x).backward()
    assert x.grad.tolist() == [[4.0]]


def test_complex_results_need_a_seed():
    z = variable(1 + 2j, complex)
    with pytest.raises(ac.AutogradError, match="real"):
        (z * z).backward()


# -- repeated backward ---------------------------------------------------------------------------


def test_retain_graph_accumulates_only_into_leaves():
    x = variable([1.0, 2.0])
    h = x * x
    y = (h * h).sum()  # x^4
    h.retain_grad()
    for n in range(1, 4):
        y.backward(retain_graph=True)
        assert x.grad.tolist() == [4 * n, 32 * n]
        assert h.grad.tolist() == [2, 8]
    y.backward()
    with pytest.raises(GraphError, match="retain_graph"):
        y.backward()
    assert x.grad.tolist() == [16, 128]


def test_a_second_backward_through_a_shared_part_is_refused():
    x = variable([1.0, 2.0])
    h = np.exp(x)
    first, second = (h * 2).sum(), (h * h).sum()
    first.backward()
    before = x.grad.tolist()
    with pytest.raises(GraphError, match="retain_graph"):
        second.backward()
    assert x.grad.tolist() == before


def test_two_graphs_that_share_only_a_leaf():
    x = variable([1.0, 2.0])
    a, b = np.exp(x).sum(), (x * x).sum()
    a.backward()
    b.backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1, 2]) + np.array([2, 4]))


def test_a_retained_graph_serves_different_roots_and_seeds():
    x = variable([1.0, 2.0])
    y = x**3
    rows = []
    for seed in np.eye(2):
        x.zero_grad()
        y.backward(seed, retain_graph=True)
        rows.append(x.grad.tolist())
    assert rows == [[3, 0], [0, 12]]


# -- retain_grad ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 100])
def test_intermediate_gradients_only_on_request(size):
    x = variable(np.ones(size))
    h, k = x * 2, x * 3
    h.retain_grad()
    (h * h + k * k).sum().backward()
    assert h.grad.tolist() == [4] * size
    with pytest.warns(UserWarning, match="retain_grad"):
        assert k.grad is None


def test_retain_grad_of_complex_is_the_gradient():
    z = variable(1 + 2j, complex)
    h = (z * 1j).retain_grad()
    (abs(h) ** 2).backward()
    assert h.grad.item() == pytest.approx(2 * h.item())


# -- create_graph --------------------------------------------------------------------------------


def test_create_graph_by_hand():
    x = variable(2.0)
    (x**4).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward(create_graph=True)
    second, x.grad = x.grad, None
    second.backward()
    assert (first.item(), second.item(), x.grad.item()) == (32, 48, 48)
    x.grad = None


def test_create_graph_with_several_variables_gives_mixed_derivatives():
    x, y = variable(2.0), variable(3.0)
    (x**2 * y**3).backward(create_graph=True)
    gx = x.grad  # 2 x y^3
    x.grad = y.grad = None
    gx.backward()
    assert x.grad.item() == pytest.approx(2 * 27)
    assert y.grad.item() == pytest.approx(2 * 2 * 3 * 9)


def test_gradient_penalty():
    """d/dw of |d/dx f(x, w)|^2, as in a Wasserstein GAN, in closed form."""
    w = variable([[1.0, 2.0], [3.0, 4.0]])
    x = np.array([0.5, -1.0])
    g = grad(lambda z: (np.tanh(z @ w)).sum())(x)
    (g**2).sum().backward()
    s = 1 - np.tanh(x @ w.numpy()) ** 2
    d = -2 * np.tanh(x @ w.numpy()) * s  # s'
    gradient = w.numpy() @ s
    expected = 2 * np.outer(gradient, s) + 2 * np.outer(x, (gradient @ w.numpy()) * d)
    np.testing.assert_allclose(w.grad.numpy(), expected)


def test_detach_inside_a_second_derivative():
    x = variable(3.0)
    g = grad(lambda z: z**2 * z.detach())(x)  # 2 z * z_detached: 18 at 3
    assert g.item() == 18


# -- second order: the whole Hessian, by four ways, against finite differences --------------------

A = np.array([[2.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 4.0]])

SCALAR_FUNCTIONS = {
    "var": (np.var, [0.0, 1.0, 2.0]),
    "var at a constant": (np.var, [1.0, 1.0, 1.0]),
    "var with ddof": (lambda x: np.var(x, ddof=1), [1.0, 5.0, 3.0]),
    "std": (np.std, [0.0, 1.0, 2.0]),
    "quadratic": (lambda x: x @ A @ x, [1.0, -2.0, 0.5]),
    "softmax": (lambda x: (ac.softmax(x) * [1.0, 2.0, -3.0]).sum(), [0.1, 0.7, -0.4]),
    "log_softmax": (lambda x: ac.log_softmax(x)[0], [0.1, 0.7, -0.4]),
    "logsumexp": (ac.logsumexp, [0.1, 0.7, -0.4]),
    "logaddexp": (lambda x: np.logaddexp(x[0], x[1]) * x[2], [0.1, 0.7, -0.4]),
    "hypot": (lambda x: np.hypot(x[0], x[1]) * x[2], [3.0, 4.0, 2.0]),
    "arctan2": (lambda x: np.arctan2(x[0], x[1]) * x[2], [3.0, 4.0, 2.0]),
    "power": (lambda x: x[0] ** x[1] + x[2] ** 3, [1.3, 2.2, -0.4]),
    "square at 0": (lambda x: (x**2).sum(), [0.0, 0.0, 1.0]),
    "x ** array of 2": (lambda x: (x ** np.array([2.0, 2.0, 3.0])).sum(), [0.0, -1.0, 0.0]),
    "divide": (lambda x: x[0] / x[1] / x[2], [1.0, 2.0, 3.0]),
    "abs squared": (lambda x: (np.abs(x) ** 2).sum(), [1.0, -2.0, 3.0]),
    "absolute": (lambda x: (np.abs(x) * x).sum() * x[0], [1.0, -2.0, 3.0]),
    "max": (lambda x: np.max(x) ** 3 + np.min(x) ** 2, [1.0, -2.0, 3.0]),
    "clip": (lambda x: (np.clip(x, -1.5, 2.0) ** 3).sum(), [1.0, -2.0, 3.0]),
    "gather": (lambda x: (x[[0, 0, 2]] * x[[1, 0, 1]]).sum() * x[0], [1.0, -2.0, 3.0]),
    "pad": (lambda x: (np.pad(x, (1, 2)) ** 3).sum(), [1.0, -2.0, 3.0]),
    "reshape F": (lambda x: fortran(x), [1.0, -2.0, 3.0]),
    "setitem": (lambda x: overwritten(x), [1.0, -2.0, 3.0]),
    "where": (lambda x: np.where(x > 0, np.sin(x), x**3).sum() * x[0], [1.0, -2.0, 3.0]),
    "sigmoid": (lambda x: (ac.sigmoid(x) * x[::-1]).sum(), [0.1, 0.7, -0.4]),
    "reciprocal": (lambda x: np.reciprocal(x).sum() * x[1], [1.0, -2.0, 3.0]),
    "tan": (lambda x: np.tan(x).sum() * np.arctan(x[0]), [0.1, 0.7, -0.4]),
    "norm": (lambda x: np.sqrt((x * x).sum()), [1.0, -2.0, 3.0]),
    "complex inside": (lambda x: np.abs(x[0] + 1j * x[1]) * x[2], [3.0, 4.0, 2.0]),
    "complex sign": (lambda x: np.real(np.exp(1j * x) * np.conj(1j * x)).sum(), [0.1, 0.7, -0.4]),
}


def fortran(x):
    square = np.reshape(np.stack([x, x * x]), (3, 2), order="F")
    return (square * square[::-1] * np.arange(6.0).reshape(3, 2)).sum()


def overwritten(x):
    y = x * x
    y[0] = x[1] * x[2]
    y[[1, 1]] = x[:2] * y[0]
    return (y * x).sum()


def forward_over_reverse(f, x):
    return np.array([jvp(grad(f), (x,), (e,))[1] for e in np.eye(x.size)])


def reverse_over_reverse(f, x):
    return np.array([grad(lambda z, e=e: (grad(f)(z) * e).sum())(x) for e in np.eye(x.size)])


def reverse_over_forward(f, x):
    return np.array([grad(lambda z, e=e: jvp(f, (z,), (e,))[1])(x) for e in np.eye(x.size)])


def forward_over_forward(f, x):
    def second(a, b):
        return jvp(lambda z: jvp(f, (z,), (a,))[1], (x,), (b,))[1]

    return np.array([[second(a, b) for a in np.eye(x.size)] for b in np.eye(x.size)])


def central(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])


@pytest.mark.parametrize(
    "hessian",
    [forward_over_reverse, reverse_over_reverse, reverse_over_forward, forward_over_forward],
)
@pytest.mark.parametrize("name", SCALAR_FUNCTIONS)
def test_hessian(name, hessian):
    f, x = SCALAR_FUNCTIONS[name]
    x = np.array(x)
    np.testing.assert_allclose(grad(f)(x), central(f, x, 1e-6), atol=1e-7, rtol=1e-6)
    expected = central(lambda z: central(f, z, 1e-4), x, 1e-4)
    np.testing.assert_allclose(hessian(f, x), expected, atol=1e-5, rtol=1e-5)


# -- layouts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize("order", ["C", "F", "A"])
def test_reshape_order(order, layout):
    value = np.array(np.arange(6.0).reshape(2, 3), order=layout)
    weights = np.arange(6.0).reshape(3, 2)
    try:
        g = grad(lambda x: (np.reshape(x, (3, 2), order=order) * weights).sum())(value)
    except ac.AutogradError:
        assert order == "A"  # may be refused, but not be wrong
        return
    basis = np.eye(6).reshape(6, 2, 3)
    expected = [
        (np.reshape(np.array(e, order=layout), (3, 2), order=order) * weights).sum() for e in basis
    ]
    np.testing.assert_array_equal(g, np.reshape(expected, (2, 3)))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    "f", [lambda x, order: np.ravel(x, order=order), lambda x, order: x.flatten(order)]
)
def test_flattening_order(f, order):
    value, g = np.arange(6.0).reshape(2, 3), np.arange(6.0)
    try:
        y, pull = ac.vjp(lambda x: f(x, order), value)
    except TypeError:
        return  # may be refused, but not be wrong
    np.testing.assert_array_equal(y, f(value, order))
    expected = [f(e, order) @ g for e in np.eye(6).reshape(6, 2, 3)]
    np.testing.assert_array_equal(pull(g)[0], np.reshape(expected, (2, 3)))


@pytest.mark.parametrize(
    "layout", [np.ascontiguousarray, np.asfortranarray, lambda a: a[::-1, ::2]]
)
def test_memory_layout_does_not_matter(layout):
    value = layout(np.arange(1.0, 25.0).reshape(4, 6))

    def f(x):
        return np.log(x).reshape(-1) @ np.ones(x.size) + (x.T @ x).sum()

    expected = 1 / value + 2 * value.sum(1, keepdims=True)
    np.testing.assert_allclose(grad(f)(value), expected)
