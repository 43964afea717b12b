"""How well two labellings of the same samples agree; names and values are scikit-learn's.

Labels are integers or strings; which name a cluster has does not matter, and -1 is a name like
any other. Counts are integers throughout, and their products Python's, which cannot overflow.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, issparse
from scipy.special import gammaln

from autograd_core import Tensor
from clustering.errors import DataError, DataTypeError
from clustering.validation import check_choice, check_number

__all__ = [
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "completeness_score",
    "contingency_matrix",
    "fowlkes_mallows_score",
    "homogeneity_completeness_v_measure",
    "homogeneity_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "pair_confusion_matrix",
    "purity_score",
    "rand_score",
    "v_measure_score",
]


class Counts(NamedTuple):
    """How many samples each pair of clusters shares; only pairs that share some are kept."""

    rows: np.ndarray
    columns: np.ndarray
    shared: np.ndarray
    true: np.ndarray
    pred: np.ndarray

    @property
    def total(self) -> int:
        return int(self.true.sum())

    @property
    def matched(self) -> bool:
        """Whether each cluster of one labelling is one of the other."""
        return len(self.shared) == len(self.true) == len(self.pred)


def as_labels(labels: Any, name: str, samples: int | None = None) -> np.ndarray:
    """Labels (samples,) as an array.

    Raises:
        DataError: not one axis, not `samples` of them, or NaN.
        DataTypeError: neither numbers nor strings.
    """
    values = np.asarray(labels.numpy() if isinstance(labels, Tensor) else labels)
    if values.ndim != 1 or (samples is not None and len(values) != samples):
        wanted = "1-d" if samples is None else f"of shape {(samples,)}"
        raise DataError(f"{name}: labels must be {wanted}, got shape {values.shape}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"{name}: labels contain NaN or infinity")
    if values.dtype.kind not in "biufUSO":
        raise DataTypeError(f"{name}: labels must be numbers or strings, got {values.dtype}")
    return values


def numbered(labels: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(the different labels in order, each sample's place among them)."""
    try:
        kinds, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise DataTypeError(f"{name}: labels are of different kinds: {error}") from error
    return kinds, codes


def count_pairs(labels_true: Any, labels_pred: Any, name: str) -> Counts:
    true, pred = as_labels(labels_true, name), as_labels(labels_pred, name)
    if len(true) != len(pred):
        raise DataError(
            f"{name}: labels_true and labels_pred must have the same length, got "
            f"{len(true)} and {len(pred)}"
        )
    kinds, row = numbered(true, name)
    others, column = numbered(pred, name)
    width = max(len(others), 1)
    pairs, shared = np.unique(row * width + column, return_counts=True)
    return Counts(
        pairs // width, pairs % width, shared.astype(np.int64),
        np.bincount(row, minlength=len(kinds)), np.bincount(column, minlength=len(others)),
    )  # fmt: skip


def contingency_matrix(
    labels_true: Any, labels_pred: Any, *, eps: Any = None, sparse: bool = False, dtype: Any = int
) -> Any:
    """How many samples each true cluster (row) shares with each predicted one (column).

    Args:
        eps: added to every entry; not if sparse.
        sparse: a SciPy CSR matrix instead of an array.

    Raises:
        DataError: labels of different lengths, not 1-d, NaN.
        DataTypeError: labels that are neither numbers nor strings.
    """
    name = "contingency_matrix"
    if eps is not None:
        check_number("eps", eps, name)
        if sparse:
            raise DataError(f"{name}: eps cannot be added to a sparse matrix; it fills every entry")
    counts = count_pairs(labels_true, labels_pred, name)
    shape = len(counts.true), len(counts.pred)
    matrix = csr_matrix((counts.shared.astype(dtype), (counts.rows, counts.columns)), shape=shape)
    if sparse:
        return matrix
    return matrix.toarray() if eps is None else matrix.toarray() + eps


# -- pairs of samples ----------------------------------------------------------------------------


def pair_confusion_matrix(labels_true: Any, labels_pred: Any) -> np.ndarray:
    """Ordered pairs of samples (2, 2): [together in pred or not] by [together in true or not].

    [[apart in both, only together in pred], [only together in true, together in both]].

    Source: Hubert & Arabie, "Comparing partitions", 1985.
    """
    (tn, fp), (fn, tp) = _pairs(labels_true, labels_pred, "pair_confusion_matrix")
    return np.array([[tn, fp], [fn, tp]], np.int64)


def _pairs(labels_true: Any, labels_pred: Any, name: str) -> tuple[tuple[int, int], ...]:
    counts = count_pairs(labels_true, labels_pred, name)
    both, true, pred = (
        int(np.dot(values, values)) for values in (counts.shared, counts.true, counts.pred)
    )
    fp, fn = pred - both, true - both
    return (counts.total**2 - fp - fn - both, fp), (fn, both - counts.total)


def rand_score(labels_true: Any, labels_pred: Any) -> float:
    """The share of pairs of samples on which both labellings agree, in [0, 1].

    Source: Rand, "Objective criteria for the evaluation of clustering methods", 1971.
    """
    (tn, fp), (fn, tp) = _pairs(labels_true, labels_pred, "rand_score")
    return (tn + tp) / (tn + fp + fn + tp) if fp or fn else 1.0


def adjusted_rand_score(labels_true: Any, labels_pred: Any) -> float:
    """`rand_score` adjusted for chance: 1 if equal, 0 on average if random, at least -0.5.

    Source: Hubert & Arabie, "Comparing partitions", 1985.
    """
    (tn, fp), (fn, tp) = _pairs(labels_true, labels_pred, "adjusted_rand_score")
    if not (fp or fn):
        return 1.0
    return 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def fowlkes_mallows_score(labels_true: Any, labels_pred: Any) -> float:
    """The geometric mean of precision and recall of pairs, in [0, 1]; 0 if no pair is together.

    Source: Fowlkes & Mallows, "A method for comparing two hierarchical clusterings", 1983.
    """
    (_, fp), (fn, tp) = _pairs(labels_true, labels_pred, "fowlkes_mallows_score")
    return sqrt(tp / (tp + fp)) * sqrt(tp / (tp + fn)) if tp else 0.0


def purity_score(labels_true: Any, labels_pred: Any) -> float:
    """The share of samples whose true label is the most frequent of their predicted cluster.

    It is 1 for clusters of one sample each: compare only equal numbers of clusters.

    Source: Manning, Raghavan & Schütze, "Introduction to Information Retrieval", 2008, 16.3.
    """
    counts = count_pairs(labels_true, labels_pred, "purity_score")
    most = np.zeros(len(counts.pred), np.int64)
    np.maximum.at(most, counts.columns, counts.shared)
    return int(most.sum()) / counts.total if counts.total else 1.0


# -- information ---------------------------------------------------------------------------------


def mutual_info_score(labels_true: Any, labels_pred: Any, *, contingency: Any = None) -> float:
    """The information (in nats) that one labelling has about the other.

    Args:
        contingency: a `contingency_matrix`, instead of labels.
    """
    if contingency is not None:
        return _mutual_information(_counts_of(contingency))
    return _mutual_information(count_pairs(labels_true, labels_pred, "mutual_info_score"))


def _counts_of(matrix: Any) -> Counts:
    name = "mutual_info_score"
    matrix = matrix.tocoo() if issparse(matrix) else np.asarray(matrix)
    if matrix.ndim != 2 or matrix.dtype.kind not in "iu":
        raise DataError(
            f"{name}: contingency must be a 2-d array of integers, got {matrix.dtype} of "
            f"shape {matrix.shape}"
        )
    matrix = csr_matrix(matrix, dtype=np.int64).tocoo()
    if matrix.nnz and matrix.data.min() < 0:
        raise DataError(f"{name}: contingency has negative entries")
    true, pred = (np.asarray(matrix.sum(axis=axis)).ravel() for axis in (1, 0))
    kept = matrix.data > 0
    rows, columns = matrix.row[kept], matrix.col[kept]
    return Counts(rows, columns, matrix.data[kept], true, pred)


def _mutual_information(counts: Counts) -> float:
    if not counts.total:
        return 0.0
    shared, n = counts.shared.astype(np.float64), float(counts.total)
    expected = counts.true[counts.rows] / n * counts.pred[counts.columns]
    return max(0.0, float(np.sum(shared / n * np.log(shared / expected))))


def _entropy(sizes: np.ndarray) -> float:
    shares = sizes / max(int(sizes.sum()), 1)
    return max(0.0, float(-np.sum(shares * np.log(shares))))


AVERAGES = {
    "arithmetic": lambda a, b: (a + b) / 2,
    "geometric": lambda a, b: sqrt(a * b),
    "min": min,
    "max": max,
}
"""How two entropies become the scale of the information they share."""


def normalized_mutual_info_score(
    labels_true: Any, labels_pred: Any, *, average_method: str = "arithmetic"
) -> float:
    """`mutual_info_score` divided by the `average_method` ("arithmetic", "geometric", "min",
    "max") of both entropies, in [0, 1]; not adjusted for chance.

    Source: Strehl & Ghosh, "Cluster ensembles", 2002.
    """
    name = "normalized_mutual_info_score"
    check_choice("average_method", average_method, AVERAGES, name)
    counts = count_pairs(labels_true, labels_pred, name)
    if len(counts.true) == len(counts.pred) <= 1:
        return 1.0
    information = _mutual_information(counts)
    if not information:
        return 0.0
    return information / AVERAGES[average_method](_entropy(counts.true), _entropy(counts.pred))


def adjusted_mutual_info_score(
    labels_true: Any, labels_pred: Any, *, average_method: str = "arithmetic"
) -> float:
    """Mutual information adjusted for chance: 1 if equal, 0 on average if random.

    The time is proportional to the samples times the different sizes of clusters.

    Source: Vinh, Epps & Bailey, "Information theoretic measures for clusterings comparison",
    2010.
    """
    name = "adjusted_mutual_info_score"
    check_choice("average_method", average_method, AVERAGES, name)
    counts = count_pairs(labels_true, labels_pred, name)
    if counts.matched:
        return 1.0
    if min(len(counts.true), len(counts.pred)) == 1:
        return 0.0
    expected = expected_mutual_information(counts.true, counts.pred)
    largest = AVERAGES[average_method](_entropy(counts.true), _entropy(counts.pred))
    room = largest - expected  # 0 where every labelling of these sizes is as good
    room = np.copysign(max(abs(room), np.finfo(float).eps), room)
    return float((_mutual_information(counts) - expected) / room)


def expected_mutual_information(true: np.ndarray, pred: np.ndarray) -> float:
    """The mean mutual information of random labellings with clusters of these sizes.

    The overlap of clusters of a and b samples among n is hypergeometric. Source: Vinh, Epps &
    Bailey, 2010, equation 24a.
    """
    n = int(true.sum())
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    few, often = np.unique(true, return_counts=True)
    many, how_often = np.unique(pred, return_counts=True)
    if len(few) > len(many):
        few, often, many, how_often = many, how_often, few, often
    total = 0.0
    for a, times in zip(few.tolist(), often.tolist(), strict=True):
        least, most = np.maximum(1, a + many - n), np.minimum(a, many)
        lengths = most - least + 1
        b, weight = np.repeat(many, lengths), np.repeat(how_often, lengths)
        first = np.repeat(np.cumsum(lengths) - lengths, lengths)
        overlap = np.repeat(least, lengths) + np.arange(len(b)) - first
        log_probability = (
            log_factorial[a] + log_factorial[n - a] - log_factorial[n]
            + log_factorial[b] + log_factorial[n - b]
            - log_factorial[overlap] - log_factorial[a - overlap]
            - log_factorial[b - overlap] - log_factorial[n - a - b + overlap]
        )  # fmt: skip
        information = overlap / n * np.log(n / a * (overlap / b))
        total += times * float(np.sum(weight * information * np.exp(log_probability)))
    return total


def homogeneity_completeness_v_measure(
    labels_true: Any, labels_pred: Any, *, beta: float = 1.0
) -> tuple[float, float, float]:
    """(homogeneity, completeness, V-measure), each in [0, 1].

    Homogeneous: each cluster has samples of one true label. Complete: the samples of a true label
    are in one cluster. The V-measure is their harmonic mean, completeness weighted by `beta`.

    Source: Rosenberg & Hirschberg, "V-measure", 2007.
    """
    return _v_measures(labels_true, labels_pred, beta, "homogeneity_completeness_v_measure")


def _v_measures(
    labels_true: Any, labels_pred: Any, beta: float, name: str
) -> tuple[float, float, float]:
    check_number("beta", beta, name, least=0)
    counts = count_pairs(labels_true, labels_pred, name)
    information = _mutual_information(counts)
    true, pred = _entropy(counts.true), _entropy(counts.pred)
    homogeneity = information / true if true else 1.0
    completeness = information / pred if pred else 1.0
    weighted = beta * homogeneity + completeness
    v = (1 + beta) * homogeneity * completeness / weighted if weighted else 0.0
    return homogeneity, completeness, v


def homogeneity_score(labels_true: Any, labels_pred: Any) -> float:
    """See `homogeneity_completeness_v_measure`."""
    return _v_measures(labels_true, labels_pred, 1.0, "homogeneity_score")[0]


def completeness_score(labels_true: Any, labels_pred: Any) -> float:
    """See `homogeneity_completeness_v_measure`."""
    return _v_measures(labels_true, labels_pred, 1.0, "completeness_score")[1]


def v_measure_score(labels_true: Any, labels_pred: Any, *, beta: float = 1.0) -> float:
    """See `homogeneity_completeness_v_measure`."""
    return _v_measures(labels_true, labels_pred, beta, "v_measure_score")[2]
