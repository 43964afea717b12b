"""Errors of the clustering package; each is also the built-in one that scikit-learn raises."""

import sys

from autograd_core import AutogradError, OperationError

__all__ = ["ConvergenceWarning", "DataError", "DataTypeError", "NotFittedError", "ParameterError"]


class DataError(OperationError):
    """Data that cannot be clustered: NaN, infinite, empty, of another shape."""


class DataTypeError(AutogradError, TypeError):
    """Data that are not real numbers in a table."""


class ParameterError(OperationError):
    """A parameter of an estimator is out of its range."""


class NotFittedError(AutogradError, ValueError, AttributeError):
    """A result was asked for before `fit`."""


class ConvergenceWarning(UserWarning):
    """An iteration stopped before it converged, or found less than it was asked for."""


def not_fitted(name: str) -> Exception:
    """The error for a method of an unfitted `name`, scikit-learn's own if that is loaded."""
    kind = NotFittedError
    if "sklearn.exceptions" in sys.modules:
        from sklearn.exceptions import NotFittedError as theirs

        kind = type("NotFittedError", (NotFittedError, theirs), {})
    return kind(f"this {name} is not fitted yet; call fit first")
