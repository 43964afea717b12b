"""Sample calls of every operation, for the tests that are generated from the registry.

`CASES` has one entry for each sample of each differentiable function: the operations in the
registry and the composites that NumPy's names reach. `CONSTANT_CASES` has the functions without
a derivative. Floating and complex arrays among the arguments are what a case differentiates by;
their values stay away from kinks and singularities. A function without samples is listed in
`WITHOUT_SAMPLES`, which fails the suite: who adds an operation adds a line here.
"""

import operator
import sys
from dataclasses import dataclass, field
from importlib import import_module
from itertools import product
from math import prod
from typing import Any

import numpy as np
import scipy.special as special

from autograd_core import REGISTRY, Primitive
from autograd_core.derivatives.window_geometry import make_window
from autograd_core.registry import COMPOSITES, NUMPY

# -- values --------------------------------------------------------------------------------------


def spaced(shape, low=-2.0, high=2.0, seed=0):
    """Distinct numbers, evenly spaced over (low, high) in random order; other for each seed."""
    n = prod(shape)
    order = np.random.default_rng(seed).permutation(n)
    values = low + (high - low) * (order + (0.31, 0.73, 0.52)[seed % 3]) / max(n, 1)
    return np.asfortranarray(values.reshape(shape)) if len(shape) == 2 else values.reshape(shape)


def r(*shape, seed=0):
    return spaced(shape, seed=seed)


def c(*shape, seed=0):
    return spaced(shape, seed=seed) + 1j * spaced(shape, seed=seed + 1)


def calls(*args, **options):
    return args, options


# -- elementwise operations: the range of each operand -------------------------------------------

ANY, POSITIVE, UNIT = (-2.0, 2.0), (0.4, 2.5), (-0.8, 0.8)

ELEMENTWISE = {
    "add": [(ANY, ANY)],
    "subtract": [(ANY, ANY)],
    "multiply": [(ANY, ANY)],
    "divide": [(ANY, POSITIVE), (ANY, (-2.5, -0.4))],
    "negative": [(ANY,)],
    "positive": [(ANY,)],
    "reciprocal": [(POSITIVE,), ((-2.5, -0.4),)],
    "square": [(ANY,)],
    "remainder": [((1.2, 1.8), (0.95, 1.05)), ((-1.8, -1.2), (0.95, 1.05))],
    "power": [(POSITIVE, ANY)],
    "exp": [(ANY,)],
    "exp2": [(ANY,)],
    "expm1": [(ANY,)],
    "log": [(POSITIVE,)],
    "log2": [(POSITIVE,)],
    "log10": [(POSITIVE,)],
    "log1p": [((-0.6, 2.0),)],
    "sqrt": [(POSITIVE,)],
    "cbrt": [(POSITIVE,), ((-2.5, -0.4),)],
    "logaddexp": [(ANY, ANY)],
    "sin": [(ANY,)],
    "cos": [(ANY,)],
    "tan": [((-1.2, 1.2),)],
    "arcsin": [(UNIT,)],
    "arccos": [(UNIT,)],
    "arctan": [(ANY,)],
    "sinh": [(ANY,)],
    "cosh": [(ANY,)],
    "tanh": [(ANY,)],
    "arcsinh": [(ANY,)],
    "arccosh": [((1.3, 3.0),)],
    "arctanh": [(UNIT,)],
    "arctan2": [(ANY, POSITIVE), (POSITIVE, ANY), ((-2.0, -0.5), (-2.0, -0.5))],
    "hypot": [(ANY, POSITIVE)],
    "absolute": [((0.2, 2.0),), ((-2.0, -0.2),)],
    "fabs": [((0.2, 2.0),), ((-2.0, -0.2),)],
    "conjugate": [(ANY,)],
    "real": [(ANY,)],
    "imag": [(ANY,)],
    "maximum": [(ANY, ANY)],
    "minimum": [(ANY, ANY)],
    "sigmoid": [(ANY,), ((-40.0, 40.0),)],
    "ndtri": [((0.1, 0.9),)],
    "relu": [(ANY,)],
}

SHAPES = {
    1: [[()], [(3,)], [(2, 3)], [(0, 3)]],
    2: [
        [(), ()],
        [(2, 3), (2, 3)],
        [(3, 1), (1, 2)],
        [(2, 2), ()],
        [(), (3,)],
        [(2, 1, 3), (2, 1)],
        [(0, 3), (1, 3)],
        [(1,), (0,)],
    ],
}

ALSO_COMPLEX = {
    "add", "subtract", "multiply", "divide", "negative", "positive", "reciprocal", "square",
    "power", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan",
    "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
    "absolute", "conjugate", "real", "imag", "sigmoid",
}  # fmt: skip

NOT_ANALYTIC = {"absolute", "conjugate", "real", "imag"}


def elementwise_samples(name):
    """Every range with every (pair of) shapes, then complex operands."""
    ranges = ELEMENTWISE[name]
    for limits, shapes in product(ranges, SHAPES[len(ranges[0])]):
        yield calls(
            *(
                spaced(s, *lim, seed=k)
                for k, (s, lim) in enumerate(zip(shapes, limits, strict=True))
            )
        )
    if name in ALSO_COMPLEX:
        for shapes in SHAPES[len(ranges[0])][1:3]:
            arrays = [
                spaced(s, *lim, seed=k) + 1j * spaced(s, 0.3, 0.9, seed=k + 1)
                for k, (s, lim) in enumerate(zip(shapes, ranges[0], strict=True))
            ]
            yield calls(*arrays)
            if len(arrays) == 2:  # real with complex, both ways round
                yield calls(arrays[0].real, arrays[1])
                yield calls(arrays[0], arrays[1].real)


# -- other operations ----------------------------------------------------------------------------

MASK = np.array([[True, False, True], [False, False, True]])
W21 = make_window((5, 4), (2, 3), (2, 1), (1, 0), (1, 1))
W_DILATED = make_window((6,), (2,), (1,), (1,), (3,))
POOL = make_window((5, 4), (2, 2), (1, 2), (1, 0), (1, 1))
WINNER = np.array([0, 1, 3, 2, 1, 0, 2, 0, 3, 2, 1, 1]).reshape(1, 1, 6, 2)

INDICES = [
    1, -1, (), ..., None, slice(None, None, -1), (0, 1), (slice(1, None), 0), (..., [0, 0, 2]),
    [1, 1, 0], np.array([[0, 1], [1, 1]]), MASK, (MASK[:, 0],), ([1, 0, 1], [2, 0, 2]),
    (slice(None), MASK[0]), (None, 0, ..., [2, 1]), [], ([[0], [1]], [0, 2]), np.int64(1),
    (slice(0, 0),), (np.array(1), slice(None, None, 2)),
]  # fmt: skip

AXES = [None, 0, -1, (0, 2), (1,)]

REDUCTIONS = [
    calls(r(2, 3, 2), axis=axis, keepdims=keepdims) for axis in AXES for keepdims in (False, True)
] + [calls(r()), calls(r(1)), calls(r(0, 3), axis=1), calls(r(2, 3))]

SOFTMAX = [
    calls(r(2, 3)),
    calls(r(2, 3), axis=0),
    calls(r(4)),
    calls(r(2, 3, 2), axis=(0, 1)),
    calls(r(2, 2), axis=None),
    calls(r(0, 3)),
]

SAMPLES = {
    "gammainc": [calls(a, spaced((2, 3), *POSITIVE)) for a in (0.4, 1, 3.5)],
    "gammaincc": [calls(a, spaced((2, 3), *POSITIVE)) for a in (0.4, 1, 3.5)],
    "where": [
        calls(MASK, r(2, 3), r(2, 3, seed=1)),
        calls(MASK, r(), r(3, seed=1)),
        calls(MASK[:, :1], r(2, 1), r(1, 3, seed=1)),
        calls(True, r(), r(seed=1)),
        calls(np.array([False, True]), r(2), 0.5),
        calls(MASK, c(2, 3), r(2, 3, seed=1)),
        calls(np.zeros((0, 3), bool), r(0, 3), r(3, seed=1)),
    ],
    "clip": [
        calls(r(2, 3), -0.9, 1.1),
        calls(r(2, 3), None, 1.1),
        calls(r(2, 3), -0.9, None),
        calls(r(5), spaced((5,), -1.5, -0.5, seed=1), spaced((), 0.5, 1.0, seed=2)),
        calls(r(2, 3), spaced((3,), -1, -0.5, seed=1), spaced((2, 1), 0.5, 1, seed=2)),
        calls(r(4), np.array(1.0), np.array(-1.0)),  # crossed: the upper bound wins
        calls(r(), -0.9, 1.1),
        calls(r(0, 2), -0.9, 1.1),
    ],
    "getitem": [calls(r(2, 3), index) for index in INDICES]
    + [calls(r(), ()), calls(r(), None), calls(r(0, 3), slice(None)), calls(c(2, 3), [1, 1])],
    "scatter": [
        calls(r(3), (4,), [0, 2, 0]),
        calls(r(2), (2, 3), (slice(None), 1)),
        calls(r(3), (2, 3), MASK),
        calls(r(2, 2), (3,), np.array([[0, 1], [1, 1]])),
        calls(r(), (3,), 1),
        calls(r(0), (3,), []),
    ],
    "setitem": [
        calls(r(2, 3), spaced(np.shape(np.zeros((2, 3))[index]), seed=1), index)
        for index in INDICES
    ]
    + [
        calls(r(2, 3), r(seed=1), MASK),  # one value for many elements
        calls(r(2, 3), r(3, seed=1), [0, 1]),
        calls(r(3), r(3, seed=1), [1, 1, 1]),  # the last write counts
        calls(r(2, 3), r(1, 1, 3, seed=1), 0),  # leading axes of size 1 fall away
        calls(r(), r(seed=1), ()),
        calls(c(3), r(seed=1), 0),
    ],
    "affine": [
        calls(r(4, 3), r(2, 3), r(2)),
        calls(r(3), r(2, 3), r(2)),
        calls(r(2, 4, 3), r(2, 3), r(2)),
        calls(r(4, 3), r(2, 3), None),
        calls(r(0, 3), r(2, 3), r(2)),
        calls(c(4, 3), r(2, 3), c(2)),
    ],
    "matmul": [
        calls(r(*a), r(*b, seed=1))
        for a, b in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 4)),
            ((2, 2, 3), (3, 2)),
            ((2, 3), (2, 3, 2)),
            ((2, 1, 2, 3), (2, 3, 1)),
            ((3,), (2, 3, 2)),
            ((2, 2, 3), (3,)),
            ((0, 3), (3, 2)),
            ((2, 0), (0, 3)),
            ((2, 2, 0), (0, 3)),
            ((0,), (0,)),
        ]
    ]
    + [calls(c(2, 3), c(3, 2, seed=1)), calls(r(2, 3), c(3, seed=1))],
    "sum": [*REDUCTIONS, calls(r(2, 3), axis=()), calls(r(0, 3)), calls(c(2, 3), axis=0)],
    "mean": [*REDUCTIONS, calls(c(2, 3), axis=0)],
    "max": REDUCTIONS,
    "min": REDUCTIONS,
    "logsumexp": [*REDUCTIONS, calls(300 * r(2, 3), axis=1)],
    "softmax": SOFTMAX,
    "log_softmax": SOFTMAX,
    "reshape": [
        calls(r(2, 3), (3, 2)),
        calls(r(2, 3), -1),
        calls(r(), (1, 1)),
        calls(r(1), ()),
        calls(r(0, 3), (3, 0)),
        calls(r(2, 3), (3, -1), order="F"),
    ],
    "transpose": [
        calls(r(2, 3)),
        calls(r(2, 3, 2), (1, 2, 0)),
        calls(r(2, 3, 2), (-1, 0, 1)),
        calls(r()),
        calls(r(0, 2)),
    ],
    "squeeze": [calls(r(1, 2, 1)), calls(r(1, 2, 1), 0), calls(r(1, 1), (0, -1)), calls(r())],
    "expand_dims": [calls(r(2), 0), calls(r(2), (0, -1)), calls(r(), 0), calls(r(0), 1)],
    "broadcast_to": [
        calls(r(3), (2, 3)),
        calls(r(2, 1), (3, 2, 2)),
        calls(r(), (2,)),
        calls(r(1), (0,)),
        calls(r(2), (2,)),
    ],
    "copy": [calls(r(2, 3)), calls(r()), calls(r(0)), calls(c(2))],
    "astype": [calls(r(2, 3), float), calls(r(), float), calls(r(3), complex), calls(r(0), float)],
    "concatenate": [
        calls([r(2, 3), r(1, 3, seed=1)]),
        calls([r(2, 1), r(2, 2, seed=1), r(2, 1, seed=2)], axis=-1),
        calls([r(2), r(1, 2, seed=1)], axis=None),
        calls([r(0, 2), r(1, 2)]),
        calls([r(2), np.arange(2)]),
        calls([r(2), c(2)]),
    ],
    "stack": [
        calls([r(2), r(2, seed=1)]),
        calls([r(2, 3), r(2, 3, seed=1)], axis=-1),
        calls([r(), r(seed=1), 0.5]),
        calls([r(0)], axis=1),
    ],
    "pad": [calls(r(2, 3), ((1, 0), (0, 2))), calls(r(0), ((1, 1),))],
    "conv": [
        calls(r(2, 2, 5, 4), r(2, 2, 2, 3, seed=1), W21, 1),
        calls(r(1, 2, 6), r(4, 1, 2, seed=1), W_DILATED, 2),
        calls(r(0, 2, 6), r(4, 1, 2, seed=1), W_DILATED, 2),
    ],
    "conv_affine": [
        calls(r(2, 2, 5, 4), r(2, 2, 2, 3, seed=1), r(2, seed=2), W21, 1),
        calls(r(1, 2, 6), r(4, 1, 2, seed=1), r(4, seed=2), W_DILATED, 2),
        calls(r(0, 2, 6), r(4, 1, 2, seed=1), r(4, seed=2), W_DILATED, 2),
    ],
    "conv_input": [
        calls(r(1, 2, 3, 2), r(2, 2, 2, 3, seed=1), (5, 4), W21, 1),
        calls(r(1, 4, 5), r(4, 1, 2, seed=1), (6,), W_DILATED, 2),
    ],
    "conv_weight": [
        calls(r(1, 2, 3, 2), r(1, 2, 5, 4, seed=1), W21, 1),
        calls(r(1, 4, 5), r(1, 2, 6, seed=1), W_DILATED, 2),
    ],
    "select_windows": [calls(r(1, 1, 5, 4), WINNER, POOL)],
    "scatter_windows": [calls(r(1, 1, 6, 2), WINNER, (5, 4), POOL)],
    "max_windows": [calls(r(1, 2, 5, 4), POOL), calls(r(0, 2, 5, 4), POOL)],
    "weighted_sums": [
        calls(r(2, 4, 3), np.array([[2, 3, 0, 0], [0, 1, 0, -4]]), 1),
        calls(r(3), np.ones((1, 3), int), -1),
    ],
    "sum_windows": [calls(r(1, 2, 5, 4), POOL), calls(r(1, 1, 6), W_DILATED)],
    "spread_windows": [calls(r(1, 2, 6, 2), (5, 4), POOL)],
} | {name: list(elementwise_samples(name)) for name in ELEMENTWISE}

for name in ("multiply", "power", "divide"):  # integers beside floats
    SAMPLES[name] += [
        calls(spaced((3,), *POSITIVE), np.array([1, 2, 3])),
        calls(2, POSITIVE[0] + r(2) ** 2),
    ]
SAMPLES["power"] += [calls(r(2, 3), n) for n in (2, 3, 1, 0, -1)] + [
    calls(POSITIVE[0] + r(3) ** 2, 0.5)
]

COMPOSITE_SAMPLES = {
    "np.clip": [calls(r(2, 3), -0.9, 1.1), calls(r(2, 3), None, spaced((3,), 0.5, 1, seed=1))],
    "np.sign": [calls(c(3)), calls(c(2, 3))],
    "np.var": [*REDUCTIONS, calls(r(2, 3), ddof=1), calls(r(4), 0, None, None, 1), calls(c(2, 3))],
    "np.std": [
        calls(r(2, 3, 2), axis=axis, keepdims=keep) for axis in AXES for keep in (False, True)
    ]
    + [calls(r(2, 3), ddof=1), calls(r(0, 3), axis=1), calls(c(4))],
    "np.pad": [
        calls(r(2, 3), 1),
        calls(r(2, 3), (1, 2), constant_values=7.0),
        calls(r(2, 3), ((0, 1), (2, 0)), mode="constant"),
    ],
    "np.take": [
        calls(r(2, 3), [5, 0, 5]),
        calls(r(2, 3), [[2, 0]], axis=1),
        calls(r(2, 3), -1, axis=-1),
        calls(r(2, 3), 1, 0),
        calls(r(2, 3), np.zeros(0, int)),
    ],
    "np.dot": [
        calls(r(*a), r(*b, seed=1))
        for a, b in [
            ((), ()),
            ((), (2, 3)),
            ((2, 2, 0), (3, 0, 2)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 2)),
            ((2, 2, 3), (3,)),
            ((2, 1, 3), (3, 2)),
            ((2, 3), (2, 3, 2)),
            ((3,), (2, 3, 2)),
            ((1, 2, 3), (2, 3, 1)),
            ((0, 3), (3, 2)),
        ]
    ],
    "np.moveaxis": [
        calls(r(2, 3, 1), 0, -1),
        calls(r(2, 3, 1), [0, 1], [-1, 0]),
        calls(r(2, 3, 1), (2, 0), (0, 1)),
    ],
    "np.swapaxes": [calls(r(2, 3, 1), 0, 2), calls(r(2, 3), -1, 0)],
    "np.matrix_transpose": [calls(r(2, 3)), calls(r(2, 3, 1))],
    "np.ravel": [calls(r(2, 3)), calls(r()), calls(r(0, 3))],
    "np.astype": [calls(r(2, 3), np.dtype(float)), calls(r(2), np.dtype(complex))],
    "conv2d": [
        calls(r(1, 4, 3, 3), r(2, 2, 2, 2, seed=1), r(2, seed=2), groups=2),
        calls(r(1, 2, 4, 3), r(1, 2, 3, 2, seed=1), None, 2, padding=1),
        calls(r(1, 2, 4, 3), r(1, 2, 2, 2, seed=1), None, padding="same", dilation=(2, 1)),
    ],
    "max_pool2d": [calls(r(1, 2, 4, 5), 2), calls(r(1, 1, 4, 5), (2, 3), 1, 1)],
    "avg_pool2d": [
        calls(r(1, 2, 4, 5), 2),
        calls(r(1, 1, 4, 5), 3, 2, 1),
        calls(r(1, 1, 4, 5), 3, 2, 1, count_include_pad=False),
    ],
}

# -- the same computed another way ---------------------------------------------------------------


def naive_conv(x, w, window, groups):
    """Convolution by its definition: for each output position a patch times the filters."""
    steps = window.steps(x.shape[2:])
    x = np.pad(x, [(0, 0), (0, 0), *window.padding])
    y = np.zeros((len(x), len(w), *steps))
    inside, outside = w.shape[1], len(w) // groups
    for o, at in product(range(len(w)), np.ndindex(*steps)):
        first = o // outside * inside
        patch = tuple(
            slice(s * p, s * p + d * (k - 1) + 1, d)
            for s, p, d, k in zip(window.stride, at, window.dilation, window.kernel, strict=True)
        )
        part = x[(slice(None), slice(first, first + inside), *patch)]
        y[(slice(None), o, *at)] = np.sum(part * w[o], axis=tuple(range(1, x.ndim)))
    return y


def transposed(function, shape, h):
    """The transpose of a linear `function` of an array of `shape`, applied to h."""
    columns = [np.sum(function(e.reshape(shape)) * h) for e in np.eye(prod(shape))]
    return np.reshape(columns, shape)


def patches(x, window, fill=0.0):
    """All windows of x: (N, C, *steps, *kernel)."""
    spans = tuple(d * (k - 1) + 1 for k, d in zip(window.kernel, window.dilation, strict=True))
    x = np.pad(x, [(0, 0), (0, 0), *window.padding], constant_values=fill)
    axes = tuple(range(2, x.ndim))
    views = np.lib.stride_tricks.sliding_window_view(x, spans, axes)
    take = tuple(slice(None, None, s) for s in window.stride)
    return views[(..., *take, *(slice(None, None, d) for d in window.dilation))]


def over_kernel(reduce, x, window, fill=0.0):
    return reduce(patches(x, window, fill), axis=tuple(range(-len(window.kernel), 0)))


def selected(x, winner, window):
    flat = patches(x, window).reshape(*winner.shape, -1)
    return np.take_along_axis(flat, winner[..., None].astype(int), -1)[..., 0]


def accumulated(values, shape, index):
    places = np.arange(prod(shape)).reshape(shape)[index]
    return (
        np.bincount(
            np.ravel(places), np.ravel(np.broadcast_to(values, np.shape(places))), prod(shape)
        )
        .reshape(shape)
        .astype(values.dtype)
    )


def assigned(x, value, index):
    x = x.copy()
    x[index] = value
    return x


def naive_conv2d(x, w, bias=None, stride=1, padding=0, dilation=1, groups=1):
    window = make_window(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = naive_conv(x, w, window, groups)
    return y if bias is None else y + bias[:, None, None]


def naive_max_pool2d(x, kernel, stride=None, padding=0):
    window = make_window(x.shape[2:], kernel, stride or kernel, padding, 1)
    return over_kernel(np.max, x, window, -np.inf)


def naive_avg_pool2d(x, kernel, stride=None, padding=0, count_include_pad=True):
    window = make_window(x.shape[2:], kernel, stride or kernel, padding, 1)
    if count_include_pad:
        return over_kernel(np.mean, x, window)
    return over_kernel(np.nanmean, x, window, np.nan)


REFERENCES = {
    "conv2d": naive_conv2d,
    "max_pool2d": naive_max_pool2d,
    "avg_pool2d": naive_avg_pool2d,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)) if np.iscomplexobj(x) else special.expit(x),
    "relu": lambda x: np.where(x > 0, x, 0),
    "affine": lambda x, w, b: np.einsum("...n,mn->...m", x, w) + (0 if b is None else b),
    "clip": np.clip,
    "getitem": operator.getitem,
    "scatter": accumulated,
    "setitem": assigned,
    "logsumexp": special.logsumexp,
    "softmax": lambda x, axis=-1: special.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: special.log_softmax(x, axis),
    "astype": np.astype,
    "pad": np.pad,
    "conv": naive_conv,
    "conv_affine": lambda x, w, b, window, groups: (
        naive_conv(x, w, window, groups) + b.reshape(-1, *(1,) * (w.ndim - 2))
    ),
    "conv_input": lambda h, w, sizes, window, groups: transposed(
        lambda x: naive_conv(x, w, window, groups),
        (len(h), w.shape[1] * groups, *sizes),
        h,
    ),
    "conv_weight": lambda h, x, window, groups: transposed(
        lambda w: naive_conv(x, w, window, groups),
        (h.shape[1], x.shape[1] // groups, *window.kernel),
        h,
    ),
    "select_windows": selected,
    "scatter_windows": lambda h, winner, sizes, window: transposed(
        lambda x: selected(x, winner, window), (*h.shape[:2], *sizes), h
    ),
    "max_windows": lambda x, window: over_kernel(np.max, x, window, -np.inf),
    "weighted_sums": lambda x, matrix, axis: np.apply_along_axis(
        lambda line: matrix @ line, axis, x
    ),
    "sum_windows": lambda x, window: over_kernel(np.sum, x, window),
    "spread_windows": lambda h, sizes, window: transposed(
        lambda x: over_kernel(np.sum, x, window), (*h.shape[:2], *sizes), h
    ),
    "winning": lambda x, y, window: np.argmax(
        patches(x, window, -np.inf).reshape(*y.shape, -1), axis=-1
    ),
}

CENTRAL = NOT_ANALYTIC | {
    "remainder", "cbrt", "logaddexp", "arctan2", "hypot", "fabs", "maximum", "minimum", "clip",
    "relu", "max", "min", "logsumexp", "softmax", "log_softmax", "max_windows", "max_pool2d",
    "var", "std", "astype", "ndtri", "gammainc", "gammaincc",
}  # fmt: skip
"""Not analytic, or not for complex numbers: checked by central differences."""

# -- functions without a derivative --------------------------------------------------------------

PAIR = [calls(r(2, 3), r(3, seed=1)), calls(np.array([1.0, 2.0]), np.array([1.0, 3.0]))]
TRUTH = [calls(r(3) > 0, np.array([True, False, True]))]
ONE = [calls(r(2, 3)), calls(np.array([0.0, -0.0, 1.5, -2.5, np.inf]))]

CONSTANT_SAMPLES = (
    dict.fromkeys(["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"], PAIR)
    | dict.fromkeys(["floor_divide", "heaviside", "isclose", "allclose", "array_equal"], PAIR)
    | dict.fromkeys(["logical_and", "logical_or", "logical_xor"], PAIR + TRUTH)
    | dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], TRUTH)
    | dict.fromkeys(["logical_not", "isfinite", "isinf", "isnan", "signbit", "sign"], ONE)
    | dict.fromkeys(["floor", "ceil", "trunc", "rint", "round", "all", "any"], ONE)
    | dict.fromkeys(["argmax", "argmin", "argsort", "argwhere", "nonzero", "flatnonzero"], ONE)
    | dict.fromkeys(["count_nonzero", "zeros_like", "ones_like"], ONE)
    | {
        "invert": [calls(np.array([True, False]))],
        "searchsorted": [calls(np.array([1.0, 2.0, 3.0]), r(2, 2))],
        "full_like": [calls(r(2, 3), 2.5)],
        "winning": [calls(r(1, 2, 5, 4), over_kernel(np.max, r(1, 2, 5, 4), POOL, -np.inf), POOL)],
    }
)

# -- other families: a file each -----------------------------------------------------------------

BY_HAND: set[str] = set()
"""Functions some of whose results are constants: they have tests of their own instead."""

for family in ("samples_linalg", "samples_neural", "samples_reductions", "samples_shapes"):
    for table in (
        "SAMPLES", "COMPOSITE_SAMPLES", "CONSTANT_SAMPLES", "REFERENCES", "CENTRAL", "BY_HAND",
    ):  # fmt: skip
        globals()[table] |= getattr(import_module(family), table, type(globals()[table])())

# -- cases ---------------------------------------------------------------------------------------


def is_variable(value):
    return isinstance(value, np.ndarray) and value.dtype.kind in "fc"


@dataclass
class Case:
    """One call of one function, as a function of its floating arrays."""

    name: str
    function: Any
    args: tuple
    options: dict = field(default_factory=dict)
    reference: Any = None
    number: int = 0

    @property
    def variables(self):
        parts = self.args[0] if isinstance(self.args[0], list) else self.args
        return [part for part in parts if is_variable(part)]

    def filled(self, variables):
        """The arguments with other values for the variables."""
        values = iter(variables)

        def fill(parts):
            return [next(values) if is_variable(part) else part for part in parts]

        if isinstance(self.args[0], list):
            return (fill(self.args[0]), *self.args[1:])
        return tuple(fill(self.args))

    def __call__(self, *variables):
        return self.function(*self.filled(variables), **self.options)

    def expected(self, *variables):
        return self.reference(*self.filled(variables), **self.options)

    @property
    def method(self):
        real = all(variable.dtype.kind == "f" for variable in self.variables)
        analytic = self.name.removeprefix("np.") not in CENTRAL
        return "complex" if analytic and real else "central"

    def __str__(self):
        shapes = "x".join(str(list(v.shape)).replace(" ", "") for v in self.variables)
        return f"{self.name}-{self.number}-{shapes}"


def numpy_reference(operation):
    return next((alias for alias in operation.numpy if callable(alias)), None)


def declared_in_the_engine():
    """The registry's operations, without those that other tests declare."""
    modules = [m for name, m in sys.modules.items() if name.startswith("autograd_core.derivatives")]
    ours = {id(value) for module in modules for value in vars(module).values()}
    return {name: op for name, op in REGISTRY.items() if id(op) in ours}


OPERATIONS = declared_in_the_engine()
DIFFERENTIABLE = {name: op for name, op in OPERATIONS.items() if isinstance(op, Primitive)}
CONSTANT = {name: op for name, op in OPERATIONS.items() if name not in DIFFERENTIABLE}

NUMPYS = {id(ours): alias for alias, ours in NUMPY.items()}
COMPOSITE = {  # as NumPy's function where there is one
    f"np.{NUMPYS[id(ours)].__name__}" if id(ours) in NUMPYS else name: NUMPYS.get(id(ours), ours)
    for name, ours in COMPOSITES.items()
    if ours.__module__.startswith("autograd_core.")
}

CASES = [
    Case(name, operation, args, options, REFERENCES.get(name) or numpy_reference(operation), k)
    for name, operation in DIFFERENTIABLE.items()
    for k, (args, options) in enumerate(SAMPLES.get(name, []))
] + [
    Case(name, function, args, options, REFERENCES.get(name, function), k)
    for name, function in COMPOSITE.items()
    for k, (args, options) in enumerate(COMPOSITE_SAMPLES.get(name, []))
]

CONSTANT_CASES = [
    Case(name, operation, args, options, REFERENCES.get(name) or numpy_reference(operation), k)
    for name, operation in CONSTANT.items()
    for k, (args, options) in enumerate(CONSTANT_SAMPLES.get(name, []))
]

WITHOUT_SAMPLES = sorted(
    [name for name in DIFFERENTIABLE if not SAMPLES.get(name)]
    + [name for name in CONSTANT if not CONSTANT_SAMPLES.get(name)]
    + [name for name in COMPOSITE if not COMPOSITE_SAMPLES.get(name) and name not in BY_HAND]
)
WITHOUT_REFERENCE = sorted({case.name for case in CASES + CONSTANT_CASES if not case.reference})
