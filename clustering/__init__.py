"""Clustering with scikit-learn's interface, on the engine's Tensor.

Estimators take arrays, Tensors, lists and data frames; what can carry a gradient does.
"""

from clustering.centers import KMedians, KMedoids, SphericalKMeans
from clustering.dbscan import DBSCAN
from clustering.errors import *  # noqa: F403
from clustering.errors import __all__ as _errors
from clustering.kmeans import KMeans
from clustering.minibatch import MiniBatchKMeans

__all__ = ["DBSCAN", "KMeans", "KMedians", "KMedoids", "MiniBatchKMeans", "SphericalKMeans"]
__all__ += _errors
