"""What is measured of `clustering`: the same task, on the same data, by each library.

A step is a whole fit, from data to labels. Kernels are compiled before the clock starts.
"""

# pyright: reportMissingImports=false
# (the peers are optional)

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

import clustering

Step = Callable[[], Any]


@cache
def blobs(n: int, d: int, clusters: int = 20, spread: float = 6.0) -> np.ndarray:
    random = np.random.default_rng(0)
    centers = random.normal(size=(clusters, d)) * spread
    return centers[random.integers(clusters, size=n)] + random.normal(size=(n, d))


def ours(name: str, data: np.ndarray, **settings: Any) -> Step:
    """Fit one of our estimators, or call one of our functions."""
    return using(getattr(clustering, name), data, **settings)


def sklearn(name: str, data: np.ndarray, **settings: Any) -> Step:
    from sklearn import cluster, metrics

    return using(getattr(cluster, name, None) or getattr(metrics, name), data, **settings)


def scipy_linkage(data: np.ndarray, method: str) -> Step:
    from scipy.cluster.hierarchy import linkage

    return lambda: linkage(data, method)


def fastcluster_linkage(data: np.ndarray, method: str) -> Step:
    from fastcluster import linkage_vector

    return lambda: linkage_vector(data, method)


def using(what: Any, data: np.ndarray, **settings: Any) -> Step:
    if isinstance(what, type):
        return lambda: what(**settings).fit(data)
    return lambda: what(data, **settings)


def both(name: str, data: Callable[[], np.ndarray], **settings: Any) -> dict[str, Any]:
    """The same name and settings in our package and in scikit-learn."""
    return {
        "ours": lambda: ours(name, data(), **settings),
        "scikit-learn": lambda: sklearn(name, data(), **settings),
    }


def from_the_same_start(d: int) -> dict[str, Any]:
    data = partial(blobs, 100_000, d, 64, 4.0)

    def builder(library: Callable[..., Step]) -> Callable[[], Step]:
        return lambda: library("KMeans", data(), n_clusters=64, init=data()[:64], n_init=1)

    return {"ours": builder(ours), "scikit-learn": builder(sklearn)}


def linkages(method: str) -> dict[str, Any]:
    data = partial(blobs, 10_000, 16)
    return {
        "ours": lambda: ours("linkage", data(), method=method),
        "scipy": lambda: scipy_linkage(data(), method),
        "fastcluster": lambda: fastcluster_linkage(data(), method),
    }


def silhouettes() -> dict[str, Any]:
    data = partial(blobs, 20_000, 16)

    def builder(library: Callable[..., Step]) -> Callable[[], Step]:
        labels = np.arange(20_000) % 20
        return lambda: library("silhouette_score", data(), labels=labels)

    return {"ours": builder(ours), "scikit-learn": builder(sklearn)}


CLUSTERING: dict[str, dict[str, Callable[[], Step]]] = {
    **{f"kmeans d={d}": from_the_same_start(d) for d in (2, 8, 32)},
    "kmeans++ d=32": both("KMeans", partial(blobs, 100_000, 32, 64, 4.0), n_clusters=64, n_init=1),
    **{
        f"dbscan d=2 eps={eps}": both("DBSCAN", partial(blobs, 50_000, 2, 20, 10.0), eps=eps)
        for eps in (0.1, 0.3, 1.0)
    },
    **{
        f"dbscan d=8 eps={eps}": both("DBSCAN", partial(blobs, 50_000, 8), eps=eps)
        for eps in (1.0, 1.5, 2.0)
    },
    "mean shift 5k": both("MeanShift", partial(blobs, 5_000, 2), bandwidth=2.0),
    **{f"{method} 10k": linkages(method) for method in ("single", "ward", "average", "complete")},
    "silhouette 20k": silhouettes(),
}
"""Each task's builders by library."""
