"""Operations with several results: declared as tuples, differentiated in both modes."""

from typing import NamedTuple

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor, grad, gradcheck, jvp


class Polar(NamedTuple):
    radius: object
    angle: object


@pytest.fixture
def polar():
    def vjp_a(g, a, b, y):
        return g[0] * a / y[0] + g[1] * b / y[0] ** 2

    def vjp_b(g, a, b, y):
        return g[0] * b / y[0] - g[1] * a / y[0] ** 2

    def jvp_a(t, a, b, y):
        return t * a / y[0], t * b / y[0] ** 2

    def jvp_b(t, a, b, y):
        return t * b / y[0], -t * a / y[0] ** 2

    @ac.general((vjp_a, vjp_b), (jvp_a, jvp_b), name="polar")
    def polar(a, b):
        return Polar(np.hypot(a, b), np.arctan2(a, b))

    return polar


X, Y = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.2, -0.7])


def test_results_keep_their_names_and_values(polar):
    result = polar(Tensor(X, requires_grad=True), Y)
    assert isinstance(result, Polar)
    np.testing.assert_allclose(result.radius.numpy(), np.hypot(X, Y))
    assert all(isinstance(r, np.ndarray) for r in polar(X, Y))
    with ac.no_grad():
        assert not polar(Tensor(X, requires_grad=True), Y).angle.requires_grad


def test_derivatives_of_all_results_one_or_mixtures(polar):
    for f in (
        lambda a, b: polar(a, b).radius,
        lambda a, b: polar(a, b).angle,
        lambda a, b: polar(a, b).radius * polar(a, b)[1],
        lambda a, b: (lambda r, t: r * np.cos(t) + r * r)(*polar(a, b)),
    ):
        gradcheck(f, X, Y, order=2).raise_if_failed()


def test_a_round_trip_is_the_identity_in_every_mode(polar):
    def back(a):
        r, t = polar(a, Y)
        return np.sum(r * np.sin(t) * np.array([1.0, 2.0, 3.0]))

    np.testing.assert_allclose(grad(back)(X), [1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(jvp(back, (X,), (np.ones(3),))[1], 6)
    hessian_row = grad(lambda a: grad(back)(a)[1])(X)
    np.testing.assert_allclose(hessian_row, 0, atol=1e-12)
    forward_over_reverse = jvp(grad(back), (X,), (np.ones(3),))[1]
    np.testing.assert_allclose(forward_over_reverse, 0, atol=1e-12)


def test_broadcast_operands_and_repeated_backward(polar):
    a = Tensor(2.0, requires_grad=True)
    r, t = polar(a, Y)
    loss = (r + t).sum()
    loss.backward(retain_graph=True)
    once = a.grad.item()
    loss.backward()
    assert a.grad.item() == pytest.approx(2 * once)
    expected = np.sum(2 / np.hypot(2, Y) + Y / np.hypot(2, Y) ** 2)
    assert once == pytest.approx(expected)
    with pytest.raises(ac.GraphError, match="retain_graph"):
        loss.backward()


def test_the_picture_shows_each_result(polar):
    r, t = polar(Tensor(X, requires_grad=True), Y)
    source = ac.draw(r + t).source
    assert source.count("part") >= 2
    assert "several results" in source
