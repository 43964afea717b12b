"""Every estimator keeps scikit-learn's conventions."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import clustering
from clustering.base import Estimator

ESTIMATORS = [
    value
    for name in clustering.__all__
    if isinstance(value := getattr(clustering, name), type) and issubclass(value, Estimator)
]

QUICK = {"DeepClustering": {"hidden_sizes": (16,), "pretrain_epochs": 20, "max_iter": 20}}
"""Parameters of slow estimators."""

EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "random starts see the samples in order",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)
def test_scikit_learns_checks(kind):
    estimator = kind(**QUICK.get(kind.__name__, {}))
    failed = [
        (check["check_name"], check["exception"])
        for check in check_estimator(estimator, on_fail=None, expected_failed_checks=EXPECTED)
        if check["status"] == "failed"
    ]
    assert not failed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)
def test_pipelines_and_clones(kind):
    X = np.random.default_rng(0).normal(size=(40, 3)) * [1, 10, 100]
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    method = "fit_predict" if kind.kind == "clusterer" else "fit_transform"
    estimator = kind(**QUICK.get(kind.__name__, {}))
    result = getattr(clone(make_pipeline(StandardScaler(), estimator)), method)(X)
    if "random_state" not in kind().get_params():
        np.testing.assert_array_equal(result, getattr(estimator, method)(scaled))
    assert len(result) == 40
    assert repr(kind()) == f"{kind.__name__}()"


def test_grid_search():
    X = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)) + 10 * k for k in range(3)])
    search = GridSearchCV(clustering.KMeans(random_state=0), {"n_clusters": [1, 3]}).fit(X)
    assert search.best_params_ == {"n_clusters": 3}


def test_scikit_learn_is_not_imported():
    code = "import clustering, sys; clustering.KMeans(2).fit([[0.0], [1.0], [5.0]]); " + (
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
