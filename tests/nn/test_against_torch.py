"""Layers, losses and optimizers compute what PyTorch's of the same name compute (float64)."""

import numpy as np
import pytest

import nn
from autograd_core import Tensor

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)

LAYERS = {
    "linear": ("Linear", (5, 3), {}, (4, 5)),
    "linear without bias": ("Linear", (5, 3), {"bias": False}, (4, 5)),
    "linear, more axes": ("Linear", (5, 3), {}, (2, 4, 5)),
    "linear, one row": ("Linear", (5, 3), {}, (5,)),
    "conv": ("Conv2d", (3, 4, 3), {}, (2, 3, 7, 6)),
    "conv strided": ("Conv2d", (3, 4, (3, 2)), {"stride": (2, 3)}, (2, 3, 9, 8)),
    "conv padded": ("Conv2d", (2, 4, 3), {"padding": (2, 1)}, (1, 2, 5, 6)),
    "conv same": ("Conv2d", (2, 3, (4, 3)), {"padding": "same", "dilation": 2}, (2, 2, 9, 8)),
    "conv dilated": ("Conv2d", (2, 4, 3), {"dilation": 2, "bias": False}, (2, 2, 8, 9)),
    "conv grouped": ("Conv2d", (4, 6, 3), {"groups": 2, "stride": 2, "padding": 1}, (3, 4, 7, 7)),
    "conv depthwise": ("Conv2d", (4, 4, 3), {"groups": 4}, (2, 4, 6, 6)),
    "max pool": ("MaxPool2d", (2,), {}, (2, 3, 6, 7)),
    "max pool overlapping": ("MaxPool2d", (3,), {"stride": 2, "padding": 1}, (2, 3, 7, 8)),
    "max pool dilated": ("MaxPool2d", (2,), {"stride": 1, "dilation": 2}, (2, 3, 7, 8)),
    "avg pool": ("AvgPool2d", (2,), {}, (2, 3, 6, 7)),
    "avg pool padded": ("AvgPool2d", (3,), {"stride": 2, "padding": 1}, (2, 3, 7, 8)),
    "avg pool inside": (
        "AvgPool2d",
        (3, 2, 1),
        {"count_include_pad": False},
        (2, 3, 7, 8),
    ),
    "relu": ("ReLU", (), {}, (3, 4)),
    "tanh": ("Tanh", (), {}, (3, 4)),
    "sigmoid": ("Sigmoid", (), {}, (3, 4)),
    "softmax": ("Softmax", (), {"dim": 1}, (3, 4)),
    "flatten": ("Flatten", (), {}, (3, 4, 2)),
    "flatten middle": ("Flatten", (1, 2), {}, (3, 4, 2, 5)),
    "dropout of nothing": ("Dropout", (0.0,), {}, (3, 4)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_layer(case):
    name, args, settings, shape = LAYERS[case]
    theirs = getattr(torch.nn, name)(*args, **settings).double()
    ours = getattr(nn, name)(*args, **settings).astype(np.float64)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    data = rng.normal(size=shape)
    x, tx = Tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, ty = ours(x), theirs(tx)
    np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-9, atol=1e-12)
    seed = rng.normal(size=y.shape)
    y.backward(seed)
    ty.backward(torch.tensor(seed))
    np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-9, atol=1e-12)
    expected = dict(theirs.named_parameters())
    assert [name for name, _ in ours.named_parameters()] == list(expected)
    for name, parameter in ours.named_parameters():
        np.testing.assert_allclose(
            parameter.grad.numpy(), expected[name].grad.numpy(), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["MSELoss", "CrossEntropyLoss"])
def test_loss(name, reduction):
    prediction = rng.normal(size=(6, 4)) * 5
    target = rng.normal(size=(6, 4)) if name == "MSELoss" else rng.integers(0, 4, 6)
    x, tx = Tensor(prediction, requires_grad=True), torch.tensor(prediction, requires_grad=True)
    y = getattr(nn, name)(reduction=reduction)(x, Tensor(target))
    ty = getattr(torch.nn, name)(reduction=reduction)(tx, torch.tensor(target))
    np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-9)
    y.sum().backward()
    ty.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-9, atol=1e-15)


OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}),
    "momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "adam": ("Adam", {"lr": 0.02}),
    "adam, other betas": ("Adam", {"lr": 0.02, "betas": (0.7, 0.9), "eps": 1e-3}),
}


@pytest.mark.parametrize("case", OPTIMIZERS)
@pytest.mark.parametrize("size", [3, 50_000])  # below and above the size that is updated in chunks
def test_optimizer_trajectory(case, size):
    name, settings = OPTIMIZERS[case]
    start, scale = rng.normal(size=size), rng.uniform(0.5, 2, size=size)
    w, tw = nn.Parameter(start), torch.nn.Parameter(torch.tensor(start))
    ours = getattr(nn, name)([w], **settings)
    theirs = getattr(torch.optim, name)([tw], **settings)
    for _ in range(20):
        for optimizer, loss in (
            (ours, (scale * w**2 + w).sum()),
            (theirs, (torch.tensor(scale) * tw**2 + tw).sum()),
        ):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        np.testing.assert_allclose(w.numpy(), tw.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_state_of_a_whole_torch_model_loads_by_name():
    layers = [("Conv2d", (1, 3, 3)), ("ReLU", ()), ("Flatten", ()), ("Linear", (108, 4))]
    theirs = torch.nn.Sequential(*[getattr(torch.nn, name)(*args) for name, args in layers])
    ours = nn.Sequential(*[getattr(nn, name)(*args) for name, args in layers])
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.normal(size=(2, 1, 8, 8)).astype(np.float32)
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).numpy(), expected, rtol=1e-4, atol=1e-6)
