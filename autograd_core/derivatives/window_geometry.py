"""How a kernel moves over images: geometry shared by convolution and pooling.

Arrays are (batch, channel, *spatial), with any number of spatial axes.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autograd_core.derivatives.shapes import as_array
from autograd_core.errors import OperationError, ShapeError


class Window(NamedTuple):
    """How a kernel moves over the spatial axes, with one entry for each of them."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    def __str__(self) -> str:
        """For pictures: the kernel, and what differs from the defaults."""
        parts = ["×".join(map(str, self.kernel))]
        usual = {"stride": 1, "padding": (0, 0), "dilation": 1}
        for name, value in usual.items():
            given = getattr(self, name)
            if any(entry != value for entry in given):
                same = len(set(given)) == 1
                parts.append(f"{name} {given[0] if same else given}")
        return ", ".join(parts)

    @property
    def is_dense(self) -> bool:
        """Whether it stops at every position."""
        return set(self.stride) == {1}

    @property
    def is_disjoint(self) -> bool:
        """Whether it meets no element twice."""
        return all(
            d * (k - 1) < s for k, s, d in zip(self.kernel, self.stride, self.dilation, strict=True)
        )

    def transposed(self) -> "Window":
        """The window of the transposed convolution (with the kernel reversed), if `is_dense`."""
        spans = [d * (k - 1) for k, d in zip(self.kernel, self.dilation, strict=True)]
        return self._replace(
            padding=tuple(
                (span - before, span - after)
                for span, (before, after) in zip(spans, self.padding, strict=True)
            )
        )

    def steps(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The number of positions of the window along each axis."""
        spans = [d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        return tuple(
            (size + sum(pad) - span) // stride + 1
            for size, pad, span, stride in zip(sizes, self.padding, spans, self.stride, strict=True)
        )

    def padded_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        return tuple(size + sum(pad) for size, pad in zip(sizes, self.padding, strict=True))

    def interior(self, sizes: Sequence[int]) -> tuple[Any, ...]:
        """The index of the unpadded part of a padded array."""
        inside = (
            slice(pad[0], pad[0] + size) for size, pad in zip(sizes, self.padding, strict=True)
        )
        return (..., *inside)

    def pad(self, x: np.ndarray, fill: float = 0) -> np.ndarray:
        if not any(map(any, self.padding)):
            return x
        sizes = x.shape[2:]
        padded = np.full(x.shape[:2] + self.padded_sizes(sizes), fill, x.dtype)
        padded[self.interior(sizes)] = x
        return padded

    def along(self, axis: int, steps: int) -> list[tuple[Any, ...]]:
        """For each kernel element on one spatial axis, the index of the values it meets."""
        after = (slice(None),) * (len(self.kernel) - axis - 1)
        d, s = self.dilation[axis], self.stride[axis]
        return [
            (..., slice(d * k, d * k + s * (steps - 1) + 1, s), *after)
            for k in range(self.kernel[axis])
        ]

    def offsets(self, steps: Sequence[int]) -> list[tuple[Any, ...]]:
        """For each kernel element, the index of the values it meets at all positions."""
        return [
            (
                ...,
                *(
                    slice(d * k, d * k + s * (n - 1) + 1, s)
                    for k, d, s, n in zip(element, self.dilation, self.stride, steps, strict=True)
                ),
            )
            for element in product(*map(range, self.kernel))
        ]


def per_axis(value, axes, what, least):
    """`value` as a tuple of `axes` integers; one number stands for all of them."""
    values = tuple(value) if isinstance(value, list | tuple | np.ndarray) else (value,)
    if len(values) == 1:
        values *= axes
    if len(values) != axes or not all(
        isinstance(v, int | np.integer) and v >= least for v in values
    ):
        raise OperationError(
            f"{what} must be an integer >= {least} or {axes} of them, got {value!r}"
        )
    return tuple(map(int, values))


def make_window(sizes, kernel, stride, padding, dilation, ceil_mode=False) -> Window:
    """A checked Window; `padding` is a number, one for each axis, "valid" or "same".

    `ceil_mode` adds padding at the end, for a last position that starts inside the input or the
    padding before it but ends beyond the padding after it.

    Raises:
        OperationError: a number is invalid, or "same" is combined with a stride.
        ShapeError: the window does not fit into the padded input.
    """
    axes = len(sizes)
    kernel = per_axis(kernel, axes, "kernel size", 1)
    stride = per_axis(stride, axes, "stride", 1)
    dilation = per_axis(dilation, axes, "dilation", 1)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise OperationError(f'padding="same" needs stride 1, got {stride}')
        spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        pairs = tuple((span // 2, span - span // 2) for span in spans)
    else:
        pairs = per_axis(0 if padding == "valid" else padding, axes, "padding", 0)
        pairs = tuple((p, p) for p in pairs)
    window = Window(kernel, stride, pairs, dilation)
    if ceil_mode:
        window = _with_last_position(window, sizes)
    if min(window.steps(sizes)) < 1:
        raise ShapeError(
            f"a window of size {kernel} (dilation {dilation}) does not fit into an input of "
            f"size {tuple(sizes)} with padding {pairs}"
        )
    return window


def _with_last_position(window, sizes):
    padding = []
    for n, k, s, (before, after), d in zip(sizes, *window, strict=True):
        span = d * (k - 1) + 1
        steps = -(-(n + before + after - span) // s) + 1
        if (steps - 1) * s >= n + before:
            steps -= 1
        end = (steps - 1) * s + span - before - n
        padding.append((before, max(after, end)))
    return window._replace(padding=tuple(padding))


def on_images(compute: Callable[..., Any], axes: int, x: Any, *args: Any) -> Any:
    """compute(x, *args) for a batch of images x (N, C, *spatial) with `axes` spatial axes.

    A single image (C, *spatial) is passed as a batch of one, and its result returned without it.
    """
    x = as_array(x)
    if x.ndim not in (axes + 1, axes + 2):
        raise ShapeError(
            f"expected x of {axes + 2} axes (batch, channel, {axes} spatial), or one less without "
            f"the batch, got shape {tuple(x.shape)}"
        )
    return compute(x[None], *args)[0] if x.ndim == axes + 1 else compute(x, *args)


def is_finite(a):
    """Whether all elements are finite, and small enough to square; faster than `np.isfinite`.

    If they are not, no zero that fills a gap may be multiplied by them: 0 * inf is NaN.
    """
    return a.dtype.kind not in "fc" or bool(np.isfinite(np.vdot(a, a)))
