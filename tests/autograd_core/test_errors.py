"""Bad input: each mistake is a typed error that is also NumPy's, and says what to do."""

import math
import operator
import re

import numpy as np
import pytest
import scipy.special

import autograd_core as ac
from autograd_core import Dual, Tensor, errors, grad, jvp, no_grad, value_and_grad, vjp

V3 = np.array([1.0, 2.0, 3.0])


def label(value):
    """A test's name for a value: the same in each process, so without memory addresses."""
    return re.sub(r" at 0x\w+", "", repr(value))


def variable(data=V3, dtype=float):
    return Tensor(data, dtype, requires_grad=True)


def check(call, ours, builtin, text):
    with pytest.raises(ours, match=text) as caught:
        call()
    assert isinstance(caught.value, errors.AutogradError)
    assert isinstance(caught.value, builtin)


def test_every_error_is_ours_and_a_builtin():
    classes = [getattr(errors, name) for name in errors.__all__]
    for error in classes:
        assert issubclass(error, errors.AutogradError)
        assert getattr(ac, error.__name__) is error
        if error is not errors.AutogradError:
            assert issubclass(error, ValueError | TypeError | IndexError | RuntimeError)


MISTAKEN_CALLS = {
    "grad(f, x)": (lambda: grad(np.sin, 2.0)(V3), "argnums .* grad\\(f\\)\\(x\\)"),
    "grad of a number": (lambda: grad(3.0)(V3), "expected a function"),  # type: ignore
    "no function declared": (lambda: ac.elementwise(lambda y: y)(3.0), "function to declare"),
    "no rule": (lambda: ac.linear(2.0)(np.sum), "rule is a function"),  # type: ignore
    "masked data": (lambda: Tensor(np.ma.array(V3, mask=V3 > 1)), "mask"),
    "masked operand": (lambda: variable() * np.ma.array(V3, mask=V3 > 1), "mask"),
}


def test_constants_are_not_made_of_what_is_differentiated():
    t = variable()[0]
    for make in (lambda: ac.full((2,), t), lambda: ac.arange(t)):
        with pytest.raises(errors.AutogradError):
            make()


def test_weights_that_add_up_to_zero():
    check(lambda: np.average(variable(), weights=[1, -1, 0]),
          errors.ZeroWeightsError, ZeroDivisionError, "zero")  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_division_by_pythons_zero():
    x = variable()
    (x / 0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [np.inf] * 3)


@pytest.mark.parametrize("name", MISTAKEN_CALLS)
def test_mistaken_calls(name):
    call, text = MISTAKEN_CALLS[name]
    check(call, errors.ArgumentTypeError, TypeError, text)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_matrices_compute_as_arrays_do():
    x = variable(np.ones((2, 2)))
    matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    (x * matrix).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.asarray(matrix))


# -- shapes --------------------------------------------------------------------------------------

SHAPE_ERRORS = {
    "add": lambda x: x + np.ones(4),
    "radd": lambda x: np.ones(4) + x,
    "multiply": lambda x: x * Tensor(np.ones((4, 2))),
    "matmul": lambda x: x @ np.ones((2, 2)),
    "dot": lambda x: np.dot(x, np.ones(2)),
    "maximum": lambda x: np.maximum(x, np.ones(2)),
    "where": lambda x: np.where(np.ones(2, bool), x, x),
    "reshape": lambda x: x.reshape(2, 2),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2)),
    "concatenate": lambda x: np.concatenate([x, np.ones((2, 2))]),
    "stack": lambda x: np.stack([x, np.ones(2)]),
    "in place": lambda x: operator.iadd(x, np.ones((2, 3))),
    "setitem": lambda x: operator.setitem(x, slice(0, 2), np.ones(3)),
    "clip": lambda x: np.clip(x, np.ones(2), None),
}


@pytest.mark.parametrize("name", SHAPE_ERRORS)
@pytest.mark.parametrize("recorded", [True, False])
def test_shapes_that_do_not_fit(name, recorded):
    x = variable() * 1 if recorded else Tensor(V3)
    check(lambda: SHAPE_ERRORS[name](x), errors.ShapeError, ValueError, r"3")


def test_the_message_names_the_operation_and_both_shapes():
    with pytest.raises(errors.ShapeError) as caught:
        variable() * np.ones((2, 4))
    for part in ("multiply", "[3]", "[2, 4]", "float64"):
        assert part in str(caught.value)


AXIS_ERRORS = {
    "sum": lambda x: x.sum(axis=2),
    "mean": lambda x: x.mean(axis=-3),
    "max": lambda x: x.max(axis=2),
    "min": lambda x: np.min(x, axis=(0, 2)),
    "twice": lambda x: x.sum(axis=(0, 0)),
    "var": lambda x: x.var(axis=2),
    "std": lambda x: np.std(x, axis=2),
    "transpose": lambda x: x.transpose(0, 2),
    "transpose repeated": lambda x: x.transpose(1, 1),
    "transpose short": lambda x: np.transpose(x, (0,)),
    "swapaxes": lambda x: x.swapaxes(0, 2),
    "moveaxis": lambda x: np.moveaxis(x, 2, 0),
    "moveaxis repeated": lambda x: np.moveaxis(x, (0, 0), (0, 1)),
    "matrix_transpose": lambda x: x[0].mT,
    "squeeze": lambda x: x.squeeze(1),
    "squeeze missing": lambda x: x.squeeze(4),
    "expand_dims": lambda x: np.expand_dims(x, 7),
    "concatenate": lambda x: np.concatenate([x, x], axis=2),
    "stack": lambda x: np.stack([x, x], axis=4),
    "softmax": lambda x: ac.softmax(x, axis=2),
    "log_softmax": lambda x: ac.log_softmax(x, axis=2),
    "logsumexp": lambda x: ac.logsumexp(x, axis=2),
    "take": lambda x: np.take(x, 0, axis=2),
    "argmax": lambda x: np.argmax(x, axis=2),
}


@pytest.mark.parametrize("name", AXIS_ERRORS)
def test_axes_that_do_not_exist(name):
    x = variable(np.ones((2, 3)))
    check(lambda: AXIS_ERRORS[name](x), errors.AutogradError, ValueError, ".")


# -- dtypes and data -----------------------------------------------------------------------------

DTYPE_ERRORS = {
    "list": lambda: Tensor([1, 2], requires_grad=True),
    "bool": lambda: Tensor(True, requires_grad=True),
    "later": lambda: Tensor([1, 2]).requires_grad_(),
    "attribute": lambda: setattr(Tensor([1, 2]), "requires_grad", True),
    "grad": lambda: grad(np.sum)(np.array([1, 2])),
    "grad of a tensor": lambda: grad(np.sum)(Tensor([1, 2])),
    "grad of a bool": lambda: grad(np.sum)(True),
    "value_and_grad": lambda: value_and_grad(np.sum)([np.array([1, 2])]),
    "vjp": lambda: vjp(np.sum, np.array([1, 2])),
    "jvp": lambda: jvp(np.sum, (np.array([1, 2]),), (np.array([1, 2]),)),
    "uint8": lambda: Tensor(np.zeros(2, np.uint8), requires_grad=True),
    "into an integer tensor": lambda: operator.setitem(Tensor([1, 2]), 0, variable(1.0)),
    "complex result": lambda: grad(lambda x: x * 1j)(1.0),
}


@pytest.mark.parametrize("name", DTYPE_ERRORS)
def test_dtypes_that_cannot_be_differentiated(name):
    check(DTYPE_ERRORS[name], errors.DTypeError, TypeError, "float|real")


@pytest.mark.parametrize(
    "data",
    [
        [[1, 2], [3]],
        [[1.0], 2.0],
        "text",
        ["a", "b"],
        b"bytes",
        None,
        [None, 1.0],
        object(),
        {"a": 1},
        {1, 2},
        lambda: 1,
        np.array(["2020-01-01"], "M8[D]"),
        np.zeros(2, [("a", int)]),
        [1.0, [2.0, [3.0]]],
    ],
    ids=label,
)
@pytest.mark.parametrize("make", [Tensor, ac.as_tensor])
def test_data_that_is_not_numbers(make, data):
    with pytest.raises(errors.AutogradError, match="number"):
        make(data)
    with pytest.raises((TypeError, ValueError)):
        make(data)


@pytest.mark.parametrize("other", ["text", None, object(), {}, [["a"]]], ids=label)
@pytest.mark.parametrize("f", [operator.add, operator.mul, operator.pow, operator.matmul])
def test_operands_that_are_not_numbers(f, other):
    check(
        lambda: f(variable(), other), errors.AutogradError, (TypeError, ValueError), f.__name__[:3]
    )


# -- graph ---------------------------------------------------------------------------------------


def spent():
    y = (variable() ** 2).sum()
    y.backward()
    return y


def not_recorded():
    with no_grad():
        return variable().sum()


GRAPH_ERRORS = {
    "twice": (lambda: spent().backward(), "retain_graph=True"),
    "constant": (lambda: Tensor(1.0).backward(), "requires_grad"),
    "no_grad": (lambda: not_recorded().backward(), "no_grad"),
    "comparison": (lambda: (variable() > 0).sum().backward(), "requires_grad"),
    "grad of an intermediate": (lambda: setattr(variable() * 2, "grad", V3), "requires_grad"),
    "grad of a constant": (lambda: setattr(Tensor(V3), "grad", V3), "requires_grad"),
    "retain_grad of a constant": (lambda: Tensor(1.0).retain_grad(), "constant"),
    "constant again": (lambda: (variable() * 2).requires_grad_(False), r"detach\(\)"),
    "in-place on a variable": (lambda: operator.iadd(variable(), 1.0), r"no_grad\(\)"),
    "assignment to a variable": (lambda: operator.setitem(variable(), 0, 1.0), r"copy\(\)"),
}


@pytest.mark.parametrize("name", GRAPH_ERRORS)
def test_graph_errors(name):
    call, text = GRAPH_ERRORS[name]
    check(call, errors.GraphError, RuntimeError, text)


SEED_ERRORS = {
    "missing": (lambda y: y.backward(), r"sum\(\)"),
    "wrong size": (lambda y: y.backward(np.ones(2)), r"\(2,\).*\(3,\)|\(3,\).*\(2,\)"),
    "scalar": (lambda y: y.backward(1.0), r"\(3,\)"),
    "extra axis": (lambda y: y.backward(np.ones((1, 3))), r"\(3,\)"),
    "tensor": (lambda y: y.backward(Tensor(np.ones(4))), r"\(3,\)"),
    "for a scalar": (lambda y: y.sum().backward(np.ones(1)), r"\(1,\)"),
}


@pytest.mark.parametrize("name", SEED_ERRORS)
def test_seeds_that_do_not_fit(name):
    call, text = SEED_ERRORS[name]
    check(lambda: call(variable() * 2), errors.ShapeError, ValueError, text)


@pytest.mark.parametrize("seed", ["text", [[1.0], 2.0], ["a"] * 3])
def test_seeds_that_are_not_numbers(seed):
    with pytest.raises(errors.AutogradError):
        (variable() * 2).backward(seed)


def test_grad_of_a_vector_names_the_remedy():
    check(lambda: grad(np.sin)(V3), errors.ShapeError, ValueError, r"sum\(\)")


# -- leaving the graph by accident ----------------------------------------------------------------

CONVERSIONS = {
    "asarray": np.asarray,
    "array": np.array,
    "array of two": lambda t: np.array([t, t]),
    "asarray of a tuple": lambda t: np.asarray((t, 1.0)),
    "nested": lambda t: np.array([[t, 1.0], [2.0, t]]),
    "Tensor": Tensor,
    "Tensor of a list": lambda t: Tensor([t, t]),
    "as_tensor of a list": lambda t: ac.as_tensor([t, t]),
    "float": float,
    "int": int,
    "complex": complex,
    "float64": np.float64,
    "float32": np.float32,
    "math": math.sin,
    "slice": lambda t: operator.setitem(np.zeros(2), slice(None), t),
    "dtype": lambda t: np.asarray(t, np.float32),
    "linspace": lambda t: np.linspace(0.0, 1.0, 3) + np.array(t),
    "full": lambda t: np.full(2, t),
    "random": lambda t: np.random.default_rng(0).normal(t),
    "method": lambda t: np.ones(()).dot(t),
    "list plus": lambda t: np.ones(2) + np.array([t, t]),
    "round trip": lambda t: np.array(list(np.stack([t, t]))),
}


@pytest.mark.parametrize("name", CONVERSIONS)
@pytest.mark.parametrize("leaf", [True, False])
def test_recorded_tensors_do_not_become_plain_numbers(name, leaf):
    t = variable(0.5) if leaf else np.sin(variable(0.5))
    check(lambda: CONVERSIONS[name](t), errors.AutogradError, TypeError, "detach|out=")


@pytest.mark.parametrize("name", CONVERSIONS)
def test_duals_do_not_become_plain_numbers(name):
    with pytest.raises(TypeError):
        jvp(lambda x: CONVERSIONS[name](x), (0.5,), (1.0,))


@pytest.mark.parametrize("write", [lambda a, t: operator.setitem(a, 0, t), lambda a, t: a.fill(t)])
def test_writing_a_recorded_scalar_into_an_array(write):
    """NumPy hides our error behind its own here, as the cause."""
    for t in (variable(0.5), np.sin(variable(0.5)), Dual(0.5)):
        with pytest.raises((TypeError, ValueError)) as caught:
            write(np.zeros(2), t)
        assert isinstance(caught.value.__cause__ or caught.value, errors.ConversionError)


@pytest.mark.parametrize("name", ["asarray", "array", "float", "float64", "array of two", "math"])
def test_constants_become_plain_numbers(name):
    expected = CONVERSIONS[name](0.5)
    np.testing.assert_array_equal(CONVERSIONS[name](Tensor(0.5)), expected)


@pytest.mark.parametrize("shape", [(0,), (1,), (3,), (2, 3)], ids=str)
def test_arrays_of_recorded_vectors(shape):
    t = variable(np.ones(shape)) * 2
    for convert in (np.array, lambda t: np.array([t, t]), lambda t: np.array([[t], [t]])):
        with pytest.raises(errors.ConversionError, match="stack"):
            convert(t)


OUT_ERRORS = {
    "iadd": lambda a, t: operator.iadd(a, t),
    "imul": lambda a, t: operator.imul(a, t),
    "imatmul": lambda a, t: operator.imatmul(a, np.stack([t, t, t])),
    "ufunc": lambda a, t: np.exp(t, out=a),
    "binary": lambda a, t: np.add(a, t, out=a),
    "positional": lambda a, t: np.add(a, t, a),
    "sum": lambda a, t: np.sum(t, out=np.zeros(())),
    "concatenate": lambda a, t: np.concatenate([t], out=a),
    "stack": lambda a, t: np.stack([t], out=a[None]),
    "clip": lambda a, t: np.clip(t, 0, 1, out=a),
    "reduce": lambda a, t: np.add.reduce(t, out=np.zeros(())),
    "tensor as out": lambda a, t: np.add(a, a, out=Tensor(a)),
    "copyto": lambda a, t: np.copyto(a, t),
    "add.at": lambda a, t: np.add.at(a, [0, 1, 2], t),
    "put": lambda a, t: np.put(a, [0, 1, 2], t),
    "mean": lambda a, t: np.mean(t, out=np.zeros(())),
    "dot": lambda a, t: np.dot(t, t, out=np.zeros(())),
    "take": lambda a, t: np.take(t, [0, 1, 2], out=a),
}


@pytest.mark.parametrize("name", OUT_ERRORS)
@pytest.mark.parametrize("recorded", [True, False])
def test_writing_into_an_array_is_refused(name, recorded):
    array = np.ones(3)
    t = variable() * 1 if recorded else Tensor(V3)
    if not recorded and name == "put":
        pytest.skip("a constant may become an array")
    check(lambda: OUT_ERRORS[name](array, t), errors.AutogradError, TypeError, ".")
    assert array.tolist() == [1, 1, 1]


# -- what is not supported ------------------------------------------------------------------------

UNSUPPORTED = {
    "packbits": lambda t: np.packbits(t),
    "array2string": lambda t: np.savetxt("unused", t),
    "reduceat": lambda t: np.arctan2.reduceat(t, [0, 1]),
    "accumulate": lambda t: np.arctan2.accumulate(t),
    "at": lambda t: np.arctan2.at(t, [0], 1.0),
    "zeta": lambda t: scipy.special.pdtrc(t, t),
    "where=": lambda t: np.exp(t, where=np.array([True, False, True])),
    "dtype=": lambda t: np.add(t, 1.0, dtype=np.float32),
    "casting=": lambda t: np.add(t, 1.0, casting="no"),
    "clip dtype": lambda t: np.clip(t, 0, 1, dtype=np.float32),
    "unknown": lambda t: ac.sum(t, foo=1),
    "unknown of exp": lambda t: ac.exp(t, foo=1),
    "unknown of add": lambda t: ac.add(t, t, foo=1),
    "unknown of softmax": lambda t: ac.softmax(t, foo=1),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_is_refused(name):
    check(lambda: UNSUPPORTED[name](variable() * 1), errors.AutogradError, TypeError, ".")


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_is_refused_in_forward_mode(name):
    with pytest.raises(errors.AutogradError):
        jvp(UNSUPPORTED[name], (V3,), (V3,))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda t: np.packbits(t), "packbits.*detach"),
        (lambda t: np.arctan2.reduceat(t, [0, 1]), r"arctan2\.reduceat.*detach"),
        (lambda t: np.exp(t, where=True), "exp.*where"),
        (lambda t: np.exp(t, out=np.ones(3)), "exp.*out="),
    ],
)
def test_unsupported_names_the_function(call, text):
    check(lambda: call(variable()), errors.UnsupportedError, TypeError, text)


ARGUMENT_ERRORS = {
    "too few": lambda t: ac.add(t),
    "too many": lambda t: ac.multiply(t, t, t),
    "too many for sum": lambda t: ac.sum(t, 0, None, False, 1, 2, 3, 4),
    "twice": lambda t: ac.sum(t, 0, axis=0),
    "missing option": lambda t: ac.reshape(t),
    "none": lambda t: ac.exp(),
}


@pytest.mark.parametrize("name", ARGUMENT_ERRORS)
def test_wrong_number_of_arguments(name):
    with pytest.raises(TypeError):
        ARGUMENT_ERRORS[name](variable())


# -- indices -------------------------------------------------------------------------------------

BAD_INDICES = [3, -4, "a", 1.5, (0, 0), [0, 5], np.array([True, False]), (0, ...) * 2, {}]


@pytest.mark.parametrize("index", BAD_INDICES, ids=repr)
@pytest.mark.parametrize("recorded", [True, False])
def test_bad_indices(index, recorded):
    t = variable() * 1 if recorded else Tensor(V3)
    check(lambda: t[index], errors.AutogradError, IndexError, ".")
    check(lambda: operator.setitem(t, index, 1.0), errors.AutogradError, IndexError, ".")
    assert t.tolist() == [1, 2, 3]


@pytest.mark.parametrize("make", [Tensor, variable, lambda a: Dual(a, a)])
def test_truth_of_many(make):
    with pytest.raises(ValueError, match="any"):
        bool(make(V3))


def test_item_of_many():
    check(lambda: Tensor(V3).item(), errors.ShapeError, ValueError, r"\(3,\)")
    check(lambda: float(Tensor(V3)), errors.AutogradError, (TypeError, ValueError), r"\(3,\)")


# -- values that were overwritten ------------------------------------------------------------------

OVERWRITES = {
    "isub": lambda w: operator.isub(w, 1.0),
    "setitem": lambda w: operator.setitem(w, 0, 9.0),
    "slice": lambda w: operator.setitem(w, slice(None), 9.0),
    "data": lambda w: setattr(w, "data", w.numpy() + 1),
    "imul": lambda w: operator.imul(w, 2.0),
}
SAVERS = {
    "square": lambda w: (w * w).sum(),
    "sin": lambda w: np.sin(w).sum(),
    "power": lambda w: (w**3).sum(),
    "transpose": lambda w: (w.T @ w.T).sum(),
    "reshape": lambda w: (w.reshape(-1) * w.reshape(-1)).sum(),
    "slice": lambda w: (w[:1] * w[1:]).sum(),
    "row": lambda w: w[0] @ w[1],
    "broadcast": lambda w: (np.broadcast_to(w, (3, 2, 2)) ** 2).sum(),
    "iteration": lambda w: sum((row * row).sum() for row in w),
    "expand": lambda w: (w[None] * 3.0 * w[None]).sum(),
    "squeeze": lambda w: np.sin(np.squeeze(w[None] + 0 * w) * w).sum(),
}


@pytest.mark.parametrize("save", SAVERS.values(), ids=SAVERS)
@pytest.mark.parametrize("overwrite", OVERWRITES.values(), ids=OVERWRITES)
def test_overwriting_a_saved_variable(save, overwrite):
    w = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="weight")
    loss = save(w)
    with no_grad():
        overwrite(w)
    check(loss.backward, errors.InPlaceError, RuntimeError, "weight.*overwritten")
    assert w.grad is None
    fresh = save(w)
    fresh.backward()
    again = Tensor(w.numpy(), requires_grad=True)
    save(again).backward()
    np.testing.assert_array_equal(w.grad.numpy(), again.grad.numpy())


@pytest.mark.parametrize("overwrite", OVERWRITES.values(), ids=OVERWRITES)
def test_overwriting_a_saved_scalar_is_an_error_or_harmless(overwrite):
    w = variable(2.0)
    loss = w * w
    with no_grad():
        for _ in range(2):
            try:
                overwrite(w)
            except errors.AutogradError:  # a scalar has no elements to index
                w.data = 7.0
    try:
        loss.backward()
    except errors.InPlaceError:
        return
    assert w.grad.item() == 4


HARMLESS = {
    "add": lambda w: (w + 1).sum(),
    "constant factor": lambda w: (w * 2.0).sum(),
    "array factor": lambda w: (w * np.full((2, 2), 2.0)).sum(),
    "exp of a sum": lambda w: np.exp(w - w).sum() + w.sum(),
    "list condition": lambda w: np.where([True, False], w, 0.0).sum(),
    "indexing": lambda w: w[[0, 0], [1, 1]].sum() + w[0].sum(),
    "matmul": lambda w: (w @ np.ones(2)).sum(),
    "power 1": lambda w: (np.sqrt((w * 1) * 4.0) * 0).sum() + w.mean(),
    "clip": lambda w: (np.clip(w + 0, None, 100.0)).sum(),
    "concatenate": lambda w: np.concatenate([w, w, np.ones((1, 2))]).sum(),
}


@pytest.mark.parametrize("f", HARMLESS.values(), ids=HARMLESS)
def test_overwriting_a_variable_that_was_not_saved_is_fine(f):
    value = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = grad(f)(value)
    w = Tensor(value, requires_grad=True)
    loss = f(w)
    with no_grad():
        w -= 0.5
    loss.backward()
    np.testing.assert_allclose(w.grad.numpy(), expected)


HIDDEN = {
    "detach": lambda w: w.detach(),
    "view of detach": lambda w: w.detach().T,
    "numpy": lambda w: w.numpy(),
    "data": lambda w: w.data,
    "tensor of numpy": lambda w: ac.as_tensor(w.numpy()),
    "view in no_grad": lambda w: quietly(lambda: w.T),
    "slice in no_grad": lambda w: quietly(lambda: w[:, ::-1]),
    "real in no_grad": lambda w: quietly(lambda: w.real),
}


def quietly(f):
    with no_grad():
        return f()


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("overwrite", OVERWRITES.values(), ids=OVERWRITES)
def test_overwriting_what_another_graph_saved_as_a_constant(hide, overwrite):
    """The graph does not contain the variable, only its memory: an error or the right answer."""
    w = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    hidden = hide(w)
    expected = np.array(hidden)
    loss = (x * hidden).sum()
    with no_grad():
        overwrite(w)
    try:
        loss.backward()
    except errors.InPlaceError:
        return
    np.testing.assert_array_equal(x.grad.numpy(), expected)


ARRAY_USES = {
    "multiply": lambda x, a, i, m: (x * a).sum(),
    "divide": lambda x, a, i, m: (x / a).sum(),
    "rdivide": lambda x, a, i, m: (a / x).sum(),
    "power": lambda x, a, i, m: (x**a).sum(),
    "matmul": lambda x, a, i, m: x @ a,
    "rmatmul": lambda x, a, i, m: a @ x,
    "dot": lambda x, a, i, m: np.dot(a, x),
    "where": lambda x, a, i, m: np.where(m, x, a).sum(),
    "clip": lambda x, a, i, m: (np.clip(x, a, None) * 2).sum(),
    "maximum": lambda x, a, i, m: np.maximum(x, a - 1).sum() + np.maximum(x, a).sum(),
    "index": lambda x, a, i, m: (x[i] * 2).sum(),
    "index in tuple": lambda x, a, i, m: (x[i, None] * 2).sum(),
    "mask": lambda x, a, i, m: (x[m] * 2).sum(),
    "take": lambda x, a, i, m: np.take(x, i).sum(),
    "set": lambda x, a, i, m: written(x, i, a[: len(i)]),
    "set mask": lambda x, a, i, m: written(x, m, 5.0),
    "arctan2": lambda x, a, i, m: np.arctan2(x, a).sum(),
    "logaddexp": lambda x, a, i, m: np.logaddexp(x, a).sum(),
}


def written(x, index, value):
    y = x * 1
    y[index] = value
    return (y * y).sum()


@pytest.mark.parametrize("use", ARRAY_USES.values(), ids=ARRAY_USES)
@pytest.mark.parametrize("how", ["variable", "grad", "list"])
def test_changing_a_users_array_after_it_was_used(use, how):
    """No alias of a NumPy array (or index list) can change a saved value behind the graph."""
    a, i, m = np.array([2.0, 3.0, 5.0]), np.array([0, 0, 2]), np.array([True, False, True])
    expected = grad(lambda x: use(x, a, i, m))(V3)
    a2, i2, m2 = a.copy(), i.copy(), m.copy()

    def spoil(a, i, m):
        a[:], i[:], m[:] = [7.0] * 3, [1] * 3, [False, True, False]

    if how == "list":
        i2, m2 = i.tolist(), m.tolist()
    if how == "grad":

        def f(x):
            y = use(x, a2, i2, m2)
            spoil(a2, i2, m2)
            return y

        g = grad(f)(V3)
    else:
        x = variable()
        y = use(x, a2, i2, m2)
        spoil(a2, i2, m2)
        y.backward()
        g = x.grad.numpy()
    np.testing.assert_allclose(g, expected)
