"""Which of a model's parameters are weights, rather than shifts and scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from autograd_core import ArgumentTypeError, OperationError
from nn.module import Module, Parameter, is_weight

Choice = str | Callable[[str, Parameter], object] | None


def named_weights(model: Module) -> Iterator[tuple[str, Parameter]]:
    """Each weight once, with its name; see `is_weight`."""
    return (pair for pair in model.named_parameters() if is_weight(pair[1]))


def asked_for(parameters: str | Callable[[str, Parameter], object], name: str, p: Parameter) -> Any:
    return fnmatchcase(name, parameters) if isinstance(parameters, str) else parameters(name, p)


def chosen(model: Module, parameters: Choice = None) -> list[tuple[str, Parameter]]:
    """The parameters that `parameters` asks for, with their names.

    Args:
        model: a Module.
        parameters: None for the weights, see `is_weight`. Or a pattern of names: "*" (all),
            "features.*.weight". Or a function of (name, parameter).

    Raises:
        OperationError: there are none; names those there are.
        ArgumentTypeError: `model` is no Module.
    """
    if not isinstance(model, Module):
        raise ArgumentTypeError(f"expected a Module, got {type(model).__name__}")
    if not (parameters is None or isinstance(parameters, str) or callable(parameters)):
        raise ArgumentTypeError(
            f"parameters must be a pattern of names or a function, got {parameters!r}"
        )
    if parameters is None:
        found = list(named_weights(model))
    else:
        found = [pair for pair in model.named_parameters() if asked_for(parameters, *pair)]
    if not found:
        names = ", ".join(name for name, _ in model.named_parameters())
        raise OperationError(
            f"{type(model).__name__} has no parameters for {parameters or 'its weights'!r}; it "
            f"has: {names or 'none'}. To choose, pass a pattern of names or a function of "
            "(name, parameter)"
        )
    return found
