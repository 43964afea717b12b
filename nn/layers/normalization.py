"""Normalisation layers."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core.extend import value_of
from nn.checks import as_operand, check_numbers, check_sizes
from nn.layers.checks import LETTERS, on_batch
from nn.module import Module
from nn.parameters import Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
]


class Affine(Module):
    """Base class: a scale `weight`, initially 1, and a shift `bias`, initially 0."""

    def _build(self, shape: tuple[int, ...], eps: float, scale: bool, shift: bool, dtype: Any):
        check_numbers(type(self).__name__, 0, eps=eps)
        self.eps = eps
        self.weight = Parameter(np.ones(shape, dtype), name="scale") if scale else None
        self.bias = Parameter(np.zeros(shape, dtype)) if shift else None


class Running(Affine):
    """Base class: running statistics for each channel, and normalisation by them."""

    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        name, track = type(self).__name__, track_running_stats
        check_sizes(name, num_features=num_features)
        if momentum is not None:
            check_numbers(name, 0, 1, momentum=momentum)
        self.num_features, self.momentum = num_features, momentum
        self.affine, self.track_running_stats = affine, track
        self._build((num_features,), eps, affine, affine, dtype)
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track else None)
        self.register_buffer("num_batches_tracked", np.array(0) if track else None)

    def _by_running(self, x: Any) -> Any:
        """x normalised by the running statistics, which are constants."""
        shape = (-1,) + (1,) * (x.ndim - 2)
        scale = 1 / np.sqrt(self.running_var.numpy() + self.eps)
        scale = scale if self.weight is None else self.weight * scale
        y = (x - self.running_mean.numpy().reshape(shape)) * np.reshape(scale, shape)
        return y if self.bias is None else y + np.reshape(self.bias, shape)

    def _update(self, mean: Any, var: Any, share: float) -> None:
        """Move the running statistics towards those of a batch, outside the graph."""
        for running, new in ((self.running_mean, mean), (self.running_var, var)):
            old = running.numpy()
            running.overwrite((1 - share) * old + share * value_of(new))

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm(Running):
    """Normalise each channel over the batch, then scale and shift it.

    While training, by mean and (biased) variance of the batch; in evaluation by running
    statistics, which each training batch moves by `momentum` towards its own mean and unbiased
    variance. Gradients flow through the batch's statistics, not through the running ones.

    Args:
        num_features: number of channels C.
        eps: added to the variance.
        momentum: share of the newest batch in the running statistics; None for the plain mean
            over all batches.
        affine: whether to scale and shift.
        track_running_stats: without them, the batch's are used in evaluation too.
        dtype: of parameters and statistics.

    `weight` (C,) is initially 1, `bias` (C,) 0; buffers `running_mean` and `running_var` (C,)
    and the count `num_batches_tracked`. Source: Ioffe and Szegedy (2015).

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input has other axes or channels, or in training only one
            value for each channel.
    """

    spatial: tuple[int, ...]
    """How many spatial axes an input may have."""

    def forward(self, x):
        x = as_operand(x)
        self._check(x.shape)
        if not self.training and self.running_mean is not None:
            return self._by_running(x)
        y, mean, var = ac.batch_norm(x, self.weight, self.bias, eps=self.eps)
        if self.training and self.running_mean is not None:
            batches = self.num_batches_tracked.item() + 1
            self.num_batches_tracked.overwrite(batches)
            n = x.size // self.num_features
            share = 1 / batches if self.momentum is None else self.momentum
            self._update(mean, value_of(var) * (n / (n - 1)), share)
        return y

    def _check(self, shape: tuple[int, ...]) -> None:
        name = type(self).__name__
        if len(shape) - 2 not in self.spatial or shape[1] != self.num_features:
            layouts = [
                ", ".join(["N", str(self.num_features), *([LETTERS[axes]] if axes else [])])
                for axes in self.spatial
            ]
            raise ac.ShapeError(
                f"{name}: expected an input of shape ({') or ('.join(layouts)}), got {shape}"
            )
        if self.training and prod(shape) <= self.num_features:
            raise ac.ShapeError(
                f"{name}: a batch has a variance only with more than one value for each channel, "
                f"got an input of shape {shape}; use a larger batch, or eval(). If it is the last, "
                "smaller one of an epoch: DataLoader(..., drop_last=True)"
            )


class BatchNorm1d(BatchNorm):
    __doc__ = f"Over x (N, C) or (N, C, L). {BatchNorm.__doc__}"
    spatial = (0, 1)


class BatchNorm2d(BatchNorm):
    __doc__ = f"Over images (N, C, H, W). {BatchNorm.__doc__}"
    spatial = (2,)


class BatchNorm3d(BatchNorm):
    __doc__ = f"Over volumes (N, C, D, H, W). {BatchNorm.__doc__}"
    spatial = (3,)


class InstanceNorm(Running):
    """Normalise each channel of each example over its spatial axes.

    Args:
        num_features: number of channels C.
        eps: added to the variance.
        momentum: share of the newest batch in the running statistics.
        affine: whether to scale by `weight` and shift by `bias`, (C,) each.
        track_running_stats: whether to keep running statistics (means over the batch) and
            normalise by them in evaluation, as `BatchNorm2d` does.
        dtype: of parameters and statistics.

    One example without the batch axis is taken too. Source: Ulyanov et al. (2016).

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input has other axes or channels, or in training only one
            spatial element.
    """

    axes: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype=dtype)

    def forward(self, x):
        return on_batch(self, self.axes, self.num_features, x, self._normalize)

    def _normalize(self, x):
        if not self.training and self.running_mean is not None:
            return self._by_running(x)
        n = prod(x.shape[2:])
        if n < 2 and (self.training or not n):
            raise ac.ShapeError(
                f"{type(self).__name__}: an instance has a variance only with more than one "
                f"spatial element ({LETTERS[self.axes]}), got an input of shape {x.shape}"
            )
        if self.training and self.running_mean is not None:
            value, spatial = value_of(x), tuple(range(2, x.ndim))
            mean, var = np.mean(value, axis=spatial), np.var(value, axis=spatial, ddof=1)
            self._update(mean.mean(axis=0), var.mean(axis=0), self.momentum or 0.0)
        return ac.group_norm(x, self.num_features, self.weight, self.bias, self.eps)


class InstanceNorm1d(InstanceNorm):
    __doc__ = f"Over x (N, C, L). {InstanceNorm.__doc__}"
    axes = 1


class InstanceNorm2d(InstanceNorm):
    __doc__ = f"Over images (N, C, H, W). {InstanceNorm.__doc__}"
    axes = 2


class InstanceNorm3d(InstanceNorm):
    __doc__ = f"Over volumes (N, C, D, H, W). {InstanceNorm.__doc__}"
    axes = 3


class LayerNorm(Affine):
    """Normalise each example over its last axes, then scale and shift.

    Args:
        normalized_shape: int or tuple, the shape of those axes, and of `weight` (initially 1)
            and `bias` (0).
        eps: added to the variance.
        elementwise_affine: whether to scale and shift.
        bias: whether to shift.
        dtype: of the parameters.

    Source: Ba et al., Layer Normalization (2016).

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): the input does not end in normalized_shape.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        several = isinstance(normalized_shape, tuple | list) and len(normalized_shape) > 0
        shape: Any = tuple(normalized_shape) if several else (normalized_shape,)
        check_sizes("LayerNorm", **{f"normalized_shape[{k}]": n for k, n in enumerate(shape)})
        self.normalized_shape, self.elementwise_affine = shape, elementwise_affine
        self._build(shape, eps, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, x):
        x = as_operand(x)
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ac.ShapeError(
                f"LayerNorm: expected an input whose last axes are {self.normalized_shape}, "
                f"got {x.shape}"
            )
        return ac.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(Affine):
    """Normalise each example over groups of channels, then scale and shift each channel.

    Args:
        num_groups: must divide num_channels; 1 group is all channels together, as many groups as
            channels is instance normalisation.
        num_channels: C; x is (N, C, ...).
        eps: added to the variance.
        affine: whether to scale by `weight` (C,), initially 1, and shift by `bias` (C,), 0.
        dtype: of the parameters.

    Source: Wu and He, Group Normalization (2018).

    Raises:
        OperationError: a setting is not valid.
        ShapeError (when called): axis 1 of the input is not num_channels.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        check_sizes("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ac.OperationError(
                f"GroupNorm: num_channels={num_channels} must be divisible by "
                f"num_groups={num_groups}"
            )
        self.num_groups, self.num_channels, self.affine = num_groups, num_channels, affine
        self._build((num_channels,), eps, affine, affine, dtype)

    def forward(self, x):
        x = as_operand(x)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ac.ShapeError(
                f"GroupNorm: expected an input of shape (N, {self.num_channels}, ...), "
                f"got {x.shape}"
            )
        return ac.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
