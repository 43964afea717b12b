"""Pooling layers."""

from __future__ import annotations

import autograd_core as ac
from nn.module import Module


class MaxPool2d(Module):
    """Largest element of each window. Arguments as `autograd_core.max_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1) -> None:
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.dilation = padding, dilation

    def forward(self, x):
        return ac.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride or self.kernel_size}"


class AvgPool2d(Module):
    """Mean of each window. Arguments as `autograd_core.avg_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True) -> None:
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.count_include_pad = padding, count_include_pad

    def forward(self, x):
        return ac.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride or self.kernel_size}"
