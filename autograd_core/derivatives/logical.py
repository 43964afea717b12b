"""Functions without a derivative: their results are constants, not part of a graph."""

import numpy as np

from autograd_core.array import Array, value_of
from autograd_core.declare import nondifferentiable
from autograd_core.errors import UnsupportedError
from autograd_core.registry import NUMPY

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
left_shift = nondifferentiable(np.left_shift)
right_shift = nondifferentiable(np.right_shift)
bitwise_count = nondifferentiable(np.bitwise_count)
gcd = nondifferentiable(np.gcd)
lcm = nondifferentiable(np.lcm)
isfinite = nondifferentiable(np.isfinite)
isinf = nondifferentiable(np.isinf)
isnan = nondifferentiable(np.isnan)
signbit = nondifferentiable(np.signbit)
isneginf = nondifferentiable(np.isneginf)
isposinf = nondifferentiable(np.isposinf)
iscomplex = nondifferentiable(np.iscomplex)
isreal = nondifferentiable(np.isreal)
isin = nondifferentiable(np.isin)
spacing = nondifferentiable(np.spacing)

floor = nondifferentiable(np.floor)
ceil = nondifferentiable(np.ceil)
trunc = nondifferentiable(np.trunc)
rint = nondifferentiable(np.rint)
round = nondifferentiable(np.round)
around = nondifferentiable(np.around)
fix = nondifferentiable(np.fix)
floor_divide = nondifferentiable(np.floor_divide)

all = nondifferentiable(np.all)
any = nondifferentiable(np.any)
argmax = nondifferentiable(np.argmax)
argmin = nondifferentiable(np.argmin)
argwhere = nondifferentiable(np.argwhere)
nonzero = nondifferentiable(np.nonzero)
flatnonzero = nondifferentiable(np.flatnonzero)
count_nonzero = nondifferentiable(np.count_nonzero)
lexsort = nondifferentiable(np.lexsort)
searchsorted = nondifferentiable(np.searchsorted)
isclose = nondifferentiable(np.isclose)
allclose = nondifferentiable(np.allclose)
array_equal = nondifferentiable(np.array_equal)
array_equiv = nondifferentiable(np.array_equiv)
unravel_index = nondifferentiable(np.unravel_index)
ravel_multi_index = nondifferentiable(np.ravel_multi_index)
diag_indices_from = nondifferentiable(np.diag_indices_from)
tril_indices_from = nondifferentiable(np.tril_indices_from)
triu_indices_from = nondifferentiable(np.triu_indices_from)
ix_ = nondifferentiable(np.ix_)
zeros_like = nondifferentiable(np.zeros_like)
ones_like = nondifferentiable(np.ones_like)
empty_like = nondifferentiable(np.empty_like)


NUMPY.update(
    {
        np.shape: lambda x: x.shape,
        np.ndim: lambda x: x.ndim,
        np.iscomplexobj: lambda x: x.dtype.kind == "c",
        np.isrealobj: lambda x: x.dtype.kind != "c",
        np.result_type: lambda *args: np.result_type(
            *(a.dtype if isinstance(a, Array) else a for a in args)
        ),
    }
)


def _of_values(function):
    """`function` of the arrays behind its arguments; its result is not an array."""
    return lambda *args, **kwargs: function(*value_of(args), **value_of(kwargs))


NUMPY.update(
    {
        function: _of_values(function)
        for function in (
            np.size,
            np.can_cast,
            np.common_type,
            np.min_scalar_type,
            np.array2string,
            np.array_repr,
            np.array_str,
        )
    }
)


def _refuse(advice, *functions):
    """Make NumPy functions that cannot work on tensors say what to do instead."""

    def refusing(name):
        def refuse(*args, **kwargs):
            raise UnsupportedError(f"numpy.{name} does not support tensors: {advice}")

        return refuse

    NUMPY.update({function: refusing(function.__name__) for function in functions})


_refuse(
    "it changes an array in place, which would lose the gradient; write x[...] = values, "
    "which is differentiable",
    np.put_along_axis,
    np.put,
    np.place,
    np.putmask,
    np.fill_diagonal,
)
_refuse(
    "it fills an array, which would lose the gradient; write x[...] = values, or use "
    "np.broadcast_to or np.full_like of a tensor instead of np.full",
    np.copyto,
)
_refuse(
    "the memory of a tensor is not public; compare the .numpy() of both",
    np.may_share_memory,
    np.shares_memory,
)
