"""Complex numbers: gradients point uphill, as in PyTorch; vjp applies the conjugate transpose."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, grad, jvp, value_and_grad, vjp

Z = np.array([0.6 + 0.3j, -0.4 + 0.8j, 1.2 - 0.5j])
W = np.array([0.9 - 0.2j, 0.3 + 0.1j, -0.7 + 0.4j])
M = np.array([[1 + 1j, 2.0, 0.5j], [0.3, 1 - 2j, 1.0]])


def weigh(y):
    """A real number that depends on every part of a complex result."""
    return (y.real * 1.5 + y.imag * 0.7).sum() if y.dtype.kind == "c" else (y * 1.3).sum()


HOLOMORPHIC = {
    "exp": lambda xp, z: xp.exp(z),
    "log": lambda xp, z: xp.log(z),
    "sqrt": lambda xp, z: xp.sqrt(z),
    "sin": lambda xp, z: xp.sin(z),
    "cos": lambda xp, z: xp.cos(z),
    "tan": lambda xp, z: xp.tan(z),
    "sinh": lambda xp, z: xp.sinh(z),
    "cosh": lambda xp, z: xp.cosh(z),
    "tanh": lambda xp, z: xp.tanh(z),
    "square": lambda xp, z: xp.square(z),
    "reciprocal": lambda xp, z: xp.reciprocal(z),
    "negative": lambda xp, z: -z,
    "power": lambda xp, z: z**3,
    "fractional power": lambda xp, z: z**1.5,
    "self power": lambda xp, z: z**z,
    "number to the power": lambda xp, z: 2.0**z,
    "product": lambda xp, z: z * z * 2j,
    "quotient": lambda xp, z: (1 + 2j) / z + z / (z + 2.0),
    "difference": lambda xp, z: 1j - z,
    "sum": lambda xp, z: z.sum() * z,
    "mean": lambda xp, z: z.mean() * z,
    "index": lambda xp, z: z[[0, 0, 2]] * z,
    "reshape": lambda xp, z: z.reshape(3, 1) * z,
    "log1p": lambda xp, z: xp.log1p(z),
    "expm1": lambda xp, z: xp.expm1(z),
    "arctan": lambda xp, z: xp.arctan(z),
}
NOT_HOLOMORPHIC = {
    "abs": lambda xp, z: abs(z),
    "abs squared": lambda xp, z: abs(z) ** 2,
    "conj": lambda xp, z: z.conj() * z * z,
    "real": lambda xp, z: z.real,
    "imag": lambda xp, z: z.imag,
    "real imag": lambda xp, z: z.real * z.imag + z.real**2,
    "modulus by hand": lambda xp, z: xp.sqrt(z.real**2 + z.imag**2),
    "mixed": lambda xp, z: xp.exp(abs(z)) * z.conj(),
    "real operand": lambda xp, z: z.real * z,
    "nested conj": lambda xp, z: xp.exp(z.conj()).conj(),
}
FUNCTIONS = HOLOMORPHIC | NOT_HOLOMORPHIC


@pytest.mark.parametrize("name", FUNCTIONS)
class TestGradients:
    def test_agrees_with_torch(self, name):
        torch = pytest.importorskip("torch")
        theirs = torch.tensor(Z, requires_grad=True)
        f = FUNCTIONS[name]
        weigh_torch(f(torch, theirs)).backward()
        ours = Tensor(Z, requires_grad=True)
        weigh(f(np, ours)).backward()
        expected = theirs.grad.resolve_conj().numpy()
        np.testing.assert_allclose(ours.grad.numpy(), expected, rtol=1e-10)
        np.testing.assert_allclose(grad(lambda z: weigh(f(np, z)))(Z), expected, rtol=1e-10)

    def test_points_uphill(self, name):
        f = FUNCTIONS[name]
        value, g = value_and_grad(lambda z: weigh(f(np, z)))(Z)
        rise = weigh(f(np, Z + 1e-6 * g)) - value
        np.testing.assert_allclose(rise / 1e-6, (abs(g) ** 2).sum(), rtol=1e-4)

    def test_no_direction_is_steeper(self, name):
        f = FUNCTIONS[name]
        g = grad(lambda z: weigh(f(np, z)))(Z)
        for k in range(3):
            for part in (1, 1j):
                e = np.zeros(3, complex)
                e[k] = part * 1e-6
                slope = (weigh(f(np, Z + e)) - weigh(f(np, Z - e))) / 2e-6
                assert slope == pytest.approx((g[k] * np.conj(part)).real, rel=1e-6, abs=1e-8)

    def test_forward_mode_is_the_directional_derivative(self, name):
        f = FUNCTIONS[name]
        h = 1e-6
        _, tangent = jvp(lambda z: f(np, z), (Z,), (W,))
        slope = (f(np, Z + h * W) - f(np, Z - h * W)) / (2 * h)
        np.testing.assert_allclose(tangent, slope, rtol=1e-6, atol=1e-8)

    def test_vjp_is_the_adjoint_of_jvp(self, name):
        """Re<g, J t> = Re<J^H g, t>, with <a, b> = sum(conj(a) b)."""
        f = FUNCTIONS[name]
        y, tangent = jvp(lambda z: f(np, z), (Z,), (W,))
        g = np.exp(1j * np.arange(y.size)).reshape(y.shape)
        g = g if y.dtype.kind == "c" else g.real
        (back,) = vjp(lambda z: f(np, z), Z)[1](g)
        assert back.dtype == complex
        assert np.vdot(g, tangent).real == pytest.approx(np.vdot(back, W).real, rel=1e-10)

    def test_second_order_against_finite_differences(self, name):
        f = FUNCTIONS[name]
        h = 1e-5
        first = grad(lambda z: weigh(f(np, z)))
        expected = (first(Z + h * W) - first(Z - h * W)) / (2 * h)
        np.testing.assert_allclose(jvp(first, (Z,), (W,))[1], expected, rtol=1e-6, atol=1e-7)
        # the Hessian of a real function of real and imaginary parts is symmetric
        back = grad(lambda z: weigh(first(z)))(Z)
        direction = np.full(3, 1.5 + 0.7j)
        forward = jvp(first, (Z,), (direction,))[1]
        np.testing.assert_allclose(back, forward, rtol=1e-8, atol=1e-8)

    def test_single_precision_stays(self, name):
        x = Tensor(Z, np.complex64, requires_grad=True)
        y = FUNCTIONS[name](np, x)
        assert y.dtype in (np.complex64, np.float32)
        weigh(y).backward()
        assert x.grad.dtype == np.complex64


def weigh_torch(y):
    return (y.real * 1.5 + y.imag * 0.7).sum() if y.is_complex() else (y * 1.3).sum()


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_holomorphic_functions_have_complex_derivatives(name):
    """jvp is complex-linear, and the vjp is the conjugate of the complex derivative."""
    f = HOLOMORPHIC[name]
    _, a = jvp(lambda z: f(np, z), (Z,), (W,))
    _, b = jvp(lambda z: f(np, z), (Z,), (1j * W,))
    np.testing.assert_allclose(b, 1j * a, rtol=1e-10)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda z: np.real(z), 1),
        (lambda z: np.imag(z), 1j),
        (lambda z: np.abs(z), (3 + 4j) / 5),
        (lambda z: np.abs(z) ** 2, 2 * (3 + 4j)),
        (lambda z: np.real(z * np.conj(z)), 2 * (3 + 4j)),
        (lambda z: np.real(z * z), 2 * (3 - 4j)),
        (lambda z: np.real(1j * z), -1j),
        (lambda z: np.real(np.conj(z)), 1),
        (lambda z: np.imag(np.conj(z)), -1j),
    ],
)
def test_closed_forms(f, expected):
    assert grad(f)(3 + 4j) == pytest.approx(expected)


def test_descent_finds_the_minimum():
    z, target = Tensor(0j, requires_grad=True), 2 - 1j
    for _ in range(100):
        z.zero_grad()
        (abs(z - target) ** 2).backward()
        with ac.no_grad():
            z -= 0.1 * z.grad
    assert z.item() == pytest.approx(target)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: np.abs(np.exp(1j * x) + 1), lambda x: -np.sin(x / 2)),
        (lambda x: np.real((x + 2j) ** 3), lambda x: 3 * x * x - 12),
        (
            lambda x: np.imag(np.exp((1 + 2j) * x)),
            lambda x: np.imag((1 + 2j) * np.exp((1 + 2j) * x)),
        ),
        (lambda x: np.abs(x * 1j - 3), lambda x: x / np.hypot(x, 3)),
        (lambda x: np.real(x * (1 + 1j)) * 1.0, lambda x: 1.0),
        (lambda x: np.real(np.stack([x * 1j, x]).sum()), lambda x: 1.0),
        (lambda x: np.real((M * x).sum() * (1 + 1j)), lambda x: (M.sum() * (1 + 1j)).real),
    ],
)
def test_real_variables_through_complex_numbers(f, expected):
    x = 0.7
    for derivative in (grad(f)(x), jvp(f, (x,), (1.0,))[1]):
        assert derivative == pytest.approx(expected(x)) and np.isrealobj(derivative)
    h = 1e-6
    second = (expected(x + h) - expected(x - h)) / (2 * h)
    for derivative in (
        grad(grad(f))(x),
        jvp(grad(f), (x,), (1.0,))[1],
        grad(lambda x: jvp(f, (x,), (1.0,))[1])(x),
        jvp(lambda x: jvp(f, (x,), (1.0,))[1], (x,), (1.0,))[1],
    ):
        assert derivative == pytest.approx(second, rel=1e-6, abs=1e-8)


def test_matmul_agrees_with_torch():
    torch = pytest.importorskip("torch")
    a, b = Tensor(M, requires_grad=True), Tensor(Z, requires_grad=True)
    ta, tb = torch.tensor(M, requires_grad=True), torch.tensor(Z, requires_grad=True)
    weigh(a @ b).backward()
    weigh_torch(ta @ tb).backward()
    np.testing.assert_allclose(a.grad.numpy(), ta.grad.numpy())
    np.testing.assert_allclose(b.grad.numpy(), tb.grad.numpy())


def test_seed_of_a_complex_result_agrees_with_torch():
    torch = pytest.importorskip("torch")
    ours, theirs = Tensor(Z, requires_grad=True), torch.tensor(Z, requires_grad=True)
    np.exp(ours * W).backward(W)
    torch.exp(theirs * torch.tensor(W)).backward(torch.tensor(W))
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy())


def test_accumulated_gradients_and_create_graph():
    z = Tensor(Z, requires_grad=True)
    for _ in range(2):
        (abs(z) ** 2).sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), 4 * Z)
    z.grad = None
    (abs(z) ** 4).sum().backward(create_graph=True)  # gradient 4 |z|^2 z
    g, z.grad = z.grad, None
    (abs(g) ** 2).sum().backward()  # 16 |z|^6, whose gradient is 96 |z|^4 z
    np.testing.assert_allclose(z.grad.numpy(), 96 * abs(Z) ** 4 * Z)


def test_modulus_at_zero():
    assert grad(np.abs)(0j) == 0
    assert grad(lambda z: np.abs(z) ** 2)(0j) == 0
    assert jvp(np.abs, (0j,), (1 + 1j,))[1] == 0


def test_indexing_and_assignment():
    def f(z):
        y = z * 1
        y[0] = z[1] * z[2]
        return (abs(y) ** 2).sum()

    expected = np.array([0, 2 * Z[1] * (1 + abs(Z[2]) ** 2), 2 * Z[2] * (1 + abs(Z[1]) ** 2)])
    np.testing.assert_allclose(grad(f)(Z), expected)


def test_real_values_in_a_complex_tensor_have_real_gradients():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = Tensor(np.zeros(2, complex))
    y[:] = x
    (abs(y * (3 + 4j)) ** 2).sum().backward()
    assert x.grad.dtype == float
    np.testing.assert_allclose(x.grad.numpy(), [50, 100])


def test_softmax_family_and_variance_of_complex_numbers():
    g = grad(lambda z: np.var(z))(Z)
    np.testing.assert_allclose(g, 2 / 3 * (Z - Z.mean()))
    hessian = jvp(grad(lambda z: np.var(z)), (Z,), (W,))[1]
    np.testing.assert_allclose(hessian, 2 / 3 * (W - W.mean()))
