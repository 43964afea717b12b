"""What estimators accept: arrays, Tensors, lists and data frames, checked and as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Dual, Tensor
from clustering.errors import DataError, DataTypeError, ParameterError

FLOATS = (np.float32, np.float64)


def as_data(X: Any, name: str, *, minimum: int = 1, copy: bool = False) -> np.ndarray:
    """`X` (samples × features) as a C-contiguous array of float32 or float64.

    Other real dtypes become float64. `minimum`: how many samples are needed.

    Raises:
        DataError: not two axes, no features, too few samples, NaN or infinite entries.
        DataTypeError: sparse, complex or not numbers.
    """
    X = as_numbers(X, name)
    if X.ndim != 2:
        raise DataError(
            f"{name}: expected a 2-d array (samples, features), got shape {X.shape}. Reshape your "
            "data: x[:, None] for one feature, x[None, :] for one sample"
        )
    if X.shape[1] < 1:
        raise DataError(
            f"{name}: found array with 0 feature(s) (shape={X.shape}) while a minimum of 1 is "
            "required."
        )
    if X.shape[0] < minimum:
        raise DataError(
            f"{name}: found array with {X.shape[0]} sample(s) (shape={X.shape}) while a minimum "
            f"of {minimum} is required; n_samples={X.shape[0]} is too few."
        )
    dtype = X.dtype if X.dtype in FLOATS else np.float64
    X = np.array(X, dtype, order="C") if copy else np.ascontiguousarray(X, dtype)
    check_finite(X, name)
    return X


def is_differentiated(X: Any) -> bool:
    """Whether a derivative is being taken with respect to X, in reverse or forward mode."""
    return isinstance(X, Dual) or (isinstance(X, Tensor) and X.requires_grad)


def as_numbers(X: Any, name: str) -> np.ndarray:
    """`X` as an array of real numbers; a Tensor leaves its graph."""
    if isinstance(X, Tensor):
        X = X.numpy()
    if hasattr(X, "tocsr"):
        raise DataTypeError(
            f"{name}: sparse data are not supported; pass X.toarray() if it fits into memory"
        )
    try:
        X = np.asarray(X)
        if X.dtype.kind == "O":
            X = X.astype(np.float64)
    except TypeError as error:
        raise DataTypeError(f"{name}: the entries of X must be numbers: {error}") from error
    except ValueError as error:
        raise DataError(f"{name}: X must be a table of numbers: {error}") from error
    if X.dtype.kind == "c":
        raise DataError(f"{name}: Complex data not supported, got {X.dtype}")
    if X.dtype.kind not in "biuf":
        raise DataError(f"{name}: the entries of X must be numbers, got dtype {X.dtype}")
    return X


def check_finite(X: np.ndarray, name: str) -> None:
    """Raise DataError if an entry is NaN or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(X.sum(dtype=np.float64)):  # one pass; a sum may overflow, then look closer
            return
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, *column = bad[0].tolist()
        raise DataError(
            f"{name}: X contains NaN or infinity ({len(bad)} entries, the first in row {row}"
            f"{f', column {column[0]}' if column else ''}); remove or replace these samples"
        )


def as_weights(weights: Any, samples: int, name: str) -> np.ndarray | None:
    """Sample weights (samples,) as float64; None stays None.

    Raises:
        DataError: another shape, negative or not finite entries, or none positive.
    """
    if weights is None:
        return None
    weights = as_numbers(weights, f"{name}: sample_weight").astype(np.float64)
    if weights.ndim == 0:
        weights = np.full(samples, float(weights))
    if weights.shape != (samples,):
        raise DataError(
            f"{name}: sample_weight has shape {weights.shape}, expected {(samples,)} "
            f"(sample_weight.shape == {weights.shape})"
        )
    check_finite(weights, f"{name}: sample_weight")
    if weights.min() < 0 or not weights.any():
        raise DataError(f"{name}: sample_weight must be >= 0 and not all zero")
    return weights


def check_number(
    name: str,
    value: Any,
    owner: str,
    *,
    least: float = -np.inf,
    above: float = -np.inf,
    most: float = np.inf,
    whole: bool = False,
) -> Any:
    """`value` if it is a real (whole) number in [least, most] and greater than `above`.

    Raises:
        ParameterError: it is not.
    """
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not (fits and least <= value <= most and value > above):
        bounds = {">=": least, ">": above, "<=": most}
        limits = [f"{sign} {bound}" for sign, bound in bounds.items() if np.isfinite(bound)]
        kind = "an integer" if whole else "a number"
        raise ParameterError(
            f"{owner}: {name} must be {kind} {' and '.join(limits) or 'at all'}, got {value!r}"
        )
    return value


def check_choice(name: str, value: Any, choices: Any, owner: str) -> Any:
    """`value` if it is one of `choices`; else a ParameterError."""
    if not isinstance(value, str) or value not in choices:
        raise ParameterError(
            f"{owner}: {name} must be one of {', '.join(map(repr, choices))}, got {value!r}"
        )
    return value


def generator_of(random_state: Any, owner: str) -> np.random.Generator:
    """A generator from a seed, a Generator, scikit-learn's RandomState, or None (fresh).

    Raises:
        ParameterError: anything else.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    if random_state is None or (
        isinstance(random_state, int | np.integer)
        and not isinstance(random_state, bool)
        and random_state >= 0
    ):
        return np.random.default_rng(random_state)
    raise ParameterError(
        f"{owner}: random_state must be None, an integer >= 0, or a NumPy generator; "
        f"got {random_state!r}"
    )
