"""Samples of reductions, accumulations, sorting, statistics and sequences."""

import numpy as np
from samples import AXES, MASK, REDUCTIONS, SAMPLES, c, calls, r, spaced

ZEROS = np.array([[1.5, 0.0, -0.7], [0.0, 0.0, 1.2]])
HOLES = np.array([[1.0, np.nan, -2.0], [np.nan, 0.5, 3.0]])
NUMBER = [calls(r(), axis=0), calls(r(), axis=-1, keepdims=True)]
WHERE = [calls(r(2, 3), where=MASK), calls(r(2, 3), axis=1, where=MASK, keepdims=True)]
START = [
    calls(r(2, 3), initial=0.3),
    calls(r(2, 3), axis=0, initial=0.3, keepdims=True),
    calls(r(2, 3), axis=1, initial=0.3, where=MASK),
    calls(r(2, 3), initial=9.5, where=MASK[:1]),
    calls(r(0, 3), axis=0, initial=0.3),
]
RUNNING = [
    *[calls(r(2, 3, 2), axis=axis) for axis in (None, 0, 1, -1)],
    calls(r()),
    calls(r(3)),
    calls(r(0, 3), axis=1),
    calls(r(0, 3), axis=0),
]
CUMULATIVE = [
    calls(r()),
    calls(r(4)),
    calls(r(2, 3), axis=-1, include_initial=True),
    calls(r(2, 3), axis=0),
    calls(r(0), include_initial=True),
    calls(c(3), include_initial=True),
]
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
]  # fmt: skip
QUANTILES = [calls(r(7), [0.0, 0.13, 0.4, 0.77, 1.0], method=method) for method in METHODS] + [
    calls(r(2, 3, 2), 0.3, axis=axis, keepdims=keepdims)
    for axis in AXES
    for keepdims in (False, True)
]
QUANTILES += [
    calls(r(2, 5), [[0.1], [0.8]], axis=1, keepdims=True),
    calls(r(6), np.array([0.23, 0.71])),
    calls(r(3, 4), np.array(0.37), axis=0, method="hazen"),
    calls(r(5), 0.4, method="inverted_cdf", weights=[1, 0, 2, 0.5, 1]),
    calls(r(2, 5), [0.0, 0.4], axis=1, method="inverted_cdf", weights=[1, 0, 2, 0.5, 1]),
    calls(r(0, 5), 0.4, axis=1),
]


def percent(samples):
    return [
        (
            (x, [100 * part for part in q] if isinstance(q, list) and np.ndim(q) == 1 else 30),
            options,
        )
        for (x, q), options in samples
        if np.ndim(q) < 2
    ]


SAMPLES = {
    "sum": [*SAMPLES["sum"], *NUMBER, *WHERE, *START, calls(c(2, 3), where=MASK, initial=2.0)],
    "mean": [*SAMPLES["mean"], *WHERE, calls(c(2, 3), where=MASK)],
    "max": [*SAMPLES["max"], *NUMBER, *START, calls(r(3), initial=-5.0)],
    "min": [*SAMPLES["min"], *START, calls(r(3), initial=5.0)],
    "prod": [
        *REDUCTIONS,
        *NUMBER,
        *WHERE,
        *START,
        calls(r(2, 3), axis=()),
        calls(ZEROS, axis=1),
        calls(ZEROS),
        calls(ZEROS, axis=0, where=MASK),
        calls(c(2, 3), axis=0),
        calls(r(0, 3)),
    ],
    "cumsum": [*RUNNING, calls(c(3))],
    "cumprod": [*RUNNING, calls(ZEROS, axis=1), calls(ZEROS), calls(c(3))],
    "logcumsumexp": [*RUNNING, calls(300 * r(2, 3), axis=1)],
    "recurrence": [
        calls(r(4), r(4, seed=1)),
        calls(ZEROS.T, r(3, 2)),
        calls(r(0, 2), r(0, 2)),
        calls(c(3), r(3)),
    ],
    "permuted": [
        calls(r(2, 3), np.array([[2, 0, 1], [1, 0, 2]]), 1),
        calls(r(2, 3), np.array([[1, 0, 1], [0, 1, 0]]), 0),
    ],
    "binned": [
        calls(r(4), np.array([2, 0, 2, 1]), 5),
        calls(c(4), np.array([2, 0, 2, 1]), 3),
        calls(r(0), np.zeros(0, int), 2),
    ],
    "convolve_valid": [calls(r(5), r(2, seed=1)), calls(r(3), r(3, seed=1)), calls(c(4), c(2))],
}

PAIRS = [
    calls(a, v, mode)
    for a, v in ((r(5), r(3, seed=1)), (r(2), r(5, seed=1)), (r(6), r(4, seed=1)), (c(5), c(2)))
    for mode in ("full", "same", "valid", 0, 1, 2)
] + [calls(r(3), r(3, seed=1)), calls(r(1), r(4, seed=1))]

X = np.array([0.0, 0.3, 1.1, 1.6, 2.5])
POINTS = np.array([[0.13, -0.31], [0.94, 0.62], [1.62, 1.75], [2.05, 0.87], [0.41, 1.13]])
ENDS = [
    calls(np.array(0.5), np.array(2.3)),
    calls(np.array([0.5, 1.1]), np.array(2.3), 4, axis=-1),
    calls(np.array([[0.5], [1.1]]), np.array([2.3, 1.7]), 3, False),
    calls(1, np.array(2.3), 4),
    calls(np.array(0.5), 3, 1),
    calls(np.array(0.5), np.array(2.3), 0),
    calls(np.array(0.5), np.array(2.3), 1, False),
]
WEIGHTS = spaced((3,), 0.5, 2.0, seed=1)

COMPOSITE_SAMPLES = {
    "np.ptp": REDUCTIONS,
    "np.nansum": [*REDUCTIONS, *WHERE, *START],
    "np.nanprod": [*REDUCTIONS, *WHERE, *START],
    "np.nanmean": [*REDUCTIONS, *WHERE],
    "np.nanvar": [*REDUCTIONS[:-3], *WHERE, calls(r(2, 3), ddof=1)],
    "np.nanstd": [calls(r(2, 3, 2), axis=(0, 1)), calls(r(2, 3), ddof=1), *WHERE],
    "np.nanmax": [*REDUCTIONS, *START],
    "np.nanmin": [*REDUCTIONS, *START],
    "np.nancumsum": RUNNING,
    "np.nancumprod": RUNNING,
    "np.cumulative_sum": CUMULATIVE,
    "np.cumulative_prod": CUMULATIVE,
    "cummax": RUNNING,
    "cummin": RUNNING,
    "np.linspace": [*ENDS, calls(np.array(0.5), np.array(2.3), 4, retstep=True)],
    "np.logspace": [*ENDS, calls(np.array(0.5), 2, 3, base=np.array([2.0, 3.5]))],
    "np.geomspace": [*ENDS, calls(np.array(-0.5), np.array(-2.3), 4)],
    "np.diff": [
        calls(r(5)),
        calls(r(2, 4), 2),
        calls(r(3, 2), axis=0),
        calls(r(2, 3), 1, -1, 0.5),
        calls(r(2, 3), prepend=1, append=np.ones((2, 2))),
        calls(r(2, 3), 1, 0, r(1, 3, seed=1), r(seed=2)),
        calls(r(3), 0),
        calls(r(1)),
        calls(r(0)),
        calls(c(3)),
    ],
    "np.ediff1d": [
        calls(r(5)),
        calls(r(2, 3), 0.5, [1.0, 2.0]),
        calls(r(3), r(2, seed=1), r(seed=2)),
    ],
    "np.gradient": [
        calls(r(2, 3)),
        calls(r(5), X),
        calls(r(5), X, edge_order=2),
        calls(r(5), edge_order=2),
        calls(r(3, 5), 0.5, axis=1),
        calls(r(3, 5), 0.5, X, edge_order=2),
        calls(r(2, 3, 2), 0.5, axis=(0, -1)),
        calls(r(2)),
        calls(r(4), np.array(0.7)),
        calls(c(4)),
    ],
    "np.trapezoid": [
        calls(r(2, 5)),
        calls(r(2, 5), X),
        calls(r(2, 3), r(2, 3, seed=1), axis=0),
        calls(r(5, 2), X, axis=0),
        calls(r(3), dx=0.5),
        calls(r(3), None, np.array(0.5)),
        calls(r(1)),
    ],
    "np.interp": [
        calls(np.array([[-0.5, 0.2, 0.7], [1.3, 2.4, 3.0]]), X, r(5)),
        calls(np.array([-0.5, 0.2, 3.0]), X, r(5), -7.0, np.array(8.0)),
        calls(np.array(0.4), X, r(5)),
        calls(np.array([-0.4, 0.2, 4.9]), X, r(5), period=2.7),
        calls(np.array([0.4, 1.2]), np.array([0.5]), np.array([2.0])),
        calls(np.array([0.4, 1.2]), X, c(5)),
    ],
    "np.convolve": PAIRS,
    "np.correlate": PAIRS,
    "np.sort_complex": [calls(r(2, 3)), calls(c(4))],
    "np.union1d": [calls(r(4), r(3, seed=1)), calls(r(2, 2), r(3, seed=1))],
    "np.setdiff1d": [calls(r(4), r(3, seed=1)), calls(r(5), [1.0], assume_unique=True)],
    "np.setxor1d": [calls(r(4), r(3, seed=1)), calls(r(2, 2), r(3, seed=1))],
    "np.sort": [
        calls(r(2, 3)),
        calls(r(2, 3, 2), axis=0),
        calls(r(2, 3), axis=None),
        calls(r(4), kind="heapsort"),
        calls(r(4), stable=True),
        calls(r(0, 3)),
        calls(c(4)),
    ],
    "np.partition": [calls(r(2, 3), 1), calls(r(3, 2), (0, 1), axis=0), calls(r(2, 1), 1, None)],
    "np.unique": [
        calls(r(2, 3)),
        calls(r(4)),
        calls(np.array([1.0, 3.0, 2.0])),
        calls(r(3, 2), axis=0),
        calls(r(2, 3), axis=1),
        calls(r(0)),
        calls(c(3)),
    ],
    "np.unique_all": [calls(r(2, 3))],
    "np.unique_counts": [calls(r(2, 3))],
    "np.unique_inverse": [calls(r(2, 3))],
    "np.histogram": [
        *(calls(np.array([1, 4, 5, 9]), 3, None, density, r(4)) for density in (None, True)),
        calls(POINTS[:, 0], 3),
        calls(POINTS[:, 0], 3, density=True),
        calls(POINTS[:, :1], 2, None, True, spaced((5, 1), 0.5, 2.0, seed=1)),
        calls(POINTS[:, 0], np.array([0.0, 0.5, 1.3, 3.0]), density=True),
        calls(np.array([0.7]), 3),
    ],
    "np.histogram_bin_edges": [
        calls(POINTS, 4),
        calls(POINTS, "sqrt"),
        calls(r(9), np.array([0.0, 0.5])),
        calls(np.array([0.7]), 3),
    ],
    "np.histogramdd": [
        calls(POINTS, (2, 3)),
        calls(POINTS, 2, None, True, spaced((5,), 0.5, 2.0, seed=1)),
        calls(POINTS[:, 0], 2),
        calls(POINTS, (2, [-1.0, 0.5, 0.9]), (None, (0, 1))),
    ],
    "np.histogram2d": [
        calls(POINTS[:, 0], POINTS[:, 1], 2, None, True),
        calls(POINTS[:, 0], POINTS[:, 1], [0.0, 0.5, 3.0], None, None, r(5)),
    ],
    "np.unique_values": [calls(r(2, 3)), calls(r(0))],
    "np.bincount": [
        calls(np.array([2, 0, 2, 1]), r(4)),
        calls(np.array([2, 0, 2, 1]), r(4), 7),
    ],
    "np.quantile": QUANTILES,
    "np.percentile": percent(QUANTILES[:-3]),
    "np.nanquantile": QUANTILES[:-2],
    "np.nanpercentile": percent(QUANTILES[:-3]),
    "np.median": [*REDUCTIONS, calls(r(5)), calls(r(2, 4), 1, None, False, True), calls(c(3))],
    "np.nanmedian": REDUCTIONS,
    "np.average": [
        *REDUCTIONS[:-2],
        calls(r(2, 3), 1, WEIGHTS),
        calls(r(2, 3), -1, WEIGHTS, True),
        calls(r(2, 3), None, spaced((2, 3), 0.5, 2.0, seed=1)),
        calls(r(2, 3), 0, [1, 2], keepdims=True),
        calls(r(3, 2, 2), (2, 0), spaced((2, 3), 0.5, 2.0, seed=1)),
        calls(c(3), 0, WEIGHTS, True),
    ],
    "np.cov": [
        calls(r(2, 4)),
        calls(r(4)),
        calls(r(4), r(4, seed=1)),
        calls(r(4, 2), rowvar=False),
        calls(r(2, 4), r(4, seed=1), bias=True),
        calls(r(4, 2), r(4, 1, seed=1), False),
        calls(r(2, 3), ddof=0, fweights=np.array([1, 2, 1])),
        calls(r(2, 3), None, True, False, None, None, WEIGHTS),
        calls(r(2, 3), None, True, False, None, np.array([1, 2, 1]), WEIGHTS),
        calls(c(2, 4)),
    ],
    "np.corrcoef": [
        calls(r(3, 4)),
        calls(r(4), r(4, seed=1)),
        calls(r(4, 2), rowvar=False),
        calls(c(2, 4)),
    ],
}


def walked(a, b):
    s = np.array(b, np.result_type(a, b))
    for i in range(1, len(s)):
        s[i] = a[i] * s[i - 1] + b[i]
    return s


def extended(function):
    """NumPy's function, which widens float32 to float64 where ours does not."""
    return lambda *args, **options: function(*args, **options)


REFERENCES = {
    "logcumsumexp": lambda x, axis=None: (
        np.log(np.cumsum(np.exp(x - np.max(x, initial=0)), axis)) + np.max(x, initial=0)
        if np.all(np.abs(x) < 9)
        else np.stack([np.logaddexp.reduce(x[:, : k + 1], axis=1) for k in range(x.shape[1])], 1)
    ),
    "recurrence": walked,
    "permuted": np.take_along_axis,
    "binned": lambda weights, places, size: sum(
        (w * np.eye(size)[k] for w, k in zip(weights, places, strict=True)), np.zeros(size)
    ),
    "convolve_valid": lambda a, v: np.convolve(a, v, "valid"),
    "cummax": lambda x, axis=None: np.maximum.accumulate(
        np.reshape(x, -1) if axis is None else x, axis or 0
    ),
    "cummin": lambda x, axis=None: np.minimum.accumulate(
        np.reshape(x, -1) if axis is None else x, axis or 0
    ),
} | {
    name: extended(function)
    for name, function in {
        "np.interp": np.interp,
        "np.bincount": np.bincount,
        "np.cov": np.cov,
        "np.corrcoef": np.corrcoef,
        "np.geomspace": np.geomspace,
    }.items()
}
REFERENCES["np.unique_values"] = np.unique

BY_HAND = {"np.intersect1d"}  # a difference quotient has nothing in common

CENTRAL = {
    name.removeprefix("np.") for name in COMPOSITE_SAMPLES
} | {"logcumsumexp"}  # fmt: skip
"""Not analytic, or not for complex numbers: checked by central differences."""

CONSTANT_SAMPLES = {
    "argpartition": [calls(r(2, 3), 1)],
    "digitize": [calls(r(2, 3), [-1.0, 0.0, 1.0]), calls(r(4), [1.0, 0.0], right=True)],
    "nanargmax": [calls(HOLES, axis=1), calls(r(2, 3))],
    "nanargmin": [calls(HOLES, axis=1), calls(r(2, 3))],
}
