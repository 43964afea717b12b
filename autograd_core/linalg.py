"""`numpy.linalg` for Tensors, under its names, with `expm` and `solve_triangular` of SciPy.

The operations are declared in `derivatives/linalg.py`, `decompositions.py`, `inverses.py` and
`norms.py`; NumPy's names for them are looked up here.
"""

import numpy as np

from autograd_core.derivatives import expm, solve_triangular
from autograd_core.primitive import NUMPY

cholesky = NUMPY[np.linalg.cholesky]
cond = NUMPY[np.linalg.cond]
cross = NUMPY[np.linalg.cross]
det = NUMPY[np.linalg.det]
diagonal = NUMPY[np.linalg.diagonal]
eig = NUMPY[np.linalg.eig]
eigh = NUMPY[np.linalg.eigh]
eigvals = NUMPY[np.linalg.eigvals]
eigvalsh = NUMPY[np.linalg.eigvalsh]
inv = NUMPY[np.linalg.inv]
lstsq = NUMPY[np.linalg.lstsq]
matmul = NUMPY[np.linalg.matmul]
matrix_norm = NUMPY[np.linalg.matrix_norm]
matrix_power = NUMPY[np.linalg.matrix_power]
matrix_rank = NUMPY[np.linalg.matrix_rank]
matrix_transpose = NUMPY[np.linalg.matrix_transpose]
multi_dot = NUMPY[np.linalg.multi_dot]
norm = NUMPY[np.linalg.norm]
outer = NUMPY[np.linalg.outer]
pinv = NUMPY[np.linalg.pinv]
qr = NUMPY[np.linalg.qr]
slogdet = NUMPY[np.linalg.slogdet]
solve = NUMPY[np.linalg.solve]
svd = NUMPY[np.linalg.svd]
svdvals = NUMPY[np.linalg.svdvals]
tensordot = NUMPY[np.linalg.tensordot]
tensorinv = NUMPY[np.linalg.tensorinv]
tensorsolve = NUMPY[np.linalg.tensorsolve]
trace = NUMPY[np.linalg.trace]
vecdot = NUMPY[np.linalg.vecdot]
vector_norm = NUMPY[np.linalg.vector_norm]

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
