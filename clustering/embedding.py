"""Seeing data in few dimensions: principal components, Laplacian eigenmaps, t-SNE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self
from warnings import warn

import numpy as np

from clustering.base import Estimator
from clustering.errors import DataError, ParameterError
from clustering.spectral import affinity_of, components, per_root_degree, smallest, with_signs
from clustering.validation import as_data, check_choice, check_number, is_differentiated

__all__ = ["PCA", "SpectralEmbedding", "tsne"]


@dataclass(repr=False, eq=False)
class Embedding(Estimator):
    """Base class: estimators that place samples, and give them no labels."""

    kind: ClassVar[Any] = None

    @property
    def fit_predict(self) -> Any:
        raise AttributeError(f"{type(self).__name__} gives no labels")


@dataclass(repr=False, eq=False)
class PCA(Embedding):
    """Principal components: the orthogonal directions in which the data vary most.

    Args:
        n_components: how many; None: as many as there are (min(samples, features)); a number in
            (0, 1): as many as explain more than this share of the variance.
        whiten: divide the scores by their standard deviations.

    After `fit`: `components_` (n_components_, features), each with its largest entry positive;
    `explained_variance_`, `explained_variance_ratio_`, `singular_values_` (n_components_,);
    `mean_` (features,); `noise_variance_`, the mean of what is left out; `n_components_`,
    `n_samples_`.

    Raises:
        ParameterError: n_components is out of range.
        DataError: X is not a finite table of numbers with at least 2 samples.

    Source: Jolliffe, "Principal component analysis", 2002.
    """

    n_components: Any = None
    whiten: bool = False

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._data(X, fitting=True, minimum=2)
        n, most = len(X), min(X.shape)
        self._check_components(most)
        mean = X.mean(axis=0, dtype=np.float64)
        _, s, vh = np.linalg.svd(X - mean, full_matrices=False)
        top = np.abs(vh).argmax(axis=1)
        vh *= np.where(vh[np.arange(len(vh)), top] < 0, -1, 1)[:, None]
        variance = s * s / (n - 1)
        total = variance.sum()
        ratio = variance / total if total > 0 else np.zeros(len(s))
        k = most if self.n_components is None else self.n_components
        if isinstance(k, float | np.floating) and k < 1:
            k = min(int(np.searchsorted(np.cumsum(ratio), k, side="right")) + 1, most)
        k = int(k)
        self.n_components_, self.n_samples_ = k, n
        self.mean_, self.components_ = mean.astype(X.dtype), vh[:k].astype(X.dtype)
        self.explained_variance_ = variance[:k].astype(X.dtype)
        self.explained_variance_ratio_ = ratio[:k].astype(X.dtype)
        self.singular_values_ = s[:k].astype(X.dtype)
        self.noise_variance_ = float(variance[k:].mean()) if k < most else 0.0
        return self

    def _check_components(self, most: int) -> None:
        name, k = type(self).__name__, self.n_components
        if k is None:
            return
        if isinstance(k, float | np.floating) and 0 < k < 1:
            return
        check_number("n_components", k, name, least=0, most=most, whole=True)

    def transform(self, X: Any) -> Any:
        """The scores (rows, n_components_) of the rows of X: a Tensor if X is differentiated."""
        if is_differentiated(X):
            self._check_fitted()
        else:
            X = self._data(X)
        return (X - self.mean_) @ (self.components_.T / self._scale())

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """`fit`, then `transform`."""
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Any) -> Any:
        """The points (rows, features) that have these scores (rows, n_components_)."""
        name = f"{type(self).__name__}.inverse_transform"
        self._check_fitted()
        if not is_differentiated(X):
            X = as_data(X, name)
        if X.ndim != 2 or X.shape[1] != self.n_components_:
            raise DataError(
                f"{name}: expected scores of shape (rows, {self.n_components_}), got {X.shape}"
            )
        return X @ (self.components_ * self._scale()[:, None]) + self.mean_

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns that `transform` returns."""
        self._check_fitted()
        return np.asarray([f"pca{i}" for i in range(self.n_components_)], dtype=object)

    def _scale(self) -> np.ndarray:
        """What the scores are divided by; a direction without variance has scores 0 anyway."""
        if not self.whiten:
            return np.ones(self.n_components_, self.mean_.dtype)
        tiny = np.finfo(self.mean_.dtype).eps
        return np.maximum(np.sqrt(self.explained_variance_), tiny)


@dataclass(repr=False, eq=False)
class SpectralEmbedding(Embedding):
    """Laplacian eigenmaps: the smallest eigenvectors of the random walk's Laplacian, without the
    constant one, as coordinates of the samples.

    Args:
        n_components: how many coordinates.
        affinity: "nearest_neighbors", "rbf", "cosine", "precomputed", or a function of X that
            returns a graph.
        gamma: of "rbf"; None: 1 / features.
        n_neighbors: of "nearest_neighbors"; None: a tenth of the samples.
        threshold: of "cosine": cosines below it are not edges.

    If the graph is not connected (there is a warning), the largest component is at the origin
    and each of the others on an axis of its own, as far as there are any.

    After `fit`: `embedding_` (samples, n_components), each column with its largest entry
    positive; `affinity_matrix_`, `eigenvalues_`.

    Raises:
        ParameterError: a parameter is out of range.
        DataError: X is not a finite table of numbers, or no graph.

    Source: Belkin & Niyogi, "Laplacian eigenmaps for dimensionality reduction", 2003.
    """

    n_components: int = 2
    affinity: Any = "nearest_neighbors"
    gamma: Any = None
    n_neighbors: Any = None
    threshold: float = 0.0

    def fit(self, X: Any, y: Any = None) -> Self:
        name, k = type(self).__name__, self.n_components
        check_number("n_components", k, name, least=1, whole=True)
        W = self.affinity_matrix_ = affinity_of(self, X)
        if k >= W.shape[0]:
            raise ParameterError(
                f"{name}: n_components must be less than the number of samples, got {k} with "
                f"n_samples={W.shape[0]}"
            )
        found = components(W)
        if found.count > 1:
            warn(f"{name}: the graph has {found.count} components", stacklevel=2)
        values, basis = smallest(W, k + 1, "random walk", found)
        self.eigenvalues_ = values[1:]
        self.embedding_ = with_signs(per_root_degree(basis, W)[:, 1:])
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """`fit`, then the coordinates (samples, n_components)."""
        return self.fit(X).embedding_


def tsne(
    X: Any,
    n_components: int = 2,
    *,
    perplexity: float = 30.0,
    init: str = "pca",
    random_state: Any = 0,
    **options: Any,
) -> np.ndarray:
    """t-SNE coordinates (samples, n_components) of the rows of X, by scikit-learn's TSNE, which
    gets the other options too. The seed is fixed unless another is given.

    Raises:
        ImportError: scikit-learn is not installed.
        ParameterError: perplexity is not in (0, samples).

    Source: van der Maaten & Hinton, "Visualizing data using t-SNE", 2008.
    """
    data = as_data(X, "tsne", minimum=2)
    check_number("n_components", n_components, "tsne", least=1, whole=True)
    check_number("perplexity", perplexity, "tsne", above=0)
    check_choice("init", init, ("pca", "random"), "tsne")
    if perplexity >= len(data):
        raise ParameterError(
            f"tsne: perplexity must be less than the number of samples, got {perplexity:g} with "
            f"n_samples={len(data)}"
        )
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise ImportError("tsne needs scikit-learn: pip install 'autograd-core[data]'") from error
    maker = TSNE(
        n_components, perplexity=perplexity, init=init, random_state=random_state, **options
    )
    return maker.fit_transform(data)
