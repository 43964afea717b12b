"""How kernels are compiled: no reordering of sums, the lock released, kept on disk."""

from __future__ import annotations

from typing import Any

from numba import njit  # type: ignore  # an optional dependency

compiled: Any = njit(cache=True, nogil=True, error_model="numpy")
parallel: Any = njit(cache=True, nogil=True, error_model="numpy", parallel=True)
