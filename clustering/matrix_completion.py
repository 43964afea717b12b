"""Matrix completion: the entries of a matrix that were not observed, from few factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Any, NamedTuple, Self
from warnings import warn

import numpy as np

from autograd_core import Tensor
from clustering.errors import ConvergenceWarning, DataError, ParameterError, not_fitted
from clustering.validation import as_numbers, check_number, generator_of

__all__ = ["MatrixCompletion"]


class Step(NamedTuple):
    """One iteration: the objective, and the root mean square error of the entries that were fitted
    and of those that were held out (NaN if none were)."""

    loss: float
    error: float
    held_out: float


@dataclass
class MatrixCompletion:
    """A matrix as U V' with few columns, fitted to its observed entries by gradient descent.

    Minimises ½ Σ (U V' - M)² over the observed entries + ½ regularization (|U|² + |V|²): of all
    matrices of this rank, that is ½ Σ (Z - M)² + regularization · (the sum of Z's singular
    values). Adam moves U and V; its step falls along a cosine to 0.

    Args:
        rank: columns of U and V.
        regularization: how much large factors cost.
        learning_rate: the first step, relative to the root mean square of the observed entries.
        max_iter: steps.
        tol: stop when the loss, relative to the first, has changed by less in 20 steps.
        validation_fraction: share of the observed entries to hold out and measure the error by;
            0 for none. They are never fitted.
        patience: stop after this many steps without a lower held-out error, and go back to the
            factors that had the lowest; None: never.
        random_state: seed or generator, for the first factors and what is held out.
        callback: called with each `Step`.

    After `fit`: `row_factors_` (rows, rank), `column_factors_` (columns, rank), `mask_` (which
    entries are observed), `held_out_` (which of them were held out), `error_` and
    `held_out_error_` (root mean squares), `history_` (a list of `Step`), `n_iter_`, `converged_`.

    Raises:
        ParameterError: an option is out of range.
        DataError: the matrix is not a table, observed entries are infinite, or a row or column
                has none.

    Sources: Koren, Bell & Volinsky, "Matrix factorization techniques for recommender systems",
    2009; Srebro, Rennie & Jaakkola, "Maximum-margin matrix factorization", 2004, for the sum of
    singular values.
    """

    rank: int = 2
    regularization: float = 0.0
    learning_rate: float = 0.1
    max_iter: int = 1000
    tol: float = 1e-12
    validation_fraction: float = 0.1
    patience: int | None = None
    random_state: Any = 0
    callback: Callable[[Step], Any] | None = None

    def fit(self, M: Any, mask: Any = None) -> Self:
        """Learn from the observed entries of M (rows, columns).

        Args:
            mask: which entries are observed, (rows, columns) of bool; by default those not NaN.
        """
        random = generator_of(self.random_state, type(self).__name__)
        values, observed = self._checked(M, mask)
        held_out = self._held_out(observed, random)
        fitted = observed & ~held_out
        scale = _root_mean_square(values[fitted]) or 1.0
        size = 0.5 / self.rank**0.25
        U, V = (
            Tensor(size * random.normal(size=(n, self.rank)), requires_grad=True)
            for n in values.shape
        )
        best = self._descend(U, V, values / scale, fitted, held_out, scale)
        self.row_factors_, self.column_factors_ = (factor * np.sqrt(scale) for factor in best)
        self.mask_, self.held_out_, self._values = observed, held_out, values
        difference = self.reconstruction() - values
        self.error_ = _root_mean_square(difference[fitted])
        self.held_out_error_ = _root_mean_square(difference[held_out])
        return self

    def predict(self, rows: Any, columns: Any) -> np.ndarray:
        """The fitted entries at these rows and columns, broadcast together.

        Raises:
            DataError: an index is not an integer, or the matrix has no such row or column.
        """
        self._check_fitted()
        places = []
        for index, factors in ((rows, self.row_factors_), (columns, self.column_factors_)):
            index = np.asarray(index)
            outside = index.dtype.kind not in "iu" or np.any((index < 0) | (index >= len(factors)))
            if index.size and outside:
                raise DataError(
                    f"MatrixCompletion: indices must be integers from 0 to {len(factors) - 1}"
                )
            places.append(factors[index.astype(np.intp)])
        return np.sum(places[0] * places[1], axis=-1)

    def reconstruction(self) -> np.ndarray:
        """U V' (rows, columns): the fitted value of every entry."""
        self._check_fitted()
        return self.row_factors_ @ self.column_factors_.T

    def complete(self) -> np.ndarray:
        """The matrix (rows, columns): observed entries as they are, the others as fitted."""
        reconstruction = self.reconstruction()
        return np.where(self.mask_, self._values, reconstruction)

    def fit_transform(self, M: Any, mask: Any = None) -> np.ndarray:
        """`fit`, then `complete`."""
        return self.fit(M, mask).complete()

    # -- input -----------------------------------------------------------------------------------

    def _checked(self, M: Any, mask: Any) -> tuple[np.ndarray, np.ndarray]:
        """(values, 0 where unobserved; which are observed)."""
        name = type(self).__name__
        check_number("rank", self.rank, name, least=1, whole=True)
        check_number("regularization", self.regularization, name, least=0)
        check_number("learning_rate", self.learning_rate, name, above=0)
        check_number("max_iter", self.max_iter, name, least=1, whole=True)
        check_number("tol", self.tol, name, least=0)
        check_number("validation_fraction", self.validation_fraction, name, least=0, most=0.9)
        if self.patience is not None:
            check_number("patience", self.patience, name, least=1, whole=True)
            if not self.validation_fraction:
                raise ParameterError(f"{name}: patience needs a validation_fraction above 0")
        values = as_numbers(M, name).astype(np.float64)
        if values.ndim != 2 or not values.size:
            raise DataError(f"{name}: expected a matrix (rows, columns), got shape {values.shape}")
        if self.rank > min(values.shape):
            raise ParameterError(f"{name}: rank {self.rank} of a matrix of shape {values.shape}")
        observed = ~np.isnan(values)
        if mask is not None:
            mask = np.asarray(mask)
            if mask.shape != values.shape or mask.dtype != bool:
                raise DataError(
                    f"{name}: mask must be bool of shape {values.shape}, got {mask.dtype} of shape "
                    f"{mask.shape}"
                )
            if (mask & ~observed).any():
                raise DataError(f"{name}: {int((mask & ~observed).sum())} observed entries are NaN")
            observed = mask
        if np.isinf(values[observed]).any():
            raise DataError(f"{name}: observed entries are infinite")
        for axis, what in enumerate(("row", "column")):
            empty = np.flatnonzero(~observed.any(axis=1 - axis))
            if len(empty):
                raise DataError(
                    f"{name}: {what} {empty[0]} has no observed entry ({len(empty)} such in all); "
                    "nothing can be said about it: remove it"
                )
        return np.where(observed, values, 0.0), observed

    def _held_out(self, observed: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Observed entries to hold out; each row and column keeps one at least."""
        kept = np.zeros_like(observed)
        noise = np.where(observed, random.random(observed.shape), -1.0)
        kept[np.arange(len(noise)), noise.argmax(axis=1)] = True
        kept[noise.argmax(axis=0), np.arange(noise.shape[1])] = True
        candidates = np.flatnonzero(observed & ~kept)
        wanted = round(self.validation_fraction * int(observed.sum()))
        held_out = np.zeros_like(observed)
        held_out.flat[random.permutation(candidates)[:wanted]] = True
        return held_out

    # -- descent ---------------------------------------------------------------------------------

    def _descend(
        self, U: Tensor, V: Tensor, M: np.ndarray, fitted: np.ndarray, held_out: np.ndarray,
        scale: float,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """The factors of a matrix of root mean square 1; fills the history, in M's own units."""
        from nn.optimizers import Adam

        optimizer = Adam([U, V], lr=self.learning_rate)
        weight = self.regularization / scale
        history: list[Step] = []
        losses: list[float] = []
        self.history_, self.converged_ = history, False
        best, lowest, last = _copies(U, V), np.inf, 0
        for step in range(self.max_iter):
            optimizer.param_groups[0]["lr"] = (
                self.learning_rate * (1 + cos(pi * step / self.max_iter)) / 2
            )
            optimizer.zero_grad()
            difference = U @ V.T - M
            residual = np.where(fitted, difference, 0.0)
            loss = (np.sum(residual**2) + weight * (np.sum(U**2) + np.sum(V**2))) / 2
            loss.backward()
            losses.append(float(loss.numpy()))
            history.append(
                Step(
                    losses[-1] * scale * scale,
                    _root_mean_square(difference.numpy()[fitted]) * scale,
                    _root_mean_square(difference.numpy()[held_out]) * scale,
                )
            )
            if self.callback is not None:
                self.callback(history[-1])
            if self.patience is not None:
                if history[-1].held_out < lowest:
                    best, lowest, last = _copies(U, V), history[-1].held_out, step
                elif step - last >= self.patience:
                    self.converged_ = True
                    break
            recent = losses[-20:]
            if len(recent) == 20 and max(recent) - min(recent) <= self.tol * losses[0]:
                self.converged_ = True
                break
            optimizer.step()
        self.n_iter_ = len(history)
        if not self.converged_:
            warn(
                f"{type(self).__name__}: did not converge in max_iter={self.max_iter} steps",
                ConvergenceWarning,
                stacklevel=3,
            )
        return best if self.patience is not None else _copies(U, V)

    def _check_fitted(self) -> None:
        if not hasattr(self, "row_factors_"):
            raise not_fitted(type(self).__name__)


def _copies(U: Tensor, V: Tensor) -> tuple[np.ndarray, np.ndarray]:
    return U.numpy().copy(), V.numpy().copy()


def _root_mean_square(values: np.ndarray) -> float:
    """Their squares may overflow; NaN of nothing."""
    if not values.size:
        return float("nan")
    largest = float(np.abs(values).max()) or 1.0
    return largest * float(np.sqrt(np.mean((values / largest) ** 2)))
