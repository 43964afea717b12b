"""Parameter, and which parameters of a model are meant: its weights, or those of some names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from autograd_core import ArgumentTypeError, OperationError, Tensor


class Parameter(Tensor):
    """A Tensor that a Module trains. `requires_grad_(False)` freezes it."""

    __slots__ = ()

    def __init__(
        self,
        data: Any,
        dtype: Any = None,
        *,
        requires_grad: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(data, dtype, requires_grad=requires_grad, name=name)


def words(name: str) -> list[str]:
    """Those of the last part of a dotted name: of "rnn.bias_hh" they are "bias" and "hh"."""
    return name.rpartition(".")[2].split("_")


def is_weight(parameter: Tensor) -> bool:
    """Whether a module's parameter is a weight: neither a bias nor the scale of a normalisation.

    Weights have more than one axis, and neither of these two words in their name.
    """
    return parameter.ndim > 1 and {"bias", "scale"}.isdisjoint(words(parameter.name or ""))


Choice = str | Callable[[str, Parameter], object] | None


def named_weights(model: Any) -> Iterator[tuple[str, Parameter]]:
    """Each weight once, with its name; see `is_weight`."""
    return (pair for pair in model.named_parameters() if is_weight(pair[1]))


def asked_for(parameters: str | Callable[[str, Parameter], object], name: str, p: Parameter) -> Any:
    return fnmatchcase(name, parameters) if isinstance(parameters, str) else parameters(name, p)


def chosen(model: Any, parameters: Choice = None) -> list[tuple[str, Parameter]]:
    """The parameters that `parameters` asks for, with their names.

    Args:
        model: a Module.
        parameters: None for the weights, see `is_weight`. Or a pattern of names: "*" (all),
            "features.*.weight". Or a function of (name, parameter).

    Raises:
        OperationError: there are none; names those there are.
        ArgumentTypeError: `model` is not a Module.
    """
    if not hasattr(model, "named_parameters"):
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
