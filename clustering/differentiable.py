"""Clustering objectives as functions of Tensors, Duals or arrays.

What is constant in a derivative (labels, the target of DEC) is said where it is. Derivatives are
finite where samples coincide with each other or with a centre, where a vector is zero and where a
cluster is empty.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from autograd_core import Array, general, log_softmax, logsumexp, softmax, xlogy
from autograd_core.extend import value_of
from clustering.distances import directions
from clustering.errors import DataError, ParameterError
from clustering.kernels import kernels
from clustering.seeding import plus_plus
from clustering.validation import (
    FLOATS,
    as_numbers,
    check_choice,
    check_finite,
    check_number,
    generator_of,
)

__all__ = [
    "annealing",
    "dec_objective",
    "free_energy",
    "gaussian_mean_shift",
    "hard_inertia",
    "soft_assignment",
    "soft_inertia",
    "soft_kmeans",
    "soft_silhouette",
    "student_t_assignment",
    "target_distribution",
]

METRICS = ("euclidean", "sqeuclidean", "cosine")


# -- distances -----------------------------------------------------------------------------------


def _towards(g, x, c):
    return 2 * (np.sum(g, axis=1)[:, None] * x - g @ c)


def _along(t, x, c):
    return 2 * (np.sum(t * x, axis=1)[:, None] - t @ c.T)


@general(
    (lambda g, x, c: _towards(g, x, c), lambda g, x, c: _towards(g.T, c, x)),
    (lambda t, x, c: _along(t, x, c), lambda t, x, c: _along(t, c, x).T),
    text=("2 * (sum(g) * x - g @ c)", "2 * (sum(g) * c - g.T @ x)"),
)
def square_distances(x, c):
    """Squared distances (n, k) of the rows of x (n, d) and c (k, d).

    The differences are never held, nor is a square made of a product that cancels.
    """
    return cdist(x, c, "sqeuclidean").astype(np.result_type(x, c), copy=False)


def root(squares: Any) -> Any:
    """√, with derivative 0 at 0: at coincident points the distance has a kink."""
    apart = value_of(squares) > 0
    return np.where(apart, np.sqrt(np.where(apart, squares, 1)), 0)


def distances(X: Any, Y: Any, metric: str) -> Any:
    """(rows of X, rows of Y). A row of zeros has cosine 0 with every row, and gradient 0."""
    if metric == "cosine":
        return 1 - directions(X) @ directions(Y).T
    middle = np.mean(value_of(X), axis=0)  # distances stay, products in the derivatives cannot
    squares = square_distances(X - middle, Y - middle)  # cancel far from the origin
    return root(squares) if metric == "euclidean" else squares


def _table(name: str, what: str, values: Any, columns: int | None = None) -> Any:
    """`values` as a finite floating table; a Tensor or Dual stays one.

    Raises:
        DataError: it is not a table, it is empty, or it has another number of columns.
        DataTypeError: it is sparse or not of numbers.
    """
    value = as_numbers(value_of(values), f"{name}: {what}")
    if value.ndim != 2 or not value.size:
        raise DataError(
            f"{name}: expected {what} (rows, features), not empty, got shape {value.shape}"
        )
    if columns is not None and value.shape[1] != columns:
        raise DataError(f"{name}: {what} has {value.shape[1]} features, the data {columns}")
    check_finite(value, f"{name}: {what}")
    values = values if isinstance(values, Array) else value
    return values if value.dtype in FLOATS else values.astype(np.float64)


def _tables(name: str, X: Any, centers: Any) -> tuple[Any, Any]:
    X = _table(name, "X", X)
    return X, _table(name, "centers", centers, X.shape[1])


def _positive(name: str, what: str, value: Any, X: Any) -> Any:
    """A setting that may be differentiated; it must be a number > 0, in the dtype of X too, where
    its reciprocal must not overflow."""
    number = value_of(value)
    single = isinstance(number, np.ndarray) and number.ndim == 0
    check_number(
        what, number.item() if single else number, name, least=float(np.finfo(X.dtype).tiny)
    )
    return value


# -- k-means -------------------------------------------------------------------------------------


def hard_inertia(X: Any, centers: Any) -> Any:
    """Σ |x - its nearest centre|² of samples X (n, d) and centres (k, d): the objective of k-means.

    Labels are constant in the derivative, which is exact wherever they are unique (envelope
    theorem); of equally near centres the first gets it all. A centre that no sample is nearest to
    has gradient 0.

    Raises:
        DataError: X and centers are not finite tables with as many features.
    """
    X, centers = _tables("hard_inertia", X, centers)
    x, c = (np.asarray(value_of(value), np.float64) for value in (X, centers))
    middle = x.mean(axis=0)
    offset = X - centers[kernels().two_nearest(x - middle, c - middle)[0]]
    return np.sum(offset * offset)


def _logits(squares: Any, temperature: Any) -> Any:
    """-d² / T, up to what a row has in common: the nearest has 0 however small T is."""
    with np.errstate(over="ignore"):
        return (np.min(value_of(squares), axis=1, keepdims=True) - squares) / temperature


def soft_assignment(
    X: Any, centers: Any, temperature: Any = 1.0, *, metric: str = "sqeuclidean"
) -> Any:
    """softmax(-distance / temperature) over the centres: how much each sample (n, d) belongs to
    each centre (k, d); (n, k), with rows that sum to 1.

    Towards temperature 0 it is all with the nearest centre, in equal parts if there are several.

    Args:
        metric: "sqeuclidean" (responsibilities under Gaussians of variance temperature / 2),
            "euclidean" or "cosine" (1 - cos; a row of zeros has cosine 0 with every centre).

    Raises:
        DataError: X and centers are not finite tables with as many features.
        ParameterError: the temperature is not > 0, or an unknown metric.
    """
    name = "soft_assignment"
    X, centers = _tables(name, X, centers)
    check_choice("metric", metric, METRICS, name)
    _positive(name, "temperature", temperature, X)
    return softmax(_logits(distances(X, centers, metric), temperature))


def soft_inertia(X: Any, centers: Any, temperature: Any = 1.0) -> Any:
    """Σ r |x - c|² over samples and centres, with r the `soft_assignment`: `hard_inertia` from
    above, which it reaches towards temperature 0.

    Raises: as `soft_assignment`.
    """
    name = "soft_inertia"
    X, centers = _tables(name, X, centers)
    _positive(name, "temperature", temperature, X)
    squares = distances(X, centers, "sqeuclidean")
    return np.sum(softmax(_logits(squares, temperature)) * squares)


def free_energy(X: Any, centers: Any, temperature: Any = 1.0) -> Any:
    """-T Σ log Σ exp(-|x - c|² / T), samples outside, centres inside: `hard_inertia` from below,
    which it reaches towards temperature T = 0.

    Its derivative by a squared distance is the `soft_assignment`, so that the weighted means of
    `soft_kmeans` are where its gradient is 0.

    Raises: as `soft_assignment`.

    Source: Rose, "Deterministic annealing for clustering, compression, classification,
    regression, and related optimization problems", 1998, eq. 10.
    """
    name = "free_energy"
    X, centers = _tables(name, X, centers)
    _positive(name, "temperature", temperature, X)
    squares = distances(X, centers, "sqeuclidean")
    nearest = np.min(value_of(squares), axis=1)
    return np.sum(nearest - temperature * logsumexp(_logits(squares, temperature), axis=1))


PUSH = 1e-5
"""How far `soft_kmeans` pushes centres when it gets colder, in standard deviations of the data."""


def annealing(start: float, stop: float, steps: int, *, kind: str = "geometric") -> np.ndarray:
    """Temperatures (steps,) that fall from start to stop, by a factor ("geometric") or an amount
    ("linear") that is the same in each step.

    Raises:
        ParameterError: not start >= stop > 0, steps is not an integer >= 1, or an unknown kind.
    """
    name = "annealing"
    check_number("stop", stop, name, above=0)
    check_number("start", start, name, least=stop)
    check_number("steps", steps, name, least=1, whole=True)
    check_choice("kind", kind, ("geometric", "linear"), name)
    return (np.geomspace if kind == "geometric" else np.linspace)(start, stop, steps)


class SoftKMeans(NamedTuple):
    """Centres (k, d), the assignment to them (n, k), (temperature, free energy) of each step."""

    centers: Any
    assignment: Any
    history: list[tuple[float, float]]


def soft_kmeans(
    X: Any,
    n_clusters: int,
    *,
    temperatures: Any = None,
    steps: int = 10,
    init: Any = None,
    random_state: Any = None,
) -> SoftKMeans:
    """Soft k-means with deterministic annealing: at each temperature, `steps` times, centres move
    to the means of the samples weighted by `soft_assignment`.

    A step never raises the `free_energy` at its temperature. Before the first at a lower one,
    centres are pushed apart by a hair's breadth (always the same one): those that were drawn
    together while it was hot would never part again. Of a Tensor that is differentiated,
    centres and assignment are differentiable, through all steps.

    Args:
        X: samples (n, d).
        temperatures: from hot to cold. By default 15, from 2 λ, above which the mean of all samples
            is the only place for a centre (λ: the largest eigenvalue of their covariance), to a
            thousandth of it: nearly hard.
        init: first centres (n_clusters, d); by default drawn by k-means++ with `random_state`.

    A centre that no sample belongs to stays where it is.

    Raises:
        DataError: X or init is not a finite table of the right shape.
        ParameterError: fewer samples than clusters, or a parameter is out of range.

    Source: Rose, as in `free_energy`.
    """
    name = "soft_kmeans"
    X = _table(name, "X", X)
    value = np.asarray(value_of(X), np.float64)
    check_number("n_clusters", n_clusters, name, least=1, most=len(value), whole=True)
    check_number("steps", steps, name, least=1, whole=True)
    if init is None:
        middle = value.mean(axis=0)
        init = middle + plus_plus(
            value - middle, None, n_clusters, generator_of(random_state, name)
        )
        init = init.astype(X.dtype)
    centers = _table(name, "init", init, X.shape[1])
    if len(centers) != n_clusters:
        raise DataError(f"{name}: init has {len(centers)} centres, expected {n_clusters}")
    if temperatures is None:
        hot = 2 * float(np.linalg.norm(value - value.mean(axis=0), 2)) ** 2 / len(value)
        temperatures = annealing(hot, hot / 1000, 15) if hot > 0 else [1.0]
    temperatures = [
        float(_positive(name, "temperature", t, X)) for t in np.ravel(value_of(temperatures))
    ]
    if not temperatures:
        raise ParameterError(f"{name}: there are no temperatures")
    history, before = [], temperatures[0]
    push = PUSH * np.random.default_rng(0).normal(size=centers.shape).astype(X.dtype) * np.std(X)
    for temperature in temperatures:
        if temperature < before:
            centers = centers + push
        before = temperature
        for _ in range(steps):
            energy = free_energy(value_of(X), value_of(centers), temperature)
            history.append((temperature, float(energy)))
            assignment = softmax(_logits(distances(X, centers, "sqeuclidean"), temperature))
            mass = np.sum(assignment, axis=0)[:, None]
            some = value_of(mass) > 0
            means = (assignment.T @ X) / np.where(some, mass, 1)
            centers = np.where(some, means, centers)
    return SoftKMeans(centers, soft_assignment(X, centers, temperatures[-1]), history)


# -- deep embedded clustering --------------------------------------------------------------------


def _student_logits(Z: Any, centers: Any, alpha: Any) -> Any:
    squares = distances(Z, centers, "sqeuclidean")
    return np.log1p(squares / alpha) * (-(alpha + 1) / 2)


def student_t_assignment(Z: Any, centers: Any, alpha: Any = 1.0) -> Any:
    """q (n, k), proportional to (1 + |z - c|² / alpha)^(-(alpha + 1) / 2): how much each embedded
    sample z of Z (n, d) belongs to each centre c (k, d). Rows sum to 1.

    Raises:
        DataError: Z and centers are not finite tables with as many features.
        ParameterError: alpha is not > 0.

    Source: Xie, Girshick & Farhadi, "Unsupervised deep embedding for clustering analysis", 2016,
    eq. 1.
    """
    name = "student_t_assignment"
    Z, centers = _tables(name, Z, centers)
    return softmax(_student_logits(Z, centers, _positive(name, "alpha", alpha, Z)))


def target_distribution(q: Any) -> Any:
    """p (n, k), proportional in each row to q² / f with f the cluster's sum of q: the assignment q
    made more certain, and large clusters lighter. A cluster of sum 0 stays empty.

    Raises:
        DataError: q is not a table of numbers >= 0.

    Source: Xie et al., as `student_t_assignment`, eq. 3.
    """
    name = "target_distribution"
    q = _table(name, "q", q)
    if value_of(q).min() < 0:
        raise DataError(f"{name}: q must be >= 0")
    mass = np.sum(q, axis=0)
    weight = q * (q / np.where(value_of(mass) > 0, mass, 1))
    total = np.sum(weight, axis=1, keepdims=True)
    return weight / np.where(value_of(total) > 0, total, 1)


def dec_objective(Z: Any, centers: Any, target: Any = None, alpha: Any = 1.0) -> Any:
    """KL(p | q) = Σ p log(p / q), over samples and clusters, of q the `student_t_assignment`: what
    deep embedded clustering minimises.

    Args:
        target: p (n, k); by default the `target_distribution` of q, a constant in the derivative.

    Raises: as `student_t_assignment`; DataError if the target has another shape, or negative
    entries.

    Source: Xie et al., as `student_t_assignment`, eq. 2.
    """
    name = "dec_objective"
    Z, centers = _tables(name, Z, centers)
    log_q = log_softmax(_student_logits(Z, centers, _positive(name, "alpha", alpha, Z)))
    p = target_distribution(np.exp(value_of(log_q))) if target is None else target
    p = _table(name, "target", p)
    if p.shape != log_q.shape or value_of(p).min() < 0:
        raise DataError(
            f"{name}: target must be {log_q.shape} (samples, clusters) and >= 0, got {p.shape}"
        )
    return np.sum(xlogy(p, p) - p * log_q)


# -- silhouette ----------------------------------------------------------------------------------


def soft_silhouette(X: Any, assignment: Any, *, metric: str = "euclidean") -> Any:
    """The silhouette of samples X (n, d) that belong to clusters in parts, assignment (n, k).

    As the cluster of a sample each is taken in turn: with a its mean distance to that cluster and b
    to the nearest other, weighted by how much the other samples belong there, (b - a) / max(a, b)
    counts as much as the sample belongs to it. For an assignment of 0 and 1 it is
    `silhouette_score`, with 0 for clusters of one. Differentiable by both; larger is better.

    Args:
        metric: "euclidean", "sqeuclidean" or "cosine".

    The memory is n² + n k².

    Metric learning: weights of the features under which known clusters stand apart; k-means of
    X * weights then finds them in other samples.

    >>> from autograd_core import grad
    >>> X = np.array([[0, 9.0], [1, 0], [8, 9], [9, 0]])  # the first column knows the clusters
    >>> known = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    >>> weights = np.ones(2)
    >>> for _ in range(30):
    ...     weights = weights + grad(lambda w: soft_silhouette(X * w, known))(weights)
    >>> bool(weights[0] > 2 * abs(weights[1]))
    True

    Raises:
        DataError: X is not a finite table, or the assignment is not (n, k >= 2), >= 0.
        ParameterError: an unknown metric.

    Source: Vardakas, Papakostas & Likas, "Deep clustering using the soft silhouette score: towards
    compact and well-separated clusters", 2024.
    """
    name = "soft_silhouette"
    check_choice("metric", metric, METRICS, name)
    X, q = _table(name, "X", X), _table(name, "assignment", assignment)
    n, k = q.shape
    if n != len(X) or k < 2 or value_of(q).min() < 0:
        raise DataError(
            f"{name}: expected an assignment ({len(X)}, at least 2) of numbers >= 0, got {q.shape}"
        )
    others = 1 - np.eye(n, dtype=X.dtype)
    mass = others @ q  # without the sample itself
    some = value_of(mass) > 0
    a = (distances(X, X, metric) * others) @ q / np.where(some, mass, 1)
    far = np.where(some, a, np.inf)
    b = np.min(np.where(np.eye(k, dtype=bool), np.inf, far[:, None, :]), axis=2)
    defined = some & np.isfinite(value_of(b))
    a, b = np.where(defined, a, 0), np.where(defined, b, 0)
    larger = np.maximum(a, b)
    scores = (b - a) / np.where(value_of(larger) > 0, larger, 1)
    return np.sum(q * scores) / n


# -- mean shift ----------------------------------------------------------------------------------


def gaussian_mean_shift(X: Any, bandwidth: Any, steps: int = 10, *, blurring: bool = False) -> Any:
    """The samples X (n, d) after `steps` steps of Gaussian mean shift, differentiable through all
    of them, by X and the bandwidth.

    Args:
        bandwidth: standard deviation of the window.
        blurring: whether the windows move too: each step is then among the moved samples, which
            gather in points (Fukunaga & Hostetler, 1975). Otherwise they climb to modes of X.

    `gaussian_modes` has the derivative of the limit, whatever the number of steps.

    Raises:
        DataError: X is not a finite table.
        ParameterError: the bandwidth is not > 0, or steps is not an integer >= 0.
    """
    name = "gaussian_mean_shift"
    X = _table(name, "X", X)
    _positive(name, "bandwidth", bandwidth, X)
    check_number("steps", steps, name, least=0, whole=True)
    points = X
    for _ in range(steps):
        windows = points if blurring else X
        squares = distances(points, windows, "sqeuclidean")
        points = softmax(_logits(squares, 2 * bandwidth) / bandwidth) @ windows
    return points
