"""The report that `gradcheck` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_core.errors import AutogradError

SHOWN = 10
"""How many failures, worst first, are explained and printed."""


class GradcheckError(AutogradError, AssertionError):
    """A derivative that does not agree with the numerical one."""


# -- the report ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """A wrong derivative: d `output` / d `input`[`index`].

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

    def rank(self) -> tuple[Any, ...]:
        """What failures are sorted by: first order first, single elements first, worst first."""
        return self.order, self.index is None, -round(self.relative, 3), -self.absolute

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
    """What `gradcheck` found; true if all derivatives agree.

    `failures` are the wrong derivatives, worst first. `problems` say why something could not be
    checked at all; `notes` are about the precision of the check. `worst` is the largest relative
    error found.
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
        """Return the report, or raise a GradcheckError with its text if a check failed."""
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
