"""Padding in all of NumPy's modes.

One axis after the other, the margins are computed and joined to the array.
"""

from typing import Any

import numpy as np

from autograd_core.array import Array, plain_array, value_of
from autograd_core.declare import composite, linear
from autograd_core.derivatives.joining import concatenate
from autograd_core.derivatives.shapes import as_axis, section
from autograd_core.errors import OperationError, ShapeError, UnsupportedError
from autograd_core.tensor import as_tensor


@linear(
    lambda g, widths, in_shape: g[
        tuple(slice(before, before + n) for (before, _), n in zip(widths, in_shape, strict=True))
    ],
    name="pad",
    part=True,
)
def pad_zeros(x, widths):
    return np.pad(x, widths)


STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}

OPTION = {
    "constant": ("constant_values", 0),
    "linear_ramp": ("end_values", 0),
    "reflect": ("reflect_type", "even"),
    "symmetric": ("reflect_type", "even"),
    **dict.fromkeys(STATISTICS, ("stat_length", None)),
    "edge": None,
    "wrap": None,
}
"""The option of each mode besides the widths, with its default."""


@composite(np.pad)
def pad(x: Any, pad_width, mode: Any = "constant", **options):
    """Add elements at the edges.

    Args:
        pad_width: an int, (before, after), a pair for each axis, or a dict from axis to these.
        mode: "constant" (`constant_values`), "edge", "linear_ramp" (to `end_values`), "maximum",
            "mean", "median" and "minimum" (of the `stat_length` elements at the edge), "reflect"
            and "symmetric" (`reflect_type` "even" or "odd"), "wrap"; see `numpy.pad`.
    """
    if mode not in OPTION:
        raise UnsupportedError(f"pad: mode {mode!r} is not supported; use one of {list(OPTION)}")
    name, default = OPTION[mode] or ("", None)
    if unknown := options.keys() - {name}:
        raise OperationError(f"pad: mode {mode!r} has no option {', '.join(sorted(unknown))}")
    option: Any = options.get(name, default)
    widths = _widths(pad_width, x.ndim)
    if not widths:
        return x
    if mode == "constant":
        padded = pad_zeros(x, widths)
        if not np.any(option):
            return padded
        return padded + np.pad(np.zeros(x.shape, x.dtype), widths, constant_values=option)
    if isinstance(x, Array) and x.dtype.kind not in "fc":  # NumPy rounds what it computes
        return as_tensor(np.pad(value_of(x), widths, mode=mode, **options))
    pairs = [option] * x.ndim
    if mode in STATISTICS or mode == "linear_ramp":
        pairs = [(None, None)] * x.ndim if option is None else _pairs(option, x.ndim)
    for axis, (width, pair) in enumerate(zip(widths, pairs, strict=True)):
        if any(width):
            if x.shape[axis] == 0:
                raise ShapeError(f"pad: mode {mode!r} cannot extend the empty axis {axis}")
            before, after = _margins(x, axis, width, mode, pair)
            x = concatenate([before, x, after], axis=axis)
    return x


def _pairs(values, ndim):
    return np.broadcast_to(np.asarray(values), (ndim, 2)).tolist()


def _widths(pad_width, ndim):
    """(before, after) for each axis."""
    if isinstance(pad_width, dict):
        every = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            every[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
        pad_width = every
    pad_width = plain_array(pad_width)
    if pad_width.dtype.kind not in "iu" and pad_width.size:
        raise OperationError(f"pad: widths must be integers, got {pad_width.dtype}")
    if np.any(pad_width < 0):
        raise OperationError("pad: widths cannot be negative")
    return tuple(map(tuple, _pairs(pad_width, ndim)))


def _margins(x, axis, width, mode, option) -> Any:
    """The parts to add before and after `x` along `axis`."""
    n, (before, after) = x.shape[axis], width

    def along(values):
        """One number for each place along the axis, in a shape that broadcasts against x."""
        return as_axis(np.asarray(values).astype(np.finfo(x.dtype).dtype), axis, x.ndim)

    first, last = section(x, axis, 0, 1), section(x, axis, n - 1, n)
    if mode == "linear_ramp":
        ramps = [along(np.arange(before) / max(before, 1))]
        ramps.append(along(np.arange(after)[::-1] / max(after, 1)))
        return [
            edge * ramp + end * (1 - ramp)
            for edge, ramp, end in zip((first, last), ramps, option, strict=True)
        ]
    if mode in STATISTICS:
        lengths = [n if length is None else min(length, n) for length in option]
        parts = section(x, axis, 0, lengths[0]), section(x, axis, n - lengths[1], n)
        return [
            np.broadcast_to(
                STATISTICS[mode](part, axis=axis, keepdims=True),
                (*x.shape[:axis], places, *x.shape[axis + 1 :]),
            )
            for part, places in zip(parts, width, strict=True)
        ]
    if option == "odd" and n > 1:
        places = np.arange(-before, 0), np.arange(n, n + after)
        return [_odd(x, axis, k, mode, first, last, along) for k in places]
    if option not in ("even", "odd", None):
        raise OperationError(f"pad: reflect_type is 'even' or 'odd', got {option!r}")
    source = np.pad(np.arange(n), width, mode=mode)
    return [np.take(x, k, axis=axis) for k in (source[:before], source[before + n :])]


def _odd(x, axis, places, mode, first, last, along):
    """`x` point-reflected at its ends, at the `places` outside of it.

    Two reflections amount to a shift by the period, which adds 2 (last - first).
    """
    n = x.shape[axis]
    span = n - 1 if mode == "reflect" else n
    periods, place = np.divmod(places, 2 * span)
    back = place >= n
    mirrored = (2 * n - 2 if mode == "reflect" else 2 * n - 1) - place
    values = np.take(x, np.where(back, mirrored, place), axis=axis)
    return (
        values * along(np.where(back, -1, 1))
        + last * along(2 * periods + 2 * back)
        - first * along(2 * periods)
    )
