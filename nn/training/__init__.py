"""Training: the loop, its history, evaluation and prediction."""

from nn.training.history import History
from nn.training.loop import evaluate, fit, predict

__all__ = ["History", "evaluate", "fit", "predict"]
