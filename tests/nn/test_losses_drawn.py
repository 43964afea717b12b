"""Losses on random configurations: PyTorch's values and gradients, finite differences."""

import inspect

import numpy as np
import pytest
import scipy.special

import autograd_core as ac
import nn
from nn import functional as F

REDUCTIONS = ["mean", "sum", "none"]


# What follows draws (operands, settings): the operands of a loss, floating ones to differentiate
# by, and keyword arguments that PyTorch's loss takes too.


def some_shape(rng, least=0, most=4):
    return tuple(rng.integers(1, 5, rng.integers(least, most)).tolist())


def pairs(rng):
    shape = some_shape(rng)
    return (rng.normal(size=shape) * 2, rng.normal(size=shape)), {}


def huber(name):
    def draw(rng):
        operands, _ = pairs(rng)
        return operands, {name: float(rng.uniform(0.1, 2))}

    return draw


def class_scores(rng, target_axes=4):
    """Scores with class indices, and how many classes there are."""
    classes = int(rng.integers(1, 6))
    batch = some_shape(rng, 0, target_axes)
    shape = (classes,) if not batch else (batch[0], classes, *batch[1:])
    return rng.normal(size=shape) * 4, rng.integers(0, classes, batch), classes


def class_settings(rng, labels, classes):
    settings = {}
    if rng.random() < 0.5:
        settings["weight"] = rng.uniform(0.1, 2, classes)
    if rng.random() < 0.5 and labels.size > 1:
        settings["ignore_index"] = int(rng.choice([-100, -1, labels.flat[0]]))
        if settings["ignore_index"] < 0:
            labels[rng.random(labels.shape) < 0.3] = settings["ignore_index"]
        if np.all(labels == settings["ignore_index"]):
            del settings["ignore_index"]
            labels[...] = 0
    return settings


def cross_entropy(rng):
    scores, labels, classes = class_scores(rng)
    settings = class_settings(rng, labels, classes)
    if rng.random() < 0.5:
        settings["label_smoothing"] = float(rng.uniform(0, 1))
    return (scores, labels), settings


def soft_cross_entropy(rng):
    (scores, _), settings = cross_entropy(rng)
    settings.pop("ignore_index", None)
    return (scores, scipy.special.softmax(rng.normal(size=scores.shape), axis=0)), settings


def nll(rng):
    (scores, labels), settings = cross_entropy(rng)
    settings.pop("label_smoothing", None)
    return (scipy.special.log_softmax(scores, axis=min(1, scores.ndim - 1)), labels), settings


def weight_for(rng, shape):
    """A shape that broadcasts to `shape`."""
    kept = shape[int(rng.integers(0, len(shape) + 1)) :]
    return np.array(rng.uniform(0.1, 2, tuple(1 if rng.random() < 0.3 else n for n in kept)))


def bernoulli(rng, logits=False):
    shape = some_shape(rng)
    target = rng.random(shape) if rng.random() < 0.5 else rng.integers(0, 2, shape).astype(float)
    settings = {}
    if rng.random() < 0.5:
        settings["weight"] = weight_for(rng, shape)
    if logits and rng.random() < 0.5:
        settings["pos_weight"] = weight_for(rng, shape)
    x = rng.normal(size=shape) * 3
    return (x if logits else scipy.special.expit(x), target), settings


def signed(rng):
    shape = some_shape(rng)
    return (
        (rng.normal(size=shape) * 2, rng.choice([-1, 1], shape)),
        {"margin": float(rng.uniform(0.1, 2))},
    )


def multi_margin(rng):
    scores, labels, classes = class_scores(rng, target_axes=2)
    settings = {"p": int(rng.integers(1, 3)), "margin": float(rng.uniform(0.2, 2))}
    if rng.random() < 0.5:
        settings["weight"] = rng.uniform(0.1, 2, classes)
    return (scores, labels), settings


def kl(rng):
    shape = (*some_shape(rng, 0, 3), int(rng.integers(1, 5)))
    log_target = bool(rng.random() < 0.5)
    x, q = scipy.special.log_softmax(rng.normal(size=(2, *shape)), axis=-1)
    return (x, q if log_target else np.exp(q)), {"log_target": log_target}


def poisson(rng):
    shape = some_shape(rng)
    log_input = bool(rng.random() < 0.5)
    x = rng.normal(size=shape) if log_input else rng.uniform(0.1, 4, shape)
    settings = {"log_input": log_input, "full": bool(rng.random() < 0.5)}
    if rng.random() < 0.5:
        settings["eps"] = float(rng.uniform(1e-8, 0.1))
    return (x, rng.poisson(2.0, shape).astype(float)), settings


def gaussian(rng):
    shape = some_shape(rng, 1, 4)
    place = int(rng.integers(0, len(shape)))
    var_shape = [shape, shape[:-1], tuple(1 if k == place else n for k, n in enumerate(shape))]
    var = rng.uniform(0.05, 2, var_shape[int(rng.integers(0, 3))])
    settings = {"full": bool(rng.random() < 0.5), "eps": float(rng.choice([1e-6, 0.3]))}
    return (*pairs_of(rng, shape), var), settings


def pairs_of(rng, shape, count=2):
    return tuple(rng.normal(size=(count, *shape)))


def cosine(rng):
    shape = some_shape(rng, 1, 3)
    settings = {"margin": float(rng.uniform(-0.5, 0.5))}
    return (*pairs_of(rng, shape), rng.choice([-1, 1], shape[:-1])), settings


def triplet(rng):
    settings = {
        "margin": float(rng.uniform(0.1, 2)),
        "p": float(rng.choice([1.0, 2.0, 3.0, 1.5])),
        "swap": bool(rng.random() < 0.5),
    }
    return pairs_of(rng, some_shape(rng, 1, 4), 3), settings


PARITY = {
    "MSELoss": ("mse_loss", pairs),
    "L1Loss": ("l1_loss", pairs),
    "HuberLoss": ("huber_loss", huber("delta")),
    "SmoothL1Loss": ("smooth_l1_loss", huber("beta")),
    "CrossEntropyLoss": ("cross_entropy", cross_entropy),
    "CrossEntropyLoss of probabilities": ("cross_entropy", soft_cross_entropy),
    "NLLLoss": ("nll_loss", nll),
    "BCELoss": ("binary_cross_entropy", bernoulli),
    "BCEWithLogitsLoss": (
        "binary_cross_entropy_with_logits",
        lambda rng: bernoulli(rng, logits=True),
    ),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", signed),
    "MultiMarginLoss": ("multi_margin_loss", multi_margin),
    "KLDivLoss": ("kl_div", kl),
    "PoissonNLLLoss": ("poisson_nll_loss", poisson),
    "GaussianNLLLoss": ("gaussian_nll_loss", gaussian),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", cosine),
    "TripletMarginLoss": ("triplet_margin_loss", triplet),
}


def hinge(rng):
    operands, _ = signed(rng)
    return operands, {}


def focal(rng):
    settings = {"gamma": float(rng.choice([0, 0.5, 2, 3.3]))}
    if rng.random() < 0.5:
        shape = some_shape(rng)
        settings |= {"alpha": 0.3} if rng.random() < 0.5 else {}
        return (rng.normal(size=shape) * 2, rng.integers(0, 2, shape)), settings
    scores, labels, classes = class_scores(rng)
    if classes == 1:
        return focal(rng)
    settings |= {"alpha": rng.uniform(0.1, 1, classes)} if rng.random() < 0.5 else {}
    return (scores, labels), settings


ALL = PARITY | {"HingeLoss": ("hinge_loss", hinge), "FocalLoss": ("focal_loss", focal)}


def seeded(case, number=0):
    return np.random.default_rng([number, *case.encode()])


def differentiated(function, operands):
    """Which operands are differentiated: floating ones, but no counts."""
    moving = [np.asarray(x).dtype.kind == "f" for x in operands]
    return [True, False] if function == "poisson_nll_loss" else moving


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("case", PARITY)
def test_equals_torch(case, number):
    torch = pytest.importorskip("torch")
    function, draw = PARITY[case]
    rng = seeded(case, number)
    operands, settings = draw(rng)
    reductions = REDUCTIONS + (["batchmean"] if function == "kl_div" else [])
    for reduction in reductions:
        loss = getattr(nn, case.split()[0])(reduction=reduction, **settings)
        theirs = {
            name: torch.tensor(value) if isinstance(value, np.ndarray) else value
            for name, value in settings.items()
        }
        expected_loss = getattr(torch.nn, case.split()[0])(reduction=reduction, **theirs)
        moving = differentiated(function, operands)
        ours = [
            ac.Tensor(x, requires_grad=moves) for x, moves in zip(operands, moving, strict=True)
        ]
        others = [
            torch.tensor(x, requires_grad=moves) for x, moves in zip(operands, moving, strict=True)
        ]
        y, ty = loss(*ours), expected_loss(*others)
        assert y.shape == tuple(ty.shape)
        np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-9, atol=1e-14)
        seed = rng.normal(size=y.shape)
        y.backward(seed)
        ty.backward(torch.tensor(seed))
        for x, tx in zip(ours, others, strict=True):
            if tx.requires_grad:
                np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("case", ALL)
def test_gradcheck(case, number):
    function, draw = ALL[case]
    operands, settings = draw(seeded(case, 100 + number))
    settings.pop("eps", None)  # below eps a variance has the gradient at eps, not its own
    moving = differentiated(function, operands)

    def loss(*values):
        values = iter(values)
        full = [next(values) if moves else x for x, moves in zip(operands, moving, strict=True)]
        return getattr(F, function)(*full, **settings)

    ac.gradcheck(loss, *[np.asarray(x) for x, m in zip(operands, moving, strict=True) if m])


@pytest.mark.parametrize("case", ALL)
def test_float32_stays_float32_whatever_else_comes(case):
    function, draw = ALL[case]
    operands, settings = draw(seeded(case))
    operands = [
        x.astype(np.float32) if x.dtype.kind == "f" else x for x in map(np.asarray, operands)
    ]
    x = ac.Tensor(operands[0], requires_grad=True)
    y = getattr(F, function)(x, *operands[1:], **settings)  # weights are float64
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("case", ALL)
def test_reductions_agree(case):
    function, draw = ALL[case]
    operands, settings = draw(seeded(case, 3))
    each, total = (
        getattr(F, function)(*operands, **settings, reduction=r) for r in ("none", "sum")
    )
    assert np.sum(each) == pytest.approx(total, rel=1e-12)


def test_every_loss_has_its_functions_settings_and_text():
    for case, (function, _) in ALL.items():
        kind, function = getattr(nn, case.split()[0]), getattr(F, function)
        settings = {
            p.name: p.default
            for p in inspect.signature(function).parameters.values()
            if p.default is not p.empty
        }
        shown = inspect.signature(kind).parameters
        assert {name: parameter.default for name, parameter in shown.items()} == settings
        assert kind.__doc__ == function.__doc__
        assert "Raises" in kind.__doc__ or "rrors as" in kind.__doc__
        assert kind.__name__ in nn.__all__


def test_settings_are_torchs():
    torch = pytest.importorskip("torch")
    gone = {"size_average", "reduce"}
    for case in PARITY:
        name = case.split()[0]
        theirs = inspect.signature(getattr(torch.nn, name)).parameters
        ours = inspect.signature(getattr(nn, name)).parameters
        expected = {n: p.default for n, p in theirs.items() if n not in gone}
        assert {n: p.default for n, p in ours.items()} == expected
        assert list(ours) == list(expected)
