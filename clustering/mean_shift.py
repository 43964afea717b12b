"""Mean shift: every sample climbs to a mode of the density, in steps to the mean of a window.

`gaussian_shift` and `gaussian_modes` are the same climb as functions of a Tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from warnings import warn

import numpy as np
from scipy.spatial import KDTree

from autograd_core import Array, softmax
from autograd_core.extend import value_of
from clustering.base import Estimator
from clustering.dbscan import different
from clustering.errors import ConvergenceWarning, DataError, ParameterError
from clustering.kernels import kernels
from clustering.validation import as_data, as_numbers, check_choice, check_finite, check_number

__all__ = ["MeanShift", "estimate_bandwidth", "gaussian_modes", "gaussian_shift"]

TOLERANCE = 1e-3
"""A climb ends with a step of at most this, in bandwidths; as in scikit-learn."""

BLOCK = 1 << 18
"""Distances held at a time while the bandwidth is estimated."""

NEAR, ROUNDS = 0.1, 8
"""Ends this near to a saddle (in bandwidths) are pushed off it; how often, at most."""

FAR = 1e150
"""Extent of the data in Gaussian bandwidths at most: its square is still a number."""

WALK = 100
"""Pieces of NEAR / 2 bandwidths of a way over ground that is nearly level, at most."""


class Step(NamedTuple):
    """One iteration: which seeds moved, where to, and how far the farthest went."""

    rows: np.ndarray
    means: np.ndarray
    shift: float


@dataclass(repr=False, eq=False)
class MeanShift(Estimator):
    """Mean shift: clusters are the basins of attraction of the density's modes.

    Args:
        bandwidth: radius of the flat window, or standard deviation of the Gaussian one; None:
            `estimate_bandwidth(X)`.
        seeds: where to start, (seeds, features); None: at every sample.
        bin_seeding: start at the centres of the cells, as wide as the bandwidth, of a grid.
        min_bin_freq: how many samples make a cell a seed.
        cluster_all: whether samples farther than the bandwidth from every centre belong to one
            nevertheless; else their label is -1.
        max_iter: steps of a climb at most.
        kernel: "flat" (the mean of the samples within the bandwidth) or "gaussian".
        assign: "basin": a sample belongs to the mode it climbs to, even if another one is nearer;
            "nearest": to the nearest mode, as in scikit-learn (on clearly separated clusters both
            are the same); "auto": "basin" where every sample is a seed, else "nearest", so that
            with few seeds the samples need not climb.
        callback: called with each `Step`.

    Ends of climbs within a bandwidth of a higher one are merged into it. Where a climb stops at a
    saddle of the density, or on the ridge next to it, it is pushed off to the side it is on (at the
    saddle itself: always the same side) and goes on.

    After `fit`: `cluster_centers_` (clusters, features), highest density first; `labels_`
    (samples,); `n_iter_`, `converged_`, `bandwidth_`; `seeds_`, the distinct starts; `history_`,
    a list of `Step` (`positions(i)` has all seeds).

    Raises:
        ParameterError: a parameter is out of range, or a given seed has no sample in its window.
        DataError: X is not a finite table of numbers, or its estimated bandwidth is 0.

    Sources: Comaniciu & Meer, "Mean shift: a robust approach toward feature space analysis",
    2002; Carreira-Perpiñán, "Gaussian mean-shift is an EM algorithm", 2007.
    """

    bandwidth: Any = None
    seeds: Any = None
    bin_seeding: bool = False
    min_bin_freq: int = 1
    cluster_all: bool = True
    max_iter: int = 300
    kernel: str = "flat"
    assign: str = "auto"
    callback: Callable[[Step], Any] | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        name = type(self).__name__
        self._check_parameters(name)
        X = self._data(X, fitting=True)
        self.bandwidth_ = self._bandwidth(X)
        extent = np.ptp(X, axis=0).max()
        if self.kernel == "gaussian" and not extent / self.bandwidth_ < FAR:
            raise ParameterError(
                f"{name}: bandwidth={self.bandwidth_:g} is too small beside the extent of the "
                f"data, {extent:g}: at most {FAR:g} bandwidths"
            )
        self._origin = X.mean(axis=0, dtype=np.float64)
        data = X - self._origin
        first, back = different(data)
        self._samples = data[first]
        self._mass = np.bincount(back).astype(float)
        seeds = self._starts(X)
        everywhere = seeds is None
        seeds = self._samples if seeds is None else seeds
        self._basins = everywhere if self.assign == "auto" else self.assign == "basin"
        self.history_, self.converged_ = [], True
        ends, mass = self._climb(seeds, self.history_)
        self._check_orphans(seeds, mass)
        ends, centers = self._settled(ends, mass, self.history_)
        self.seeds_ = np.asarray(seeds + self._origin, X.dtype)
        self.n_iter_ = max(len(self.history_) - 1, 0)
        self._centers = centers
        self.cluster_centers_ = np.asarray(centers + self._origin, X.dtype)
        if everywhere and self._basins:
            labels = self._labelled(self._samples, ends)
        else:
            labels = self._labels(self._samples)
        self.labels_ = labels[back]
        if not self.converged_:
            warn(
                f"{name}: did not converge in max_iter={self.max_iter} iterations (the last "
                f"moved a seed by {self.history_[-1].shift:.2g})",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The label of each row of X, by climbing or by the nearest centre, as `assign` says."""
        return self._labels(self._data(X) - self._origin)

    def positions(self, iteration: int) -> np.ndarray:
        """Where all seeds (seeds, features) are after an iteration."""
        self._check_fitted()
        places = np.array(self.seeds_, np.float64)
        for step in self.history_[:iteration]:
            places[step.rows] = step.means
        return places

    def film(self, data: np.ndarray, films: Any) -> Any:
        """How `plots.plot_iterations` shows the fit to `data`, as one of `films`."""
        positions = [self.positions(i) for i in range(len(self.history_) + 1)]
        centers = np.asarray(self.cluster_centers_, np.float64)
        labels = kernels().two_nearest(positions[-1], centers)[0]
        return films.of_climbers(positions, labels, centers, data)

    # -- parameters ------------------------------------------------------------------------------

    def _check_parameters(self, name: str) -> None:
        check_choice("kernel", self.kernel, ("flat", "gaussian"), name)
        check_choice("assign", self.assign, ("auto", "basin", "nearest"), name)
        check_number("max_iter", self.max_iter, name, least=0, whole=True)
        check_number("min_bin_freq", self.min_bin_freq, name, least=1, whole=True)
        if self.bandwidth is not None:
            check_number("bandwidth", self.bandwidth, name, above=0)
            if not np.isfinite(self.bandwidth):
                raise ParameterError(f"{name}: bandwidth must be finite, got {self.bandwidth}")

    def _bandwidth(self, X: np.ndarray) -> float:
        if self.bandwidth is not None:
            return float(self.bandwidth)
        bandwidth = estimate_bandwidth(X)
        if bandwidth == 0:
            raise DataError(
                f"{type(self).__name__}: the bandwidth estimated from these data "
                f"(n_samples={len(X)}) is 0: most samples have many duplicates, or none has a "
                "neighbour. Pass bandwidth=, or a larger quantile to estimate_bandwidth"
            )
        return bandwidth

    def _starts(self, X: np.ndarray) -> np.ndarray | None:
        """Given or binned seeds, relative to the origin; None if every sample is one."""
        if self.seeds is not None:
            seeds = as_data(self.seeds, f"{type(self).__name__}: seeds")
            if seeds.shape[1] != X.shape[1]:
                raise ParameterError(
                    f"{type(self).__name__}: seeds have shape {seeds.shape}, expected "
                    f"(seeds, {X.shape[1]})"
                )
            return seeds[np.sort(different(seeds)[0])] - self._origin
        if not self.bin_seeding:
            return None
        cells = np.round(X / self.bandwidth_)
        first, kind = different(cells)
        chosen = first[np.bincount(kind) >= self.min_bin_freq]
        if not len(chosen):
            raise ParameterError(
                f"{type(self).__name__}: no cell of the grid has min_bin_freq="
                f"{self.min_bin_freq} samples"
            )
        return None if len(chosen) == len(X) else cells[chosen] * self.bandwidth_ - self._origin

    def _check_orphans(self, seeds: np.ndarray, mass: np.ndarray) -> None:
        orphans = np.flatnonzero(mass == 0)
        if len(orphans) and (self.seeds is not None or len(orphans) == len(seeds)):
            raise ParameterError(
                f"{type(self).__name__}: {len(orphans)} of {len(seeds)} seeds have no sample "
                f"within bandwidth={self.bandwidth_:g}, the first "
                f"{(seeds[orphans[0]] + self._origin).tolist()}; move them closer to the data or "
                "increase the bandwidth"
            )

    # -- climbing --------------------------------------------------------------------------------

    def _climb(
        self, seeds: np.ndarray, history: list[Step] | None = None, rows: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where the seeds end, and the weight of the last window; 0 where there was no sample.

        Climbs that meet go on as one. Positions are rounded to far less than the tolerance, so
        that they meet, and that the order of summation does not show.
        """
        limit = TOLERANCE * self.bandwidth_
        first, back = different(seeds)
        places, mass = seeds[first].copy(), np.zeros(len(first))
        make = {"flat": kernels().flat_shift, "gaussian": kernels().gaussian_shift}[self.kernel]
        shift = make(self._samples, self._mass, self.bandwidth_)
        active = np.arange(len(first))
        for iteration in range(self.max_iter + 1):
            means, mass[active] = shift(places[active])
            distance = np.sqrt(np.sum((means - places[active]) ** 2, axis=1))
            places[active] = means
            if history is not None:
                self._record(history, places, active, back, rows, distance)
            going = distance > limit
            active, means = active[going], means[going]
            if not len(active) or iteration == self.max_iter:
                break
            places[active] = rounded(means, self.bandwidth_)
            first, kind = different(places[active])
            follows = np.arange(len(places))
            follows[active] = active[first[kind]]
            back, active = follows[back], active[first]
        if history is not None:
            self.converged_ &= not len(active)
        return places[back], mass[back]

    def _record(self, history, places, active, back, rows, distance) -> None:
        moving = np.zeros(len(places), bool)
        moving[active] = True
        moved = np.flatnonzero(moving[back])
        means = places[back[moved]] + self._origin
        history.append(Step(moved if rows is None else rows[moved], means, float(distance.max())))
        if self.callback is not None:
            self.callback(history[-1])

    def _settled(
        self, ends: np.ndarray, mass: np.ndarray, history: list[Step] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ends that are not at saddles, and the modes among them, highest first."""
        centers = ends[:0]
        for _ in range(ROUNDS):
            found = mass > 0
            if not found.any():
                break
            centers = merged(ends[found], mass[found], self.bandwidth_)
            centers, saddles = self._saddles(centers)
            pushed = ends.copy()
            for place, push, both_ways in saddles:
                offset = ends - place
                near = np.sum(offset**2, axis=1) <= (NEAR * self.bandwidth_) ** 2
                side = np.where(both_ways & (offset[near] @ push < 0), -1.0, 1.0)
                pushed[near] += side[:, None] * push
            rows = np.flatnonzero((pushed != ends).any(axis=1))
            if not len(rows):
                break
            ends[rows], mass[rows] = self._climb(pushed[rows], history, rows)
        return ends, centers

    def _saddles(self, centers: np.ndarray) -> tuple[np.ndarray, list[tuple[Any, Any, bool]]]:
        """Modes (more exact for a Gaussian window), and of those that are none the place, a push
        off it, and whether that may be to the other side as well."""
        if self.kernel == "flat":
            return centers, self._flat_saddles(centers)
        found, modes = [], []
        for center in centers:
            place, curvature, arrived = self._polished(center)
            growth, directions = np.linalg.eigh(curvature)
            if not arrived:  # a slope so gentle that the steps were taken for an end
                place = center
                found.append((place, self._way_on(place), False))
            elif growth[-1] > 1 + 1e-6:  # steps lead away from it along this direction
                direction = directions[:, -1]
                sign = np.sign(direction[np.abs(direction).argmax()])
                found.append((place, sign * NEAR / 2 * self.bandwidth_ * direction, True))
            modes.append(place)
        return np.array(modes), found

    def _way_on(self, place: np.ndarray) -> np.ndarray:
        """How far it is uphill to where steps are longer than the tolerance."""
        h, end = self.bandwidth_, place
        for _ in range(WALK):
            step = self._step(end)[0] - end
            size = np.sqrt(np.sum(step**2))
            if not 0 < size <= 2 * TOLERANCE * h:
                break
            end = end + NEAR / 2 * h * step / size
        return end - place

    def _step(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean of the Gaussian window at a place, and its derivative."""
        mean, slope = _gaussian_step(place[None], self._samples, self.bandwidth_, self._mass)
        return mean[0], slope[0]

    def _polished(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """The fixed point next to `place`, by Newton's method, the steps' derivative there, and
        whether there is one."""
        h, identity = self.bandwidth_, np.eye(len(place))
        mean, slope = self._step(place)
        for _ in range(10):
            try:
                move = np.linalg.solve(identity - slope, mean - place)
            except np.linalg.LinAlgError:
                break
            if not np.sum(move**2) <= (NEAR * h) ** 2:
                break
            place = place + move
            mean, slope = self._step(place)
            if np.sum(move**2) <= (1e-12 * h) ** 2:
                break
        return place, slope, bool(np.sum((mean - place) ** 2) <= (1e-6 * h) ** 2)

    def _flat_saddles(self, centers: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, bool]]:
        """Centres that are not modes: with samples exactly on the window's edge, if steps from the
        two sides of them part for good."""
        h, slack = self.bandwidth_, 1e-9
        tree = KDTree(self._samples)
        outer, inner = (
            tree.query_ball_point(centers, h * factor, return_length=True)
            for factor in (1 + slack, 1 - slack)
        )
        found = []
        for center in centers[outer > inner]:
            offset = center - self._samples
            distance = np.sqrt(np.sum(offset**2, axis=1))
            push = 1e-6 * offset[np.abs(distance - h) <= 2 * slack * h][0]
            sides, _ = self._climb(np.array([center + push, center - push]))
            if np.sum((sides[0] - sides[1]) ** 2) > h * h:
                found.append((center, push, True))
        return found

    def _modes_from(self, X: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The mode to which each row of `start` climbs among the rows of X."""
        self.bandwidth_ = float(self.bandwidth)
        origin = X.mean(axis=0)
        self._samples, self._mass = X - origin, np.ones(len(X))
        ends, _ = self._settled(*self._climb(start - origin))
        return np.array([self._polished(end)[0] for end in ends]) + origin

    # -- labels ----------------------------------------------------------------------------------

    def _labels(self, data: np.ndarray) -> np.ndarray:
        if not self._basins:
            return self._labelled(data, data)
        return self._labelled(data, self._settled(*self._climb(data))[0])

    def _labelled(self, data: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The centre nearest to each end; -1 for samples that are far from all, if they may."""
        labels, distance, _ = kernels().two_nearest(ends, self._centers)
        if self.cluster_all:
            return labels
        nearest = kernels().two_nearest(data, self._centers)[1]
        limit = self.bandwidth_**2
        return np.where((distance <= limit) & (nearest <= limit), labels, -1)


def rounded(places: np.ndarray, bandwidth: float) -> np.ndarray:
    """Places without their rounding errors: whole multiples of about bandwidth / 2³²."""
    unit = np.ldexp(1.0, int(np.frexp(bandwidth)[1]) - 32)
    unit = max(unit, np.spacing(np.abs(places).max(initial=0)))
    return np.round(places / unit) * unit


def merged(ends: np.ndarray, mass: np.ndarray, radius: float) -> np.ndarray:
    """The ends, in the order of their weight, that have no earlier one within the radius.

    Of equal weights the lexicographically greatest comes first, as in scikit-learn.
    """
    order = np.lexsort((*rounded(ends, radius).T[::-1], mass))[::-1]
    ends = ends[order]
    tree, free = KDTree(ends), np.ones(len(ends), bool)
    kept = []
    for i in range(len(ends)):
        if free[i]:
            kept.append(i)
            free[tree.query_ball_point(ends[i], radius)] = False
    return ends[kept]


def estimate_bandwidth(
    X: Any, *, quantile: float = 0.3, n_samples: int | None = None, random_state: Any = 0
) -> float:
    """A bandwidth for mean shift: the mean distance of a sample to its k-th nearest, itself
    included, where k is the `quantile` of their number; scikit-learn's rule.

    `n_samples`: take this many of the samples, drawn by `random_state` (a seed, a RandomState, or
    None). The time is quadratic in their number, the memory linear.

    Raises:
        ParameterError: a parameter is out of range.
    """
    name = "estimate_bandwidth"
    check_number("quantile", quantile, name, least=0, most=1)
    data = np.asarray(as_data(X, name), np.float64)
    if n_samples is not None:
        check_number("n_samples", n_samples, name, least=1, whole=True)
        if not isinstance(random_state, np.random.RandomState):
            if random_state is not None:
                check_number("random_state", random_state, name, least=0, whole=True)
            random_state = np.random.RandomState(random_state)
        data = data[random_state.permutation(len(data))[:n_samples]]
    k = max(int(len(data) * quantile), 1)
    if k * 64 < len(data) and data.shape[1] <= 16:
        distances = KDTree(data).query(data, k=[k])[0]  # type: ignore  # the k-th alone
        return float(distances.mean())
    step = max(1, BLOCK // len(data))
    data = data - data.mean(axis=0)
    total = 0.0
    for start in range(0, len(data), step):
        squares = kernels().square_distances(data[start : start + step], data)
        squares.partition(k - 1, axis=1)
        total += float(np.sqrt(squares[:, k - 1]).sum())
    return total / len(data)


# -- differentiable ------------------------------------------------------------------------------


def _gaussian_step(points: Any, X: Any, bandwidth: Any, mass: Any = None) -> tuple[Any, Any]:
    """Weighted means (points, features) around the points, and their derivatives with respect to
    the points, (points, features, features)."""
    square = bandwidth * bandwidth
    offset = points[:, None] - X
    logits = -np.sum(offset * offset, axis=-1) / (2 * square)
    if mass is not None:
        logits = logits + np.log(mass)
    weights = softmax(logits)
    means = weights @ X
    offset = X - means[:, None]
    spread = np.swapaxes(weights[:, :, None] * offset, 1, 2) @ offset
    return means, spread / square


def gaussian_shift(points: Any, X: Any, bandwidth: Any) -> Any:
    """One step of Gaussian mean shift: points (m, features) to the means of X (n, features)
    weighted by exp(-distance² / 2 bandwidth²).

    Differentiable with respect to all three; a loop over it is a differentiable blurring or
    mode-seeking procedure.

    Raises:
        DataError: the shapes do not fit.
        ParameterError: the bandwidth is not positive.
    """
    _check_windows("gaussian_shift", points, X, bandwidth)
    points, X = (v if isinstance(v, Array) else np.asarray(v) for v in (points, X))
    return _gaussian_step(points, X, bandwidth)[0]


def gaussian_modes(X: Any, bandwidth: Any, start: Any) -> Any:
    """The modes (m, features) of the Gaussian kernel density of X to which the points `start`
    (m, features) climb, differentiable with respect to X and the bandwidth.

    The gradient is that of the fixed point (implicit function theorem): it does not depend on
    how many steps led there. Derivatives are right up to the third.

    Raises:
        DataError: the shapes do not fit, or a climb does not arrive (a degenerate mode).
        ParameterError: the bandwidth is not positive.
    """
    name = "gaussian_modes"
    _check_windows(name, start, X, bandwidth)
    data = np.asarray(value_of(X), np.float64)
    width = float(value_of(bandwidth))
    climber = MeanShift(width, kernel="gaussian", max_iter=10_000)
    places = climber._modes_from(data, np.asarray(value_of(start), np.float64))
    moved = _gaussian_step(places, data, width)[0] - places
    if np.abs(moved).max(initial=0) > 1e-8 * width:
        raise DataError(
            f"{name}: a climb did not arrive at a mode (its last step was "
            f"{np.abs(moved).max():.2g}); the density may be flat there: change the bandwidth"
        )
    for _ in range(2):  # two steps of Newton's method from the mode: exact to the third order
        means, slopes = _gaussian_step(places, X, bandwidth)
        move = np.linalg.solve(np.eye(data.shape[1]) - slopes, (means - places)[:, :, None])
        places = places + move[:, :, 0]
    return places


def _check_windows(name: str, points: Any, X: Any, bandwidth: Any) -> None:
    points, X = (as_numbers(value_of(value), name) for value in (points, X))
    if points.ndim != 2 or X.ndim != 2 or points.shape[1] != X.shape[1] or not len(X):
        raise DataError(
            f"{name}: expected points (m, features) and X (n, features), got shapes "
            f"{points.shape} and {X.shape}"
        )
    for values in (points, X):
        check_finite(values, name)
    value = value_of(bandwidth)
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    check_number("bandwidth", value, name, above=0)
