"""Products of matrices and vectors."""

import numpy as np

from autograd_core.declare import composite, general, linear


def _as_matrices(a, b):
    """Both operands as (stacks of) matrices: a vector is a row on the left, a column right."""
    return (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)


def _left(g, b, in_shape):
    if b.ndim == 1:
        return g[..., None] * b
    if len(in_shape) == 1:
        return np.sum(b * g[..., None, :], axis=-1)
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _right(g, a, in_shape):
    if a.ndim == 1:
        if len(in_shape) == 1:
            return g * a
        return a[:, None] * g[..., None, :]
    if len(in_shape) == 1:
        return np.sum(a * g[..., None], axis=-2)
    if len(in_shape) == 2 and a.ndim > 2:  # one matrix for a whole stack: one product
        a, g = a.reshape(-1, a.shape[-1]), g.reshape(-1, g.shape[-1])
    return np.matmul(np.swapaxes(a, -1, -2), g)


@linear(_left, _right, numpy=np.matmul, text=("g @ b.mT", "a.mT @ g"))
def matmul(a, b):
    """Matrix product over the last two axes; leading axes broadcast, vectors as in NumPy."""
    return np.matmul(a, b)


def _rows(x):
    """All leading axes as one."""
    return x if x.ndim == 2 else np.reshape(x, (-1, x.shape[-1]))


@general(
    vjp=(
        lambda g, w: np.matmul(g, w),
        lambda g, x: np.matmul(np.transpose(_rows(g)), _rows(x)),
        lambda g: g,
    ),
    jvp=(
        lambda t, w: np.matmul(t, np.transpose(w)),
        lambda t, x: np.matmul(x, np.transpose(t)),
        lambda t, y: np.broadcast_to(t, y.shape),
    ),
    text=("g @ w", "g.T @ x", "sum(g)"),
)
def affine(x, w, b):
    """x wᵀ + b: what a linear layer computes. x is (..., n), w (m, n), b (m,) or None."""
    y = np.matmul(x, w.T)
    if b is None:
        return y
    return np.add(y, b, out=y if y.dtype == b.dtype else None)


@composite(np.dot)
def dot(a, b):
    """NumPy's `dot`: product of scalars, else sum over a's last and b's last but one axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return matmul(a, b)
    rows = np.reshape(a, (-1, a.shape[-1]))
    if np.ndim(b) == 1:
        return np.reshape(matmul(rows, b), a.shape[:-1])
    columns = np.reshape(np.moveaxis(b, -2, 0), (b.shape[-2], -1))
    return np.reshape(matmul(rows, columns), a.shape[:-1] + b.shape[:-2] + b.shape[-1:])
