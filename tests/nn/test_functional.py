"""nn.functional: the losses as functions."""

import numpy as np
import pytest

import nn


def test_functional_says_where_activations_are():
    with pytest.raises(AttributeError, match=r"there is autograd_core\.relu"):
        nn.functional.relu(np.ones(2))
    with pytest.raises(AttributeError, match=r"no 'nothing'$"):
        nn.functional.nothing(np.ones(2))


def test_the_function_of_every_loss_is_there():
    kinds = [value for name in nn.__all__ if isinstance(value := getattr(nn, name), type)]
    losses = [kind for kind in kinds if issubclass(kind, nn.Loss) and kind is not nn.Loss]
    functions = {getattr(nn.functional, name) for name in nn.functional.__all__}
    assert len(losses) > 15 and {kind.function for kind in losses} <= functions
