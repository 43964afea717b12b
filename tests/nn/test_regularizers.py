"""Penalties on weights and limits of their size."""

import numpy as np
import pytest

import autograd_core as ac
import nn

rng = np.random.default_rng(0)


class Net(nn.Module):
    def __init__(self):
        self.first = nn.Linear(3, 4, dtype=np.float64)
        self.norm = nn.BatchNorm1d(4, dtype=np.float64)
        self.head = nn.Linear(4, 2, dtype=np.float64)

    def forward(self, x):
        return self.head(np.tanh(self.norm(self.first(x))))


def weights(model):
    return [model.first.weight.numpy(), model.head.weight.numpy()]


def test_penalties_are_their_sums_over_weights_only():
    model = Net()
    absolute = sum(np.abs(w).sum() for w in weights(model))
    squares = sum((w**2).sum() for w in weights(model))
    assert nn.L1(0.3)(model).item() == pytest.approx(0.3 * absolute)
    assert nn.L1(0.3, half=True)(model).item() == pytest.approx(0.15 * absolute)
    assert nn.L2(0.3)(model).item() == pytest.approx(0.15 * squares)
    both = nn.L1L2(0.3, 0.7)(model).item()
    assert both == pytest.approx(0.3 * absolute + 0.35 * squares)
    assert nn.L2(0.0)(model) == 0


def test_gradients_reach_weights_and_nothing_else():
    model = Net()
    nn.L1L2(0.3, 0.7)(model).backward()
    for layer in (model.first, model.head):
        w = layer.weight.numpy()
        expected = 0.3 * np.sign(w) + 0.7 * w
        np.testing.assert_allclose(layer.weight.grad.numpy(), expected, rtol=1e-12)
        assert layer.bias.grad is None
    assert model.norm.weight.grad is None and model.norm.bias.grad is None


def test_the_l2_step_is_weight_decay():
    """w <- w - lr dL/dw - lr α w, for weights; biases move by the loss alone."""
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    model = nn.Linear(3, 2, dtype=np.float64)
    before, lr, alpha = model.state_dict(), 0.1, 0.4
    nn.MSELoss()(model(x), y).backward()
    slope = {name: p.grad.numpy() for name, p in model.named_parameters()}
    model.zero_grad()
    optimizer = nn.SGD(model.parameters(), lr=lr)
    (nn.MSELoss()(model(x), y) + nn.L2(alpha)(model)).backward()
    optimizer.step()
    w = before["weight"]
    expected = w - lr * slope["weight"] - lr * alpha * w  # terms that may cancel each other
    np.testing.assert_allclose(model.weight.numpy(), expected, rtol=1e-12, atol=1e-15)
    expected = before["bias"] - lr * slope["bias"]
    np.testing.assert_allclose(model.bias.numpy(), expected, rtol=1e-12, atol=1e-15)


def test_penalties_equal_torchs_sums():
    torch = pytest.importorskip("torch")
    model = Net()
    moved = [torch.tensor(w, requires_grad=True) for w in weights(model)]
    (0.2 * sum(w.abs().sum() for w in moved) + 0.05 * sum((w**2).sum() for w in moved)).backward()
    nn.L1L2(0.2, 0.1)(model).backward()
    for layer, w in zip((model.first, model.head), moved, strict=True):
        np.testing.assert_allclose(layer.weight.grad.numpy(), w.grad.numpy(), rtol=1e-9)


def test_parameters_can_be_chosen():
    model = Net()
    everything = sum((p.numpy() ** 2).sum() for p in model.parameters())
    assert nn.L2(2.0, "*")(model).item() == pytest.approx(everything)
    first = (model.first.weight.numpy() ** 2).sum() + (model.first.bias.numpy() ** 2).sum()
    assert nn.L2(2.0, "first.*")(model).item() == pytest.approx(first)
    biases = nn.L2(2.0, lambda name, parameter: name.endswith("bias") and parameter.shape == (2,))
    assert biases(model).item() == pytest.approx((model.head.bias.numpy() ** 2).sum())


def test_what_counts_as_a_weight():
    class Odd(nn.Module):
        def __init__(self):
            self.debiased = nn.Linear(2, 2, bias=False, dtype=np.float64)  # a path may say bias
            self.norm = nn.LayerNorm((3, 3), dtype=np.float64)  # two axes, and still a scale
            self.bias_table = nn.Parameter(np.ones((2, 2)))
            self.slopes = nn.Parameter(np.ones(3))

    model = Odd()
    expected = (model.debiased.weight.numpy() ** 2).sum()
    assert nn.L2(2.0)(model).item() == pytest.approx(expected)


def test_a_shared_weight_counts_once():
    layer = nn.Linear(2, 2, dtype=np.float64)
    expected = (layer.weight.numpy() ** 2).sum()
    assert nn.L2(2.0)(nn.Sequential(layer, layer)).item() == pytest.approx(expected)


def test_penalties_pass_gradcheck():
    model = Net()
    penalty = nn.L1L2(0.3, 0.7, "*")
    for parameter in model.parameters():  # away from the kink of |w|
        parameter.overwrite(np.where(np.abs(parameter.numpy()) < 0.1, 0.2, parameter.numpy()))
    ac.gradcheck_variables(lambda: penalty(model), dict(model.named_parameters()))


def test_l2_shrinks_and_l1_empties_what_is_not_needed():
    x = rng.normal(size=(200, 6))
    x = np.linalg.qr(x - x.mean(axis=0)).Q * 200**0.5  # mean 0, variance 1, uncorrelated
    y = x[:, :1] * 2.0  # the other inputs do not matter
    found = {}
    for name, penalty in (("none", nn.L2(0.0)), ("l1", nn.L1(0.2)), ("l2", nn.L2(0.5))):
        model = nn.Linear(6, 1, dtype=np.float64)
        optimizer = nn.SGD(model.parameters(), lr=0.05)
        for _ in range(400):
            optimizer.zero_grad()
            (nn.MSELoss()(model(x), y) + penalty(model)).backward()
            optimizer.step()
        found[name] = model.weight.numpy()[0]
    np.testing.assert_allclose(found["none"], [2, 0, 0, 0, 0, 0], atol=1e-6)
    # (w - 2)² + λ |w| is least at 2 - λ / 2, (w - 2)² + ½ λ w² at 4 / (2 + λ).
    assert found["l1"][0] == pytest.approx(1.9)
    assert np.abs(found["l1"][1:]).max() <= 0.05 * 0.2  # the length of a step
    assert found["l2"][0] == pytest.approx(1.6)


def test_penalties_work_in_fit():
    model = nn.Linear(3, 1)
    penalty, mse = nn.L2(100.0), nn.MSELoss()
    x = rng.normal(size=(64, 3)).astype(np.float32)
    nn.fit(
        model,
        (x, x @ np.ones((3, 1), np.float32)),
        lambda prediction, target: mse(prediction, target) + penalty(model),
        nn.SGD(model.parameters(), lr=0.005),
        epochs=20,
        progress=False,
    )
    assert np.abs(model.weight.numpy()).max() < 0.05


def test_max_norm_shortens_long_rows_only():
    model = nn.Sequential(nn.Conv2d(2, 3, 2, dtype=np.float64), nn.Linear(4, 3, dtype=np.float64))
    model[0].weight.overwrite(np.full((3, 2, 2, 2), 1.0))  # length √8
    rows = np.array([[3.0, 4, 0, 0], [0.3, 0.4, 0, 0], [0, 0, 0, 0]])
    model[1].weight.overwrite(rows)
    model[1].bias.overwrite([9.0, 9, 9])
    nn.MaxNorm(1.0)(model)
    np.testing.assert_allclose(model[0].weight.numpy(), 8**-0.5)
    expected = [[0.6, 0.8, 0, 0], [0.3, 0.4, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(model[1].weight.numpy(), expected)
    np.testing.assert_array_equal(model[1].bias.numpy(), 9)
    nn.MaxNorm(3.0, "1.bias")(model)
    np.testing.assert_allclose(np.abs(model[1].bias.numpy()), 3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.L1(-1.0), ac.OperationError, "l1"),
        (lambda: nn.L2(float("nan")), ac.OperationError, "l2"),
        (lambda: nn.MaxNorm(0.0), ac.OperationError, "a finite number > 0"),
        (lambda: nn.L2(1.0)(nn.ReLU()), ac.OperationError, "ReLU.*none"),
        (lambda: nn.L2(1.0, "body.*")(Net()), ac.OperationError, "body.*first.weight"),
        (lambda: nn.L2(1.0)([np.ones(3)]), ac.ArgumentTypeError, "list"),
        (lambda: nn.MaxNorm(1.0)(None), ac.ArgumentTypeError, "NoneType"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_complex_weights_are_penalised_by_their_size():
    layer = nn.Linear(2, 1, bias=False).astype(complex)
    layer.weight.overwrite(np.array([[3 + 4j, 1j]]))
    penalty = nn.L2(1.0)(layer)
    assert penalty.item() == pytest.approx(0.5 * (25 + 1))
    penalty.backward()
    np.testing.assert_allclose(layer.weight.grad.numpy(), layer.weight.numpy())


def test_regularisers_print_what_they_are():
    assert repr(nn.L1(0.1, "head.*", half=True)) == (
        "L1L2(l1=0.1, l2=0.0, parameters='head.*', half=True)"
    )
    assert repr(nn.MaxNorm(2.0, "*")) == "MaxNorm(2.0, '*')"


@pytest.mark.parametrize(("dtype", "size"), [(np.float16, 300), (np.float32, 1e20)])
def test_rows_whose_squares_overflow_are_shortened(dtype, size):
    layer = nn.Linear(4, 2)
    layer.weight = nn.Parameter(np.full((2, 4), size, dtype))
    nn.MaxNorm(3.0)(layer)
    np.testing.assert_allclose(layer.weight.numpy(), 1.5, rtol=1e-3)
