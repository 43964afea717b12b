"""PCA, Laplacian eigenmaps and t-SNE against scikit-learn and closed forms."""

import sys

import numpy as np
import pytest
import sklearn.decomposition as peer
import sklearn.manifold as manifold
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.manifold import trustworthiness
from sklearn.utils.estimator_checks import check_estimator

import autograd_core as ac
from clustering import PCA, SpectralEmbedding, tsne
from clustering.errors import DataError, DataTypeError, NotFittedError, ParameterError

SETS = {
    "iris": load_iris().data,
    "digits": load_digits().data[:500],
    "wide": np.random.default_rng(0).normal(size=(12, 30)),
    "tall": np.random.default_rng(0).normal(size=(900, 4)) * [5, 3, 2, 1] + 1e4,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [PCA, SpectralEmbedding])
def test_scikit_learns_checks(kind):
    failed = [
        (check["check_name"], check["exception"])
        for check in check_estimator(kind(), on_fail=None)
        if check["status"] == "failed"
    ]
    assert not failed
    assert repr(clone(kind())) == f"{kind.__name__}()" and not hasattr(kind(), "fit_predict")


# -- PCA -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("n_components", [None, 2, 0.8])
@pytest.mark.parametrize("whiten", [False, True])
def test_pca_is_scikit_learns(name, n_components, whiten):
    X = SETS[name]
    ours = PCA(n_components, whiten).fit(X)
    theirs = peer.PCA(n_components, whiten=whiten, svd_solver="full").fit(X)
    assert ours.n_components_ == theirs.n_components_
    sure = theirs.explained_variance_ > 1e-9 * theirs.explained_variance_[0]
    for attribute in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
        np.testing.assert_allclose(
            getattr(ours, attribute)[sure], getattr(theirs, attribute)[sure], rtol=1e-8
        )
    np.testing.assert_allclose(ours.components_[sure], theirs.components_[sure], atol=1e-7)
    np.testing.assert_allclose(ours.mean_, theirs.mean_)
    assert ours.noise_variance_ == pytest.approx(theirs.noise_variance_, abs=1e-10)
    Z = ours.transform(X)
    np.testing.assert_allclose(Z[:, sure], theirs.transform(X)[:, sure], atol=1e-6)
    np.testing.assert_allclose(
        ours.inverse_transform(Z), theirs.inverse_transform(theirs.transform(X)), atol=1e-6
    )


def test_pca_keeps_what_it_should():
    X = SETS["iris"]
    fitted = PCA().fit(X)
    np.testing.assert_allclose(fitted.components_ @ fitted.components_.T, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(fitted.inverse_transform(fitted.transform(X)), X, atol=1e-12)
    np.testing.assert_allclose(np.cov(fitted.transform(X).T).diagonal(), fitted.explained_variance_)
    white = PCA(whiten=True).fit_transform(X)
    np.testing.assert_allclose(np.cov(white.T), np.eye(4), atol=1e-10)
    assert PCA(2).fit_transform(X.astype(np.float32)).dtype == np.float32
    assert fitted.get_feature_names_out().tolist() == ["pca0", "pca1", "pca2", "pca3"]


def test_pca_of_constant_features():
    for whiten in (False, True):
        fitted = PCA(whiten=whiten).fit(np.full((6, 3), 2.0))
        assert not fitted.transform(np.full((6, 3), 2.0)).any()
        assert not fitted.explained_variance_ratio_.any()


def test_pca_of_a_tensor_carries_the_gradient():
    X = SETS["iris"][:20]
    for whiten in (False, True):
        fitted = PCA(2, whiten).fit(X)
        assert ac.gradcheck(fitted.transform, X)
        assert ac.gradcheck(lambda x, f=fitted: f.inverse_transform(f.transform(x)), X)
        tensor = fitted.transform(ac.Tensor(X, requires_grad=True))
        np.testing.assert_array_equal(tensor.numpy(), fitted.transform(X))


@pytest.mark.parametrize(
    ("n_components", "X", "error", "text"),
    [
        (5, [[0.0, 1.0], [1.0, 2.0]], ParameterError, "n_components must be an integer >= 0"),
        (-1, [[0.0], [1.0]], ParameterError, "n_components"),
        (1.5, [[0.0], [1.0]], ParameterError, "n_components"),
        ("mle", [[0.0], [1.0]], ParameterError, "n_components"),
        (None, [[0.0]], DataError, "minimum of 2"),
        (None, [[0.0], [np.nan]], DataError, "NaN"),
        (None, [["a"], ["b"]], DataError, "numbers"),
        (None, [0.0, 1.0], DataError, "2-d"),
    ],
)
def test_bad_input_of_pca(n_components, X, error, text):
    with pytest.raises(error, match=text):
        PCA(n_components).fit(X)


def test_errors_after_fitting():
    with pytest.raises(NotFittedError):
        PCA().transform([[1.0]])
    fitted = PCA(1).fit([[0.0, 1.0], [1.0, 2.0]])
    with pytest.raises(DataError, match="expecting 2"):
        fitted.transform([[1.0]])
    with pytest.raises(DataError, match=r"\(rows, 1\)"):
        fitted.inverse_transform([[1.0, 2.0]])


# -- Laplacian eigenmaps -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"affinity": "rbf"}, {"affinity": "rbf", "gamma": 0.5, "n_components": 4}]
)
def test_spectral_embedding_is_scikit_learns(options):
    X = np.random.default_rng(0).normal(size=(150, 3))
    ours = SpectralEmbedding(**options).fit(X)
    theirs = manifold.SpectralEmbedding(**options, random_state=0).fit(X)
    np.testing.assert_allclose(ours.embedding_, theirs.embedding_, atol=1e-6)
    np.testing.assert_array_equal(ours.embedding_, SpectralEmbedding(**options).fit_transform(X))


def test_a_path_unrolls():
    n = 20
    W = np.eye(n, k=1) + np.eye(n, k=-1)
    line = SpectralEmbedding(1, affinity="precomputed").fit_transform(W)[:, 0]
    assert (np.diff(line) > 0).all() or (np.diff(line) < 0).all()


def test_components_lie_apart():
    W = np.kron(np.diag([1.0, 1.0, 0.0]), np.ones((3, 3)))  # two cliques, three isolated nodes
    with pytest.warns(UserWarning, match="5 components"):
        places = SpectralEmbedding(2, affinity="precomputed").fit_transform(W)
    assert not places[:3].any() and (places[3:6, 0] > 0).all() and not places[3:6, 1].any()


def test_bad_input_of_spectral_embedding():
    with pytest.raises(ParameterError, match="less than the number of samples"):
        SpectralEmbedding(2).fit([[0.0], [1.0]])
    with pytest.raises(ParameterError, match="n_neighbors"):
        SpectralEmbedding(1, n_neighbors=9).fit([[0.0], [1.0]])
    with pytest.raises(DataTypeError, match="sparse"):
        from scipy.sparse import eye_array

        SpectralEmbedding(1).fit(eye_array(4))


# -- t-SNE ---------------------------------------------------------------------------------------


def test_tsne_keeps_neighbours():
    X = SETS["digits"][:80]
    options = {"perplexity": 10.0, "method": "exact", "max_iter": 260}
    places = tsne(X, **options)
    theirs = manifold.TSNE(2, init="pca", random_state=0, **options).fit_transform(X)
    np.testing.assert_array_equal(places, theirs)
    assert trustworthiness(X, places) > 0.8
    np.testing.assert_array_equal(places, tsne(ac.Tensor(X), **options))


def test_tsne_says_what_it_needs(monkeypatch):
    with pytest.raises(ParameterError, match="perplexity must be less"):
        tsne(np.zeros((5, 2)))
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-core\[data\]'"):
        tsne(np.zeros((50, 2)))
