"""What estimators accept, and what they say about the rest."""

import numpy as np
import pytest

from autograd_core import Dual, Tensor
from clustering.errors import DataError, DataTypeError, ParameterError
from clustering.validation import (
    as_data,
    as_weights,
    check_choice,
    check_number,
    generator_of,
    is_differentiated,
)

X = [[1, 2], [3, 4]]


def test_data_of_every_kind_become_contiguous_floats():
    for given in (X, np.array(X), Tensor(X), Tensor(np.array(X, float), requires_grad=True)):
        data = as_data(given, "A")
        assert data.dtype == np.float64 and data.flags.c_contiguous
        np.testing.assert_array_equal(data, X)
    assert as_data(np.array(X, np.float32), "A").dtype == np.float32
    assert as_data(np.array(X, np.float16), "A").dtype == np.float64


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        ([1.0, 2.0], DataError, r"A: expected a 2-d array .* got shape \(2,\)"),
        (np.zeros((2, 0)), DataError, "A: found array with 0 feature"),
        ([[1.0, np.nan]], DataError, "A: X contains NaN or infinity .* row 0, column 1"),
        ([[1j]], DataError, "A: Complex data not supported"),
        ([["a"]], DataError, "A: the entries of X must be numbers"),
        ([[1.0], [1.0, 2.0]], DataError, "A: X must be a table of numbers"),
    ],
)
def test_what_is_not_data(data, error, text):
    with pytest.raises(error, match=text):
        as_data(data, "A")


def test_sparse_data_are_refused_with_a_way_out():
    sparse = pytest.importorskip("scipy.sparse").csr_array(np.eye(2))
    with pytest.raises(DataTypeError, match=r"A: sparse data .* X.toarray\(\)"):
        as_data(sparse, "A")


def test_weights():
    assert as_weights(None, 3, "A") is None
    assert as_weights(2, 3, "A").tolist() == [2, 2, 2]
    for wrong in ([1.0, 2.0], [0.0, 0.0, 0.0], [-1.0, 1.0, 1.0], [np.inf, 1, 1]):
        with pytest.raises(DataError, match="A: sample_weight"):
            as_weights(wrong, 3, "A")


def test_numbers_and_choices():
    assert check_number("k", 3, "A", least=1, whole=True) == 3
    for value, options, text in (
        (0, {"least": 1}, "A: k must be a number >= 1, got 0"),
        (2.5, {"whole": True}, "A: k must be an integer"),
        (True, {}, "A: k must be a number"),
        (1, {"above": 1, "most": 2}, "A: k must be a number > 1 and <= 2, got 1"),
    ):
        with pytest.raises(ParameterError, match=text):
            check_number("k", value, "A", **options)
    assert check_choice("m", "a", ("a", "b"), "A") == "a"
    with pytest.raises(ParameterError, match="A: m must be one of 'a', 'b', got 'c'"):
        check_choice("m", "c", ("a", "b"), "A")


def test_generators():
    mine = np.random.default_rng(0)
    assert generator_of(mine, "A") is mine
    draws = [generator_of(seed, "A").random() for seed in (7, np.int64(7))]
    assert draws[0] == draws[1] == np.random.default_rng(7).random()
    first, second = (generator_of(np.random.RandomState(1), "A").random() for _ in range(2))
    assert first == second
    for wrong in (-1, 1.5, True, "seed"):
        with pytest.raises(ParameterError, match="A: random_state"):
            generator_of(wrong, "A")


def test_differentiated():
    assert is_differentiated(Dual(np.eye(2), np.eye(2)))
    assert is_differentiated(Tensor(np.eye(2), requires_grad=True))
    assert not is_differentiated(Tensor(np.eye(2))) and not is_differentiated(X)
