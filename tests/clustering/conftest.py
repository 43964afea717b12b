"""Fixtures of the clustering tests."""

from importlib.util import find_spec

import pytest

from clustering.kernels import kernels

BACKENDS = ["plain", *(["compiled"] if find_spec("numba") else [])]


@pytest.fixture(params=BACKENDS)
def backend(request, monkeypatch):
    """Runs a test with NumPy's kernels, and with Numba's where it is installed."""
    monkeypatch.setenv("CLUSTERING_KERNELS", request.param)
    kernels.cache_clear()
    yield request.param
    kernels.cache_clear()
