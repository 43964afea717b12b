"""Scores of a clustering from the data alone.

Names and values are scikit-learn's, with one difference: samples labelled -1 are noise (as
`DBSCAN` says), and are left out, with a warning that counts them. `noise=None` takes -1 for a
cluster like any other, as scikit-learn does.
"""

from __future__ import annotations

from math import sqrt
from typing import Any
from warnings import warn

import numpy as np

from clustering.distances import directions
from clustering.errors import DataError
from clustering.kernels import kernels
from clustering.kernels.plain.silhouette import CHUNK, by_blocks, by_totals
from clustering.metrics.external import as_labels, numbered
from clustering.validation import as_data, as_weights, check_choice, check_number, generator_of

__all__ = [
    "calinski_harabasz_score",
    "davies_bouldin_score",
    "inertia",
    "silhouette_samples",
    "silhouette_score",
]

EPS = np.finfo(np.float64).eps

METRICS = ("euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", "precomputed")
"""Distances that silhouettes are measured in."""


# -- silhouettes ---------------------------------------------------------------------------------


def silhouette_samples(
    X: Any, labels: Any, *, metric: str = "euclidean", noise: Any = -1
) -> np.ndarray:
    """(b - a) / max(a, b) of each sample (samples,), in [-1, 1]: a is its mean distance to the
    rest of its cluster, b to the nearest other cluster. 0 in a cluster of one, NaN for noise.

    Args:
        X: samples × features; distances between samples for the metric "precomputed".
        labels: (samples,).
        metric: "euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine" (1 - cos; a sample
            of length 0 has cosine 0 with every other) or "precomputed".
        noise: the label of samples that are in no cluster.

    The memory is linear in the samples; the time quadratic, but for "sqeuclidean" and "cosine",
    where it is samples × clusters.

    Raises:
        DataError: X is not a finite table, labels do not fit, or there are not between 2 and
            samples - 1 clusters.
        ParameterError: an unknown metric.

    Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of
    cluster analysis", 1987.
    """
    name = "silhouette_samples"
    X, rows, codes = _checked(X, labels, metric, noise, name)
    result = np.full(len(X), np.nan)
    result[rows] = _silhouettes(X, rows, codes, metric, name)
    return result


def silhouette_score(
    X: Any,
    labels: Any,
    *,
    metric: str = "euclidean",
    sample_size: int | None = None,
    random_state: Any = None,
    noise: Any = -1,
) -> float:
    """The mean of `silhouette_samples` over all samples but noise.

    Args:
        sample_size: score only this many samples, among themselves, drawn with `random_state`: a
            integer draws the same samples as in scikit-learn.

    Raises: as `silhouette_samples`, also of the samples that were drawn.
    """
    name = "silhouette_score"
    X, rows, codes = _checked(X, labels, metric, noise, name)
    _say_noise(len(X) - len(rows), len(X), noise, name)
    if sample_size is not None:
        check_number("sample_size", sample_size, name, least=1, whole=True)
        chosen = _permutation(len(rows), random_state, name)[:sample_size]
        rows, codes = rows[chosen], np.unique(codes[chosen], return_inverse=True)[1]
    return float(np.mean(_silhouettes(X, rows, codes, metric, name)))


def _permutation(count: int, random_state: Any, name: str) -> np.ndarray:
    random = generator_of(random_state, name)
    if isinstance(random_state, int | np.integer):
        return np.random.RandomState(random_state).permutation(count)
    return random.permutation(count)


def _checked(
    X: Any, labels: Any, metric: str, noise: Any, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X, the rows that are not noise, and the cluster of each of them."""
    check_choice("metric", metric, METRICS, name)
    X = as_data(X, name)
    if metric == "precomputed":
        if X.shape[0] != X.shape[1]:
            raise DataError(f"{name}: precomputed distances must be square, got shape {X.shape}")
        if X.diagonal().any() or X.min() < 0:
            raise DataError(f"{name}: precomputed distances must be >= 0, and 0 on the diagonal")
    return X, *_clusters(labels, len(X), noise, name)


def _clusters(labels: Any, samples: int, noise: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(rows that are not noise, the cluster of each of them, from 0)."""
    values = as_labels(labels, name, samples)
    kept = np.ones(samples, bool)
    if noise is not None:
        kept = np.asarray(values != noise, bool) & kept
    rows = np.flatnonzero(kept)
    return rows, numbered(values[rows], name)[1]


def _say_noise(count: int, samples: int, noise: Any, name: str) -> None:
    if count:
        warn(
            f"{name}: {count} of {samples} samples are labelled {noise!r} (noise) and left out; "
            "noise=None takes them for a cluster",
            stacklevel=3,
        )


def _check_count(codes: np.ndarray, name: str) -> int:
    clusters = int(codes.max(initial=-1)) + 1
    if not 2 <= clusters <= len(codes) - 1:
        raise DataError(
            f"{name}: found {clusters} cluster(s) of {len(codes)} samples. Number of labels is "
            f"{clusters}. Valid values are 2 to n_samples - 1 (inclusive)"
        )
    return clusters


def _silhouettes(
    X: np.ndarray, rows: np.ndarray, codes: np.ndarray, metric: str, name: str
) -> np.ndarray:
    """The silhouettes of some rows of X, among themselves."""
    clusters = _check_count(codes, name)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(clusters + 1))
    rows = rows[order]
    if metric == "precomputed":
        own, other = by_blocks(lambda part: np.asarray(X[rows[part]][:, rows], np.float64), starts)
    else:
        data = np.asarray(X[rows], np.float64)
        if metric == "cosine":
            own, other = _by_cosine(data, starts)
        else:
            _, exponent = np.frexp(np.abs(data).max())
            data = np.ldexp(data, -exponent)  # silhouettes have no unit; squares cannot overflow
            if metric == "sqeuclidean":
                own, other = _by_squares(data, starts)
            else:
                own, other = kernels().mean_distances(data, starts, metric)
    larger = np.maximum(own, other)
    values = np.where(larger > 0, (other - own) / np.where(larger > 0, larger, 1), 0.0)
    values[np.repeat(np.diff(starts) == 1, np.diff(starts))] = 0.0
    result = np.empty(len(values))
    result[order] = values
    return result


def _squares_to(data: np.ndarray, starts: np.ndarray) -> tuple[Any, int]:
    """The function that sums squared distances to each cluster, for `by_totals`, and its step.

    Around the mean c of m samples y: Σ |x - y|² = m |x - c|² + Σ |y - c|². A sum that is nothing
    but rounding is 0.
    """
    sizes = np.diff(starts)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    least = sizes * _rounding(data) ** 2
    data, means, _ = _means(data, codes)
    within = np.add.reduceat(kernels().own_distances(data, means, codes), starts[:-1])

    def totals(part: slice) -> np.ndarray:
        total = sizes * kernels().square_distances(data[part], means) + within
        return np.where(total > least, total, 0.0)

    return totals, max(1, CHUNK // len(sizes))


def _by_squares(data: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    totals, step = _squares_to(data, starts)
    return by_totals(totals, starts, step)


def _by_cosine(data: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 - cos of unit vectors is half their squared distance; vectors of length 0 lack ½ each."""
    data = directions(data)
    totals, step = _squares_to(data, starts)
    zero = np.asarray(~data.any(axis=1))
    zeros, sizes = np.add.reduceat(zero.astype(np.float64), starts[:-1]), np.diff(starts)
    codes = np.repeat(np.arange(len(sizes)), sizes)

    def with_zeros(part: slice) -> np.ndarray:
        total = (totals(part) + zeros + zero[part, None] * sizes) / 2
        rows = np.flatnonzero(zero[part])
        total[rows, codes[part][rows]] -= 1  # a sample is at distance 0 of itself
        return total

    return by_totals(with_zeros, starts, step)


# -- from the centres ----------------------------------------------------------------------------


def inertia(
    X: Any, labels: Any = None, centers: Any = None, *, sample_weight: Any = None, noise: Any = -1
) -> float:
    """The sum of squared distances of the samples to the centres of their clusters.

    Args:
        labels: (samples,); by default each sample belongs to its nearest centre.
        centers: (clusters, features), which labels are indices of; by default the means.
        sample_weight: (samples,).

    Raises:
        DataError: X is not a finite table, or labels, centres or weights do not fit; or neither
            labels nor centres are given.
    """
    name = "inertia"
    X = np.asarray(as_data(X, name), np.float64)
    weights = as_weights(sample_weight, len(X), name)
    if labels is None and centers is None:
        raise DataError(f"{name}: give labels, centers or both")
    if centers is not None:
        centers = np.asarray(as_data(centers, f"{name}: centers"), np.float64)
        if centers.shape[1] != X.shape[1]:
            raise DataError(f"{name}: X has {X.shape[1]} features, centers {centers.shape[1]}")
    if labels is None:
        shift = X.mean(axis=0)
        distances = kernels().two_nearest(X - shift, centers - shift)[1]
        return float(distances.sum() if weights is None else distances @ weights)
    rows, codes = _clusters(labels, len(X), noise, name)
    _say_noise(len(X) - len(rows), len(X), noise, name)
    weights = None if weights is None else weights[rows]
    if centers is None:
        X, centers, _ = _means(X[rows], codes, weights)
    else:
        codes = as_labels(labels, name)[rows]
        if codes.dtype.kind not in "iu" or np.any((codes < 0) | (codes >= len(centers))):
            raise DataError(f"{name}: labels must be integers from 0 to {len(centers) - 1}")
        X, codes = X[rows], codes.astype(np.intp)
    distances = kernels().own_distances(X, centers, codes)
    return float(distances.sum() if weights is None else distances @ weights)


def _means(
    X: np.ndarray, codes: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the rows moved to around 0, the means of their clusters, the clusters' mass)."""
    X = X - (X.mean(axis=0) if len(X) else 0.0)
    sums, mass = kernels().cluster_sums(X, weights, codes, int(codes.max(initial=-1)) + 1)
    return X, sums / np.where(mass > 0, mass, 1)[:, None], mass


def _spread(
    X: Any, labels: Any, noise: Any, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """(rows around 0, their clusters, the means, the sizes, the rounding of a distance)."""
    X = np.asarray(as_data(X, name), np.float64)
    rows, codes = _clusters(labels, len(X), noise, name)
    _say_noise(len(X) - len(rows), len(X), noise, name)
    _check_count(codes, name)
    rounding = _rounding(X)
    X, means, sizes = _means(X[rows], codes)
    return X, codes, means, sizes, rounding


def _rounding(X: np.ndarray) -> float:
    """What the distance of equal rows to their mean may be, because of rounding."""
    return 4 * EPS * sqrt(len(X)) * float(np.linalg.norm(np.abs(X).max(axis=0)))


def davies_bouldin_score(X: Any, labels: Any, *, noise: Any = -1) -> float:
    """The mean, over clusters, of the similarity of each to the one most similar to it; 0 is best.

    The similarity of two clusters is the sum of their mean distances to their means, divided by the
    distance of the means; clusters with the same mean are passed over.

    Raises: as `silhouette_samples`.

    Source: Davies & Bouldin, "A cluster separation measure", 1979.
    """
    X, codes, means, sizes, rounding = _spread(X, labels, noise, "davies_bouldin_score")
    own = np.sqrt(kernels().own_distances(X, means, codes))
    within = np.bincount(codes, own) / sizes
    apart = np.sqrt(kernels().square_distances(means, means))
    if within.max() <= rounding or apart.max() <= rounding:
        return 0.0
    apart[apart <= rounding] = np.inf
    return float(np.mean(np.max((within[:, None] + within) / apart, axis=1)))


def calinski_harabasz_score(X: Any, labels: Any, *, noise: Any = -1) -> float:
    """The variance between clusters divided by that within them, each by its degrees of freedom;
    larger is better. 1 if no cluster has any extent.

    Raises: as `silhouette_samples`.

    Source: Caliński & Harabasz, "A dendrite method for cluster analysis", 1974.
    """
    X, codes, means, sizes, rounding = _spread(X, labels, noise, "calinski_harabasz_score")
    within = float(np.sum(kernels().own_distances(X, means, codes)))
    if within <= len(X) * rounding**2:
        return 1.0
    between = float(sizes @ np.sum((means - X.mean(axis=0)) ** 2, axis=1))
    k = len(means)
    return between / within * (len(X) - k) / (k - 1)
