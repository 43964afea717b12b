"""Derivatives checked against numerical ones: `gradcheck` and `gradcheck_variables`.

All inputs and outputs are packed into real vectors (a complex number counts as two real ones), so
the function under test is F: Rⁿ → Rᵐ with Jacobian J. Along directions v (one for each element;
random ones if there are many) and for cotangents u (likewise), three numbers must agree:
u·(Jv) by differences of F, (Jᵀu)·v by reverse mode and u·(Jv) by forward mode.

The differences, and how their step h is chosen, for machine epsilon ε:

central   (F(x + hv) - F(x - hv)) / 2h has an error of about h²F‴/6 + εF/h, least near h = ε^(1/3)
          (Nocedal & Wright, Numerical Optimization, 2nd ed. 2006, section 8.1). A disagreement is
          tested again with shorter steps, in case there is a kink within the first one.
complex   Im F(x + ihv) / h subtracts nothing, so h can be 1e-20 and the error is about ε; F must
          be analytic (Squire & Trapp, SIAM Review 40 (1998), 110-112)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd_core.array import plain_array, require_inexact
from autograd_core.errors import ArgumentTypeError, OperationError
from autograd_core.gradcheck.comparison import Run
from autograd_core.gradcheck.report import Failure, GradcheckReport
from autograd_core.gradcheck.vectors import Packing, VectorFunction, gradient_function
from autograd_core.tensor import Tensor
from autograd_core.transforms.arguments import as_operand
from autograd_core.tree import named_leaves, refilled

STEP = {"central": lambda precision: precision ** (1 / 3), "complex": lambda precision: 1e-20}
TOLERANCE = {"central": 0.4, "complex": 0.6}
"""The exponents that give the default rtol from machine epsilon: larger than the error of a
difference (ε^(2/3), ε), far smaller than that of a wrong rule. For float64: 5e-7 and 4e-10."""


@np.errstate(all="ignore")  # what is not finite is reported
def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    method: str = "central",
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    modes: Sequence[str] = ("reverse", "forward"),
    max_elements: int = 128,
    directions: int = 8,
    seed: int = 0,
    order: int = 1,
) -> GradcheckReport:
    """Check the derivatives of `f` at `inputs` against numerical ones.

    Args:
        f: takes the inputs; returns an array or number, or nested containers of them. It is
            called with Tensors and Duals and must give the same result each time.
        inputs: arrays, Tensors, Python floats, or nested lists, tuples and dicts of them, real
            or complex. For those of less than double precision, differences are in double.
        method: "central" differences, or "complex" step (far more accurate, but only for real
            inputs and analytic f).
        eps: the step, in units of max(1, |x|), rounded to a power of two.
        rtol, atol: a derivative is right if |expected - got| <= atol + rtol * the larger of the
            two. The defaults depend on the precision of the inputs; the effect of rounding errors
            in f's values is tolerated in addition.
        modes: which of "reverse" and "forward" to check.
        max_elements: an input or an output with more elements than this is checked along
            `directions` random directions, and a failure is then narrowed down to one element.
        seed: for the random directions.
        order: 2 also checks the second derivatives, as derivatives of the gradient of f (of a
            random combination of its outputs, if there are several).

    Returns:
        A report. A wrong derivative is reported, never raised: see `raise_if_failed`.

    Raises:
        DTypeError: an input is an integer array, or no result of f is floating or complex.
        ArgumentTypeError: there is no input, or f or its inputs do not allow the complex step.
        OperationError: the method, a mode or the order is unknown.

    >>> bool(gradcheck(np.sin, np.array([0.0, 1.0])))
    True
    """
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    require(method in STEP, f"method is 'central' or 'complex', got {method!r}")
    require(set(modes) <= {"reverse", "forward"} and len(modes) > 0, f"unknown modes {modes!r}")
    require(order in (1, 2), f"order is 1 or 2, got {order!r}")
    require(max_elements > 0 and directions > 0, "max_elements and directions must be positive")
    function = vector_function(f, inputs, method)
    report = new_report(function, method, eps, rtol, atol)
    for k in range(1, order + 1):
        if k == 2:
            function = gradient_function(function, np.random.default_rng(seed), method)
        run = Run(function, report, k, modes, np.random.default_rng(seed))
        run.check(max_elements, directions)
    report.failures.sort(key=Failure.rank)
    return report


def gradcheck_variables(f: Callable[[], Any], variables: Any, **options: Any) -> GradcheckReport:
    """Check the derivatives of `f()` with respect to variables, such as a model's parameters.

    Args:
        f: takes no argument; returns a loss (or any arrays) computed from the variables.
        variables: Tensors with requires_grad=True, in a list (failures call them by their
            `name`) or a dict (by its keys; for example `dict(model.named_parameters())`).
        options: those of `gradcheck`. Only reverse mode can be checked.

    While it runs, the variables hold perturbed values, so no other thread should use them.
    Their own memory, gradients and graphs stay untouched, even if f raises an error.

    Raises:
        ArgumentTypeError: something in `variables` is not a variable.
        Otherwise as `gradcheck`.
    """
    if isinstance(variables, Tensor):
        variables = [variables]
    if not isinstance(variables, dict):
        variables = list(variables)
        names = [getattr(v, "name", None) or f"variable {k}" for k, v in enumerate(variables)]
    else:
        names, variables = [str(name) for name in variables], list(variables.values())
    for name, variable in zip(names, variables, strict=True):
        if not isinstance(variable, Tensor) or not variable.is_variable:
            raise ArgumentTypeError(
                f"gradcheck_variables: {name} is not a variable (a Tensor made with "
                f"requires_grad=True): {type(variable).__name__}"
            )
    if tuple(options.setdefault("modes", ("reverse",))) != ("reverse",):
        raise OperationError("gradcheck_variables: only modes=('reverse',) can be checked")

    def with_values(*values: Tensor) -> Any:
        """f(), with the variables replaced by `values` for the time being."""
        before = [(variable._value, variable._node) for variable in variables]
        try:
            for variable, value in zip(variables, values, strict=True):
                variable._value, variable._node = value._value, value._node
            return f()
        finally:
            for variable, state in zip(variables, before, strict=True):
                variable._value, variable._node = state

    with_values.__gradcheck_names__ = names  # type: ignore[attr-defined]
    return gradcheck(with_values, *[variable.numpy() for variable in variables], **options)


def require(condition: bool, message: str) -> None:
    if not condition:
        raise OperationError(f"gradcheck: {message}")


def vector_function(f: Callable[..., Any], inputs: Any, method: str) -> VectorFunction:
    """f at the inputs as a function of one vector, checked: what it takes and returns."""
    names, arrays = [], []
    for name, value in zip(argument_names(f, len(inputs)), inputs, strict=True):
        for path, leaf in named_leaves(value, name):
            names.append(path)
            arrays.append(checked_input(leaf, path))
    if not arrays:
        raise ArgumentTypeError("gradcheck: there is no input to differentiate with respect to")
    if method == "complex" and any(array.dtype.kind == "c" for array in arrays):
        raise ArgumentTypeError("gradcheck: the complex step needs real inputs; use 'central'")
    function = VectorFunction(f, refilled(inputs, arrays), Packing(names, arrays), "output")
    if method == "complex" and 2 in function.outside.widths:
        raise ArgumentTypeError("gradcheck: the complex step needs real results; use 'central'")
    return function


def checked_input(value: Any, name: str) -> np.ndarray:
    value = plain_array(as_operand(value) if isinstance(value, int | float) else value)
    require_inexact(value, f"gradcheck: the input {name}")
    return value


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of f's parameters, where they can be found; "input 0" and so on elsewhere."""
    names = list(getattr(f, "__gradcheck_names__", []))
    if not names:
        try:
            parameters = signature(f).parameters.values()
        except (TypeError, ValueError):  # built-in functions
            parameters = []
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        names = [parameter.name for parameter in parameters if parameter.kind in kinds]
    return (names + [f"input {k}" for k in range(len(names), count)])[:count]


def new_report(
    function: VectorFunction, method: str, eps: float | None, rtol: float | None, atol: float | None
) -> GradcheckReport:
    """An empty report, with the step and the tolerances that follow from the precision."""
    coarsest = max(function.inside.precision, function.precision)
    rtol = float(coarsest ** TOLERANCE[method]) if rtol is None else rtol
    atol = rtol / 100 if atol is None else atol
    eps = STEP[method](function.precision) if eps is None else eps
    report = GradcheckReport(method, eps, rtol, atol)
    note_precision(report, function)
    return report


def note_precision(report: GradcheckReport, function: VectorFunction) -> None:
    inside, double = function.inside, float(np.finfo(float).eps)
    low = [
        f"{name} ({dtype})"
        for name, dtype in zip(inside.names, inside.dtypes, strict=True)
        if np.finfo(dtype).eps > double
    ]
    if low:
        report.notes.append(
            f"of less than double precision: {', '.join(low)}; differences were taken in double "
            f"precision, derivatives in that of the inputs, hence rtol {report.rtol:.1g}"
        )
    if function.precision > double:
        report.notes.append(
            "the function returns less than double precision for double inputs, so differences "
            "are inaccurate"
        )
