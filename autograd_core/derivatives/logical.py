"""Functions without a derivative: their results are constants, never part of a graph."""

import numpy as np

from autograd_core.array import Array
from autograd_core.declare import composite, nondifferentiable
from autograd_core.derivatives.elementwise import _direction
from autograd_core.primitive import NUMPY

equal = nondifferentiable(np.equal)
not_equal = nondifferentiable(np.not_equal)
less = nondifferentiable(np.less)
less_equal = nondifferentiable(np.less_equal)
greater = nondifferentiable(np.greater)
greater_equal = nondifferentiable(np.greater_equal)
logical_and = nondifferentiable(np.logical_and)
logical_or = nondifferentiable(np.logical_or)
logical_xor = nondifferentiable(np.logical_xor)
logical_not = nondifferentiable(np.logical_not)
bitwise_and = nondifferentiable(np.bitwise_and)
bitwise_or = nondifferentiable(np.bitwise_or)
bitwise_xor = nondifferentiable(np.bitwise_xor)
invert = nondifferentiable(np.invert)
isfinite = nondifferentiable(np.isfinite)
isinf = nondifferentiable(np.isinf)
isnan = nondifferentiable(np.isnan)
signbit = nondifferentiable(np.signbit)

_step = nondifferentiable(np.sign)
floor = nondifferentiable(np.floor)
ceil = nondifferentiable(np.ceil)
trunc = nondifferentiable(np.trunc)
rint = nondifferentiable(np.rint)
round = nondifferentiable(np.round)
floor_divide = nondifferentiable(np.floor_divide)
heaviside = nondifferentiable(np.heaviside)

all = nondifferentiable(np.all)
any = nondifferentiable(np.any)
argmax = nondifferentiable(np.argmax)
argmin = nondifferentiable(np.argmin)
argsort = nondifferentiable(np.argsort)
argwhere = nondifferentiable(np.argwhere)
nonzero = nondifferentiable(np.nonzero)
flatnonzero = nondifferentiable(np.flatnonzero)
count_nonzero = nondifferentiable(np.count_nonzero)
searchsorted = nondifferentiable(np.searchsorted)
isclose = nondifferentiable(np.isclose)
allclose = nondifferentiable(np.allclose)
array_equal = nondifferentiable(np.array_equal)
zeros_like = nondifferentiable(np.zeros_like)
ones_like = nondifferentiable(np.ones_like)
full_like = nondifferentiable(np.full_like)


@composite(np.sign)
def sign(x):
    """x / |x|, and 0 at 0: piecewise constant for real numbers, differentiable for complex."""
    if isinstance(x, Array) and x.dtype.kind == "c":
        return np.conj(_direction(x))
    return _step(x)


NUMPY.update(
    {
        np.shape: lambda x: x.shape,
        np.ndim: lambda x: x.ndim,
        np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
        np.iscomplexobj: lambda x: x.dtype.kind == "c",
        np.isrealobj: lambda x: x.dtype.kind != "c",
        np.result_type: lambda *args: np.result_type(
            *(a.dtype if isinstance(a, Array) else a for a in args)
        ),
    }
)
