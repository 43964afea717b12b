"""Pooling: one number for each window, for each of a given number of windows, or for an image.

x is (N, C, *spatial); one example without the batch axis is taken too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core.extend import call_explained
from nn.layers.checks import on_batch, per_axis
from nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
]


class Pool(Module):
    """Base class: a function of windows, with the attributes `settings` after the input."""

    axes: int
    function: Callable[..., Any]
    settings: tuple[str, ...]

    def forward(self, x):
        settings = [getattr(self, name) for name in self.settings]
        name = type(self).__name__
        return on_batch(
            self, self.axes, None, x, lambda x: call_explained(name, self.function, (x, *settings))
        )

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings)


class Windows(Pool):
    """What pooling by windows has: a kernel that moves by strides over padded images."""

    def _check(self, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1) -> None:
        name = type(self).__name__
        kernel = per_axis(name, "kernel_size", kernel_size, self.axes)
        per_axis(name, "stride", kernel_size if stride is None else stride, self.axes)
        per_axis(name, "dilation", dilation, self.axes)
        margins = per_axis(name, "padding", padding, self.axes, 0)
        if any(2 * p > k for p, k in zip(margins, kernel, strict=True)):
            raise ac.OperationError(
                f"{name}: padding {padding} must be at most half of kernel_size {kernel_size}"
            )
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride


class MaxPoolNd(Windows):
    """Largest element of each window; padding never wins, of equal ones the first gets the
    gradient.

    Args:
        kernel_size, dilation: int, or one for each spatial axis.
        stride: likewise; the kernel's size if None.
        padding: likewise; at most half of the kernel.
        ceil_mode: whether windows may hang over the end.

    Raises:
        OperationError: a setting is not valid.
        UnsupportedError: return_indices is asked for.
        ShapeError (when called): the input has other axes, or the window does not fit.
    """

    settings = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self._check(kernel_size, stride, padding, dilation)
        if return_indices:
            raise ac.UnsupportedError(f"{type(self).__name__}: return_indices is not supported")
        self.dilation, self.ceil_mode = dilation, ceil_mode


class AvgPoolNd(Windows):
    """Mean of each window.

    Args:
        kernel_size: int, or one for each spatial axis.
        stride: likewise; the kernel's size if None.
        padding: likewise, zeros; at most half of the kernel.
        ceil_mode: whether windows may hang over the end; only what lies inside then counts.
        count_include_pad: whether padding counts.
        divisor_override: what to divide each sum by instead of the count (not in one dimension).

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input has other axes, or the window does not fit.
    """

    settings = (
        "kernel_size",
        "stride",
        "padding",
        "count_include_pad",
        "ceil_mode",
        "divisor_override",
    )

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self._check(kernel_size, stride, padding)
        if divisor_override == 0:
            raise ac.OperationError(f"{type(self).__name__}: divisor_override must not be 0")
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override


class AdaptivePool(Pool):
    """As many windows along each spatial axis as asked for, whatever the input's size.

    output_size: int, or one for each spatial axis; None keeps the axis.

    Raises:
        OperationError: output_size is not valid.
        ShapeError (when called): the input has other axes, or an empty one.
    """

    settings = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        sizes = output_size if isinstance(output_size, Iterable) else (output_size,) * self.axes
        sizes = [1 if size is None else size for size in sizes]
        per_axis(type(self).__name__, "output_size", sizes, self.axes)
        self.output_size = output_size


class GlobalPool(Pool):
    """One number for each channel: x (N, C, H, W) into (N, C), or (N, C, 1, 1) with keepdims.

    Raises (when called):
        ShapeError: the input has other axes.
    """

    axes = 2
    settings = ("keepdims",)

    def __init__(self, keepdims: bool = False) -> None:
        self.keepdims = keepdims


class MaxPool1d(MaxPoolNd):
    __doc__ = f"Over one spatial axis: x is (N, C, L). {MaxPoolNd.__doc__}"
    axes, function = 1, staticmethod(ac.max_pool1d)


class MaxPool2d(MaxPoolNd):
    __doc__ = f"Over images: x is (N, C, H, W). {MaxPoolNd.__doc__}"
    axes, function = 2, staticmethod(ac.max_pool2d)


class MaxPool3d(MaxPoolNd):
    __doc__ = f"Over volumes: x is (N, C, D, H, W). {MaxPoolNd.__doc__}"
    axes, function = 3, staticmethod(ac.max_pool3d)


class AvgPool1d(AvgPoolNd):
    __doc__ = f"Over one spatial axis: x is (N, C, L). {AvgPoolNd.__doc__}"
    axes, function = 1, staticmethod(ac.avg_pool1d)
    settings = AvgPoolNd.settings[:-1]

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class AvgPool2d(AvgPoolNd):
    __doc__ = f"Over images: x is (N, C, H, W). {AvgPoolNd.__doc__}"
    axes, function = 2, staticmethod(ac.avg_pool2d)


class AvgPool3d(AvgPoolNd):
    __doc__ = f"Over volumes: x is (N, C, D, H, W). {AvgPoolNd.__doc__}"
    axes, function = 3, staticmethod(ac.avg_pool3d)


class AdaptiveMaxPool1d(AdaptivePool):
    __doc__ = f"Largest elements of windows over x (N, C, L). {AdaptivePool.__doc__}"
    axes, function = 1, staticmethod(ac.adaptive_max_pool1d)


class AdaptiveMaxPool2d(AdaptivePool):
    __doc__ = f"Largest elements of windows over x (N, C, H, W). {AdaptivePool.__doc__}"
    axes, function = 2, staticmethod(ac.adaptive_max_pool2d)


class AdaptiveAvgPool1d(AdaptivePool):
    __doc__ = f"Means of windows over x (N, C, L). {AdaptivePool.__doc__}"
    axes, function = 1, staticmethod(ac.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(AdaptivePool):
    __doc__ = f"Means of windows over x (N, C, H, W). {AdaptivePool.__doc__}"
    axes, function = 2, staticmethod(ac.adaptive_avg_pool2d)


class GlobalAvgPool2d(GlobalPool):
    __doc__ = f"The mean. {GlobalPool.__doc__}"
    function = staticmethod(lambda x, keepdims: np.mean(x, axis=(2, 3), keepdims=keepdims))


class GlobalMaxPool2d(GlobalPool):
    __doc__ = f"The largest element; equal ones share the gradient. {GlobalPool.__doc__}"
    function = staticmethod(lambda x, keepdims: np.max(x, axis=(2, 3), keepdims=keepdims))
