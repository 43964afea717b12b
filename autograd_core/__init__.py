"""Automatic differentiation of plain NumPy code.

`Tensor` records what is computed from it; `backward()`, `grad`, `vjp` and `jvp` differentiate;
`gradcheck` verifies derivatives and `draw` shows the graph. The operations (in `derivatives/`)
have NumPy's names and those of the Python Array API standard; NumPy's own functions accept
Tensors too.

`from autograd_core import *` does not replace Python's `sum`, `abs`, `max`, ...: the functions of
those names, such as `autograd_core.sum`, are not in `__all__`.
"""

from autograd_core import array_api, derivatives, errors, fft, linalg
from autograd_core.array import Array
from autograd_core.array_api import *  # noqa: F403
from autograd_core.array_api import Inspection
from autograd_core.declare import elementwise, general, linear
from autograd_core.derivatives import *  # noqa: F403
from autograd_core.errors import *  # noqa: F403
from autograd_core.forward import Dual
from autograd_core.gradcheck import (
    GradcheckError,
    GradcheckReport,
    gradcheck,
    gradcheck_variables,
)
from autograd_core.graph import (
    Node,
    enable_grad,
    is_grad_enabled,
    keep_values,
    no_grad,
    scope,
    topological_order,
)
from autograd_core.inspection import Drawing, draw
from autograd_core.primitive import Primitive
from autograd_core.registry import REGISTRY
from autograd_core.tensor import Tensor, as_tensor
from autograd_core.transforms import grad, jvp, value_and_grad, vjp

# Names that Python has, too: not in `__all__`, nor in that of the modules they come from.
abs, bool, pow = array_api.abs, array_api.bool, array_api.pow
all, any, divmod = derivatives.all, derivatives.any, derivatives.divmod
max, min, round, sum = derivatives.max, derivatives.min, derivatives.round, derivatives.sum

__all__ = [
    "REGISTRY",
    "Array",
    "Drawing",
    "Dual",
    "GradcheckError",
    "GradcheckReport",
    "Node",
    "Primitive",
    "Tensor",
    "as_tensor",
    "draw",
    "elementwise",
    "enable_grad",
    "fft",
    "general",
    "grad",
    "gradcheck",
    "gradcheck_variables",
    "is_grad_enabled",
    "jvp",
    "keep_values",
    "linalg",
    "linear",
    "no_grad",
    "scope",
    "topological_order",
    "value_and_grad",
    "vjp",
]
__all__ += array_api.__all__
__all__ += derivatives.__all__
__all__ += errors.__all__

__array_api_version__ = "2024.12"
__array_namespace_info__ = Inspection
