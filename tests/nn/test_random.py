"""The random numbers of nn."""

import numpy as np
from test_module import Net

import nn


def test_seed_repeats_weights_and_masks():
    def draw():
        nn.manual_seed(3)
        net = Net()
        return net(np.ones((4, 2), np.float32)).numpy()

    np.testing.assert_array_equal(draw(), draw())
