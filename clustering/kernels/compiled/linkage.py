"""The merges of hierarchical clustering; see `kernels.plain.linkage`.

Slots whose cluster has gone are infinitely far. They are thrown out when they are many: a
fraction of the width chosen by measurement.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np

from clustering.kernels.compiled.compiler import compiled
from clustering.kernels.compiled.squares import squares_from
from clustering.kernels.plain import linkage as plain
from clustering.kernels.plain.linkage import path_by_rows as path_by_rows

BLOCK = 512
"""Slots whose distances are found at a time: they stay in the nearest cache."""

TILE = 64
"""Rows and columns of a matrix that are turned over at a time."""

updated = compiled(plain.updated)


def path(X):
    return _path(X.T.copy())


def ward_chain(X, sizes):
    return _ward_chain(X.T.copy(), sizes)


@compiled
def _lowest(values, bound):
    """(index, value) of the first lowest value if it is below the bound, else (-1, bound)."""
    best, n = -1, len(values)
    for start in range(0, n - 7, 8):
        v = values[start : start + 8]
        low = min(min(min(v[0], v[1]), min(v[2], v[3])), min(min(v[4], v[5]), min(v[6], v[7])))
        if low < bound:
            for i in range(start, start + 8):
                if values[i] < bound:
                    best, bound = i, values[i]
    for i in range(n - n % 8, n):
        if values[i] < bound:
            best, bound = i, values[i]
    return best, bound


@compiled
def _path(XT):
    d, n = XT.shape
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    sample, nearest, buffer = np.arange(n), np.full(n, np.inf), np.empty(BLOCK)
    point, current, best = XT[:, 0].copy(), 0, 0
    width, gone = n, 0
    for step in range(n - 1):
        current, sample[best], nearest[best] = sample[best], -1, np.inf
        XT[:, best] = np.inf
        gone += 1
        if 8 * gone > width:
            kept = np.flatnonzero(sample[:width] >= 0)
            width, gone = len(kept), 0
            sample[:width], nearest[:width] = sample[kept], nearest[kept]
            for j in range(d):
                XT[j, :width] = XT[j][kept]
        first = np.inf
        for start in range(0, width, BLOCK):
            stop = min(width, start + BLOCK)
            distances, near = buffer[: stop - start], nearest[start:stop]
            squares_from(point, XT, start, distances)
            for i in range(len(near)):
                near[i] = distances[i] if distances[i] < near[i] else near[i]
            found, first = _lowest(near, first)
            best = start + found if found >= 0 else best
        pairs[step, 0], pairs[step, 1], heights[step] = current, sample[best], first
        point[:] = XT[:, best]
    return pairs, heights


@compiled
def _moved_up(slot, sizes, chain, length, width):
    """Close the gaps that merged clusters left; returns the places of those that moved up."""
    kept = np.flatnonzero(slot[:width] >= 0)
    chain[:length] = np.searchsorted(kept, chain[:length])
    slot[: len(kept)], sizes[: len(kept)] = slot[kept], sizes[kept]
    return kept


@compiled
def _first(slot):
    """The first place that holds a cluster."""
    place = 0
    while slot[place] < 0:
        place += 1
    return place


@compiled
def _ward_chain(C, sizes):
    d, n = C.shape
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    slot = np.arange(n)
    chain, length, width, gone = np.empty(n, np.intp), 0, n, 0
    buffer, center = np.empty(BLOCK), np.empty(d)
    for step in range(n - 1):
        if 8 * gone > width:
            kept = _moved_up(slot, sizes, chain, length, width)
            width, gone = len(kept), 0
            for j in range(d):
                C[j, :width] = C[j][kept]
        if length == 0:
            length, chain[0] = 1, _first(slot)
        while True:
            x = chain[length - 1]
            before = chain[length - 2] if length > 1 else -1
            center[:] = C[:, x]
            size, best, first, back = sizes[x], -1, np.inf, np.inf
            for start in range(0, width, BLOCK):
                stop = min(width, start + BLOCK)
                distances, others = buffer[: stop - start], sizes[start:stop]
                squares_from(center, C, start, distances)
                for i in range(len(distances)):
                    distances[i] *= size * others[i] / (size + others[i])
                if start <= x < stop:
                    distances[x - start] = np.inf
                if start <= before < stop:
                    back = distances[before - start]
                found, first = _lowest(distances, first)
                best = start + found if found >= 0 else best
            if back <= first:
                break
            chain[length] = best
            length += 1
        length -= 2
        x, y = min(x, before), max(x, before)
        pairs[step, 0], pairs[step, 1], heights[step] = slot[x], slot[y], back
        size = sizes[x] + sizes[y]
        for j in range(d):
            C[j, y] = (sizes[x] * C[j, x] + sizes[y] * C[j, y]) / size
        C[:, x] = np.inf
        slot[x], sizes[y] = -1, size
        gone += 1
    return pairs, heights


@compiled
def square(condensed, n):
    """In tiles: rows of the lower triangle are columns of the upper one."""
    D = np.empty((n, n))
    for top in range(0, n, TILE):
        bottom = min(n, top + TILE)
        for left in range(top, n, TILE):
            right = min(n, left + TILE)
            for i in range(top, bottom):
                D[i, i] = np.inf
                first = i * n - i * (i + 3) // 2 - 1
                for j in range(max(left, i + 1), right):
                    D[i, j] = condensed[first + j]
            for j in range(left, right):
                for i in range(top, min(bottom, j)):
                    D[j, i] = D[i, j]
    return D


@compiled
def matrix_chain(D, method, sizes):
    """Unions are written to their row only. Other rows take them from there when they are read:
    walking down a column costs a cache line for each entry."""
    n = len(D)
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    slot = np.arange(n)
    chain, length, width, gone = np.empty(n, np.intp), 0, n, 0
    born, known, far, row = np.zeros(n, np.intp), np.zeros(n, np.intp), np.zeros(n), np.empty(n)
    for step in range(n - 1):
        if 2 * gone > width:
            kept = _moved_up(slot, sizes, chain, length, width)
            width, gone = len(kept), 0
            far[:width], born[:width], known[:width] = 0.0, born[kept], known[kept]
            for i in range(width):
                for j in range(width):
                    D[i, j] = D[kept[i], kept[j]]
        if length == 0:
            length, chain[0] = 1, _first(slot)
        while True:
            x = chain[length - 1]
            before = chain[length - 2] if length > 1 else -1
            _catch_up(D, x, born[:width], known, step)
            for i in range(width):
                row[i] = D[x, i] + far[i]
            row[x] = np.inf
            best, first = _lowest(row[:width], np.inf)
            if length > 1 and row[before] <= first:
                break
            chain[length] = best
            length += 1
        length -= 2
        first = row[before]
        _catch_up(D, before, born[:width], known, step)
        x, y = min(x, before), max(x, before)
        pairs[step, 0], pairs[step, 1], heights[step] = slot[x], slot[y], first
        for i in range(width):
            D[y, i] = updated(method, D[x, i], D[y, i], first, sizes[x], sizes[y], sizes[i])
        sizes[y] += sizes[x]
        slot[x], far[x] = -1, np.inf
        born[y] = known[y] = step + 1
        gone += 1
    return pairs, heights


@compiled
def _catch_up(D, x, born, known, step):
    """Distances of x from unions made since its row was last brought up to date."""
    for i in range(len(born)):
        if born[i] > known[x]:
            D[x, i] = D[i, x]
    known[x] = step


@compiled
def greedy(D, method, sizes):
    """As `matrix_chain`, unions are written to their row only; a slot that is gone has no row."""
    n = len(D)
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    nearest, distances = np.zeros(n, np.intp), np.full(n, np.inf)
    born, known, far = np.zeros(n, np.intp), np.zeros(n, np.intp), np.zeros(n)
    row = np.empty(n)
    for x in range(n - 1):
        _look_again(D, x, far, row, nearest, distances)
    for step in range(n - 1):
        x, height = _lowest(distances, np.inf)
        y = nearest[x]
        while (D[y, x] if born[y] > known[x] else D[x, y]) + far[y] != height:
            _catch_up(D, x, born, known, step)
            _look_again(D, x, far, row, nearest, distances)
            x, height = _lowest(distances, np.inf)
            y = nearest[x]
        pairs[step, 0], pairs[step, 1], heights[step] = x, y, height
        _catch_up(D, x, born, known, step)
        _catch_up(D, y, born, known, step)
        for i in range(n):
            D[y, i] = updated(method, D[x, i], D[y, i], height, sizes[x], sizes[y], sizes[i])
        sizes[y] += sizes[x]
        D[y, y] = far[x] = distances[x] = np.inf
        born[y] = known[y] = step + 1
        for i in range(y):
            if D[y, i] + far[i] < distances[i]:
                nearest[i], distances[i] = y, D[y, i]
        _look_again(D, y, far, row, nearest, distances)
    return pairs, heights


@compiled
def _look_again(D, x, far, row, nearest, distances):
    """Find the nearest of the higher slots, and how far it is; none: infinitely far."""
    rest = row[x + 1 :]
    for i in range(len(rest)):
        rest[i] = D[x, x + 1 + i] + far[x + 1 + i]
    best, distances[x] = _lowest(rest, np.inf)
    nearest[x] = x + 1 + best
