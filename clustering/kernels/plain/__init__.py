"""Kernels in NumPy and SciPy, one file for each family of algorithms: the list of them all."""

from clustering.kernels.plain import centers, linkage, shift, silhouette
from clustering.kernels.plain import density as by_density
from clustering.kernels.plain.centers import *  # noqa: F403
from clustering.kernels.plain.density import *  # noqa: F403
from clustering.kernels.plain.shift import *  # noqa: F403
from clustering.kernels.plain.silhouette import *  # noqa: F403

__all__ = ["linkage"]
__all__ += centers.__all__
__all__ += by_density.__all__
__all__ += shift.__all__
__all__ += silhouette.__all__
