"""Initial weights of one tensor. Weights are (out, in, *kernel).

The functions ending in _ fill a tensor in place, outside the graph, and return it; names and
arguments are PyTorch's. Random numbers come from `generator`, or else from this thread's
generator, which `nn.manual_seed` starts.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, prod, sqrt
from numbers import Real
from typing import Any

import numpy as np
import scipy.special

import autograd_core as ac
from autograd_core import Tensor
from nn.checks import check_numbers, check_sizes
from nn.random import Generator, default_generator, drawn

__all__ = [
    "caffe_",
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

# -- arrays, for layers that make their parameters -----------------------------------------------


def fan_in(shape: tuple[int, ...]) -> int:
    """How many inputs each output of a weight of this shape adds up."""
    return prod(shape[1:])


def fan_in_uniform(shape: tuple[int, ...], fan: int, dtype: Any = np.float32) -> np.ndarray:
    """Uniform on ±1/√fan: PyTorch's default for weights and biases of linear and conv layers."""
    bound = 1 / sqrt(fan) if fan else 0.0
    return default_generator().uniform(-bound, bound, shape).astype(dtype)


# -- constants -----------------------------------------------------------------------------------


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every element is `val`."""
    if not isinstance(val, Real):
        raise ac.OperationError(f"constant_: val must be a number, got {val!r}")
    return fill("constant_", tensor, lambda shape: val)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element is 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Every element is 1."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity, of a matrix: as many inputs as possible pass through.

    Raises:
        ShapeError: the tensor is not 2-d.
    """
    check_axes("eye_", tensor, 2, 2)
    return fill("eye_", tensor, lambda shape: np.eye(shape[0], shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The identity of convolutions: 1 at the centre of channel k → k, in each group.

    Raises:
        ShapeError: the weight is not of a 1-, 2- or 3-d convolution.
        OperationError: `groups` does not divide the output channels.
    """
    check_axes("dirac_", tensor, 3, 5)
    out, channels, *kernel = tensor.shape
    check_sizes("dirac_", groups=groups)
    if out % groups:
        raise ac.OperationError(f"dirac_: groups={groups} does not divide {tensor.shape}'s axis 0")
    weight = np.zeros(tensor.shape)
    per_group = out // groups
    for k in range(min(per_group, channels)):
        weight[(slice(k, None, per_group), k, *(size // 2 for size in kernel))] = 1
    return fill("dirac_", tensor, lambda shape: weight)


# -- random, of a given spread -------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator = None) -> Tensor:
    """Uniform on [a, b)."""
    check_numbers("uniform_", a=a, b=b)
    if not b >= a:
        raise ac.OperationError(f"uniform_: expected a <= b, got {a} and {b}")
    return fill("uniform_", tensor, lambda shape: drawn(generator).uniform(a, b, shape))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator = None
) -> Tensor:
    """Normal, of this mean and standard deviation."""
    check_numbers("normal_", mean=mean)
    check_numbers("normal_", 0, std=std)
    return fill("normal_", tensor, lambda shape: drawn(generator).normal(mean, std, shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator = None,
) -> Tensor:
    """Normal, but only what falls into [a, b]; `mean` and `std` are those before cutting."""
    check_numbers("trunc_normal_", mean=mean)
    if not (isinstance(a, Real) and isinstance(b, Real)):  # they may be infinite
        raise ac.OperationError(f"trunc_normal_: a and b must be numbers, got {a!r} and {b!r}")
    check_numbers("trunc_normal_", 0, std=std)
    low, high = scipy.special.ndtr([(a - mean) / std, (b - mean) / std]) if std else (0, 1)
    if not b > a or high == low:
        raise ac.OperationError(
            f"trunc_normal_: [{a}, {b}] is empty, or too far from the mean {mean} for std {std}"
        )

    def draw(shape):
        values = scipy.special.ndtri(drawn(generator).uniform(low, high, shape))
        return np.clip(mean + std * values, a, b)

    return fill("trunc_normal_", tensor, draw)


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator = None
) -> Tensor:
    """Normal of mean 0, but a fraction `sparsity` of each column (rounded up) 0; of a matrix.

    Source: Martens, "Deep learning via Hessian-free optimization", 2010.

    Raises:
        ShapeError: the tensor is not 2-d.
        OperationError: sparsity is not in [0, 1], or std is negative.
    """
    check_axes("sparse_", tensor, 2, 2)
    check_numbers("sparse_", 0, std=std)
    check_numbers("sparse_", 0, 1, sparsity=sparsity)

    def draw(shape):
        random = drawn(generator)
        ranks = random.permuted(np.tile(np.arange(shape[0])[:, None], shape[1]), axis=0)
        return random.normal(0, std, shape) * (ranks >= ceil(sparsity * shape[0]))

    return fill("sparse_", tensor, draw)


# -- random, of a spread that keeps signals' size ------------------------------------------------

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4} | {
    f"conv{transposed}{axes}d": 1.0 for transposed in ("", "_transpose") for axes in (1, 2, 3)
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor on weights' standard deviation that makes up for an activation's shrinking.

    nonlinearity: "linear", "conv1d" (... "conv_transpose3d"), "sigmoid", "tanh" (5/3), "relu"
    (√2), "selu" (3/4), or "leaky_relu": √(2 / (1 + slope²)), where `param` is the slope (0.01).

    Raises:
        OperationError: another nonlinearity.
    """
    if nonlinearity == "leaky_relu":
        if param is not None:
            check_numbers("calculate_gain", slope=param)
        return sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ac.OperationError(
            f"calculate_gain: expected leaky_relu, {', '.join(GAINS)}, got {nonlinearity!r}"
        )
    return GAINS[nonlinearity]


def fans(name: str, tensor: Tensor) -> dict[str, int]:
    """How many inputs an output of this weight adds up, how many outputs an input goes into."""
    check_axes(name, tensor, 2)
    out, channels, *kernel = tensor.shape
    return {"fan_in": channels * prod(kernel), "fan_out": out * prod(kernel)}


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Uniform on ±gain √(6 / (fan_in + fan_out)): the variance of `xavier_normal_`."""
    bound = sqrt(3) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Normal of mean 0 and variance gain² · 2 / (fan_in + fan_out).

    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010.

    Raises:
        ShapeError: the tensor has fewer than two axes.
    """
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), generator)


def _xavier_std(name: str, tensor: Tensor, gain: float) -> float:
    check_numbers(name, 0, gain=gain)
    return gain * _std(sum(fans(name, tensor).values()) / 2)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Uniform on ±gain √(3 / fan): the variance of `kaiming_normal_`."""
    bound = sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Normal of mean 0 and variance gain² / fan; by default 2 / fan_in.

    Args:
        a: the slope of "leaky_relu" below 0.
        mode: "fan_in" keeps the size of what goes forward, "fan_out" that of gradients.
        nonlinearity: whose `calculate_gain`; "linear" gives variance 1 / fan_in.

    Source: He et al., "Delving deep into rectifiers", 2015.

    Raises:
        ShapeError: the tensor has fewer than two axes.
        OperationError: the mode or the nonlinearity is unknown.
    """
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator)


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    sizes = fans(name, tensor)
    if isinstance(a, str):
        raise ac.OperationError(f"{name}: a is a slope, got {a!r}; write nonlinearity={a!r}")
    if mode not in sizes:
        raise ac.OperationError(f"{name}: mode must be one of {', '.join(sizes)}, got {mode!r}")
    return calculate_gain(nonlinearity, a) * _std(sizes[mode])


def _std(fan: float) -> float:
    """1 / √fan; a weight without elements has none to fill."""
    return 1 / sqrt(fan) if fan else 0.0


def caffe_(tensor: Tensor, generator: Generator = None) -> Tensor:
    """Uniform on ±√(3 / fan_in), of variance 1 / fan_in: what Caffe calls its Xavier filler.

    (Normal numbers of that variance: `kaiming_normal_(tensor, nonlinearity="linear")`.)

    Raises:
        ShapeError: the tensor has fewer than two axes.
    """
    bound = sqrt(3) * _std(fans("caffe_", tensor)["fan_in"])
    return uniform_(tensor, -bound, bound, generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """gain times a random matrix (out, in · kernel) with orthonormal rows or, if tall, columns.

    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", 2014; distributed uniformly (Haar) by the signs of Mezzadri, "How to
    generate random matrices from the classical compact groups", 2007.

    Raises:
        ShapeError: the tensor has fewer than two axes.
    """
    check_axes("orthogonal_", tensor, 2)
    check_numbers("orthogonal_", gain=gain)

    def draw(shape):
        if not prod(shape):
            return np.zeros(shape)
        rows, columns = shape[0], prod(shape[1:])
        q, r = np.linalg.qr(drawn(generator).normal(size=sorted((rows, columns), reverse=True)))
        q *= np.where(np.diagonal(r) < 0, -gain, gain)
        return (q if rows >= columns else q.T).reshape(shape)

    return fill("orthogonal_", tensor, draw)


# -- filling -------------------------------------------------------------------------------------


def fill(name: str, tensor: Tensor, values: Callable[[tuple[int, ...]], Any]) -> Tensor:
    """Overwrite a tensor by what `values` makes for its shape. Returns the tensor.

    Raises:
        ArgumentTypeError: it is not a Tensor.
        DTypeError: it is not floating.
        GraphError: it is the result of an operation.
    """
    check_axes(name, tensor, 0)
    if tensor.dtype.kind != "f":
        raise ac.DTypeError(f"{name}: expected a floating tensor, got {tensor.dtype}")
    if not tensor.is_leaf:
        raise ac.GraphError(f"{name}: the result of an operation cannot be filled")
    tensor.overwrite(values(tensor.shape))
    return tensor


def check_axes(name: str, tensor: Any, least: int, most: int | None = None) -> None:
    if not isinstance(tensor, Tensor):
        raise ac.ArgumentTypeError(f"{name}: expected a Tensor, got {type(tensor).__name__}")
    if len(tensor.shape) < least or (most is not None and len(tensor.shape) > most):
        expected = {None: f"at least {least}", least: str(least)}.get(most, f"{least} to {most}")
        raise ac.ShapeError(f"{name}: expected {expected} axes, got shape {tensor.shape}")
