"""What every operation must do, checked for each sample in `samples.py`.

The counts of operations and checks are printed at the end of the test run.
"""

import operator

import numpy as np
import pytest
from samples import (
    CASES,
    CONSTANT_CASES,
    DIFFERENTIABLE,
    REFERENCES,
    WITHOUT_REFERENCE,
    WITHOUT_SAMPLES,
    elementwise_samples,
)

from autograd_core import Primitive, Tensor, UnsupportedError, jvp, vjp
from autograd_core.extend import tree_leaves, tree_map
from autograd_core.gradcheck import gradcheck
from autograd_core.registry import NUMPY

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def leaves(tree):
    return [np.asarray(getattr(leaf, "_value", leaf)) for leaf in tree_leaves(tree)]


def assert_same(result, expected, rtol=1e-12):
    """The same values, shapes and dtypes."""
    result, expected = leaves(result), leaves(expected)
    assert len(result) == len(expected)
    for got, wanted in zip(result, expected, strict=True):
        assert got.shape == wanted.shape
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol)


def random_like(array, seed):
    random = np.random.default_rng(seed)
    values = random.standard_normal(array.shape)
    if array.dtype.kind == "c":
        values = values + 1j * random.standard_normal(array.shape)
    return values.astype(array.dtype)


def inner(a, b):
    """Re<a, b>."""
    return sum(np.sum(np.conj(x) * y).real for x, y in zip(leaves(a), leaves(b), strict=True))


def single(array):
    return array.astype("complex64" if array.dtype.kind == "c" else "float32")


def test_every_operation_has_samples_and_something_to_compare_with():
    assert not WITHOUT_SAMPLES, "add samples to samples.py"
    assert not WITHOUT_REFERENCE, "add them to REFERENCES in samples.py"


def test_samples_of_elementwise_operations_broadcast_and_cover_scalars_and_empty_arrays():
    binary = [[np.shape(arg) for arg in args] for args, _ in elementwise_samples("add")]
    assert [(), ()] in binary and [(3, 1), (1, 2)] in binary
    assert any(0 in np.broadcast_shapes(*shapes) for shapes in binary)


@every_case
def test_value_is_numpys(case):
    expected = case.expected(*case.variables)
    assert_same(case(*case.variables), expected)  # arrays in, arrays out
    tensors = [Tensor(variable, requires_grad=True) for variable in case.variables]
    result = case(*tensors)
    assert_same(result, expected)
    assert all(isinstance(leaf, Tensor) for leaf in tree_leaves(result))
    assert any(leaf.requires_grad for leaf in tree_leaves(result))  # places, counts: constants
    constant = case(*map(Tensor, case.variables))
    assert not any(leaf.requires_grad for leaf in tree_leaves(constant))


@every_case
def test_derivatives_agree_with_differences(case):
    """Reverse and forward mode, first and second order."""
    gradcheck(case, *case.variables, method=case.method, order=2).raise_if_failed()


@every_case
def test_forward_and_reverse_mode_are_adjoint(case):
    """Re<g, Jt> = Re<Jᵀg, t>."""
    primals = tuple(case.variables)
    tangents = tuple(random_like(primal, k) for k, primal in enumerate(primals))
    value, pull = vjp(case, *primals)
    _, pushed = jvp(case, primals, tangents)
    cotangent = tree_map(lambda y: random_like(np.asarray(y), 7), value)
    pulled = pull(cotangent)
    for primal, gradient in zip(primals, pulled, strict=True):
        assert np.shape(gradient) == primal.shape and gradient.dtype == primal.dtype
    np.testing.assert_allclose(
        inner(cotangent, pushed), inner(pulled, tangents), rtol=1e-9, atol=1e-9
    )


@every_case
def test_float32_stays_float32(case):
    """Value, gradients and tangents; and no rule makes the detour through float64."""
    if case.name in ("astype", "np.astype"):
        pytest.skip("changes the dtype on purpose")
    primals = tuple(map(single, case.variables))
    expected = case.expected(*primals)
    tensors = [Tensor(primal, requires_grad=True) for primal in primals]
    result = case(*tensors)
    for got, wanted in zip(tree_leaves(result), leaves(expected), strict=True):
        # A reference of our own may compute in float64; NumPy's dtype is the one to have.
        ours = case.name in REFERENCES
        assert got.dtype == (single(wanted).dtype if ours else wanted.dtype)
    value, pull = vjp(case, *primals)
    _, pushed = jvp(case, primals, primals)
    for gradient, primal in zip(pull(value), primals, strict=True):
        assert gradient.dtype == primal.dtype
    for tangent, y in zip(leaves(pushed), leaves(value), strict=True):
        assert tangent.dtype == y.dtype
    if isinstance(case.function, Primitive) and all(y.dtype.itemsize < 16 for y in leaves(value)):
        several = isinstance(result, tuple)
        node = result[0].node.parents[0] if several else result.node
        g = tree_map(lambda y: np.ones(y.shape, y.dtype), result)
        narrow = all(y.dtype in ("float32", "complex64") for y in leaves(result))
        for k, parent in enumerate(node.parents):
            pull = node.primitive.pulls[k if k < len(node.primitive.pulls) else 0]
            if parent is not None and pull is not None and narrow:
                assert pull(g, node.saved, node, k).dtype in ("float32", "complex64")


@every_case
def test_float32_derivatives_are_right(case):
    gradcheck(case, *map(single, case.variables)).raise_if_failed()


@pytest.mark.parametrize("case", [c for c in CASES if c.name in DIFFERENTIABLE], ids=str)
def test_numpys_names_reach_the_operation(case):
    arguments = case.filled([Tensor(variable, requires_grad=True) for variable in case.variables])
    if not any(isinstance(arg, Tensor) for arg in tree_leaves(arguments)):
        return  # NumPy's protocols see nothing of ours
    expected = case(*case.variables)
    for alias in filter(None, case.function.numpy):
        assert NUMPY[alias] is case.function
        options = dict(case.options)
        if isinstance(alias, tuple):
            alias = getattr(*alias)
            options.setdefault("axis", None)
        elif alias is np.reshape:
            options.pop("copy", None)
        result = alias(*arguments, **options)
        assert_same(result, expected)
        assert all(leaf.requires_grad for leaf in tree_leaves(result) if leaf.dtype.kind in "fc")


@pytest.mark.parametrize("case", CONSTANT_CASES, ids=str)
def test_functions_without_derivative_are_numpys_and_leave_the_graph(case):
    expected = case.expected(*case.args)
    tensors = case.filled([Tensor(variable, requires_grad=True) for variable in case.variables])
    tensors = [Tensor(arg) if isinstance(arg, np.ndarray) else arg for arg in tensors]
    aliases = [alias for alias in case.function.numpy if "numpy" in type(alias).__module__]
    for function in (case.function, *aliases):
        result = function(*tensors, **case.options)
        assert [leaf.tolist() for leaf in leaves(result)] == [
            leaf.tolist() for leaf in leaves(expected)
        ]
        for leaf in tree_leaves(result):
            assert not getattr(leaf, "requires_grad", False)


ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
LOGIC = ["and_", "or_", "xor"]


@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS + LOGIC)
def test_operators_are_numpys_with_arrays_and_python_numbers_on_either_side(name):
    apply = getattr(operator, name)
    if name in LOGIC:
        array, others = np.array([True, False]), [np.array([False, False]), True]
    else:
        array, others = np.array([1.5, 4.0]), [np.array([3.0, 2.0]), 2, 2.5, np.float64(2.5)]
    for other in others:
        assert_same(apply(Tensor(array), other), apply(array, other))
        assert_same(apply(other, Tensor(array)), apply(other, array))
        assert_same(apply(Tensor(array), Tensor(other)), apply(array, np.asarray(other)))


def test_unsupported_arguments_of_numpy_functions_are_named():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    for call in (
        lambda: np.clip(x, 0, 1, dtype=np.float32),
        lambda: np.reshape(x, (3, 2), order="A"),
    ):
        with pytest.raises(UnsupportedError):
            call()
