"""Any function as one from real vectors to real vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from autograd_core.array import plain_array
from autograd_core.errors import ArgumentTypeError, DTypeError, OperationError
from autograd_core.gradcheck.report import bracketed
from autograd_core.tensor import as_tensor
from autograd_core.transforms import jvp, vjp
from autograd_core.tree import named_leaves, refilled, tree_leaves, tree_map


class Packing:
    """How named arrays are packed into one real vector; a complex number becomes two entries.

    Arrays that are neither floating nor complex are left out.
    """

    def __init__(self, names: Sequence[str], arrays: Sequence[np.ndarray]) -> None:
        self.names = list(names)
        self.shapes = [array.shape for array in arrays]
        self.dtypes = [array.dtype for array in arrays]
        self.widths = [{"f": 1, "c": 2}.get(dtype.kind, 0) for dtype in self.dtypes]
        sizes = [width * array.size for width, array in zip(self.widths, arrays, strict=True)]
        self.slices = [slice(*ends) for ends in pairwise(accumulate(sizes, initial=0))]
        self.size = sum(sizes)
        inexact = [dtype for dtype in self.dtypes if dtype.kind in "fc"]
        self.precision = max((float(np.finfo(dtype).eps) for dtype in inexact), default=0.0)

    def vector(self, arrays: Sequence[Any]) -> np.ndarray:
        parts = [
            np.ravel(array).astype("complex" if width == 2 else "float").view("float")
            for array, width in zip(arrays, self.widths, strict=True)
            if width
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def arrays(self, vector: np.ndarray, exact: bool = False) -> list[np.ndarray]:
        """The arrays packed in `vector`, in double precision or (`exact`) with their own dtypes."""
        result = []
        for where, shape, dtype, width in zip(
            self.slices, self.shapes, self.dtypes, self.widths, strict=True
        ):
            part = vector[where].view("complex") if width == 2 else vector[where]
            part = part.reshape(shape) if width else np.zeros(shape)
            result.append(part.astype(dtype) if exact and width else part)
        return result

    def locate(self, j: int) -> tuple[int, tuple[int, ...], str]:
        """The number of the array with entry j, the index in it, and "real", "imag" or ""."""
        k = next(k for k, where in enumerate(self.slices) if j < where.stop)
        element, part = divmod(j - self.slices[k].start, self.widths[k])
        index = tuple(int(i) for i in np.unravel_index(element, self.shapes[k]))
        return k, index, ("real", "imag")[part] if self.widths[k] == 2 else ""

    def describe(self, j: int) -> str:
        k, index, part = self.locate(j)
        text = f"{self.names[k]}{bracketed(index)}"
        return f"{part}({text})" if part else text


class VectorFunction:
    """A user's function f as F: Rⁿ → Rᵐ, checked at the point x."""

    def __init__(self, f: Callable[..., Any], inputs: Any, inside: Packing, outputs: Any) -> None:
        self.f = f
        self.inputs = inputs
        self.inside = inside
        self.x = inside.vector(tree_leaves(inputs))
        self.result = self.run(self.x)
        if isinstance(outputs, str):
            outputs = [name for name, _ in named_leaves(self.result, outputs)]
        leaves = [plain_array(leaf) for leaf in tree_leaves(self.result)]
        self.outside = Packing(outputs, leaves)
        if not any(self.outside.widths):
            raise DTypeError(
                "gradcheck: the function returned nothing that can be differentiated: "
                + (", ".join(f"{leaf.dtype}{list(leaf.shape)}" for leaf in leaves) or "no array")
            )
        self.y = self.outside.vector(leaves)
        self.precision = self.outside.precision

    def run(self, x: np.ndarray) -> Any:
        tensors = [as_tensor(array) for array in self.inside.arrays(x)]
        return self.f(*refilled(self.inputs, tensors))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        arrays = [plain_array(leaf) for leaf in tree_leaves(self.run(x))]
        if [array.shape for array in arrays] != self.outside.shapes:
            raise OperationError(
                "gradcheck: the shapes of the function's results change when its inputs change "
                f"a little: {self.outside.shapes}, then {[array.shape for array in arrays]}"
            )
        return self.outside.vector(arrays)

    def complex_step(self, x: np.ndarray) -> np.ndarray:
        """Im F(x) for complex x."""
        try:
            leaves = tree_leaves(self.run(x))
        except Exception as error:
            raise ArgumentTypeError(
                "gradcheck: the complex step calls the function with complex numbers, which it "
                f"does not accept; use method='central' ({type(error).__name__}: {error})"
            ) from error
        parts = [
            np.ravel(np.imag(plain_array(leaf)))
            for leaf, width in zip(leaves, self.outside.widths, strict=True)
            if width
        ]
        return np.concatenate(parts).astype(float)

    def pull(self, cotangents: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        """Jᵀu for each u, by reverse mode."""
        _, pull = vjp(self.f, *self.inputs)
        for u in cotangents:
            gradients = pull(refilled(self.result, self.outside.arrays(u)))
            yield self.inside.vector([plain_array(leaf) for leaf in tree_leaves(gradients)])

    def push(self, v: np.ndarray) -> np.ndarray:
        """Jv, by forward mode."""
        tangents = refilled(self.inputs, self.inside.arrays(v, exact=True))
        _, tangent = jvp(self.f, self.inputs, tangents)
        return self.outside.vector([plain_array(leaf) for leaf in tree_leaves(tangent)])


def gradient_function(
    function: VectorFunction, random: np.random.Generator, method: str
) -> VectorFunction:
    """The function that computes the gradient of u·F, for a fixed u (1 if F is one number)."""
    outside = function.outside
    u = np.ones(1) if outside.size == 1 else random.standard_normal(outside.size)
    cotangent = refilled(function.result, outside.arrays(u))

    def gradient(*inputs: Any) -> Any:
        gradients = vjp(function.f, *inputs)[1](cotangent)
        # vjp conjugates the Jacobian; the complex step needs a function that is analytic.
        return tree_map(np.conj, gradients) if method == "complex" else gradients

    names = [f"(d/d {name})" for name in function.inside.names]
    return VectorFunction(gradient, function.inputs, function.inside, names)
