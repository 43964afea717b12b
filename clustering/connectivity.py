"""Graphs of which samples may be joined, and merges along them."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any
from warnings import warn

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from clustering.distances import Distances, centered
from clustering.errors import DataError
from clustering.kernels.plain.linkage import updated
from clustering.trees import joined
from clustering.validation import as_data, as_numbers, check_choice, check_finite, check_number

__all__ = ["kneighbors_graph"]

BLOCK = 1 << 22
"""Distances held at a time while components are joined."""

CENTERS = ("ward", "centroid", "median")
"""Linkages that are known from the clusters' centres; the squares of their heights are found."""


def kneighbors_graph(X: Any, n_neighbors: int = 5, *, mode: str = "connectivity") -> csr_array:
    """The graph (n, n) from each sample to its nearest others, by Euclidean distance.

    Args:
        X: samples (n, features).
        n_neighbors: how many, the sample itself not counted.
        mode: entries are 1 ("connectivity") or distances ("distance").

    Raises:
        ParameterError: there are fewer other samples.
        DataError: X is not a finite table of numbers.
    """
    from scipy.spatial import KDTree

    name = "kneighbors_graph"
    X = as_data(X, name, minimum=2).astype(np.float64, copy=False)
    n = len(X)
    check_number("n_neighbors", n_neighbors, name, least=1, most=n - 1, whole=True)
    check_choice("mode", mode, ("connectivity", "distance"), name)
    distances, found = map(np.asarray, KDTree(X).query(X, n_neighbors + 1))
    others = found != np.arange(n)[:, None]
    others[others.all(axis=1), -1] = False  # of more than n_neighbors at distance 0
    values = distances[others] if mode == "distance" else np.ones(n * n_neighbors)
    return csr_array(
        (values, found[others], np.arange(0, n * n_neighbors + 1, n_neighbors)), shape=(n, n)
    )


def as_edges(connectivity: Any, X: Any, distances: Distances, name: str) -> tuple[np.ndarray, int]:
    """The edges (m, 2) of a graph of samples, in order, and how many components it has.

    A graph of several components is completed by the shortest edge between each two of them.

    Args:
        connectivity: a sparse graph (n, n) whose stored entries are edges in both directions, an
            array whose entries other than 0 are, or a function that makes one from X.

    Raises:
        DataError: it has another shape.
    """
    graph: Any = connectivity(X) if callable(connectivity) else connectivity
    n = distances.n
    if not hasattr(graph, "tocoo"):
        graph = coo_array(np.atleast_2d(as_numbers(graph, f"{name}: connectivity")))
    graph = graph.tocoo()
    if graph.shape != (n, n):
        raise DataError(
            f"{name}: connectivity must be a graph of the samples, shape {(n, n)}; got "
            f"{graph.shape}"
        )
    check_finite(graph.data, f"{name}: connectivity")
    edges = _ordered(np.stack([graph.row, graph.col], axis=1), n)
    links = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    components, component = connected_components(links, directed=False)
    if components > 1:
        warn(
            f"{name}: the connectivity graph has {components} components; it is completed by the "
            "shortest edge between each two of them",
            stacklevel=4,
        )
        added = _between_components(component, distances)
        edges = _ordered(np.concatenate([edges, added]), n)
    return edges, int(components)


def _ordered(edges: np.ndarray, n: int) -> np.ndarray:
    """Edges once each, from the later to the earlier sample, in order."""
    later, earlier = edges.max(axis=1).astype(np.int64), edges.min(axis=1).astype(np.int64)
    keys = np.unique((later * n + earlier)[later != earlier])
    return np.stack([keys // n, keys % n], axis=1)


def _between_components(component: np.ndarray, distances: Distances) -> np.ndarray:
    """The shortest edge between each two components."""
    order = np.argsort(component, kind="stable")
    ends = np.searchsorted(component[order], np.arange(component.max() + 2))
    edges = []
    for start, stop in pairwise(ends[:-1]):
        here, others = order[start:stop], order[stop:]
        step = max(1, BLOCK // len(here))
        nearest, lengths = np.empty(len(others), np.intp), np.empty(len(others))
        for left in range(0, len(others), step):
            part = slice(left, left + step)
            block = distances.between(here, others[part])
            nearest[part] = here[block.argmin(axis=0)]
            lengths[part] = block.min(axis=0)
        there = component[others]
        by_length = np.lexsort((lengths, there))
        _, first = np.unique(there[by_length], return_index=True)
        best = by_length[first]
        edges.append(np.stack([nearest[best], others[best]], axis=1))
    return np.concatenate(edges)


def merges_along(
    edges: np.ndarray, distances: Distances, method: str, code: int, merges: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Children, heights and sizes of merges of adjacent clusters, the nearest first.

    Of equally near ones those of the lowest numbers. Heights need not be monotone.
    """
    n = distances.n
    if method == "single":
        lengths = distances.of_pairs(edges)
        order = np.argsort(lengths, kind="stable")
        children, sizes, made_by = joined(n, edges[order])
        return children, lengths[order][made_by], sizes
    sizes = np.ones(n)
    if method in CENTERS:
        centers = centered(distances.points)
        lengths = ((centers[edges[:, 0]] - centers[edges[:, 1]]) ** 2).sum(axis=1)
        united = _united_centers(centers, sizes, method)
    else:
        lengths = distances.of_pairs(edges)
        united = _united_known(sizes, code)
    children, heights, sizes = _nearest_first(edges, lengths, united, sizes, merges)
    return children, np.sqrt(heights) if method in CENTERS else heights, sizes


Near = dict[int, float]
"""Slots of adjacent clusters, and how far they are."""


def _united_centers(centers: np.ndarray, sizes: np.ndarray, method: str) -> Callable:
    """What the union of slots x and y, in x, changes: all of its distances."""

    def united(x: int, y: int, from_x: Near, from_y: Near) -> Near:
        share = 0.5 if method == "median" else sizes[y] / (sizes[x] + sizes[y])
        centers[x] += share * (centers[y] - centers[x])
        others, size = list(from_x | from_y), sizes[x] + sizes[y]
        squares = ((centers[others] - centers[x]) ** 2).sum(axis=1)
        if method == "ward":
            squares *= 2 * size * sizes[others] / (size + sizes[others])
        return dict(zip(others, squares.tolist(), strict=True))

    return united


def _united_known(sizes: np.ndarray, code: int) -> Callable:
    """The same where distances are known along edges: only those from y are new to x."""

    def united(x: int, y: int, from_x: Near, from_y: Near) -> Near:
        nx, ny = sizes[x], sizes[y]
        return {
            other: float(updated(code, from_x[other], far, 0.0, nx, ny, 0.0))
            if other in from_x
            else far
            for other, far in from_y.items()
        }

    return united


def _nearest_first(
    edges: np.ndarray, lengths: np.ndarray, united: Callable, sizes: np.ndarray, merges: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A union stays in the slot that has more neighbours, so most distances need no change.

    The heap holds (distance, later cluster, earlier cluster). An entry that is no longer the
    distance of its slots is passed over.
    """
    n = len(sizes)
    near: list[Near] = [{} for _ in range(n)]
    slot, cluster = list(range(n)), list(range(n))
    heap = []
    for (x, y), length in zip(edges.tolist(), lengths.tolist(), strict=True):
        near[x][y] = near[y][x] = length
        heap.append((length, x, y))
    heapify(heap)
    children, heights, counts = np.empty((merges, 2), np.intp), np.empty(merges), np.empty(merges)
    for merge in range(merges):
        height, later, earlier = heappop(heap)
        while near[slot[later]].get(slot[earlier]) != height:
            height, later, earlier = heappop(heap)
        x, y = slot[later], slot[earlier]
        if len(near[x]) < len(near[y]):
            x, y = y, x
        from_x, from_y = near[x], near[y]
        near[y] = {}
        del from_x[y], from_y[x]
        children[merge], heights[merge] = sorted((cluster[x], cluster[y])), height
        cluster[x] = n + merge
        slot.append(x)
        changed = united(x, y, from_x, from_y)
        for other in from_y:
            del near[other][y]
        for other, length in changed.items():
            from_x[other] = near[other][x] = length
            heappush(heap, (length, n + merge, cluster[other]))
        sizes[x] += sizes[y]
        counts[merge] = sizes[x]
    return children, heights, counts
