"""Convolutional layers."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from nn.initializers import fan_in, fan_in_uniform
from nn.module import Module, Parameter, check_sizes


class Conv2d(Module):
    """2-D convolution of images (N, in_channels, H, W) into (N, out_channels, H', W').

    Args:
        in_channels, out_channels: must be divisible by groups.
        kernel_size, stride, dilation: int or (vertical, horizontal).
        padding: int, (vertical, horizontal), "same" or "valid"; filled with zeros.
        groups: groups of channels that are convolved separately.
        bias: whether each output channel adds a number.
        dtype: of the parameters.

    `weight` is (out_channels, in_channels / groups, kh, kw), `bias` (out_channels,), both
    initially uniform on ±1/√(in_channels / groups · kh · kw).

    Raises:
        OperationError: an argument is not valid.
        ShapeError (when called): the input has other axes or channels, or is too small.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        check_sizes("Conv2d", in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ac.OperationError(
                f"Conv2d: in_channels={in_channels} and out_channels={out_channels} must be "
                f"divisible by groups={groups}"
            )
        kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        check_sizes("Conv2d", kernel_height=kernel[0], kernel_width=kernel[-1])
        shape = (out_channels, in_channels // groups, *kernel)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel, stride, padding
        self.dilation, self.groups = dilation, groups
        self.weight = Parameter(fan_in_uniform(shape, fan_in(shape), dtype))
        self.bias = (
            Parameter(fan_in_uniform((out_channels,), fan_in(shape), dtype)) if bias else None
        )

    def forward(self, x):
        return ac.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding!r}"
        )
