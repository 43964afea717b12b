"""How rows are parted, so that sums do not depend on the number of threads."""

from __future__ import annotations

from itertools import pairwise


def row_blocks(rows: int, clusters: int, limit: int = 32) -> list[tuple[int, int]]:
    """Ranges of rows whose sums are formed one by one and then added in order.

    They depend on the data's shape only, never on the thread count.
    """
    blocks = max(1, min(limit, rows // max(8 * clusters, 1024)))
    edges = [rows * block // blocks for block in range(blocks + 1)]
    return list(pairwise(edges))
