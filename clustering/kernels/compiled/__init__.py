"""Kernels compiled by Numba, one file for each family of algorithms."""

from clustering.kernels.compiled import linkage
from clustering.kernels.compiled.centers import (
    cluster_sums,
    gains,
    move_closer,
    own_distances,
    reassign,
    square_distances,
    two_nearest,
)
from clustering.kernels.compiled.density import density
from clustering.kernels.compiled.shift import flat_shift, gaussian_shift
from clustering.kernels.compiled.silhouette import mean_distances

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
