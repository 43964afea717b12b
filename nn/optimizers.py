"""Optimizers: rules that change parameters along their gradients, in place.

PyTorch's names, defaults and arithmetic. Each keeps its state for a parameter in arrays of the
parameter's shape and dtype.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf, sqrt
from typing import Any

import numpy as np

from autograd_core import ArgumentTypeError, DTypeError, OperationError, Tensor
from nn.module import Parameter

CHUNK = 1 << 15
"""Elements updated at a time: the dozen passes over a chunk then run in cache."""


class Optimizer:
    """Base class: holds groups of parameters and their state, and walks over them.

    Args:
        parameters: Tensors, or dicts {"params": Tensors, setting: value, ...} that override
            the settings for a group of them.
        settings: the defaults of every group (lr, momentum, ...).

    A subclass defines `update`.

    Raises:
        OperationError: there is nothing to train, a parameter stands twice or is no variable,
            or a setting is unknown or out of range.
        ArgumentTypeError: a parameter is not a Tensor.
    """

    def __init__(self, parameters: Iterable[Any], **settings: Any) -> None:
        if isinstance(parameters, Tensor) or not isinstance(parameters, Iterable):
            raise ArgumentTypeError(
                f"{type(self).__name__}: expected a list of parameters, got "
                f"{type(parameters).__name__}; pass model.parameters(), or [w] for one tensor"
            )
        given = list(parameters)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.groups = [{**settings, **group, "params": list(group["params"])} for group in groups]
        everything = [p for group in self.groups for p in group["params"]]
        if not everything:
            raise OperationError(
                f"{type(self).__name__}: there are no parameters to train "
                "(a generator such as model.parameters() can be used only once)"
            )
        if len(set(map(id, everything))) != len(everything):
            raise OperationError(f"{type(self).__name__}: a parameter was given twice")
        for parameter in everything:
            if not isinstance(parameter, Tensor):
                raise ArgumentTypeError(
                    f"{type(self).__name__}: expected Tensors, got {type(parameter).__name__}; "
                    "pass model.parameters()"
                )
            if not (isinstance(parameter, Parameter) or parameter.is_variable):
                raise OperationError(
                    f"{type(self).__name__}: a tensor of shape {parameter.shape} is no variable, "
                    "so it would never move; make it with requires_grad=True"
                )
        for group in self.groups:
            unknown = group.keys() - settings.keys() - {"params"}
            if unknown:
                raise OperationError(
                    f"{type(self).__name__}: unknown setting {', '.join(map(repr, unknown))}; "
                    f"there are {', '.join(settings)}"
                )
            if not isinstance(group["lr"], int | float) or not 0 <= group["lr"] < inf:
                raise OperationError(
                    f"{type(self).__name__}: lr must be a number >= 0, got {group['lr']!r}"
                )
        self.state: dict[Tensor, dict[str, Any]] = {}

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.groups:
            for parameter in group["params"]:
                if parameter.requires_grad:
                    parameter.grad = None

    def step(self) -> None:
        """Change each parameter that has a gradient."""
        for group in self.groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is not None:
                    state = self.state.setdefault(parameter, {})
                    # 0-d arrays as 1-d: arithmetic on them would give immutable scalars.
                    value, gradient = map(np.atleast_1d, (parameter.writable(), gradient._value))
                    self.update(value, gradient, state, group)

    def update(
        self, value: np.ndarray, gradient: np.ndarray, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Write the new value of one parameter into `value`."""
        raise TypeError(f"{type(self).__name__} does not define update")


class SGD(Optimizer):
    """Gradient descent: b ← momentum · b + g; w ← w − lr · b.

    Source: Sutskever et al., "On the importance of initialization and momentum in deep
    learning", 2013, in PyTorch's form.
    """

    def __init__(self, parameters: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr=lr, momentum=momentum)

    def update(self, value, gradient, state, group):
        if group["momentum"]:
            velocity = state.get("velocity")
            if velocity is None:
                velocity = state["velocity"] = gradient.copy()
            else:
                velocity *= group["momentum"]
                velocity += gradient
            gradient = velocity
        value -= group["lr"] * gradient


class Adam(Optimizer):
    """Adam: steps of the mean gradient over the root of the mean squared gradient.

    Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015, Algorithm 1.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise OperationError(f"Adam: betas are two numbers in [0, 1), got {betas}")
        super().__init__(parameters, lr=lr, betas=betas, eps=eps)

    def update(self, value, gradient, state, group):
        if value.dtype.kind == "c":
            raise DTypeError("Adam: complex parameters are not supported; use SGD")
        if not state:
            state.update(steps=0, mean=np.zeros_like(value), square=np.zeros_like(value))
        state["steps"] += 1
        beta1, beta2 = group["betas"]
        step = group["lr"] / (1 - beta1 ** state["steps"])
        scale = 1 / sqrt(1 - beta2 ** state["steps"])
        for w, g, m, v in chunks(value, gradient, state["mean"], state["square"]):
            scratch = g - m
            scratch *= 1 - beta1
            m += scratch
            np.multiply(g, g, out=scratch)
            scratch *= 1 - beta2
            v *= beta2
            v += scratch
            np.sqrt(v, out=scratch)
            scratch *= scale
            scratch += group["eps"]
            np.divide(m, scratch, out=scratch)
            scratch *= step
            w -= scratch


def chunks(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """The arrays themselves if small, else flat pieces of them side by side."""
    size = arrays[0].size
    if size <= CHUNK or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, size, CHUNK):
        yield tuple([array[start : start + CHUNK] for array in flat])
