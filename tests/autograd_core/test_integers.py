"""Booleans and integers have NumPy's value and dtype, in every operation that NumPy has."""

import numpy as np
import pytest
from samples import CASES, CONSTANT_CASES

import autograd_core as ac
from autograd_core import Tensor
from autograd_core.registry import NUMPY

DTYPES = (bool, np.int8, np.uint8, np.int32, np.int64)

KNOWN = {
    ("np.quantile", "bool"): "NumPy takes booleans in methods that do not interpolate",
    ("np.nanquantile", "bool"): "as quantile",
    ("power", "bool"): "np.power and ** differ in NumPy; a Tensor has one of them",
    ("np.gradient", "*"): "0 / 0 where coordinates coincide",
}


def converted(x, dtype):
    """A sample's floating arrays as integers (some repeat, none is negative)."""
    x = x.numpy() if isinstance(x, Tensor) else x
    if isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f":
        return (np.abs(np.nan_to_num(x, posinf=3, neginf=-3)) * 3).astype(dtype)
    if type(x) in (list, tuple) and any(isinstance(i, np.ndarray | Tensor) for i in x):
        return type(x)(converted(i, dtype) for i in x)
    return x


def tensors(x):
    if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "biuf":
        return Tensor(x)
    if type(x) in (list, tuple) and any(isinstance(i, np.ndarray) for i in x):
        return type(x)(map(tensors, x))
    return x


def results(y):
    return [r for part in y for r in results(part)] if isinstance(y, list | tuple) else [y]


def compare(case, dtype):
    args = [converted(x, dtype) for x in case.args]
    try:
        expected = case.reference(*args, **case.options)
    except Exception:  # NumPy does not take them
        return
    found = case.reference(*map(tensors, args), **case.options)
    for want, got in zip(results(expected), results(found), strict=True):
        got = got.numpy() if isinstance(got, Tensor) else got
        rtol = 1e-2 if np.asarray(want).dtype == np.float16 else 1e-6
        np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-9)
        assert np.asarray(got).dtype == np.asarray(want).dtype


OF_NUMPY = {
    name: [c for c in CASES + CONSTANT_CASES if c.name == name and c.reference in NUMPY]
    for name in dict.fromkeys(case.name for case in CASES + CONSTANT_CASES)
    if all(getattr(c.reference, "__hash__", None) for c in CASES + CONSTANT_CASES)
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("name", [name for name, cases in OF_NUMPY.items() if cases])
def test_value_and_dtype_are_numpys(name, dtype):
    if {(name, "*"), (name, np.dtype(dtype).name)} & KNOWN.keys():
        pytest.skip("known to differ, see KNOWN")
    with np.errstate(all="ignore"):
        for case in OF_NUMPY[name]:
            compare(case, dtype)


def test_what_small_integers_cannot_hold():
    many = np.ones(200, bool)
    for product in (np.vdot, np.vecdot, np.linalg.vecdot, np.inner, np.dot):
        assert product(Tensor(many), Tensor(many)).numpy() == product(many, many) == True  # noqa: E712
    small = np.array([3, 1, 200], np.uint8)
    assert np.interp(Tensor([0.5]), [0, 1, 2], small).tolist() == [2.0]
    assert np.poly(Tensor(small)).tolist() == [1, -204, 803, -600]
    np.testing.assert_allclose(np.roots(Tensor(small)).numpy(), np.roots(small))


def test_methods_of_booleans():
    true = Tensor([True, False])
    assert true.conj().dtype == true.conjugate().dtype == bool
    assert np.angle(true).dtype == np.angle(true.numpy()).dtype
    assert np.median(true).item() == 0.5
    fraction, whole = np.modf(Tensor([3]))
    assert (fraction.dtype, whole.dtype) == (float, float)
    z = Tensor([1 + 2j], requires_grad=True)
    assert ac.grad(lambda z: np.imag(z.conj()).sum())(z.numpy()) == [-1j]
