"""How kernels are compiled: no reordering of sums, the lock released, kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from numba import get_num_threads, njit, set_num_threads  # type: ignore  # an optional dependency

SETTINGS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}

LARGE = 1 << 15
"""Numbers in the data from which on several threads pay."""

compiled: Any = njit(**SETTINGS)


def parallel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel whose first argument is the data, to run in one thread if they are few."""
    kernel = njit(parallel=True, **SETTINGS)(function)

    @wraps(function)
    def call(data: Any, *rest: Any) -> Any:
        if data.size >= LARGE:
            return kernel(data, *rest)
        threads = get_num_threads()
        set_num_threads(1)
        try:
            return kernel(data, *rest)
        finally:
            set_num_threads(threads)

    return call
