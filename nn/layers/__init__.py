"""Layers: modules that transform their input. PyTorch's names, parameter layouts and defaults."""

from nn.layers import (
    activations,
    containers,
    convolution,
    dropout,
    embedding,
    linear,
    normalization,
    pooling,
    reshaping,
    upsampling,
)
from nn.layers.activations import *  # noqa: F403
from nn.layers.containers import *  # noqa: F403
from nn.layers.convolution import *  # noqa: F403
from nn.layers.dropout import *  # noqa: F403
from nn.layers.embedding import *  # noqa: F403
from nn.layers.linear import *  # noqa: F403
from nn.layers.normalization import *  # noqa: F403
from nn.layers.pooling import *  # noqa: F403
from nn.layers.reshaping import *  # noqa: F403
from nn.layers.upsampling import *  # noqa: F403

__all__ = []
__all__ += activations.__all__
__all__ += containers.__all__
__all__ += convolution.__all__
__all__ += dropout.__all__
__all__ += embedding.__all__
__all__ += linear.__all__
__all__ += normalization.__all__
__all__ += pooling.__all__
__all__ += reshaping.__all__
__all__ += upsampling.__all__
