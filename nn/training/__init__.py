"""Training: the loop, its history, evaluation and prediction."""

from nn.training import history, loop
from nn.training.history import *  # noqa: F403
from nn.training.loop import *  # noqa: F403

__all__ = []
__all__ += history.__all__
__all__ += loop.__all__
