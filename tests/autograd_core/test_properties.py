"""Properties that hold for any index, any shapes that broadcast, any axes.

The expected gradients are found by bookkeeping: every element carries its number through the
same NumPy call, and contributions are counted by number.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_core as ac
from autograd_core import Tensor

settings.register_profile("engine", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("engine")

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
FULL_SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def numbered(shape):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


def collected(places, amounts, shape):
    """For each element of an array of `shape` the sum of the amounts at its number."""
    size = np.prod(shape, dtype=int)
    amounts = np.broadcast_to(amounts, np.shape(places))
    return np.bincount(np.ravel(places), np.ravel(amounts), size)[:size].reshape(shape)


@st.composite
def shapes_and_indices(draw):
    shape = draw(FULL_SHAPES)
    kinds = [
        hnp.basic_indices(shape, allow_newaxis=True),
        hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=3)),
        hnp.arrays(bool, shape),
        st.tuples(hnp.arrays(bool, shape[:1])),
        st.tuples(st.just(...), st.lists(st.integers(-shape[-1], shape[-1] - 1), max_size=4)),
    ]
    return shape, draw(st.one_of(kinds))


@given(shapes_and_indices())
def test_reading_any_index(case):
    shape, index = case
    x = Tensor(numbers(shape), requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.numpy(), x.numpy()[index])
    g = numbers(y.shape, 1)
    y.backward(g)
    np.testing.assert_allclose(x.grad.numpy(), collected(numbered(shape)[index], g, shape))


@given(shapes_and_indices(), st.data())
def test_writing_any_index_repeated_ones_included(case, data):
    shape, index = case
    selected = numbers(shape)[index].shape
    cut = data.draw(st.integers(0, len(selected)))  # the value may broadcast
    value = Tensor(numbers(selected[cut:], 2), requires_grad=True)
    x = Tensor(numbers(shape), requires_grad=True)
    y = x.copy()
    y[index] = value

    expected = x.numpy().copy()
    expected[index] = value.numpy()
    np.testing.assert_array_equal(y.numpy(), expected)

    author = np.full(shape, -1)  # whose value each element is; -1: x's own
    author[index] = numbered(value.shape)
    g = numbers(shape, 1)
    y.backward(g)
    np.testing.assert_array_equal(x.grad.numpy(), np.where(author == -1, g, 0))
    written = author >= 0
    np.testing.assert_allclose(
        value.grad.numpy(), collected(author[written], g[written], value.shape), atol=1e-15
    )


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0))
def test_broadcasting_is_undone_in_the_gradients(shapes):
    (left, right), shape = shapes.input_shapes, shapes.result_shape
    a, b = Tensor(numbers(left), requires_grad=True), Tensor(numbers(right, 1), requires_grad=True)
    y = a * b + a
    assert y.shape == shape
    g = numbers(shape, 2)
    y.backward(g)
    for operand, factor in [(a, b.numpy() + 1), (b, a.numpy())]:
        places = np.broadcast_to(numbered(operand.shape), shape)
        np.testing.assert_allclose(
            operand.grad.numpy(), collected(places, factor * g, operand.shape), atol=1e-12
        )


@st.composite
def reductions(draw):
    """Small integers (so that there are ties), an axis and keepdims."""
    x = draw(hnp.arrays(float, FULL_SHAPES, elements=st.integers(-2, 2).map(float)))
    axis = draw(st.none() | hnp.valid_tuple_axes(x.ndim, min_size=1) | st.integers(-1, 0))
    return x, axis, draw(st.booleans())


GRADIENTS = {
    "sum": lambda x, axis: np.ones_like(x),
    "mean": lambda x, axis: np.ones_like(x) / (x.size / np.mean(x, axis=axis).size),
    "max": lambda x, axis: ties(x == np.max(x, axis=axis, keepdims=True), axis),
    "min": lambda x, axis: ties(x == np.min(x, axis=axis, keepdims=True), axis),
    "var": lambda x, axis: (
        2 * (x - np.mean(x, axis=axis, keepdims=True)) * np.mean(x, axis=axis).size / x.size
    ),
}


def ties(tied, axis):
    return tied / np.sum(tied, axis=axis, keepdims=True)


@given(reductions(), st.sampled_from(sorted(GRADIENTS)))
def test_reductions_over_any_axes(case, name):
    values, axis, keepdims = case
    reduce = getattr(np, name)
    x = Tensor(values, requires_grad=True)
    y = reduce(x, axis=axis, keepdims=keepdims)
    expected = reduce(values, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-15)
    g = numbers(expected.shape, 1)
    y.backward(g)
    full = g if keepdims or axis is None else np.expand_dims(g, axis)
    np.testing.assert_allclose(
        x.grad.numpy(), full * GRADIENTS[name](values, axis), rtol=1e-12, atol=1e-12
    )


@given(SHAPES, st.data())
def test_moving_elements_moves_gradients_back(shape, data):
    x = Tensor(numbers(shape), requires_grad=True)
    order = data.draw(st.permutations(range(len(shape))))
    y = np.transpose(x, order).reshape(-1)[::-1]
    g = numbers(y.shape, 1)
    y.backward(g)
    places = np.transpose(numbered(shape), order).reshape(-1)[::-1]
    np.testing.assert_array_equal(x.grad.numpy(), collected(places, g, shape))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_softmax_family_is_consistent_and_finite(values):
    x = np.array(values)
    p = ac.softmax(x)
    np.testing.assert_allclose(np.sum(p), 1)
    np.testing.assert_allclose(np.exp(ac.log_softmax(x)), p, atol=1e-12)
    np.testing.assert_allclose(ac.grad(ac.logsumexp)(x), p, atol=1e-12)
    assert np.all(np.isfinite(ac.grad(lambda x: np.sum(ac.softmax(x) * x[::-1]))(x)))
