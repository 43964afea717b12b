"""nn.functional: the losses as functions."""

import numpy as np
import pytest

import nn


def test_functional_says_where_activations_are():
    with pytest.raises(AttributeError, match=r"there is autograd_core\.relu"):
        nn.functional.relu(np.ones(2))
    with pytest.raises(AttributeError, match=r"no 'nothing'$"):
        nn.functional.nothing(np.ones(2))
