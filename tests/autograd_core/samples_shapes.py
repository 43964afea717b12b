"""Samples of what moves, joins, pads, selects and multiplies arrays, and their companions."""

import numpy as np
import scipy.special as special
from samples import (
    ALSO_COMPLEX,
    ANY,
    MASK,
    ONE,
    PAIR,
    POSITIVE,
    c,
    calls,
    elementwise_samples,
    r,
    spaced,
)
from samples import ELEMENTWISE as RANGES

# -- elementwise ---------------------------------------------------------------------------------

ELEMENTWISE = {
    "float_power": [(POSITIVE, ANY)],
    "fmod": [((1.2, 1.8), (0.95, 1.05)), ((-1.8, -1.2), (0.95, 1.05))],
    "copysign": [((0.2, 2.0), (0.2, 2.0)), ((-2.0, -0.2), (0.2, 2.0)), ((0.2, 2.0), (-2.0, -0.2))],
    "nextafter": [(ANY, ANY)],
    "heaviside": [((0.2, 2.0), ANY), ((-2.0, -0.2), ANY)],
    "modf": [((0.2, 0.8),), ((-0.8, -0.2),)],
    "logaddexp2": [(ANY, ANY)],
    "deg2rad": [(ANY,)],
    "radians": [(ANY,)],
    "rad2deg": [(ANY,)],
    "degrees": [(ANY,)],
    "sinc": [((0.2, 3.0),), ((-3.0, -0.2),), ((-1e-3, 1e-3),)],
    "fmax": [(ANY, ANY)],
    "fmin": [(ANY, ANY)],
}
RANGES.update(ELEMENTWISE)
ALSO_COMPLEX.update({"float_power"})

STEP = np.array([0, 2, -1])

SAMPLES = {name: list(elementwise_samples(name)) for name in ELEMENTWISE} | {
    "heaviside": [calls(STEP, r(3)), calls(0, r())],
    "ldexp": [calls(r(3), np.array([1, 0, -2])), calls(r(2, 1), np.arange(3)), calls(r(), 2)],
    "unwrap": [
        calls(np.array([0.1, 3.0, -3.0, -0.3, 2.9])),
        calls(spaced((2, 3), -6, 6), axis=0),
        calls(spaced((5,), -6, 6), None, -1, period=3.5),
        calls(spaced((4,), -6, 6), discont=4.0),
        calls(r(0, 3)),
    ],
    "spherical_bessel": [
        calls(spaced((2, 3), *limits), n)
        for n in (0, 1, 3)
        for limits in ((0.2, 5.0), (-3.0, -0.2), (-1e-3, 1e-3))
    ],
    # -- moving ----------------------------------------------------------------------------------
    "roll": [
        calls(r(5), 2),
        calls(r(2, 3), -1),
        calls(r(2, 3), 1, axis=-1),
        calls(r(2, 3), (1, 2), axis=(0, 1)),
        calls(r(2, 3), (1, 1), axis=(1, 1)),
        calls(r(), 1),
        calls(r(0, 3), 1, 0),
        calls(c(3), 1),
    ],
    "rot90": [calls(r(2, 3), k) for k in range(-1, 5)]
    + [calls(r(2, 3, 2), 1, (1, 2)), calls(r(2, 3, 2), k=3, axes=(-1, 0)), calls(r(0, 3))],
    "diagonal": [
        calls(r(2, 3)),
        calls(r(3, 2), 1),
        calls(r(3, 2), -1),
        calls(r(2, 3, 2), 0, 2, 0),
        calls(r(2, 3, 2), offset=-1, axis1=-2, axis2=-1),
        calls(r(2, 2), 3),
        calls(r(0, 2)),
        calls(c(2, 2)),
    ],
    "place_diagonal": [
        calls(r(2), (2, 3)),
        calls(r(2), (2, 3), 1),
        calls(r(1), (3, 2), -2),
        calls(r(3, 2), (2, 3, 2), 0, 2, 0),
        calls(r(0), (2, 2), 3),
    ],
    # -- cutting ---------------------------------------------------------------------------------
    "unstack": [calls(r(2, 3)), calls(r(2, 3), axis=-1), calls(r(3)), calls(r(2, 0))],
    "split": [calls(r(5), (2, 3), 0), calls(r(2, 3), (0, 1, 1), 1), calls(r(3), (), 0)],
    # -- multiplying -----------------------------------------------------------------------------
    "einsum": [
        calls(r(2, 3), r(3, 2, seed=1), (0, 1), (1, 2), (0, 2)),
        calls(r(2, 3), r(2, 3, seed=1), (0, 1), (0, 1), ()),
        calls(r(2, 3, 2), r(2, 2, 3, seed=1), (0, 1, 2), (3, 2, 1), (1, 3, 0)),
        calls(r(2), r(3, seed=1), (0,), (1,), (1, 0)),
        calls(r(3, 2), r(2, 3, seed=1), (0, 1), (1, 0), (1, 0)),
        calls(r(), r(2, seed=1), (), (0,), (0,)),
        calls(r(0, 2), r(2, 3, seed=1), (0, 1), (1, 2), (0, 2)),
        calls(r(2, 0), r(0, 3, seed=1), (0, 1), (1, 2), (2, 0)),
        calls(c(2, 3), r(3, 2, seed=1), (0, 1), (1, 2), (0, 2)),
    ],
}

# -- composites ----------------------------------------------------------------------------------

SPLITS = [
    calls(r(6), 3),
    calls(r(5), [1, 3]),
    calls(r(4, 2), 2),
    calls(r(2, 4), [1, -1], axis=1),
    calls(r(5), [3, 1]),
    calls(r(3), [7]),
]
SPLIT_MATRIX = [calls(r(4, 4), 2), calls(r(4, 4), [1, 3])]
DTYPES = [
    calls([r(2, 3), r(2, 3, seed=1)], dtype=complex),
    calls([r(2, 3), c(2, 3)], dtype=float, casting="unsafe"),
]
STACKS = [
    calls([r(3), r(3, seed=1)]),
    calls([r(2, 3), r(2, 3, seed=1)]),
    calls([r(2, 3, 1), r(2, 3, 1, seed=1)]),
    calls([r(2), np.arange(2)]),
    calls([r(0, 2), c(0, 2)]),
]
PADDINGS = [1, (0, 2), ((1, 0), (2, 1))]
PADS = [
    calls(r(2, 3), 1),
    calls(r(2, 3), (1, 2), constant_values=7.0),
    calls(r(2, 3), ((0, 1), (2, 0)), mode="constant"),
    calls(r(2, 3), 1, constant_values=((1, 2), (3, 4))),
    calls(r(2, 3), {1: (1, 2)}),
    calls(r(2, 3), {-1: 1}, mode="edge"),
    calls(r(), 1),
    calls(c(3), 2, mode="reflect", reflect_type="odd"),
    calls(c(3), 2, mode="linear_ramp", end_values=1.0),
    calls(r(3, 0), ((1, 1), (0, 0)), mode="edge"),
    calls(r(1, 3), 2, mode="reflect"),
    calls(r(1, 3), 2, mode="reflect", reflect_type="odd"),
    calls(r(1, 3), 2, mode="symmetric", reflect_type="odd"),
    calls(r(2, 3), ((1, 2), (3, 1)), mode="linear_ramp", end_values=((5.0, -4.0), (1.0, 2.0))),
    calls(r(2, 4), 2, mode="mean", stat_length=((1, 2), (2, 3))),
    calls(r(2, 4), 2, mode="maximum", stat_length=2),
    calls(r(2, 5), ((0, 0), (2, 1)), mode="minimum", stat_length=(2, 9)),
    calls(r(2, 4), ((0, 0), (1, 2)), mode="median", stat_length=3),
]
for mode in ("edge", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum"):
    PADS += [calls(r(2, 3), width, mode=mode) for width in PADDINGS]
for mode in ("reflect", "symmetric"):
    for kind in ("even", "odd"):
        for width in [*PADDINGS, (7, 8)]:
            PADS.append(calls(r(2, 3), width, mode=mode, reflect_type=kind))

AROUND = [calls(r(2, 3)), calls(r(2, 3, 2)), calls(r(0, 3))]
BINARY_SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 3)), ((), (2, 3))]


def pairs(*shapes):
    return [calls(r(*a), r(*b, seed=1)) for a, b in shapes]


TRIANGLES = [calls(r(3, 3)), calls(r(2, 3), 1), calls(r(3, 2), -1), calls(r(2, 2, 3)), calls(r(3))]
POLYNOMIALS = [
    *pairs(((3,), (2,)), ((2,), (4,)), ((1,), (1,)), ((), (3,))),
    calls(r(3), np.array([0, 2])),
    calls(c(2), r(3)),
]

COMPOSITE_SAMPLES = {
    "np.where": [calls(MASK, r(2, 3), r(3, seed=1)), calls(np.array([1, 0, 2]), r(3), 0.5)],
    "np.nan_to_num": [calls(r(2, 3)), calls(r()), calls(c(3)), calls(r(0))],
    "np.angle": [calls(c(2, 3)), calls(c(3), deg=True)],
    "np.real_if_close": [calls(r(3)), calls(c(3)), calls(r(3) + 1e-16j)],
    "np.full_like": [calls(r(2, 3), r()), calls(r(2), r(2, 2), shape=(2, 2))],
    "np.ravel": [
        calls(r(2, 3)),
        calls(r()),
        calls(r(0, 3)),
        calls(r(2, 3), "F"),
        calls(r(2, 3, 2), order="F"),
    ],
    "np.rollaxis": [calls(r(2, 3, 1), 2), calls(r(2, 3, 1), 0, 3), calls(r(2, 3, 1), -1, -2)],
    "np.atleast_1d": [calls(r()), calls(r(2, 3)), calls(r(), r(2, seed=1))],
    "np.atleast_2d": [calls(r()), calls(r(3)), calls(r(2, 3, 1)), calls(r(), r(2, seed=1))],
    "np.atleast_3d": [calls(r()), calls(r(3)), calls(r(2, 3)), calls(r(1, 2, 3)), calls(r(2, 0))],
    "np.broadcast_arrays": [calls(r(3), r(2, 1, seed=1)), calls(r(), r(2, 0)), calls(r(2))],
    "np.meshgrid": [
        calls(r(2), r(3, seed=1)),
        calls(r(2), r(3, seed=1), indexing="ij"),
        calls(r(2), r(3, seed=1), r(2, seed=2), sparse=True),
        calls(r(2)),
        calls(r(), r(2, seed=1)),
    ],
    "np.flip": [
        *AROUND,
        calls(r()),
        calls(r(2, 3), 0),
        calls(r(2, 3), axis=-1),
        calls(r(2, 3, 2), (0, -1)),
    ],
    "np.fliplr": AROUND,
    "np.flipud": [*AROUND, calls(r(3))],
    "np.tile": [
        calls(r(3), 2),
        calls(r(2, 3), (2, 1)),
        calls(r(2, 3), 3),
        calls(r(3), (2, 2)),
        calls(r(2, 1, 2), (2, 2)),
        calls(r(), 3),
        calls(r(2), 0),
        calls(r(2), ()),
    ],
    "np.repeat": [
        calls(r(3), 2),
        calls(r(2, 3), 2),
        calls(r(2, 3), 3, axis=-1),
        calls(r(2, 3), [1, 0, 2], axis=1),
        calls(r(2, 3), [2], 0),
        calls(r(), 3),
        calls(r(3), 0),
        calls(r(3), np.array([0, 1, 3])),
    ],
    "np.resize": [calls(r(3), (2, 4)), calls(r(2, 3), 4), calls(r(), (2, 2))],
    "np.diagflat": [calls(r(3)), calls(r(2, 2), 1), calls(r(2), -2), calls(r())],
    "np.diag": [calls(r(3)), calls(r(2), -1), calls(r(2, 3)), calls(r(2, 3), 1), calls(r(0))],
    "np.trace": [calls(r(2, 3)), calls(r(3, 3), -1), calls(r(2, 3, 2), 0, 2, 0), calls(c(2, 2))],
    "np.tril": TRIANGLES,
    "np.triu": TRIANGLES,
    "np.pad": PADS,
    # -- joining and cutting ---------------------------------------------------------------------
    "np.hstack": [*STACKS, *DTYPES],
    "np.vstack": [*STACKS, *DTYPES],
    "np.dstack": STACKS,
    "np.column_stack": [*STACKS, calls([r(2), r(2, 3, seed=1)])],
    "np.block": [calls([r(2), r(1, 2, seed=1)]), calls([r(2, 3), 0 * r(2, 1)]), calls(r(2))],
    "np.append": [
        calls(r(2), r(3, seed=1)),
        calls(r(2, 2), r(1, 2, seed=1), axis=0),
        calls(r(2), 1.0),
    ],
    "np.insert": [
        calls(r(3), 1, r(seed=1)),
        calls(r(3), [0, 2, 2], r(3, seed=1)),
        calls(r(3), [0, 3], 1.5),
        calls(r(2, 3), 1, r(2, seed=1), axis=1),
        calls(r(2, 3), [1, 2], r(2, 2, seed=1), axis=1),
        calls(r(2, 3), [1], r(2, 1, seed=1), axis=1),
        calls(r(2, 3), 1, r(2, 3, seed=1), axis=0),
        calls(r(2, 3), slice(0, 2), r(3, seed=1), 0),
        calls(r(2, 3), -1, r(seed=1)),
    ],
    "np.array_split": [*SPLITS, calls(r(7), 3), calls(r(2), 4)],
    "np.split": SPLITS,
    "np.hsplit": [*SPLIT_MATRIX, calls(r(4), 2)],
    "np.vsplit": SPLIT_MATRIX,
    "np.dsplit": [calls(r(2, 1, 4), 2), calls(r(2, 1, 4), [1, 3])],
    # -- selecting -------------------------------------------------------------------------------
    "np.take": [
        calls(r(2, 3), [5, 0, 5]),
        calls(r(2, 3), [[2, 0]], axis=1),
        calls(r(2, 3), -1, axis=-1),
        calls(r(2, 3), 1, 0),
        calls(r(2, 3), np.zeros(0, int)),
        calls(r(2, 3), [7, -8], mode="wrap"),
        calls(r(2, 3), [7, -8, 1], 1, mode="clip"),
        calls(r(3), [True, False, True, True]),  # not a mask
    ],
    "np.take_along_axis": [
        calls(r(2, 3), np.array([[0, 0], [2, 1]]), axis=1),
        calls(r(2, 3), np.array([[1, 0, 1]]), 0),
        calls(r(2, 3), np.array([4, 4, 0]), None),
        calls(r(2, 3), np.array([[0, -1], [2, 1]])),
        calls(r(2, 3), np.array([[1]]), axis=1),
    ],
    "np.select": [
        calls(np.stack([MASK, ~MASK]), r(2, 2, 3)),
        calls(np.stack([MASK, MASK]), r(2, 3), default=1.0),
        calls((MASK[0], MASK[1]), r(2, 1), r(3, seed=1)),
    ],
    "np.choose": [
        calls(np.array([2, 0, 1]), r(3, 3)),
        calls(np.array([[1], [0]]), r(2, 3)),
        calls(np.array([4, -1, 1]), r(2, 1), mode="wrap"),
    ],
    "np.piecewise": [
        calls(r(5), [r(5) < 0, r(5) > 1], [np.sin, np.square]),
        calls(r(5), [r(5) < 0, r(5) > 1], [np.sin, 2.0, np.square]),
        calls(r(5), r(5) < 0, [lambda v, k, p=1: v**p * k, 1.5], 3, p=2),
        calls(r(2, 3), [MASK, MASK], [np.sin, np.exp]),
        calls(r(), [True], [np.sin]),
        calls(r(), False, [np.sin, np.cos]),
        calls(r(3), [[True, False, True], [False] * 3], [np.sin, np.cos]),
    ],
    "np.compress": [
        calls(np.array([True, False, True]), r(2, 3), axis=1),
        calls(np.array([False, True]), r(2, 3)),
        calls((True,), r(2, 3), 0),
    ],
    "np.extract": [calls(MASK, r(2, 3)), calls((1, 0, 1), r(3))],
    "np.delete": [
        calls(r(4), 1),
        calls(r(2, 3), [0, -1], axis=1),
        calls(r(2, 3), slice(0, 4, 2)),
        calls(r(2, 3), np.array([True, False]), 0),
    ],
    "np.trim_zeros": [calls(r(3)), calls(r(2, 3)), calls(r(2, 3), "b", axis=1)],
    "np.apply_along_axis": [
        calls(np.sort, 1, r(2, 3)),
        calls(lambda row: (row * row).sum(), 0, r(2, 3)),
        calls(lambda row: row[:, None] * row[:2], -1, r(2, 3)),
    ],
    "np.apply_over_axes": [calls(np.sum, r(2, 3, 2), [0, 2]), calls(np.cumsum, r(2, 3), 1)],
    # -- multiplying -----------------------------------------------------------------------------
    "np.einsum": [
        calls(subscripts, *(r(*shape, seed=k) for k, shape in enumerate(shapes)))
        for subscripts, *shapes in [
            ("ij,jk->ik", (2, 3), (3, 2)),
            ("ij,jk", (2, 3), (3, 2)),
            ("ba", (2, 3)),
            ("ij->", (2, 3)),
            ("ij->ji", (2, 3)),
            ("ii", (3, 3)),
            ("ii->i", (3, 3)),
            ("iii->i", (2, 2, 2)),
            ("iij,jk->k", (2, 2, 3), (3, 2)),
            ("ij,ij->ij", (2, 3), (2, 3)),
            ("ij,kl->ljki", (2, 1), (3, 2)),
            ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
            ("...i,...i", (2, 1, 3), (4, 3)),
            ("i...->...i", (2, 3)),
            ("i...->...", (2, 3)),
            ("ij...,j->i...", (2, 3, 2), (3,)),
            (" i j , j -> i ", (2, 3), (3,)),
            ("ij,j->i", (2, 3), (1,)),
            ("i,i->i", (1,), (3,)),
            ("i,i->", (1,), (3,)),
            ("bi,ij,bj->b", (2, 3), (3, 2), (2, 2)),
            ("ij,jk,kl,lm->im", (2, 3), (3, 2), (2, 3), (3, 1)),
            ("i,i,i->i", (3,), (3,), (3,)),
            ("i,j,k->kij", (2,), (3,), (2,)),
            ("ij,k,l->k", (2, 3), (2,), (2,)),
            (",i->i", (), (3,)),
            ("->", ()),
            ("Ab,bC", (2, 3), (3, 2)),
            ("ij,jk->ik", (0, 3), (3, 2)),
            ("ij,jk->ik", (2, 0), (0, 2)),
        ]
    ]
    + [
        calls("ij,j", c(2, 3), r(3)),
        calls("ij,jk,k", c(2, 3), c(3, 2), r(2), optimize=True),
        calls("ij,ij", np.arange(6).reshape(2, 3), r(2, 3)),
        calls(r(2, 3), [0, 1], r(3, 2, seed=1), [1, 2], [0, 2]),
        calls(r(2, 3), [1, 0]),
        calls(r(2, 2), [5, 5], []),
        calls(r(2, 3), [..., 0], r(3, seed=1), [0], [...]),
    ],
    "np.tensordot": [
        calls(r(2, 3), r(2, 3, seed=1)),
        calls(r(2, 3), r(3, 2, seed=1), 1),
        calls(r(2, 3), r(3, 2, seed=1), axes=([0, 1], [1, 0])),
        calls(r(2, 3, 2), r(3, 2, seed=1), axes=(1, 0)),
        calls(r(2), r(3, seed=1), 0),
        calls(r(2, 3), r(2, 3, seed=1), axes=((-1,), (-1,))),
        calls(c(2, 3), r(3, 2), 1),
        calls(r(0, 3), r(3, 2), 1),
    ],
    "np.inner": pairs(*BINARY_SHAPES, ((2, 3), (4, 3)), ((), ()), ((2, 1, 3), (2, 3))),
    "np.outer": [*pairs(*BINARY_SHAPES, ((2,), (3,)), ((0,), (2,))), calls((1, 2), r(2))],
    "np.vdot": [*pairs(((3,), (3,)), ((2, 3), (3, 2)), ((), ())), calls(c(3), c(3, seed=1))],
    "np.vecdot": [
        *pairs(((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (2, 3))),
        calls(c(2, 3), c(3, seed=1)),
        calls(r(3, 2), r(3, 1, seed=1), axis=0),
    ],
    "np.matvec": [
        *pairs(((2, 3), (3,)), ((2, 2, 3), (3,)), ((2, 3), (4, 3))),
        calls(c(2, 3), c(3, seed=1)),
    ],
    "np.vecmat": [
        *pairs(((2,), (2, 3)), ((2,), (2, 2, 3)), ((4, 2), (2, 3))),
        calls(c(2), c(2, 3, seed=1)),
    ],
    "np.kron": pairs(*BINARY_SHAPES, ((2,), (3,)), ((2, 1), (2, 3, 2)), ((0,), (2,)), ((), ())),
    "np.cross": [
        *pairs(((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (2, 3)), ((0, 3), (3,))),
        calls(r(3, 2), r(3, 2, seed=1), axis=0),
        calls(r(3, 2), r(2, 3, seed=1), 0, 1, 0),
        calls(c(3), c(3, seed=1)),
    ],
    # -- polynomials -----------------------------------------------------------------------------
    "np.vander": [
        calls(r(3)),
        calls(r(3), 2),
        calls(np.array([0.0, 1.3, -0.4]), 4, increasing=True),
        calls(r(2), 0),
        calls(c(2), 3),
    ],
    "np.polyval": [
        calls(r(3), r(2, 2, seed=1)),
        calls(r(4), r(seed=1)),
        calls(r(1), r(2, seed=1)),
        calls((1, -2, 3), r(2)),
        calls(r(3), 2),
        calls(c(3), r(2)),
    ],
    "np.polyadd": POLYNOMIALS,
    "np.polysub": POLYNOMIALS,
    "np.polymul": [*POLYNOMIALS[:3], *POLYNOMIALS[4:]],
    "np.polydiv": [
        calls(r(5), r(3, seed=1)),
        calls(r(2), r(3, seed=1)),
        calls(r(3), r(1, seed=1)),
        calls((1, 2, 3), r(2)),
        calls(c(4), r(2)),
    ],
    "np.poly": [calls(r(3)), calls(c(3)), calls(r(3, 3))],
    "np.roots": [
        calls(np.array([1.0, -6.0, 11.0, -6.3])),
        calls(np.array([2.0, 1.0, 3.0])),
        calls(c(4)),
        calls(r(2)),
    ],
    "np.polyfit": [
        calls(spaced((6,), -1, 1), r(6, seed=1), 2),
        calls(spaced((6,), -1, 1), r(6, 2, seed=1), 1, w=[1, 2, 1, 3, 1, 2]),
        calls(spaced((6,), -1, 1), r(6, seed=1), 2, cov=True),
        calls(spaced((6,), -1, 1), r(6, 2, seed=1), 1, cov="unscaled"),
        calls(spaced((4,), -1, 1), r(4, seed=1), 1, None, False, spaced((4,), 0.5, 2.0)),
        calls(np.arange(4), c(4), 1),
    ],
    "np.polyder": [calls(r(4)), calls(r(4), 2), calls(r(3), 0), calls(r(1))],
    "np.polyint": [
        calls(r(3)),
        calls(r(3), 2),
        calls(r(2), 2, [1.0, 2.0]),
        calls(r(2), 0),
        calls(r(2), 2, 3.0),
    ],
}

REFERENCES = {
    "where": np.where,
    "modf": lambda x: np.modf(x)[0],
    "spherical_bessel": lambda x, n: special.spherical_jn(n, x),
    "unwrap": lambda x, discont=None, axis=-1, period=2 * np.pi: np.unwrap(
        x, discont, axis, period=period
    ),
    "place_diagonal": lambda values, shape, offset=0, axis1=0, axis2=1: np.moveaxis(
        sum(
            values[..., k, None, None]
            * np.eye(shape[axis1], shape[axis2], offset)
            * (np.cumsum(np.eye(shape[axis1], shape[axis2], offset).sum(1))[:, None] == k + 1)
            for k in range(values.shape[-1])
        )
        if values.size
        else np.zeros(shape),
        (-2, -1),
        (axis1, axis2),
    ),
    "split": lambda x, bounds, axis: tuple(np.split(x, bounds, axis)),
    "unstack": lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
    "einsum": lambda a, b, i, j, k: np.einsum(a, list(i), b, list(j), list(k)),
    "np.full_like": lambda x, value, shape=None: np.full_like(x, value, shape=shape),
}

CENTRAL = {
    "fmod", "copysign", "nextafter", "logaddexp2", "deg2rad", "rad2deg", "radians", "degrees",
    "fmax", "fmin", "heaviside", "ldexp", "unwrap", "modf", "pad", "vdot", "vecdot", "vecmat",
    "angle", "real_if_close", "nan_to_num", "apply_along_axis", "trim_zeros", "full_like",
    "spherical_bessel", "sinc", "piecewise", "poly", "roots", "polyfit", "hstack",
    "vstack",
}  # fmt: skip

BY_HAND = {"np.divmod", "np.modf", "np.frexp"}

CONSTANT_SAMPLES = (
    dict.fromkeys(["isneginf", "isposinf", "iscomplex", "isreal", "around", "fix"], ONE)
    | dict.fromkeys(["array_equiv", "isin"], PAIR)
    | {
        key: [calls(np.array([4, 6]), np.array([1, 3]))]
        for key in ["left_shift", "right_shift", "gcd", "lcm"]
    }
    | {
        key: [calls(r(2, 2))]
        for key in ["diag_indices_from", "tril_indices_from", "triu_indices_from"]
    }
    | {
        "spacing": [calls(r(2, 3))],
        "bitwise_count": [calls(np.array([5, 7]))],
        "empty_like": [calls(r(0, 3))],
        "lexsort": [calls((r(4), r(4, seed=1)))],
        "unravel_index": [calls(np.array([1, 5]), (2, 3))],
        "ravel_multi_index": [calls((np.array([1, 0]), np.array([2, 1])), (2, 3))],
        "ix_": [calls(np.array([0, 1]), np.array([2, 0]))],
    }
)
