"""The tables: every operation next to its derivative.

One file per family. Each entry declares an operation with `elementwise`, `linear` or `general`
(see `autograd_core.primitive`); everything else - both modes, higher orders, pictures, generated
tests - follows from the entry. `composites` holds functions written in terms of the others.
"""

from autograd_core.derivatives.composites import *  # noqa: F403
from autograd_core.derivatives.convolution import *  # noqa: F403
from autograd_core.derivatives.elementwise import *  # noqa: F403
from autograd_core.derivatives.indexing import *  # noqa: F403
from autograd_core.derivatives.linalg import *  # noqa: F403
from autograd_core.derivatives.logical import *  # noqa: F403
from autograd_core.derivatives.pooling import *  # noqa: F403
from autograd_core.derivatives.reductions import *  # noqa: F403
from autograd_core.derivatives.shapes import *  # noqa: F403
from autograd_core.primitive import COMPOSITES, Operation

__all__ = sorted(  # pyright: ignore[reportUnsupportedDunderAll]
    name
    for name, value in globals().items()
    if isinstance(value, Operation) or COMPOSITES.get(name) is value
)
