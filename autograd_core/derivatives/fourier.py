"""Discrete Fourier transforms: `numpy.fft`.

The matrix of a transform is symmetric, so `fft` and `ifft` are their own transposes. The
transforms between real signals and half spectra come in two transposed pairs, `rfft` with `hfft`
and `irfft` with `ihfft`: a half spectrum stands for both halves, so entries that have a mirror
image count twice. `n` cuts or zero-pads the input; its transpose pads or cuts the cotangent. The
transforms over several axes transform one axis after the other, as NumPy does.
"""

# pyright: reportGeneralTypeIssues=false
# (rules refer to each other: a transpose's transpose is the operation itself)

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_core.declare import composite, linear
from autograd_core.derivatives.shapes import as_axis, section
from autograd_core.errors import OperationError

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]


def resized(x, size, axis):
    """`x` cut or padded with zeros to `size` along `axis`."""
    axis = normalize_axis_index(axis, x.ndim)
    have = x.shape[axis]
    if size < have:
        return section(x, axis, 0, size)
    if size > have:
        return np.pad(x, [(0, size - have if k == axis else 0) for k in range(x.ndim)])
    return x


def mirrored(x, n, axis, weight):
    """A half spectrum of n points, times `weight` where an entry has a mirror image."""
    weights = np.full(n // 2 + 1, weight, np.float16)  # which promotes no dtype
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return x * as_axis(weights, normalize_axis_index(axis, x.ndim), x.ndim)


def _from_real(back):
    """The transpose of a transform from a real signal to half a spectrum."""

    def transpose(g, in_shape, n, axis, norm):
        n = in_shape[axis] if n is None else n
        return resized(back(mirrored(g, n, axis, 0.5), n, axis, norm), in_shape[axis], axis)

    return transpose


def _to_real(back):
    """The transpose of a transform from half a spectrum to a real signal."""

    def transpose(g, in_shape, axis, norm):
        n = g.shape[axis]
        return resized(mirrored(back(g, n, axis, norm), n, axis, 2), in_shape[axis], axis)

    return transpose


@linear(
    lambda g, in_shape, n, axis, norm: resized(fft(g, n, axis, norm), in_shape[axis], axis),
    numpy=np.fft.fft,
)
def fft(a, n=None, axis=-1, norm=None):
    """Discrete Fourier transform along one axis."""
    return np.fft.fft(a, n, axis, norm)


@linear(
    lambda g, in_shape, n, axis, norm: resized(ifft(g, n, axis, norm), in_shape[axis], axis),
    numpy=np.fft.ifft,
)
def ifft(a, n=None, axis=-1, norm=None):
    """Inverse of `fft`."""
    return np.fft.ifft(a, n, axis, norm)


@linear(_from_real(lambda *args: hfft(*args)), numpy=np.fft.rfft)
def rfft(a, n=None, axis=-1, norm=None):
    """The first n // 2 + 1 entries, one half, of the spectrum of a real signal."""
    return np.fft.rfft(a, n, axis, norm)


@linear(_to_real(lambda *args: ihfft(*args)), numpy=np.fft.irfft)
def irfft(a, n=None, axis=-1, norm=None):
    """Inverse of `rfft`; n is 2 (m - 1) unless given."""
    return np.fft.irfft(a, n, axis, norm)


@linear(_to_real(lambda *args: rfft(*args)), numpy=np.fft.hfft)
def hfft(a, n=None, axis=-1, norm=None):
    """The real spectrum of a Hermitian signal, given the signal's first half."""
    return np.fft.hfft(a, n, axis, norm)


@linear(_from_real(lambda *args: irfft(*args)), numpy=np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None):
    """Inverse of `hfft`: the first half of a Hermitian signal, given its real spectrum."""
    return np.fft.ihfft(a, n, axis, norm)


def _axes_and_sizes(x, s, axes, to_real=False):
    """The axes to transform, each paired with its size; None for the default size."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(-len(s), 0)
    if s is None:
        sizes = [x.shape[axis] for axis in axes]
        if to_real:
            sizes[-1:] = [None]
    else:
        if len(s) != len(axes):
            raise OperationError(f"s has {len(s)} sizes for {len(axes)} axes")
        sizes = [x.shape[axis] if n == -1 else n for n, axis in zip(s, axes, strict=True)]
    return list(zip(axes, sizes, strict=True))


@composite(np.fft.fftn)
def fftn(a, s=None, axes=None, norm=None):
    """Discrete Fourier transform over several axes (None: all), of sizes `s`."""
    for axis, n in reversed(_axes_and_sizes(a, s, axes)):
        a = fft(a, n, axis, norm)
    return a


@composite(np.fft.ifftn)
def ifftn(a, s=None, axes=None, norm=None):
    """Inverse of `fftn`."""
    for axis, n in reversed(_axes_and_sizes(a, s, axes)):
        a = ifft(a, n, axis, norm)
    return a


@composite(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None):
    """Like `fftn` for a real array: half the spectrum along the last of the axes."""
    *others, (last, n) = _axes_and_sizes(a, s, axes)
    a = rfft(a, n, last, norm)
    for axis, n in reversed(others):
        a = fft(a, n, axis, norm)
    return a


@composite(np.fft.irfftn)
def irfftn(a, s=None, axes=None, norm=None):
    """Inverse of `rfftn`."""
    *others, (last, n) = _axes_and_sizes(a, s, axes, to_real=True)
    for axis, size in others:
        a = ifft(a, size, axis, norm)
    return irfft(a, n, last, norm)


@composite(np.fft.fft2)
def fft2(a, s=None, axes=(-2, -1), norm=None):
    """`fftn` over two axes."""
    return fftn(a, s, axes, norm)


@composite(np.fft.ifft2)
def ifft2(a, s=None, axes=(-2, -1), norm=None):
    """`ifftn` over two axes."""
    return ifftn(a, s, axes, norm)


@composite(np.fft.rfft2)
def rfft2(a, s=None, axes=(-2, -1), norm=None):
    """`rfftn` over two axes."""
    return rfftn(a, s, axes, norm)


@composite(np.fft.irfft2)
def irfft2(a, s=None, axes=(-2, -1), norm=None):
    """`irfftn` over two axes."""
    return irfftn(a, s, axes, norm)


@linear(lambda g, axes: ifftshift(g, axes), numpy=np.fft.fftshift)
def fftshift(x, axes=None):
    """Move frequency zero to the middle of `axes` (None: all)."""
    return np.fft.fftshift(x, axes)


@linear(lambda g, axes: fftshift(g, axes), numpy=np.fft.ifftshift)
def ifftshift(x, axes=None):
    """Inverse of `fftshift`."""
    return np.fft.ifftshift(x, axes)
