"""`numpy.fft` for Tensors, under its names."""

from typing import Any

import numpy as np

from autograd_core.derivatives.creation import makes
from autograd_core.derivatives.fourier import *  # noqa: F403
from autograd_core.derivatives.fourier import __all__ as _transforms

__all__ = ["fftfreq", "rfftfreq"]
__all__ += _transforms


@makes
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `fft` of n samples, d apart, belongs to: (n,)."""
    return np.asarray(np.fft.fftfreq(n, d, device=device), dtype)


@makes
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `rfft` of n samples, d apart, belongs to: (n // 2 + 1,)."""
    return np.asarray(np.fft.rfftfreq(n, d, device=device), dtype)
