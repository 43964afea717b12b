"""Convolutions and transposed convolutions over one, two or three spatial axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core as ac
from nn.checks import check_sizes
from nn.initializers.tensors import fan_in, fan_in_uniform
from nn.layers.checks import on_batch, per_axis
from nn.module import Module
from nn.parameters import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's names for ways of padding, and NumPy's."""


class Convolution(Module):
    """What all convolutions have: settings, checked, `weight` and `bias`."""

    axes: int
    function: Callable[..., Any]
    transposed = False

    def __init__(
        self, in_channels, out_channels, kernel_size, stride, dilation, groups, bias, mode, dtype
    ) -> None:
        name = type(self).__name__
        check_sizes(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ac.OperationError(
                f"{name}: in_channels={in_channels} and out_channels={out_channels} must be "
                f"divisible by groups={groups}"
            )
        modes = ["zeros"] if self.transposed else list(PADDING_MODES)
        if mode not in modes:
            raise ac.OperationError(
                f"{name}: padding_mode must be one of {', '.join(modes)}, got {mode!r}"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes)
        self.stride = per_axis(name, "stride", stride, self.axes)
        self.dilation = per_axis(name, "dilation", dilation, self.axes)
        self.groups, self.padding_mode = groups, mode
        pair = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (pair[0], pair[1] // groups, *self.kernel_size)
        self.weight = Parameter(fan_in_uniform(shape, fan_in(shape), dtype))
        self.bias = (
            Parameter(fan_in_uniform((out_channels,), fan_in(shape), dtype)) if bias else None
        )

    def extra_repr(self) -> str:
        usual: dict[str, Any] = dict.fromkeys(("stride", "dilation"), (1,) * self.axes)
        usual |= dict.fromkeys(("padding", "output_padding"), (0,) * self.axes)
        usual |= {"groups": 1, "padding_mode": "zeros"}
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts += [
            f"{name}={getattr(self, name)!r}"
            for name, value in usual.items()
            if getattr(self, name, value) != value
        ]
        return ", ".join([*parts, *(["bias=False"] if self.bias is None else [])])


class ConvNd(Convolution):
    """Convolution (cross-correlation) of (N, in_channels, *spatial) into (N, out_channels, ...).

    Args:
        in_channels, out_channels: must be divisible by groups.
        kernel_size, stride, dilation: int, or one for each spatial axis.
        padding: int, one for each spatial axis, "same" (stride 1 only) or "valid".
        groups: groups of channels that are convolved separately.
        bias: whether each output channel adds a number.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        dtype: of the parameters.

    `weight` is (out_channels, in_channels / groups, *kernel_size), `bias` (out_channels,), both
    initially uniform on ±1/√(in_channels / groups · elements of the kernel). One example without
    the batch axis is taken too.

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input has other axes or channels, or is too small.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = np.float32,
    ) -> None:
        channels = in_channels, out_channels
        super().__init__(
            *channels, kernel_size, stride, dilation, groups, bias, padding_mode, dtype
        )
        name = type(self).__name__
        self.padding: str | tuple[int, ...]
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ac.OperationError(
                    f'{name}: padding must be numbers, "same" or "valid", got {padding!r}'
                )
            if padding == "same" and set(self.stride) != {1}:
                raise ac.OperationError(f'{name}: padding="same" needs stride 1, got {stride!r}')
            self.padding = padding
        else:
            self.padding = per_axis(name, "padding", padding, self.axes, 0)

    def forward(self, x):
        return on_batch(self, self.axes, self.in_channels, x, self._convolve)

    def _convolve(self, x):
        padding = self.padding
        if self.padding_mode != "zeros" and padding != "valid":
            mode: Any = PADDING_MODES[self.padding_mode]
            x, padding = np.pad(x, [(0, 0), (0, 0), *self._margins()], mode), 0
        return self.function(
            x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _margins(self) -> list[tuple[int, int]]:
        """What padding adds before and after each spatial axis."""
        if not isinstance(self.padding, str):
            return [(p, p) for p in self.padding]
        spans = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
        return [(span // 2, span - span // 2) for span in spans]


class ConvTransposeNd(Convolution):
    """Transposed convolution: what a convolution with these filters does to cotangents.

    Args:
        in_channels, out_channels: must be divisible by groups.
        kernel_size, stride, dilation: int, or one for each spatial axis, of the convolution that
            it transposes.
        padding: int, or one for each spatial axis: what is cut off at each edge of the result.
        output_padding: int, or one for each spatial axis: how much longer the result is at its
            end; less than stride or dilation.
        groups: groups of channels that are convolved separately.
        bias: whether each output channel adds a number.
        dtype: of the parameters.

    `weight` is (in_channels, out_channels / groups, *kernel_size), `bias` (out_channels,), both
    initially uniform on ±1/√(out_channels / groups · elements of the kernel). Called as
    layer(x, output_size=...) it chooses the output_padding for that size.

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input has other axes or channels, or there is no such
            output_size.
    """

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = np.float32,
    ) -> None:
        channels = in_channels, out_channels
        super().__init__(
            *channels, kernel_size, stride, dilation, groups, bias, padding_mode, dtype
        )
        name = type(self).__name__
        self.padding = per_axis(name, "padding", padding, self.axes, 0)
        self.output_padding = per_axis(name, "output_padding", output_padding, self.axes, 0)
        for extra, stride, dilation in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if extra >= max(stride, dilation):
                raise ac.OperationError(
                    f"{name}: output_padding {self.output_padding} must be less than stride "
                    f"{self.stride} or dilation {self.dilation}"
                )

    def forward(self, x, output_size: Any = None):
        def transpose(x):
            extra = self.output_padding
            if output_size is not None:
                extra = self._extra(x.shape[2:], output_size)
            return self.function(
                x,
                self.weight,
                self.bias,
                self.stride,
                self.padding,
                extra,
                self.groups,
                self.dilation,
            )

        return on_batch(self, self.axes, self.in_channels, x, transpose)

    def _extra(self, sizes: tuple[int, ...], output_size: Any) -> tuple[int, ...]:
        """The output_padding that gives a result of this size."""
        name = type(self).__name__
        if not isinstance(output_size, int):
            output_size = tuple(output_size)[-self.axes :]
        wanted = per_axis(name, "output_size", output_size, self.axes)
        spans = [d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True)]
        steps = zip(sizes, self.stride, self.padding, spans, strict=True)
        least = tuple((n - 1) * s - 2 * p + span for n, s, p, span in steps)
        room = (max(s, d) - 1 for s, d in zip(self.stride, self.dilation, strict=True))
        most = tuple(low + more for low, more in zip(least, room, strict=True))
        if not all(low <= n <= high for low, n, high in zip(least, wanted, most, strict=True)):
            raise ac.ShapeError(
                f"{name}: output_size {wanted} must lie between {least} and {most} for an input "
                f"of size {tuple(sizes)}"
            )
        return tuple(n - low for n, low in zip(wanted, least, strict=True))


class Conv1d(ConvNd):
    __doc__ = f"Over one spatial axis: x is (N, C, L). {ConvNd.__doc__}"
    axes, function = 1, staticmethod(ac.conv1d)


class Conv2d(ConvNd):
    __doc__ = f"Over images: x is (N, C, H, W). {ConvNd.__doc__}"
    axes, function = 2, staticmethod(ac.conv2d)


class Conv3d(ConvNd):
    __doc__ = f"Over volumes: x is (N, C, D, H, W). {ConvNd.__doc__}"
    axes, function = 3, staticmethod(ac.conv3d)


class ConvTranspose1d(ConvTransposeNd):
    __doc__ = f"Over one spatial axis: x is (N, C, L). {ConvTransposeNd.__doc__}"
    axes, function = 1, staticmethod(ac.conv_transpose1d)


class ConvTranspose2d(ConvTransposeNd):
    __doc__ = f"Over images: x is (N, C, H, W). {ConvTransposeNd.__doc__}"
    axes, function = 2, staticmethod(ac.conv_transpose2d)


class ConvTranspose3d(ConvTransposeNd):
    __doc__ = f"Over volumes: x is (N, C, D, H, W). {ConvTransposeNd.__doc__}"
    axes, function = 3, staticmethod(ac.conv_transpose3d)
