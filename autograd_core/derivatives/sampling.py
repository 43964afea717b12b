"""Samples along one axis: evenly spaced numbers, differences, integrals, interpolation,
convolution."""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a convolution is a convolution)

from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_core.array import Array, conform_in_place, plain_array
from autograd_core.backward import conjugated
from autograd_core.declare import composite, linear
from autograd_core.derivatives.creation import check_device, constant
from autograd_core.derivatives.shapes import (
    as_array,
    as_axis,
    as_inexact,
    broadcast_arrays,
    section,
)
from autograd_core.errors import ArgumentTypeError, DTypeError, OperationError, ShapeError
from autograd_core.tensor import as_tensor

# -- evenly spaced samples -----------------------------------------------------------------------


def _steps(name, start, stop, num, endpoint):
    """start, stop, 0 ... num - 1 along a new first axis, and the number of steps to `stop`."""
    num = index(num)
    if num < 0:
        raise OperationError(f"{name}: the number of samples must be at least 0, got {num}")
    ends = [x if isinstance(x, int | float | complex) else as_array(x) for x in (start, stop)]
    kind = np.result_type(0.0, *(getattr(x, "dtype", x) for x in ends))
    start, stop = (as_array(x).astype(kind) for x in ends)
    k = np.arange(num, dtype=np.finfo(kind).dtype)
    ndim = max(start.ndim, stop.ndim)
    return start, stop, as_axis(k, 0, ndim + 1), num - bool(endpoint)


def _made(y, axis, dtype, device):
    check_device(device)
    y = np.moveaxis(y, 0, axis) if axis else y
    if dtype is not None:
        y = (np.floor(y) if np.dtype(dtype).kind in "iu" else y).astype(dtype)
    return y if isinstance(y, Array) else as_tensor(y)


@composite(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """`num` evenly spaced numbers from `start` to `stop`, without `stop` if `endpoint=False`.

    Differentiable in both. `retstep=True` also returns the spacing.
    """
    start, stop, k, last = _steps("linspace", start, stop, num, endpoint)
    step = (stop - start) / last if last > 0 else (stop - start) * np.nan
    y = start + k * (step if last > 0 else stop - start)
    if endpoint and last > 0:
        y = np.where(k == last, stop, y)
    y = _made(y, axis, dtype, device)
    return (y, step) if retstep else y


@composite(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base: Any = 10.0, dtype=None, axis=0):
    """`base` to the power of `linspace(start, stop)`. Differentiable in base, start and stop."""
    if np.ndim(base):
        start, stop, base = broadcast_arrays(start, stop, base)
    return _made(base ** linspace(start, stop, num, endpoint), axis, dtype, None)


@composite(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers from `start` to `stop`, each the same multiple of the previous one."""
    start, stop, k, last = _steps("geomspace", start, stop, num, endpoint)
    if np.any(start == 0) or np.any(stop == 0):
        raise OperationError("geomspace: neither end may be 0")
    y = start * (stop / start) ** (k / max(last, 1))
    if endpoint and last > 0:
        y = np.where(k == last, stop, y)
    return _made(y, axis, dtype, None)


# -- differences and integrals -------------------------------------------------------------------


@composite(np.diff)
def diff(x, n=1, axis=-1, prepend: Any = None, append: Any = None):
    """Differences of neighbours along `axis`, n times; `prepend` and `append` are joined first."""
    if n < 0:
        raise OperationError(f"diff: n must be at least 0, got {n}")
    x = as_array(x)
    axis = normalize_axis_index(axis, x.ndim)
    if n == 0:
        return x
    edge = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    before, after = (
        [] if end is None else [end if np.ndim(end) else np.broadcast_to(end, edge)]
        for end in (prepend, append)
    )
    if before or after:
        x = np.concatenate([*before, x, *after], axis=axis)
    minus = np.not_equal if x.dtype == bool else np.subtract
    for _ in range(n):
        x = minus(section(x, axis, 1), section(x, axis, 0, -1))
    return x


@composite(np.ediff1d)
def ediff1d(x, to_end=None, to_begin=None):
    """Differences of neighbours in the flattened array, with `to_begin` before, `to_end` after."""
    steps = diff(np.reshape(x, -1))
    before, after = (
        [] if end is None else [conform_in_place(np.reshape(end, -1), (np.size(end),), steps.dtype)]
        for end in (to_begin, to_end)
    )
    return np.concatenate([*before, steps, *after])


def _derivative_along(f, spacing, axis, edge_order):
    """The derivative of f along `axis`: slopes of neighbours, weighted where spacing is uneven."""
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ShapeError(f"gradient: axis {axis} has {n} elements, needs {edge_order + 1}")
    if np.ndim(spacing) == 0:
        steps = np.broadcast_to(spacing, (n - 1,))
    elif np.shape(spacing) == (n,):
        steps = diff(spacing)
    else:
        raise ShapeError(f"gradient: axis {axis} needs {n} coordinates, got {np.shape(spacing)}")
    if steps.dtype.kind == "c":
        raise DTypeError("gradient: the coordinates must be real, not complex")
    steps = as_axis(steps.astype(np.finfo(f.dtype).dtype), axis, f.ndim)
    slopes = diff(f, axis=axis) / steps
    left, right = section(steps, axis, 0, -1), section(steps, axis, 1)
    before, after = section(slopes, axis, 0, -1), section(slopes, axis, 1)
    first, last = section(slopes, axis, 0, 1), section(slopes, axis, -1)
    if edge_order == 2:  # a parabola through three points
        bend = (after - before) / (left + right)
        first = first - section(bend, axis, 0, 1) * section(steps, axis, 0, 1)
        last = last + section(bend, axis, -1) * section(steps, axis, -1)
    inner = (right * before + left * after) / (left + right)
    return np.concatenate([first, inner, last], axis=axis)


@composite(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """The derivative of samples f along each axis, by differences (of second order inside).

    `varargs` is the spacing (1 if omitted): a number for all axes, or for each axis a number or
    an array of coordinates. Differentiable in f and in the spacing.
    """
    if edge_order not in (1, 2):
        raise OperationError(f"gradient: edge_order must be 1 or 2, got {edge_order}")
    f = as_inexact(f)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise ArgumentTypeError(f"gradient: {len(spacings)} spacings for {len(axes)} axes")
    slopes = tuple(
        constant(_derivative_along(f, as_array(h), k, edge_order), f, *spacings)
        for k, h in zip(axes, spacings, strict=True)
    )
    return slopes[0] if len(slopes) == 1 else slopes


@composite(np.trapezoid)
def trapezoid(y, x=None, dx: Any = 1.0, axis=-1):
    """Integral along `axis` by the trapezoidal rule, of samples y at coordinates x or dx apart."""
    y = as_array(y)
    axis = normalize_axis_index(axis, y.ndim)
    if x is not None:
        x = as_array(x)
        dx = as_axis(diff(x), axis, y.ndim) if x.ndim == 1 else diff(x, axis=axis)
    return np.sum(dx * (section(y, axis, 1) + section(y, axis, 0, -1)) / 2, axis=axis)


@composite(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Piecewise linear interpolation at x of the points (xp, fp), xp increasing.

    Differentiable in x, xp and fp. At a point of xp the slope is that of the segment to its right
    (at the last point, to its left); beyond the ends it is 0.
    """
    x, xp, fp = map(as_inexact, (x, xp, fp))
    if "c" in (x.dtype.kind, xp.dtype.kind):
        raise DTypeError(
            "interp: the coordinates x and xp must be real; complex numbers have no order"
        )
    if xp.ndim != 1 or xp.shape != fp.shape or not len(xp):
        raise ShapeError(
            f"interp: expected xp and fp with the same shape (n,), got {xp.shape}, {fp.shape}"
        )
    if period is not None:
        if period == 0:
            raise OperationError("interp: period must not be 0")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp, kind="stable")
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    at, points = plain_array(x), plain_array(xp)
    k = np.clip(np.searchsorted(points, at, side="right") - 1, 0, max(len(points) - 2, 0))
    after = np.minimum(k + 1, len(points) - 1)
    width = np.where(points[after] == points[k], 1, xp[after] - xp[k])
    y = fp[k] + (x - xp[k]) * ((fp[after] - fp[k]) / width)
    return np.where(at < points[0], left, np.where(at > points[-1], right, y))


# -- convolution ---------------------------------------------------------------------------------


@linear(
    lambda g, v: np.convolve(g, v[::-1]),
    lambda g, a: np.convolve(a, g[::-1], "valid")[::-1],
    text=("convolve(g, v reversed)", "convolve(a, g reversed) reversed"),
    part=True,
)
def convolve_valid(a, v):
    """Convolution of a (n,) with v (m,), m <= n, where they overlap fully: (n - m + 1,)."""
    return np.convolve(a, v, "valid")


MODES = {0: "valid", 1: "same", 2: "full"}
"""NumPy's numbers for the modes of convolution."""


def _overlaps(name, a, v, mode, shift):
    """The part of the full convolution that `mode` names; `shift` is where "same" begins."""
    if np.ndim(a) > 1 or np.ndim(v) > 1 or not (np.size(a) and np.size(v)):
        raise ShapeError(f"{name}: expected two sequences, got shapes {np.shape(a)}, {np.shape(v)}")
    mode = MODES.get(mode, mode)
    if mode not in MODES.values():
        raise OperationError(f"{name}: mode is 'full', 'same' or 'valid', got {mode!r}")
    a, v = np.reshape(a, -1), np.reshape(v, -1)
    if len(a) < len(v):
        a, v = v, a
    if mode == "valid":
        return convolve_valid(a, v)
    full = convolve_valid(np.pad(a, len(v) - 1), v)
    return full if mode == "full" else full[shift : shift + len(a)]


@composite(np.convolve)
def convolve(a, v, mode="full"):
    """Convolution of two sequences; `mode` is "full", "same" (the longer's length) or "valid"."""
    a, v = as_array(a), as_array(v)
    return _overlaps("convolve", a, v, mode, (min(np.size(a), np.size(v)) - 1) // 2)


@composite(np.correlate)
def correlate(a, v, mode="valid"):
    """Cross-correlation of two sequences, sum(a[n + k] conj(v[n])); see `convolve` for `mode`."""
    a, v = as_array(a), as_array(v)
    if not (a.ndim and v.ndim):
        raise ShapeError("correlate: expected two sequences, got a number")
    n, m = a.size, v.size
    shift = (m - 1) // 2 if n >= m else n // 2
    return _overlaps("correlate", a, conjugated(np.reshape(v, -1))[::-1], mode, shift)
