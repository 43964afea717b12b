"""Trees of clusters in SciPy's format: cutting, reading and comparing them.

A linkage matrix Z (n - 1, 4) has a row for each merge: the two clusters, the height they merge
at, and the size of their union. Samples are clusters 0 ... n - 1, the union of row i is n + i.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from clustering.distances import as_distances, condensed_index
from clustering.errors import DataError, ParameterError
from clustering.validation import as_numbers, check_finite, check_number

__all__ = ["cophenetic", "cophenetic_correlation", "cut", "leaves"]


class Tree(NamedTuple):
    """A linkage matrix, checked: children (n - 1, 2) and heights of the merges, and the sizes of
    all 2n - 1 clusters."""

    children: np.ndarray
    heights: np.ndarray
    sizes: np.ndarray

    @property
    def n(self) -> int:
        """How many samples."""
        return len(self.children) + 1


def as_tree(Z: Any, name: str) -> Tree:
    """The tree of a linkage matrix.

    Raises:
        DataError: Z is not a linkage matrix.
    """
    Z = as_numbers(Z, name).astype(np.float64)
    if Z.ndim != 2 or Z.shape[1] != 4:
        raise DataError(f"{name}: expected a linkage matrix (n - 1, 4), got shape {Z.shape}")
    check_finite(Z, f"{name}: linkage matrix")
    n = len(Z) + 1
    children = Z[:, :2].astype(np.intp)
    sizes = np.concatenate([np.ones(n), Z[:, 3]])
    known = np.arange(n, 2 * n - 1)[:, None]
    if (children != Z[:, :2]).any() or (children < 0).any() or (children >= known).any():
        raise DataError(f"{name}: a merge is of clusters that are not there before it")
    if len(np.unique(children)) != children.size:
        raise DataError(f"{name}: a cluster is merged twice")
    if (sizes[children].sum(axis=1) != Z[:, 3]).any():
        raise DataError(f"{name}: a merge's size is not the sum of the sizes of its clusters")
    return Tree(children, Z[:, 2], sizes.astype(np.intp))


def joined(n: int, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tree made by joining, pair after pair, the clusters of two samples.

    Returns:
        The children of each union (lower number first), its size, and the pair that made it.
        Pairs within a cluster make none.
    """
    above, sizes = list(range(2 * n - 1)), [1] * n
    children, made_by = [], []
    for pair, (x, y) in enumerate(pairs.tolist()):
        while above[x] != x:
            above[x] = x = above[above[x]]
        while above[y] != y:
            above[y] = y = above[above[y]]
        if x != y:
            above[x] = above[y] = len(sizes)
            sizes.append(sizes[x] + sizes[y])
            children.append((x, y) if x < y else (y, x))
            made_by.append(pair)
    return np.array(children).reshape(-1, 2), np.array(sizes[n:]), np.array(made_by, np.intp)


def cut(Z: Any, n_clusters: int | None = None, height: float | None = None) -> np.ndarray:
    """Labels (n,) of the clusters of a linkage matrix, numbered by their first samples.

    Args:
        n_clusters: how many: the last merges are undone.
        height: merges up to this height are made, included (as SciPy's fcluster does by
            "distance"); where heights are not monotone, those with no higher merge below them.

    Raises:
        ParameterError: neither or both are given, or there are fewer samples than clusters.
        DataError: Z is not a linkage matrix.
    """
    tree = as_tree(Z, "cut")
    if (n_clusters is None) == (height is None):
        raise ParameterError("cut: give either n_clusters or height")
    if n_clusters is not None:
        check_number("n_clusters", n_clusters, "cut", least=1, most=tree.n, whole=True)
        return labels_after(tree.children, tree.n - n_clusters, tree.n)
    check_number("height", height, "cut")
    return labels_of(tree.children, highest(tree) <= height, tree.n)


def labels_after(children: np.ndarray, merges: int, n: int) -> np.ndarray:
    """Labels of n samples after the first merges."""
    return labels_of(children, np.arange(len(children)) < merges, n)


def labels_of(children: np.ndarray, kept: np.ndarray, n: int) -> np.ndarray:
    """Labels of n samples after the merges that are kept, as those below a kept one must be."""
    owner = list(range(n + len(children)))
    made = np.flatnonzero(kept)[::-1]
    for merge, (x, y) in zip(made.tolist(), children[made].tolist(), strict=True):
        owner[x] = owner[y] = owner[n + merge]
    _, first, kind = np.unique(owner[:n], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[kind]


def highest(tree: Tree) -> np.ndarray:
    """The height of the highest merge in each cluster of more than one sample."""
    heights = np.concatenate([np.full(tree.n, -np.inf), tree.heights])
    if (np.diff(tree.heights) < 0).any():
        for merge, (x, y) in enumerate(tree.children.tolist(), tree.n):
            heights[merge] = max(heights[merge], heights[x], heights[y])
    return heights[tree.n :]


def starts(tree: Tree) -> np.ndarray:
    """Where each cluster begins in the order of the leaves: the first child stands left."""
    first, sizes = [0] * (2 * tree.n - 1), tree.sizes.tolist()
    for merge, (x, y) in enumerate(tree.children.tolist()[::-1], 1):
        first[x] = first[-merge]
        first[y] = first[x] + sizes[x]
    return np.array(first)


def leaves(Z: Any) -> np.ndarray:
    """Samples in an order in which each cluster is a run.

    Raises:
        DataError: Z is not a linkage matrix.
    """
    tree = as_tree(Z, "leaves")
    order = np.empty(tree.n, np.intp)
    order[starts(tree)[: tree.n]] = np.arange(tree.n)
    return order


def cophenetic(Z: Any) -> np.ndarray:
    """The height at which each pair of samples is first in one cluster, condensed.

    Raises:
        DataError: Z is not a linkage matrix.

    Source: Sokal & Rohlf, "The comparison of dendrograms by objective methods", 1962.
    """
    tree, order = as_tree(Z, "cophenetic"), leaves(Z)
    n, first = tree.n, starts(tree)
    result = np.empty(n * (n - 1) // 2)
    for (x, y), height in zip(tree.children.tolist(), tree.heights, strict=True):
        few, many = sorted((x, y), key=lambda cluster: tree.sizes[cluster])
        others = order[first[many] : first[many] + tree.sizes[many]]
        for sample in order[first[few] : first[few] + tree.sizes[few]]:
            result[condensed_index(sample, others, n)] = height
    return result


def cophenetic_correlation(Z: Any, X: Any, metric: Any = "euclidean") -> float:
    """Pearson's correlation of the samples' distances and the heights at which they are joined:
    how faithful the tree is. NaN where either are all the same.

    Args:
        Z: linkage matrix.
        X: the samples (n, features), or their distances (1-d, or `metric="precomputed"`).
        metric: as in `linkage`.

    Raises:
        DataError: Z is not a linkage matrix, or of another number of samples than X.
    """
    name = "cophenetic_correlation"
    heights, given = cophenetic(Z), as_distances(X, metric, name)
    distances = given.all(name)
    if len(distances) != len(heights):
        raise DataError(f"{name}: the tree has {len(Z) + 1} samples, X has {given.n}")
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (values - values.mean() for values in (heights, distances))
        x, y = x / np.abs(x).max(), y / np.abs(y).max()
        return float(x @ y / np.sqrt((x @ x) * (y @ y)))
