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
from clustering.kernels.plain.density import CLIQUES, make_grid, numbered, places
from clustering.kernels.plain.density import density as by_tree

__all__ = [
    "density",
]

LANES, FEW = 64, 16
"""Rows whose distances are found at a time; fewer than FEW are looked at one by one."""

CELLS = 64
"""Cells that a thread takes at a time."""


def density(X, weights, eps, min_weight, nearest, p=2.0):
    grid = make_grid(X, eps) if p == 2 else None
    if grid is None:
        return by_tree(X, weights, eps, min_weight, nearest, p)
    order, starts = grid.order, grid.starts
    columns, cliques, square = np.ascontiguousarray(X[order].T), X.shape[1] <= CLIQUES, eps * eps
    steps = sorted(range(-grid.reach, grid.reach + 1), key=abs)  # near cells decide most
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
    border = (core_columns, core_starts, places(core_columns.T), labels[core_rows])
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
    cells, core = len(low), np.zeros(columns.shape[1], np.bool_)
    for part in prange((cells + CELLS - 1) // CELLS):
        point, rows, squares = np.empty(len(columns)), np.empty(LANES, np.intp), np.empty(LANES)
        for c in range(part * CELLS, min(cells, (part + 1) * CELLS)):
            first, last = starts[c], starts[c + 1]
            inside = 0.0
            for i in range(first, last):
                inside += weights[i]
            if cliques and inside >= min_weight:
                core[first:last] = True
                continue
            for i in range(first, last):
                point[:] = columns[:, i]
                mass = inside
                if not cliques:
                    mass = _mass(
                        0.0, first, last, columns, weights, point, square, min_weight, rows, squares
                    )
                for run in range(low.shape[1]):
                    start, stop = starts[low[c, run]], starts[high[c, run]]
                    if start <= first < stop:  # its own cell has been counted
                        mass = _mass(
                            mass, start, first, columns, weights, point, square, min_weight, rows,
                            squares,
                        )  # fmt: skip
                        start = last
                    mass = _mass(
                        mass,
                        start,
                        stop,
                        columns,
                        weights,
                        point,
                        square,
                        min_weight,
                        rows,
                        squares,
                    )
                core[i] = mass >= min_weight
    return core


@compiled
def _mass(mass, start, stop, columns, weights, point, square, enough, rows, squares):
    """`mass` and the weights of a point's neighbours in start..stop, until it is enough."""
    for block in range(start, stop, LANES):
        if mass >= enough:
            break
        found = _found(point, columns, block, min(stop, block + LANES), square, rows, squares)
        for k in range(found):
            mass += weights[rows[k]]
    return mass


@compiled
def _found(point, columns, start, stop, square, rows, squares):
    """How many of rows start..stop are neighbours of a point; they and their squared distances
    are put into `rows` and `squares`."""
    found = 0
    if stop - start < FEW:
        for j in range(start, stop):
            total = 0.0
            for axis in range(len(columns)):
                total += (columns[axis, j] - point[axis]) * (columns[axis, j] - point[axis])
            if total <= square:
                rows[found], squares[found] = j, total
                found += 1
        return found
    lanes = squares[: stop - start]
    squares_from(point, columns, start, lanes)
    hits = 0
    for lane in range(len(lanes)):
        hits += lanes[lane] <= square
    if hits > 0:
        for lane in range(len(lanes)):
            if lanes[lane] <= square:
                rows[found], squares[found] = start + lane, lanes[lane]
                found += 1
    return found


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
    point, rows, squares = np.empty(len(columns)), np.empty(LANES, np.intp), np.empty(LANES)
    if cliques:
        for c in range(cells):
            parent[starts[c] : starts[c + 1]] = starts[c]
    for c in range(cells):
        if starts[c] == starts[c + 1]:
            continue
        if not cliques:
            _join_rows(c, c, columns, starts, square, parent, united, point, rows, squares)
        here = _root(parent, starts[c])
        for run in range(low.shape[1]):
            for other in range(low[c, run], min(high[c, run], c)):
                start = starts[other]
                if start == starts[other + 1]:
                    continue
                if united[c] and united[other] and _root(parent, start) == here:
                    continue
                _join_rows(c, other, columns, starts, square, parent, united, point, rows, squares)
                here = _root(parent, starts[c])
        if not united[c]:
            united[c] = True
            for i in range(starts[c], starts[c + 1]):
                united[c] &= _root(parent, i) == here
    for i in range(len(parent)):
        parent[i] = _root(parent, i)
    return parent


@compiled
def _join_rows(c, other, columns, starts, square, parent, united, point, rows, squares):
    """Join the rows of a cell to their neighbours in another, or to those before them in it."""
    start = starts[other]
    for i in range(starts[c], starts[c + 1]):
        here, stop = _root(parent, i), min(starts[other + 1], i)
        point[:] = columns[:, i]
        for block in range(start, stop, LANES):
            if united[other] and _root(parent, start) == here:
                break
            found = _found(point, columns, block, min(stop, block + LANES), square, rows, squares)
            for k in range(found):
                there = _root(parent, rows[k])
                parent[max(here, there)] = here = min(here, there)
        if c == other and here != _root(parent, start):
            united[c] = False


@parallel
def _border(
    columns, starts, core, core_columns, core_starts, place, core_labels,
    low, high, square, nearest, labels,
):  # fmt: skip
    """Give each row that is not core the label of one of its core neighbours."""
    cells = len(low)
    for part in prange((cells + CELLS - 1) // CELLS):
        point, rows, squares = np.empty(len(columns)), np.empty(LANES, np.intp), np.empty(LANES)
        for c in range(part * CELLS, min(cells, (part + 1) * CELLS)):
            for i in range(starts[c], starts[c + 1]):
                if core[i]:
                    continue
                point[:] = columns[:, i]
                best, before = np.inf, len(labels)
                for run in range(low.shape[1]):
                    stop = core_starts[high[c, run]]
                    for block in range(core_starts[low[c, run]], stop, LANES):
                        end = min(stop, block + LANES)
                        found = _found(point, core_columns, block, end, square, rows, squares)
                        for k in range(found):
                            j = rows[k]
                            rank = squares[k] if nearest else float(core_labels[j])
                            if rank < best or (rank == best and place[j] < before):
                                best, before, labels[i] = rank, place[j], core_labels[j]
