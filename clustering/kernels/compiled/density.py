"""Density-based clusters, from a grid of cells; see `kernels.plain.density`.

In few dimensions the rows of a cell are neighbours of each other; in more the cells lie on the
first principal axes. Rows are sorted by cell and kept in columns. `near` holds, for each cell, runs
of cells that may hold neighbours: (cells, runs) of first cells, and of those after the last.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

from functools import reduce

import numpy as np
from numba import prange  # type: ignore

from clustering.kernels.compiled.compiler import compiled, parallel
from clustering.kernels.compiled.squares import squares_from
from clustering.kernels.plain.density import CLIQUES, make_grid, numbered
from clustering.kernels.plain.density import density as by_tree

LANES = 64
"""Rows whose distances are found at a time."""


def density(X, weights, eps, min_weight, nearest, p=2.0):
    grid = make_grid(X, eps) if p == 2 else None
    if grid is None:
        return by_tree(X, weights, eps, min_weight, nearest, p)
    order, starts = grid.order, grid.starts
    columns, cliques, square = np.ascontiguousarray(X[order].T), X.shape[1] <= CLIQUES, eps * eps
    steps = np.arange(-grid.reach, grid.reach + 1)
    shifts = np.ravel(reduce(np.add.outer, np.outer(grid.strides[:-1], steps), 0))
    near = _near(grid.keys, shifts, grid.reach)
    in_order = _core(columns, weights[order], starts, *near, square, min_weight, cliques)
    place = np.append(0, np.cumsum(in_order))  # of each row among the core rows
    core_columns, core_starts = np.ascontiguousarray(columns[:, in_order]), place[starts]
    core_rows = order[in_order]
    component = np.zeros(len(X), np.intp)
    component[core_rows] = _join(core_columns, core_starts, *near, square, cliques)
    core = np.zeros(len(X), bool)
    core[core_rows] = True
    labels = np.where(core, numbered(component, core), -1)
    found = labels[order]
    border = (core_columns, core_starts, core_rows, labels[core_rows])
    _border(columns, starts, in_order, *border, *near, square, nearest, found)
    labels[order] = found
    return core, labels


@parallel
def _near(keys, shifts, reach):
    """`near`: along the last axis keys are adjacent; along the others they differ by `shifts`."""
    n = len(keys)
    low, high = np.empty((n, len(shifts)), np.int32), np.empty((n, len(shifts)), np.int32)
    for run in prange(len(shifts)):
        first = last = 0
        for c in range(n):
            key = keys[c] + shifts[run]
            while first < n and keys[first] < key - reach:
                first += 1
            while last < n and keys[last] <= key + reach:
                last += 1
            low[c, run], high[c, run] = first, last
    return low, high


@parallel
def _core(columns, weights, starts, low, high, square, min_weight, cliques):
    """Which rows are core."""
    core = np.zeros(columns.shape[1], np.bool_)
    for c in prange(len(low)):
        first, last = starts[c], starts[c + 1]
        inside = 0.0
        for i in range(first, last):
            inside += weights[i]
        if cliques and inside >= min_weight:
            core[first:last] = True
            continue
        point, buffer = np.empty(len(columns)), np.empty(LANES)
        for i in range(first, last):
            point[:] = columns[:, i]
            near = (columns, weights, point, square, min_weight, buffer)
            mass = inside if cliques else _mass(first, last, 0.0, *near)
            for run in range(low.shape[1]):
                start, stop = starts[low[c, run]], starts[high[c, run]]
                if start <= first < stop:  # its own cell has been counted
                    mass = _mass(start, first, mass, *near)
                    start = last
                mass = _mass(start, stop, mass, *near)
            core[i] = mass >= min_weight
    return core


@compiled
def _mass(start, stop, mass, columns, weights, point, square, enough, buffer):
    """`mass` and the weights of a point's neighbours in start..stop, until it is enough."""
    for block in range(start, stop, LANES):
        if mass >= enough:
            break
        squares = buffer[: min(stop - block, LANES)]
        squares_from(point, columns, block, squares)
        hits = 0
        for lane in range(len(squares)):
            hits += squares[lane] <= square
        if hits > 0:
            for lane in range(len(squares)):
                if squares[lane] <= square:
                    mass += weights[block + lane]
    return mass


@compiled
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _join(columns, starts, low, high, square, cliques):
    """The component of each core row.

    A cell is `united` if all its rows are known to be in one component. Two such cells of the same
    component need no more looking at: there are few others where clusters are dense.
    """
    cells, parent = len(low), np.arange(columns.shape[1])
    united = np.ones(cells, np.bool_)
    if cliques:
        for c in range(cells):
            parent[starts[c] : starts[c + 1]] = starts[c]
    for c in range(cells):
        if starts[c] == starts[c + 1]:
            continue
        if not cliques:
            _join_rows(columns, starts, c, c, square, parent, united)
        for run in range(low.shape[1]):
            for other in range(low[c, run], min(high[c, run], c)):
                if starts[other] < starts[other + 1]:
                    _join_rows(columns, starts, c, other, square, parent, united)
        if not united[c]:
            united[c] = True
            for i in range(starts[c], starts[c + 1]):
                united[c] &= _root(parent, i) == _root(parent, starts[c])
    for i in range(len(parent)):
        parent[i] = _root(parent, i)
    return parent


@compiled
def _join_rows(columns, starts, c, other, square, parent, united):
    """Join the rows of a cell to their neighbours in another, or to those before them in it."""
    first, start = starts[c], starts[other]
    if c != other and united[c] and united[other] and _root(parent, first) == _root(parent, start):
        return
    point, buffer = np.empty(len(columns)), np.empty(LANES)
    for i in range(first, starts[c + 1]):
        here, stop = _root(parent, i), min(starts[other + 1], i)
        point[:] = columns[:, i]
        for block in range(start, stop, LANES):
            if united[other] and _root(parent, start) == here:
                break
            squares = buffer[: min(stop - block, LANES)]
            squares_from(point, columns, block, squares)
            for lane in range(len(squares)):
                if squares[lane] <= square:
                    there = _root(parent, block + lane)
                    parent[max(here, there)] = here = min(here, there)
        if c == other and here != _root(parent, start):
            united[c] = False


@parallel
def _border(
    columns, starts, core, core_columns, core_starts, core_rows, core_labels,
    low, high, square, nearest, labels,
):  # fmt: skip
    """Give each row that is not core the label of one of its core neighbours."""
    for c in prange(len(low)):
        point, buffer = np.empty(len(columns)), np.empty(LANES)
        for i in range(starts[c], starts[c + 1]):
            if core[i]:
                continue
            point[:] = columns[:, i]
            best, row = np.inf, len(labels)
            for run in range(low.shape[1]):
                stop = core_starts[high[c, run]]
                for block in range(core_starts[low[c, run]], stop, LANES):
                    squares = buffer[: min(stop - block, LANES)]
                    squares_from(point, core_columns, block, squares)
                    for lane in range(len(squares)):
                        j = block + lane
                        if squares[lane] <= square:
                            rank = squares[lane] if nearest else float(core_labels[j])
                            if rank < best or (rank == best and core_rows[j] < row):
                                best, row, labels[i] = rank, core_rows[j], core_labels[j]
