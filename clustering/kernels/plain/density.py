"""Density-based clusters: from a grid of cells in few dimensions, else from a k-d tree."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

__all__ = [
    "density",
]

PAIRS = 4_000_000
"""About how many pairs of neighbours are held at a time."""

CLIQUES, AXES = 3, 4
"""Dimensions up to which the rows of a cell are all neighbours; axes of the grid beyond."""


def density(
    X: np.ndarray, weights: np.ndarray, eps: float, min_weight: float, nearest: bool, p: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """DBSCAN of different rows of X: which are core, and the component of each (-1: none).

    Args:
        weights: how much each row counts.
        eps: the greatest distance of neighbours, in the Minkowski metric p.
        min_weight: the weight of the neighbours, itself included, that makes a row core.
        nearest: a border row goes to the component of its nearest core (see `places`); otherwise
            to the one whose first core comes first.
    """
    grid = make_grid(X, eps) if p == 2 and X.shape[1] <= CLIQUES else None
    core = find_core(X, weights, eps, min_weight, p, grid)
    component = np.arange(len(X))
    if grid is None:
        component[core] = joined_rows(X[core], eps, p)
    else:
        component[core] = joined_cells(X[core], eps, grid.cell[core], grid)
    labels = np.where(core, numbered(component, core), -1)
    outside, inside = np.flatnonzero(~core), np.flatnonzero(core)
    place = places(X[inside])
    for rows, others, distances in neighbours(X[outside], X[inside], eps, p):
        cores = inside[others]
        rank = distances if nearest else labels[cores]
        order = np.lexsort((place[others], rank, rows))
        rows, first = np.unique(rows[order], return_index=True)
        labels[outside[rows]] = labels[cores[order][first]]
    return core, labels


def places(X: np.ndarray) -> np.ndarray:
    """The place of each row in the order of their coordinates, which decides between core rows
    that are equally near: it does not depend on the order of the rows."""
    place = np.empty(len(X), np.intp)
    place[np.lexsort(X.T[::-1])] = np.arange(len(X))
    return place


def find_core(X, weights, eps, min_weight, p, grid) -> np.ndarray:
    """Which rows have neighbours of enough weight; all of a cell that is heavy enough alone."""
    if grid is None:
        core = np.zeros(len(X), bool)
    else:
        core = (np.bincount(grid.cell, weights) >= min_weight)[grid.cell]
    open_rows = np.flatnonzero(~core)
    if (weights == 1).all():
        found = KDTree(X).query_ball_point(X[open_rows], eps, p=p, return_length=True)
        core[open_rows] = found >= min_weight
    else:
        for rows, others, _ in neighbours(X[open_rows], X, eps, p):
            mass = np.bincount(rows, weights[others])
            core[open_rows[: len(mass)]] |= mass >= min_weight
    return core


def neighbours(
    X: np.ndarray, Y: np.ndarray, eps: float, p: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(row of X, row of Y, distance) of neighbours, in portions of whole rows of X."""
    if not (len(X) and len(Y)):
        return
    tree = KDTree(Y)
    start, step = 0, 256
    while start < len(X):
        stop = min(len(X), start + step)
        part = KDTree(X[start:stop])
        pairs = part.sparse_distance_matrix(tree, eps, p=p, output_type="ndarray")
        yield pairs["i"] + start, pairs["j"], pairs["v"]
        start = stop
        step = int(np.clip(PAIRS * step / max(len(pairs), 1), 1, 4 * step))


def connected(edges: tuple[np.ndarray, np.ndarray], nodes: int) -> np.ndarray:
    """The component of each node of an undirected graph."""
    graph = coo_array((np.ones(len(edges[0]), bool), edges), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1]


def joined_rows(X: np.ndarray, eps: float, p: float) -> np.ndarray:
    """The component of each row, by its neighbours."""
    component = np.arange(len(X))
    for rows, others, _ in neighbours(X, X, eps, p):
        edges = component[rows], component[others]
        component = connected(edges, int(component.max()) + 1)[component]
    return component


def joined_cells(X: np.ndarray, eps: float, cell: np.ndarray, grid: Grid) -> np.ndarray:
    """The same where the rows of a cell are neighbours: cells are joined.

    Most pairs of cells are decided by one pair of rows: in each the one nearest to the other's
    mean. Of the rest only those that would join components are looked at whole.
    """
    order = np.argsort(cell, kind="stable")
    used, starts, counts = np.unique(cell[order], return_index=True, return_counts=True)
    a, b = touching(grid.keys[used], grid)
    means = np.add.reduceat(X[order], starts) / counts[:, None] if len(X) else X
    candidate = closest_row(X, order, starts, counts, a, means[b])
    partner = closest_row(X, order, starts, counts, b, X[candidate])
    touch = np.sum((X[candidate] - X[partner]) ** 2, axis=1) <= eps * eps
    component = connected((a[touch], b[touch]), len(used))
    for pair in np.flatnonzero(~touch):
        left, right = component[a[pair]], component[b[pair]]
        if left == right:
            continue
        one, other = (X[order[starts[c] : starts[c] + counts[c]]] for c in (a[pair], b[pair]))
        if KDTree(one).sparse_distance_matrix(KDTree(other), eps, output_type="ndarray").size:
            component[component == left] = right
    return component[np.searchsorted(used, cell)]


def touching(keys: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of places in `keys` (sorted) of cells that may hold neighbours, each once."""
    ahead = []
    steps = range(-grid.reach, grid.reach + 1)
    for offset in product(steps, repeat=len(grid.strides)):
        shift = int(np.dot(offset, grid.strides))
        if shift > 0:
            place = np.minimum(np.searchsorted(keys, keys + shift), len(keys) - 1)
            here = np.flatnonzero(keys[place] == keys + shift)
            ahead.append((here, place[here]))
    first, second = zip(*ahead, strict=True)
    return np.concatenate(first), np.concatenate(second)


def closest_row(X, order, starts, counts, cells, targets) -> np.ndarray:
    """In each of `cells`, the row nearest to the target."""
    result = np.empty(len(cells), np.intp)
    step = max(1, PAIRS // max(1, int(counts.max(initial=1))))
    for start in range(0, len(cells), step):
        part, aims = cells[start : start + step], targets[start : start + step]
        sizes = counts[part]
        begins = np.cumsum(sizes) - sizes
        pair = np.repeat(np.arange(len(part)), sizes)
        rows = order[starts[part][pair] + np.arange(len(pair)) - begins[pair]]
        distances = np.sum((X[rows] - aims[pair]) ** 2, axis=1)
        least = np.minimum.reduceat(distances, begins) if len(pair) else distances
        found = np.flatnonzero(distances == least[pair])
        _, first = np.unique(pair[found], return_index=True)
        result[start : start + step] = rows[found[first]]
    return result


def numbered(component: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Components renumbered in the order of their first core row."""
    first = np.full(component.max(initial=0) + 1, len(component))
    np.minimum.at(first, component[core], np.flatnonzero(core))
    number = np.empty(len(first), np.intp)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    return number[component]


class Grid(NamedTuple):
    """Cells of equal side. Keys number them; along the last axis they are adjacent.

    order: rows sorted by cell; starts: the first place of each cell in it, and the end.
    cell: of each row; keys: of each cell, increasing.
    reach: how many cells away a neighbour can be along an axis.
    strides: what a step along each axis adds to the key.
    """

    order: np.ndarray
    starts: np.ndarray
    cell: np.ndarray
    keys: np.ndarray
    reach: int
    strides: np.ndarray


def make_grid(X: np.ndarray, eps: float) -> Grid | None:
    """Cells for neighbours within eps; None if they would be too many to number.

    In at most CLIQUES dimensions all rows of a cell are neighbours. Beyond, cells have the side
    eps on the first principal axes.
    """
    d = X.shape[1]
    with np.errstate(over="ignore"):
        far = np.ptp(X, axis=0).max() / eps * np.sqrt(d)
    slack = 1e-9 + 8 * d * np.finfo(np.float64).eps * far
    if not slack < 1e-3:
        return None
    place, shrunk = X, 1 - slack  # so that rounding never parts what belongs together
    side, reach = eps * shrunk / np.sqrt(d), int(np.ceil(np.sqrt(d) / shrunk))
    if d > CLIQUES:
        mean = X.mean(axis=0)
        _, axes = np.linalg.eigh((X - mean).T @ (X - mean))
        place, side, reach = (X - mean) @ axes[:, : -AXES - 1 : -1], eps / shrunk, 1
    with np.errstate(over="ignore", invalid="ignore"):
        cells = np.floor((place - place.min(axis=0)) / side)
        extent = cells.max(axis=0) + 2 * reach + 1
    if not np.prod(extent) < 2.0**62:
        return None
    extent = extent.astype(np.int64)
    strides = np.append(np.cumprod(extent[:0:-1])[::-1], 1).astype(np.int64)
    key = (cells.astype(np.int64) + reach) @ strides
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    is_first = np.append(True, ordered[1:] != ordered[:-1])
    starts = np.append(np.flatnonzero(is_first), len(X))
    cell = np.empty(len(X), np.intp)
    cell[order] = np.cumsum(is_first) - 1
    return Grid(order, starts, cell, ordered[is_first], reach, strides)
