"""Boolean networks of sign units, on all their inputs."""

from itertools import product

import numpy as np
import pytest

import autograd_core as ac
import nn

TRUTH = (-1.0, 1.0)


def table(network, inputs):
    """The network's answers on every combination of truth values."""
    rows = np.array(list(product(TRUTH, repeat=inputs)))
    answers = np.asarray(network(rows).numpy())
    assert answers.shape == (len(rows), 1)
    return rows > 0, answers[:, 0]


@pytest.mark.parametrize("inputs", [1, 2, 3, 5])
@pytest.mark.parametrize(("unit", "truth"), [(nn.AND, np.all), (nn.OR, np.any)])
def test_and_and_or(unit, truth, inputs):
    rows, answers = table(unit(inputs), inputs)
    np.testing.assert_array_equal(answers, np.where(truth(rows, axis=1), 1, -1))


def test_their_weights_are_those_of_the_notes():
    for unit, bias in ((nn.AND(), -1.5), (nn.OR(), 1.5)):
        np.testing.assert_array_equal(unit[0].weight.numpy(), [[1, 1]])
        assert unit[0].bias.item() == bias


def test_not_and_xor():
    rows, answers = table(nn.NOT(), 1)
    np.testing.assert_array_equal(answers, np.where(rows[:, 0], -1, 1))
    rows, answers = table(nn.XOR(), 2)
    np.testing.assert_array_equal(answers, np.where(rows[:, 0] ^ rows[:, 1], 1, -1))


def test_no_single_unit_computes_xor():
    """Over a grid of weights and thresholds none does, as Minsky and Papert proved."""
    rows = np.array(list(product(TRUTH, repeat=2)))
    wanted = np.where(rows[:, 0] != rows[:, 1], 1, -1)
    grid = np.linspace(-2, 2, 17)
    for w1, w2, b in product(grid, grid, grid):
        assert (np.sign(rows @ [w1, w2] + b) != wanted).any()


def test_a_network_that_carves_a_region_that_is_not_convex():
    """An L: two rectangles."""
    sides = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])

    def rectangle(left, right, bottom, top):
        return sides, [-left, right, -bottom, top]

    network = nn.region([rectangle(0, 1, 0, 3), rectangle(0, 3, 0, 1)])
    points = np.random.default_rng(0).uniform(-1, 4, (500, 2))
    x, y = points.T
    inside = (x > 0) & (y > 0) & (((x < 1) & (y < 3)) | ((x < 3) & (y < 1)))
    assert 0 < inside.sum() < 500
    np.testing.assert_array_equal(network(points).numpy()[:, 0], np.where(inside, 1, -1))


def test_linear_layers_collapse_to_one():
    model = nn.MLP([3, 5, 4, 2], activation=None, dtype=float)
    single = nn.collapsed(model)
    x = np.random.default_rng(1).normal(size=(6, 3))
    np.testing.assert_allclose(single(x).numpy(), model(x).numpy(), rtol=1e-12)
    without = nn.collapsed(nn.Sequential(nn.Linear(3, 2, bias=False)))
    np.testing.assert_array_equal(without.bias.numpy(), [0, 0])
    with pytest.raises(ac.OperationError, match=r"Linear layers only.*Tanh"):
        nn.collapsed(nn.Sequential(nn.Linear(2, 2), nn.Tanh()))


def test_complaints():
    with pytest.raises(ac.ShapeError, match=r"\(1, 2\) and \(2,\)"):
        nn.perceptron([1.0, 2.0], [0.0, 0.0])
    with pytest.raises(ac.ShapeError, match=r"different dimensions \[1, 2\]"):
        nn.region([([[1.0, 2.0]], [0.0]), ([[1.0]], [0.0])])
    with pytest.raises(ac.OperationError, match="at least one"):
        nn.region([])
    with pytest.raises(ac.OperationError, match="AND: inputs"):
        nn.AND(0)


def test_a_network_of_sign_units_is_recorded_and_has_gradient_zero():
    x = ac.Tensor([[1.0, -1.0]], requires_grad=True)
    y = nn.XOR()(x)
    assert "sign" in ac.draw(y).source
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0.0, 0.0]])


def test_one_bias_for_several_units_and_one_layer_to_collapse():
    unit = nn.perceptron(np.eye(2), -0.5)
    assert unit(np.array([1.0, 0.0])).tolist() == [1, -1]
    layer = nn.Linear(2, 3)
    np.testing.assert_allclose(nn.collapsed(layer).weight.numpy(), layer.weight.numpy())
