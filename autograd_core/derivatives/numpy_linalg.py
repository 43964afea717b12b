"""Functions that numpy.linalg has under the same names as numpy, but with other meanings: matrices
are the last two axes, and other shapes are refused. `autograd_core.linalg` exports them."""

from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.registry import NUMPY


def check_vectors(name, fits, *arrays):
    """Refuse shapes that np.linalg refuses, although np accepts them."""
    shapes = [np.shape(a) for a in arrays]
    if not all(fits(shape) for shape in shapes):
        raise ShapeError(f"np.linalg.{name} does not take shapes {shapes}; np.{name} may")


def cross(x1: Any, x2: Any, axis=-1):
    """Cross products of vectors of size 3 along `axis`."""
    check_vectors("cross", lambda shape: shape[axis:][:1] == (3,), x1, x2)
    return np.cross(x1, x2, axis=axis)


def outer(x1, x2):
    """All products of an element of the vector `x1` with one of `x2`."""
    check_vectors("outer", lambda shape: len(shape) == 1, x1, x2)
    return np.outer(x1, x2)


def diagonal(x, offset=0):
    """The diagonals of matrices (..., M, N)."""
    return np.diagonal(x, offset, -2, -1)


def trace(x, offset=0, dtype=None):
    """The sums of the diagonals of matrices (..., M, N)."""
    return np.trace(x, offset, -2, -1, dtype)


def matrix_transpose(x):
    """The transposes of matrices (..., M, N)."""
    return np.matrix_transpose(x)


def vecdot(x1, x2, axis=-1):
    """Sum of conj(x1) * x2 over `axis`; the other axes broadcast."""
    return np.vecdot(x1, x2, axis=axis)  # pyright: ignore


def tensordot(x1, x2, axes=2):
    """Sum of products over the last axes of `x1` and first of `x2`, or over pairs of axes."""
    return np.tensordot(x1, x2, axes=axes)


NUMPY.update(
    {
        np.linalg.cross: cross,
        np.linalg.outer: outer,
        np.linalg.diagonal: diagonal,
        np.linalg.trace: trace,
        np.linalg.matrix_transpose: matrix_transpose,
        np.linalg.vecdot: vecdot,
        np.linalg.tensordot: tensordot,
    }
)
