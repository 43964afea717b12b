"""Figures of predictions."""

import numpy as np
import pytest

import autograd_core as ac
import nn


def test_accuracy_does_not_broadcast():
    scores = np.eye(3)
    assert nn.accuracy(scores, [0, 1, 0]) == pytest.approx(2 / 3)
    with pytest.raises(ac.ShapeError, match=r"labels\[:, 0\]"):
        nn.accuracy(scores, np.array([[0], [1], [0]]))
    with pytest.raises(ac.ShapeError, match="argmax"):
        nn.accuracy(scores, np.eye(3, dtype=int))
