"""What an extension may use of the engine's internals; all other internals may change.

`nn` and `clustering` are built on the public names of `autograd_core` and on this module; your
own layers, estimators and operations can be, too.

    value_of(x)            a Tensor or Dual (or a tree of them) as plain NumPy, for decisions
    checked_array(data)    an array of numbers, or an error that says what is wrong
    conjugated(g)          a gradient as the cotangent that rules work with, and back
    current_mode()         whether operations are recorded here, and in which scope
    call_explained(...)    a call in which NumPy's errors become typed ones that name the operation
    tree_map, ...          functions of nested lists, tuples and dicts of arrays
    weighted_sums          the linear operation behind adaptive means and interpolation
"""

from autograd_core.array import checked_array, value_of
from autograd_core.backward import conjugated
from autograd_core.derivatives.pooling import weighted_sums
from autograd_core.errors import call_explained
from autograd_core.graph import Mode, current_mode
from autograd_core.inspection.figures import new_figure
from autograd_core.tree import named_leaves, refilled, tree_leaves, tree_map

__all__ = [
    "Mode",
    "call_explained",
    "checked_array",
    "conjugated",
    "current_mode",
    "named_leaves",
    "new_figure",
    "refilled",
    "tree_leaves",
    "tree_map",
    "value_of",
    "weighted_sums",
]
