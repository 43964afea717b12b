"""All errors that the engine raises on purpose.

Each class also derives from the built-in exception that a NumPy user would expect, so
`except ValueError` keeps working.
"""

import pickle
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = [
    "ArgumentTypeError",
    "AutogradError",
    "AxisError",
    "ConversionError",
    "DTypeError",
    "DrawingError",
    "GraphError",
    "InPlaceError",
    "LinAlgError",
    "OperationError",
    "PicklingError",
    "ShapeError",
    "TensorIndexError",
    "UnsupportedError",
    "ZeroWeightsError",
]


class AutogradError(Exception):
    """Base class of all errors of this library."""


class ShapeError(AutogradError, ValueError):
    """Shapes that do not fit the operation or each other."""


class DTypeError(AutogradError, TypeError):
    """A dtype that cannot be used here, for example integers where a gradient is needed."""


class OperationError(AutogradError, ValueError):
    """An invalid argument of an operation (an axis, a stride, a bound, ...)."""


class AxisError(OperationError, np.exceptions.AxisError):
    """An axis that the tensor does not have."""

    __str__ = Exception.__str__  # NumPy's ignores `args`, to which modules add their path


class LinAlgError(OperationError, np.linalg.LinAlgError):
    """A matrix without the inverse, decomposition, ... (singular, not positive definite)."""


class ZeroWeightsError(OperationError, ZeroDivisionError):
    """Weights that add up to zero, where they must be divided by their sum."""


class ArgumentTypeError(AutogradError, TypeError):
    """An argument of the wrong type, or one that the operation does not have."""


class TensorIndexError(AutogradError, IndexError):
    """An index that does not fit the tensor."""


class GraphError(AutogradError, RuntimeError):
    """The graph cannot be differentiated as asked (no graph, or freed already)."""


class PicklingError(GraphError, pickle.PicklingError, pickle.UnpicklingError):
    """A graph could not be pickled or loaded: one of its operations could not be found again."""


class InPlaceError(GraphError):
    """A value needed for a gradient was, or would be, overwritten."""


class UnsupportedError(AutogradError, TypeError):
    """A NumPy function or option that is not supported here."""


class ConversionError(AutogradError, TypeError):
    """A tensor that is being differentiated was about to become a plain array."""


class DrawingError(AutogradError, RuntimeError):
    """A graph could not be drawn: no renderer, or one that failed."""


EXPLAINED = (TypeError, ValueError, IndexError, AttributeError)
"""What NumPy raises for bad input; other errors pass unchanged."""


def call_explained(
    name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """function(*args, **kwargs); what NumPy or Python raises becomes a typed error."""
    try:
        return function(*args, **kwargs)
    except AutogradError:
        raise
    except EXPLAINED as error:
        try:
            signature(function).bind(*args, **kwargs)
        except TypeError as mismatch:
            raise UnsupportedError(f"{name}: {mismatch}") from None
        raise explain(name, args, error) from error


def explain(name: str, operands: Sequence[Any], error: Exception) -> Exception:
    """The typed error for what NumPy raised inside operation `name`."""
    if isinstance(error, AutogradError):
        return type(error)(f"{name}: {error}")
    met = ", ".join(describe(operand) for operand in operands)
    text = f"{name}: {error} (operands: {met})"
    if isinstance(error, np.linalg.LinAlgError):
        return LinAlgError(text)
    if isinstance(error, np.exceptions.AxisError):
        return AxisError(text)
    if isinstance(error, IndexError):
        return TensorIndexError(text)
    if isinstance(error, TypeError | AttributeError):
        kinds = [getattr(operand, "dtype", np.dtype(object)).kind for operand in operands]
        return (DTypeError if set(kinds) & set("OSUMmV") else ArgumentTypeError)(text)
    about_shape = any(word in str(error) for word in ("broadcast", "shape", "dimension", "size"))
    return (ShapeError if about_shape else OperationError)(text)


def describe(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return repr(value)[:40] if shape is None else f"{value.dtype}{list(shape)}"
