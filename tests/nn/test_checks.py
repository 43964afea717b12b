"""Checks of settings and data."""

import numpy as np
import pytest

import autograd_core as ac
from nn.checks import (
    array_of,
    as_operand,
    check_numbers,
    check_positive,
    check_sizes,
    is_integer,
    is_number,
    length_of,
)


def test_integers_and_numbers():
    assert all(map(is_integer, (0, -3, np.int8(4), np.uint64(5))))
    assert not any(map(is_integer, (True, np.True_, 1.0, "1", None)))
    assert all(map(is_number, (0, -2.5, np.float32(3), np.int64(4))))
    assert not any(map(is_number, (True, np.nan, np.inf, 1j, "1", None)))
    assert is_number(1, 0, 1) and not is_number(1.1, 0, 1) and not is_number(-1, 0)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (lambda: check_sizes("A", n=0), "A: n must be an integer >= 1, got 0"),
        (lambda: check_sizes("A", n=1, m=2.0), "A: m must be an integer >= 1, got 2.0"),
        (lambda: check_numbers("A", x=np.nan), "A: x must be a finite number, got nan"),
        (lambda: check_numbers("A", 0, x=-1), "A: x must be a finite number >= 0, got -1"),
        (lambda: check_numbers("A", 0, 1, x=2), r"A: x must be a number in \[0, 1\], got 2"),
        (lambda: check_positive("A", x=0), "A: x must be a finite number > 0, got 0"),
    ],
)
def test_messages_say_what_was_expected_and_what_came(check, text):
    with pytest.raises(ac.OperationError, match=text):
        check()


def test_the_array_of_a_tensor_is_read_only_and_of_a_list_new():
    x = ac.Tensor([1.0, 2.0], requires_grad=True)
    for value in (x, ac.Dual(x, np.ones(2))):
        array = array_of(value)
        assert type(array) is np.ndarray and array.tolist() == [1, 2]
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3
    mine = np.zeros(2)
    assert array_of(mine) is mine and array_of([1, 2]).tolist() == [1, 2]


def test_operands_stay_on_their_graph_and_others_become_arrays_of_numbers():
    x = ac.Tensor([1.0, 2.0], requires_grad=True)
    tangent = ac.Dual(x, np.ones(2))
    assert as_operand(x) is x and as_operand(tangent) is tangent
    assert as_operand([[1, 2], [3, 4]]).shape == (2, 2)
    with pytest.raises(ac.ShapeError):
        as_operand([[1, 2], [3]])
    with pytest.raises(ac.DTypeError):
        as_operand(["a"])


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf])
def test_lengths(p):
    x = np.array([[3.0, -4.0, 12.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(length_of(x, p, axis=1), np.linalg.norm(x, p, axis=1))
    np.testing.assert_allclose(length_of(1e200 * x[0], p), 1e200 * np.linalg.norm(x[0], p))
    assert length_of(x[0].astype(np.float16)).dtype == np.float32
