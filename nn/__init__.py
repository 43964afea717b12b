"""Neural networks on `autograd_core`: modules, layers, losses, optimizers, data and training.

Names and parameter layouts are PyTorch's; a network is ordinary Python, and any NumPy
expression can stand in the middle of it.
"""

from nn import data, functional
from nn.data import DataLoader
from nn.errors import DataError, NonFiniteLossError, StateError
from nn.functional import accuracy
from nn.layers import (
    AvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from nn.losses import CrossEntropyLoss, MSELoss
from nn.module import Module, Parameter
from nn.optimizers import SGD, Adam, Optimizer
from nn.random import default_generator, manual_seed
from nn.training import History, evaluate, fit, predict
from nn.weights import load, save

__all__ = [
    "SGD",
    "Adam",
    "AvgPool2d",
    "Conv2d",
    "CrossEntropyLoss",
    "DataError",
    "DataLoader",
    "Dropout",
    "Flatten",
    "History",
    "Linear",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "NonFiniteLossError",
    "Optimizer",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "StateError",
    "Tanh",
    "accuracy",
    "data",
    "default_generator",
    "evaluate",
    "fit",
    "functional",
    "load",
    "manual_seed",
    "predict",
    "save",
]
