"""Derivatives checked against numerical ones: `gradcheck` and `gradcheck_variables`.

Whatever goes in and comes out is laid out as real vectors (a complex number is two of them), so
the function under test is F: Rⁿ → Rᵐ with Jacobian J. Along directions v (one for each element;
random ones where there are many) and for cotangents u (likewise), three numbers must agree:
u·(Jv) by differences of F, (Jᵀu)·v by reverse mode and u·(Jv) by forward mode.

Differences, and where their steps h come from, for machine epsilon ε:

central   (F(x + hv) - F(x - hv)) / 2h is wrong by about h²F‴/6 + εF/h, least near h = ε^(1/3)
          (Nocedal & Wright, Numerical Optimization, 2nd ed. 2006, section 8.1)
complex   Im F(x + ihv) / h subtracts nothing, so h can be 1e-20 and the error is about ε; F must
          be analytic (Squire & Trapp, SIAM Review 40 (1998), 110-112)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from autograd_core.errors import ArgumentTypeError, AutogradError, DTypeError, OperationError
from autograd_core.tensor import Tensor, as_tensor, plain_value, require_inexact
from autograd_core.transforms import as_operand, jvp, vjp
from autograd_core.tree import tree_leaves, tree_map

__all__ = ["Failure", "GradcheckError", "GradcheckReport", "gradcheck", "gradcheck_variables"]

STEP = {"central": lambda precision: precision ** (1 / 3), "complex": lambda precision: 1e-20}
TOLERANCE = {"central": 0.4, "complex": 0.6}
"""Default rtol as a power of machine epsilon: looser than the error of a difference (ε^(2/3), ε),
far tighter than a wrong rule. For float64: 5e-7 and 4e-10."""
SHOWN = 10
"""How many failures (the worst ones) are explained and printed."""


class GradcheckError(AutogradError, AssertionError):
    """A derivative does not agree with the numerical one."""


# -- the report ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """One derivative that is wrong: d `output` / d `input`[`index`].

    `index` is None if the derivative is along a random direction. `part` is "real" or "imag"
    for a complex input. `order` is 2 for a derivative of the gradient.
    """

    input: str
    index: tuple[int, ...] | None
    part: str
    output: str
    mode: str
    order: int
    expected: float
    got: float
    hint: str = ""

    @property
    def absolute(self) -> float:
        return abs(self.expected - self.got)

    @property
    def relative(self) -> float:
        return self.absolute / max(abs(self.expected), abs(self.got), 1e-300)

    @property
    def derivative(self) -> str:
        by = f"{self.input}{bracketed(self.index or ())}"
        by = f"{self.part}({by})" if self.part else by
        if self.index is None:
            by += " (along a random direction)"
        return f"d {self.output} / d {by}"

    @property
    def row(self) -> tuple[str, ...]:
        numbers = f"{self.expected:.9g}", f"{self.got:.9g}"
        return self.derivative, self.mode, *numbers, f"{self.absolute:.2g}", f"{self.relative:.2g}"

    def __str__(self) -> str:
        text = "{}, {} mode: expected {}, got {}, absolute error {}, relative error {}"
        return text.format(*self.row) + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True)
class Check:
    """One line of the report's table: all comparisons of one input in one mode."""

    input: str
    shape: tuple[int, ...]
    order: int
    mode: str
    compared: int
    wrong: int
    worst: float


@dataclass
class GradcheckReport:
    """What `gradcheck` found; true if every derivative agrees.

    `failures` are wrong derivatives, worst first. `problems` say why something could not be
    checked at all, `notes` what to know about the check's precision. `worst` is the largest
    relative error met.
    """

    method: str
    eps: float
    rtol: float
    atol: float
    checks: list[Check] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.failures and not self.problems

    @property
    def worst(self) -> float:
        return max((check.worst for check in self.checks), default=0.0)

    def __bool__(self) -> bool:
        return self.ok

    def raise_if_failed(self) -> GradcheckReport:
        """The report itself if all is well; GradcheckError with the report's text if not."""
        if not self.ok:
            raise GradcheckError(str(self))
        return self

    def __str__(self) -> str:
        compared = sum(check.compared for check in self.checks)
        verdict = f"passed: {compared} derivatives agree"
        if self.failures:
            verdict = f"FAILED: {len(self.failures)} of {compared} derivatives are wrong"
        elif self.problems:
            verdict = "FAILED"
        lines = [f"gradcheck {verdict}", *(f"  {problem}" for problem in self.problems)]
        lines += table(
            ("input", "shape", "order", "mode", "compared", "wrong", "worst error"),
            [(*list(vars(check).values())[:-1], f"{check.worst:.1e}") for check in self.checks],
        )
        shown = self.failures[:SHOWN]
        listing = table(
            ("wrong, worst first", "mode", "expected", "got", "abs. error", "rel. error"),
            [failure.row for failure in shown],
        )
        lines += listing[:1]
        said = ""
        for line, failure in zip(listing[1:], shown, strict=True):
            lines += [line, f"      {failure.hint}"] if failure.hint not in ("", said) else [line]
            said = failure.hint
        if len(self.failures) > SHOWN:
            lines.append(f"  and {len(self.failures) - SHOWN} more in .failures")
        lines.append(
            f"  {self.method} differences with step {self.eps:.2g}, "
            f"rtol {self.rtol:.2g}, atol {self.atol:.2g}"
        )
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])

    __repr__ = __str__


def table(header: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Lines with aligned columns; none if there are no rows."""
    cells = [header, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return [f"  {line}" for line in lines] if rows else []


def bracketed(index: Sequence[int]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


# -- the two entry points ------------------------------------------------------------------------


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
            called with Tensors and Duals, never changed, and must give the same result each time.
        inputs: arrays, Tensors, Python floats, or nested lists, tuples and dicts of them, real
            or complex. Those of less than double precision are checked by differences in double.
        method: "central" differences, or "complex" step (real inputs, analytic f; far sharper).
        eps: the step, in units of max(1, |x|), rounded to a power of two.
        rtol, atol: a derivative is right if |expected - got| <= atol + rtol * the larger of the
            two. By default they follow from the precision of the inputs, and what rounding of
            f's values does to a difference is allowed on top.
        modes: which of "reverse" and "forward" to check.
        max_elements: an input or an output with more elements than this is checked along
            `directions` random directions, and a failure is then narrowed down to one element.
        seed: of the random directions.
        order: 2 also checks the second derivatives, as derivatives of the gradient of f (of a
            random combination of its outputs, if there are several).

    Returns:
        A report. A wrong derivative is reported, never raised: see `raise_if_failed`.

    Raises:
        DTypeError: an input is an integer array, or f returns nothing floating.
        ArgumentTypeError: no input; or the complex step where f or its inputs do not allow it.
        OperationError: an unknown method, mode or order.

    >>> bool(gradcheck(np.sin, np.array([0.0, 1.0])))
    True
    """
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    require(method in STEP, f"method is 'central' or 'complex', got {method!r}")
    require(set(modes) <= {"reverse", "forward"} and len(modes) > 0, f"unknown modes {modes!r}")
    require(order in (1, 2), f"order is 1 or 2, got {order!r}")
    require(max_elements > 0 and directions > 0, "max_elements and directions must be positive")
    names, arrays = [], []
    for name, value in zip(argument_names(f, len(inputs)), inputs, strict=True):
        for path, leaf in named_leaves(value, name):
            names.append(path)
            arrays.append(checked_input(leaf, path))
    if not arrays:
        raise ArgumentTypeError("gradcheck: there is no input to differentiate by")
    if method == "complex" and any(array.dtype.kind == "c" for array in arrays):
        raise ArgumentTypeError("gradcheck: the complex step needs real inputs; use 'central'")
    function = VectorFunction(f, refilled(inputs, arrays), Layout(names, arrays), "output")

    if method == "complex" and 2 in function.outside.widths:
        raise ArgumentTypeError("gradcheck: the complex step needs real results; use 'central'")
    coarsest = max(function.inside.precision, function.precision)
    rtol = float(coarsest ** TOLERANCE[method]) if rtol is None else rtol
    atol = rtol / 100 if atol is None else atol
    eps = STEP[method](function.precision) if eps is None else eps
    report = GradcheckReport(method, eps, rtol, atol)
    note_precision(report, function)
    for k in range(1, order + 1):
        if k == 2:
            function = gradient_function(function, np.random.default_rng(seed), method)
        run = Run(function, report, k, modes, np.random.default_rng(seed))
        run.check(max_elements, directions)
    report.failures.sort(
        key=lambda failure: (
            failure.order,
            failure.index is None,
            -round(failure.relative, 3),
            -failure.absolute,
        )
    )
    return report


def gradcheck_variables(f: Callable[[], Any], variables: Any, **options: Any) -> GradcheckReport:
    """Check the derivatives of `f()` by the variables it uses: the parameters of a model, say.

    Args:
        f: takes no argument; returns a loss (or any arrays) computed from the variables.
        variables: Tensors with requires_grad=True, in a list (failures name them by their
            `name`) or a dict (by its keys; `dict(model.named_parameters())`).
        options: those of `gradcheck`. Only reverse mode can be checked.

    While it runs, the variables hold perturbed values, so that no other thread should use them.
    Their own memory, gradients and graphs stay untouched, whatever f raises.

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
        """f(), where each variable is for the moment one of `values`."""
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


# -- functions of vectors ------------------------------------------------------------------------


class Layout:
    """How named arrays lie in one real vector: real, imaginary, real, ... if they are complex.

    Arrays that are neither floating nor complex have no place in it.
    """

    def __init__(self, names: Sequence[str], arrays: Sequence[np.ndarray]) -> None:
        self.names = list(names)
        self.shapes = [array.shape for array in arrays]
        self.dtypes = [array.dtype for array in arrays]
        self.widths = [{"f": 1, "c": 2}.get(dtype.kind, 0) for dtype in self.dtypes]
        sizes = [width * array.size for width, array in zip(self.widths, arrays, strict=True)]
        self.slices = [slice(*ends) for ends in pairwise(accumulate(sizes, initial=0))]
        self.size = sum(sizes)
        inexact = [dtype for dtype in self.dtypes if dtype.kind in "fc"]
        self.precision = max((float(np.finfo(dtype).eps) for dtype in inexact), default=0.0)

    def vector(self, arrays: Sequence[Any]) -> np.ndarray:
        parts = [
            np.ravel(array).astype("complex" if width == 2 else "float").view("float")
            for array, width in zip(arrays, self.widths, strict=True)
            if width
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def arrays(self, vector: np.ndarray, exact: bool = False) -> list[np.ndarray]:
        """The arrays that `vector` stands for, in double precision or (`exact`) in their own."""
        result = []
        for where, shape, dtype, width in zip(
            self.slices, self.shapes, self.dtypes, self.widths, strict=True
        ):
            part = vector[where].view("complex") if width == 2 else vector[where]
            part = part.reshape(shape) if width else np.zeros(shape)
            result.append(part.astype(dtype) if exact and width else part)
        return result

    def locate(self, j: int) -> tuple[int, tuple[int, ...], str]:
        """Which array, which index and which part of the number entry j is."""
        k = next(k for k, where in enumerate(self.slices) if j < where.stop)
        element, part = divmod(j - self.slices[k].start, self.widths[k])
        index = tuple(int(i) for i in np.unravel_index(element, self.shapes[k]))
        return k, index, ("real", "imag")[part] if self.widths[k] == 2 else ""

    def describe(self, j: int) -> str:
        k, index, part = self.locate(j)
        text = f"{self.names[k]}{bracketed(index)}"
        return f"{part}({text})" if part else text


class VectorFunction:
    """A user's function f as F: Rⁿ → Rᵐ, at the point x."""

    def __init__(self, f: Callable[..., Any], inputs: Any, inside: Layout, outputs: Any) -> None:
        self.f = f
        self.inputs = inputs
        self.inside = inside
        self.x = inside.vector(tree_leaves(inputs))
        self.result = self.run(self.x)
        if isinstance(outputs, str):
            outputs = [name for name, _ in named_leaves(self.result, outputs)]
        leaves = [raw(leaf) for leaf in tree_leaves(self.result)]
        self.outside = Layout(outputs, leaves)
        if not any(self.outside.widths):
            raise DTypeError(
                "gradcheck: the function returned nothing to differentiate: "
                + (", ".join(f"{leaf.dtype}{list(leaf.shape)}" for leaf in leaves) or "no array")
            )
        self.y = self.outside.vector(leaves)
        self.precision = self.outside.precision

    def run(self, x: np.ndarray) -> Any:
        tensors = [as_tensor(array) for array in self.inside.arrays(x)]
        return self.f(*refilled(self.inputs, tensors))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        arrays = [raw(leaf) for leaf in tree_leaves(self.run(x))]
        if [array.shape for array in arrays] != self.outside.shapes:
            raise OperationError(
                "gradcheck: the shapes of the function's results change when its inputs change "
                f"a little: {self.outside.shapes}, then {[array.shape for array in arrays]}"
            )
        return self.outside.vector(arrays)

    def complex_step(self, x: np.ndarray) -> np.ndarray:
        """Im F(x) for complex x."""
        try:
            leaves = tree_leaves(self.run(x))
        except Exception as error:
            raise ArgumentTypeError(
                "gradcheck: the complex step calls the function with complex numbers, which it "
                f"does not accept; use method='central' ({type(error).__name__}: {error})"
            ) from error
        parts = [
            np.ravel(np.imag(raw(leaf)))
            for leaf, width in zip(leaves, self.outside.widths, strict=True)
            if width
        ]
        return np.concatenate(parts).astype(float)

    def pull(self, cotangents: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        """Jᵀu for each u, by reverse mode."""
        _, pull = vjp(self.f, *self.inputs)
        for u in cotangents:
            gradients = pull(refilled(self.result, self.outside.arrays(u)))
            yield self.inside.vector([raw(leaf) for leaf in tree_leaves(gradients)])

    def push(self, v: np.ndarray) -> np.ndarray:
        """Jv, by forward mode."""
        tangents = refilled(self.inputs, self.inside.arrays(v, exact=True))
        _, tangent = jvp(self.f, self.inputs, tangents)
        return self.outside.vector([raw(leaf) for leaf in tree_leaves(tangent)])


def gradient_function(
    function: VectorFunction, random: np.random.Generator, method: str
) -> VectorFunction:
    """The gradient of u·F, for a fixed u (1 if F is a single number), as a function itself."""
    outside = function.outside
    u = np.ones(1) if outside.size == 1 else random.standard_normal(outside.size)
    cotangent = refilled(function.result, outside.arrays(u))

    def gradient(*inputs: Any) -> Any:
        gradients = vjp(function.f, *inputs)[1](cotangent)
        # vjp conjugates the Jacobian; the complex step needs a function that is analytic.
        return tree_map(np.conj, gradients) if method == "complex" else gradients

    names = [f"(d/d {name})" for name in function.inside.names]
    return VectorFunction(gradient, function.inputs, function.inside, names)


# -- comparing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Direction:
    """A direction in Rⁿ: `weights` at the entries `where`, which belong to one input."""

    where: np.ndarray
    weights: np.ndarray
    step: float

    def dot(self, gradient: np.ndarray) -> float:
        return float(gradient[self.where] @ self.weights)

    def added_to(self, x: np.ndarray, step: complex) -> np.ndarray:
        x = x + (0j if isinstance(step, complex) else 0.0)  # a copy
        x[self.where] += step * self.weights
        return x


@dataclass
class Run:
    """The comparisons of one function: what `gradcheck` does for each order."""

    function: VectorFunction
    report: GradcheckReport
    order: int
    modes: tuple[str, ...]
    random: np.random.Generator

    def check(self, max_elements: int, directions: int) -> None:
        y, report = self.function.y, self.report
        if not np.allclose(y, self.function(self.function.x), rtol=1e-13, atol=0, equal_nan=True):
            report.problems.append(
                "the function is not deterministic: two calls with the same inputs gave different "
                "results (dropout, random numbers, or state that it changes)"
            )
            return
        self.rows = np.flatnonzero(np.isfinite(y))
        if self.rows.size < y.size:
            bad = int(np.flatnonzero(~np.isfinite(y))[0])
            report.problems.append(
                f"{y.size - self.rows.size} of {y.size} values are not finite, so their "
                f"derivatives cannot be checked: {self.function.outside.describe(bad)} = {y[bad]}"
            )
        few = self.rows.size <= max_elements
        self.mix = None if few else self.random.standard_normal((directions, self.rows.size))
        # One call of the difference quotient for each direction, whatever the modes.
        plan = [
            (k, direction)
            for k, where in enumerate(self.function.inside.slices)
            for direction in self.directions(where, max_elements, directions)
        ]
        if not plan or not self.rows.size:
            report.notes.append("nothing to compare: an input or output has no elements")
            return
        expected = np.stack([self.difference(direction) for _, direction in plan], axis=1)
        noise = np.stack([self.noise(direction) for _, direction in plan], axis=1)
        self.note_noise(expected, noise)
        for mode in self.modes:
            try:
                got = getattr(self, mode)([direction for _, direction in plan])
            except Exception as error:
                report.problems.append(
                    f"{mode} mode (order {self.order}) raised {type(error).__name__}: {error}"
                )
                continue
            self.compare(mode, plan, expected, got, noise)

    def directions(self, where: slice, max_elements: int, count: int) -> Iterator[Direction]:
        """One for each element of the input at `where`, or `count` random ones."""
        places = np.arange(where.start, where.stop)
        scale = np.maximum(1, np.abs(self.function.x[where]))
        if len(places) <= max_elements:
            for place, s in zip(places, scale, strict=True):
                yield Direction(np.array([place]), np.ones(1), self.step(s))
            return
        for _ in range(count):
            weights = self.random.standard_normal(len(places))
            yield Direction(places, weights / np.linalg.norm(weights), self.step(scale.max()))

    def step(self, scale: float) -> float:
        """A power of two, so that x + step is mostly exact."""
        return float(np.exp2(np.round(np.log2(self.report.eps * scale))))

    def project(self, dy: np.ndarray) -> np.ndarray:
        """u·dy for all cotangents u: each finite output by itself, or random mixtures of them."""
        return dy[self.rows] if self.mix is None else self.mix @ dy[self.rows]

    def difference(self, direction: Direction) -> np.ndarray:
        """The numerical derivative, for all cotangents."""
        h = direction.step
        if self.report.method == "central":
            left, right = self.slopes(direction, h)
            return (left + right) / 2
        x = direction.added_to(self.function.x, h * 1j)
        return self.project(self.function.complex_step(x) / h)

    def slopes(self, direction: Direction, h: float) -> list[np.ndarray]:
        """The one-sided difference quotients, left and right."""
        x, y = self.function.x, self.function.y
        return [
            self.project((self.function(direction.added_to(x, step)) - y) / step)
            for step in (-h, h)
        ]

    def noise(self, direction: Direction) -> np.ndarray:
        """What rounding of F's values can do to the difference quotient."""
        if self.report.method == "complex":
            return np.zeros(len(self.project(self.function.y)))
        size = np.abs(self.function.y)[self.rows]
        size = size if self.mix is None else np.abs(self.mix) @ size
        return 4 * self.function.precision * size / direction.step

    def reverse(self, plan: Sequence[Direction]) -> np.ndarray:
        gradients = self.function.pull([self.cotangent(i) for i in range(self.cotangents)])
        return np.stack(
            [np.array([direction.dot(gradient) for direction in plan]) for gradient in gradients]
        )

    def forward(self, plan: Sequence[Direction]) -> np.ndarray:
        zero = np.zeros(self.function.inside.size)
        pushed = (self.function.push(direction.added_to(zero, 1.0)) for direction in plan)
        return np.stack([self.project(column) for column in pushed], axis=1)

    @property
    def cotangents(self) -> int:
        return self.rows.size if self.mix is None else len(self.mix)

    def cotangent(self, i: int) -> np.ndarray:
        u = np.zeros(self.function.outside.size)
        if self.mix is None:
            u[self.rows[i]] = 1
        else:
            u[self.rows] = self.mix[i]
        return u

    def error(self, expected: Any, got: Any, noise: Any) -> Any:
        """The error over the larger number, or over the size that atol stands for."""
        floor = (self.report.atol + noise) / max(self.report.rtol, 1e-300)
        size = np.maximum(np.abs(expected), np.abs(got)) + floor
        return np.nan_to_num(np.abs(expected - got) / size, nan=np.inf)

    def compare(self, mode: str, plan: Any, expected: Any, got: Any, noise: Any) -> None:
        report, inside = self.report, self.function.inside
        errors = self.error(expected, got, noise)
        owners = np.array([k for k, _ in plan])
        for k in np.unique(owners):
            mine = errors[:, owners == k]
            wrong, worst = int(np.sum(mine > report.rtol)), float(mine.max())
            name, shape = inside.names[k], inside.shapes[k]
            report.checks.append(Check(name, shape, self.order, mode, mine.size, wrong, worst))
        places = np.argwhere(errors > report.rtol).tolist()
        places.sort(key=lambda place: -errors[tuple(place)])
        narrowed = set()
        for n, (i, c) in enumerate(places):
            k, direction = plan[c]
            numbers = float(expected[i, c]), float(got[i, c])
            if k not in narrowed and direction.where.size > 1:
                narrowed.add(k)
                direction, numbers = self.narrowed(mode, i, direction, numbers)
            index, part = None, ""
            if direction.where.size == 1:
                _, index, part = inside.locate(int(direction.where[0]))
            output = "(a random mixture of the outputs)"
            if self.mix is None:
                output = self.function.outside.describe(int(self.rows[i]))
            hint = self.explain(i, direction, *numbers) if n < SHOWN else ""
            name = inside.names[k]
            report.failures.append(
                Failure(name, index, part, output, mode, self.order, numbers[0], numbers[1], hint)
            )

    # -- explaining a failure --------------------------------------------------------------------

    def single(self, mode: str, i: int, direction: Direction) -> tuple[float, float]:
        """(expected, got) for one cotangent along one direction."""
        expected = self.difference(direction)[i]
        if mode == "forward":
            return float(expected), float(self.forward([direction])[i, 0])
        gradient = next(self.function.pull([self.cotangent(i)]))
        return float(expected), direction.dot(gradient)

    def narrowed(self, mode: str, i: int, direction: Direction, numbers: Any) -> tuple[Any, Any]:
        """The one element of a wrong direction that is most to blame, by bisection."""
        where, weights = direction.where, direction.weights
        while where.size > 1:
            parts = slice(where.size // 2), slice(where.size // 2, None)
            halves = [Direction(where[part], weights[part], direction.step) for part in parts]
            wrong = [abs(np.subtract(*self.single(mode, i, half))) for half in halves]
            worse = halves[0] if wrong[0] >= wrong[1] else halves[1]
            where, weights = worse.where, worse.weights
        alone = Direction(
            where, np.ones(1), self.step(max(1.0, abs(float(self.function.x[where[0]]))))
        )
        expected, got = self.single(mode, i, alone)
        if self.error(expected, got, self.noise(alone)[i]) > self.report.rtol:
            return alone, (expected, got)
        return direction, numbers  # the error is spread too thinly to see in one element

    def explain(self, i: int, direction: Direction, expected: float, got: float) -> str:
        """Why they differ, as far as it can be seen, if not because the rule is wrong."""
        if not np.isfinite(expected):
            return "the function is not finite on one side: the point is at the edge of its domain"
        if not np.isfinite(got):
            return ""
        h = direction.step if self.report.method == "central" else 2.0**-17
        left, right = [float(slope[i]) + 0.0 for slope in self.slopes(direction, h)]
        central = (left + right) / 2
        if self.report.method == "complex":
            if abs(central - got) < abs(expected - got) / 100:
                return (
                    "central differences agree with what was got: the function is not analytic "
                    "here (abs, conj, real part, comparison), the complex step does not apply"
                )
            return ""
        left8, right8 = [float(slope[i]) for slope in self.slopes(direction, 8 * h)]
        gap, gap8 = abs(right - left), abs(right8 - left8)
        # The gap of a smooth function grows with the step; that of a kink stays.
        if gap > 1e-3 * max(abs(left), abs(right)) and gap8 < 4 * gap:
            return (
                f"the slopes to the left ({left:.6g}) and to the right ({right:.6g}) differ: "
                "the point is at or near a kink"
            )
        if abs((left8 + right8) / 2 - central) > abs(expected - got) / 4:
            return (
                "the difference itself is not accurate: a step 8 times as long gives "
                f"{(left8 + right8) / 2:.6g} (near a kink? else try another eps)"
            )
        return ""

    def note_noise(self, expected: np.ndarray, noise: np.ndarray) -> None:
        worst = float(noise.max())
        if worst > 100 * self.report.atol and worst > 1e-3 * np.abs(expected).max():
            self.report.notes.append(
                f"the function's values are large (order {self.order}): rounding makes differences "
                f"uncertain by up to {worst:.1g}, which was tolerated; scale the function down or "
                "use method='complex'"
            )


# -- arguments and names -------------------------------------------------------------------------


def require(condition: bool, message: str) -> None:
    if not condition:
        raise OperationError(f"gradcheck: {message}")


def checked_input(value: Any, name: str) -> np.ndarray:
    value = np.asarray(raw(as_operand(value)) if isinstance(value, int | float) else raw(value))
    require_inexact(value, f"gradcheck: the input {name}")
    return value


def raw(value: Any) -> np.ndarray:
    return np.asarray(plain_value(value))


def refilled(tree: Any, leaves: Sequence[Any]) -> Any:
    """A tree of the same structure with other leaves."""
    items = iter(leaves)
    return tree_map(lambda _: next(items), tree)


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls its arguments, where that can be found out."""
    names = list(getattr(f, "__gradcheck_names__", []))
    if not names:
        try:
            parameters = signature(f).parameters.values()
        except (TypeError, ValueError):  # built-in functions
            parameters = []
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        names = [parameter.name for parameter in parameters if parameter.kind in kinds]
    return (names + [f"input {k}" for k in range(len(names), count)])[:count]


def named_leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a tree with their paths: ("params['w'][0]", leaf)."""
    if isinstance(tree, dict):
        items = [(f"{name}[{key!r}]", part) for key, part in tree.items()]
    elif isinstance(tree, list | tuple):
        fields = getattr(tree, "_fields", None)
        items = [
            (f"{name}.{fields[k]}" if fields else f"{name}[{k}]", part)
            for k, part in enumerate(tree)
        ]
    else:
        yield name, tree
        return
    for path, part in items:
        yield from named_leaves(part, path)


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
            f"precision, derivatives as given, hence rtol {report.rtol:.1g}"
        )
    if function.precision > double:
        report.notes.append(
            "the function returns less than double precision for double inputs, so differences "
            "are inaccurate"
        )
