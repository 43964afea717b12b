"""Initial centres of k-means, by the names that `KMeans(init=...)` takes.

Each function takes centred data (n, d), sample weights (n,) or None, the number of clusters and a
generator, and returns centres (k, d).
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np

from clustering.kernels import kernels


def data_points(X: np.ndarray, weights: Any, k: int, random: np.random.Generator) -> np.ndarray:
    """k different samples, drawn in proportion to their weights."""
    p = None if weights is None else weights / weights.sum()
    if p is not None and np.count_nonzero(p) < k:
        p = None
    return X[random.choice(len(X), k, replace=False, p=p)]


def positions(X: np.ndarray, weights: Any, k: int, random: np.random.Generator) -> np.ndarray:
    """Positions drawn uniformly from the box around the data."""
    return random.uniform(X.min(axis=0), X.max(axis=0), (k, X.shape[1]))


def assignment(X: np.ndarray, weights: Any, k: int, random: np.random.Generator) -> np.ndarray:
    """The means of random clusters; each has at least one sample."""
    labels = np.concatenate([np.arange(k), random.integers(k, size=len(X) - k)])
    sums, mass = kernels().cluster_sums(X, weights, random.permutation(labels), k)
    return sums / np.where(mass > 0, mass, 1)[:, None]


def plus_plus(X: np.ndarray, weights: Any, k: int, random: np.random.Generator) -> np.ndarray:
    """Greedy k-means++: each centre is the best of a few samples drawn in proportion to their
    squared distance from the centres so far.

    Source: Arthur & Vassilvitskii, "k-means++: The advantages of careful seeding", 2007.
    """
    trials = 2 + int(log(k))
    w = np.ones(len(X)) if weights is None else weights
    chosen = [int(random.choice(len(X), p=w / w.sum()))]
    labels = np.zeros(len(X), np.intp)
    closest = kernels().own_distances(X, X[chosen], labels)
    for _ in range(1, k):
        cumulative = np.cumsum(closest * w)
        if not cumulative[-1] > 0:  # fewer different samples than clusters: repeat some
            chosen.append(int(random.integers(len(X))))
            continue
        drawn = np.searchsorted(cumulative, random.random(trials) * cumulative[-1], side="right")
        drawn = np.minimum(drawn, len(X) - 1)
        gaps = kernels().square_distances(X[drawn], X[chosen])
        gains = kernels().gains(X, w, X[drawn], labels, closest, gaps)
        best = int(gains.argmax())
        kernels().move_closer(X, X[drawn[best]], labels, closest, gaps[best], len(chosen))
        chosen.append(int(drawn[best]))
    return X[chosen]


def parallel(X: np.ndarray, weights: Any, k: int, random: np.random.Generator) -> np.ndarray:
    """k-means‖: a few rounds that each draw about 2k samples at once, then `plus_plus` among them.

    Source: Bahmani et al., "Scalable k-means++", 2012.
    """
    w = np.ones(len(X)) if weights is None else weights
    candidates = X[[random.choice(len(X), p=w / w.sum())]]
    for _ in range(5):
        closest = kernels().two_nearest(X, candidates)[1] * w
        total = closest.sum()
        if not total > 0:
            break
        drawn = random.random(len(X)) * total < 2 * k * closest
        candidates = np.concatenate([candidates, X[drawn]])
    if len(candidates) <= k:
        return plus_plus(X, weights, k, random)
    mass = np.bincount(kernels().two_nearest(X, candidates)[0], w, len(candidates))
    return plus_plus(candidates, mass, k, random)


INITS = {
    "k-means++": plus_plus,
    "k-means||": parallel,
    "random": data_points,
    "positions": positions,
    "assignment": assignment,
}
