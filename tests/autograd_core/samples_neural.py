"""Samples of Fourier transforms, special functions and the neural operations."""

from math import prod

import numpy as np
import scipy.special as special
from samples import ANY, POOL, POSITIVE, UNIT, W_DILATED, c, calls, elementwise_samples, r, spaced
from samples import ELEMENTWISE as RANGES

from autograd_core.derivatives.activations import BLOCK

TWO_SIDED = [((0.3, 2.5),), ((-2.5, -0.3),)]

ELEMENTWISE = {
    "erf": [(ANY,)],
    "erfc": [(ANY,)],
    "erfinv": [(UNIT,)],
    "erfcx": [(ANY,)],
    "ndtr": [(ANY,)],
    "log_ndtr": [(ANY,), ((-30.0, -20.0),)],
    "inverse_mills": [(ANY,), ((-12.0, -8.0),)],
    "expit": [(ANY,)],
    "logit": [((0.2, 0.8),)],
    "log_expit": [(ANY,)],
    "digamma": [(POSITIVE,), ((-0.8, -0.2),)],
    "gammaln": [(POSITIVE,), ((-0.8, -0.2),)],
    "betaln": [(POSITIVE, POSITIVE), (POSITIVE, (24.0, 27.0))],
    "xlogy": [(ANY, POSITIVE)],
    "xlog1py": [(ANY, (-0.6, 2.0))],
    "entr": [(POSITIVE,)],
    "rel_entr": [(POSITIVE, POSITIVE)],
    "kl_div": [(POSITIVE, POSITIVE)],
    "gamma": [(POSITIVE,), ((-0.8, -0.2),)],
    "rgamma": [(POSITIVE,), ((-0.8, -0.2),)],
    "beta": [(POSITIVE, POSITIVE)],
    **{name: [(ANY,)] for name in ("j0", "j1")},
    **{name: [(POSITIVE,)] for name in ("y0", "y1", "k0", "k1", "k0e", "k1e")},
    "i0": [(ANY,)],
    "i1": [(ANY,)],
    "i0e": TWO_SIDED,
    "i1e": [*TWO_SIDED, ((35.0, 60.0),), ((-60.0, -35.0),)],
    "normal_cdf": [(ANY,)],
    "softplus": [(ANY,)],
    "logsigmoid": [(ANY,)],
    "gelu": [(ANY,)],
    "silu": [(ANY,)],
    "mish": [(ANY,)],
    "softsign": TWO_SIDED,
    "leaky_relu": TWO_SIDED,
    "hardtanh": [((-0.9, 0.9),), ((1.1, 4.0),), ((-4.0, -1.1),)],
    "hard_swish": [((-2.8, 2.8),), ((3.2, 6.0),), ((-6.0, -3.2),)],
}
RANGES.update(ELEMENTWISE)

BESSEL = [calls(order, spaced((2, 3), *limits)) for order in (0, 2) for limits in (POSITIVE, UNIT)]
BESSEL += [calls(0.5, spaced((2, 3), *POSITIVE))]
FOURIER = [
    calls(r(2, 5)),
    calls(r(6)),
    calls(r(2, 5), 4),
    calls(r(2, 4), 7, 0),
    calls(r(3, 2), None, 0, "ortho"),
    calls(r(3, 4), 5, -2, "forward"),
    calls(r(1)),
    calls(r(0, 3)),
]
SPECTRA = [calls(c(*args[0].shape), *args[1:]) for args, _ in FOURIER if args[0].size != 1]
SPECTRA += [calls(c(2, 4), 9), calls(c(2, 4), 3), calls(c(1), 1), calls(r(2, 4), 5)]
SEVERAL = [
    calls(r(2, 3)),
    calls(r(2, 3, 2), (4, 2), (0, 2)),
    calls(r(2, 3, 2), axes=(1,), norm="ortho"),
    calls(r(3, 2), (2, -1), (-1, 0)),
    calls(r(3, 2), None, (0, 0)),
]
PAIRS = [calls(r(3, 4)), calls(r(3, 4), (2, 5)), calls(r(2, 3, 2), axes=(0, 1), norm="forward")]


def as_complex(samples):
    return [calls(args[0] + 0.5j, *args[1:], **options) for args, options in samples]


INDEX = np.array([[1, 0, 1], [3, 3, 1]])
NORMALIZE = [
    calls(r(2, 3, 4), r(1, 3, 1, seed=1), r(1, 3, 1, seed=2), (0, 2), 1e-3),
    calls(r(2, 3, 4), r(1, 3, 4, seed=1), r(1, 3, 4, seed=2), (1, 2), 1e-3),
    calls(r(2, 3), None, None, (0,), 1e-3),
]

SAMPLES = {
    "fft": FOURIER + SPECTRA[:6],
    "ifft": FOURIER + SPECTRA[:6],
    "rfft": FOURIER,
    "ihfft": FOURIER,
    "irfft": SPECTRA,
    "hfft": SPECTRA,
    "fftshift": [calls(r(5)), calls(r(2, 3), 1), calls(c(3, 2), (0, -1)), calls(r(0, 2))],
    "ifftshift": [calls(r(5)), calls(r(2, 3), 1), calls(c(3, 2), (0, -1)), calls(r(0, 2))],
    "polygamma": [calls(n, spaced((2, 3), *POSITIVE)) for n in (0, 1, 3)]
    + [calls(np.array([0, 1, 2]), spaced((3,), *POSITIVE)), calls(2, spaced((), *POSITIVE))],
    **{
        name: [calls(order, spaced((2, 3), *POSITIVE)) for order in (0, 1, 2.5)]
        for name in ("jv", "yv", "kv", "kve")
    },
    "iv": BESSEL,
    "ive": BESSEL,
    "exponential_unit": [
        calls(r(2, 3), 1.3, 0.7, 0.5),
        calls(r(3), 1.0, 1.2, 0.5),  # slopes that differ by one factor only
        calls(r(3), 2.0, 1.2, 1.0),
        calls(r(), 1.0, 1.0, 1.0),
        calls(r(0), 1, 1, 1),
    ],
    "glu": [calls(r(2, 4)), calls(r(2, 3), 0), calls(r(0, 4))],
    "take_rows": [calls(r(4, 2), INDEX, None), calls(r(4, 2), INDEX, 1), calls(r(4), INDEX, 3)],
    "add_rows": [calls(r(2, 3, 2), INDEX, 5, None), calls(r(2, 3), INDEX, 4, 1)],
    "look_up": [calls(r(4, 2), INDEX, None), calls(r(4, 2), INDEX[:0], None)],
    "inner_over": [calls(r(2, 3, 2), r(2, 3, 2, seed=1), (0, 2)), calls(r(3), r(3, seed=1), (0,))],
    "standardize": NORMALIZE,
    "unfold_windows": [calls(r(1, 2, 5, 4), POOL), calls(r(1, 1, 6), W_DILATED)],
    "fold_windows": [calls(r(1, 2, 4, 6, 2), (5, 4), POOL), calls(r(0, 1, 2, 5), (6,), W_DILATED)],
}

IMAGE = r(1, 2, 4, 5)
LAST = r(1, 2, 3, 2, 2)  # three spatial axes
COMPOSITE_SAMPLES = {
    "np.fftn": SEVERAL + as_complex(SEVERAL),
    "np.ifftn": SEVERAL + as_complex(SEVERAL),
    "np.rfftn": SEVERAL,
    "np.irfftn": [*as_complex(SEVERAL[:-1]), calls(c(2, 3), (2, 5), (0, 1))],
    "np.fft2": PAIRS + as_complex(PAIRS),
    "np.ifft2": PAIRS + as_complex(PAIRS),
    "np.rfft2": PAIRS,
    "np.irfft2": as_complex(PAIRS),
    "elu": [calls(r(2, 3)), calls(r(3), 1.5)],
    "celu": [calls(r(2, 3)), calls(r(3), 1.5)],
    "selu": [calls(r(2, 3))],
    "relu6": [calls(spaced((7,), -3, 9))],
    "hard_sigmoid": [calls(spaced((7,), -5, 5))],
    "embedding": [calls(INDEX, r(4, 2)), calls(INDEX[0], r(4, 2), None)],
    "batch_norm": [
        calls(r(3, 2), r(2, seed=1), r(2, seed=2)),
        calls(r(2, 2, 3), None, r(2, seed=2), eps=1e-3),
        calls(r(2, 3), None, None, -1),
    ],
    "layer_norm": [calls(r(2, 3), 3, r(3, seed=1), r(3, seed=2)), calls(r(2, 2, 2), (2, 2))],
    "group_norm": [calls(r(1, 4, 2), 2, r(4, seed=1), r(4, seed=2)), calls(r(2, 2, 3), 1)],
    "conv1d": [calls(r(2, 2, 5), r(2, 2, 2, seed=1), r(2, seed=2), 2, 1)],
    "conv3d": [calls(LAST, r(1, 2, 2, 1, 2, seed=1), r(1, seed=2), padding=(1, 0, 0))],
    "conv_transpose1d": [
        calls(r(2, 2, 3), r(2, 1, 3, seed=1), r(2, seed=2), 2, 1, 1, 2),
        calls(r(1, 1, 3), r(1, 2, 2, seed=1), None, 1, 0, 1, 1, 2),  # padded beyond the stride
    ],
    "conv_transpose2d": [calls(r(1, 2, 2, 3), r(2, 1, 2, 2, seed=1), None, (2, 1), (0, 1))],
    "conv_transpose3d": [calls(r(1, 1, 2, 1, 2), r(1, 2, 1, 2, 2, seed=1), r(2, seed=2), 2)],
    "max_pool1d": [calls(r(1, 2, 5), 2, ceil_mode=True), calls(r(1, 2, 5), 3, 1, 1)],
    "max_pool3d": [calls(LAST, 2, 1, 1)],
    "avg_pool1d": [calls(r(1, 2, 5), 2, ceil_mode=True), calls(r(1, 2, 5), 3, 2, 1, False)],
    "avg_pool3d": [calls(LAST, 2, 1, 1, divisor_override=3)],
    "adaptive_max_pool1d": [calls(r(1, 2, 5), 3), calls(r(1, 2, 6), 3)],
    "adaptive_max_pool2d": [calls(IMAGE, (3, 2)), calls(IMAGE, 1)],
    "adaptive_max_pool3d": [calls(LAST, (2, None, 1))],
    "adaptive_avg_pool1d": [calls(r(1, 2, 5), 3), calls(r(1, 2, 6), 3)],
    "adaptive_avg_pool2d": [calls(IMAGE, (3, 2)), calls(IMAGE, 1)],
    "adaptive_avg_pool3d": [calls(LAST, (2, None, 1))],
    "unfold": [calls(IMAGE, (2, 3), 1, 1, 2), calls(r(1, 1, 6), 2, 3)],
    "fold": [calls(r(1, 12, 9), (4, 5), (2, 3), 1, 1, 2), calls(r(1, 2, 3), (6,), 2, 3)],
}

SAMPLES |= {name: list(elementwise_samples(name)) for name in ELEMENTWISE}
SAMPLES["softplus"] += [calls(r(3), 2.0)]
SAMPLES["silu"] += [calls(spaced((BLOCK + 3,)))]
SAMPLES["gelu"] += [calls(r(2, 3), "tanh"), calls(r(), approximate="tanh")]
SAMPLES["leaky_relu"] += [calls(r(3), 0.3)]
SAMPLES["hardtanh"] += [calls(r(3), -0.9, 0.4)]


# -- the same computed another way ---------------------------------------------------------------


def gelu(x, approximate="none"):
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x * special.ndtr(x)


def standardized(x, w, b, axis, eps):
    mean, var = np.mean(x, axis, keepdims=True), np.var(x, axis, keepdims=True)
    y = (x - mean) / np.sqrt(var + eps)
    return (y if w is None else y * w) + (0 if b is None else b), mean, var


def taken(x, indices, skip):
    keep = indices != (-1 if skip is None else skip)
    return x[indices] * keep.reshape(keep.shape + (1,) * (x.ndim - 1))


def added(rows, indices, count, skip):
    total = np.zeros((count, *rows.shape[indices.ndim :]))
    for at in np.ndindex(indices.shape):
        if indices[at] != skip:
            total[indices[at]] += rows[at]
    return total


def unfolded(x, window):
    from samples import patches

    views = patches(x, window)
    axes = len(window.kernel)
    order = (0, 1, *range(2 + axes, 2 + 2 * axes), *range(2, 2 + axes))
    return views.transpose(order).reshape(*x.shape[:2], prod(window.kernel), *views.shape[2:-axes])


def folded(h, sizes, window):
    from samples import transposed

    return transposed(lambda x: unfolded(x, window), (*h.shape[:2], *sizes), h)


REFERENCES = {
    "polygamma": special.polygamma,
    "inverse_mills": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / special.ndtr(x),
    "normal_cdf": special.ndtr,
    "softplus": lambda x, beta=1: np.logaddexp(0, beta * x) / beta,
    "logsigmoid": special.log_expit,
    "gelu": gelu,
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "leaky_relu": lambda x, slope=0.01: np.where(x > 0, x, slope * x),
    "hardtanh": lambda x, low=-1.0, high=1.0: np.clip(x, low, high),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "exponential_unit": lambda x, alpha, scale, rate: (
        scale * np.where(x > 0, x, alpha * (np.exp(rate * x) - 1))
    ),
    "glu": lambda x, axis=-1: np.multiply(
        *(f(part) for f, part in zip((np.copy, special.expit), np.split(x, 2, axis), strict=True))
    ),
    "take_rows": taken,
    "add_rows": added,
    "look_up": lambda weight, indices, skip: weight[indices],
    "embedding": lambda indices, weight, skip=None: weight[indices],
    "inner_over": lambda a, b, axis: np.sum(a * b, axis=axis, keepdims=True),
    "standardize": standardized,
    "unfold_windows": unfolded,
    "fold_windows": folded,
    "one_hot": lambda i, n=None, dtype=float: np.eye(
        np.max(i) + 1 if n is None else n, dtype=dtype
    )[i],
}

CENTRAL = {
    *ELEMENTWISE, *COMPOSITE_SAMPLES, "polygamma", "iv", "ive", "jv", "yv", "kv", "kve", "glu",
    "exponential_unit",
    "standardize", "fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftn", "ifftn", "rfftn",
    "irfftn", "fft2", "ifft2", "rfft2", "irfft2",
}  # fmt: skip
"""Not analytic, or not for complex numbers: checked by central differences."""

CONSTANT_SAMPLES = {"one_hot": [calls(INDEX), calls(INDEX, 5), calls(INDEX, 5, bool)]}
