"""Fourier transforms: NumPy's values, exact transposes, PyTorch's gradients."""

from itertools import product

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, gradcheck, vjp

RANDOM = np.random.default_rng(0)
TO_COMPLEX, TO_HALF, TO_REAL = ("fft", "ifft"), ("rfft", "ihfft"), ("irfft", "hfft")
NORMS = (None, "ortho", "forward")


def signal(shape, kind):
    x = RANDOM.standard_normal(shape)
    return x if kind == "real" else x + 1j * RANDOM.standard_normal(shape)


def matrix_of(function, size, kind):
    """The real matrix of a transform, of real and imaginary parts side by side."""
    basis = np.eye(size) if kind == "real" else np.concatenate([np.eye(size), 1j * np.eye(size)])
    rows = function(basis)
    return np.concatenate([rows.real, rows.imag], axis=1)


@pytest.mark.parametrize("name", TO_COMPLEX + TO_HALF + TO_REAL)
def test_transposes_are_exact_for_odd_even_cut_and_padded_sizes(name):
    function = getattr(np.fft, name)
    kind = "real" if name in TO_HALF else "complex"
    for size, n, norm in product((1, 2, 3, 6, 7), (None, 1, 2, 3, 5, 6, 8), NORMS):
        if name in TO_REAL and n is None and size == 1:
            continue  # a signal of no samples

        def transform(a, n=n, norm=norm):
            return function(a, n, -1, norm)

        matrix = matrix_of(transform, size, kind)
        y, pull = vjp(transform, signal((size,), kind))
        g = signal(y.shape, "complex" if np.iscomplexobj(y) else "real")
        (gradient,) = pull(g)
        expected = matrix @ np.concatenate([g.real, np.imag(g)])
        if kind == "complex":
            expected = expected[:size] + 1j * expected[size:]
        np.testing.assert_allclose(gradient, expected, atol=1e-12)


@pytest.mark.parametrize(
    "name", [*TO_COMPLEX, *TO_HALF, *TO_REAL, "fft2", "irfft2", "rfftn", "irfftn", "fftn"]
)
def test_gradients_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    several = name[-1] in "2n"
    for sizes, norm, given in product(((4, 6), (3, 5)), NORMS, (False, True)):
        x = signal(sizes, "real" if name in ("rfft", "ihfft", "rfftn") else "complex")
        options = {"norm": norm}
        if given:
            options |= {"s": (5, 4)} if several else {"n": 5}
        ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        axes = {"axes": (-2, -1)} if several and given else {}
        y = getattr(np.fft, name)(ours, **options, **axes)
        z = getattr(torch.fft, name)(theirs, **options)
        np.testing.assert_allclose(y.numpy(), z.detach().resolve_conj().numpy(), atol=1e-12)
        weight = RANDOM.standard_normal(y.shape)
        np.sum(np.square(np.absolute(y)) * weight).backward()
        (z.abs() ** 2 * torch.tensor(weight)).sum().backward()
        np.testing.assert_allclose(
            ours.grad.numpy(), theirs.grad.resolve_conj().numpy(), atol=1e-11
        )


def test_a_round_trip_is_the_identity():
    x = Tensor(RANDOM.standard_normal((3, 7)), requires_grad=True)
    weight = RANDOM.standard_normal((3, 7))
    back = np.fft.irfftn(np.fft.rfftn(x), (3, 7), (0, 1))
    np.sum(back * weight).backward()
    np.testing.assert_allclose(x.grad.numpy(), weight, atol=1e-14)


def test_second_derivatives_of_a_power_spectrum():
    def power(a):
        return np.square(np.absolute(np.fft.rfft(a, 5))) ** 1.5

    gradcheck(power, RANDOM.standard_normal(7), order=2).raise_if_failed()


def test_real_operands_of_complex_transforms_have_real_gradients():
    x = Tensor(RANDOM.standard_normal(5), requires_grad=True)
    np.sum(np.real(np.fft.irfft(x, 6) * np.fft.fft(x, 6))).backward()
    assert x.grad.dtype == float


def test_single_precision_stays_single():
    x = Tensor(np.ones((2, 5), np.float32), requires_grad=True)
    y = np.fft.hfft(np.fft.ihfft(x) * np.fft.rfft(x))
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_numpys_signatures_and_errors():
    x = Tensor(RANDOM.standard_normal((4, 3)), requires_grad=True)
    array = x.numpy()
    np.testing.assert_allclose(
        np.fft.fft(a=x, n=5, axis=0, norm="ortho").numpy(), np.fft.fft(array, 5, 0, "ortho")
    )
    np.testing.assert_allclose(
        np.fft.rfft2(a=x, s=(2, -1), axes=(1, 0)).numpy(),
        np.fft.rfft2(array, (2, -1), (1, 0)),
    )
    np.testing.assert_allclose(np.fft.fftshift(x, 1).numpy(), np.fft.fftshift(array, 1))
    for call in (
        lambda: np.fft.fft(x, out=np.zeros((4, 3), complex)),
        lambda: np.fft.fft(x, 0),
        lambda: np.fft.fft(x, norm="unitary"),
        lambda: np.fft.fftn(x, (2,), (0, 1)),
        lambda: np.fft.rfft(x + 1j),
        lambda: np.fft.fft(x, axis=2),
    ):
        with pytest.raises(ac.errors.AutogradError):
            call()
