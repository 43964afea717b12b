"""Operations agree with PyTorch's on PyTorch's own sample inputs.

PyTorch describes its operations in a table, `op_db`, with sample inputs for each: broadcasting,
empty and 0-d arrays, every option. `PAIRS` says which call of NumPy's functions means the same.
Values and gradients, of first and second order, in reverse and forward mode, must agree for real
and complex numbers: both define the gradient of a real function of complex numbers as the
direction of steepest ascent. What this project chooses otherwise is in test_special_values.py.
"""

import sys
from types import SimpleNamespace
from unittest import TestCase

import numpy as np
import pytest
import scipy.special

import autograd_core as ac
from autograd_core import AutogradError, Tensor, jvp, vjp

torch = pytest.importorskip("torch")
sys.modules.setdefault("expecttest", SimpleNamespace(TestCase=TestCase))  # for torch's own tests
database = pytest.importorskip(
    "torch.testing._internal.common_methods_invocations", exc_type=ImportError
)
pytestmark = pytest.mark.filterwarnings("ignore")
L = np.linalg
SAMPLES = 5  # of each operation and dtype, evenly over PyTorch's list

# -- which call means the same ---------------------------------------------------------------------


def same(names, *modules):
    """Functions with the same arguments: "torch:numpy", or one name for both."""
    pairs = [(name.split(":") * 2)[:2] for name in names.split()]
    return {theirs: next(getattr(m, n) for m in modules if hasattr(m, n)) for theirs, n in pairs}


def t(dim):
    """NumPy's axis for PyTorch's dim."""
    return tuple(dim) or None if isinstance(dim, list | tuple) else dim


def reduction(f):
    return lambda x, dim=None, keepdim=False, dtype=None: f(x, axis=t(dim), keepdims=keepdim)


def spread(f):
    def call(x, dim=None, unbiased=True, correction=None, keepdim=False):
        dim, unbiased = (None, dim) if isinstance(dim, bool) else (dim, unbiased)
        ddof = int(unbiased) if correction is None else correction
        return f(x, axis=t(dim), ddof=ddof, keepdims=keepdim)

    return call


def along(f):
    return lambda x, dim: f(x, axis=dim) if x.ndim else x


def transform(f):
    return lambda x, n=None, dim=-1, norm=None: f(x, n, dim, norm)


def transform_of_axes(f):
    return lambda x, s=None, dim=None, norm=None: f(x, s, t(dim), norm)


def assigned(x, index, values, *, accumulate=False):
    if accumulate:
        raise TypeError
    y = np.copy(x)
    y[tuple(index)] = values
    return y


def split(x, sizes, dim=0):
    ends = range(sizes, x.shape[dim], sizes) if isinstance(sizes, int) else np.cumsum(sizes)[:-1]
    return np.split(x, list(ends), axis=dim)


def padded(x, widths, mode="constant", value=0):
    pairs = [tuple(widths[k : k + 2]) for k in range(0, len(widths), 2)][::-1]
    options = {"constant_values": value or 0} if mode == "constant" else {}
    mode = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    return np.pad(x, [(0, 0)] * (x.ndim - len(pairs)) + pairs, mode, **options)


PAIRS = {
    **same(
        """acosh:arccosh acos:arccos asin:arcsin asinh:arcsinh atan:arctan atanh:arctanh
        abs:absolute conj:conjugate cos cosh deg2rad exp exp2 expm1 imag log log10 log1p log2
        neg:negative positive rad2deg real reciprocal sgn:sign sin sinc sinh sqrt square tan tanh
        angle atan2:arctan2 copysign fmax fmin fmod hypot logaddexp logaddexp2 maximum minimum
        pow:power float_power remainder mul:multiply true_divide:divide clamp_max:minimum
        clamp_min:maximum clamp:clip sigmoid digamma:psi erf erfc erfinv lgamma:gammaln i0 xlogy
        special.i0e:i0e special.i1:i1 special.i1e:i1e special.ndtr:ndtr special.ndtri:ndtri
        special.erfcx:erfcx special.entr:entr special.log_ndtr:log_ndtr special.xlog1py:xlog1py
        igamma:gammainc igammac:gammaincc nn.functional.logsigmoid:log_expit matmul mm:matmul
        mv:matmul bmm:matmul dot inner outer vdot kron trace broadcast_to
        broadcast_tensors:broadcast_arrays reshape permute:transpose movedim:moveaxis fliplr
        flipud tile repeat:tile hsplit vsplit dsplit take corrcoef
        unsqueeze:expand_dims matrix_exp:expm linalg.pinv:pinv linalg.det:det linalg.inv:inv
        linalg.slogdet:slogdet linalg.eig:eig linalg.svdvals:svdvals linalg.multi_dot:multi_dot
        linalg.matrix_power:matrix_power linalg.cond:cond linalg.qr:qr linalg.eigh:eigh
        linalg.eigvalsh:eigvalsh linalg.cholesky:cholesky""",
        np, ac, scipy.special, L, ac.linalg,
    ),
    **{n: reduction(f) for n, f in same("sum prod mean amax amin nansum nanmean", np).items()},
    **{n: spread(f) for n, f in same("var std", np).items()},
    **{n: along(f) for n, f in same("cumsum cumprod", np).items()},
    **{f"fft.{n}": transform(f)
       for n, f in same("fft ifft rfft irfft hfft ihfft", np.fft).items()},
    **{f"fft.{n}": transform_of_axes(f)
       for n, f in same("fftn ifftn rfftn irfftn", np.fft).items()},
    **{f"nn.functional.pad/{m}": padded for m in ("constant", "reflect", "replicate", "circular")},
    "softmax": lambda x, dim: ac.softmax(x, dim),
    "log_softmax": lambda x, dim: ac.log_softmax(x, dim),
    "logcumsumexp": along(np.logaddexp.accumulate),
    "logsumexp": lambda x, dim, keepdim=False: ac.logsumexp(x, t(dim), keepdim),
    "tensordot": lambda a, b, dims=2: np.tensordot(a, b, dims),
    "diff": lambda x, n=1, dim=-1, first=None, last=None: np.diff(
        x, n, dim, **{k: v for k, v in {"prepend": first, "append": last}.items() if v is not None}
    ),
    "flip": lambda x, dims: np.flip(x, dims),
    "rot90": lambda x, k=1, dims=(0, 1): np.rot90(x, k, dims),
    "roll": lambda x, shifts, dims=None: np.roll(x, t(shifts), t(dims)),
    "diag": lambda x, diagonal=0: np.diag(x, diagonal),
    "tril": lambda x, diagonal=0: np.tril(x, diagonal),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2),
    "stack": lambda x, dim=0: np.stack(x, dim),
    "split": split,
    "split_with_sizes": split,
    "take_along_dim": lambda x, index, dim=None: np.take_along_axis(x, index, dim),
    "index_put": assigned,
    "where": lambda x, condition, other: np.where(condition, x, other),
    "einsum": lambda operands, subscripts: np.einsum(subscripts, *operands),
    "linalg.svd": lambda x, full_matrices=True: L.svd(x, full_matrices),
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False: L.norm(x, ord, t(dim), keepdim),
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: L.vector_norm(
        x, axis=t(dim), keepdims=keepdim, ord=ord
    ),
    "linalg.tensorsolve": lambda a, b, dims=None: L.tensorsolve(a, b, dims),
}  # fmt: skip
HERMITIAN = {"linalg.eigh", "linalg.eigvalsh", "linalg.cholesky"}  # we read one triangle
VECTORS = {"linalg.eig", "linalg.eigh", "linalg.svd", "linalg.qr"}  # of LAPACK's signs and phases
REAL = {"logaddexp", "logsumexp"}


def name_of(op):
    return f"{op.name}/{op.variant_test_name}" if op.variant_test_name else op.name


CASES = [
    pytest.param(op, dtype, id=f"{name_of(op)}-{str(dtype)[6:]}")
    for op in database.op_db
    for dtype in (torch.float64, torch.complex128)
    if name_of(op) in PAIRS and dtype in op.supported_backward_dtypes("cpu")
    if not (dtype.is_complex and op.name in REAL)
]

# -- comparison ------------------------------------------------------------------------------------


def array(x):
    return x.numpy(force=True)


def random_like(x, seed):
    random = np.random.default_rng(seed)
    values = random.standard_normal(x.shape) + 1j * random.standard_normal(x.shape)
    return (values if x.dtype.kind == "c" else values.real).astype(x.dtype)


def assert_close(got, wanted, rtol):
    for x, y in zip(got, wanted, strict=True):
        y = np.zeros_like(x) if y is None else array(y)
        assert x.shape == y.shape and x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol / 10)


def slopes(results, tensors, cotangents, **options):
    """PyTorch's gradients; None for zero."""
    pairs = zip(results, map(torch.tensor, cotangents), strict=True)
    pairs = [(y, g) for y, g in pairs if y is not None and y.requires_grad]
    if not pairs:
        return [None] * len(tensors)
    results, cotangents = zip(*pairs, strict=True)
    return torch.autograd.grad(results, tensors, cotangents, allow_unused=True, **options)


def compare(theirs, ours, arrays, second):
    """Values, gradients for a random cotangent, their gradients; forward mode."""
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    value, pull = vjp(ours, *arrays)
    expected = theirs(*tensors)
    assert_close(value, expected, 1e-9)
    g = [random_like(y, k) for k, y in enumerate(value)]
    along = [random_like(x, 7 + k) for k, x in enumerate(arrays)]
    first = slopes(expected, tensors, g, create_graph=second)
    gradients = pull(g)
    assert_close(gradients, first, 1e-8)
    _, moved = jvp(ours, arrays, along)
    inner, forward = (sum(map(lambda x, y: np.vdot(x, y).real, *pair)) for pair in
                      ((gradients, along), (g, moved)))  # fmt: skip
    np.testing.assert_allclose(forward, inner, rtol=1e-7, atol=1e-8)
    if second:
        _, pull = vjp(lambda *arrays: vjp(ours, *arrays)[1](g), *arrays)
        assert_close(pull(tuple(along)), slopes(first, tensors, along), 1e-6)


@pytest.mark.parametrize("op, dtype", CASES)
def test_operation(op, dtype):
    torch.manual_seed(0)
    function, tree = PAIRS[name_of(op)], torch.utils._pytree
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=True))
    compared = 0
    for sample in samples[:: -(-len(samples) // SAMPLES)]:
        leaves, spec = tree.tree_flatten((sample.input, tuple(sample.args), sample.kwargs))
        places = [k for k, x in enumerate(leaves) if getattr(x, "requires_grad", False)]

        def results(f, values, constant, leaves=leaves, spec=spec, places=places):
            parts = [constant(x) if isinstance(x, torch.Tensor) else x for x in leaves]
            for k, value in zip(places, values, strict=True):
                parts[k] = value
            x, args, options = tree.tree_unflatten(parts, spec)
            if op.name in HERMITIAN:
                x = (x + x.mT.conj()) / 2
            y = f(x, *args, **options)
            y = list(y) if isinstance(y, list | tuple) else [y]
            return [abs(part) for part in y] if op.name in VECTORS else y

        def theirs(*tensors, results=results):
            return results(op.op, tensors, torch.Tensor.detach)

        def ours(*arrays, results=results):
            return results(function, arrays, array)

        arrays = [array(leaves[k]) for k in places]
        try:
            ours(*arrays)
        except TypeError:  # there is no such argument
            continue
        except Exception:
            with pytest.raises(AutogradError):  # what NumPy refuses, we do
                ours(*map(Tensor, arrays))
            continue
        compare(theirs, ours, arrays, op.supports_gradgrad)
        compared += 1
    assert compared
