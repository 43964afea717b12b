"""Errors that only networks and their training raise."""

from autograd_core import AutogradError

__all__ = ["DataError", "NonFiniteGradientError", "NonFiniteLossError", "StateError"]


class StateError(AutogradError, ValueError):
    """A state dict does not fit a model: missing, unexpected or mis-shaped entries."""


class NonFiniteLossError(AutogradError, FloatingPointError):
    """The loss became NaN or infinite during training."""


class NonFiniteGradientError(AutogradError, FloatingPointError, RuntimeError):
    """A gradient is NaN or infinite where it must not be."""


class DataError(AutogradError, ValueError):
    """A data set is missing, damaged, or does not fit together."""
