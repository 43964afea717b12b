"""The Python Array API standard (2024.12): its names are there and behave as it says."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Tensor

MAIN = """
e inf nan newaxis pi arange asarray empty empty_like eye from_dlpack full full_like linspace
meshgrid ones ones_like tril triu zeros zeros_like astype can_cast finfo iinfo isdtype
result_type bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64
complex128 abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift
bitwise_invert bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh
divide equal exp expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan
less less_equal log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor
maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder
round sign signbit sin sinh square sqrt subtract tan tanh trunc take take_along_axis matmul
matrix_transpose tensordot vecdot broadcast_arrays broadcast_to concat expand_dims flip moveaxis
permute_dims repeat reshape roll squeeze stack tile unstack argmax argmin count_nonzero nonzero
searchsorted where unique_all unique_counts unique_inverse unique_values argsort sort
cumulative_prod cumulative_sum max mean min prod std sum var all any diff
__array_namespace_info__
"""
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
FFT = """
fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift
"""


def test_every_name_of_the_standard_is_there():
    assert [name for name in MAIN.split() if not hasattr(ac, name)] == []
    assert [name for name in LINALG.split() if not hasattr(ac.linalg, name)] == []
    assert [name for name in FFT.split() if not hasattr(ac.fft, name)] == []


def test_the_namespace_of_a_tensor():
    x = Tensor([1.0])
    assert x.__array_namespace__() is ac
    assert x.__array_namespace__(api_version="2024.12") is ac
    with pytest.raises(ValueError, match=r"1999\.01"):
        x.__array_namespace__(api_version="1999.01")
    assert x.device == "cpu" and x.to_device("cpu") is x
    with pytest.raises(ValueError, match="cpu"):
        x.to_device("gpu")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: ac.zeros((2, 3), dtype=ac.float32), np.zeros((2, 3), "f4")),
        (lambda: ac.ones(3), np.ones(3)),
        (lambda: ac.full((2,), 7), np.full(2, 7)),
        (lambda: ac.arange(1, 8, 3), np.arange(1, 8, 3)),
        (lambda: ac.linspace(0, 1, 5, endpoint=False), np.linspace(0, 1, 5, endpoint=False)),
        (lambda: ac.eye(2, 3, k=1), np.eye(2, 3, k=1)),
        (lambda: ac.fft.fftfreq(5, d=0.5), np.fft.fftfreq(5, d=0.5)),
        (lambda: ac.asarray([[1, 2], [3, 4]], dtype=ac.float64), np.array([[1.0, 2], [3, 4]])),
    ],
)
def test_creation(made, expected):
    result = made()
    assert isinstance(result, Tensor) and not result.requires_grad
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.numpy(), expected)


def test_asarray_copies_when_told_to():
    array = np.ones(3)
    assert np.shares_memory(ac.asarray(array, copy=False).numpy(), array)
    assert not np.shares_memory(ac.asarray(array).numpy(), array)
    x = Tensor(array, requires_grad=True)
    assert ac.asarray(x) is x
    assert ac.asarray(x, dtype=ac.float32).requires_grad
    for obj, dtype in (([1.0], None), (array, ac.float32), (x, ac.float32)):
        with pytest.raises(ValueError, match="copy"):
            ac.asarray(obj, dtype=dtype, copy=False)
    with pytest.raises(ac.OperationError, match="device"):
        ac.zeros(3, device="gpu")


def test_sorting_downwards_is_stable():
    keys = np.array([1.0, 3.0, 1.0, 3.0, 2.0])
    assert ac.argsort(Tensor(keys), descending=True).tolist() == [1, 3, 4, 0, 2]
    x = Tensor(keys, requires_grad=True)
    (ac.sort(x, descending=True) * np.arange(5.0)).sum().backward()
    assert x.grad.tolist() == [3, 0, 4, 1, 2]


def test_kinds_of_dtypes():
    assert ac.isdtype(ac.float32, "real floating")
    assert ac.isdtype(ac.int8, ("bool", "integral"))
    assert not ac.isdtype(ac.complex64, "real floating")
    with pytest.raises(ac.OperationError, match="numeric"):
        ac.isdtype(ac.int8, "number")
    assert ac.result_type(Tensor(np.ones(1, "f4")), 1.0) == np.float32
    assert ac.can_cast(Tensor([1.0]), ac.complex128)
    assert ac.finfo(Tensor([1.0])).bits == 64
    info = ac.__array_namespace_info__()
    assert set(info.dtypes(kind="unsigned integer")) == {"uint8", "uint16", "uint32", "uint64"}
    assert info.default_dtypes()["real floating"] == np.float64


def test_bits_shift_in_place_and_out_of_place():
    x = Tensor([1, 2, 4])
    assert (x << 2).tolist() == [4, 8, 16] and (16 >> x).tolist() == [8, 4, 1]
    x <<= 1
    x |= 1
    assert x.tolist() == [3, 5, 9]


def test_dlpack_both_ways():
    x = Tensor([1.0, 2.0])
    array = np.from_dlpack(x)
    array_is_apart = not np.shares_memory(array, x.numpy())
    assert array.tolist() == [1, 2] and array_is_apart
    source = np.arange(3.0)
    assert np.shares_memory(ac.from_dlpack(source).numpy(), source)
    with pytest.raises(ac.ConversionError):
        np.from_dlpack(Tensor([1.0], requires_grad=True))
    torch = pytest.importorskip("torch")
    assert torch.from_dlpack(x).tolist() == [1, 2]
    assert ac.from_dlpack(torch.ones(2)).tolist() == [1, 1]
