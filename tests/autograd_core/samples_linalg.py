"""Sample calls of linear algebra. Complex eigenvectors and singular vectors, which have no phase
of their own, are in test_linalg.py, inside quantities that do not depend on it."""

import numpy as np
import scipy.linalg
from samples import calls


def r(*shape, seed=0):
    """Normal numbers; square matrices of them are far from singular."""
    x = np.random.default_rng([seed, *shape]).standard_normal(shape)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        x += 1.5 * np.diag(np.arange(1, shape[-1] + 1) * (-1) ** np.arange(shape[-1]))
    return x


def c(*shape, seed=0):
    return r(*shape, seed=seed) + 0.5j * r(*shape, seed=seed + 1)


def positive(x):
    return x @ np.conj(np.swapaxes(x, -1, -2)) + 2 * np.eye(x.shape[-1])


SINGULAR = [r(3, 1) @ r(1, 3, seed=1), r(4, 2) @ r(2, 4, seed=1), np.zeros((2, 2))]

SQUARE = [calls(x) for x in (r(3, 3), r(2, 1, 3, 3), r(1, 1), r(0, 0), r(0, 2, 2), c(3, 3))]
RECTANGULAR = [calls(x) for x in (r(4, 2), r(2, 4), r(2, 3, 2), r(3, 3), c(3, 2), c(2, 3))]
VALUES_ONLY = [calls(r(3, 3)), calls(r(2, 3, 3), "U"), calls(c(3, 3)), calls(r(0, 0))]

SOLVE = [
    calls(a, b)
    for a, b in [
        (r(3, 3), r(3, seed=1)),
        (r(3, 3), r(3, 2, seed=1)),
        (r(2, 3, 3), r(3, seed=1)),
        (r(2, 3, 3), r(3, 2, seed=1)),
        (r(3, 3), r(2, 3, 1, seed=1)),
        (r(2, 1, 2, 2), r(3, 2, 2, seed=1)),
        (r(0, 0), r(0, 2)),
        (r(2, 2), r(2, 0)),
        (c(3, 3), c(3, seed=1)),
        (r(2, 2), c(2, 2, seed=1)),
    ]
]


def triangular(a, b, lower, unit_diagonal):
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a = a + np.eye(a.shape[-1]) * (1 - a)
    return np.linalg.solve(a, b)


def expm(a):
    """Padé approximation is SciPy's; here the Taylor series."""
    term = y = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    for k in range(1, 60):
        term = term @ a / k
        y = y + term
    return y


def minors(a):
    """Determinants without one row and one column, with signs."""
    n = a.shape[-1]
    y = np.zeros_like(a)
    for i, j in np.ndindex(n, n):
        rest = np.delete(np.delete(a, i, -2), j, -1)
        y[..., i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return y


NORMS = [(r(2, 3), (1,)), (r(2, 3, 2), (0, 2)), (r(), ()), (r(0, 2), (1,)), (c(2, 3), (0,))]

SAMPLES = {
    "inv": SQUARE,
    "pseudoinverse": [(args, {"rtol": 1e-6}) for args, _ in RECTANGULAR],
    "solve": SOLVE,
    "triangular_solve": [
        calls(r(3, 3), r(3, 2, seed=1), True, False),
        calls(r(3, 3), r(3, 2, seed=1), False, True),
        calls(r(2, 3, 3), r(3, 1, seed=1), True, True),
        calls(r(3, 3), r(2, 3, 2, seed=1), False, False),
        calls(r(2, 1, 3, 3), r(3, 2, seed=1), True, False),
        calls(c(3, 3), r(3, 2, seed=1), True, False),
        calls(r(0, 0), r(0, 2), True, False),
    ],
    "det": SQUARE + [calls(x) for x in SINGULAR],
    "cofactor": [*SQUARE, calls(np.zeros((2, 2)))],
    "slogdet": SQUARE,
    "expm": [calls(0.3 * args[0]) for args, _ in SQUARE],
    "determined": [calls(r(3, 3), np.zeros((3, 3), bool)), calls(c(2, 2), np.zeros((2, 2), bool))],
    "eigh": [calls(r(3, 3)), calls(r(2, 3, 3)), calls(r(3, 3), "U"), calls(r(1, 1))],
    "cholesky_lower": [calls(positive(args[0])) for args, _ in SQUARE],
    "eig": [
        calls(x) for x in (r(3, 3), r(4, 4, seed=5), c(3, 3), c(2, 2, 2), c(2, 1, 3, 3), r(0, 0))
    ],
    "qr_tall": [calls(x) for x in (r(3, 3), r(4, 2), r(2, 3, 2), r(2, 0), c(3, 3), c(4, 2))],
    "qr_complete": [calls(x) for x in (r(3, 2), r(2, 1, 3, 2), r(1, 0))],
    "euclidean": [calls(x, axis) for x, axis in NORMS],
    "power_mean": [calls(np.abs(x), p, axis) for x, axis in NORMS[:2] for p in (3.0, 0.5, -1.0)]
    + [calls(np.array([[0.0, 0.7, 1.2]]), 3.0, (1,))],
    "svd_factors": [
        calls(x, full)
        for x in (r(3, 3), r(3, 2), r(2, 3), r(2, 3, 2), r(1, 2))
        for full in (False, True)
    ]
    + [calls(r(4, 2), False), calls(r(2, 4), False)]
    + [calls(r(2, 1, *shape), True) for shape in ((3, 2), (2, 3))],
}

ORDERS = (None, 2, 1, 0.5, 3, -1, -2, np.inf, -np.inf)
MATRIX_ORDERS = (None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)

COMPOSITE_SAMPLES = {
    "np.pinv": [*RECTANGULAR, calls(r(3, 3), hermitian=True), calls(r(3, 2), rtol=None)],
    "np.eigvalsh": VALUES_ONLY,
    "np.eigvals": [calls(r(3, 3)), calls(r(2, 4, 4, seed=5)), calls(c(3, 3))],
    "np.svdvals": [*RECTANGULAR, calls(r(0, 2))],
    "np.svd": [
        calls(r(3, 2)),
        calls(r(2, 4, 2), full_matrices=False),
        calls(c(2, 3), compute_uv=False),
        calls(r(3, 3), hermitian=True),
        calls(c(3, 3), False, False, True),
    ],
    "np.qr": [
        calls(r(3, 2)),
        calls(r(2, 2, 4)),
        calls(c(2, 3), "r"),
        calls(r(2, 3), "complete"),
        calls(r(3, 2), "complete"),
        calls(c(3, 2)),
    ],
    "np.cholesky": [
        calls(positive(x), **options)
        for x in (r(3, 3), c(2, 2, 2))
        for options in ({}, {"upper": True})
    ],
    "solve_triangular": [
        calls(x, y, trans, lower)
        for x, y in ((r(3, 3), r(3, seed=1)), (c(2, 3, 3), c(3, 2, seed=1)))
        for trans in (0, "T", 2)
        for lower in (False, True)
    ]
    + [calls(r(3, 3), r(3, seed=1), lower=True, unit_diagonal=True)],
    "np.tensorsolve": [
        calls(r(2, 3, 6), r(2, 3, seed=1)),
        calls(r(6, 2, 3), r(2, 3, seed=1), (0,)),
        calls(r(2, 4, 2), r(4, seed=1), axes=(0, 2)),
    ],
    "np.tensorinv": [calls(r(2, 3, 6)), calls(r(6, 2, 3), ind=1)],
    "np.matrix_power": [calls(r(3, 3), n) for n in (0, 1, 2, 5, -1, -3)]
    + [calls(r(2, 2, 2), 3), calls(c(2, 2), -2)],
    "np.multi_dot": [
        calls([r(*shape, seed=k) for k, shape in enumerate(shapes)])
        for shapes in (
            [(2, 3), (3, 4)],
            [(4, 2), (2, 5), (5, 1), (1, 3)],
            [(3,), (3, 2), (2, 4)],
            [(2, 3), (3, 2), (2,)],
            [(3,), (3, 2), (2,)],
            [(3,), (3,)],
        )
    ],
    "np.norm": [calls(r(2, 3), p, 1) for p in ORDERS]
    + [calls(r(2, 3), p, None, True) for p in MATRIX_ORDERS]
    + [calls(r(2, 3, 2), p, (2, 0)) for p in MATRIX_ORDERS]
    + [calls(x) for x in (r(), r(3), r(2, 3, 2), r(0), c(2, 3))]
    + [calls(c(4), 3), calls(c(2, 3), "nuc"), calls(c(2, 3), np.inf)],
    "np.vector_norm": [calls(r(2, 3, 2), axis=axis, ord=3) for axis in (None, 1, (0, -1))]
    + [calls(r(2, 3), ord=p, keepdims=True) for p in (0.5, 1, 2, np.inf)],
    "np.matrix_norm": [calls(r(2, 3, 2)), calls(r(2, 3), ord="nuc", keepdims=True)],
    "np.cond": [calls(r(3, 3), p) for p in MATRIX_ORDERS] + [calls(r(3, 2)), calls(r(2, 2, 2), 1)],
}

BY_HAND = {"np.lstsq"}

CONSTANT_SAMPLES = {"matrix_rank": [calls(r(3, 2)), calls(SINGULAR[1]), calls(r(2, 2, 2))]}

REFERENCES = {
    "pseudoinverse": lambda a, rtol: np.linalg.pinv(a, rtol=rtol),
    "triangular_solve": triangular,
    "solve_triangular": scipy.linalg.solve_triangular,
    "cofactor": minors,
    "expm": expm,
    "determined": lambda v, repeated: v,
    "cholesky_lower": np.linalg.cholesky,
    "qr_tall": np.linalg.qr,
    "qr_complete": lambda a: np.linalg.qr(a, "complete"),
    "euclidean": lambda x, axis: np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=True)),
    "power_mean": lambda x, p, axis: np.sum(x**p, axis=axis, keepdims=True) ** (1 / p),
    "svd_factors": lambda a, full_matrices: np.linalg.svd(a, full_matrices),
}

CENTRAL = {
    "pseudoinverse", "pinv", "slogdet", "eigh", "eigvalsh", "eig", "eigvals", "cholesky_lower",
    "cholesky", "qr_tall", "qr_complete", "qr", "svd_factors", "svd", "svdvals", "norm",
    "vector_norm", "matrix_norm", "euclidean", "power_mean", "cond",
    "cofactor", "determined", "solve_triangular", "det",
}  # fmt: skip
