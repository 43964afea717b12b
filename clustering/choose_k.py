"""How many clusters: `choose_k` fits a range of K, scores each, and says which to take and why.

| method | score of K | the K chosen |
|---|---|---|
| elbow | inertia | the knee: farthest below the diagonal |
| silhouette | mean silhouette | the largest |
| gap | log inertia of uniform data minus that of the data | the first within one standard error of the next |
| cross_validation | squared distances of held-out samples | the knee |
| eigengap | smallest eigenvalues of a graph's Laplacian | the largest gap to the next |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any
from warnings import warn

import numpy as np

from autograd_core import LinAlgError
from autograd_core.extend import new_figure
from clustering.base import Estimator
from clustering.errors import DataError, ParameterError
from clustering.kernels import kernels
from clustering.kmeans import KMeans
from clustering.metrics import inertia, silhouette_score
from clustering.validation import as_data, check_choice, check_number, generator_of

__all__ = ["KChoice", "choose_k", "knee"]

NAME = "choose_k"

RUNS = 4
"""Runs of each fit where the estimator leaves their number open: one bad optimum makes a knee."""


@dataclass(repr=False, eq=False)
class KChoice:
    """What `choose_k` found: `k`, and the `table` it was chosen from.

    Attributes:
        method: the method's name.
        table: arrays by name, one entry for each K: "k", the score, and what belongs to it.
        score: the name of the score's column.
        k: the number of clusters chosen.
        rule: why, in words.
        estimator: fitted to all data with k clusters; None for "eigengap".
    """

    method: str
    table: dict[str, np.ndarray]
    score: str
    k: int
    rule: str
    estimator: Any = field(default=None)

    def __repr__(self) -> str:
        names = list(self.table)
        rows = [[f"{value:.6g}" for value in row] for row in zip(*self.table.values(), strict=True)]
        widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
        marks = ["" if k != self.k else f"  <- {self.rule}" for k in self.table["k"]]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + mark
            for row, mark in zip([names, *rows], ["", *marks], strict=True)
        ]
        return "\n".join([f"choose_k by {self.method}: {self.k} clusters", *lines])

    def plot(self, axes: Any = None) -> Any:
        """The score against K, with the choice marked; standard errors as bars.

        Args:
            axes: matplotlib's axes to draw on; a new figure's by default.

        Returns: the figure.

        Raises:
            UnsupportedError: matplotlib is not installed.
        """
        if axes is None:
            axes = new_figure(6, 4).subplots()
        ks, scores = self.table["k"], self.table[self.score]
        axes.errorbar(ks, scores, self.table.get("standard error"), marker="o", capsize=3)
        axes.axvline(self.k, color="0.6", linestyle="--", zorder=0)
        axes.plot(self.k, scores[ks == self.k][0], "o", color="C3", markersize=10, zorder=3)
        axes.set(xlabel="clusters K", ylabel=self.score)
        axes.set_title(f"K = {self.k}: {self.rule}", fontsize="medium", wrap=True)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        return axes.figure


def choose_k(
    X: Any,
    ks: Iterable[int] = range(1, 11),
    *,
    method: str = "elbow",
    estimator: Any = KMeans,
    random_state: Any = 0,
    folds: int = 5,
    references: int = 10,
    reference: str = "principal",
    sample_size: int | None = 10_000,
    affinity: Any = "nearest_neighbors",
    n_neighbors: int = 10,
) -> KChoice:
    """Fit each number of clusters in `ks`, and choose one.

    Args:
        X: samples × features; for "eigengap" with affinity="precomputed", samples × samples.
        ks: numbers of clusters to try.
        method: "elbow", "silhouette", "gap", "cross_validation" or "eigengap"; see the module.
        estimator: an estimator with the parameter n_clusters, or its class. Where it leaves
            n_init at "auto", each fit is the best of 4 runs.
        random_state: seed or generator for the fits, in place of the estimator's, and for
            whatever else is drawn.
        folds: "cross_validation": each fold is held out once.
        references: "gap": how many uniform data sets; more make the standard error smaller.
        reference: "gap": uniform in a box along the "principal" axes or along the "features".
        sample_size: "silhouette": score at most this many samples; None for all.
        affinity: "eigengap": "nearest_neighbors" (a graph of the n_neighbors nearest),
            "precomputed", or a function of X that returns a symmetric matrix of similarities.

    Raises:
        ParameterError: an option is out of range, or a K exceeds the samples there are.
        DataError: X is not a finite table of numbers, or no K can be scored.

    Sources: Satopaa et al., "Finding a 'kneedle' in a haystack", 2011; Rousseeuw, 1987;
    Tibshirani, Walther & Hastie, "Estimating the number of clusters in a data set via the gap
    statistic", 2001; von Luxburg, "A tutorial on spectral clustering", 2007, section 8.3.
    """
    check_choice("method", method, METHODS, NAME)
    X = as_data(X, NAME)
    counts = _counts(ks)
    random = generator_of(random_state, NAME)
    if method == "eigengap":
        check_number("n_neighbors", n_neighbors, NAME, least=1, whole=True)
        _check_counts(counts, len(X), "samples")
        values = laplacian_eigenvalues(similarities(X, affinity, n_neighbors), counts[-1] + 1)
        return eigengap(values, counts)
    if method in ("elbow", "cross_validation") and len(counts) < 3:
        raise ParameterError(f"{NAME}: a knee needs 3 or more numbers of clusters, got {counts}")
    fits = Fits(X, counts, estimator, random)
    if method == "elbow":
        return elbow(fits)
    if method == "silhouette":
        return silhouette(fits, sample_size)
    if method == "gap":
        check_number("references", references, NAME, least=1, whole=True)
        check_choice("reference", reference, ("principal", "features"), NAME)
        return gap(fits, references, reference == "principal")
    check_number("folds", folds, NAME, least=2, most=len(X), whole=True)
    return cross_validation(fits, folds)


def _counts(ks: Iterable[int]) -> list[int]:
    try:
        counts = [check_number("k", k, NAME, least=1, whole=True) for k in ks]
    except TypeError as error:
        raise ParameterError(f"{NAME}: ks must be integers, got {ks!r}") from error
    if not counts:
        raise ParameterError(f"{NAME}: ks is empty")
    return sorted({int(k) for k in counts})


def _check_counts(counts: list[int], most: int, what: str) -> None:
    if counts[-1] > most:
        raise ParameterError(f"{NAME}: k = {counts[-1]} clusters of {most} {what}")


class Fits:
    """Fits of one estimator with different numbers of clusters, each with a seed of its own."""

    def __init__(
        self, X: np.ndarray, counts: list[int], estimator: Any, random: np.random.Generator
    ) -> None:
        _check_counts(counts, len(X), "samples")
        self.X, self.counts, self.random = X, counts, random
        model = estimator() if isinstance(estimator, type) else estimator
        known = model.get_params() if hasattr(model, "get_params") else {}
        if "n_clusters" not in known:
            raise ParameterError(
                f"{NAME}: estimator must have the parameter n_clusters, got {estimator!r}"
            )
        self.kind, self.parameters = type(model), known
        if known.get("n_init") == "auto" and isinstance(model, Estimator):
            self.parameters = known | {"n_init": RUNS}
        self.seeds = random.integers(2**31, size=len(counts)).tolist()

    def __call__(self, k: int, X: np.ndarray | None = None) -> Any:
        """The estimator fitted with k clusters, to all data by default."""
        changed: dict[str, Any] = {"n_clusters": k}
        if "random_state" in self.parameters:
            changed["random_state"] = self.seeds[self.counts.index(k)]
        return self.kind(**(self.parameters | changed)).fit(self.X if X is None else X)

    def choice(self, method: str, columns: dict[str, Any], k: int, rule: str) -> KChoice:
        table = {"k": np.array(self.counts)}
        table |= {name: np.asarray(values, np.float64) for name, values in columns.items()}
        return KChoice(method, table, next(iter(columns)), k, rule, self(k))


# -- methods -------------------------------------------------------------------------------------


def knee(x: Any, y: Any) -> int | None:
    """The place of the knee of a falling curve: the point farthest below the diagonal.

    x is scaled to [0, 1], and so is y, from its minimum to its first value; for a curve that only
    falls, the diagonal is the chord from its first point to its last. None if no point lies below
    it: the curve is straight, flat, rises, or bends the other way.

    Raises:
        ParameterError: fewer than 3 points, not finite, or x does not increase.

    Source: Satopaa et al., 2011: the largest of their differences, for a curve known as a whole.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    fits = x.ndim == 1 and x.shape == y.shape and len(x) >= 3 and np.isfinite(y).all()
    if not fits or not (np.diff(x) > 0).all():
        raise ParameterError(
            "knee: expected 3 or more finite points with increasing x, got shapes "
            f"{x.shape}, {y.shape}"
        )
    fall = y[0] - y.min()
    if not fall > 0:
        return None
    below = (y[0] - y) / fall - (x - x[0]) / (x[-1] - x[0])
    best = int(below.argmax())
    return best if below[best] > 1e-9 else None


def _knee(fits: Fits, method: str, columns: dict[str, Any]) -> KChoice:
    place = knee(fits.counts, next(iter(columns.values())))
    if place is None:
        warn(
            f"{NAME}: the curve has no knee, so the fewest clusters are taken; try larger ks, or "
            "another method",
            stacklevel=4,
        )
        return fits.choice(method, columns, fits.counts[0], "no knee: the fewest")
    return fits.choice(method, columns, fits.counts[place], "the knee, farthest below the diagonal")


def elbow(fits: Fits) -> KChoice:
    return _knee(
        fits, "elbow", {"inertia": [_inertia(fits(k).labels_, fits.X) for k in fits.counts]}
    )


def _inertia(labels: np.ndarray, X: np.ndarray) -> float:
    return inertia(X, labels, noise=None)


def silhouette(fits: Fits, sample_size: int | None) -> KChoice:
    if sample_size is not None:
        check_number("sample_size", sample_size, NAME, least=3, whole=True)
    seed = int(fits.random.integers(2**31))  # the same samples for every K
    scores = []
    for k in fits.counts:
        labels = fits(k).labels_
        try:
            score = silhouette_score(
                fits.X, labels, sample_size=sample_size, random_state=seed, noise=None
            )
        except DataError:  # of one cluster, or as many as samples
            score = nan
        scores.append(score)
    if np.isnan(scores).all():
        raise DataError(
            f"{NAME}: no silhouette for any k: it needs 2 or more clusters, and fewer than samples"
        )
    best = fits.counts[int(np.nanargmax(scores))]
    return fits.choice("silhouette", {"silhouette": scores}, best, "the largest")


def gap(fits: Fits, references: int, principal: bool) -> KChoice:
    X = fits.X - fits.X.mean(axis=0, dtype=np.float64)
    axes = np.linalg.svd(X.T @ X)[0] if principal else np.eye(X.shape[1])
    placed = X @ axes
    low, high = placed.min(axis=0), placed.max(axis=0)
    logs = [_log_inertia(fits(k).labels_, fits.X) for k in fits.counts]
    uniform = np.empty((references, len(fits.counts)))
    for row in uniform:
        sample = fits.random.uniform(low, high, X.shape) @ axes.T
        row[:] = [_log_inertia(fits(k, sample).labels_, sample) for k in fits.counts]
    with np.errstate(invalid="ignore"):
        gaps = np.where(np.isneginf(logs), inf, uniform.mean(axis=0) - logs)
        errors = np.std(uniform, axis=0) * np.sqrt(1 + 1 / references)
    errors = np.where(np.isfinite(errors), errors, 0.0)
    columns = {"gap": gaps, "standard error": errors, "log inertia": logs}
    enough = np.flatnonzero(gaps[:-1] >= gaps[1:] - errors[1:])
    if len(enough):
        rule = "the first whose gap is within one standard error of the next"
        return fits.choice("gap", columns, fits.counts[int(enough[0])], rule)
    return fits.choice("gap", columns, fits.counts[-1], "the gap still grows: the most")


def _log_inertia(labels: np.ndarray, X: np.ndarray) -> float:
    """-inf where the inertia is nothing but rounding."""
    within = _inertia(labels, X)
    rounding = 1e-15 * float(np.linalg.norm(np.abs(X).max(axis=0)))
    return float(np.log(within)) if within > len(X) * rounding**2 else -inf


def cross_validation(fits: Fits, folds: int) -> KChoice:
    """Squared distances of each fold's samples to the nearest centre found from the others."""
    parts = np.array_split(fits.random.permutation(len(fits.X)), folds)
    _check_counts(fits.counts, len(fits.X) - len(parts[0]), "samples outside a fold")
    means = np.empty((folds, len(fits.counts)))
    for row, held_out in zip(means, parts, strict=True):
        rest = np.delete(fits.X, held_out, axis=0)
        for place, k in enumerate(fits.counts):
            fitted = fits(k, rest)
            centers = getattr(fitted, "cluster_centers_", None)
            if centers is None:
                centers = _means(rest, fitted.labels_)
            row[place] = inertia(fits.X[held_out], centers=centers) / len(held_out)
    columns = {
        "held-out squared distance": means.mean(axis=0),
        "standard error": means.std(axis=0, ddof=1) / np.sqrt(folds),
    }
    return _knee(fits, "cross_validation", columns)


def _means(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    kinds, codes = np.unique(labels, return_inverse=True)
    sums, mass = kernels().cluster_sums(np.asarray(X, np.float64), None, codes, len(kinds))
    return sums / mass[:, None]


# -- eigenvalues ---------------------------------------------------------------------------------


def eigengap(eigenvalues: Any, ks: Iterable[int] | None = None) -> KChoice:
    """The K with the largest gap between the K-th and the next of a Laplacian's eigenvalues.

    Args:
        eigenvalues: the smallest ones, increasing; at least one more than the largest K.
        ks: by default all there are eigenvalues for.

    Raises:
        DataError: not 1-d, not increasing, or too few.
        ParameterError: ks are not integers >= 1.

    Source: von Luxburg, "A tutorial on spectral clustering", 2007, section 8.3.
    """
    values = np.asarray(eigenvalues, np.float64)
    counts = _counts(range(1, values.size) if ks is None else ks)
    if values.ndim != 1 or len(values) <= counts[-1]:
        raise DataError(
            f"eigengap: {counts[-1]} clusters need {counts[-1] + 1} or more eigenvalues (1-d), got "
            f"shape {values.shape}"
        )
    if not (np.diff(values) >= -1e-9 * max(1.0, float(np.abs(values).max()))).all():
        raise DataError("eigengap: the eigenvalues must be finite and increase")
    k = np.array(counts)
    gaps = values[k] - values[k - 1]
    table = {"k": k, "eigenvalue": values[k - 1], "gap to the next": gaps}
    best = int(k[gaps.argmax()])
    return KChoice("eigengap", table, "eigenvalue", best, "the largest gap to the next")


def similarities(X: np.ndarray, affinity: Any, n_neighbors: int) -> Any:
    """A symmetric matrix of similarities, sparse for "nearest_neighbors"."""
    from scipy.sparse import csr_matrix
    from scipy.spatial import KDTree

    if not callable(affinity):
        check_choice("affinity", affinity, ("nearest_neighbors", "precomputed"), NAME)
    if affinity == "nearest_neighbors":
        width = min(n_neighbors, len(X) - 1) + 1
        _, nearest = KDTree(X).query(X, k=list(range(1, width + 1)))  # type: ignore
        rows = np.repeat(np.arange(len(X)), width)
        entries = np.ones(rows.size), (rows, nearest.ravel())
        graph = csr_matrix(entries, shape=(len(X), len(X)))
        return (graph + graph.T) / 2
    matrix = as_data(affinity(X) if callable(affinity) else X, f"{NAME}: affinity")
    symmetric = matrix.shape == matrix.T.shape and np.allclose(matrix, matrix.T)
    if matrix.shape != (len(X), len(X)) or not symmetric or matrix.min() < 0:
        raise DataError(
            f"{NAME}: affinities must be a symmetric matrix of {len(X)} x {len(X)} numbers >= 0, "
            f"got shape {matrix.shape}, the smallest {matrix.min():g}"
        )
    return matrix


def laplacian_eigenvalues(affinity: Any, count: int) -> np.ndarray:
    """The smallest eigenvalues (at most `count`) of I - D^-½ W D^-½, increasing, in [0, 2].

    Each connected part of the graph is taken by itself: its first is exactly 0, and an iteration
    cannot miss repeated ones. A sample with no similar one is a part of its own.

    Raises:
        LinAlgError: the iteration for the eigenvalues of a large graph did not converge.
    """
    from scipy.sparse import csr_matrix, diags_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import ArpackError, eigsh

    graph = csr_matrix(affinity)
    parts, part = connected_components(graph, directed=False)
    found = np.zeros(parts)
    for number in np.flatnonzero(np.bincount(part) > 1):
        rows = np.flatnonzero(part == number)
        block = graph[rows][:, rows]
        scale = diags_array(1 / np.sqrt(np.asarray(block.sum(axis=1)).ravel()))
        block, wanted = scale @ block @ scale, min(count, len(rows))
        if len(rows) <= max(500, 4 * wanted):
            largest = np.linalg.eigvalsh(block.toarray())[::-1][:wanted]
        else:
            start = np.random.default_rng(0).random(len(rows))
            try:
                values: Any = eigsh(block, wanted, which="LA", v0=start, return_eigenvectors=False)
            except ArpackError as error:
                raise LinAlgError(f"{NAME}: eigenvalues of the graph: {error}") from error
            largest = np.sort(values)[::-1]
        found = np.concatenate([found, np.maximum(1 - largest[1:], 0)])
    return np.sort(found)[:count]


METHODS = ("elbow", "silhouette", "gap", "cross_validation", "eigengap")
