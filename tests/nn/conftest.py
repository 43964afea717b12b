"""Initial weights, masks and shuffles are the same in each run."""

import pytest

import nn


@pytest.fixture(autouse=True)
def same_random_numbers():
    nn.manual_seed(0)
