"""Transforms: they take a function and give its derivatives. One concept per file.

Arguments may be arrays, Tensors, or nested lists, tuples and dicts of them. The results are
arrays if all arguments are; they are Tensors if one of these is, or if something outside is being
differentiated too. Every transform can be applied inside every other, to any order.
"""

from autograd_core.transforms.forward import jvp
from autograd_core.transforms.gradient import grad, value_and_grad
from autograd_core.transforms.reverse import vjp

__all__ = ["grad", "jvp", "value_and_grad", "vjp"]
