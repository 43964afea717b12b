"""The compiled kernels give the same results in any number of threads."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

CODE = """
import numpy as np
from clustering import DBSCAN, KMeans, KMedians, MeanShift, silhouette_score

random = np.random.default_rng(0)
X = random.normal(size=(2100, 16)) + 4 * random.integers(0, 3, size=(2100, 1))  # large: 33,600
labels = DBSCAN(4.5).fit(X).labels_
results = [
    labels,
    silhouette_score(X, labels, noise=None),
    KMeans(5, algorithm="lloyd", random_state=0).fit(X).cluster_centers_,
    KMeans(5, algorithm="hamerly", random_state=0).fit(X).cluster_centers_,
    KMeans(5, random_state=0).fit(X, sample_weight=random.uniform(size=2100)).cluster_centers_,
    KMedians(5, random_state=0).fit(X).cluster_centers_,
    MeanShift(6.0).fit(X).cluster_centers_,
]
print(*[np.asarray(result).tobytes().hex() for result in results])
"""


def results(threads):
    """Of a process with that many threads; Numba reads the number when it is loaded."""
    env = os.environ | {"NUMBA_NUM_THREADS": str(threads)}
    done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_threads():
    assert results(3) == results(1)
