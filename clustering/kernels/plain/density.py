"""Density-based clusters, from a k-d tree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

PAIRS = 4_000_000
"""About how many neighbours are held at a time."""


def density(
    X: np.ndarray, weights: np.ndarray, eps: float, min_weight: float, nearest: bool, p: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """DBSCAN of different rows of X: which are core, and the component of each (-1: none).

    Args:
        weights: how much each row counts.
        eps: the greatest distance of neighbours, in the Minkowski metric p.
        min_weight: the weight of the neighbours, itself included, that makes a row core.
        nearest: a border row goes to the component of its nearest core; otherwise to the one
            whose first core comes first.
    """
    tree = cKDTree(X)
    mass = np.zeros(len(X))
    for rows, others in neighbours(tree, X, eps, p):
        mass += np.bincount(rows, weights[others], len(X))
    core = mass >= min_weight
    component = np.arange(len(X))
    for rows, others in neighbours(tree, X, eps, p):
        linked = core[rows] & core[others]
        edges = component[rows[linked]], component[others[linked]]
        graph = coo_array((np.ones(len(edges[0]), bool), edges), shape=(len(X), len(X)))
        component = connected_components(graph, directed=False)[1][component]
    labels = np.where(core, numbered(component, core), -1)
    for rows, others in neighbours(tree, X, eps, p):
        at_border = ~core[rows] & core[others]
        rows, others = rows[at_border], others[at_border]
        first = labels[others].astype(float)
        if nearest:
            first = np.linalg.norm(X[rows] - X[others], p, axis=1)
        order = np.lexsort((others, first, rows))
        rows, start = np.unique(rows[order], return_index=True)
        labels[rows] = labels[others[order][start]]
    return core, labels


def numbered(component: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Components renumbered in the order of their first core row."""
    first = np.full(component.max(initial=0) + 1, len(component))
    np.minimum.at(first, component[core], np.flatnonzero(core))
    number = np.empty(len(first), np.intp)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    return number[component]


def neighbours(
    tree: cKDTree, X: np.ndarray, eps: float, p: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs (row, neighbour) within eps, itself included, in portions of whole rows."""
    start, step = 0, 256
    while start < len(X):
        stop = min(len(X), start + step)
        found = tree.query_ball_point(X[start:stop], eps, p=p)
        lengths = np.fromiter(map(len, found), np.intp, stop - start)
        total = int(lengths.sum())
        rows = np.repeat(np.arange(start, stop), lengths)
        yield rows, np.concatenate([np.asarray(others, np.intp) for others in found])
        start = stop
        step = int(np.clip(PAIRS * step / max(total, 1), 1, 4 * step))
