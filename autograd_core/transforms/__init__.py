"""Functions in, derivatives out, one concept a file.

Arguments may be arrays, Tensors, or nested lists, tuples and dicts of them. Arrays in, arrays
out; where a Tensor goes in, or something outside is differentiating too, Tensors come out.
Every transform nests in every other, to any order.
"""

from autograd_core.transforms.forward import jvp
from autograd_core.transforms.gradient import grad, value_and_grad
from autograd_core.transforms.reverse import vjp

__all__ = ["grad", "jvp", "value_and_grad", "vjp"]
