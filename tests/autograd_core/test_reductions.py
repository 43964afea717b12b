"""What is special about reductions, accumulations, sorting, statistics and sequences: masks,
zeros, ties, NaN, infinities, constants beside values, and comparison with torch."""

from typing import Any

import numpy as np
import pytest
from samples_reductions import METHODS, PAIRS

import autograd_core as ac
from autograd_core import Tensor, UnsupportedError, grad, gradcheck

try:
    import torch
except ImportError:  # the oracle is optional
    torch: Any = None

X = np.random.default_rng(0).standard_normal((2, 3, 2))
HOLES = np.arange(12).reshape(2, 3, 2) % 5 == 1
CONSTANT = np.array([[2.0, 2.0, 2.0]])


def variable(values):
    return Tensor(np.array(values, float), requires_grad=True)


def gradient(function, values, **options):
    x = variable(values)
    np.sum(function(x, **options)).backward()
    return x.grad.numpy()


def hessian(function, values):
    def row(i):
        return grad(lambda x: grad(function)(x)[i])(values)

    return np.array([row(i) for i in range(len(values))])


# -- masks and starting values -------------------------------------------------------------------


def test_a_mask_may_be_a_comparison_of_tensors():
    x = variable([1.0, -2.0, 3.0])
    for function, value, slope in (
        (np.sum, 4, [1, 0, 1]),
        (np.mean, 2, [0.5, 0, 0.5]),
        (np.prod, 3, [3, 0, 1]),
        (np.var, 1, [-1, 0, 1]),
        (np.std, 1, [-0.5, 0, 0.5]),
    ):
        y = function(x, where=x > 0)
        assert y.item() == value
        np.testing.assert_allclose(gradient(function, x.numpy(), where=x > 0), slope)
    assert np.max(x, where=x < 0, initial=-9).item() == -2


def test_masked_elements_leak_neither_nan_nor_infinity():
    values, where = np.array([1.0, np.nan, np.inf, 3.0]), np.array([True, False, False, True])
    for function in (np.sum, np.mean, np.prod, np.var, np.std):
        y = function(variable(values), where=where)
        np.testing.assert_allclose(y.numpy(), function(values[where]))
        slope = gradient(function, values, where=where)
        np.testing.assert_allclose(slope[where], gradient(function, values[where]))
        np.testing.assert_array_equal(slope[~where], 0)


def test_a_start_counts_as_one_more_element():
    assert gradient(np.max, [1.0, 2.0], initial=3.0).tolist() == [0, 0]
    assert gradient(np.max, [1.0, 2.0], initial=2.0).tolist() == [0, 0.5]
    assert gradient(np.min, [2.0, 2.0], initial=2.0).tolist() == [1 / 3, 1 / 3]
    assert gradient(np.max, np.zeros((2, 0)), axis=1, initial=0.0).shape == (2, 0)


def test_a_start_is_a_constant():
    x = variable([1.0, 2.0])
    with pytest.raises(ac.AutogradError, match="initial"):
        np.sum(x, initial=x[0])
    assert np.sum(x, initial=Tensor(2.0)).item() == 5


def test_a_known_mean_takes_part_in_the_derivative_of_a_variance():
    gradcheck(lambda x, m: np.var(x, axis=1, mean=m), X, X[:, :1], order=2).raise_if_failed()
    expected = np.var(X, axis=0, correction=1)
    np.testing.assert_allclose(np.var(Tensor(X), axis=0, correction=1).numpy(), expected)


def test_positions_of_arguments_are_numpys():
    x = Tensor(X)
    assert ac.sum(x, 1, None, True).shape == (2, 1, 2)
    np.testing.assert_array_equal(np.sum(x, 1, None, None, True).numpy(), X.sum(1, keepdims=True))
    np.testing.assert_array_equal(np.median(x, 1, None, False, True).numpy().shape, (2, 1, 2))
    quantile = np.quantile(x, 0.3, 0, None, False, "lower", True)
    np.testing.assert_array_equal(
        quantile.numpy(), np.quantile(X, 0.3, axis=0, method="lower", keepdims=True)
    )


# -- products with zeros -------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("function", [np.prod, lambda x: np.cumprod(x)[-1]])
def test_products_with_zeros_are_exact_to_third_order(zeros, function):
    values = np.array([1.5, -2.0, 0.5, 3.0])
    values[:zeros] = 0

    def product(*kept):
        return np.prod([v for k, v in enumerate(values) if k not in kept])

    n = range(4)
    assert gradient(function, values).tolist() == [product(i) for i in n]
    second = [[product(i, j) if i != j else 0 for j in n] for i in n]
    np.testing.assert_array_equal(hessian(function, values), second)

    def entry(x):
        return grad(lambda x: grad(lambda x: function(x))(x)[0])(x)[1]

    third = [product(0, 1, k) if k > 1 else 0 for k in n]
    np.testing.assert_array_equal(grad(entry)(values), third)


def test_products_do_not_overflow_on_the_way_to_the_derivative():
    np.testing.assert_allclose(gradient(np.prod, [1e-200, 1e-200, 1e250]), [1e50, 1e50, 0])


# -- ties and constants --------------------------------------------------------------------------


def test_ties():
    tied = [2.0, 1.0, 2.0, 1.0]
    assert gradient(np.max, tied).tolist() == [0.5, 0, 0.5, 0]
    assert gradient(np.ptp, tied).tolist() == [0.5, -0.5, 0.5, -0.5]
    weights = np.array([1.0, 10.0, 100.0, 1000.0])
    assert gradient(lambda x: weights * np.sort(x), tied).tolist() == [100, 1, 1000, 10]
    assert gradient(np.median, [1.0, 2.0, 2.0, 2.0, 3.0]).tolist() == [0, 0, 1, 0, 0]
    assert gradient(np.median, tied).tolist() == [0.5, 0, 0, 0.5]
    assert gradient(np.quantile, tied, q=0.9).tolist() == pytest.approx([0.3, 0, 0.7, 0])
    assert gradient(np.unique, [3.0, 1.0, 3.0]).tolist() == [1, 1, 0]
    assert gradient(np.maximum.accumulate, [1.0, 3.0, 3.0, 2.0]).tolist() == [1, 3, 0, 0]


def test_spread_of_a_constant_has_derivative_zero():
    for function in (np.std, np.nanstd, np.ptp):
        np.testing.assert_array_equal(gradient(function, CONSTANT), 0)
    np.testing.assert_array_equal(hessian(np.std, CONSTANT[0]), 0)


# -- infinities ----------------------------------------------------------------------------------


def test_infinities_make_no_nan():
    inf = np.inf
    assert np.quantile(variable([inf, inf, 1.0]), 0.9).item() == inf
    assert np.median(variable([-inf, 1.0, inf])).item() == 1
    assert gradient(np.median, [-inf, 1.0, inf]).tolist() == [0, 1, 0]
    x = [-inf, -inf, 1.0, -inf, 1e4, -1e4]
    y = ac.logcumsumexp(variable(x))
    assert y.numpy().tolist() == [-inf, -inf, 1, 1, 1e4, 1e4]
    assert gradient(ac.logcumsumexp, x).tolist() == [0, 0, 2, 0, 2, 0]


# -- NaN -----------------------------------------------------------------------------------------

NAN_FUNCTIONS = [
    np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin, np.nanmedian,
]  # fmt: skip


@pytest.mark.parametrize("function", NAN_FUNCTIONS)
@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions_that_leave_nan_out(function, axis):
    def with_holes(x):
        return function(np.where(HOLES, np.nan, x), axis=axis)

    np.testing.assert_allclose(with_holes(Tensor(X)).numpy(), with_holes(X))
    gradcheck(with_holes, X, order=2).raise_if_failed()
    empty = np.array([[np.nan, np.nan], [1.0, np.nan]])
    np.testing.assert_array_equal(
        function(variable(empty), axis=1).numpy(), function(empty, axis=1)
    )
    assert np.isfinite(gradient(function, empty, axis=1)).all()


@pytest.mark.parametrize("function", [np.nancumsum, np.nancumprod])
def test_running_functions_that_leave_nan_out(function):
    def with_holes(x):
        return function(np.where(HOLES, np.nan, x), axis=1)

    np.testing.assert_allclose(with_holes(Tensor(X)).numpy(), with_holes(X))
    gradcheck(with_holes, X, order=2).raise_if_failed()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
def test_quantiles_that_leave_nan_out(method, axis):
    def with_holes(x):
        return np.nanquantile(np.where(HOLES, np.nan, x), q, axis=axis, method=method)

    q = np.array([0.0, 0.13, 0.5, 0.87, 1.0])
    np.testing.assert_allclose(with_holes(Tensor(X)).numpy(), with_holes(X))
    gradcheck(with_holes, X, order=2).raise_if_failed()
    percentile = np.nanpercentile(Tensor(X), 100 * q, axis=axis, method=method)
    np.testing.assert_allclose(percentile.numpy(), np.quantile(X, q, axis=axis, method=method))


def test_nan_spreads_where_it_is_not_left_out():
    x = np.array([[1.0, np.nan, 2.0], [1.0, 2.0, 3.0]])
    for function in (np.sort, np.median, np.max, np.maximum.accumulate):
        np.testing.assert_array_equal(function(Tensor(x), axis=1).numpy(), function(x, axis=1))
    np.testing.assert_array_equal(
        np.quantile(Tensor(x), [0.2, 0.7], axis=1).numpy(), np.quantile(x, [0.2, 0.7], axis=1)
    )
    assert np.isfinite(gradient(lambda x: np.median(x, axis=1)[1], x)).all()


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_of_all_sizes_are_numpys(method):
    q = np.linspace(0, 1, 41)
    for n in range(1, 12):
        x = np.random.default_rng(n).standard_normal(n)
        np.testing.assert_allclose(
            np.quantile(Tensor(x), q, method=method).numpy(),
            np.quantile(x, q, method=method),
            rtol=1e-12,
            atol=1e-14,
        )


@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
def test_weighted_quantiles(function):
    x = np.where(HOLES, np.nan, X) if function is np.nanquantile else X
    options = {"axis": 1, "method": "inverted_cdf", "weights": np.abs(X) + 0.1}
    expected = function(x, [0.0, 0.2, 0.7], **options)
    np.testing.assert_array_equal(function(Tensor(x), [0.0, 0.2, 0.7], **options).numpy(), expected)
    with pytest.raises(ac.OperationError, match="inverted_cdf"):
        function(Tensor(x), 0.5, axis=1, weights=np.abs(X))


# -- values beside constants ---------------------------------------------------------------------


def test_ufuncs_accumulate():
    values = np.round(2 * X[0])
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp):
        for options in ({}, {"axis": 1}):
            y = ufunc.accumulate(variable(values), **options)
            np.testing.assert_allclose(y.numpy(), ufunc.accumulate(values, **options))
            assert y.requires_grad


def test_distinct_elements_come_with_constant_places():
    values = np.array([3.0, 1.0, 3.0, np.nan, np.nan, 1.0])
    x = variable(values)
    for ours, numpys in zip(
        np.unique(x, True, True, True), np.unique(values, True, True, True), strict=True
    ):
        np.testing.assert_array_equal(ours.numpy(), numpys)
    for function in (np.unique_all, np.unique_counts, np.unique_inverse):
        ours, numpys = function(x), function(values)
        assert type(ours) is type(numpys)
        for part, wanted in zip(ours, numpys, strict=True):
            np.testing.assert_array_equal(part.numpy(), wanted)
        assert [part.requires_grad for part in ours] == [True] + [False] * (len(ours) - 1)


@pytest.mark.parametrize("bins", [10, 4, [-1, 0, 0.5, 1], "auto"])
@pytest.mark.parametrize("density", [False, True])
def test_histograms(bins, density):
    x = np.random.default_rng(1).standard_normal(30)
    weights = np.abs(x) + 0.1
    for options in ({"range": (-1, 1)}, {}):
        ours = np.histogram(Tensor(x), bins, density=density, **options)
        for part, wanted in zip(
            ours, np.histogram(x, bins, density=density, **options), strict=True
        ):
            np.testing.assert_allclose(part.numpy(), wanted)
            assert part.dtype == wanted.dtype
    if bins != "auto":
        counts, _ = np.histogram(x, bins, weights=Tensor(weights), density=density)
        expected = np.histogram(x, bins, weights=weights, density=density)[0]
        np.testing.assert_allclose(counts.numpy(), expected)
        gradcheck(
            lambda w: np.histogram(x, bins, weights=w, density=density)[0], weights, order=2
        ).raise_if_failed()


def test_counts_without_weights_are_constants():
    assert np.bincount(Tensor([1, 2, 2])).numpy().tolist() == [0, 1, 2]
    assert np.bincount(np.array([1, 1]), variable([0.5, 2.0])).requires_grad


# -- torch ---------------------------------------------------------------------------------------

AGAINST_TORCH = {
    "prod": (lambda x: np.prod(x, axis=1), lambda x: torch.prod(x, 1)),
    "cumsum": (lambda x: np.cumsum(x, axis=1), lambda x: torch.cumsum(x, 1)),
    "cumprod": (lambda x: np.cumprod(x, axis=1), lambda x: torch.cumprod(x, 1)),
    "logcumsumexp": (lambda x: ac.logcumsumexp(x, axis=1), lambda x: torch.logcumsumexp(x, 1)),
    "cummax": (lambda x: ac.cummax(x, axis=1), lambda x: torch.cummax(x, 1).values),
    "cummin": (lambda x: ac.cummin(x, axis=1), lambda x: torch.cummin(x, 1).values),
    "sort": (lambda x: np.sort(x, axis=1), lambda x: torch.sort(x, 1).values),
    "quantile": (
        lambda x: np.quantile(x, np.array([0.2, 0.9]), axis=1),
        lambda x: torch.quantile(x, torch.tensor([0.2, 0.9], dtype=float), 1),
    ),
    "median": (lambda x: np.median(x, axis=1), lambda x: torch.quantile(x, 0.5, 1)),
    "trapezoid": (lambda x: np.trapezoid(x, dx=0.5), lambda x: torch.trapezoid(x, dx=0.5)),
    "diff": (lambda x: np.diff(x, 2), lambda x: torch.diff(x, 2)),
    "cov": (lambda x: np.cov(x[0]), lambda x: torch.cov(x[0])),
    "corrcoef": (lambda x: np.corrcoef(x[:, :, 0]), lambda x: torch.corrcoef(x[:, :, 0])),
    "nanmean": (lambda x: np.nanmean(np.log(x), axis=0), lambda x: torch.nanmean(torch.log(x), 0)),
}


@pytest.mark.skipif(torch is None, reason="needs PyTorch")
@pytest.mark.parametrize("name", AGAINST_TORCH)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_value_and_gradient_are_torchs(name):
    ours, theirs = AGAINST_TORCH[name]
    values = np.abs(X) if name == "nanmean" else X
    x, t = variable(values), torch.tensor(values, requires_grad=True)
    y, z = ours(x), theirs(t)
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-12)
    weights = np.random.default_rng(2).standard_normal(y.shape)
    np.sum(y * weights).backward()
    (z * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-9, atol=1e-12)


# -- what the samples cannot say -----------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", [np.var, np.std, np.cov])
@pytest.mark.parametrize(("values", "ddof"), [([1.0, 2.0], 2), ([1.0, 2.0], 5), ([], 0), ([], 1)])
def test_a_spread_without_degrees_of_freedom_is_numpys_and_has_a_backward_pass(
    function, values, ddof
):
    x = variable(values)
    y = function(x, ddof=ddof)
    np.testing.assert_array_equal(y.numpy(), function(values, ddof=ddof))
    y.backward()
    assert x.grad.shape == x.shape


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("function", [np.prod, np.cumprod])
def test_products_of_real_parts_have_the_slopes_of_real_parts(function):
    z = Tensor([1.5 + 2j, -0.5 + 1j, 3.0 - 1j], requires_grad=True)
    function(z, dtype=float).sum().backward()
    expected = gradient(function, z.numpy().real)
    np.testing.assert_allclose(z.grad.numpy(), expected)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("function", [np.var, np.std, np.nanvar])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_a_variance_is_summed_in_the_dtype_asked_for(function, dtype):
    for values in (X, X + 1j * np.cos(X)):
        expected = function(values, axis=1, dtype=dtype)
        y = function(Tensor(values), axis=1, dtype=dtype)
        assert y.dtype == expected.dtype
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5)


def test_one_tensor_makes_all_results_tensors():
    array, number = np.array([1.0, 2.0, 4.0]), variable(0.5)
    mean, total = np.average(variable(array), weights=array, returned=True)
    assert isinstance(mean, Tensor) and isinstance(total, Tensor) and total.item() == 7
    assert all(isinstance(y, Tensor) for y in np.gradient(np.outer(array, array), number, 1.0))
    lower = np.quantile([3.0, 1.0, 2.0], number, method="lower")
    assert isinstance(lower, Tensor) and lower.item() == 2
    assert np.delete([3.0, 1.0, 2.0], Tensor(1)).tolist() == [3, 2]


def test_weighted_quantiles_of_float32_are_numpys():
    x, w = np.array([5, 1, 3, 4, 2], np.float32), np.ones(5)
    for q in (0.2, 0.4, 0.6, 0.8):
        options: Any = {"method": "inverted_cdf", "weights": w}
        assert np.quantile(Tensor(x), q, **options).item() == np.quantile(x, q, **options)


def test_there_is_no_quantile_of_nothing_but_a_nan():
    for function, q in ((np.nanquantile, 0.3), (np.nanpercentile, 30), (np.nanmedian, None)):
        with pytest.warns(RuntimeWarning):
            y = function(variable(np.zeros((0, 2))), *([] if q is None else [q]), axis=0)
        np.testing.assert_array_equal(y.numpy(), [np.nan, np.nan])


def test_intersections_keep_the_gradient_of_the_first_array():
    a, b = variable([3.0, 1.0, 3.0, 7.0]), variable([7.0, 3.0, 9.0])
    common, i, j = np.intersect1d(a, b, return_indices=True)
    assert [common.tolist(), i.tolist(), j.tolist()] == [[3, 7], [0, 3], [1, 0]]
    (common * np.array([10.0, 20.0])).sum().backward()
    assert a.grad.tolist() == [10, 0, 0, 20] and b.grad is None
    c = variable([3.0, 1.0, 7.0])
    (np.setxor1d(c, [1.0, 3.0, 5.0]) * np.array([1.0, 2.0])).sum().backward()
    assert c.grad.tolist() == [0, 0, 2]


def test_histograms_of_points_that_move_across_bins_are_numpys():
    values = np.array([0.0, 1.0, 1.0, 2.0, 3.0, 3.0])
    for bins in (3, [0.0, 1.0, 3.0], [1.0, 2.0]):
        for ours, theirs in zip(
            np.histogram(Tensor(values), bins), np.histogram(values, bins), strict=True
        ):
            np.testing.assert_array_equal(ours.numpy(), theirs)
    points = np.stack([values, values[::-1]], axis=1)
    counts, edges = np.histogramdd(Tensor(points), [3, [0.0, 1.0, 2.0]])
    expected, borders = np.histogramdd(points, [3, [0.0, 1.0, 2.0]])
    np.testing.assert_array_equal(counts.numpy(), expected)
    for ours, theirs in zip(edges, borders, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)


# -- complaints ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: np.sort(x, order="a"), UnsupportedError, "order"),
        (lambda x: np.sort(x[0]), ac.OperationError, "axis -1"),
        (lambda x: np.quantile(x, 2.0), ac.OperationError, r"\[0, 1\]"),
        (lambda x: np.quantile(x, 0.5, method="best"), ac.OperationError, "linear"),
        (lambda x: np.quantile(x[:0], 0.5), ac.ShapeError, "no elements"),
        (lambda x: np.quantile(x.astype(complex), 0.5), ac.DTypeError, "complex"),
        (lambda x: np.median(x, axis=3), ac.OperationError, "axis 3"),
        (lambda x: np.max(x[:0]), ac.ShapeError, "zero-size"),
        (lambda x: np.convolve(x, x, "most"), ac.OperationError, "'full'"),
        (lambda x: np.convolve(x[:0], x), ac.ShapeError, "two sequences"),
        (lambda x: np.average(x, weights=[1, 2]), ac.ArgumentTypeError, "axis"),
        (lambda x: np.average(x, weights=[0, 0, 0]), ZeroDivisionError, "zero"),
        (lambda x: np.diff(x, -1), ac.OperationError, "at least 0"),
        (lambda x: np.gradient(x[:1]), ac.ShapeError, "needs 2"),
        (lambda x: np.gradient(x, 1.0, 2.0), ac.ArgumentTypeError, "2 spacings"),
        (lambda x: np.interp(x, [0.0, 1.0], x), ac.ShapeError, "same shape"),
        (lambda x: np.bincount([0, 1], x), ac.ShapeError, "weights"),
        (lambda x: np.cov(x, ddof=0.5), ac.OperationError, "integer"),
        (lambda x: np.cov(x, aweights=x + 1j), ac.DTypeError, "cov: aweights must be real"),
        (lambda x: np.var(x, ddof=1, correction=1), ac.OperationError, "var: ddof"),
        (lambda x: np.nanmax(x[:0]), ac.ShapeError, "nanmax: no elements"),
        (lambda x: np.nanmin(x[:0, None], axis=0), ac.ShapeError, "nanmin: no elements"),
        (lambda x: np.quantile(x, x * 1j), ac.DTypeError, "quantile: .* real"),
        (lambda x: np.interp(x * 1j, [0.0, 1.0], [0.0, 1.0]), ac.DTypeError, "interp"),
        (lambda x: np.gradient(x, x * 1j), ac.DTypeError, "gradient: the coordinates"),
        (lambda x: np.correlate(x[0], x), ac.ShapeError, "correlate: .* number"),
        (lambda x: np.convolve(x, x, 3), ac.OperationError, "convolve: mode"),
        (lambda x: np.cumulative_sum(x[None]), ac.OperationError, "cumulative_sum: x has 2 axes"),
        (lambda x: np.bincount(x), ac.DTypeError, "bincount: x must be integers"),
        (lambda x: np.histogram(x, [1.0, 0.0]), ac.OperationError, "histogram: .* increasing"),
        (lambda x: np.histogram(x * 1j, 2), ac.DTypeError, "histogram: complex"),
        (lambda x: np.histogram(x, 2, weights=[1.0]), ac.ShapeError, "histogram: .*weights"),
        (lambda x: np.histogramdd(x, [2, 2]), ac.OperationError, "histogramdd: bins"),
        (lambda x: np.histogram2d(x, x[:2]), ac.ShapeError, "histogram2d: x"),
        (lambda x: np.linspace(0, x, -1), ac.OperationError, "linspace: the number"),
        (lambda x: np.geomspace(0, x), ac.OperationError, "geomspace: neither"),
    ],
)
def test_complaints(call, error, message):
    with pytest.raises(error, match=message):
        call(variable([1.0, 2.0, 3.0]))


def test_sequences_in_lists_and_on_either_side():
    v = np.array([1.0, 2.0])
    for (a, w, *mode), _ in PAIRS[:3]:
        np.testing.assert_allclose(
            np.convolve(a, Tensor(w), *mode).numpy(), np.convolve(a, w, *mode)
        )
    np.testing.assert_allclose(np.convolve([1, 2, 3], Tensor(v)).numpy(), [1, 4, 7, 6])
    np.testing.assert_allclose(np.interp(0.5, [0, 1], Tensor(v)).numpy(), 1.5)
    np.testing.assert_allclose(np.trapezoid([1, 2], Tensor(v)).numpy(), 1.5)
