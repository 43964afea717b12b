"""Objectives on Tensors: finite differences, limits, direct formulas, PyTorch, degenerate data."""

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import silhouette_score

import autograd_core as ac
from clustering import (
    KMeans,
    annealing,
    dec_objective,
    free_energy,
    gaussian_mean_shift,
    gaussian_modes,
    hard_inertia,
    soft_assignment,
    soft_inertia,
    soft_kmeans,
    soft_silhouette,
    student_t_assignment,
    target_distribution,
)
from clustering.differentiable import square_distances
from clustering.errors import DataError, DataTypeError, ParameterError
from clustering.metrics.external import adjusted_rand_score

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(9, 3))
C = RANDOM.normal(size=(4, 3))
Q = RANDOM.dirichlet(np.ones(4), 9)


def blobs(k=3, n=40, seed=0, apart=8.0):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(k), n)
    return apart * random.normal(size=(k, 2))[labels] + random.normal(size=(k * n, 2)), labels


# -- derivatives ---------------------------------------------------------------------------------

OBJECTIVES = {
    "square_distances": (square_distances, X, C),
    "hard_inertia": (hard_inertia, X, C),
    "soft_inertia": (soft_inertia, X, C, 0.7),
    "free_energy": (free_energy, X, C, 0.7),
    "soft_assignment": (soft_assignment, X, C, 0.7),
    "by cosine": (lambda *args: soft_assignment(*args, metric="cosine"), X, C, 0.3),
    "by distance": (lambda *args: soft_assignment(*args, metric="euclidean"), X, C, 0.3),
    "soft_kmeans": (
        lambda x, c: soft_kmeans(x, 4, temperatures=[2, 1], steps=2, init=c)[:2],
        X,
        C,
    ),
    "student_t_assignment": (student_t_assignment, X, C, 1.5),
    "target_distribution": (target_distribution, Q),
    "dec_objective": (dec_objective, X, C, Q, 1.5),
    "soft_silhouette": (soft_silhouette, X, Q),
    "silhouette by squares": (lambda *args: soft_silhouette(*args, metric="sqeuclidean"), X, Q),
    "silhouette by cosine": (lambda *args: soft_silhouette(*args, metric="cosine"), X, Q),
    "mean shift": (lambda x, h: gaussian_mean_shift(x, h, 3), X, 0.8),
    "blurring": (lambda x, h: gaussian_mean_shift(x, h, 3, blurring=True), X, 0.8),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_first_and_second_derivatives_in_both_modes(name):
    f, *inputs = OBJECTIVES[name]
    ac.gradcheck(f, *inputs, order=2).raise_if_failed()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_float32_stays_float32(name):
    f, *inputs = OBJECTIVES[name]
    tensors: list[Any] = [
        ac.Tensor(value, dtype=np.float32, requires_grad=True) for value in inputs
    ]
    results = f(*tensors)
    results = results if isinstance(results, tuple) else (results,)
    total: Any = sum(result.sum() for result in results)
    total.backward()
    assert all(result.dtype == np.float32 for result in results)
    assert all(tensor.grad.dtype == np.float32 for tensor in tensors)


def test_the_derivative_of_inertia_is_that_with_constant_labels():
    labels = ((X[:, None] - C) ** 2).sum(axis=-1).argmin(axis=1)
    gradient = ac.grad(lambda c: hard_inertia(X, c))(C)
    expected = [2 * ((labels == k).sum() * C[k] - X[labels == k].sum(axis=0)) for k in range(4)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)


def test_k_means_is_where_the_gradient_of_inertia_vanishes():
    data, _ = blobs()
    fitted = KMeans(3, tol=0, random_state=0).fit(data)
    assert hard_inertia(data, fitted.cluster_centers_) == pytest.approx(fitted.inertia_)
    gradient = ac.grad(lambda c: hard_inertia(data, c))(fitted.cluster_centers_)
    np.testing.assert_allclose(gradient, 0, atol=1e-9)


def test_the_derivative_of_the_free_energy_is_the_assignment():
    r = soft_assignment(X, C, 0.7)
    expected = 2 * (r.sum(axis=0)[:, None] * C - r.T @ X)
    np.testing.assert_allclose(ac.grad(lambda c: free_energy(X, c, 0.7))(C), expected, atol=1e-12)


def test_weights_of_features_from_a_few_known_clusters():
    random = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 60)
    data = np.array([[0, 0], [6, 0], [3, 5]])[labels] + random.normal(size=(180, 2))
    data = np.c_[data, 4 * random.normal(size=(180, 4))]  # four features that say nothing
    some = np.arange(0, 180, 6)
    known, weights = np.eye(3)[labels[some]], np.ones(6)

    def objective(w):
        return soft_silhouette(data[some] * w, known)

    ac.gradcheck(objective, weights).raise_if_failed()
    for _ in range(30):
        weights = weights + ac.grad(objective)(weights)

    def score(values):
        found = KMeans(3, n_init=5, random_state=0).fit_predict(values)
        return adjusted_rand_score(labels, found)

    assert score(data) < 0.3
    assert score(data * weights) > 0.9


# -- limits and formulas ---------------------------------------------------------------------------


def test_the_objectives_enclose_inertia_and_meet_there():
    data, _ = blobs()
    centers = data[[0, 40, 80]]
    hard = hard_inertia(data, centers)
    above = [soft_inertia(data, centers, t) for t in (100.0, 10.0, 1.0, 0.1)]
    below = [free_energy(data, centers, t) for t in (100.0, 10.0, 1.0, 0.1)]
    assert above == sorted(above, reverse=True)
    assert below == sorted(below)
    assert below[-1] <= hard <= above[-1]
    for tiny in (1e-8, 1e-200, 1e-307):
        assert soft_inertia(data, centers, tiny) == pytest.approx(hard, rel=1e-12)
        assert free_energy(data, centers, tiny) == pytest.approx(hard, rel=1e-12)


@pytest.mark.parametrize("tiny", [1e-8, 1e-200, 1e-307])
@pytest.mark.parametrize("f", [soft_inertia, free_energy])
def test_tiny_temperatures_give_the_derivative_of_inertia(f, tiny):
    expected = ac.grad(lambda c: hard_inertia(X, c))(C)
    np.testing.assert_allclose(ac.grad(lambda c: f(X, c, tiny))(C), expected, rtol=1e-9)


def test_tiny_temperatures_share_ties():
    assignment = soft_assignment([[0.0], [3.0]], [[1.0], [-1.0], [5.0]], 1e-300)
    np.testing.assert_array_equal(assignment, [[0.5, 0.5, 0], [0.5, 0, 0.5]])
    np.testing.assert_array_equal(soft_assignment(X, C, 1e300), np.full((9, 4), 0.25))


def test_assignments_far_from_the_origin():
    for f in (soft_assignment, student_t_assignment):
        np.testing.assert_allclose(f(X + 1e8, C + 1e8), f(X, C), atol=1e-6)
    near = ac.grad(lambda c: soft_inertia(X, c))(C)
    np.testing.assert_allclose(
        ac.grad(lambda c: soft_inertia(X + 1e8, c))(C + 1e8), near, atol=1e-5
    )


def direct_dec(z, c, alpha):
    """Xie et al. (2016), eq. 1 to 5, as they stand there."""
    n, k = len(z), len(c)
    q = np.zeros((n, k))
    for i in range(n):
        for j in range(k):
            q[i, j] = (1 + np.sum((z[i] - c[j]) ** 2) / alpha) ** (-(alpha + 1) / 2)
        q[i] /= q[i].sum()
    f = q.sum(axis=0)
    p = q**2 / f / (q**2 / f).sum(axis=1, keepdims=True)
    loss = np.sum(p * np.log(p / q))
    dz, dc = np.zeros_like(z), np.zeros_like(c)
    for i in range(n):
        for j in range(k):
            kernel = 1 / (1 + np.sum((z[i] - c[j]) ** 2) / alpha)
            step = (alpha + 1) / alpha * kernel * (p[i, j] - q[i, j]) * (z[i] - c[j])
            dz[i] += step
            dc[j] -= step
    return q, p, loss, dz, dc


@pytest.mark.parametrize("alpha", [1.0, 2.5])
def test_dec_is_the_papers(alpha):
    q, p, loss, dz, dc = direct_dec(X, C, alpha)
    np.testing.assert_allclose(student_t_assignment(X, C, alpha), q, rtol=1e-12)
    np.testing.assert_allclose(target_distribution(q), p, rtol=1e-12)
    assert dec_objective(X, C, alpha=alpha) == pytest.approx(loss, rel=1e-12)
    gradients = ac.grad(lambda z, c: dec_objective(z, c, alpha=alpha), argnums=(0, 1))(X, C)
    np.testing.assert_allclose(gradients[0], dz, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(gradients[1], dc, rtol=1e-10, atol=1e-13)


def test_values_and_gradients_of_pytorch():
    torch = pytest.importorskip("torch")
    x, c = torch.tensor(X, requires_grad=True), torch.tensor(C, requires_grad=True)
    squares = torch.cdist(x, c) ** 2
    theirs = {
        soft_inertia: (torch.softmax(-squares, 1) * squares).sum(),
        free_energy: -torch.logsumexp(-squares, 1).sum(),
        hard_inertia: squares.min(1).values.sum(),
    }
    for f, value in theirs.items():
        expected = torch.autograd.grad(value, (x, c), retain_graph=True)
        assert f(X, C) == pytest.approx(value.item(), rel=1e-10)
        for ours, other in zip(ac.grad(f, argnums=(0, 1))(X, C), expected, strict=True):
            np.testing.assert_allclose(ours, other.numpy(), rtol=1e-9, atol=1e-11)


# -- annealing -----------------------------------------------------------------------------------


def test_annealing():
    np.testing.assert_allclose(annealing(8, 1, 4), [8, 4, 2, 1])
    np.testing.assert_allclose(annealing(7, 1, 4, kind="linear"), [7, 5, 3, 1])
    np.testing.assert_allclose(annealing(3, 3, 1), [3])


def test_annealed_centres_are_those_of_k_means():
    data, labels = blobs(4, seed=2)
    found = soft_kmeans(data, 4, random_state=0)
    assert adjusted_rand_score(labels, found.assignment.argmax(axis=1)) > 0.95
    best = KMeans(4, n_init=10, random_state=0).fit(data)
    assert hard_inertia(data, found.centers) == pytest.approx(best.inertia_, rel=1e-3)


def test_annealing_leaves_a_bad_start_that_k_means_does_not():
    data = np.array([[0.0, 0], [0, 1], [10, 0], [10, 1]])
    bad = np.array([[5.0, 0], [5.01, 1]])  # k-means stays, with inertia 100
    assert KMeans(2, init=bad).fit(data).inertia_ > 99
    assert hard_inertia(data, soft_kmeans(data, 2, init=bad, steps=30).centers) < 1.1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("steps", [10, 30])
def test_slow_cooling_parts_what_was_drawn_together(steps, dtype):
    data, _ = blobs(3)
    hot = 2 * np.linalg.eigvalsh(np.cov(data.T, bias=True))[-1]
    found = soft_kmeans(
        data.astype(dtype), 3, temperatures=annealing(2 * hot, hot / 500, 60), steps=steps
    )
    best = KMeans(3, n_init=10, random_state=0).fit(data)
    assert hard_inertia(data, found.centers) == pytest.approx(best.inertia_, rel=1e-3)


def test_the_free_energy_never_rises_at_one_temperature():
    data, _ = blobs()
    history = soft_kmeans(data, 3, temperatures=[30.0] * 5 + [3.0] * 5, random_state=1).history
    for temperature in (30.0, 3.0):
        energies = [energy for t, energy in history if t == temperature]
        assert len(energies) == 50
        assert np.all(np.diff(energies) <= 1e-9 * np.abs(energies[:-1]))


def test_an_empty_cluster_keeps_its_centre():
    centers = np.array([[0.0, 0], [1e6, 1e6]])
    found = soft_kmeans(X[:, :2], 2, temperatures=[1e-3], init=centers)
    np.testing.assert_array_equal(found.centers[1], centers[1])
    gradient = ac.grad(lambda c: hard_inertia(X[:, :2], c))(centers)
    np.testing.assert_array_equal(gradient[1], 0)
    q = np.c_[Q[:, :2], np.zeros(9)]
    target = target_distribution(q)
    np.testing.assert_array_equal(target[:, 2], 0)
    np.testing.assert_allclose(target.sum(axis=1), 1)
    assert np.isfinite(ac.grad(lambda q: np.sum(target_distribution(q) ** 2))(q)).all()


def test_duplicates_only():
    same = np.ones((5, 2))
    found = soft_kmeans(same, 2, random_state=0)
    np.testing.assert_array_equal(found.centers, np.ones((2, 2)))
    np.testing.assert_array_equal(found.assignment, np.full((5, 2), 0.5))


# -- kinks: coincident points, zero vectors --------------------------------------------------------


@pytest.mark.parametrize("name", OBJECTIVES)
def test_derivatives_are_finite_at_coincident_and_zero_points(name):
    f, *inputs = OBJECTIVES[name]
    inputs = [np.array(value) for value in inputs]
    inputs[0][1] = inputs[0][0]
    if len(inputs) > 1 and inputs[1].shape == C.shape:
        inputs[1][0] = inputs[1][1] = inputs[0][0]
        inputs[0][2] = inputs[1][2] = 0
    tensors: list[Any] = [ac.Tensor(value, requires_grad=True) for value in inputs]
    with np.errstate(all="raise", under="ignore"):
        results = f(*tensors)
        results = results if isinstance(results, tuple) else (results,)
        total: Any = sum((result * result).sum() for result in results)
        total.backward()
    assert all(np.isfinite(result.numpy()).all() for result in results)
    assert all(np.isfinite(tensor.grad.numpy()).all() for tensor in tensors)


def test_a_zero_vector_has_cosine_zero_and_gradient_zero():
    data = np.array([[0.0, 0, 0], [1, 2, 3]])
    assignment = soft_assignment(data, C, 0.5, metric="cosine")
    np.testing.assert_allclose(assignment[0], 0.25)
    cosine = C @ data[1] / np.linalg.norm(C, axis=1) / np.sqrt(14)
    np.testing.assert_allclose(assignment[1], softmax(cosine / 0.5), rtol=1e-12)
    gradient = ac.grad(lambda x: np.sum(soft_assignment(x, C, 0.5, metric="cosine")[:, 0]))(data)
    np.testing.assert_array_equal(gradient[0], 0)
    assert np.all(gradient[1] != 0)


# -- silhouette ----------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "cosine"])
def test_of_a_hard_assignment_it_is_the_silhouette(metric):
    data, labels = blobs(3, apart=2.0)
    hard = np.eye(3)[labels]
    expected = silhouette_score(data, labels, metric=metric)
    assert soft_silhouette(data, hard, metric=metric) == pytest.approx(expected, rel=1e-10)
    with_an_empty_cluster = np.c_[hard, np.zeros(len(data))]
    got = soft_silhouette(data, with_an_empty_cluster, metric=metric)
    assert got == pytest.approx(expected, rel=1e-10)


def test_a_cluster_of_one_has_silhouette_zero():
    data, labels = np.array([[0.0], [1], [5], [20]]), np.array([0, 0, 1, 2])
    expected = silhouette_score(data, labels)
    assert soft_silhouette(data, np.eye(3)[labels]) == pytest.approx(expected, rel=1e-12)
    assert soft_silhouette(data, np.eye(2)[[0, 0, 0, 0]]) == 0
    assert soft_silhouette(np.ones((4, 2)), np.full((4, 2), 0.5)) == 0


def test_silhouette_from_its_definition():
    n, k = Q.shape
    total = 0.0
    for i in range(n):
        d = np.linalg.norm(X[i] - X, axis=1)
        rest = np.arange(n) != i
        to = [Q[rest, c] @ d[rest] / Q[rest, c].sum() for c in range(k)]
        for c in range(k):
            b = min(to[:c] + to[c + 1 :])
            total += Q[i, c] * (b - to[c]) / max(to[c], b)
    assert soft_silhouette(X, Q) == pytest.approx(total / n, rel=1e-12)


# -- mean shift ----------------------------------------------------------------------------------


def test_mean_shift_from_its_definition():
    ours, blurred = gaussian_mean_shift(X, 0.7, 4), gaussian_mean_shift(X, 0.7, 4, blurring=True)
    climbing, moving = X.copy(), X.copy()
    for _ in range(4):
        for points, windows in ((climbing, X), (moving, moving.copy())):
            squares = ((points[:, None] - windows) ** 2).sum(axis=-1)
            weights = np.exp(-squares / (2 * 0.49))
            points[:] = weights @ windows / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours, climbing, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(blurred, moving, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(gaussian_mean_shift(X, 0.7, 0), X)


def test_many_steps_have_the_derivative_of_the_limit():
    data, _ = blobs(2, n=6, seed=1)

    def unrolled(x):
        return np.sum(gaussian_mean_shift(x, 2.0, 200)[0] ** 2)

    def limit(x):
        return np.sum(gaussian_modes(x, 2.0, data[:1]) ** 2)

    np.testing.assert_allclose(ac.grad(unrolled)(data), ac.grad(limit)(data), rtol=1e-6, atol=1e-8)


# -- bad input -----------------------------------------------------------------------------------

CENTERED = [
    hard_inertia,
    soft_inertia,
    free_energy,
    soft_assignment,
    student_t_assignment,
    dec_objective,
]
BAD = [
    (X[0], C, DataError),
    (X[:0], C, DataError),
    (X, C[:, :2], DataError),
    (X * np.nan, C, DataError),
    (X, C * np.inf, DataError),
    (X + 1j, C, DataError),
    ([["a", "b", "c"]], C, DataError),
    ([[{}, 1.0, 2.0]], C, DataTypeError),
]


@pytest.mark.parametrize("f", CENTERED)
@pytest.mark.parametrize(("data", "centers", "error"), BAD)
def test_data_that_do_not_fit(f, data, centers, error):
    with pytest.raises(error, match=f.__name__):
        f(data, centers)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: soft_inertia(X, C, 0), ParameterError, "temperature must be"),
        (lambda: soft_assignment(X, C, -1.0), ParameterError, "temperature must be"),
        (lambda: soft_assignment(X, C, np.ones(2)), ParameterError, "temperature must be"),
        (lambda: soft_assignment(X.astype("f"), C, 1e-40), ParameterError, "temperature must be"),
        (lambda: soft_assignment(X, C, np.nan), ParameterError, "temperature must be"),
        (lambda: free_energy(X, C, "hot"), ParameterError, "temperature must be"),
        (lambda: soft_assignment(X, C, metric="cosin"), ParameterError, "metric must be"),
        (lambda: student_t_assignment(X, C, 0.0), ParameterError, "alpha must be"),
        (lambda: target_distribution(-Q), DataError, "must be >= 0"),
        (lambda: dec_objective(X, C, Q[:, :3]), DataError, "target must be"),
        (lambda: dec_objective(X, C, -Q), DataError, "target must be"),
        (lambda: annealing(1, 2, 3), ParameterError, "start must be"),
        (lambda: annealing(1, 0, 3), ParameterError, "stop must be"),
        (lambda: annealing(2, 1, True), ParameterError, "steps must be"),
        (lambda: annealing(2, 1, 2, kind="cubic"), ParameterError, "kind must be"),
        (lambda: soft_kmeans(X, 10), ParameterError, "n_clusters must be"),
        (lambda: soft_kmeans(X, 0), ParameterError, "n_clusters must be"),
        (lambda: soft_kmeans(X, 2, init=C), DataError, "4 centres, expected 2"),
        (lambda: soft_kmeans(X, 2, temperatures=[]), ParameterError, "no temperatures"),
        (lambda: soft_kmeans(X, 2, temperatures=[1, -1]), ParameterError, "temperature must be"),
        (lambda: soft_silhouette(X, Q[:4]), DataError, "expected an assignment"),
        (lambda: soft_silhouette(X, Q[:, :1]), DataError, "expected an assignment"),
        (lambda: soft_silhouette(X, -Q), DataError, "expected an assignment"),
        (lambda: soft_silhouette(X, Q, metric="l1"), ParameterError, "metric must be"),
        (lambda: gaussian_mean_shift(X, 0), ParameterError, "bandwidth must be"),
        (lambda: gaussian_mean_shift(X, 1.0, -1), ParameterError, "steps must be"),
    ],
)
def test_parameters_out_of_range(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_lists_and_integers_are_data():
    assert hard_inertia([[0, 0], [2, 0]], [[0, 1]]) == 6.0
    assert soft_assignment(ac.Tensor([[1, 2]]), [[1, 2]]).dtype == np.float64
