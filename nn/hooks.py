"""Hooks: functions that a module calls on its way forward and on a gradient's way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import ArgumentTypeError, Array, ShapeError, Tensor, as_tensor, general
from autograd_core.extend import conjugated, current_mode, refilled, tree_leaves, value_of

Hook = Callable[..., Any]


class Handle:
    """Removes a hook: call `remove()`, or use it in a `with` statement."""

    def __init__(self, hooks: dict[Handle, Hook], hook: Hook) -> None:
        if not callable(hook):
            raise ArgumentTypeError(f"a hook must be a function, got {hook!r}")
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        """Do not call the hook any more. Removing it twice does no harm."""
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class Hooks:
    """A module's hooks of each kind, in the order in which they are called."""

    def __init__(self) -> None:
        self.forward_pre: dict[Handle, Hook] = {}
        self.forward: dict[Handle, Hook] = {}
        self.backward_pre: dict[Handle, Hook] = {}
        self.backward: dict[Handle, Hook] = {}

    def call(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`module.forward` with the hooks around it."""
        for hook in tuple(self.forward_pre.values()):
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        crossing = None
        if (self.backward or self.backward_pre) and current_mode().recording:
            crossing = Crossing(module, self)
            args, found = watch(args, crossing.leave)
            crossing.unwatched = None if found else len(tree_leaves(args))
        output = module.forward(*args, **kwargs)
        for hook in tuple(self.forward.values()):
            changed = hook(module, args, output)
            output = output if changed is None else changed
        return output if crossing is None else watch(output, crossing.enter)[0]


class Crossing:
    """One call of a module with backward hooks. Its inputs and outputs pass through an operation
    that changes nothing and tells when their gradients have come: first the outputs', then the
    inputs'."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module, self.hooks = module, hooks
        self.unwatched: int | None = None
        """How many inputs there are, if none of them is differentiated."""
        self.grad_output: tuple[Any, ...] = ()

    def enter(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The outputs' gradients have come."""
        for hook in tuple(self.hooks.backward_pre.values()):
            gradients = replaced(gradients, hook(self.module, gradients))
        self.grad_output = gradients
        if self.unwatched is not None:  # nothing will come out at the other end
            self.leave((None,) * self.unwatched)
        return gradients

    def leave(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs' gradients have come."""
        for hook in tuple(self.hooks.backward.values()):
            gradients = replaced(gradients, hook(self.module, gradients, self.grad_output))
        return gradients


def watch(tree: Any, come: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> tuple[Any, bool]:
    """The same structure, where `come` is given the gradients of all leaves at once and may
    change them (None for what is not differentiated); and whether anything is."""
    leaves = tree_leaves(tree)
    places = [k for k, x in enumerate(leaves) if isinstance(x, Tensor) and x.requires_grad]
    if not places:
        return tree, False
    passed = watched([leaves[k] for k in places], gate=Gate(come, places, len(leaves)))
    for k, tensor in zip(places, passed, strict=True):
        leaves[k] = tensor
    return refilled(tree, leaves), True


class Gate:
    """Where cotangents of the leaves at `places` among `count` come by."""

    def __init__(self, come: Callable[..., tuple[Any, ...]], places: list[int], count: int) -> None:
        self.come, self.places, self.count = come, places, count
        self.last: tuple[Any, Any] = (None, None)

    def pull(self, g: tuple[Any, ...], i: int) -> Any:
        """The cotangent of tensor i, after the hooks have seen those of all: asked for one by
        one, they are called at the first request."""
        if self.last[0] is not g:
            gradients: list[Any] = [None] * self.count
            for k, cotangent in zip(self.places, g, strict=True):
                gradients[k] = as_tensor(conjugated(cotangent))
            self.last = g, self.come(tuple(gradients))
        gradient = conjugated(self.last[1][self.places[i]])
        if i == len(self.places) - 1:
            self.last = None, None
        return gradient if isinstance(g[i], Array) else value_of(gradient)


@general(
    lambda g, i, gate: gate.pull(g, i),
    lambda t, y, i: tuple([t if k == i else np.zeros_like(part) for k, part in enumerate(y)]),
)
def watched(*tensors, gate):
    """The operands as they are; `gate` sees their cotangents."""
    return tensors


def replaced(gradients: tuple[Any, ...], given: Any) -> tuple[Any, ...]:
    """The gradients after a hook that returned `given`: nothing, a tensor, or one for each.

    Raises:
        ShapeError: not one for each, or one of another shape.
        ArgumentTypeError: None in place of a gradient, or the reverse.
    """
    if given is None:
        return gradients
    given = tuple(given) if isinstance(given, tuple | list) else (given,)
    if len(given) != len(gradients):
        raise ShapeError(
            f"a backward hook returned {len(given)} gradients in place of {len(gradients)}"
        )
    for old, new in zip(gradients, given, strict=True):
        if (old is None) != (new is None):
            raise ArgumentTypeError(f"a backward hook returned {new!r:.40} in place of {old!r:.40}")
        if old is not None and np.shape(new) != old.shape:
            raise ShapeError(
                f"a backward hook returned a gradient of shape {np.shape(new)}, not {old.shape}"
            )
    return tuple([None if x is None else as_tensor(x) for x in given])
