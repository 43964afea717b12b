"""Losses by their definitions, at the edges of numbers, as modules, and on bad input."""

import copy
import math
import pickle

import numpy as np
import pytest
import scipy.special
import scipy.stats

import autograd_core as ac
import nn
from nn import functional as F

# -- closed forms --------------------------------------------------------------------------------

rng = np.random.default_rng(0)
X, T = rng.normal(size=(2, 5, 3))
LABELS = np.array([2, 0, 1, 1, 0])


def test_losses_are_the_negative_log_likelihoods_they_say():
    stats = scipy.stats
    softmax = scipy.special.softmax(X, axis=1)
    p, yes = scipy.special.expit(X), (T > 0).astype(float)
    counts = rng.poisson(3.0, X.shape).astype(float)
    var = np.exp(T)
    huber = np.where(np.abs(X - T) < 0.7, (X - T) ** 2 / 2, 0.7 * (np.abs(X - T) - 0.35))
    likelihoods = {
        "mse_loss": (F.mse_loss(X, T, "none") + math.log(math.pi) / 2, stats.norm(X, 0.5**0.5), T),
        "l1_loss": (F.l1_loss(X, T, "none") + math.log(2), stats.laplace(X), T),
        "gaussian": (
            F.gaussian_nll_loss(X, T, var, True, reduction="none"),
            stats.norm(X, var**0.5),
            T,
        ),
    }
    for name, (loss, distribution, target) in likelihoods.items():
        np.testing.assert_allclose(loss, -distribution.logpdf(target), rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(F.huber_loss(X, T, "none", 0.7), huber, rtol=1e-12)
    bernoulli = -stats.bernoulli(p).logpmf(yes)
    np.testing.assert_allclose(F.binary_cross_entropy(p, yes, None, "none"), bernoulli)
    np.testing.assert_allclose(F.binary_cross_entropy_with_logits(X, yes, None, "none"), bernoulli)
    multinoulli = -np.log(softmax[np.arange(5), LABELS])
    np.testing.assert_allclose(F.cross_entropy(X, LABELS, reduction="none"), multinoulli)
    np.testing.assert_allclose(F.nll_loss(np.log(softmax), LABELS, reduction="none"), multinoulli)
    poisson = F.poisson_nll_loss(X, counts, reduction="none") + scipy.special.gammaln(counts + 1)
    np.testing.assert_allclose(poisson, -stats.poisson(np.exp(X)).logpmf(counts))
    target = scipy.special.softmax(T, axis=1)
    divergence = scipy.special.rel_entr(target, softmax).sum() / 5
    assert F.kl_div(np.log(softmax), target, "batchmean") == pytest.approx(divergence, rel=1e-12)
    # divergence = cross-entropy - entropy
    entropy = stats.entropy(target, axis=1).mean()
    assert F.cross_entropy(X, target) == pytest.approx(divergence + entropy, rel=1e-12)


def test_focal_loss_is_its_definition():
    p = scipy.special.softmax(X, axis=1)[np.arange(5), LABELS]
    alpha = np.array([0.2, 0.5, 0.9])
    expected = -alpha[LABELS] * (1 - p) ** 1.5 * np.log(p)
    np.testing.assert_allclose(F.focal_loss(X, LABELS, 1.5, alpha, "none"), expected)
    yes = (T > 0).astype(int)
    p = np.where(yes, scipy.special.expit(X), scipy.special.expit(-X))
    expected = -np.where(yes, 0.25, 0.75) * (1 - p) ** 2 * np.log(p)
    np.testing.assert_allclose(F.focal_loss(X, yes, alpha=0.25, reduction="none"), expected)
    assert F.focal_loss(X, LABELS, gamma=0) == pytest.approx(F.cross_entropy(X, LABELS), rel=1e-12)


def test_margin_losses_are_their_definitions():
    signs = np.where(T > 0, 1, -1)
    np.testing.assert_allclose(
        F.hinge_loss(X, signs, "none"),
        np.where(signs * X > 1, 0, 1 - signs * X),
    )
    rows = [
        sum(max(0, 0.5 - row[t] + row[j]) ** 2 for j in range(3) if j != t) / 3
        for row, t in zip(X, LABELS, strict=True)
    ]
    assert F.multi_margin_loss(X, LABELS, 2, 0.5) == pytest.approx(np.mean(rows))
    away = [np.linalg.norm(a - b + 1e-6) for a, b in zip(X, T, strict=True)]
    near = [np.linalg.norm(a - b + 1e-6) for a, b in zip(X, T[::-1], strict=True)]
    expected = [max(0, n - a + 1) for n, a in zip(near, away, strict=True)]
    np.testing.assert_allclose(F.triplet_margin_loss(X, T[::-1], T, reduction="none"), expected)


def test_a_smoothed_label_is_a_probability():
    soft = np.full((5, 3), 0.1 / 3)
    soft[np.arange(5), LABELS] += 0.9
    weight = np.array([0.5, 1.0, 2.0])
    ours = F.cross_entropy(X, LABELS, weight, label_smoothing=0.1, reduction="none")
    np.testing.assert_allclose(ours, F.cross_entropy(X, soft, weight, reduction="none"))


def test_ignored_elements_change_nothing():
    labels = np.array([2, -100, 1, -100, 0])
    kept = labels >= 0
    weight = np.array([0.5, 1.0, 2.0])
    x = X.copy()
    x[~kept] = np.nan
    for reduction in ("mean", "sum"):
        for settings in ({}, {"label_smoothing": 0.2}):
            ours = F.cross_entropy(x, labels, weight, reduction=reduction, **settings)
            alone = F.cross_entropy(X[kept], labels[kept], weight, reduction=reduction, **settings)
            assert ours == pytest.approx(alone, rel=1e-12)
    nothing = F.nll_loss(X, np.full(5, -100), reduction="sum")
    assert nothing == 0
    with np.errstate(invalid="ignore"):
        assert np.isnan(F.nll_loss(X, np.full(5, -100)))  # the mean of nothing


# -- numbers -------------------------------------------------------------------------------------


def gradient(function, x):
    x = ac.Tensor(x, requires_grad=True)
    y = function(x)
    y.backward()
    return y.item(), x.grad.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits(dtype):
    extremes = np.array([[1e4, -1e4]], dtype)
    cases = {
        "cross_entropy": (lambda x: F.cross_entropy(x, [1]), 2e4, [[1, -1]]),
        "smoothed": (
            lambda x: F.cross_entropy(x, [1], label_smoothing=0.5),
            1.5e4,
            [[0.75, -0.75]],
        ),
        "soft": (lambda x: F.cross_entropy(x, np.array([[0.5, 0.5]])), 1e4, [[0.5, -0.5]]),
        "bce": (
            lambda x: F.binary_cross_entropy_with_logits(x, np.array([[0, 1]]), reduction="sum"),
            2e4,
            [[1, -1]],
        ),
        "focal": (lambda x: F.focal_loss(x, [1]), 2e4, [[1, -1]]),
        "focal, right": (lambda x: F.focal_loss(x, [0], gamma=0.5), 0, [[0, 0]]),
    }
    for name, (function, loss, slope) in cases.items():
        value, grad = gradient(function, extremes)
        assert grad.dtype == dtype, name
        np.testing.assert_allclose(value, loss, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(grad, slope, rtol=1e-6, atol=1e-12, err_msg=name)


def test_gradients_of_logits_are_exact_in_both_tails():
    x = np.array([-50.0, 50.0])
    _, grad = gradient(lambda x: F.binary_cross_entropy_with_logits(x, [0.0, 1.0], None, "sum"), x)
    np.testing.assert_allclose(grad, [np.exp(-50), -np.exp(-50)], rtol=1e-12)


def test_impossible_classes():
    logs = np.array([[0.0, -np.inf]])
    value, grad = gradient(lambda x: F.nll_loss(x, [0]), logs)
    assert value == 0
    np.testing.assert_array_equal(grad, [[-1, 0]])
    for target, log_target in ([[1.0, 0.0]], False), ([[0.0, -np.inf]], True):
        value, grad = gradient(lambda x: F.kl_div(x, target, "sum", log_target), logs)  # noqa: B023
        assert value == 0
        np.testing.assert_array_equal(grad, [[-1, 0]])
    value, grad = gradient(lambda x: F.cross_entropy(x, [0]), logs)
    assert value == 0
    np.testing.assert_array_equal(grad, [[0, 0]])
    value, grad = gradient(lambda x: F.cross_entropy(x, np.array([[1.0, 0.0]])), logs)
    assert value == 0
    np.testing.assert_array_equal(grad, [[0, 0]])
    assert F.nll_loss(logs, [1]) == np.inf


def test_targets_of_zero_still_have_a_gradient():
    q, logs = np.array([[0.0, 1.0]]), np.log([[0.25, 0.75]])
    _, grad = gradient(lambda q: F.cross_entropy(logs, q), q)
    np.testing.assert_allclose(grad, -logs)
    _, grad = gradient(lambda t: F.poisson_nll_loss(logs, t, reduction="sum"), q)
    np.testing.assert_allclose(grad, -logs)
    _, grad = gradient(lambda w: F.nll_loss(logs, [1], w, reduction="sum"), np.zeros(2))
    np.testing.assert_allclose(grad, [0, -logs[0, 1]])


def test_certain_probabilities_are_bounded_as_torchs_are():
    torch = pytest.importorskip("torch")
    p, t = np.array([0.0, 0.0, 1.0, 1.0, 1e-30]), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    value, grad = gradient(lambda x: F.binary_cross_entropy(x, t, reduction="sum"), p)
    tp = torch.tensor(p, requires_grad=True)
    expected = torch.nn.functional.binary_cross_entropy(tp, torch.tensor(t), reduction="sum")
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(grad, tp.grad.numpy(), rtol=1e-8)  # its 1e-12 is a float32


def test_integer_and_boolean_targets_are_numbers():
    yes = np.array([True, False])
    x = np.array([0.2, 0.6], np.float32)
    for target in (yes, yes.astype(np.uint8), yes.astype(int)):
        loss = F.binary_cross_entropy(x, target)
        assert loss == pytest.approx(-(math.log(0.2) + math.log(0.4)) / 2, rel=1e-6)
        assert loss.dtype == np.float32
    assert F.mse_loss(x, np.array([1, 0], np.uint8), "sum") == pytest.approx(1.0, rel=1e-6)
    assert F.hinge_loss(x, np.array([1, -1], np.int8), "sum") == pytest.approx(2.4, rel=1e-6)


def test_second_derivatives_of_cross_entropy():
    def curvature(v):
        return ac.grad(lambda x: np.sum(ac.grad(lambda z: F.cross_entropy(z, [1, 0]))(x) * v))(x0)

    x0, v = X[:2], T[:2]
    p = scipy.special.softmax(x0, axis=1)
    expected = (p * v - p * np.sum(p * v, axis=1, keepdims=True)) / 2  # (diag p - p pᵀ) v
    np.testing.assert_allclose(np.asarray(curvature(v)), expected, rtol=1e-12, atol=1e-15)


# -- modules -------------------------------------------------------------------------------------


def test_weights_are_buffers_and_settings_can_change():
    loss = nn.CrossEntropyLoss([1.0, 2.0, 0.5], label_smoothing=0.1)
    assert repr(loss) == "CrossEntropyLoss(weight of shape (3,), label_smoothing=0.1)"
    assert list(loss.state_dict()) == ["weight"]
    twin = pickle.loads(pickle.dumps(copy.deepcopy(loss)))
    assert twin(X, LABELS) == loss(X, LABELS) == loss(input=X, target=LABELS)
    loss.reduction = "sum"
    assert loss(X, LABELS) == F.cross_entropy(X, LABELS, [1, 2, 0.5], -100, "sum", 0.1)
    assert not nn.MSELoss().state_dict()


def test_a_loss_of_ones_own():
    def log_cosh(input, target, scale=1.0):
        return np.mean(np.log(np.cosh((input - target) / scale)))

    class LogCosh(nn.Loss, function=log_cosh):
        """Smooth."""

    assert LogCosh.__doc__ == "Smooth."
    assert LogCosh(scale=2.0)(X, T) == log_cosh(X, T, 2.0)
    assert repr(LogCosh(2.0)) == "LogCosh(scale=2.0)"


# -- bad input -----------------------------------------------------------------------------------

P = np.full((4, 3), 0.5)
K = np.array([0, 1, 2, 0])
NAN = np.where(np.arange(12).reshape(4, 3) == 7, np.nan, 0.5)

BAD = [
    (nn.MSELoss(), (P, P[:, :1]), ac.ShapeError, r"\(4, 3\).*\(4, 1\)"),
    (nn.MSELoss(), (P[:, :1], P[:, 0]), ac.ShapeError, r"target\[:, None\]"),
    (nn.MSELoss(), (P, NAN), ac.OperationError, r"NaN at \(2, 1\)"),
    (nn.MSELoss(), (P.astype(int), P), ac.DTypeError, "int64"),
    (nn.MSELoss(), (P * 1j, P), ac.DTypeError, "complex128"),
    (nn.MSELoss(), (P, P * 1j), ac.DTypeError, "complex128"),
    (nn.MSELoss(), (P, np.full((4, 3), "a")), ac.DTypeError, "U1"),
    (nn.MSELoss("median"), (P, P), ac.OperationError, "mean, sum, none"),
    (nn.L1Loss(), (P, P.T), ac.ShapeError, r"\(3, 4\)"),
    (nn.HuberLoss(delta=0.0), (P, P), ac.OperationError, "delta"),
    (nn.SmoothL1Loss(beta=-1.0), (P, P), ac.OperationError, "beta"),
    (nn.CrossEntropyLoss(), (P, K[:3]), ac.ShapeError, r"\(4, 3\) and \(3,\)"),
    (nn.CrossEntropyLoss(), (P, K[:, None]), ac.ShapeError, r"labels\[:, 0\]"),
    (nn.CrossEntropyLoss(), (P, np.eye(3, dtype=int)[K]), ac.ShapeError, "argmax"),
    (nn.CrossEntropyLoss(), (np.array(0.5), np.array(0)), ac.ShapeError, r"\(\)"),
    (nn.CrossEntropyLoss(), (P, K.astype(float)), ac.DTypeError, "float64"),
    (nn.CrossEntropyLoss(), (P, K > 0), ac.DTypeError, "bool"),
    (nn.CrossEntropyLoss(), (P, K + 1), ac.OperationError, "0 … 2.*3 … 3"),
    (nn.CrossEntropyLoss(), (P, K - 1), ac.OperationError, "-1"),
    (nn.CrossEntropyLoss(ignore_index=3), (P, K + 2), ac.OperationError, "4 … 4"),
    (nn.CrossEntropyLoss(), (P, NAN), ac.OperationError, "NaN"),
    (nn.CrossEntropyLoss(), (P, -P), ac.OperationError, "target"),
    (nn.CrossEntropyLoss(ignore_index=1), (P, P), ac.OperationError, "ignore_index"),
    (nn.CrossEntropyLoss([1.0, 2.0]), (P, K), ac.ShapeError, r"3 classes.*\(2,\)"),
    (nn.CrossEntropyLoss([1.0, 2.0]), (P, P), ac.ShapeError, r"3 classes.*\(2,\)"),
    (nn.CrossEntropyLoss([1.0, -2.0, 1.0]), (P, K), ac.OperationError, "weight"),
    (nn.CrossEntropyLoss(label_smoothing=1.5), (P, K), ac.OperationError, "label_smoothing"),
    (nn.NLLLoss(), (P, P), ac.ShapeError, "argmax"),
    (nn.NLLLoss(), (P.astype(int), K), ac.DTypeError, "int64"),
    (nn.BCELoss(), (P * 3, P), ac.OperationError, r"input must lie in \[0, 1\]"),
    (nn.BCELoss(), (NAN, P), ac.OperationError, "input is NaN"),
    (nn.BCELoss(), (P, NAN), ac.OperationError, "target is NaN"),
    (nn.BCELoss(), (P, P - 1), ac.OperationError, r"target must lie in \[0, 1\]"),
    (nn.BCELoss(np.ones(4)), (P, P), ac.ShapeError, r"weight \(4,\)"),
    (nn.BCELoss(np.ones((2, 4, 3))), (P, P), ac.ShapeError, r"weight \(2, 4, 3\)"),
    (nn.BCEWithLogitsLoss(), (P, P[0]), ac.ShapeError, r"\(3,\)"),
    (nn.BCEWithLogitsLoss(), (P, 2 * P - 2), ac.OperationError, "target"),
    (nn.BCEWithLogitsLoss(pos_weight=np.ones(4)), (P, P), ac.ShapeError, "pos_weight"),
    (nn.HingeLoss(), (P, K[:, None] * np.ones(3)), ac.OperationError, "1 or -1"),
    (nn.HingeEmbeddingLoss(), (P, P), ac.OperationError, "1 or -1"),
    (nn.MultiMarginLoss(p=3), (P, K), ac.OperationError, "p must be 1 or 2"),
    (nn.MultiMarginLoss(), (P[None], K), ac.ShapeError, r"\(1, 4, 3\)"),
    (nn.MultiMarginLoss(), (P, -K), ac.OperationError, "0 … 2"),
    (nn.KLDivLoss("batchmean"), (np.array(-1.0), np.array(0.5)), ac.ShapeError, "batchmean"),
    (nn.KLDivLoss(), (P, -P), ac.OperationError, "target"),
    (nn.KLDivLoss(log_target=True), (P, NAN), ac.OperationError, "NaN"),
    (nn.PoissonNLLLoss(), (P, -P), ac.OperationError, "target"),
    (nn.PoissonNLLLoss(eps=-1.0), (P, P), ac.OperationError, "eps"),
    (nn.GaussianNLLLoss(), (P, P, -P), ac.OperationError, "var"),
    (nn.GaussianNLLLoss(), (P, P, P[:, :2]), ac.ShapeError, r"var \(4, 2\)"),
    (nn.GaussianNLLLoss(), (P, P, P[:1, :1]), ac.ShapeError, r"var \(1, 1\)"),
    (nn.GaussianNLLLoss(), (P, P, P[0]), ac.ShapeError, r"var \(3,\)"),
    (nn.FocalLoss(gamma=-1.0), (P, K), ac.OperationError, "gamma"),
    (nn.FocalLoss(), (P, P), ac.OperationError, "0 or 1"),
    (nn.FocalLoss(alpha=2.0), (P, P > 0), ac.OperationError, "alpha"),
    (nn.FocalLoss(alpha=0.25), (P, K), ac.ShapeError, "one weight for each"),
    (nn.CosineEmbeddingLoss(), (P, P[:3], np.ones(4)), ac.ShapeError, "input2"),
    (nn.CosineEmbeddingLoss(), (P, P, np.ones(3)), ac.ShapeError, r"\(4, 3\) and \(3,\)"),
    (nn.CosineEmbeddingLoss(), (P, P, np.zeros(4)), ac.OperationError, "1 or -1"),
    (nn.CosineEmbeddingLoss(margin=2.0), (P, P, np.ones(4)), ac.OperationError, "margin"),
    (nn.TripletMarginLoss(), (P, P, P[:, :2]), ac.ShapeError, r"negative \(4, 2\)"),
    (nn.TripletMarginLoss(margin=0.0), (P, P, P), ac.OperationError, "margin"),
    (nn.TripletMarginLoss(p=0.0), (P, P, P), ac.OperationError, "p must"),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_bad_input(number):
    loss, operands, error, text = BAD[number]
    with pytest.raises(error, match=text) as caught:
        loss(
            ac.Tensor(operands[0]) if operands[0].dtype.kind != "U" else operands[0], *operands[1:]
        )
    assert type(loss).__name__ in str(caught.value)


def test_unknown_settings():
    with pytest.raises(ac.ArgumentTypeError, match=r"HuberLoss.*beta.*delta"):
        nn.HuberLoss(beta=1.0)


def test_accuracy_of_other_shapes():
    scores = np.moveaxis(np.eye(3)[[[0, 1], [2, 2]]], -1, 1)
    assert nn.accuracy(scores, np.array([[0, 1], [2, 0]])) == 0.75
    assert nn.accuracy(np.array([0.0, 1.0]), 1) == 1.0


def test_a_setting_is_given_once():
    with pytest.raises(ac.ArgumentTypeError, match="reduction is set when the loss is made"):
        nn.MSELoss()(P, P, reduction="sum")


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float32, 1e-25), (np.float32, 1e20), (np.float64, 1e-200), (np.float64, 1e200)],
)
def test_cosines_of_vectors_whose_squares_do_not_fit(dtype, size):
    x = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]], dtype) * dtype(size)
    y = np.array([[4.0, 3.0], [-2.0, 0.0], [1.0, 1.0]], dtype) * dtype(size)
    found = F.cosine_embedding_loss(ac.Tensor(x), ac.Tensor(y), np.ones(3), reduction="none")
    np.testing.assert_allclose(found.numpy(), [0.04, 2.0, 1.0], rtol=2e-6)
