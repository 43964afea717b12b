"""Deep clustering: against k-means on real digits, its parts, its interface, bad input."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
import nn
from clustering import DeepClustering, KMeans
from clustering.deep import neighbor_loss, seeded
from clustering.errors import ConvergenceWarning, DataError, NotFittedError, ParameterError
from clustering.metrics.external import adjusted_rand_score

QUICK: dict[str, Any] = {
    "hidden_sizes": (16,),
    "n_components": 2,
    "pretrain_epochs": 20,
    "max_iter": 20,
    "batch_size": 32,
}


def blobs(k=3, n=40, d=6, seed=0):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(k), n)
    return 5 * random.normal(size=(k, d))[labels] + random.normal(size=(k * n, d)), labels


@pytest.fixture(scope="module")
def fitted():
    X, _ = blobs()
    with seeded(np.random.default_rng(0)):
        return X, DeepClustering(3, random_state=0, tol=0.02, **QUICK).fit(X)


# -- results -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
def test_digits_are_found_better_than_by_k_means():
    """On 500 of them, with a small network, few passes and one seed."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    X, y = digits.data[:500], digits.target[:500]
    pixels = KMeans(10, n_init=10, random_state=0).fit(X)
    quick: dict[str, Any] = {
        "hidden_sizes": (64, 32),
        "pretrain_epochs": 40,
        "batch_size": 64,
        "max_iter": 5,
    }
    deep = DeepClustering(10, random_state=0, **quick).fit(X)
    margin = adjusted_rand_score(y, deep.labels_) - adjusted_rand_score(y, pixels.labels_)
    assert margin > 0.05


@pytest.mark.parametrize("method", ["dec", "idec"])
@pytest.mark.parametrize("neighbors", [0, 5])
def test_clear_clusters(method, neighbors):
    X, labels = blobs()
    quick = QUICK | {"neighbors": neighbors, "method": method, "pretrain_epochs": 60}
    found = DeepClustering(3, random_state=1, tol=0.02, **quick).fit(X)
    assert adjusted_rand_score(labels, found.labels_) > 0.9
    assert found.converged_
    parts = [epoch.phase for epoch in found.history_]
    assert parts == ["pretraining"] * 60 + ["clustering"] * found.n_iter_
    errors = [epoch.reconstruction for epoch in found.history_[:60]]
    assert errors[-1] < 0.5 * errors[0]
    assert all(epoch.objective >= 0 for epoch in found.history_)


def test_prediction_agrees_with_the_labels_and_the_code(fitted):
    X, found = fitted
    np.testing.assert_array_equal(found.predict(X), found.labels_)
    code = found.transform(X)
    assert code.shape == (120, 2)
    squares = ((code[:, None] - found.cluster_centers_) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(squares.argmin(axis=1), found.labels_)
    kernel = 1 / (1 + squares)
    expected = kernel / kernel.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.assignment(X), expected, rtol=1e-10)
    np.testing.assert_allclose(found.transform(X[:1]), code[:1], rtol=1e-12)  # alone as in company
    back = found.inverse_transform(code)
    assert back.shape == X.shape
    assert np.mean((back - X) ** 2) < X.var()


def test_the_code_is_differentiable(fitted):
    X, found = fitted
    ac.gradcheck(found.transform, X[:3]).raise_if_failed()


def test_the_same_seed_gives_the_same_labels_and_leaves_the_generator_of_nn_alone(fitted):
    X, found = fitted
    nn.manual_seed(5)
    again = DeepClustering(3, random_state=0, tol=0.02, **QUICK).fit(X)
    after = nn.default_generator().random()
    assert after == nn.manual_seed(5).random()
    np.testing.assert_array_equal(again.labels_, found.labels_)
    np.testing.assert_array_equal(again.cluster_centers_, found.cluster_centers_)
    assert again.history_ == found.history_


def test_float32_and_pickles(fitted):
    X, found = fitted
    assert found.transform(X.astype(np.float32)).dtype == np.float32
    copied = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(copied.predict(X), found.labels_)


def test_scale_and_place_of_the_data_do_not_matter(fitted):
    X, found = fitted
    for moved in (X * 2.0**500, X * 2.0**-500, X + 1e6):
        again = DeepClustering(3, random_state=0, tol=0.02, **QUICK).fit(moved)
        assert adjusted_rand_score(again.labels_, found.labels_) > 0.95


# -- parts ---------------------------------------------------------------------------------------


def test_neighbor_loss_is_the_cross_entropy_of_umap():
    random = np.random.default_rng(0)
    code, near, others = random.normal(size=(7, 3)), random.normal(size=(7, 3)), None
    others = random.normal(size=(7, 2, 3))
    q = 1 / (1 + ((code - near) ** 2).sum(axis=-1))
    away = 1 / (1 + ((code[:, None] - others) ** 2).sum(axis=-1))
    expected = np.mean(-np.log(q) - np.log(1 - away).sum(axis=1))
    assert neighbor_loss(code, near, others) == pytest.approx(expected, rel=0.05)
    far = others + 100
    away = 1 / (1 + ((code[:, None] - far) ** 2).sum(axis=-1))
    expected = np.mean(-np.log(q) - np.log(1 - away).sum(axis=1))
    assert neighbor_loss(code, near, far) == pytest.approx(expected, rel=1e-6)
    ac.gradcheck(neighbor_loss, code, near, others).raise_if_failed()
    gradient = ac.grad(lambda z: neighbor_loss(z, code, code[:, None]))(code)
    assert np.isfinite(gradient).all()  # all at one place


def test_dec_leaves_the_decoder_and_idec_does_not():
    X, _ = blobs()
    quick = dict[str, Any](QUICK, pretrain_epochs=0, max_iter=1)
    encoder, decoder = nn.MLP([6, 8, 2]), nn.MLP([2, 8, 6])
    before = decoder.state_dict(), encoder.state_dict()
    for method, moved in (("dec", False), ("idec", True)):
        found = DeepClustering(3, (encoder, decoder), method=method, random_state=0, **quick)
        with pytest.warns(ConvergenceWarning, match="max_iter=1"):
            found.fit(X)
        changed = [
            not np.array_equal(value, before[0][name])
            for name, value in found.decoder_.state_dict().items()
        ]
        assert any(changed) is moved
        assert any(
            not np.array_equal(value, before[1][name])
            for name, value in found.encoder_.state_dict().items()
        )
    for module, state in zip((decoder, encoder), before, strict=True):  # what was given is copied
        for name, value in module.state_dict().items():
            np.testing.assert_array_equal(value, state[name])


def test_any_module_and_optimizer():
    class Autoencoder(nn.Module):
        def __init__(self):
            self.encoder = nn.Sequential(nn.Linear(6, 2), nn.Dropout(0.1))
            self.decoder = nn.Linear(2, 6)

    X, labels = blobs()
    seen = []
    found = DeepClustering(
        3,
        Autoencoder(),
        optimizer=lambda parameters: nn.SGD(parameters, lr=0.05, momentum=0.9),
        callback=seen.append,
        random_state=0,
        tol=0.02,
        **QUICK,
    ).fit(X)
    assert seen == found.history_
    assert adjusted_rand_score(labels, found.labels_) > 0.9


def test_nn_is_imported_when_it_is_needed():
    code = "import clustering, sys; sys.exit('nn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_clusters", 0),
        ("n_clusters", 121),
        ("n_components", 1.5),
        ("max_iter", 0),
        ("update_interval", 0),
        ("batch_size", -1),
        ("neighbors", -1),
        ("pretrain_epochs", None),
        ("alpha", 0),
        ("learning_rate", np.nan),
        ("gamma", -1),
        ("tol", "small"),
        ("method", "vade"),
        ("hidden_sizes", (0,)),
        ("hidden_sizes", 3),
        ("autoencoder", nn.Linear(6, 2)),
        ("autoencoder", (1, 2)),
        ("random_state", -1),
    ],
)
def test_parameters_out_of_range(name, value):
    X, _ = blobs()
    with pytest.raises(ParameterError, match=name if name != "n_clusters" else "n_"):
        DeepClustering(**(QUICK | {name: value})).fit(X)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_data_that_do_not_fit():
    X, _ = blobs()
    pair = nn.Linear(6, 2), nn.Linear(2, 5)
    with pytest.raises(DataError, match="decoder gives shape"):
        DeepClustering(3, pair, **QUICK).fit(X)
    with pytest.raises(ac.ShapeError, match="in_features=6"):
        DeepClustering(3, pair, **QUICK).fit(X[:, :5])
    with pytest.raises(DataError, match="NaN"):
        DeepClustering(3, **QUICK).fit(X * np.nan)
    with pytest.raises(NotFittedError):
        DeepClustering().predict(X)
    with pytest.raises(nn.NonFiniteLossError, match="learning_rate"):
        DeepClustering(3, random_state=0, **dict[str, Any](QUICK, learning_rate=1e30)).fit(X)


@pytest.mark.filterwarnings("ignore::clustering.errors.ConvergenceWarning")
@pytest.mark.parametrize("X", [np.ones((12, 3)), np.zeros((2, 1)), np.arange(6.0)[:, None]])
def test_degenerate_data_have_finite_results(X):
    found = DeepClustering(2, random_state=0, **QUICK).fit(X)
    assert np.isfinite(found.cluster_centers_).all()
    assert np.isfinite(found.transform(X)).all()
    np.testing.assert_array_equal(found.predict(X), found.labels_)
