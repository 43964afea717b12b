"""`numpy.linalg` for Tensors, under its names, with `expm` and `solve_triangular` of SciPy.

The operations are in `derivatives/`: `linalg.py`, `decompositions.py`, `inverses.py`, `norms.py`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.derivatives import expm, solve_triangular
from autograd_core.primitive import NUMPY

FUNCTIONS = {name: NUMPY[f] for name, f in vars(np.linalg).items() if callable(f) and f in NUMPY}
globals().update(FUNCTIONS)

__all__ = [*FUNCTIONS, "expm", "solve_triangular"]  # pyright: ignore[reportUnsupportedDunderAll]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
