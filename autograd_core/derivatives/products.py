"""Products of arrays: of matrices and vectors, over chosen axes (einsum), of all pairs.

Products over chosen axes are made of one operation, `contract`: two operands, multiplied and
summed over axes that they share. Its derivatives are contractions again.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import math
from collections import Counter
from itertools import count

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.backward import conjugated
from autograd_core.declare import composite, general, linear
from autograd_core.derivatives.shapes import as_array
from autograd_core.errors import OperationError, ShapeError, UnsupportedError
from autograd_core.registry import METHODS

# -- matrices and vectors ------------------------------------------------------------------------


def mT(x):
    """The transposes of matrices."""
    return np.swapaxes(x, -1, -2)


def _rows(x):
    """All leading axes as one."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


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
    if len(in_shape) == 2:  # one matrix for a whole stack: one product
        a, g = _rows(a), _rows(g)
    return np.matmul(np.swapaxes(a, -1, -2), g)


@linear(_left, _right, numpy=(np.matmul, np.linalg.matmul), text=("g @ b.mT", "a.mT @ g"))
def matmul(a, b):
    """Matrix product over the last two axes; leading axes broadcast.

    A vector counts as a row on the left, as a column on the right; the result has no such axis.
    """
    return np.matmul(a, b)


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
    """x wᵀ + b, a linear layer. x is (..., n), w (m, n), b (m,) or None."""
    y = np.matmul(x, w.T)
    if b is None:
        return y
    if np.shape(b) != w.shape[:1]:
        raise ShapeError(
            f"expected a bias of shape {w.shape[:1]} for w {w.shape}, got {np.shape(b)}"
        )
    return np.add(y, b, out=y if y.dtype == b.dtype else None)


@composite(np.dot)
def dot(a, b):
    """Product of scalars; else sum over the last axis of a and the last but one of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return matmul(a, b)
    if np.ndim(b) == 1:
        return np.reshape(matmul(_rows(a), b), a.shape[:-1])
    columns = mT(_rows(np.swapaxes(b, -1, -2)))
    return np.reshape(matmul(_rows(a), columns), a.shape[:-1] + b.shape[:-2] + b.shape[-1:])


def cheapest_splits(sizes):
    """Where to split each chain i..j of matrices with shapes (sizes[k], sizes[k + 1]).

    Dynamic programming over chains, shortest first (Cormen et al., section 14.2).
    """
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return split


@composite(np.linalg.multi_dot)
def multi_dot(arrays):
    """Product of two or more matrices in the cheapest order; first and last may be vectors."""
    arrays = [as_array(a) for a in arrays]
    if len(arrays) < 2:
        raise OperationError("multi_dot: expected at least two arrays")
    ends = arrays[0].ndim, arrays[-1].ndim
    if any(a.ndim != 2 for a in arrays[1:-1]) or not set(ends) <= {1, 2}:
        raise ShapeError(
            "multi_dot: expected matrices, with vectors at the ends only, got shapes "
            f"{[a.shape for a in arrays]}"
        )
    if ends[0] == 1:
        arrays[0] = arrays[0][None, :]
    if ends[1] == 1:
        arrays[-1] = arrays[-1][:, None]
    split = cheapest_splits([a.shape[0] for a in arrays] + [arrays[-1].shape[1]])

    def product(i, j):
        if i == j:
            return arrays[i]
        return matmul(product(i, split[i, j]), product(split[i, j] + 1, j))

    whole = product(0, len(arrays) - 1)
    return whole[0 if ends[0] == 1 else slice(None), ..., 0 if ends[1] == 1 else slice(None)]


# -- over chosen axes ----------------------------------------------------------------------------


@linear(
    lambda g, b, a_axes, b_axes, axes: contract(g, b, axes, b_axes, a_axes),
    lambda g, a, a_axes, b_axes, axes: contract(g, a, axes, a_axes, b_axes),
    name="einsum",
    text=("einsum(g, b)", "einsum(g, a)"),
    part=True,
)
def contract(a, b, a_axes, b_axes, axes):
    """einsum of two operands whose axes have the given labels, as one matrix product.

    A label occurs once in an operand, and at least once in the other one or the result.
    """
    stack = [k for k in axes if k in a_axes and k in b_axes]
    inner = [k for k in a_axes if k in b_axes and k not in axes]
    left = [k for k in a_axes if k not in b_axes]
    right = [k for k in b_axes if k not in a_axes]
    size = dict(zip((*a_axes, *b_axes), (*a.shape, *b.shape), strict=True))
    rows, columns = (math.prod(size[k] for k in labels) for labels in (left, right))
    stacked, depth = (tuple(size[k] for k in stack), math.prod(size[k] for k in inner))
    a = np.transpose(a, [a_axes.index(k) for k in (*stack, *left, *inner)])
    b = np.transpose(b, [b_axes.index(k) for k in (*stack, *inner, *right)])
    a, b = a.reshape(*stacked, rows, depth), b.reshape(*stacked, depth, columns)
    y = np.matmul(a, b) if inner else a * b
    order = [*stack, *left, *right]
    y = y.reshape([size[k] for k in order])
    return np.transpose(y, [order.index(k) for k in axes])[()]


@composite(np.einsum)
def einsum(subscripts, *operands, optimize=False):
    """Einstein summation, with everything that NumPy allows in `subscripts`.

    Three or more operands are always contracted in pairs, in the order that `np.einsum_path`
    finds best; `optimize` has no effect.
    """
    if isinstance(subscripts, str):
        terms, result = _parsed(subscripts, len(operands))
    else:
        operands = (subscripts, *operands)
        terms = [list(labels) for labels in operands[1::2]]
        result = list(operands[-1]) if len(operands) % 2 else None
        operands = operands[: 2 * len(terms) : 2]
    operands = [as_array(x) for x in operands]
    terms, result = _expanded(terms, result, [x.shape for x in operands])
    operands, terms = _stripped(operands, terms)
    pairs = list(zip(operands, terms, strict=True))
    pairs = [_summed(x, term, _others(terms, (k,), result)) for k, (x, term) in enumerate(pairs)]
    for chosen in _path(pairs, result):
        taken = [pairs.pop(k) for k in sorted(chosen, reverse=True)][::-1]
        while len(taken) > 1:
            (a, a_term), (b, b_term) = taken[:2]
            wanted = _others([term for _, term in (*taken[2:], *pairs)], (), result)
            term = tuple(k for k in dict.fromkeys((*a_term, *b_term)) if k in wanted)
            if len(taken) == 2 and not pairs:
                term = result
            taken[:2] = [(contract(a, b, a_term, b_term, term), term)]
        pairs += taken
    ((x, term),) = pairs
    return x if term == result else np.transpose(x, [term.index(k) for k in result])


def _parsed(subscripts, n):
    """'ij,j->i' as [['i', 'j'], ['j']], ['i']; without an arrow the result is None."""
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = terms.split(",")
    if len(terms) != n:
        raise OperationError(f"einsum: {subscripts!r} is for {len(terms)} operand(s), got {n}")

    def labels(term):
        head, dots, tail = term.partition("...")
        if not (head + tail).isalpha() and head + tail:
            raise OperationError(f"einsum: {term!r} in {subscripts!r} is not made of letters")
        return [*head, *([...] if dots else []), *tail]

    return [labels(term) for term in terms], labels(result) if arrow else None


def _expanded(terms, result, shapes):
    """Labels as numbers, one for each axis; those for `...` are negative, with -1 for the last."""
    letters = sorted({k for term in terms for k in term if k is not ...})
    number = {letter: k for k, letter in enumerate(letters)}
    widest = 0

    def expand(term, axes):
        fill = range(-axes, 0) if ... in term else ()
        missing = [k for k in term if k is not ... and k not in number]
        if missing or term.count(...) > 1:
            raise OperationError(f"einsum: {missing or '...'} in the result is in no operand")
        return tuple(j for k in term for j in (fill if k is ... else (number[k],)))

    expanded = []
    for term, shape in zip(terms, shapes, strict=True):
        axes = len(shape) - len(term) + 1
        if axes < 0 or (... not in term and axes != 1):
            raise ShapeError(f"einsum: {len(term)} label(s) do not fit the shape {shape}")
        if ... in term:
            widest = max(widest, axes)
        expanded.append(expand(term, axes))
    if result is None:
        times = Counter(k for term in expanded for k in term)
        return expanded, (*range(-widest, 0), *(k for k in range(len(letters)) if times[k] == 1))
    if widest and ... not in result:
        raise OperationError("einsum: the result must contain ... where an operand does")
    result = expand(result, widest)
    if len(set(result)) < len(result):
        raise OperationError("einsum: a label occurs twice in the result")
    return expanded, result


def _stripped(operands, terms):
    """The operands with diagonals for repeated labels, and without axes of size 1 to broadcast."""
    sizes = {}
    for x, term in zip(operands, terms, strict=True):
        for k, n in zip(term, x.shape, strict=True):
            if sizes.setdefault(k, n) != n:
                if 1 not in (n, sizes[k]):
                    raise ShapeError(f"einsum: a label has both size {sizes[k]} and size {n}")
                sizes[k] = n if sizes[k] == 1 else sizes[k]
    stripped = []
    for x, term in zip(operands, terms, strict=True):
        for label in {k: None for k in term if term.count(k) > 1}:
            while term.count(label) > 1:
                first = term.index(label)
                second = term.index(label, first + 1)
                if x.shape[first] != x.shape[second]:
                    raise ShapeError(
                        f"einsum: a repeated label has sizes {x.shape[first]} and {x.shape[second]}"
                    )
                x = np.diagonal(x, 0, first, second)
                term = (*(k for j, k in enumerate(term) if j not in (first, second)), label)
        spread = tuple(j for j, k in enumerate(term) if x.shape[j] != sizes[k])
        x = np.squeeze(x, axis=spread) if spread else x
        stripped.append((x, tuple(k for j, k in enumerate(term) if j not in spread)))
    return zip(*stripped, strict=True)


def _others(terms, without, result):
    """The labels that occur outside the terms `without`."""
    return {k for j, term in enumerate(terms) if j not in without for k in term}.union(result)


def _summed(x, term, wanted):
    """An operand summed over the axes that occur nowhere else."""
    alone = tuple(j for j, k in enumerate(term) if k not in wanted)
    return (
        (np.sum(x, axis=alone, dtype=x.dtype), tuple(k for k in term if k in wanted))
        if alone
        else (x, term)
    )


def _path(pairs, result):
    """Which operands to contract, in which order."""
    if len(pairs) < 3:
        return [tuple(range(len(pairs)))]
    number = {k: j for j, k in enumerate({k: None for _, term in pairs for k in term})}
    arguments = []
    for x, term in pairs:
        arguments += [np.broadcast_to(0.0, x.shape), [number[k] for k in term]]
    return np.einsum_path(*arguments, [number[k] for k in result], optimize="greedy")[0][1:]


@composite(np.tensordot)
def tensordot(a, b, axes=2):
    """Sum of products over the last axes of `a` and first of `b`, or over given pairs of axes."""
    a, b = as_array(a), as_array(b)
    if isinstance(axes, int | np.integer):
        axes = range(a.ndim - axes, a.ndim), range(axes)
    a_sum, b_sum = (np.atleast_1d(np.asarray(side, int)).tolist() for side in axes)
    a_sum = [normalize_axis_index(k, a.ndim) for k in a_sum]
    b_sum = [normalize_axis_index(k, b.ndim) for k in b_sum]
    sizes = [a.shape[k] for k in a_sum], [b.shape[k] for k in b_sum]
    if sizes[0] != sizes[1] or len(set(a_sum)) < len(a_sum) or len(set(b_sum)) < len(b_sum):
        raise ShapeError(f"tensordot: axes {a_sum} of {a.shape} and {b_sum} of {b.shape}")
    a_axes = tuple(range(a.ndim))
    fresh = count(a.ndim)
    partner = dict(zip(b_sum, a_sum, strict=True))
    b_axes = tuple(partner[k] if k in partner else next(fresh) for k in range(b.ndim))
    free = [k for k in a_axes if k not in a_sum] + [k for k in b_axes if k >= a.ndim]
    return contract(a, b, a_axes, b_axes, tuple(free))


@composite(np.inner)
def inner(a, b):
    """Sum of products over the last axes of both; the product of numbers."""
    a, b = as_array(a), as_array(b)
    return np.multiply(a, b) if 0 in (a.ndim, b.ndim) else tensordot(a, b, (-1, -1))


@composite(np.outer)
def outer(a, b):
    """All products of an element of `a` with one of `b`: (a.size, b.size)."""
    return np.reshape(as_array(a), (-1, 1)) * np.reshape(as_array(b), (1, -1))


@composite(np.vdot)
def vdot(a, b):
    """Sum of conj(a) * b over all elements; only the sizes of a and b need to agree."""
    return np.dot(conjugated(np.reshape(as_array(a), -1)), np.reshape(as_array(b), -1))


@composite(np.vecdot)
def vecdot(a, b, axis=-1):
    """Sum of conj(a) * b over `axis`; the other axes broadcast."""
    a, b = np.moveaxis(as_array(a), axis, -1), np.moveaxis(as_array(b), axis, -1)
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"vecdot: vectors of size {a.shape[-1]} and {b.shape[-1]}")
    products = conjugated(a) * b
    return np.sum(products, axis=-1, dtype=products.dtype)


def _matrix_and_vector(name, matrix, vector):
    matrix, vector = as_array(matrix), as_array(vector)
    if matrix.ndim < 2 or vector.ndim < 1:
        raise ShapeError(
            f"{name}: expected a matrix and a vector, got shapes {matrix.shape}, {vector.shape}"
        )
    return matrix, vector


@composite(getattr(np, "matvec", ()))
def matvec(a, b):
    """Matrices (..., m, n) times vectors (..., n)."""
    a, b = _matrix_and_vector("matvec", a, b)
    return np.matmul(a, np.expand_dims(b, -1))[..., 0]


@composite(getattr(np, "vecmat", ()))
def vecmat(a, b):
    """conj of vectors (..., m) times matrices (..., m, n)."""
    b, a = _matrix_and_vector("vecmat", b, a)
    return np.matmul(np.expand_dims(conjugated(a), -2), b)[..., 0, :]


def facing(a, b):
    """`a` with an axis of size 1 for each axis of b, and b: operands for a ufunc's `outer`."""
    a, b = as_array(a), as_array(b)
    return np.reshape(a, a.shape + (1,) * b.ndim), b


METHODS["facing"] = facing


@composite(np.kron)
def kron(a, b):
    """Kronecker product: each element of `a` replaced by its product with all of `b`."""
    a, b = as_array(a), as_array(b)
    ndim = max(a.ndim, b.ndim)
    a_shape, b_shape = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    blocks = np.reshape(a, [size for n in a_shape for size in (n, 1)])
    blocks = blocks * np.reshape(b, [size for n in b_shape for size in (1, n)])
    return np.reshape(blocks, [m * n for m, n in zip(a_shape, b_shape, strict=True)])


@composite(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Cross product of vectors of size 3 along the given axes; the other axes broadcast."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    if not {a.shape[-1], b.shape[-1]} <= {2, 3}:
        raise ShapeError(
            f"cross: expected vectors of size 3, got sizes {a.shape[-1]} and {b.shape[-1]}"
        )
    if a.shape[-1] == 2 or b.shape[-1] == 2:
        raise UnsupportedError("cross: vectors of size 2 are deprecated in NumPy; append a zero")
    product = np.roll(a, -1, -1) * np.roll(b, -2, -1) - np.roll(a, -2, -1) * np.roll(b, -1, -1)
    return np.moveaxis(product, -1, axisc)
