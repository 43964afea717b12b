"""Moving, joining, padding, selecting and multiplying arrays: what generated tests do not show."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import (
    ConversionError,
    DTypeError,
    Dual,
    OperationError,
    ShapeError,
    Tensor,
    UnsupportedError,
    grad,
    gradcheck,
    jvp,
)

try:
    import torch
except ImportError:  # the oracle is optional
    torch: Any = None

X = np.array([[0.3, -1.2, 2.1], [1.7, 0.4, -0.6]])
V = np.array([0.5, -1.5, 2.0])


def variable(data):
    return Tensor(data, requires_grad=True)


def slopes(f, *arrays):
    """Gradients of sum(f * weights) by all arguments."""

    def weighted(*args):
        y = f(*args)
        return np.sum(y * np.reshape(np.cos(np.arange(np.size(y))), np.shape(y)))

    return grad(weighted, tuple(range(len(arrays))))(*arrays)


def torch_slopes(f, *arrays):
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    y = f(*tensors)
    y.backward(torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape))
    return [np.zeros(t.shape) if t.grad is None else t.grad.numpy() for t in tensors]


PEERS = {
    "roll": (lambda x: np.roll(x, (1, 2), (0, 1)), lambda x: torch.roll(x, (1, 2), (0, 1))),
    "rot90": (lambda x: np.rot90(x, 3), lambda x: torch.rot90(x, 3)),
    "flip": (lambda x: np.flip(x, 1), lambda x: torch.flip(x, (1,))),
    "tile": (lambda x: np.tile(x, (2, 1, 3)), lambda x: torch.tile(x, (2, 1, 3))),
    "repeat": (
        lambda x: np.repeat(x, [2, 0, 1], 1),
        lambda x: torch.repeat_interleave(x, torch.tensor([2, 0, 1]), 1),
    ),
    "diagonal": (lambda x: np.diagonal(x, 1), lambda x: torch.diagonal(x, 1)),
    "tril": (lambda x: np.tril(x, -1), lambda x: torch.tril(x, -1)),
    "triu": (lambda x: np.triu(x, 1), lambda x: torch.triu(x, 1)),
    "kron": (lambda x: np.kron(x, x), lambda x: torch.kron(x, x)),
    "tensordot": (
        lambda x: np.tensordot(x, x, (1, 1)),
        lambda x: torch.tensordot(x, x, ([1], [1])),
    ),
    "take_along_axis": (
        lambda x: np.take_along_axis(x, np.array([[0, 2, 2, 1]] * 2), 1),
        lambda x: torch.take_along_dim(x, torch.tensor([[0, 2, 2, 1]] * 2), 1),
    ),
    "cross": (lambda x: np.cross(x, x[::-1]), lambda x: torch.linalg.cross(x, x.flip(0))),
    "vander": (
        lambda x: np.vander(x[0], 4, increasing=True),
        lambda x: torch.linalg.vander(x[0], N=4),
    ),
    "reflect": (
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="reflect"),
        lambda x: torch.nn.functional.pad(x, (2, 1), mode="reflect"),
    ),
    "edge": (
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="edge"),
        lambda x: torch.nn.functional.pad(x, (2, 1), mode="replicate"),
    ),
    "wrap": (
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="wrap"),
        lambda x: torch.nn.functional.pad(x, (2, 1), mode="circular"),
    ),
    "block": (
        lambda x: np.block([[x, 2 * x], [np.ones((1, 6))]]),
        lambda x: torch.cat([torch.cat([x, 2 * x], 1), torch.ones(1, 6)]),
    ),
    "sinc": (np.sinc, lambda x: torch.sinc(x)),
    "logaddexp2": (lambda x: np.logaddexp2(x, x[::-1]), lambda x: torch.logaddexp2(x, x.flip(0))),
    "copysign": (lambda x: np.copysign(x, x[::-1]), lambda x: torch.copysign(x, x.flip(0))),
    "fmod": (lambda x: np.fmod(x, x[::-1]), lambda x: torch.fmod(x, x.flip(0))),
    "i0": (np.i0, lambda x: torch.i0(x)),
}


@pytest.mark.skipif(torch is None, reason="needs PyTorch")
@pytest.mark.parametrize("name", PEERS)
def test_gradients_are_torchs(name):
    ours, theirs = PEERS[name]
    for got, expected in zip(slopes(ours, X), torch_slopes(theirs, X), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


# -- einsum --------------------------------------------------------------------------------------

SIZES = dict(zip("abcd", (2, 3, 1, 2), strict=True))


@st.composite
def subscripts(draw):
    """Random subscripts with repeated labels, `...` and labels that broadcast from size 1."""
    terms, shapes = [], []
    for _ in range(draw(st.integers(1, 3))):
        term = draw(st.lists(st.sampled_from("abcd"), max_size=3))
        extra = draw(st.integers(0, 2))
        shape = [SIZES[k] for k in term]
        if extra:
            at = draw(st.integers(0, len(term)))
            shape[at:at] = (3, 2)[-extra:]
            term[at:at] = ["..."]
        once = [j for j, k in enumerate(term) if term.count(k) == 1 and k != "..."]
        if once and "..." not in term and draw(st.booleans()):
            shape[draw(st.sampled_from(once))] = 1
        terms.append("".join(term))
        shapes.append(tuple(shape))
    text = ",".join(terms)
    if draw(st.booleans()):
        letters = sorted(set(text) - set(".,"))
        chosen = draw(st.lists(st.sampled_from(letters), unique=True)) if letters else []
        result = "".join(chosen)
        text += f"->...{result}" if "..." in text else f"->{result}"
    return text, shapes


@settings(max_examples=150, deadline=None)
@given(subscripts())
def test_einsum_of_any_subscripts(case):
    text, shapes = case
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape) for shape in shapes]
    expected = np.einsum(text, *arrays)
    got = ac.einsum(text, *map(variable, arrays))
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-12, atol=1e-12)
    weights = random.standard_normal(np.shape(expected))
    gradients = grad(lambda *a: np.sum(ac.einsum(text, *a) * weights), tuple(range(len(arrays))))(
        *arrays
    )
    for k, gradient in enumerate(gradients):  # linear in each operand: the slope is the value
        direction = random.standard_normal(shapes[k])
        moved = [direction if j == k else array for j, array in enumerate(arrays)]
        slope = np.sum(np.einsum(text, *moved) * weights)
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-9, atol=1e-9)


def test_einsum_contracts_in_pairs():
    """All at once these would be 200⁴ products."""
    a = np.random.default_rng(1).standard_normal((200, 200))
    y, pull = ac.vjp(lambda a, b, c: np.einsum("ij,jk,kl->il", a, b, c), a, a.T, a)
    np.testing.assert_allclose(y, a @ a.T @ a, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(pull(y)[1], a.T @ y @ a.T, rtol=1e-9)


def test_einsum_refuses_what_does_not_fit():
    x = variable(X)
    for call, error in [
        (lambda: ac.einsum("ij,jk", x, x), ShapeError),
        (lambda: ac.einsum("ijk", x), ShapeError),
        (lambda: ac.einsum("ii", x), ShapeError),
        (lambda: ac.einsum("ij->k", x), OperationError),
        (lambda: ac.einsum("ij->ii", x), OperationError),
        (lambda: ac.einsum("i1", x), OperationError),
        (lambda: ac.einsum("ij,j", x), OperationError),
        (lambda: ac.einsum("i...->i", x), OperationError),
    ]:
        with pytest.raises(error):
            call()


# -- elementwise ---------------------------------------------------------------------------------


def test_sinc_has_the_derivatives_of_its_series_at_zero_and_near_it():
    """sinc(x) = 1 - (πx)²/6 + (πx)⁴/120 - ..."""
    derivative = np.sinc
    expected = [1, 0, -(math.pi**2) / 3, 0, math.pi**4 / 5]
    for k in range(5):
        for x in (0.0, 1e-9):
            assert derivative(x) == pytest.approx(expected[k], rel=1e-12, abs=1e-7)
        assert derivative(0.0) == pytest.approx(expected[k], rel=1e-12, abs=1e-15)
        derivative = grad(derivative)
    for x in (1e-2, 1e-4, 1e-6):
        slope = -(math.pi**2) * x / 3 + math.pi**4 * x**3 / 30 - math.pi**6 * x**5 / 840
        assert grad(np.sinc)(x) == pytest.approx(slope, rel=1e-9)


def test_fmax_and_fmin_ignore_nan_and_share_ties():
    a, b = np.array([1.0, np.nan, 2.0, np.nan]), np.array([1.0, 3.0, np.nan, np.nan])
    for f in (np.fmax, np.fmin):
        da, db = grad(
            lambda a, b, f=f: np.nansum(f(a, b).detach()) * 0 + f(a, b)[:3].sum(), (0, 1)
        )(a, b)
        np.testing.assert_array_equal(da, [0.5, 0, 1, 0])
        np.testing.assert_array_equal(db, [0.5, 1, 0, 0])


def test_logaddexp2_of_infinities_has_finite_gradients():
    for a, b, expected in [
        (-np.inf, -np.inf, None),
        (-np.inf, 1.0, (0, 1)),
        (np.inf, 1.0, (1, 0)),
    ]:
        slopes = grad(np.logaddexp2, (0, 1))(a, b)
        assert np.all(np.isfinite(slopes))
        if expected:
            assert tuple(map(float, slopes)) == expected


def test_parts_of_numbers():
    x = np.array([2.75, -0.3, 0.0, 5.0])
    for f in (np.modf, np.frexp, lambda x: np.divmod(x, 0.7), lambda x: np.divmod(3.0, x - 9)):
        for ours, numpys in zip(f(variable(x)), f(x), strict=True):
            np.testing.assert_array_equal(ours.numpy(), numpys)
            assert ours.dtype == numpys.dtype
    fraction, whole = np.modf(variable(x))
    mantissa, exponent = np.frexp(variable(x))
    quotient, rest = np.divmod(variable(x), 0.7)
    assert fraction.requires_grad and mantissa.requires_grad and rest.requires_grad
    assert not (whole.requires_grad or exponent.requires_grad or quotient.requires_grad)
    for part in (lambda x: np.modf(x)[0], lambda x: np.frexp(x)[0], lambda x: np.divmod(x, 0.7)[1]):
        gradcheck(part, x[:2], order=2).raise_if_failed()
    mantissa, exponent = np.frexp(Dual(6.0, 1.0))
    assert (mantissa.tangent, exponent) == (0.125, 3)


def test_heaviside_passes_the_gradient_of_its_value_at_zero():
    x, h = np.array([-1.0, 0.0, 2.0]), np.array([0.1, 0.2, 0.3])
    dx, dh = grad(lambda x, h: np.heaviside(x, h).sum(), (0, 1))(x, h)
    assert dx.tolist() == [0, 0, 0] and dh.tolist() == [0, 1, 0]


def test_nan_to_num_replaces_and_stops_the_gradient_there():
    x = np.array([np.nan, np.inf, -np.inf, 1.5])
    for options in ({}, {"nan": 2.0, "posinf": 3.0, "neginf": -4.0}):
        y = np.nan_to_num(variable(x), **options)
        np.testing.assert_array_equal(y.numpy(), np.nan_to_num(x, **options))
        z = np.nan_to_num(variable(x + 1j * x[::-1]), **options)
        np.testing.assert_array_equal(z.numpy(), np.nan_to_num(x + 1j * x[::-1], **options))
    assert grad(lambda x: np.nan_to_num(x).sum())(x).tolist() == [0, 0, 0, 1]
    assert np.nan_to_num(variable(x.astype("f4"))).dtype == np.float32


def test_angle_is_piecewise_constant_for_real_numbers():
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(np.angle(variable(x)).numpy(), np.angle(x))
    np.testing.assert_array_equal(np.angle(variable(x), True).numpy(), np.angle(x, True))
    z = np.array([1 + 1j, -2 + 0.5j])
    gradient = grad(lambda z: np.angle(z).sum())(z)
    np.testing.assert_allclose(gradient, 1j * z / abs(z) ** 2, rtol=1e-12)  # turns, uphill


def test_real_if_close_is_numpys():
    for z in (np.array([1 + 1e-16j]), np.array([1 + 1e-3j]), np.array([1.0])):
        ours, numpys = np.real_if_close(variable(z)), np.real_if_close(z)
        np.testing.assert_array_equal(ours.numpy(), numpys)
        assert ours.dtype == numpys.dtype


# -- polynomials ---------------------------------------------------------------------------------


def test_polynomials_have_second_derivatives_at_zero():
    p = np.array([2.0, -3.0, 5.0, 7.0])
    assert grad(grad(lambda x: np.polyval(p, x)))(0.0) == pytest.approx(-6)
    one = np.ones(1)
    powers = jvp(lambda x: jvp(lambda x: np.vander(x, 4), (x,), (one,))[1], (0 * one,), (one,))
    np.testing.assert_array_equal(powers[1], [[0, 2, 0, 0]])


def test_polymul_drops_zeros_in_front_as_numpy_does():
    a, b = np.array([0.0, 0.0, 2.0, 1.0]), np.array([3.0, -1.0])
    np.testing.assert_array_equal(np.polymul(variable(a), b).numpy(), np.polymul(a, b))
    assert np.polymul(variable(np.zeros(2)), b).shape == np.polymul(np.zeros(2), b).shape


# -- moving, joining, selecting ------------------------------------------------------------------


def test_where_with_one_argument_gives_indices():
    rows, columns = np.where(variable(X) > 0)
    expected = np.where(X > 0)
    assert (rows.tolist(), columns.tolist()) == (expected[0].tolist(), expected[1].tolist())
    with pytest.raises(TypeError, match="both or neither"):
        np.where(variable(X) > 0, 1.0)


def test_trim_zeros_follows_the_values():
    for x in ([0, 0, 1.5, 0, 2, 0], [0.0, 0.0], [1.0, 2.0]):
        for trim in ("f", "b", "fb"):
            x = np.array(x)
            np.testing.assert_array_equal(
                np.trim_zeros(variable(x), trim).numpy(), np.trim_zeros(x, trim)
            )
    x = np.pad(X, ((1, 0), (0, 2)))
    for axis in (None, 0, -1, (0, 1)):
        if np.lib.NumpyVersion(np.__version__) >= "2.2.0":
            np.testing.assert_array_equal(
                np.trim_zeros(variable(x), axis=axis).numpy(), np.trim_zeros(x, axis=axis)
            )
    assert grad(lambda x: np.trim_zeros(x).sum())(np.array([0.0, 1, 0, 2, 0])).tolist() == [
        0, 1, 1, 1, 0,
    ]  # fmt: skip


def test_full_like_passes_a_gradient_to_the_fill_value():
    assert grad(lambda v: np.full_like(Tensor(X), v).sum())(2.0) == 6
    filled = np.full_like(variable(X), 2, dtype=np.float32, shape=(2,))
    assert filled.dtype == np.float32 and filled.tolist() == [2, 2] and not filled.requires_grad
    assert ac.full_like(X, 1.5).flags.writeable


def test_parts_of_a_split_may_overlap_or_be_unused():
    for f in (
        lambda x: np.array_split(x, [2, 1])[0] * np.array_split(x, [2, 1])[2],
        lambda x: np.split(x, 3)[1],
        lambda x: ac.unstack(x)[2],
    ):
        x = np.array([2.0, 3.0, 5.0])
        if np.shape(f(x)) in ((2,), (1,), ()):
            gradcheck(f, x, order=2).raise_if_failed()
    assert grad(lambda x: np.split(x, 3)[1].sum())(V).tolist() == [0, 1, 0]


def test_resize_of_nothing_is_zeros():
    assert np.resize(variable(np.zeros(0)), (2, 2)).tolist() == [[0, 0], [0, 0]]


def test_lists_of_tensors_count_as_arrays():
    x = variable(V)
    np.outer(np.append(x, [x[0], 1.0]), [x[1], x[2]]).sum().backward()
    expected = [2 * (V[1] + V[2]), *[(V[1] + V[2]) + V.sum() + V[0] + 1] * 2]
    np.testing.assert_allclose(x.grad.numpy(), expected)


def test_booleans_to_take_are_numbers_not_a_mask():
    x = variable(V)
    np.testing.assert_array_equal(
        np.take(x, [True, False, True]).numpy(), np.take(V, [True, False, True])
    )


def test_what_one_tensor_is_broadcast_with_becomes_one():
    x = variable(V)
    for results in (
        np.broadcast_arrays(x, 2.0),
        np.meshgrid(x, [1, 2]),
        np.meshgrid([1, 2], x, sparse=True),
        np.atleast_2d(x, 2.0),
    ):
        assert all(isinstance(result, Tensor) for result in results)


def test_adding_at_places_that_repeat():
    x, v = variable(V), variable([1.0, 2.0, 4.0])
    y = x * 2
    assert np.add.at(y, [0, 0, 1], v) is None
    expected = V * 2
    np.add.at(expected, [0, 0, 1], v.numpy())
    np.testing.assert_array_equal(y.numpy(), expected)
    (y * y).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 4 * expected)
    np.testing.assert_allclose(v.grad.numpy(), 2 * expected[[0, 0, 1]])
    np.subtract.at(y, slice(1, 3), 1.0)
    np.testing.assert_array_equal(y.numpy(), expected - [0, 1, 1])


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.arctan2, np.maximum, np.power])
def test_outer_of_a_ufunc_pairs_all_elements(ufunc):
    a, b = np.array([[0.5, 1.5], [2.5, 0.2]]), np.array([0.3, 0.7, 2.0])
    y = ufunc.outer(Tensor(a), b)
    np.testing.assert_array_equal(y.numpy(), ufunc.outer(a, b))
    np.testing.assert_array_equal(ufunc.outer(a, Tensor(b)).numpy(), ufunc.outer(a, b))
    gradcheck(ufunc.outer, a, b).raise_if_failed()


def test_evenly_spaced_tensors_under_the_librarys_own_name():
    stop = variable(2.0)
    y = ac.linspace(0, stop, 5)
    y[3].backward()
    assert stop.grad.item() == 0.75
    constant = ac.linspace(0, 1, 3)
    assert isinstance(constant, Tensor) and not constant.requires_grad


def test_fits_of_every_degree_of_detail_are_numpys():
    x = np.array([-1.0, -0.4, 0.1, 0.7, 1.2])
    y = np.array([0.3, -0.2, 0.4, 1.1, 2.0])
    options: Any
    for options in ({"full": True}, {"cov": True}, {"cov": "unscaled"}, {"rcond": 1e-9}):
        ours, theirs = np.polyfit(x, Tensor(y), 2, **options), np.polyfit(x, y, 2, **options)
        if not isinstance(theirs, tuple):
            ours, theirs = (ours,), (theirs,)
        for got, wanted in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(ac.asarray(got).numpy(), wanted, rtol=1e-10, atol=1e-12)
    with pytest.warns(np.exceptions.RankWarning):
        np.polyfit(x[:2], Tensor(y[:2]), 3)


def test_padding_of_integers_rounds_as_numpy_does():
    x = np.array([1, 2, 4])
    for mode in ("mean", "linear_ramp", "edge", "reflect", "maximum"):
        y = np.pad(Tensor(x), 2, mode=mode)
        np.testing.assert_array_equal(y.numpy(), np.pad(x, 2, mode=mode))
        assert y.dtype == x.dtype


def test_odd_reflection_over_many_periods():
    for mode in ("reflect", "symmetric"):
        for n in (2, 3, 5):
            x = np.random.default_rng(n).standard_normal(n)
            ours = ac.pad(x, (23, 17), mode, reflect_type="odd")
            np.testing.assert_allclose(
                ours, np.pad(x, (23, 17), mode, reflect_type="odd"), rtol=1e-12, atol=1e-12
            )


REFUSED = [
    (lambda x: np.pad(x, 1, mode="empty"), UnsupportedError, "empty"),
    (lambda x: np.pad(x, 1, mode=lambda *args: None), UnsupportedError, "not supported"),
    (lambda x: np.pad(x, -1), OperationError, "negative"),
    (lambda x: np.pad(x, 1.5), OperationError, "integers"),
    (lambda x: np.pad(x, 1, mode="edge", constant_values=3), OperationError, "constant_values"),
    (lambda x: np.pad(x, 1, constant_values=x[0, 0]), ConversionError, "detach"),
    (lambda x: np.pad(x[:0], 1, mode="edge"), ShapeError, "empty axis 0"),
    (lambda x: np.put_along_axis(x, X.argmax(0)[None], 1, 0), UnsupportedError, r"x\[\.\.\.\]"),
    (lambda x: np.copyto(np.zeros((2, 3)), x), UnsupportedError, "broadcast_to"),
    (lambda x: np.putmask(x, X > 0, 1), UnsupportedError, r"x\[\.\.\.\]"),
    (lambda x: np.shares_memory(x, x), UnsupportedError, "numpy"),
    (lambda x: np.nan_to_num(x, copy=False), UnsupportedError, "copy"),
    (lambda x: np.ravel(x, "K"), UnsupportedError, "order"),
    (lambda x: np.split(x, 2, 1), ShapeError, "array_split"),
    (lambda x: np.split(x, 0), OperationError, "sections"),
    (lambda x: np.block([[x], x]), OperationError, "depths"),
    (lambda x: np.block([[x], (x,)]), OperationError, "tuples"),
    (lambda x: np.tensordot(x, x, 1), ShapeError, "tensordot"),
    (lambda x: np.cross(x[:, :2], x), UnsupportedError, "size 2"),
    (lambda x: np.take(x, [7], mode="no"), OperationError, "mode"),
    (lambda x: np.take_along_axis(x, X, 0), DTypeError, "integers"),
    (lambda x: np.take_along_axis(x, np.array([1]), 0), ShapeError, "indices"),
    (lambda x: np.select([x], [x]), DTypeError, "boolean"),
    (lambda x: np.compress(X > 0, x), ShapeError, "vector"),
    (lambda x: np.take(x, X[0]), DTypeError, "take: indices must be integers"),
    (lambda x: np.insert(np.arange(3), 1, x[0, 0]), DTypeError, "insert: .* int64"),
    (lambda x: np.full_like(Tensor([1, 2]), x[0, 0]), DTypeError, "full_like: .* int64"),
    (lambda x: np.piecewise(x, [X > 0], [np.sin, np.cos, np.exp]), OperationError, "piecewise"),
    (lambda x: np.add.at(np.zeros(3), [0], x[0, 0]), UnsupportedError, "add.at"),
    (lambda x: np.multiply.at(x, [0], 2.0), UnsupportedError, "multiply.at"),
    (lambda x: np.tril(x[0, 0]), ShapeError, "tril: expected at least one axis"),
    (lambda x: np.triu(x[0, 0]), ShapeError, "triu: expected at least one axis"),
    (lambda x: np.roots(x), ShapeError, "roots: expected a vector"),
    (lambda x: np.poly(x), ShapeError, "poly: expected a vector or a square"),
    (lambda x: np.polyfit(x[0], x[0], -1), OperationError, "polyfit: expected a degree"),
    (lambda x: np.polyfit(x[0], x[0, :2], 1), ShapeError, "polyfit: expected x"),
    (lambda x: np.polyfit(x[0], x[0], 1, w=[1.0]), ShapeError, "polyfit: expected weights"),
    (lambda x: np.polyfit(x[0], x[0], 2, cov=True), OperationError, "polyfit: too few"),
    (lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]), ShapeError, "no vector"),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_refusals_are_typed_and_say_why(k):
    call, error, match = REFUSED[k]
    with pytest.raises(error, match=match):
        call(variable(X))
