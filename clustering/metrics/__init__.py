"""Scores of a clustering: `external` against known labels, `internal` from the data alone."""

from clustering.metrics import external, internal
from clustering.metrics.external import *  # noqa: F403
from clustering.metrics.internal import *  # noqa: F403

__all__ = []
__all__ += external.__all__
__all__ += internal.__all__
