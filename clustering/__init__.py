"""Clustering with scikit-learn's interface, on the engine's Tensor.

Estimators take arrays, Tensors, lists and data frames; what can carry a gradient does.
"""

from clustering import images, plots
from clustering.centers import KMedians, KMedoids, SphericalKMeans
from clustering.completion import MatrixCompletion
from clustering.connectivity import kneighbors_graph
from clustering.dbscan import DBSCAN
from clustering.deep import DeepClustering
from clustering.dendrogram import dendrogram_layout, plot_dendrogram
from clustering.differentiable import (
    annealing,
    dec_objective,
    free_energy,
    gaussian_mean_shift,
    hard_inertia,
    soft_assignment,
    soft_inertia,
    soft_kmeans,
    soft_silhouette,
    student_t_assignment,
    target_distribution,
)
from clustering.embedding import PCA, SpectralEmbedding, tsne
from clustering.errors import *  # noqa: F403
from clustering.errors import __all__ as _errors
from clustering.hierarchical import AgglomerativeClustering, linkage
from clustering.kmeans import KMeans
from clustering.mean_shift import MeanShift, estimate_bandwidth, gaussian_modes, gaussian_shift
from clustering.metrics import *  # noqa: F403
from clustering.metrics import __all__ as _metrics
from clustering.minibatch import MiniBatchKMeans
from clustering.selection import KChoice, choose_k, knee
from clustering.spectral import (
    SpectralClustering,
    cosine_similarity,
    eigengap,
    knn_similarity,
    laplacian,
    rbf_similarity,
    spectral_embedding,
    spectral_projector,
)
from clustering.trees import cophenetic, cophenetic_correlation, cut, leaves

__all__ = [
    "DBSCAN",
    "PCA",
    "AgglomerativeClustering",
    "DeepClustering",
    "KChoice",
    "KMeans",
    "KMedians",
    "KMedoids",
    "MatrixCompletion",
    "MeanShift",
    "MiniBatchKMeans",
    "SpectralClustering",
    "SpectralEmbedding",
    "SphericalKMeans",
    "annealing",
    "choose_k",
    "cophenetic",
    "cophenetic_correlation",
    "cosine_similarity",
    "cut",
    "dec_objective",
    "dendrogram_layout",
    "eigengap",
    "estimate_bandwidth",
    "free_energy",
    "gaussian_mean_shift",
    "gaussian_modes",
    "gaussian_shift",
    "hard_inertia",
    "images",
    "knee",
    "kneighbors_graph",
    "knn_similarity",
    "laplacian",
    "leaves",
    "linkage",
    "plot_dendrogram",
    "plots",
    "rbf_similarity",
    "soft_assignment",
    "soft_inertia",
    "soft_kmeans",
    "soft_silhouette",
    "spectral_embedding",
    "spectral_projector",
    "student_t_assignment",
    "target_distribution",
    "tsne",
]
__all__ += _errors
__all__ += _metrics
