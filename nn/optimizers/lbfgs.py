"""L-BFGS: a quasi-Newton method for smooth functions of any number of parameters at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from autograd_core import ArgumentTypeError, OperationError, Tensor, enable_grad
from autograd_core.extend import value_of
from nn.errors import StateError
from nn.optimizers.base import Optimizer, flat, unwrapped
from nn.optimizers.line_search import Point, strong_wolfe
from nn.settings import Count, NonNegative

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """L-BFGS: Newton's method with the inverse Hessian guessed from the last gradients.

    A call of `step` makes up to `max_iter` iterations. It calls `closure` repeatedly: a function
    that forgets the old gradients, computes the loss, calls `backward` and returns the loss.
    Meant for losses over all the data: noise in the gradients misleads it.

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
        ArgumentTypeError: `step` has no closure, or one that returns nothing; there is no such
            setting.
    """

    lr: NonNegative = 1.0
    max_iter: Count = 20
    max_eval: Count | None = None
    tolerance_grad: NonNegative = 1e-7
    tolerance_change: NonNegative = 1e-9
    history_size: Count = 100
    line_search_fn: Literal["strong_wolfe"] | None = None
    # It only descends, and has no weight decay:

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
        small = group["tolerance_change"]
        state = self.state.setdefault(group["params"][0], {"func_evals": 0, "n_iter": 0})
        budget = state["func_evals"] + group["max_eval"]

        def evaluate() -> tuple[Any, float, np.ndarray]:
            """What the closure returned, the same as a number, and the gradient."""
            with enable_grad():
                loss = closure()
            state["func_evals"] += 1
            return loss, number(loss), self._gradient()

        first, f, g = evaluate()
        if largest(g) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            d = direction(state, g, group["history_size"])
            t = group["lr"]
            if state["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(abs(g).sum()))
            x, before, slope = self._values(), f, float(g @ d)
            state.update(d=d, t=t, prev_flat_grad=g, prev_loss=f)
            if slope > -small:
                break
            along = partial(self._point, evaluate, x, d)
            if group["line_search_fn"]:
                tries = budget - state["func_evals"]
                shortest = small / largest(d) if small else 0.0
                found = strong_wolfe(along, t, Point(0.0, f, slope, g), shortest, tries)
                state["t"] = t = found.t
                f, g = found.f, found.g
                self._write(x + t * d)
            elif iteration < group["max_iter"]:
                _, f, _, g = along(t)
            else:
                self._write(x + t * d)  # nobody would use the loss there
            if (
                state["func_evals"] >= budget
                or largest(g) <= group["tolerance_grad"]
                or largest(t * d) <= small
                or abs(f - before) < small
            ):
                break
        return first

    def _point(self, evaluate: Callable[[], Any], x: np.ndarray, d: np.ndarray, t: float) -> Point:
        """The point at x + t d, where the parameters then are."""
        self._write(x + t * d)
        _, f, g = evaluate()
        return Point(t, f, float(g @ d), g)

    def _values(self) -> np.ndarray:
        return np.concatenate([flat(value_of(parameter)) for parameter in self._parameters()])

    def _gradient(self) -> np.ndarray:
        """The gradients in a row, zeros where there is none."""
        return np.concatenate(
            [
                flat(np.zeros_like(value_of(p)) if p.grad is None else value_of(p.grad))
                for p in self._parameters()
            ]
        )

    def _write(self, x: np.ndarray) -> None:
        start = 0
        for parameter in self._parameters():
            size = parameter.size * (1 + (parameter.dtype.kind == "c"))
            if parameter.is_variable:
                piece = x[start : start + size].astype(value_of(parameter).real.dtype)
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
    """-H g, where H is the inverse Hessian that the history suggests. First adds to the history.

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
