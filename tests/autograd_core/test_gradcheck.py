"""The gradient checker itself: it passes what is right, fails what is wrong and says where."""

from collections import namedtuple

import numpy as np
import pytest

from autograd_core import Tensor, elementwise, errors, linear, relu
from autograd_core.gradcheck import GradcheckError, gradcheck, gradcheck_variables

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3))
W = RNG.standard_normal((3, 2))


@pytest.fixture
def wrong_sin():
    """sin with the derivative 2 cos."""
    return elementwise(lambda x: 2 * np.cos(x), name="wrong_sin")(lambda x: np.sin(x))


@pytest.fixture
def wrong_in_one():
    """The identity, except that element 700 of the cotangent (not of the tangent) is lost."""

    def transpose(g):
        return g * (np.arange(g.size).reshape(g.shape) != 700)

    return linear(transpose, name="wrong_in_one")(lambda x: x + 0.0)


# -- what is right passes ------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["central", "complex"])
def test_right_derivatives_pass_to_second_order(method):
    report = gradcheck(lambda x, w: np.tanh(x @ w), X, W, method=method, order=2)
    assert report, report
    # 4 outputs by 6 inputs, then 12 entries of the gradient by 6; two inputs, two modes
    assert [check.compared for check in report.checks] == [24, 24] * 2 + [72, 72] * 2
    assert report.worst < (1e-12 if method == "complex" else 1e-8)


def test_containers_of_inputs_and_outputs():
    Point = namedtuple("Point", "x y")

    def f(point, weights, scale):
        return {"a": point.x * weights["w"][0], "b": (point.y * scale, np.argmax(point.y))}

    report = gradcheck(f, Point(X, X), {"w": [2.0 + X]}, 3, order=2)
    assert report, report
    assert [check.input for check in report.checks[:4]] == [
        "point.x", "point.y", "weights['w'][0]", "scale"
    ]  # fmt: skip


def test_complex_inputs_and_outputs():
    z = X + 1j * X[::-1]
    assert gradcheck(lambda z, x: np.exp(z * x) * np.conj(z), z, X, order=2)
    assert gradcheck(lambda z: np.sum(np.real(z * z * np.conj(z))), z)


def test_tensors_python_numbers_and_empty_arrays():
    assert gradcheck(lambda x, a: x * a, Tensor(X, requires_grad=True), 2.0)
    report = gradcheck(lambda x: x * 2, np.zeros((0, 3)))
    assert report and "no elements" in str(report)


def test_float32_is_checked_by_differences_in_double():
    report = gradcheck(lambda x: np.sum(np.exp(x)), X.astype("float32"))
    assert report
    assert report.worst < 1e-6  # differences in float32 would be off by 1e-3
    assert "x (float32)" in str(report) and report.rtol > 1e-4


def test_large_inputs_and_outputs_use_random_directions():
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x)

    report = gradcheck(f, np.linspace(0, 1, 5000), directions=3)
    assert report
    assert [check.compared for check in report.checks] == [9, 9]
    assert len(calls) < 20


# -- what is wrong fails, and says where ---------------------------------------------------------


def test_failure_names_input_index_expected_got_and_errors(wrong_sin):
    report = gradcheck(lambda a, b: a + np.stack([b[0], wrong_sin(b[1])]), X, X)
    assert not report and not report.ok
    assert {(f.input, f.index, f.output) for f in report.failures} == {
        ("b", (1, j), f"output[1, {j}]") for j in range(3)
    }
    assert {f.mode for f in report.failures} == {"reverse", "forward"}
    for failure in report.failures:
        cosine = np.cos(X[failure.index])
        assert failure.expected == pytest.approx(cosine, rel=1e-6)
        assert failure.got == pytest.approx(2 * cosine)
        assert failure.absolute == pytest.approx(abs(cosine), rel=1e-6)
        assert failure.relative == pytest.approx(0.5, rel=1e-6)
    worst = report.failures[0]
    assert f"d {worst.output} / d b[1, {worst.index[1]}]" in str(report)
    assert f"{worst.got:.9g}" in repr(report) and "0.5" in str(worst)
    with pytest.raises(GradcheckError, match=r"6 of 144 derivatives are wrong"):
        report.raise_if_failed()
    assert issubclass(GradcheckError, AssertionError | errors.AutogradError)


@pytest.mark.parametrize("scalar", [True, False])
def test_failure_in_a_large_input_is_narrowed_to_its_element(wrong_in_one, scalar):
    f = (lambda x: np.sum(wrong_in_one(x) ** 2)) if scalar else wrong_in_one
    report = gradcheck(f, np.full((20, 50), 3.0))
    worst = report.failures[0]
    assert (worst.mode, worst.index) == ("reverse", (14, 0))
    assert worst.got == 0
    if scalar:
        assert worst.expected == pytest.approx(6)


def test_only_the_wrong_mode_fails(wrong_in_one):
    report = gradcheck(wrong_in_one, np.ones(1000), modes="forward")
    assert report and [check.mode for check in report.checks] == ["forward"]
    assert not gradcheck(wrong_in_one, np.ones(1000), modes=("reverse",))


def test_second_order_finds_what_first_order_cannot():
    def value_is_right_gradient_is_frozen(x):
        return x * x.detach() * 2 - (x * x).detach()  # x², 2x; but (2x)' is lost

    report = gradcheck(value_is_right_gradient_is_frozen, X, modes=("reverse",), order=2)
    assert {f.order for f in report.failures} == {2}
    assert report.failures[0].expected != 0
    assert report.failures[0].got == 0


def test_kink_explains_itself():
    report = gradcheck(relu, np.array([1.0, 0.0, -1.0]))
    assert {(f.index, f.expected, f.got) for f in report.failures} == {((1,), 0.5, 0.0)}
    assert "left (0)" in str(report) and "right (1)" in str(report) and "kink" in str(report)


def test_a_kink_within_the_step_is_stepped_around():
    near = gradcheck(relu, np.array([1e-6, -1e-6]))
    assert near.eps > 1e-6 and near.ok and near.worst < 1e-8


def test_a_wrong_rule_is_not_blamed_on_a_kink(wrong_sin):
    report = gradcheck(wrong_sin, np.linspace(-3, 3, 7))
    assert len(report.failures) == 14
    assert not any(failure.hint for failure in report.failures)


def test_non_deterministic_function_is_named_as_such():
    report = gradcheck(lambda x: x * RNG.random(), X)
    assert not report
    assert "not deterministic" in str(report) and not report.checks


def test_non_finite_values_and_edges_of_the_domain():
    report = gradcheck(np.log, np.array([1.0, 0.0]))
    assert not report
    assert "1 of 2 values are not finite" in str(report) and "[1] = -inf" in str(report)
    edge = gradcheck(np.sqrt, np.array([0.0]))
    assert "edge of its domain" in edge.failures[0].hint


def test_large_values_are_noted_and_do_not_fail():
    report = gradcheck(lambda x: x + 1e9, X)
    assert report and "rounding makes differences uncertain" in str(report)
    assert not gradcheck(lambda x: x + 1e9, X, method="complex").notes


def test_error_inside_one_mode_is_reported():
    def refuse(x):
        raise RuntimeError("no such rule")

    operation = elementwise(refuse, name="refusing")(lambda x: x + 0.0)
    report = gradcheck(operation, X, modes=("forward",))
    assert not report and "forward mode (order 1) raised RuntimeError: no such rule" in str(report)


def test_function_that_mutates_its_argument_does_not_change_the_callers_array():
    def f(x):
        x[0] = x[0] * 2
        x += 1.0
        return x

    before = X.copy()
    assert gradcheck(f, X)
    assert np.array_equal(X, before)


# -- what cannot be checked is an error ----------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: gradcheck(np.sin, np.arange(3)), errors.DTypeError, "int64"),
        (lambda: gradcheck(lambda p: p["n"], {"n": np.arange(3)}), errors.DTypeError, r"p\['n'\]"),
        (lambda: gradcheck(np.sin, True), errors.DTypeError, "bool"),
        (lambda: gradcheck(np.argmax, X), errors.DTypeError, "nothing that can be differentiated"),
        (lambda: gradcheck(lambda: 1.0), errors.ArgumentTypeError, "no input"),
        (lambda: gradcheck(np.sin, X, method="forward"), errors.OperationError, "'central'"),
        (lambda: gradcheck(np.sin, X, modes=("backward",)), errors.OperationError, "modes"),
        (lambda: gradcheck(np.sin, X, order=3), errors.OperationError, "order"),
        (lambda: gradcheck(np.sin, X + 1j, method="complex"), errors.ArgumentTypeError, "real"),
        (
            lambda: gradcheck(lambda x: x * 1j, X, method="complex"),
            errors.ArgumentTypeError,
            "real results",
        ),
        (
            lambda: gradcheck(np.hypot, X, X, method="complex"),
            errors.ArgumentTypeError,
            "does not accept; use method='central'",
        ),
    ],
)
def test_bad_input_raises(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_complex_step_of_a_non_analytic_function_says_so():
    report = gradcheck(np.abs, X, method="complex")
    assert not report and "not analytic" in report.failures[0].hint


# -- variables -----------------------------------------------------------------------------------


def test_variables_by_name_and_by_key(wrong_sin):
    w = Tensor(W, requires_grad=True, name="weight")
    b = Tensor(np.zeros(2, "float32"), requires_grad=True)
    assert gradcheck_variables(lambda: np.sum(np.tanh(X @ w + b)), [w, b], order=2)
    report = gradcheck_variables(lambda: X @ w + wrong_sin(b), [w, b])
    assert {f.input for f in report.failures} == {"variable 1"}
    report = gradcheck_variables(lambda: wrong_sin(X @ w) + b, {"layer.w": w, "layer.b": b})
    assert {f.input for f in report.failures} == {"layer.w"}
    report = gradcheck_variables(lambda: wrong_sin(w), w)
    assert {f.input for f in report.failures} == {"weight"}


def test_variables_are_left_as_they_were_even_after_an_exception():
    w = Tensor(W, requires_grad=True)
    s = Tensor(0.1, requires_grad=True)
    recorded = np.sum(w * w * s)  # a graph from before
    memory, bits, node = w._value, w.numpy().tobytes(), w.node
    seen = []

    def loss():
        seen.append(w.numpy().copy())
        if len(seen) > 5:
            raise RuntimeError("out of luck")
        return np.sum(w * s)

    with pytest.raises(RuntimeError, match="out of luck"):
        gradcheck_variables(loss, [w, s])
    assert any(not np.array_equal(value, W) for value in seen)  # it did perturb
    assert gradcheck_variables(lambda: np.sum(w * s), [w, s])
    assert w._value is memory and w.numpy().tobytes() == bits and w.node is node
    assert w.grad is None and s.grad is None and s.item() == 0.1
    recorded.backward()
    assert np.allclose(w.grad.numpy(), 2 * W * 0.1)


def test_variables_must_be_variables():
    w = Tensor(W, requires_grad=True)
    for bad in (X, Tensor(X), w * 2):
        with pytest.raises(errors.ArgumentTypeError, match="variable 1 is not a variable"):
            gradcheck_variables(lambda: w, [w, bad])
    with pytest.raises(errors.OperationError, match="modes"):
        gradcheck_variables(lambda: w, [w], modes=("forward",))


def test_one_variable_given_twice_counts_once():
    w = Tensor(2.0, requires_grad=True)
    assert gradcheck_variables(lambda: w * w, {"first": w, "tied": w})
    assert w.item() == 2.0 and w.is_variable
