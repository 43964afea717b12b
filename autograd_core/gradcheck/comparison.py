"""The comparison of a function's derivatives with differences of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core.gradcheck.report import SHOWN, Check, Failure, GradcheckReport
from autograd_core.gradcheck.vectors import VectorFunction

SHORTER = (16, 256)
"""A disagreement is tested again with steps this many times shorter."""


@dataclass(frozen=True)
class Direction:
    """A direction in Rⁿ: `weights` at the entries `where`, all of one input."""

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
    """The comparisons for one function; `gradcheck` makes one such run for each order."""

    function: VectorFunction
    report: GradcheckReport
    order: int
    modes: tuple[str, ...]
    random: np.random.Generator

    def check(self, max_elements: int, directions: int) -> None:
        report = self.report
        if not self.is_deterministic():
            return
        self.choose_cotangents(max_elements, directions)
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

    def is_deterministic(self) -> bool:
        """Whether the function gives the same values again; a problem if not."""
        again = self.function(self.function.x)
        same = np.allclose(self.function.y, again, rtol=1e-13, atol=0, equal_nan=True)
        if not same:
            self.report.problems.append(
                "the function is not deterministic: two calls with the same inputs gave different "
                "results (dropout, random numbers, or state that it changes)"
            )
        return same

    def choose_cotangents(self, max_elements: int, count: int) -> None:
        """One for each finite output, or `count` random mixtures of them."""
        y = self.function.y
        self.rows = np.flatnonzero(np.isfinite(y))
        if self.rows.size < y.size:
            bad = int(np.flatnonzero(~np.isfinite(y))[0])
            self.report.problems.append(
                f"{y.size - self.rows.size} of {y.size} values are not finite, so their "
                f"derivatives cannot be checked: {self.function.outside.describe(bad)} = {y[bad]}"
            )
        few = self.rows.size <= max_elements
        self.mix = None if few else self.random.standard_normal((count, self.rows.size))

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
        """u·dy for all cotangents u: each finite output on its own, or random mixtures of them."""
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
        """The error that rounding of F's values can cause in the difference quotient."""
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
        """The error relative to the larger number, plus the size below which only atol counts."""
        floor = (self.report.atol + noise) / max(self.report.rtol, 1e-300)
        size = np.maximum(np.abs(expected), np.abs(got)) + floor
        return np.nan_to_num(np.abs(expected - got) / size, nan=np.inf)

    def compare(self, mode: str, plan: Any, expected: Any, got: Any, noise: Any) -> None:
        report, inside = self.report, self.function.inside
        errors = self.error(expected, got, noise)
        if report.method == "central":
            expected, errors = self.closer(plan, expected, got, noise, errors)
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
            hint = self.explain(i, direction, *numbers) if n < SHOWN else ""
            report.failures.append(self.failure(mode, i, k, direction, numbers, hint))

    def failure(
        self, mode: str, i: int, k: int, direction: Direction, numbers: Any, hint: str
    ) -> Failure:
        """The failure of cotangent i along a direction in input k, with (expected, got)."""
        index, part = None, ""
        if direction.where.size == 1:
            _, index, part = self.function.inside.locate(int(direction.where[0]))
        output = "(a random mixture of the outputs)"
        if self.mix is None:
            output = self.function.outside.describe(int(self.rows[i]))
        name = self.function.inside.names[k]
        return Failure(name, index, part, output, mode, self.order, numbers[0], numbers[1], hint)

    def closer(self, plan: Any, expected: Any, got: Any, noise: Any, errors: Any) -> Any:
        """Disagreements compared again with shorter steps: there may be a kink within the first."""
        expected, errors = expected.copy(), errors.copy()
        for c in np.flatnonzero((errors > self.report.rtol).any(axis=0)):
            for times in SHORTER:
                direction = replace(plan[c][1], step=plan[c][1].step / times)
                again = self.difference(direction)
                error = self.error(again, got[:, c], noise[:, c])
                better = error < errors[:, c]
                expected[better, c], errors[better, c] = again[better], error[better]
        return expected, errors

    # -- explaining a failure --------------------------------------------------------------------

    def single(self, mode: str, i: int, direction: Direction) -> tuple[float, float]:
        """(expected, got) for one cotangent along one direction."""
        expected = self.difference(direction)[i]
        if mode == "forward":
            return float(expected), float(self.forward([direction])[i, 0])
        gradient = next(self.function.pull([self.cotangent(i)]))
        return float(expected), direction.dot(gradient)

    def narrowed(self, mode: str, i: int, direction: Direction, numbers: Any) -> tuple[Any, Any]:
        """The element that contributes most to the error along a direction, by bisection."""
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
        """A reason for the difference other than a wrong rule, if there are signs of one."""
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
                    "central differences agree with the derivative: the function is not analytic "
                    "here (abs, conj, real part, comparison), so the complex step does not apply"
                )
            return ""
        left8, right8 = [float(slope[i]) for slope in self.slopes(direction, 8 * h)]
        gap, gap8 = abs(right - left), abs(right8 - left8)
        # For a smooth function the gap grows with the step; at a kink it stays the same.
        if gap > 1e-3 * max(abs(left), abs(right)) and gap8 < 4 * gap:
            return (
                f"the slopes to the left ({left:.6g}) and to the right ({right:.6g}) differ: "
                "the point is at or near a kink"
            )
        if abs((left8 + right8) / 2 - central) > abs(expected - got) / 4:
            return (
                "the difference itself is not accurate: a step 8 times as long gives "
                f"{(left8 + right8) / 2:.6g} (if there is no kink nearby, try another eps)"
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
