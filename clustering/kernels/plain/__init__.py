"""Kernels in NumPy and SciPy, one file for each family of algorithms."""

from clustering.kernels.plain import linkage
from clustering.kernels.plain.centers import (
    cluster_sums,
    gains,
    move_closer,
    own_distances,
    reassign,
    square_distances,
    two_nearest,
)
from clustering.kernels.plain.density import density
from clustering.kernels.plain.shift import flat_shift, gaussian_shift
from clustering.kernels.plain.silhouette import mean_distances

__all__ = [
    "cluster_sums",
    "density",
    "flat_shift",
    "gains",
    "gaussian_shift",
    "linkage",
    "mean_distances",
    "move_closer",
    "own_distances",
    "reassign",
    "square_distances",
    "two_nearest",
]
