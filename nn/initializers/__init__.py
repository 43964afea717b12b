"""Initial weights: `tensors` fills one tensor, `models` all weights of a model."""

from nn.initializers import models, tensors
from nn.initializers.models import *  # noqa: F403
from nn.initializers.tensors import *  # noqa: F403

__all__ = []
__all__ += models.__all__
__all__ += tensors.__all__
