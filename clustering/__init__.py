"""Clustering with scikit-learn's interface, on the engine's Tensor.

Estimators take arrays, Tensors, lists and data frames; what can carry a gradient does.

What stands on what, each on those before it: errors, validation; kernels, distances; base; seeding,
kmeans, kmeans_variants, minibatch, dbscan, mean_shift; trees, connectivity, hierarchical; spectral,
embedding; metrics, choose_k; differentiable, deep, matrix_completion; images; plots; quantize.
"""

from clustering import choose_k as choose_k_module
from clustering import (
    connectivity,
    dbscan,
    deep,
    differentiable,
    embedding,
    errors,
    hierarchical,
    images,
    kmeans,
    kmeans_variants,
    matrix_completion,
    mean_shift,
    metrics,
    minibatch,
    plots,
    spectral,
    trees,
)
from clustering.choose_k import *  # noqa: F403
from clustering.connectivity import *  # noqa: F403
from clustering.dbscan import *  # noqa: F403
from clustering.deep import *  # noqa: F403
from clustering.differentiable import *  # noqa: F403
from clustering.embedding import *  # noqa: F403
from clustering.errors import *  # noqa: F403
from clustering.hierarchical import *  # noqa: F403
from clustering.kmeans import *  # noqa: F403
from clustering.kmeans_variants import *  # noqa: F403
from clustering.matrix_completion import *  # noqa: F403
from clustering.mean_shift import *  # noqa: F403
from clustering.metrics import *  # noqa: F403
from clustering.minibatch import *  # noqa: F403
from clustering.plots import dendrogram_layout, plot_dendrogram
from clustering.spectral import *  # noqa: F403
from clustering.trees import *  # noqa: F403

__all__ = ["dendrogram_layout", "images", "plot_dendrogram", "plots"]
__all__ += choose_k_module.__all__
__all__ += connectivity.__all__
__all__ += dbscan.__all__
__all__ += deep.__all__
__all__ += differentiable.__all__
__all__ += embedding.__all__
__all__ += errors.__all__
__all__ += hierarchical.__all__
__all__ += kmeans.__all__
__all__ += kmeans_variants.__all__
__all__ += matrix_completion.__all__
__all__ += mean_shift.__all__
__all__ += metrics.__all__
__all__ += minibatch.__all__
__all__ += spectral.__all__
__all__ += trees.__all__
