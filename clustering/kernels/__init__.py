"""The inner loops, twice: `compiled` (Numba) and `plain` (NumPy), with the same results.

Both sum in the same fixed order, so labels depend neither on Numba nor on the thread count.
`kernels()` gives the one to use: the compiled one where Numba is installed, unless the
environment variable CLUSTERING_KERNELS is "plain".
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any


@cache
def kernels() -> Any:
    """The module of kernels; imported at the first use, because Numba takes a second to load."""
    if os.environ.get("CLUSTERING_KERNELS") != "plain" and find_spec("numba"):
        from clustering.kernels import compiled

        return compiled
    from clustering.kernels import plain

    return plain


def row_blocks(rows: int, clusters: int, limit: int = 32) -> list[tuple[int, int]]:
    """Ranges of rows whose sums are formed one by one and then added in order.

    They depend on the data's shape only, never on the thread count.
    """
    blocks = max(1, min(limit, rows // max(8 * clusters, 1024)))
    edges = [rows * block // blocks for block in range(blocks + 1)]
    return list(pairwise(edges))
