"""`numpy.fft` for Tensors, under its names; the operations are in `derivatives/fourier.py`."""

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.derivatives import fourier  # noqa: F401  (fills the lookup)
from autograd_core.derivatives.creation import makes
from autograd_core.primitive import NUMPY

FUNCTIONS = {name: NUMPY[f] for name, f in vars(np.fft).items() if callable(f) and f in NUMPY}
globals().update(FUNCTIONS)

__all__ = [*FUNCTIONS, "fftfreq", "rfftfreq"]  # pyright: ignore[reportUnsupportedDunderAll]


@makes
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `fft` of n samples, d apart, belongs to: (n,)."""
    return np.asarray(np.fft.fftfreq(n, d, device=device), dtype)


@makes
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that `rfft` of n samples, d apart, belongs to: (n // 2 + 1,)."""
    return np.asarray(np.fft.rfftfreq(n, d, device=device), dtype)


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
