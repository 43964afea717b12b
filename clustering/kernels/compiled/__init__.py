"""Kernels compiled by Numba, one file for each family of algorithms."""

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

__all__ = [
    "cluster_sums",
    "density",
    "gains",
    "move_closer",
    "own_distances",
    "reassign",
    "square_distances",
    "two_nearest",
]
