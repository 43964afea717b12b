"""Differences, integrals, interpolation and convolution of samples along one axis."""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: the transpose of a convolution is a convolution)

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_core.declare import composite, linear
from autograd_core.derivatives.indexing import conform_in_place
from autograd_core.derivatives.shapes import as_array
from autograd_core.derivatives.sorting import values_of
from autograd_core.errors import ArgumentTypeError, OperationError, ShapeError


def part(x, axis, start, stop=None):
    """x[start:stop] along `axis`."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def upright(x, axis, ndim):
    """One-dimensional `x` along `axis` of `ndim`."""
    return np.reshape(x, (1,) * axis + (-1,) + (1,) * (ndim - 1 - axis))


# -- differences and integrals -------------------------------------------------------------------


@composite(np.diff)
def diff(x, n=1, axis=-1, prepend: Any = None, append: Any = None):
    """Differences of neighbours along `axis`, `n` times; `prepend` and `append` join `x` first."""
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
        x = minus(part(x, axis, 1), part(x, axis, 0, -1))
    return x


@composite(np.ediff1d)
def ediff1d(x, to_end=None, to_begin=None):
    """Differences of neighbours of the flattened array, between `to_begin` and `to_end`."""
    steps = diff(np.reshape(x, -1))
    before, after = (
        [] if end is None else [conform_in_place(np.reshape(end, -1), (np.size(end),), steps.dtype)]
        for end in (to_begin, to_end)
    )
    return np.concatenate([*before, steps, *after])


def _slope(f, spacing, axis, edge_order):
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
    steps = upright(steps.astype(np.finfo(f.dtype).dtype), axis, f.ndim)
    slopes = diff(f, axis=axis) / steps
    left, right = part(steps, axis, 0, -1), part(steps, axis, 1)
    before, after = part(slopes, axis, 0, -1), part(slopes, axis, 1)
    first, last = part(slopes, axis, 0, 1), part(slopes, axis, -1)
    if edge_order == 2:  # a parabola through the last three points
        bend = (after - before) / (left + right)
        first = first - part(bend, axis, 0, 1) * part(steps, axis, 0, 1)
        last = last + part(bend, axis, -1) * part(steps, axis, -1)
    inner = (right * before + left * after) / (left + right)
    return np.concatenate([first, inner, last], axis=axis)


@composite(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """The derivative of samples f along each axis, by differences of second order inside.

    `varargs` is the spacing (1 if none is given): a number for all axes, or for each axis a
    number or an array of coordinates. Differentiable in f and in the spacing.
    """
    if edge_order not in (1, 2):
        raise OperationError(f"gradient: edge_order must be 1 or 2, got {edge_order}")
    f = as_array(f)
    f = f if f.dtype.kind in "fc" else f.astype(float)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise ArgumentTypeError(f"gradient: {len(spacings)} spacings for {len(axes)} axes")
    slopes = tuple(
        _slope(f, as_array(h), k, edge_order) for k, h in zip(axes, spacings, strict=True)
    )
    return slopes[0] if len(slopes) == 1 else slopes


@composite(np.trapezoid)
def trapezoid(y, x=None, dx: Any = 1.0, axis=-1):
    """Integral of samples y along `axis` by the trapezoidal rule, at coordinates x or dx apart."""
    y = as_array(y)
    axis = normalize_axis_index(axis, y.ndim)
    if x is not None:
        x = as_array(x)
        dx = upright(diff(x), axis, y.ndim) if x.ndim == 1 else diff(x, axis=axis)
    return np.sum(dx * (part(y, axis, 1) + part(y, axis, 0, -1)) / 2, axis=axis)


@composite(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Piecewise linear interpolation at x of the points (xp, fp), xp increasing.

    Differentiable in all three. At a point of xp the slope is that of the segment to its right
    (at the last, to its left), and beyond the ends it is 0.
    """
    x, xp, fp = map(as_array, (x, xp, fp))
    if xp.ndim != 1 or xp.shape != fp.shape or not len(xp):
        raise ShapeError(
            f"interp: expected xp and fp of one shape (n,), got {xp.shape}, {fp.shape}"
        )
    if period is not None:
        if period == 0:
            raise OperationError("interp: period must not be 0")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(values_of(xp), kind="stable")
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    at, points = values_of(x), values_of(xp)
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
)
def convolve_valid(a, v):
    """Convolution of a (n,) with v (m,), m <= n, where they overlap fully: (n - m + 1,)."""
    return np.convolve(a, v, "valid")


def _overlaps(name, a, v, mode, shift):
    """The part of the full convolution that `mode` names; `shift`: where "same" begins."""
    if np.ndim(a) > 1 or np.ndim(v) > 1 or not (np.size(a) and np.size(v)):
        raise ShapeError(f"{name}: expected two sequences, got shapes {np.shape(a)}, {np.shape(v)}")
    if mode not in ("full", "same", "valid"):
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
    return _overlaps("convolve", a, v, mode, (min(np.size(a), np.size(v)) - 1) // 2)


@composite(np.correlate)
def correlate(a, v, mode="valid"):
    """Cross-correlation of two sequences, sum(a[n + k] conj(v[n])); modes as in `convolve`."""
    n, m = np.size(a), np.size(v)
    shift = (m - 1) // 2 if n >= m else n // 2
    return _overlaps("correlate", a, np.conj(np.reshape(v, -1))[::-1], mode, shift)
