"""Density-based clusters, from a grid of cells; see `kernels.plain.density`.

In few dimensions the rows of a cell are neighbours of each other, and cells are joined;
in more the cells lie on the first principal axes, and rows are joined.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np
from numba import prange  # type: ignore

from clustering.kernels.compiled.compiler import compiled, parallel
from clustering.kernels.plain.density import CLIQUES, make_grid, numbered
from clustering.kernels.plain.density import density as by_tree


def density(X, weights, eps, min_weight, nearest, p=2.0):
    grid = make_grid(X, eps) if p == 2 else None
    if grid is None:
        return by_tree(X, weights, eps, min_weight, nearest, p)
    order, starts, cell, keys, reach, strides = grid
    rows, w, cell = np.ascontiguousarray(X[order]), weights[order], cell[order]
    near = (keys, starts, strides, reach)
    cliques, square = X.shape[1] <= CLIQUES, eps * eps
    core = _core(rows, w, cell, square, min_weight, cliques, *near)
    join = _join_cells if cliques else _join_rows
    is_core, component = np.empty(len(X), bool), np.empty(len(X), np.intp)
    is_core[order], component[order] = core, join(rows, core, cell, square, *near)
    labels = np.where(is_core, numbered(component, is_core), -1)
    in_order = labels[order]
    _border(rows, core, order, in_order, cell, square, nearest, *near)
    labels[order] = in_order
    return is_core, labels


@compiled
def _runs(key, keys, strides, reach):
    """Ranges of cells that may hold neighbours of a cell: along the last axis keys are adjacent."""
    width = 2 * reach + 1
    count = width ** (len(strides) - 1)
    runs = np.empty((count, 2), np.int64)
    found = 0
    for combination in range(count):
        base, rest = key, combination
        for axis in range(len(strides) - 1):
            base += (rest % width - reach) * strides[axis]
            rest //= width
        low = np.searchsorted(keys, base - reach)
        high = np.searchsorted(keys, base + reach, side="right")
        if low < high:
            runs[found, 0], runs[found, 1] = low, high
            found += 1
    return runs[:found]


@compiled
def _square_distance(X, i, j):
    total = 0.0
    for axis in range(X.shape[1]):
        difference = X[i, axis] - X[j, axis]
        total += difference * difference
    return total


@compiled
def _are_near(X, i, j, square):
    """Whether the squared distance is at most `square`; stops as soon as it is not."""
    total = 0.0
    for axis in range(X.shape[1]):
        difference = X[i, axis] - X[j, axis]
        total += difference * difference
        if axis & 3 == 3 and total > square:
            return False
    return total <= square


@parallel
def _core(X, w, cell, square, min_weight, cliques, keys, starts, strides, reach):
    core = np.zeros(len(X), np.bool_)
    for c in prange(len(keys)):
        inside = 0.0
        for i in range(starts[c], starts[c + 1]):
            inside += w[i]
        if cliques and inside >= min_weight:
            core[starts[c] : starts[c + 1]] = True
            continue
        runs = _runs(keys[c], keys, strides, reach)
        for i in range(starts[c], starts[c + 1]):
            mass = inside if cliques else 0.0
            for run in range(len(runs)):
                for j in range(starts[runs[run, 0]], starts[runs[run, 1]]):
                    if cliques and cell[j] == c:
                        continue
                    if _are_near(X, i, j, square):
                        mass += w[j]
                        if mass >= min_weight:
                            break
                if mass >= min_weight:
                    break
            core[i] = mass >= min_weight
    return core


@compiled
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _join_cells(X, core, cell, square, keys, starts, strides, reach):
    parent = np.arange(len(keys))
    for c in range(len(keys)):
        runs = _runs(keys[c], keys, strides, reach)
        for run in range(len(runs)):
            for other in range(runs[run, 0], min(runs[run, 1], c)):
                here, there = _root(parent, c), _root(parent, other)
                if here != there and _touch(X, core, square, starts, c, other):
                    parent[max(here, there)] = min(here, there)
    roots = np.empty(len(X), np.int64)
    for i in range(len(X)):
        roots[i] = _root(parent, cell[i])
    return roots


@compiled
def _touch(X, core, square, starts, c, other):
    """Whether a core row of one cell is a neighbour of one of another."""
    for i in range(starts[c], starts[c + 1]):
        if core[i]:
            for j in range(starts[other], starts[other + 1]):
                if core[j] and _are_near(X, i, j, square):
                    return True
    return False


@compiled
def _join_rows(X, core, cell, square, keys, starts, strides, reach):
    parent = np.arange(len(X))
    for c in range(len(keys)):
        runs = _runs(keys[c], keys, strides, reach)
        for i in range(starts[c], starts[c + 1]):
            if not core[i]:
                continue
            here = _root(parent, i)
            for run in range(len(runs)):
                for j in range(starts[runs[run, 0]], min(starts[runs[run, 1]], i)):
                    if core[j]:
                        there = _root(parent, j)
                        if here != there and _are_near(X, i, j, square):
                            parent[max(here, there)] = min(here, there)
                            here = min(here, there)
    roots = np.empty(len(X), np.int64)
    for i in range(len(X)):
        roots[i] = _root(parent, i)
    return roots


@parallel
def _border(X, core, order, labels, cell, square, nearest, keys, starts, strides, reach):
    for c in prange(len(keys)):
        runs = _runs(keys[c], keys, strides, reach)
        for i in range(starts[c], starts[c + 1]):
            if core[i]:
                continue
            best, first = np.inf, len(X)
            for run in range(len(runs)):
                for j in range(starts[runs[run, 0]], starts[runs[run, 1]]):
                    if not core[j]:
                        continue
                    distance = _square_distance(X, i, j)
                    if distance > square:
                        continue
                    rank = distance if nearest else float(labels[j])
                    if rank < best or (rank == best and order[j] < first):
                        best, first = rank, order[j]
                        labels[i] = labels[j]
