"""The tables: every operation next to its derivative.

One file per family. Each entry declares an operation with `elementwise`, `linear` or `general`
(see `autograd_core.primitive`), or a function made of operations with `composite`; everything
else - both modes, higher orders, pictures, generated tests - follows from the entry.
`python -m autograd_core.derivatives` prints a table of them all.
"""

import builtins

from autograd_core import registry
from autograd_core.derivatives import (
    creation,
    fourier,  # its names live in autograd_core.fft
    numpy_linalg,  # noqa: F401  and these in autograd_core.linalg
)
from autograd_core.derivatives.accumulations import *  # noqa: F403
from autograd_core.derivatives.activations import *  # noqa: F403
from autograd_core.derivatives.bessel import *  # noqa: F403
from autograd_core.derivatives.convolution import *  # noqa: F403
from autograd_core.derivatives.creation import *  # noqa: F403
from autograd_core.derivatives.decompositions import *  # noqa: F403
from autograd_core.derivatives.elementwise import *  # noqa: F403
from autograd_core.derivatives.indexing import *  # noqa: F403
from autograd_core.derivatives.inverses import *  # noqa: F403
from autograd_core.derivatives.joining import *  # noqa: F403
from autograd_core.derivatives.linalg import *  # noqa: F403
from autograd_core.derivatives.logical import *  # noqa: F403
from autograd_core.derivatives.normalization import *  # noqa: F403
from autograd_core.derivatives.norms import *  # noqa: F403
from autograd_core.derivatives.padding import *  # noqa: F403
from autograd_core.derivatives.polynomials import *  # noqa: F403
from autograd_core.derivatives.pooling import *  # noqa: F403
from autograd_core.derivatives.products import *  # noqa: F403
from autograd_core.derivatives.reductions import *  # noqa: F403
from autograd_core.derivatives.sampling import *  # noqa: F403
from autograd_core.derivatives.selecting import *  # noqa: F403
from autograd_core.derivatives.shapes import *  # noqa: F403
from autograd_core.derivatives.sorting import *  # noqa: F403
from autograd_core.derivatives.special import *  # noqa: F403
from autograd_core.derivatives.statistics import *  # noqa: F403

registry.close()

PUBLIC = sorted(
    {name for name, operation in registry.REGISTRY.items() if not operation.is_part}.union(
        registry.COMPOSITES, creation.__all__
    ).difference(fourier.__all__)
)
"""Names that users call. An operation is public unless it is declared with `part=True`."""

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    name for name in PUBLIC if not hasattr(builtins, name)
]
"""Without the names that Python has, too (`sum`): a star import must not replace those."""
