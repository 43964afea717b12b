"""The inner loops, twice: `compiled` (Numba) and `plain` (NumPy), with the same results.

Both sum in the same fixed order, so labels depend neither on Numba nor on the thread count.
`kernels()` gives the one to use: the compiled one where Numba is installed, unless the
environment variable CLUSTERING_KERNELS is "plain".
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any

from clustering.kernels import plain


@cache
def kernels() -> Any:
    """The module of kernels; imported at the first use, because Numba takes a second to load."""
    if os.environ.get("CLUSTERING_KERNELS") != "plain" and find_spec("numba"):
        from clustering.kernels import compiled  # needs Numba, which is optional

        return compiled
    return plain
