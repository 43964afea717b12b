"""Which of a model's parameters are weights."""

import numpy as np
import pytest

import nn


@pytest.mark.parametrize(
    ("name", "weight", "bias"),
    [
        ("weight", True, False),
        ("unbiased", True, False),
        ("upscale", True, False),
        ("scale_w", False, False),
        ("scale", False, False),
        ("bias", False, True),
        ("bias_hh", False, True),
        ("hidden_bias", False, True),
    ],
)
def test_weights_and_biases_by_name(name, weight, bias):
    class One(nn.Module):
        def __init__(self):
            setattr(self, name, nn.Parameter(np.ones((2, 2))))

    net = One()
    nn.initialize(net, "constant", val=3.0) if weight else nn.initialize(net, "zeros")
    (value,) = {p.numpy()[0, 0] for p in net.parameters()}
    assert value == (3 if weight else 0 if bias else 1)
