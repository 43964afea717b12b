"""Means of the samples in windows; see `kernels.plain.shift`.

The samples are sorted into strips across their second principal axis, as wide as the window's
radius, and within a strip along the first axis: three runs of samples hold a window's samples.
Sums are formed in LANES parts, which the compiler vectorises without reordering any sum.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np
from numba import prange  # type: ignore

from clustering.kernels.compiled.compiler import compiled, parallel

__all__ = [
    "flat_shift",
]

LANES = 64
"""Samples looked at together."""

STRIPS = 1 << 20
"""Strips at most; their numbers stay exact."""


def flat_shift(X, weights, radius):
    d = X.shape[1]
    axes = np.linalg.eigh(X.T @ X)[1][:, : -min(d, 2) - 1 : -1]  # X is centred
    place = X @ np.column_stack([axes, np.zeros((d, 2 - axes.shape[1]))])
    reach = radius * (1 + 1e-9) + 1e-12 * np.abs(place).max()  # rounding parts no neighbours
    width = max(reach, np.ptp(place[:, 1]) / STRIPS)
    strip = np.floor(place[:, 1] / width)
    order = np.lexsort((place[:, 0], strip))
    strips, starts = np.unique(strip[order], return_index=True)
    starts = np.append(starts, len(X))
    along = place[order, 0]
    columns = np.ascontiguousarray(X[order].T)
    weights = weights[order]

    def shift(positions):
        at = positions @ axes
        across = np.floor(at[:, 1] / width) if d > 1 else np.zeros(len(at))
        means, mass = positions.copy(), np.empty(len(positions))
        near = (strips, starts, along, reach)
        _flat(columns, weights, *near, at[:, 0], across, radius * radius, means, mass)
        return means, mass

    return shift


@compiled
def _first(values, start, stop, bound, past):
    """The first of sorted values[start:stop] that is at least `bound`, or greater (past)."""
    while start < stop:
        middle = (start + stop) // 2
        if values[middle] < bound or (past and values[middle] == bound):
            start = middle + 1
        else:
            stop = middle
    return start


@parallel
def _flat(columns, weights, strips, starts, along, reach, at, across, square, means, mass):
    d = len(columns)
    for i in prange(len(means)):
        sums = np.zeros((d + 1, LANES))
        inside = np.empty(LANES)
        position = means[i].copy()
        low = _first(strips, 0, len(strips), across[i] - 1, False)
        high = _first(strips, low, len(strips), across[i] + 1, True)
        for strip in range(low, high):
            start = _first(along, starts[strip], starts[strip + 1], at[i] - reach, False)
            stop = _first(along, start, starts[strip + 1], at[i] + reach, True)
            for j in range(start, stop, LANES):
                _add(columns, weights, j, min(stop, j + LANES), position, square, inside, sums)
        total = sums[d].sum()
        mass[i] = total
        if total > 0:
            for axis in range(d):
                means[i, axis] = sums[axis].sum() / total


@compiled
def _add(columns, weights, start, stop, position, square, inside, sums):
    """Add the samples within the window to the sums, each to its lane."""
    inside = inside[: stop - start]
    inside[:] = 0.0
    for axis in range(len(columns)):
        x = columns[axis][start:stop]
        for lane in range(len(inside)):
            inside[lane] += (x[lane] - position[axis]) * (x[lane] - position[axis])
    w = weights[start:stop]
    for lane in range(len(inside)):
        inside[lane] = w[lane] if inside[lane] <= square else 0.0
    for axis in range(len(columns)):
        x, total = columns[axis][start:stop], sums[axis]
        for lane in range(len(inside)):
            total[lane] += inside[lane] * x[lane]
    total = sums[-1]
    for lane in range(len(inside)):
        total[lane] += inside[lane]
