"""Kernels in NumPy and SciPy, one file for each family of algorithms."""

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
