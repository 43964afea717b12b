"""Deep embedded clustering: an autoencoder learns where to put the samples, k-means finds centres
there, and both move on together.

`nn` is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from warnings import warn

import numpy as np
from scipy.spatial import KDTree

from autograd_core import Tensor, as_tensor, no_grad
from clustering.base import Estimator
from clustering.differentiable import dec_objective, student_t_assignment, target_distribution
from clustering.errors import ConvergenceWarning, DataError, ParameterError
from clustering.kmeans import KMeans
from clustering.validation import check_choice, check_number, generator_of, is_differentiated

__all__ = ["DeepClustering"]

NEGATIVES = 5
"""Pairs that are pushed apart for each pair of neighbours that is pulled together."""

NEAR = 1e-3
"""Squared distance from which on pairs are no longer pushed apart harder; as in UMAP."""

BLOCK = 4096
"""Samples embedded at a time."""


class Epoch(NamedTuple):
    """Means over the samples in one pass: of squared errors of the reconstruction per feature, of
    what else is minimised, and how many labels changed (in part 2)."""

    phase: str
    reconstruction: float
    objective: float
    changed: int | None


@dataclass(repr=False, eq=False)
class DeepClustering(Estimator):
    """Clusters in the code of an autoencoder that learns to have clusters.

    1. The autoencoder learns to reconstruct the samples, and to have nearest neighbours next to
       each other: pairs of neighbours count log(1 + d²), random pairs log(1 + 1 / d²), where d is
       their distance in the code.
    2. From the centres of k-means in the code, encoder and centres minimise `dec_objective`; under
       "idec" the decoder takes part, with the reconstruction as a second term.

    Args:
        n_clusters: how many.
        autoencoder: (encoder, decoder), modules of `nn` from features to code and back, or one
            module with these attributes. Copies are trained, from the weights as they are. By
            default multilayer perceptrons with ReLU.
        hidden_sizes: of the default encoder's layers; the decoder's are the same, reversed.
        n_components: the size of the default code.
        method: "dec" (the encoder alone after part 1) or "idec".
        gamma: "idec" minimises reconstruction + gamma * divergence.
        neighbors: how many nearest neighbours of a sample take part in part 1; 0: none, a plain
            autoencoder as in the papers of DEC and IDEC.
        alpha: degrees of freedom of the Student-t assignment.
        pretrain_epochs: passes in part 1.
        max_iter: passes in part 2 at most.
        update_interval: passes between new targets in part 2.
        tol: part 2 ends when a smaller share of labels than this changed between two targets.
        batch_size: samples in a step.
        learning_rate: of Adam.
        optimizer: in place of Adam: a function of a list of parameters.
        random_state: seed or generator; of weights, batches and k-means.
        callback: called with each `Epoch`.

    After `fit`: `labels_` (samples,); `cluster_centers_` (n_clusters, code); `encoder_`,
    `decoder_`; `history_`, a list of `Epoch`; `n_iter_`, the passes of part 2; `converged_`.

    Samples are moved to mean 0 and divided by one number, so that they have mean square 1; features
    keep their proportions. Training is in float32. What it gave is in float64 afterwards, so that
    a sample's label does not depend on which others are passed with it.

    Raises:
        ParameterError: a parameter is out of range, or there are fewer samples than clusters.
        DataError: X is not a finite table of numbers, or does not go through the autoencoder.
        NonFiniteLossError (of `nn`): training diverged.

    Sources: Xie, Girshick & Farhadi, "Unsupervised deep embedding for clustering analysis", 2016;
    Guo et al., "Improved deep embedded clustering with local structure preservation", 2017; for the
    pairs of neighbours, Sainburg, McInnes & Gentner, "Parametric UMAP embeddings for representation
    and semisupervised learning", 2021.
    """

    n_clusters: int = 8
    autoencoder: Any = None
    hidden_sizes: Any = (256, 128)
    n_components: int = 10
    method: str = "idec"
    gamma: float = 1.0
    neighbors: int = 10
    alpha: float = 1.0
    pretrain_epochs: int = 60
    max_iter: int = 100
    update_interval: int = 1
    tol: float = 1e-3
    batch_size: int = 256
    learning_rate: float = 2e-3
    optimizer: Callable[[list[Any]], Any] | None = None
    random_state: Any = None
    callback: Callable[[Epoch], Any] | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        name = type(self).__name__
        self._check_parameters(name)
        X = self._data(X, fitting=True)
        if len(X) < self.n_clusters:
            raise ParameterError(
                f"{name}: n_samples={len(X)} should be >= n_clusters={self.n_clusters}"
            )
        random = generator_of(self.random_state, name)
        self._origin = X.mean(axis=0, dtype=np.float64)
        centered = X - self._origin
        largest = np.abs(centered).max()  # squares of huge numbers would overflow
        spread = largest * np.sqrt(np.mean((centered / largest) ** 2)) if largest > 0 else 1.0
        self._spread = float(spread)
        data = self._placed(X).astype(np.float32)
        self.history_: list[Epoch] = []
        with seeded(random):
            self.encoder_, self.decoder_ = self._modules(X.shape[1])
            self._check_modules(data[:2])
            self._pretrain(data, random)
            centers = self._cluster(data, random)
        self.encoder_.double()
        self.decoder_.double()
        self.cluster_centers_ = np.asarray(centers, np.float64)
        self.labels_ = self.predict(X)
        return self

    # -- results ---------------------------------------------------------------------------------

    def predict(self, X: Any) -> np.ndarray:
        """The label of the nearest centre, in the code, of each row of X."""
        return np.argmax(self.assignment(X), axis=1)

    def assignment(self, X: Any) -> np.ndarray:
        """`student_t_assignment` (rows, n_clusters) of the rows of X: how much each belongs to
        each cluster."""
        code = self._code(self._placed(self._data(X)))
        return student_t_assignment(code, self.cluster_centers_, self.alpha)

    def transform(self, X: Any) -> Any:
        """The code of each row of X. A Tensor if X is one that is being differentiated."""
        if is_differentiated(X):
            self._check_fitted()
            return self.encoder_(self._placed(X))
        X = self._data(X)
        return self._code(self._placed(X)).astype(X.dtype)

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """`fit`, then `transform`."""
        return self.fit(X).transform(X)

    def inverse_transform(self, codes: Any) -> np.ndarray:
        """The decoder's reconstruction (rows, features) of codes, of `cluster_centers_` say.

        After "dec" the decoder is the one of part 1: it does not know how the code moved since.
        """
        self._check_fitted()
        with no_grad():
            return self.decoder_(as_tensor(codes)).numpy() * self._spread + self._origin

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns that `transform` returns."""
        self._check_fitted()
        name = type(self).__name__.lower()
        width = self.cluster_centers_.shape[1]
        return np.asarray([f"{name}{k}" for k in range(width)], dtype=object)

    def _placed(self, X: Any) -> Any:
        return (X - self._origin) / self._spread

    def _code(self, data: np.ndarray) -> np.ndarray:
        """The encoder's output for all rows, without recording."""
        from nn import predict

        return predict(self.encoder_, data, batch_size=BLOCK)

    # -- parameters and modules ------------------------------------------------------------------

    def _check_parameters(self, name: str) -> None:
        counts = ("n_clusters", "n_components", "max_iter", "update_interval", "batch_size")
        for parameter in counts:
            check_number(parameter, getattr(self, parameter), name, least=1, whole=True)
        for parameter in ("neighbors", "pretrain_epochs"):
            check_number(parameter, getattr(self, parameter), name, least=0, whole=True)
        for parameter in ("alpha", "learning_rate"):
            check_number(parameter, getattr(self, parameter), name, above=0)
        for parameter in ("gamma", "tol"):
            check_number(parameter, getattr(self, parameter), name, least=0)
        check_choice("method", self.method, ("dec", "idec"), name)
        if not isinstance(self.hidden_sizes, tuple | list):
            raise ParameterError(
                f"{name}: hidden_sizes must be a tuple of integers, got {self.hidden_sizes!r}"
            )
        for size in self.hidden_sizes:
            check_number("each of hidden_sizes", size, name, least=1, whole=True)

    def _modules(self, features: int) -> tuple[Any, Any]:
        import nn

        if self.autoencoder is None:
            sizes = [features, *self.hidden_sizes, self.n_components]
            pair = nn.MLP(sizes), nn.MLP(sizes[::-1])
            for module in pair:
                nn.initialize(module, "he_normal")
            return pair
        given = self.autoencoder
        pair = (
            given
            if isinstance(given, tuple | list)
            else (getattr(given, "encoder", None), getattr(given, "decoder", None))
        )
        if len(pair) != 2 or not all(isinstance(module, nn.Module) for module in pair):
            raise ParameterError(
                f"{type(self).__name__}: autoencoder must be (encoder, decoder), two modules of "
                f"nn, or a module with these attributes; got {given!r:.80}"
            )
        encoder, decoder = deepcopy(tuple(pair))  # together: they may share weights
        return encoder.float(), decoder.float()  # pyright: ignore[reportOptionalMemberAccess]

    def _check_modules(self, few: np.ndarray) -> None:
        with no_grad():
            code = self.encoder_(as_tensor(few))
            if code.ndim != 2:
                raise DataError(
                    f"{type(self).__name__}: the encoder must give (samples, code), got shape "
                    f"{code.shape} for {few.shape}"
                )
            back = self.decoder_(code)
        if back.shape != few.shape:
            raise DataError(
                f"{type(self).__name__}: the decoder gives shape {back.shape} for samples of shape "
                f"{few.shape}"
            )

    # -- training --------------------------------------------------------------------------------

    def _pretrain(self, data: np.ndarray, random: np.random.Generator) -> None:
        """Part 1."""
        count = min(self.neighbors, len(data) - 1)
        near = None
        if count and self.pretrain_epochs:
            near = np.asarray(KDTree(data).query(data, count + 1)[1])

        def terms(rows: np.ndarray) -> tuple[Any, Any]:
            samples, n = data[rows], len(rows)
            if near is not None:
                partners = near[rows, random.integers(1, count + 1, n)]
                samples = np.concatenate([samples, data[partners]])
            code = self.encoder_(as_tensor(samples))
            error = np.mean((self.decoder_(code) - samples) ** 2)
            if near is None:
                return error, 0.0
            others = code[n:][random.integers(0, n, (n, NEGATIVES))]
            return error, neighbor_loss(code[:n], code[n:], others)

        optimizer = self._optimizer([self.encoder_, self.decoder_])
        for _ in range(self.pretrain_epochs):
            error, pairs = self._pass(optimizer, terms, len(data), 1.0, random)
            self._record(Epoch("pretraining", error, pairs, None))

    def _cluster(self, data: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Part 2; returns the centres."""
        from nn import Parameter

        kmeans = KMeans(self.n_clusters, n_init=10, random_state=random).fit(self._code(data))
        centers = Parameter(kmeans.cluster_centers_.astype(np.float32))
        improved = self.method == "idec"
        modules = [self.encoder_, self.decoder_] if improved else [self.encoder_]
        optimizer = self._optimizer(modules, centers)
        labels, changed, target = kmeans.labels_, len(data), np.empty(0)

        def terms(rows: np.ndarray) -> tuple[Any, Any]:
            code = self.encoder_(as_tensor(data[rows]))
            divergence = dec_objective(code, centers, target[rows], self.alpha) / len(rows)
            if not improved:
                return 0.0, divergence
            return np.mean((self.decoder_(code) - data[rows]) ** 2), divergence

        self.n_iter_, self.converged_ = 0, False
        weight = self.gamma if improved else 1.0
        while self.n_iter_ < self.max_iter:
            if self.n_iter_ % self.update_interval == 0:
                q = student_t_assignment(self._code(data), centers.numpy(), self.alpha)
                target, before, labels = target_distribution(q), labels, q.argmax(axis=1)
                changed = int(np.count_nonzero(labels != before))
                self.converged_ = self.n_iter_ > 0 and changed <= self.tol * len(data)
                if self.converged_:
                    break
            error, divergence = self._pass(optimizer, terms, len(data), weight, random)
            self.n_iter_ += 1
            self._record(Epoch("clustering", error, divergence, changed))
        if not self.converged_:
            warn(
                f"{type(self).__name__}: labels still changed after max_iter={self.max_iter} "
                f"passes ({changed} of {len(data)} between the last two targets)",
                ConvergenceWarning,
                stacklevel=4,
            )
        return centers.numpy()

    def _optimizer(self, modules: list[Any], *more: Tensor) -> Any:
        import nn

        parameters = [p for module in modules for p in module.parameters()] + list(more)
        if self.optimizer is not None:
            return self.optimizer(parameters)
        return nn.Adam(parameters, lr=self.learning_rate)

    def _pass(
        self,
        optimizer: Any,
        terms: Callable[[np.ndarray], tuple[Any, Any]],
        samples: int,
        weight: float,
        random: np.random.Generator,
    ) -> tuple[float, float]:
        """One pass over the samples in a new order, down the first term + weight * the second.

        Returns the means of both.
        """
        import nn

        for module in (self.encoder_, self.decoder_):
            module.train()
        totals = np.zeros(2)
        order = random.permutation(samples)
        for start in range(0, samples, self.batch_size):
            rows = order[start : start + self.batch_size]
            optimizer.zero_grad()
            first, second = terms(rows)
            values = np.array([float(as_tensor(term).item()) for term in (first, second)])
            if not np.isfinite(values).all():
                raise nn.NonFiniteLossError(
                    f"{type(self).__name__}: the loss became {values.sum()} after "
                    f"{len(self.history_)} passes: try a smaller learning_rate"
                )
            (first + weight * second).backward()
            optimizer.step()
            totals += values * len(rows)
        for module in (self.encoder_, self.decoder_):
            module.eval()
        return tuple((totals / samples).tolist())

    def _record(self, epoch: Epoch) -> None:
        self.history_.append(epoch)
        if self.callback is not None:
            self.callback(epoch)


def neighbor_loss(code: Any, near: Any, others: Any) -> Any:
    """The mean, over rows of `code` (n, d), of log(1 + d²) to the same row of `near` (n, d), plus
    the sum of log(1 + 1 / d²) to the row's `others` (n, m, d); d² >= 0.001 in the latter.

    The cross entropy that UMAP minimises, for its kernel 1 / (1 + d²).
    """
    pulled = np.sum((code - near) ** 2, axis=-1)
    pushed = np.sum((code[:, None] - others) ** 2, axis=-1)
    apart = np.sum(np.log1p(pushed) - np.log(pushed + NEAR), axis=-1)
    return np.mean(np.log1p(pulled) + apart)


@contextmanager
def seeded(random: np.random.Generator) -> Iterator[None]:
    """`nn`'s generator, from which weights and dropout come, starts from a draw of `random`, and
    is afterwards as it was."""
    from nn import default_generator

    stream = default_generator()
    before = stream.bit_generator.state
    stream.bit_generator.state = np.random.PCG64(int(random.integers(2**63))).state
    try:
        yield
    finally:
        stream.bit_generator.state = before
