"""Nearest centres and sums of clusters; see `kernels.plain.centers`.

Inner loops run over centres, which the compiler vectorises without reordering any sum.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np
from numba import prange  # type: ignore

from clustering.kernels.blocks import row_blocks
from clustering.kernels.compiled.compiler import compiled, parallel

__all__ = [
    "cluster_sums",
    "gains",
    "move_closer",
    "own_distances",
    "reassign",
    "two_nearest",
]

ROWS = 512
"""Rows a thread takes at a time."""


def two_nearest(X, C, metric="sqeuclidean"):
    labels = np.empty(len(X), np.intp)
    nearest, second = np.empty(len(X)), np.empty(len(X))
    _two_nearest(X, np.ascontiguousarray(C.T), metric == "manhattan", labels, nearest, second)
    return labels, nearest, second


@compiled
def _two_smallest(distances):
    best, first, other = 0, np.inf, np.inf
    for c in range(len(distances)):
        d = distances[c]
        if d < first:
            best, first, other = c, d, first
        elif d < other:
            other = d
    return best, first, other


@parallel
def _two_nearest(X, CT, absolute, labels, nearest, second):
    n, (d, k) = len(X), CT.shape
    for block in prange((n + ROWS - 1) // ROWS):
        distances = np.empty(k)
        for i in range(block * ROWS, min(n, block * ROWS + ROWS)):
            distances[:] = 0.0
            for j in range(d):
                x = X[i, j]
                if absolute:
                    for c in range(k):
                        distances[c] += abs(x - CT[j, c])
                else:
                    for c in range(k):
                        distances[c] += (x - CT[j, c]) * (x - CT[j, c])
            labels[i], nearest[i], second[i] = _two_smallest(distances)


@parallel
def own_distances(X, C, labels):
    n, d = X.shape
    result = np.empty(n)
    for i in prange(n):
        total = 0.0
        for j in range(d):
            difference = X[i, j] - C[labels[i], j]
            total += difference * difference
        result[i] = total
    return result


def cluster_sums(X, weights, labels, k):
    blocks = np.array(row_blocks(len(X), k))
    sums, mass = np.zeros((len(blocks), k, X.shape[1])), np.zeros((len(blocks), k))
    if weights is None:
        _sums(X, labels, blocks, sums, mass)
    else:
        _weighted_sums(X, weights, labels, blocks, sums, mass)
    total, total_mass = np.zeros(sums.shape[1:]), np.zeros(k)
    for part, part_mass in zip(sums, mass, strict=True):
        total += part
        total_mass += part_mass
    return total, total_mass


@parallel
def _sums(X, labels, blocks, sums, mass):
    for block in prange(len(blocks)):
        for i in range(blocks[block, 0], blocks[block, 1]):
            c = labels[i]
            mass[block, c] += 1.0
            for j in range(X.shape[1]):
                sums[block, c, j] += X[i, j]


@parallel
def _weighted_sums(X, weights, labels, blocks, sums, mass):
    for block in prange(len(blocks)):
        for i in range(blocks[block, 0], blocks[block, 1]):
            c, w = labels[i], weights[i]
            mass[block, c] += w
            for j in range(X.shape[1]):
                sums[block, c, j] += X[i, j] * w


def gains(X, weights, candidates, labels, closest, gaps):
    blocks = np.array(row_blocks(len(X), 1))
    parts = np.zeros((len(blocks), len(candidates)))
    _gains(X, weights, candidates, labels, closest, gaps, blocks, parts)
    return parts.sum(axis=0)


@parallel
def _gains(X, weights, candidates, labels, closest, gaps, blocks, parts):
    for block in prange(len(blocks)):
        for i in range(blocks[block, 0], blocks[block, 1]):
            near, label = closest[i], labels[i]
            for c in range(len(candidates)):
                if 4 * near > gaps[c, label]:
                    distance = 0.0
                    for j in range(X.shape[1]):
                        difference = X[i, j] - candidates[c, j]
                        distance += difference * difference
                    if distance < near:
                        parts[block, c] += (near - distance) * weights[i]


@parallel
def move_closer(X, center, labels, closest, gaps, label):
    for i in prange(len(X)):
        if 4 * closest[i] > gaps[labels[i]]:
            distance = 0.0
            for j in range(X.shape[1]):
                difference = X[i, j] - center[j]
                distance += difference * difference
            if distance < closest[i]:
                labels[i], closest[i] = label, distance


def reassign(X, C, labels, upper, lower, move, others, half, slack):
    CT = np.ascontiguousarray(C.T)
    _reassign(X, CT, labels, upper, lower, move, others, half, slack)


@parallel
def _reassign(X, CT, labels, upper, lower, move, others, half, slack):
    n, (d, k) = len(X), CT.shape
    for block in prange((n + ROWS - 1) // ROWS):
        distances = np.empty(k)
        for i in range(block * ROWS, min(n, block * ROWS + ROWS)):
            label = labels[i]
            upper[i] += move[label]
            lower[i] -= others[label]
            bound = max(lower[i], half[label])
            if upper[i] + slack < bound:
                continue
            own = 0.0
            for j in range(d):
                own += (X[i, j] - CT[j, label]) * (X[i, j] - CT[j, label])
            upper[i] = np.sqrt(own)
            if upper[i] + slack < bound:
                continue
            distances[:] = 0.0
            for j in range(d):
                x = X[i, j]
                for c in range(k):
                    distances[c] += (x - CT[j, c]) * (x - CT[j, c])
            labels[i], first, second = _two_smallest(distances)
            upper[i], lower[i] = np.sqrt(first), np.sqrt(second)
