"""x[i] = v and x += v are differentiable: the tensor becomes the result of a new node."""

import operator

import numpy as np
import pytest
import scipy.optimize

import autograd_core as ac
from autograd_core import (
    AutogradError,
    DTypeError,
    InPlaceError,
    ShapeError,
    Tensor,
    grad,
    jvp,
    no_grad,
    vjp,
)

X = np.array([1.0, 2.0, 3.0])


def variable(data=X):
    return Tensor(data, float, requires_grad=True)


# -- augmented assignment -------------------------------------------------------------------------

AUGMENTED = {
    "+=": (operator.iadd, operator.add),
    "-=": (operator.isub, operator.sub),
    "*=": (operator.imul, operator.mul),
    "/=": (operator.itruediv, operator.truediv),
    "**=": (operator.ipow, operator.pow),
}


@pytest.mark.parametrize("name", AUGMENTED)
@pytest.mark.parametrize(
    "value", [2.0, np.array([2.0, 3.0, 0.5]), Tensor([2.0]), lambda y: y, lambda y: y * y]
)
def test_augmented_assignment_equals_the_plain_operator(name, value):
    augmented, plain = AUGMENTED[name]

    pick = value if callable(value) else lambda x: value

    def in_place(x):
        y = x * 1
        y = augmented(y, pick(y))
        return (y * y).sum()

    def out_of_place(x):
        y = plain(x, pick(x))
        return (y * y).sum()

    np.testing.assert_allclose(grad(in_place)(X), grad(out_of_place)(X))
    t = np.array([1.0, -1.0, 2.0])
    np.testing.assert_allclose(jvp(in_place, (X,), (t,))[1], jvp(out_of_place, (X,), (t,))[1])


def test_matmul_in_place():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(x):
        y = x * 1
        y @= y
        return (y * a).sum()

    np.testing.assert_allclose(grad(f)(a), a @ a.T + a.T @ a)


def test_in_place_returns_the_same_object():
    x = variable() * 1
    y = x
    x += 1
    assert x is y and y.tolist() == [2, 3, 4]


def test_a_value_saved_before_the_change_keeps_its_gradient():
    x = variable()
    h = np.exp(x)
    loss = (h * h).sum()
    h += 100
    h[0] = 7
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp(2 * X))


def test_aliases_of_the_tensor_do_not_change():
    x = variable()
    h = x * 2
    view, copy, constant = h[:2], h.copy(), h.detach()
    h *= 10
    h[:] = 0
    assert view.tolist() == [2, 4] and copy.tolist() == constant.tolist() == [2, 4, 6]
    (view.sum() + copy.sum() + h.sum()).backward()
    assert x.grad.tolist() == [4, 4, 2]


def test_accumulating_in_a_loop():
    x = variable()
    total = Tensor(np.zeros(3))
    for n in range(5):
        total += x * n
    total.sum().backward()
    assert x.grad.tolist() == [10, 10, 10]


def test_a_python_number_accumulator():
    x = variable()
    total = 0.0
    for element in x:
        total += element * element
    total.backward()
    assert x.grad.tolist() == [2, 4, 6]


def test_iadd_on_an_element():
    x = variable()
    y = x * 1
    y[0] += y[1] * x[2]
    y[[0, 0]] *= 3.0  # NumPy's rule for repeated indices: the last write counts
    y.sum().backward()
    assert y.tolist() == [21, 2, 3]
    assert x.grad.tolist() == [3, 10, 7]


def test_shape_and_dtype_rules_are_numpys():
    x = variable() * 1
    with pytest.raises(ShapeError):
        x += np.ones((2, 3))
    with pytest.raises(DTypeError):
        x += 1j
    integer = Tensor([1, 2])
    with pytest.raises(TypeError):
        integer += 0.5
    narrow = Tensor(np.ones(2, np.float32)) * 1
    narrow += np.ones(2)
    assert narrow.dtype == np.float32
    assert x.tolist() == [1, 2, 3] and integer.tolist() == [1, 2]


# -- assignment ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [5.0, 5, [5.0, 6.0], np.array([5.0, 6.0]), Tensor([5.0, 6.0]), Tensor(5), True, np.float32(2)],
    ids=repr,
)
def test_assigning_constants(value):
    x = variable()
    y = x * 1
    y[:2] = value
    (y * y).sum().backward()
    assert x.grad.tolist() == [0, 0, 6]


def test_assigning_a_variable_into_a_constant():
    buffer, x = Tensor(np.zeros(3)), variable()
    for i in range(3):
        buffer[i] = x[i] ** 2
    assert buffer.requires_grad
    (buffer * [1.0, 10.0, 100.0]).sum().backward()
    assert x.grad.tolist() == [2, 40, 600]


def test_a_buffer_works_in_forward_mode_or_says_so():
    def f(x):
        buffer = Tensor(np.zeros(3))
        buffer[1] = x * x
        buffer += x
        return buffer.sum()

    assert grad(f)(2.0) == 7
    try:
        tangent = jvp(f, (2.0,), (1.0,))[1]
    except AutogradError:
        return
    assert tangent == 7


@pytest.mark.parametrize(
    ("index", "shape"),
    [
        (slice(0, 2), (1,)),
        (slice(0, 2), (1, 2)),
        (slice(0, 2), (1, 1)),
        (slice(0, 2), (1, 1, 1)),
        (slice(0, 2), ()),
        ([0, 2], (1, 1)),
        ([0, 0], (2,)),
        ([0, 0], (1,)),
        ([0, 0, 2, 0], ()),
        (0, (1,)),
        (..., (1, 3)),
        (np.array([True, False, True]), (1,)),
        (np.array([True, False, True]), (1, 1)),
    ],
)
def test_assigned_values_broadcast(index, shape):
    value = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    weights = np.array([1.0, 10.0, 100.0])

    def f(v):
        y = ac.as_tensor(X) * 1 if isinstance(v, np.ndarray | np.generic) else v.sum() * 0 + X
        y[index] = v
        return (y * weights).sum()

    def plain(v):
        y = X.copy()
        y[index] = v.reshape(shape)
        return y @ weights

    try:
        plain(value)
    except (TypeError, ValueError):
        pytest.skip("NumPy refuses")
    expected = scipy.optimize.approx_fprime(value.ravel(), plain).reshape(shape)
    np.testing.assert_allclose(grad(f)(value), expected, atol=1e-5)


def test_repeated_index_set_with_distinct_values():
    """Of x[[0, 0, 2]] = v the last write to each place counts."""

    def f(v):
        y = v.sum() * 0 + X
        y[[0, 0, 2]] = v
        return (y * [1.0, 10.0, 100.0]).sum()

    assert grad(f)(np.ones(3)).tolist() == [0, 1, 100]


def test_repeated_index_in_two_dimensions():
    index = ([0, 0, 1], [1, 1, 0])

    def f(x, v):
        y = x * 1
        y[index] = v
        return (y * [[1.0, 10.0], [100.0, 1000.0]]).sum()

    gx, gv = grad(f, (0, 1))(np.ones((2, 2)), np.ones(3))
    assert gx.tolist() == [[1, 0], [0, 1000]] and gv.tolist() == [0, 10, 100]


def test_overlapping_self_assignment():
    """NumPy reads the right side before it writes."""

    def f(x):
        y = x * 1
        y[1:] = y[:-1]
        y[:2] = y[1:]
        return (y * y * [1.0, 10.0, 100.0]).sum()

    # y = [x0, x0, x1], then [x0, x1, x1]
    assert grad(f)(X).tolist() == [2 * 1 * 1, 2 * 110 * 2, 0]


def test_swap():
    x = variable()
    y = x * 1
    y[0], y[2] = y[2], y[0]
    (y * [1.0, 10.0, 100.0]).sum().backward()
    assert x.grad.tolist() == [100, 10, 1]


def test_chain_of_assignments_second_order():
    def f(x):
        y = np.stack([x, x, x])
        y[1] = y[0] * y[2]
        y[2] *= y[1]
        return y[2]  # x^3

    assert grad(f)(2.0) == 12 and grad(grad(f))(2.0) == 12
    assert jvp(grad(f), (2.0,), (1.0,))[1] == 12
    assert grad(lambda x: jvp(f, (x,), (1.0,))[1])(2.0) == 12
    assert jvp(lambda x: jvp(f, (x,), (1.0,))[1], (2.0,), (1.0,))[1] == 12


def test_assigning_wider_values_keeps_the_dtype():
    y = Tensor(np.zeros(2, np.float32))
    x = variable([1.0, 2.0])
    y[:] = x
    assert y.dtype == np.float32
    (y * y).sum().backward()
    assert x.grad.dtype == np.float64 and x.grad.tolist() == [2, 4]


def test_differentiable_values_do_not_fit_integers():
    y = Tensor([0, 0])
    with pytest.raises(DTypeError, match="float"):
        y[0] = variable(1.5)
    assert y.tolist() == [0, 0] and not y.requires_grad
    with pytest.raises(AutogradError):
        jvp(lambda x: operator.setitem(y, 0, x), (1.5,), (1.0,))
    assert y.tolist() == [0, 0]


# -- variables -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda x: operator.iadd(x, 1.0),
        lambda x: operator.setitem(x, 0, 1.0),
        lambda x: operator.imul(x, x),
        lambda x: operator.setitem(x, slice(None), x * 2),
    ],
)
def test_variables_refuse_recorded_changes(change):
    x = variable()
    with pytest.raises(InPlaceError, match="no_grad"):
        change(x)
    assert x.tolist() == [1, 2, 3] and x.is_variable


def test_variables_inside_grad_may_be_changed():
    def f(x):
        x += x
        x[0] = 0
        return (x * x).sum()

    assert grad(f)(X).tolist() == [0, 16, 24]
    assert jvp(f, (X,), (np.ones(3),))[1] == 40
    assert grad(lambda x: jvp(f, (x,), (np.ones(3),))[1])(X).tolist() == [0, 8, 8]


def test_overwriting_a_variable_in_no_grad():
    x = variable()
    with no_grad():
        x -= 0.5
        x[0] = 10
        x *= 2
    assert x.is_variable and x.tolist() == [20, 3, 5]
    (x * x).sum().backward()
    assert x.grad.tolist() == [40, 6, 10]


def test_overwriting_keeps_shape_and_dtype():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    with no_grad():
        x -= np.ones(2) * 0.5
        with pytest.raises(ShapeError):
            x += np.ones((2, 2))
        with pytest.raises(TypeError):
            x += 1j
    assert x.dtype == np.float32 and x.tolist() == [0.5, 0.5]


def test_an_intermediate_changed_in_no_grad_keeps_earlier_gradients():
    x = variable()
    h = x * x
    loss = (h * h).sum()
    with no_grad():
        h += 100
    loss.backward()
    assert x.grad.tolist() == [4, 32, 108]


def test_training_loop_by_hand_matches_the_closed_form():
    w = variable([5.0])
    for _ in range(10):
        w.zero_grad()
        ((w - 2.0) ** 2).sum().backward()
        with no_grad():
            w -= 0.1 * w.grad
    assert w.item() == pytest.approx(2 + 3 * 0.8**10)


def test_the_retained_graph_of_a_pull_is_checked_too():
    w = variable()
    _, pull = vjp(lambda x: (x * w).sum(), X)
    with no_grad():
        w += 1
    try:
        (g,) = pull(1.0)
    except InPlaceError:
        return
    assert g.tolist() == [1, 2, 3]


def test_create_graph_checks_values_saved_by_the_backward_pass():
    """The second pass uses what the first saved: w, overwritten in between."""
    w, x = variable([2.0]), variable([3.0])
    (x * w * x).sum().backward(create_graph=True)  # dL/dx = 2 x w
    gx = x.grad
    x.grad = w.grad = None
    with no_grad():
        w += 1
    try:
        gx.backward()
    except InPlaceError:
        return
    finally:
        gx = None
    assert x.grad.tolist() == [4]
