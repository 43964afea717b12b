"""L-BFGS: a quasi-Newton method for smooth functions of any number of parameters at once."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, sqrt
from typing import Any, Literal, NamedTuple

import numpy as np

from autograd_core import ArgumentTypeError, OperationError, Tensor, enable_grad
from autograd_core.extend import value_of
from nn.errors import StateError
from nn.optimizers.base import Optimizer, flat, unwrapped
from nn.settings import Count, NonNegative

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """L-BFGS: Newton's method with the inverse Hessian guessed from the last gradients.

    A call of `step` makes up to `max_iter` iterations. It calls `closure` again and again: a
    function that forgets the old gradients, computes the loss, calls `backward` and returns the
    loss. Meant for losses over all the data: noise in the gradients misleads it.

    Args:
        params: Tensors, one group of them.
        lr: the step along the Newton direction; with a line search, the first one that it tries.
        max_iter: iterations in a step.
        max_eval: calls of `closure` in a step; 1.25 · max_iter if None.
        tolerance_grad: stop when no gradient is larger.
        tolerance_change: stop when neither parameters nor loss change by more.
        history_size: how many gradients to remember.
        line_search_fn: None, or "strong_wolfe": look for a step that lowers the loss and the
            slope enough. Recommended: without it, a step may well go up.

    Source: Nocedal & Wright, "Numerical Optimization", 2006, Algorithms 7.4, 3.5 and 3.6, with
    PyTorch's choices (which are minFunc's) of first step, bounds and tolerances.

    Raises:
        OperationError: more than one group, or a setting is out of range.
        ArgumentTypeError: `step` has no closure, or one that returns nothing.
    """

    lr: NonNegative = 1.0
    max_iter: Count = 20
    max_eval: Count | None = None
    tolerance_grad: NonNegative = 1e-7
    tolerance_change: NonNegative = 1e-9
    history_size: Count = 100
    line_search_fn: Literal["strong_wolfe"] | None = None

    def add_param_group(self, group: dict[str, Any]) -> None:
        if self.param_groups:
            raise OperationError("LBFGS: there can be only one group of parameters")
        super().add_param_group(group)
        (group,) = self.param_groups
        if group["max_eval"] is None:
            group["max_eval"] = group["max_iter"] * 5 // 4

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Lower the loss by up to `max_iter` iterations. Returns the loss before them."""
        if closure is None:
            raise ArgumentTypeError(
                "LBFGS: step needs a closure: a function that calls zero_grad, computes the loss, "
                "calls backward and returns the loss"
            )
        group = self.param_groups[0]
        state = self.state.setdefault(group["params"][0], {"func_evals": 0, "n_iter": 0})

        def evaluate() -> tuple[Any, np.ndarray]:
            """The loss, as the closure returns it, and its gradient."""
            with enable_grad():
                loss = closure()
            state["func_evals"] += 1
            return loss, self._gradient()

        budget = state["func_evals"] + group["max_eval"]
        first, g = evaluate()
        f = number(first)
        small = group["tolerance_change"]
        for iteration in range(1, group["max_iter"] + 1):
            if largest(g) <= group["tolerance_grad"]:
                break
            d = direction(state, g, group["history_size"])
            t = group["lr"]
            if state["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(abs(g).sum()))
            start = Point(0.0, f, float(g @ d), g)
            state.update(d=d, t=t, prev_flat_grad=g, prev_loss=f)
            if start.slope > -small:
                break
            x = self._values()
            if group["line_search_fn"]:

                def along(t: float, x: np.ndarray = x, d: np.ndarray = d) -> Point:
                    self._write(x + t * d)
                    loss, g = evaluate()
                    return Point(t, number(loss), float(g @ d), g)

                tries = budget - state["func_evals"]
                found = strong_wolfe(along, t, start, largest(d), small, tries)
                state["t"] = t = found.t
                f, g = found.f, found.g
            self._write(x + t * d)
            if not group["line_search_fn"] and iteration < group["max_iter"]:
                loss, g = evaluate()  # after the last step nobody would use it
                f = number(loss)
            done = largest(t * d) <= small or abs(f - start.f) < small
            if done or state["func_evals"] >= budget:
                break
        return first

    def _values(self) -> np.ndarray:
        return np.concatenate([flat(value_of(parameter)) for parameter in self._parameters()])

    def _gradient(self) -> np.ndarray:
        """The gradients in a row, zeros where there is none."""
        return np.concatenate(
            [
                flat(np.zeros(p.shape, p.dtype) if p.grad is None else value_of(p.grad))
                for p in self._parameters()
            ]
        )

    def _write(self, x: np.ndarray) -> None:
        start = 0
        for parameter in self._parameters():
            size = parameter.size * (1 + (parameter.dtype.kind == "c"))
            if parameter.is_variable:
                piece = x[start : start + size].astype(parameter.dtype.type(0).real.dtype)
                parameter.overwrite(piece.view(parameter.dtype).reshape(parameter.shape))
            start += size

    def restored(self, parameter, entry, group):
        missing = {"func_evals", "n_iter"} - entry.keys()
        if missing:
            raise StateError(f"missing: {', '.join(sorted(missing))}")
        size = self._values().size
        result = {name: unwrapped(value) for name, value in entry.items()}
        result.pop("al", None)  # PyTorch's scratch memory
        for vector in ("d", "prev_flat_grad"):
            if vector in result and result[vector].shape != (size,):
                raise StateError(f"{vector}: expected shape {(size,)}, got {result[vector].shape}")
        return result


def number(loss: Any) -> float:
    """What a closure returned, as a number."""
    if loss is None:
        raise ArgumentTypeError("LBFGS: the closure must return the loss, it returned None")
    return float(loss.item() if isinstance(loss, Tensor) else loss)


def largest(x: np.ndarray) -> float:
    return float(abs(x).max(initial=0))


def direction(state: dict[str, Any], g: np.ndarray, history_size: int) -> np.ndarray:
    """-H g, with H the inverse Hessian that the history suggests; first adds to the history.

    The history is the changes of x ("old_stps") and of the gradient ("old_dirs"), newest last.
    """
    state["n_iter"] += 1
    if state["n_iter"] == 1:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        return -g
    steps, changes, ro = state["old_stps"], state["old_dirs"], state["ro"]
    change, step = g - state["prev_flat_grad"], state["d"] * state["t"]
    curvature = float(change @ step)
    if curvature > 1e-10:  # else H would not stay positive definite
        for history, new in ((changes, change), (steps, step), (ro, 1 / curvature)):
            if len(history) == history_size:
                history.pop(0)
            history.append(new)
        state["H_diag"] = curvature / float(change @ change)
    d = -g
    weights = []
    for s, y, r in reversed(list(zip(steps, changes, ro, strict=True))):
        weights.append(float(s @ d) * r)
        d -= weights[-1] * y
    d *= state["H_diag"]
    for s, y, r in zip(steps, changes, ro, strict=True):
        d += (weights.pop() - float(y @ d) * r) * s
    return d


class Point(NamedTuple):
    """A point x + t d on a line: the function there, its slope along d, and its gradient."""

    t: float
    f: float
    slope: float
    g: np.ndarray


class Wolfe(NamedTuple):
    """The strong Wolfe conditions on a step: low enough, and flat enough."""

    start: Point
    c1: float
    c2: float

    def too_high(self, point: Point) -> bool:
        return point.f > self.start.f + self.c1 * point.t * self.start.slope

    def flat_enough(self, point: Point) -> bool:
        return abs(point.slope) <= -self.c2 * self.start.slope


def strong_wolfe(
    along: Callable[[float], Point],
    t: float,
    start: Point,
    longest: float,
    tolerance: float,
    tries: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> Point:
    """A point with f ≤ f(0) + c1 t f'(0) and |f'| ≤ c2 |f'(0)|, or the best after `tries` + 1.

    Args:
        along: gives the point at t.
        t: the first to try.
        start: the point at 0, where the slope is negative.
        longest: the largest |d|; an interval of t shorter than tolerance / longest is a point.

    Source: Nocedal & Wright, Algorithms 3.5 (`bracket`) and 3.6 (`zoom`), with cubic
    interpolation.
    """
    wolfe = Wolfe(start, c1, c2)
    ends, tried = bracket(along, t, wolfe, tries)
    if len(ends) == 1:
        return ends[0]
    return zoom(along, ends, wolfe, longest, tolerance, tries - tried)


def bracket(
    along: Callable[[float], Point], t: float, wolfe: Wolfe, tries: int
) -> tuple[list[Point], int]:
    """Two points with a point that satisfies `wolfe` between them, and how many more were tried.

    One point alone if that satisfies `wolfe` itself. Source: Nocedal & Wright, Algorithm 3.5:
    go on until the function rises.
    """
    before, point = wolfe.start, along(t)
    for tried in range(tries):
        if wolfe.too_high(point) or (tried > 1 and point.f >= before.f):
            return [before, point], tried
        if wolfe.flat_enough(point):
            return [point], tried
        if point.slope >= 0:
            return [before, point], tried
        least = point.t + 0.01 * (point.t - before.t)
        before, point = point, along(cubic_minimum(before, point, least, 10 * point.t))
    return [wolfe.start, point], tries


def zoom(
    along: Callable[[float], Point],
    ends: list[Point],
    wolfe: Wolfe,
    longest: float,
    tolerance: float,
    tries: int,
) -> Point:
    """A point between two that satisfies `wolfe`, or the lower end of what is left.

    Source: Nocedal & Wright, Algorithm 3.6: the minimum of a cubic becomes an end; one that is too
    near an end twice in a row is moved a tenth of the interval inwards.
    """
    low, stuck = lower(ends), False
    for _ in range(tries):
        left, right = sorted((ends[0].t, ends[1].t))
        if (right - left) * longest < tolerance:
            break
        t = cubic_minimum(ends[0], ends[1], left, right)
        margin = 0.1 * (right - left)
        near_end = min(right - t, t - left) < margin
        if near_end and (stuck or not left < t < right):
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            near_end = False
        stuck = near_end
        point = along(t)
        if wolfe.too_high(point) or point.f >= ends[low].f:
            ends[1 - low] = point
            low = lower(ends)
        elif wolfe.flat_enough(point):
            return point
        else:
            if point.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = point
    return ends[low]


def lower(ends: list[Point]) -> int:
    """Which of two points has the smaller f."""
    return 0 if ends[0].f <= ends[1].f else 1


def cubic_minimum(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is smallest, within bounds.

    The middle of the bounds if there is no such place. Source: Nocedal & Wright, (3.59).
    """
    if a.t > b.t:
        a, b = b, a
    middle = (least + most) / 2
    if a.t == b.t:
        return middle
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not 0 <= square < float("inf"):
        return middle
    d2 = sqrt(square)
    bend = b.slope - a.slope + 2 * d2
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / bend) if bend else middle
    return min(max(t, least), most) if isfinite(t) else middle
