"""Copies and pickles of Tensors carry the graph behind them, whatever its depth."""

import copy
import pickle

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import GraphError, Tensor


def through_pickle(value):
    return pickle.loads(pickle.dumps(value))


both_ways = pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle])


def network():
    x = Tensor([0.5, -1.0, 2.0], requires_grad=True, name="x")
    values, vectors = np.linalg.eigh(np.outer(x, x) + np.diag(np.array([1.0, 2.0, 3.0])))
    return x, np.sum(np.exp(values) * x) + vectors[0, 0] ** 2 + np.tanh(x)[1]


@both_ways
def test_a_copied_graph_has_the_same_gradient_and_is_another_graph(duplicate):
    x, y = network()
    x2, y2 = duplicate((x, y))
    assert y2.item() == y.item()
    assert x2 is not x and x2.name == "x"
    y.backward()
    assert x2.grad is None
    y2.backward()
    np.testing.assert_array_equal(x2.grad.numpy(), x.grad.numpy())
    assert not np.shares_memory(x2.numpy(), x.numpy())


@both_ways
def test_a_graph_copied_alone_brings_its_variables(duplicate):
    x, y = network()
    y2 = duplicate(y)
    (leaf,) = [node for node in ac.topological_order([y2.node]) if node.primitive is None]
    y.backward()
    y2.backward()
    assert leaf.name == "x"
    np.testing.assert_array_equal(leaf.grad.numpy(), x.grad.numpy())


@both_ways
def test_saved_values_are_copied(duplicate):
    x = Tensor(np.ones(40), requires_grad=True)
    y = np.exp(x) * 2
    twin = duplicate(y)
    saved = [y.node.parents[0].saved, twin.node.parents[0].saved]
    assert not np.shares_memory(saved[0][1], saved[1][1])


@both_ways
def test_a_graph_whose_variable_is_gone(duplicate):
    def made_inside():
        v = Tensor(3.0, requires_grad=True, name="gone")
        return v * v

    y2 = duplicate(made_inside())
    y2.backward()
    (leaf,) = [node for node in ac.topological_order([y2.node]) if node.primitive is None]
    assert leaf.name == "gone"


@both_ways
def test_a_freed_graph_stays_freed(duplicate):
    _, y = network()
    y.backward()
    with pytest.raises(GraphError, match="retain_graph"):
        duplicate(y).backward()


@both_ways
def test_names_gradients_and_settings_stay(duplicate):
    x = Tensor([1.0, 2.0], requires_grad=True, name="weights")
    (x * x).sum().backward()
    middle = x * 3
    middle.name = "middle"
    middle.retain_grad()
    constant = Tensor([1, 2], name="data")
    x2, middle2, constant2 = duplicate((x, middle, constant))
    np.testing.assert_array_equal(x2.grad.numpy(), [2.0, 4.0])
    assert x2.is_variable and middle2.name == "middle" and constant2.name == "data"
    middle2.sum().backward()
    np.testing.assert_array_equal(middle2.grad.numpy(), [1.0, 1.0])
    np.testing.assert_array_equal(x2.grad.numpy(), [5.0, 7.0])
    assert not constant2.requires_grad and constant2.dtype == constant.dtype


@both_ways
def test_depth_has_no_limit(duplicate):
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    x2, y2 = duplicate((x, y))
    y2.backward()
    assert x2.grad.item() == pytest.approx(1.0001**20_000, rel=1e-9)
    assert len(repr(y2)) < 100


def test_copy_is_the_same_value_on_the_same_graph():
    x, y = network()
    z = copy.copy(y)
    assert z is not y and z.node is y.node
    z.backward()
    assert x.grad is not None
