"""Kernels compiled by Numba, in place of those of `plain` that it makes faster."""

from clustering.kernels.plain import *  # noqa: F403

# isort: split

from clustering.kernels.compiled import linkage as linkage
from clustering.kernels.compiled.centers import *  # noqa: F403
from clustering.kernels.compiled.density import *  # noqa: F403
from clustering.kernels.compiled.shift import *  # noqa: F403
from clustering.kernels.compiled.silhouette import *  # noqa: F403
