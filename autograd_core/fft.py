"""`numpy.fft` for Tensors, under its names."""

from typing import Any

import numpy as np

from autograd_core.derivatives import fourier
from autograd_core.derivatives.creation import makes
from autograd_core.derivatives.fourier import *  # noqa: F403

__all__ = ["fftfreq", "rfftfreq"]
__all__ += fourier.__all__


@makes
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `fft` of n samples, d apart, belongs to: (n,)."""
    return np.asarray(np.fft.fftfreq(n, d, device=device), dtype)


@makes
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `rfft` of n samples, d apart, belongs to: (n // 2 + 1,)."""
    return np.asarray(np.fft.rfftfreq(n, d, device=device), dtype)
