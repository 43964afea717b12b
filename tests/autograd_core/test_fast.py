"""The hot paths of elementwise operations do what `Primitive` does, to the last bit."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd_core import AutogradError, Dual, Tensor, no_grad, pow
from autograd_core.extend import value_of
from autograd_core.fast import Binary, Unary
from autograd_core.primitive import Primitive
from autograd_core.registry import REGISTRY

UNARY = [op for op in REGISTRY.values() if type(op) is Unary]
BINARY = [op for op in REGISTRY.values() if type(op) is Binary]


def called(operation, *operands):
    """The result of a call, or what it raised."""
    try:
        with np.errstate(all="ignore"):
            return operation(*operands)
    except AutogradError as error:
        return type(error), str(error)


def gradients(y, variables):
    """What backward gives each variable, or what it raised."""
    outcome = called(lambda: y.backward(np.ones(y.shape, y.dtype), retain_graph=True))
    found = [outcome, *(None if v.grad is None else v.grad.numpy() for v in variables)]
    for v in variables:
        v.grad = None
    return found


def assert_same(operation, *operands):
    """A call by the hot path and by `Primitive.__call__`: value, dtype, node, gradients."""
    mine, theirs = called(operation, *operands), called(twin(operation), *operands)
    if not isinstance(theirs, Tensor | Dual):
        if isinstance(theirs, tuple):
            assert isinstance(mine, tuple) and mine == theirs
        else:
            np.testing.assert_array_equal(mine, theirs)
        return
    assert type(mine) is type(theirs) and mine.dtype == theirs.dtype
    if isinstance(mine, Dual):
        np.testing.assert_array_equal(value_of(mine.primal), value_of(theirs.primal))
        np.testing.assert_array_equal(value_of(mine.tangent), value_of(theirs.tangent))
        return
    np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    assert (mine.node is None) == (theirs.node is None)
    if mine.node is not None and theirs.node is not None:
        assert mine.node.parents == theirs.node.parents
        kept = [[value is not None for value in node.saved] for node in (mine.node, theirs.node)]
        assert not any(kept[0]) or kept[0] == kept[1]
        variables = [x for x in operands if isinstance(x, Tensor) and x.requires_grad]
        np.testing.assert_equal(gradients(mine, variables), gradients(theirs, variables))


class Plain(Primitive):
    """The operation without the hot path."""

    twins: ClassVar[dict[str, Primitive]] = {}


def twin(operation):
    if operation.name not in Plain.twins:
        made = Plain(
            operation.function,
            operation.kind,
            operation.rules,
            numpy=None,
            name=operation.name,
            text=operation.text,
        )
        made.times = operation.times
        made.pulls = operation.pulls
        Plain.twins[operation.name] = made
    return Plain.twins[operation.name]


shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
dtypes = st.sampled_from([np.float64, np.float32, np.complex128, np.int64, np.bool_])


@st.composite
def arrays(draw, shape=shapes):
    dtype = draw(dtypes)
    elements = None
    if np.dtype(dtype).kind == "f":
        elements = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, np.inf, -np.inf, np.nan])
    if np.dtype(dtype).kind == "i":
        elements = st.integers(-3, 3)
    if np.dtype(dtype).kind == "c":
        elements = st.sampled_from([0j, 1 + 1j, -2 + 0.5j, 3 - 1j])
    return draw(hnp.arrays(dtype, shape, elements=elements))


@st.composite
def operands(draw, shape=shapes):
    """An array as it may come: bare, a constant, a variable, a Dual, a list, a number."""
    array = draw(arrays(shape))
    form = draw(st.sampled_from(["array", "constant", "variable", "dual", "list", "number"]))
    if form in ("variable", "dual") and array.dtype.kind not in "fc":
        form = "constant"
    match form:
        case "constant":
            return Tensor(array)
        case "variable":
            return Tensor(array, requires_grad=True)
        case "dual":
            return Dual(array, np.ones_like(array))
        case "list":
            return array.tolist()
        case "number":
            return draw(st.sampled_from([0, 1, -2, 0.5, 2.0, True, 1j]))
    return array


@pytest.mark.parametrize("operation", UNARY, ids=lambda op: op.name)
@settings(max_examples=8, deadline=None)
@given(x=operands())
def test_one_operand(operation, x):
    assert_same(operation, x)


@pytest.mark.parametrize("operation", BINARY, ids=lambda op: op.name)
@settings(max_examples=12, deadline=None)
@given(pair=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3), data=st.data())
def test_two_operands(operation, pair, data):
    a, b = (data.draw(operands(st.just(shape))) for shape in pair.input_shapes)
    assert_same(operation, a, b)


def test_nothing_is_recorded_without_a_gradient_mode():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        assert pow(x, 2).node is None and np.exp(x).node is None
