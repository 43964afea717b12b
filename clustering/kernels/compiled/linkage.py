"""The merges of hierarchical clustering; see `kernels.plain.linkage`.

Slots whose cluster has gone are skipped, and thrown out when they are an eighth of all.
"""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import numpy as np

from clustering.kernels.compiled.compiler import compiled
from clustering.kernels.plain import linkage as plain
from clustering.kernels.plain.linkage import path_by_rows as path_by_rows

BLOCK = 512
"""Slots whose distances are found at a time: they stay in the nearest cache."""

joined = compiled(plain.joined)
updated = compiled(plain.updated)


def path(X):
    return _path(np.ascontiguousarray(X.T))


@compiled
def _path(XT):
    d, n = XT.shape
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    sample, nearest = np.arange(n), np.full(n, np.inf)
    distances, new = np.empty(BLOCK), XT[:, 0].copy()
    gone, width, current = 0, n, 0
    sample[0] = -1
    for step in range(n - 1):
        gone += 1
        if 8 * gone > width:
            kept = 0
            for i in range(width):
                if sample[i] >= 0:
                    sample[kept], nearest[kept] = sample[i], nearest[i]
                    for j in range(d):
                        XT[j, kept] = XT[j, i]
                    kept += 1
            width, gone = kept, 0
        best, first = -1, np.inf
        for start in range(0, width, BLOCK):
            m = min(BLOCK, width - start)
            distances[:m] = 0.0
            for j in range(d):
                x = new[j]
                for i in range(m):
                    distances[i] += (XT[j, start + i] - x) * (XT[j, start + i] - x)
            for i in range(m):
                nearest[start + i] = min(nearest[start + i], distances[i])
            for i in range(m):
                if nearest[start + i] < first and sample[start + i] >= 0:
                    best, first = start + i, nearest[start + i]
        pairs[step, 0], pairs[step, 1], heights[step] = current, sample[best], first
        current, sample[best] = sample[best], -1
        new[:] = XT[:, best]
    return pairs, heights


def ward_chain(X):
    return _ward_chain(np.ascontiguousarray(X.T))


@compiled
def _ward_chain(C):
    d, n = C.shape
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    slot, sizes, alive = np.arange(n), np.ones(n), np.ones(n, np.bool_)
    chain, length, gone, width = np.empty(n, np.intp), 0, 0, n
    distances, place, center = np.empty(BLOCK), np.empty(n, np.intp), np.empty(d)
    for step in range(n - 1):
        if 8 * gone > width:
            kept = 0
            for i in range(width):
                if alive[i]:
                    slot[kept], sizes[kept], place[i] = slot[i], sizes[i], kept
                    for j in range(d):
                        C[j, kept] = C[j, i]
                    kept += 1
            for i in range(length):
                chain[i] = place[chain[i]]
            alive[:kept] = True
            width, gone = kept, 0
        if length == 0:
            length, chain[0] = 1, 0
            while not alive[chain[0]]:
                chain[0] += 1
        while True:
            x = chain[length - 1]
            before = chain[length - 2] if length > 1 else -1
            center[:] = C[:, x]
            best, first, back = -1, np.inf, np.inf
            for start in range(0, width, BLOCK):
                m = min(BLOCK, width - start)
                distances[:m] = 0.0
                for j in range(d):
                    c = center[j]
                    for i in range(m):
                        distances[i] += (C[j, start + i] - c) * (C[j, start + i] - c)
                for i in range(m):
                    distances[i] *= sizes[x] * sizes[start + i] / (sizes[x] + sizes[start + i])
                for i in range(m):
                    if distances[i] < first and alive[start + i] and start + i != x:
                        best, first = start + i, distances[i]
                if start <= before < start + m:
                    back = distances[before - start]
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
        sizes[y], alive[x] = size, False
        gone += 1
    return pairs, heights


@compiled
def matrix_chain(D, method):
    n = len(D)
    pairs, heights = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    slot, sizes, alive = np.arange(n), np.ones(n), np.ones(n, np.bool_)
    chain, length, gone, width = np.empty(n, np.intp), 0, 0, n
    place = np.empty(n, np.intp)
    for step in range(n - 1):
        if 4 * gone > width:
            kept = 0
            for i in range(width):
                if alive[i]:
                    slot[kept], sizes[kept], place[kept] = slot[i], sizes[i], i
                    for k in range(length):
                        if chain[k] == i:
                            chain[k] = kept
                    kept += 1
            for i in range(kept):
                for j in range(kept):
                    D[i, j] = D[place[i], place[j]]
            alive[:kept] = True
            width, gone = kept, 0
        if length == 0:
            length, chain[0] = 1, 0
            while not alive[chain[0]]:
                chain[0] += 1
        while True:
            x = chain[length - 1]
            before = chain[length - 2] if length > 1 else -1
            best, first = -1, np.inf
            row = D[x]
            for i in range(width):
                if row[i] < first and alive[i] and i != x:
                    best, first = i, row[i]
            if length > 1 and row[before] <= first:
                break
            chain[length] = best
            length += 1
        length -= 2
        first = D[x, before]
        x, y = min(x, before), max(x, before)
        pairs[step, 0], pairs[step, 1], heights[step] = slot[x], slot[y], first
        alive[x] = False
        gone += 1
        for i in range(width):
            if alive[i] and i != y:
                D[y, i] = updated(method, D[x, i], D[y, i], first, sizes[x], sizes[y], sizes[i])
                D[i, y] = D[y, i]
        sizes[y] += sizes[x]
    return pairs, heights
