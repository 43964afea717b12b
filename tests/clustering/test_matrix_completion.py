"""Matrix completion against matrices of known rank and singular values."""

import warnings

import numpy as np
import pytest

import autograd_core as ac
from clustering.errors import (
    ConvergenceWarning,
    DataError,
    DataTypeError,
    NotFittedError,
    ParameterError,
)
from clustering.matrix_completion import MatrixCompletion


def low_rank(rows=60, columns=50, rank=3, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, rank)) @ random.normal(size=(rank, columns))


def partly(truth, share, seed=1):
    return np.where(np.random.default_rng(seed).random(truth.shape) < share, truth, np.nan)


# -- what is known in closed form ----------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1e4, 1e-4])
def test_a_matrix_of_low_rank_is_recovered(scale):
    truth = low_rank() * scale
    M = partly(truth, 0.4)
    fitted = MatrixCompletion(3).fit(M)
    assert fitted.converged_
    np.testing.assert_allclose(fitted.complete(), truth, atol=1e-3 * scale)
    np.testing.assert_array_equal(fitted.complete()[~np.isnan(M)], M[~np.isnan(M)])
    few = fitted.predict([3, 4], 7)  # a product of other size, rounded otherwise
    np.testing.assert_allclose(few, fitted.reconstruction()[[3, 4], 7], rtol=1e-12)
    assert fitted.held_out_error_ < 1e-4 * scale
    assert fitted.row_factors_.shape == (60, 3) and fitted.column_factors_.shape == (50, 3)


@pytest.mark.parametrize("regularization", [0.5, 2.0, 20.0])
def test_regularization_shrinks_the_singular_values(regularization):
    M = np.random.default_rng(0).normal(size=(20, 15))
    u, s, v = np.linalg.svd(M, full_matrices=False)
    shrunk = np.maximum(s - regularization, 0)
    fitted = MatrixCompletion(15, regularization, validation_fraction=0).fit(M)
    np.testing.assert_allclose(fitted.reconstruction(), (u * shrunk) @ v, atol=1e-4)
    least = 0.5 * np.sum((np.minimum(s, regularization)) ** 2) + regularization * shrunk.sum()
    assert fitted.history_[-1].loss == pytest.approx(least, rel=1e-9)


def test_the_best_approximation_of_a_whole_matrix_is_its_first_singular_vectors():
    M = np.random.default_rng(0).normal(size=(20, 15))
    u, s, v = np.linalg.svd(M, full_matrices=False)
    fitted = MatrixCompletion(4, validation_fraction=0).fit(M)
    np.testing.assert_allclose(fitted.reconstruction(), (u[:, :4] * s[:4]) @ v[:4], atol=1e-3)
    assert fitted.error_ == pytest.approx(np.sqrt(np.sum(s[4:] ** 2) / M.size), rel=1e-6)
    assert np.isnan(fitted.held_out_error_)


# -- what is held out ----------------------------------------------------------------------------


def test_held_out_entries_are_not_fitted():
    M = partly(low_rank(), 0.5)
    fitted = MatrixCompletion(3, max_iter=400).fit(M)
    held_out = fitted.held_out_
    assert (fitted.mask_ >= held_out).all()
    assert held_out.sum() == round(0.1 * (~np.isnan(M)).sum())
    changed = np.where(held_out, M + 100, M)
    again = MatrixCompletion(3, max_iter=400).fit(changed)
    np.testing.assert_array_equal(again.row_factors_, fitted.row_factors_)
    difference = (fitted.reconstruction() - M)[held_out]
    assert fitted.held_out_error_ == pytest.approx(np.sqrt(np.mean(difference**2)))


def test_every_row_and_column_keeps_an_entry():
    M = np.full((12, 10), np.nan)
    M[np.arange(12), np.arange(12) % 10] = 1.0
    M[0] = 2.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = MatrixCompletion(1, validation_fraction=0.9, max_iter=50).fit(M)
    kept = fitted.mask_ & ~fitted.held_out_
    assert kept.any(axis=0).all() and kept.any(axis=1).all() and fitted.held_out_.any()


def test_patience_keeps_the_factors_with_the_lowest_held_out_error():
    random = np.random.default_rng(0)
    M = partly(low_rank(40, 30, 2) + random.normal(size=(40, 30)), 0.4)
    whole = MatrixCompletion(10, max_iter=600).fit(M)
    early = MatrixCompletion(10, max_iter=600, patience=20).fit(M)
    lowest = min(step.held_out for step in early.history_)
    assert early.held_out_error_ == pytest.approx(lowest, rel=1e-9)
    assert early.held_out_error_ < 0.8 * whole.held_out_error_
    assert early.n_iter_ == len(early.history_) < whole.n_iter_
    held_out = [step.held_out for step in early.history_]
    assert len(held_out) - 1 - int(np.argmin(held_out)) == 20


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_regularization_helps_against_noise():
    random = np.random.default_rng(0)
    truth = low_rank(40, 30, 2)
    M = partly(truth + random.normal(size=truth.shape), 0.5)
    errors = [
        np.sqrt(np.mean((MatrixCompletion(8, weight).fit(M).reconstruction() - truth) ** 2))
        for weight in (0.0, 4.0)
    ]
    assert errors[1] < 0.6 * errors[0]


# -- ways of asking ------------------------------------------------------------------------------


def test_masks_tensors_seeds_and_callbacks():
    truth = low_rank(20, 15, 2)
    mask = np.random.default_rng(0).random(truth.shape) < 0.7
    steps = []
    first = MatrixCompletion(2, callback=steps.append).fit(ac.Tensor(truth), mask)
    second = MatrixCompletion(2).fit(np.where(mask, truth, np.nan).tolist())
    np.testing.assert_array_equal(first.complete(), second.complete())
    assert steps == first.history_
    other = MatrixCompletion(2, random_state=5).fit(truth, mask)
    assert (other.row_factors_ != first.row_factors_).any()
    np.testing.assert_array_equal(MatrixCompletion(2).fit_transform(truth, mask), first.complete())


def test_constant_zero_and_huge_matrices():
    assert not MatrixCompletion(1, 0.1).fit_transform(np.zeros((4, 3))).any()
    M = np.full((6, 5), 2.0**700)
    M[2, 3] = np.nan
    assert MatrixCompletion(1).fit_transform(M)[2, 3] == pytest.approx(2.0**700, rel=1e-3)


def test_few_steps_are_said_not_to_be_enough():
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        assert not MatrixCompletion(2, max_iter=3).fit(low_rank()).converged_


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"rank": 0}, "rank must be an integer >= 1"),
        ({"rank": 4}, r"rank 4 of a matrix of shape \(5, 3\)"),
        ({"regularization": -1}, "regularization"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"patience": 0}, "patience"),
        ({"patience": 3, "validation_fraction": 0}, "patience needs"),
        ({"random_state": "a"}, "random_state"),
    ],
)
def test_bad_parameters(parameters, text):
    with pytest.raises(ParameterError, match=text):
        MatrixCompletion(**parameters).fit(np.ones((5, 3)))


@pytest.mark.parametrize(
    ("M", "mask", "error", "text"),
    [
        ([1.0, 2], None, DataError, "expected a matrix"),
        (np.empty((0, 3)), None, DataError, "expected a matrix|rank"),
        ([[1, np.inf], [1, 2]], None, DataError, "infinite"),
        ([[np.nan, np.nan], [1, 2]], None, DataError, "row 0 has no observed entry"),
        ([[1, np.nan], [1, np.nan]], None, DataError, "column 1 has no observed entry"),
        ([[1, 2], [3, 4]], [[True, False]], DataError, "mask must be bool"),
        ([[1, 2], [3, 4]], [[1, 1], [0, 1]], DataError, "mask must be bool"),
        ([[np.nan, 2], [3, 4]], np.ones((2, 2), bool), DataError, "1 observed entries are NaN"),
        ([["a", "b"]], None, DataError, "numbers"),
        ([[{}, {}]], None, DataTypeError, "numbers"),
    ],
)
def test_bad_matrices(M, mask, error, text):
    with pytest.raises(error, match=text):
        MatrixCompletion(1).fit(M, mask)


def test_asking_too_early_or_outside():
    with pytest.raises(NotFittedError):
        MatrixCompletion().complete()
    fitted = MatrixCompletion(1).fit(np.ones((4, 3)))
    for rows, columns in ((4, 0), (-1, 0), (0, 3), (0.5, 0)):
        with pytest.raises(DataError, match="integers from 0 to"):
            fitted.predict(rows, columns)
