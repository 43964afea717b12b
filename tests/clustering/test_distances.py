"""Distances between samples."""

import numpy as np

import autograd_core as ac
from clustering.distances import directions


def test_directions_of_zeros_have_gradient_zero():
    x = ac.Tensor([[0.0, 0], [3, 4]], requires_grad=True)
    y = directions(x)
    (y * [[1.0, 2], [1, 2]]).sum().backward()
    np.testing.assert_allclose(y.numpy(), [[0, 0], [0.6, 0.8]])
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [-0.064, 0.048]], atol=1e-15)
