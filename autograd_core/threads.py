"""Several threads for the inner loops of one operation.

NumPy lets go of the interpreter's lock while it computes, so that blocks of an array which take
a tenth of a millisecond or more are worked on at the same time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def thread_count() -> int:
    """The processors this process may use; at most OMP_NUM_THREADS, which limits BLAS too."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(available or 1, int(limit) if limit.isdecimal() else 1 << 30))


def in_parallel(function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """`function` of each part, in order. NumPy's error state and grad mode are the caller's.

    The threads end with the call: none is left for a fork or the interpreter's end to trip over.
    """
    threads = min(thread_count(), len(parts))
    if threads < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(copy_context().run, function, part) for part in parts]
        return [future.result() for future in waiting]
