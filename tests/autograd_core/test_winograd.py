"""Winograd's way of convolving gives what the direct way gives, and is left where it would not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core.derivatives import convolution, winograd
from autograd_core.derivatives.window_geometry import make_window

rng = np.random.default_rng(0)


def drawn(batch, channels, out, sizes, padding):
    """Images, filters and cotangents in float32, and the window."""
    window = make_window(sizes, (3, 3), 1, padding, 1)
    x = rng.normal(size=(batch, channels, *sizes)).astype(np.float32)
    w = (rng.normal(size=(out, channels, 3, 3)) / np.sqrt(9 * channels)).astype(np.float32)
    h = rng.normal(size=(batch, out, *window.steps(sizes))).astype(np.float32)
    return x, w, h, window


def faces(x, w, h, window):
    """The three faces of the convolution, by whatever way `convolution` chooses."""
    return {
        "conv": convolution.conv(x, w, window, 1),
        "conv_input": convolution.conv_input(h, w, x.shape[2:], window, 1),
        "conv_weight": convolution.conv_weight(h, x, window, 1),
    }


def by_winograd(x, w, h, window):
    """The three faces Winograd's way, also where the direct way would be chosen."""
    turned, zeros = np.flip(w, (2, 3)).swapaxes(0, 1), np.zeros(max(w.shape), np.float32)
    return {
        "conv": winograd.correlate(x, w, zeros[: len(w)], window),
        "conv_input": winograd.correlate(h, turned, zeros[: w.shape[1]], window.transposed()),
        "conv_weight": winograd.weights(h, x, window),
    }


def assert_close(found, wanted):
    """To a few roundings of the largest term; the tolerance is five times what was seen."""
    assert found.dtype == np.float32
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


SHAPES = [
    (3, 32, 64, (28, 28), 1),
    (1, 40, 50, (50, 61), 2),
    (2, 64, 64, (101, 7), (1, 2)),
    (5, 64, 96, (5, 8), 0),
    (1, 60, 60, (300, 31), 3),  # one image in several blocks of rows
    (2, 64, 64, (8, 8), 7),  # tiles that lie in the padding
    (70, 64, 64, (4, 4), 1),  # many images in a block
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_against_float64(shape):
    arrays = drawn(*shape)
    window = arrays[-1]
    wanted = faces(*(a.astype(np.float64) for a in arrays[:-1]), window)
    for way in (by_winograd, faces):
        for name, found in way(*arrays).items():
            assert_close(found, wanted[name])


@given(
    batch=st.integers(1, 3),
    channels=st.integers(1, 5),
    out=st.integers(1, 5),
    sizes=st.tuples(st.integers(1, 23), st.integers(1, 23)),
    padding=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
@settings(deadline=None)
def test_every_geometry(batch, channels, out, sizes, padding):
    x, w, h, window = drawn(batch, channels, out, sizes, padding)
    wanted = faces(*(a.astype(np.float64) for a in (x, w, h)), window)
    for name, found in by_winograd(x, w, h, window).items():
        assert_close(found, wanted[name])
    b = rng.normal(size=out).astype(np.float32)
    assert_close(winograd.correlate(x, w, b, window), wanted["conv"] + b[:, None, None])


def test_is_chosen(monkeypatch):
    chosen = []
    for name in ("correlate", "weights"):
        way = getattr(winograd, name)
        monkeypatch.setattr(
            winograd, name, lambda *args, way=way, name=name: chosen.append(name) or way(*args)
        )
    x, w, h, window = drawn(12, 32, 64, (28, 28), 1)
    faces(x, w, h, window)
    assert chosen == ["correlate", "correlate", "weights"]
    chosen.clear()
    faces(x.astype(np.float64), w, h.astype(np.float64), window)
    convolution.conv(x[:, :3], w[:, :3], window, 1)  # few channels
    convolution.conv(x[:2], w, window, 1)  # few images
    convolution.conv(x, w[:, :16], window, 2)
    convolution.conv(x, w, window._replace(stride=(2, 2)), 1)
    convolution.conv(x, w, window._replace(dilation=(2, 2)), 1)
    assert not chosen


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_stays_in_its_windows(value):
    x, w, h, window = drawn(12, 32, 64, (28, 28), 1)
    x[0, 3, 10, 12] = value
    found = faces(x, w, h, window)
    touched = ~np.isfinite(found["conv"][0])
    assert touched[:, 9:12, 11:14].all()
    assert touched.sum() == 64 * 9
    assert np.isfinite(found["conv_weight"][:, :3]).all()
    h[0, 5, 4, 4] = value
    touched = ~np.isfinite(convolution.conv_input(h, w, x.shape[2:], window, 1)[0])
    assert touched.sum() == 32 * 9


@pytest.mark.parametrize("value", [1e2, 1e3, 1e6, 1e10, 1e18])
def test_a_large_value_leaves_the_results_that_do_not_see_it_right(value):
    x, w, _, window = drawn(12, 32, 64, (28, 28), 1)
    x[0, 3, 10, 12] = value
    found = convolution.conv(x, w, window, 1)[:1]
    wanted = convolution.conv(x[:1].astype(np.float64), w.astype(np.float64), window, 1)
    blind = np.ones((28, 28), bool)
    blind[9:12, 11:14] = False
    error = np.abs(found - wanted)[..., blind].max()
    assert error <= 1e-5 * np.abs(wanted[..., blind]).max()


def test_gradients():
    """Through the engine: the directional derivative by float64 of the same function."""
    x, w, h, _ = drawn(60, 32, 64, (12, 12), 1)

    def f(x, w, b):
        return (ac.conv2d(x, w, b, padding=1) ** 2 * h).sum()

    arrays = x, w, rng.normal(size=64).astype(np.float32)
    found = ac.grad(f, argnums=(0, 1, 2))(*arrays)
    wanted = ac.grad(f, argnums=(0, 1, 2))(*(a.astype(np.float64) for a in arrays))
    for ours, theirs in zip(found, wanted, strict=True):
        assert_close(ours, theirs)
