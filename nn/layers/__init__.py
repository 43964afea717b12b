"""Layers: modules that transform their input. PyTorch's names, parameter layouts and defaults."""

from nn.layers.activations import ReLU, Sigmoid, Softmax, Tanh
from nn.layers.containers import Sequential
from nn.layers.convolution import Conv2d
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.pooling import AvgPool2d, MaxPool2d
from nn.layers.reshaping import Flatten

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Dropout",
    "Flatten",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
]
