"""`numpy.linalg` for Tensors, under its names, with SciPy's `expm` and `solve_triangular`."""

from autograd_core.derivatives.decompositions import (
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    svd,
    svdvals,
)
from autograd_core.derivatives.inverses import (
    det,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from autograd_core.derivatives.linalg import expm, matrix_power
from autograd_core.derivatives.norms import cond, matrix_norm, norm, vector_norm
from autograd_core.derivatives.numpy_linalg import (
    cross,
    diagonal,
    matrix_transpose,
    outer,
    tensordot,
    trace,
    vecdot,
)
from autograd_core.derivatives.products import matmul, multi_dot

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]
