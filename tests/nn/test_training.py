"""Batches, the training loop, losses' and optimizers' complaints."""

import gc

import numpy as np
import pytest

import autograd_core as ac
import nn

rng = np.random.default_rng(0)


def line_data(n=200):
    x = rng.normal(size=(n, 3))
    return x, x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3


def test_batches_cover_everything_once():
    x = np.arange(10)
    nn.manual_seed(0)
    loader = nn.DataLoader((x, -x), batch_size=4, shuffle=True)
    batches = list(loader)
    assert len(batches) == len(loader) == 3
    seen = np.concatenate([a.numpy() for a, _ in batches])
    assert sorted(seen) == list(range(10))
    assert not np.array_equal(seen, x)
    assert all(np.array_equal(a.numpy(), -b.numpy()) for a, b in batches)
    assert len(list(nn.DataLoader((x,), 4, drop_last=True))) == 2


@pytest.mark.parametrize(
    ("arrays", "size", "error"),
    [
        ((np.zeros(3), np.zeros(4)), 1, ac.ShapeError),
        ((np.zeros((0, 2)),), 1, ac.OperationError),
        ((np.zeros(3),), 0, ac.OperationError),
    ],
)
def test_bad_batches(arrays, size, error):
    with pytest.raises(error):
        nn.DataLoader(arrays, batch_size=size)


def test_fit_recovers_a_line():
    nn.manual_seed(0)
    model = nn.Linear(3, 1)
    history = nn.fit(
        model,
        line_data(),
        nn.MSELoss(),
        nn.Adam(model.parameters(), lr=0.05),
        epochs=60,
        batch_size=32,
        validation=line_data(50),
        progress=False,
    )
    np.testing.assert_allclose(model.weight.numpy(), [[1, -2, 0.5]], atol=1e-2)
    np.testing.assert_allclose(model.bias.numpy(), [0.3], atol=1e-2)
    assert len(history) == 60
    assert len(history.batch_losses) == 60 * 7
    assert history["val_loss"][-1] < 1e-3 < history["val_loss"][0]
    assert not model.training
    assert repr(history).splitlines()[0].split() == ["epoch", "loss", "val_loss"]


def test_fit_is_repeatable_and_resumes():
    def train(parts):
        nn.manual_seed(5)
        model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))
        optimizer, history, data = nn.Adam(model.parameters()), None, (X, Y)
        for epochs in parts:
            history = nn.fit(
                model, data, nn.MSELoss(), optimizer, epochs, history=history, progress=False
            )
        return history["loss"]

    X, Y = line_data()
    assert train([4]) == train([4]) == train([1, 3])


def test_on_epoch_can_stop():
    model = nn.Linear(3, 1)
    history = nn.fit(
        model,
        line_data(),
        nn.MSELoss(),
        nn.SGD(model.parameters()),
        epochs=10,
        on_epoch=lambda epoch, figures: epoch == 2,
        progress=False,
    )
    assert len(history) == 2


def test_a_loss_that_explodes_is_reported_with_its_place():
    model = nn.Linear(3, 1)
    x, y = line_data()
    x[70] = np.nan
    with pytest.raises(nn.NonFiniteLossError, match="epoch 1, batch"):
        nn.fit(model, (x, y), nn.MSELoss(), nn.SGD(model.parameters()), 1, progress=False)
    assert np.all(np.isfinite(model.weight.numpy()))


def test_evaluate_weighs_batches_by_their_rows():
    model = nn.Linear(3, 1)
    x, y = line_data(10)
    whole = nn.evaluate(model, (x, y), nn.MSELoss(), batch_size=10)
    parts = nn.evaluate(model, (x, y), nn.MSELoss(), batch_size=4)
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-5)


def test_predict_leaves_the_mode_alone_and_records_nothing():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.9))
    output = nn.predict(model, np.ones((5, 3)))
    assert isinstance(output, np.ndarray)
    assert output.shape == (5, 2)
    assert model.training


def test_a_training_step_leaves_no_garbage():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3)
    )
    optimizer, loss = nn.Adam(model.parameters()), nn.CrossEntropyLoss()
    x, y = rng.normal(size=(4, 1, 8, 8)).astype(np.float32), np.array([0, 1, 2, 0])

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    step()
    gc.collect()
    for _ in range(3):
        step()
    assert gc.collect() == 0


def test_step_between_forward_and_backward_is_refused():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    x = np.ones((1, 2), np.float32)
    model(x).sum().backward()
    late = model(x).sum()
    optimizer.step()
    with pytest.raises(ac.InPlaceError, match="overwritten"):
        late.backward()


LOGITS = np.zeros((3, 4))


@pytest.mark.parametrize(
    ("logits", "labels", "error", "text"),
    [
        (LOGITS, [0, 1], ac.ShapeError, r"\(3, 4\) and \(2,\)"),
        (LOGITS[0], [0], ac.ShapeError, r"\(4,\)"),
        (LOGITS, [0, 1, 4], ac.OperationError, "0 … 3"),
        (LOGITS, [0, 1, -1], ac.OperationError, "-1"),
        (LOGITS, [0.0, 1.0, 2.0], ac.DTypeError, "integers"),
    ],
)
def test_cross_entropy_refuses(logits, labels, error, text):
    with pytest.raises(error, match=text):
        nn.CrossEntropyLoss()(ac.Tensor(logits), labels)


def test_mse_does_not_broadcast():
    with pytest.raises(ac.ShapeError, match=r"\(4, 1\).*\(4,\)"):
        nn.MSELoss()(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ac.OperationError, match="reduction"):
        nn.MSELoss(reduction="median")(np.zeros(4), np.zeros(4))


def test_cross_entropy_survives_huge_logits():
    x = ac.Tensor([[1e4, -1e4, 0.0]], requires_grad=True)
    loss = nn.CrossEntropyLoss()(x, [1])
    loss.backward()
    assert loss.item() == 2e4
    np.testing.assert_array_equal(x.grad.numpy(), [[1, -1, 0]])


@pytest.mark.parametrize(
    ("parameters", "settings", "error"),
    [
        ([], {}, ac.OperationError),
        ([np.zeros(3)], {}, ac.ArgumentTypeError),
        ([nn.Parameter([1.0])], {"lr": -1}, ac.OperationError),
        ([nn.Parameter([1.0])], {"lr": float("nan")}, ac.OperationError),
    ],
)
def test_optimizers_refuse(parameters, settings, error):
    for optimizer in (nn.SGD, nn.Adam):
        with pytest.raises(error):
            optimizer(parameters, **settings)


def test_a_parameter_twice_is_refused():
    w = nn.Parameter([1.0])
    with pytest.raises(ac.OperationError, match="twice"):
        nn.SGD([w, w])


def test_groups_have_their_own_settings():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    (a + b).sum().backward()
    optimizer.step()
    assert a.item() == pytest.approx(0.9)
    assert b.item() == pytest.approx(0.5)


def test_a_scalar_parameter_moves_as_pytorchs_does():
    torch = pytest.importorskip("torch")
    for name, settings in (("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adam", {"lr": 0.1})):
        w, tw = nn.Parameter(1.0), torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        ours = getattr(nn, name)([w], **settings)
        theirs = getattr(torch.optim, name)([tw], **settings)
        for _ in range(4):
            for optimizer, loss in ((ours, w * w), (theirs, tw * tw)):
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        assert w.item() == pytest.approx(tw.item(), rel=1e-12)


def test_the_epochs_loss_counts_only_the_rows_that_were_seen():
    model = nn.Linear(1, 1, bias=False)
    model.weight.overwrite([[0.0]])
    loader = nn.DataLoader((np.ones((10, 1)), np.full((10, 1), 2.0)), batch_size=6, drop_last=True)
    optimizer = nn.SGD(model.parameters(), lr=0.0)
    history = nn.fit(model, loader, nn.MSELoss(), optimizer, epochs=1, progress=False)
    assert history["loss"] == [4.0]


def test_optimizers_refuse_what_would_never_move():
    w = nn.Parameter([1.0])
    for wrong in (w, [w * 1], [ac.Tensor([1.0])]):
        with pytest.raises(ac.AutogradError):
            nn.SGD(wrong)
    with pytest.raises(ac.OperationError, match="learning_rate"):
        nn.Adam([{"params": [w], "learning_rate": 1.0}])
    model = nn.Linear(3, 1)
    with pytest.raises(ac.OperationError, match="none of the model"):
        nn.fit(model, line_data(), nn.MSELoss(), nn.SGD([w]), 1, progress=False)


def test_prediction_leaves_each_modules_mode_alone():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.9))
    model[1].eval()
    nn.predict(model, np.ones((5, 3)))
    assert model.training and not model[1].training


def test_a_copied_optimizer_goes_on_where_it_was():
    import copy

    model = nn.Linear(3, 1)
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    nn.fit(model, line_data(), nn.MSELoss(), optimizer, 1, progress=False)
    twin, twins = copy.deepcopy((model, optimizer))
    nn.manual_seed(0)
    nn.fit(model, line_data(), nn.MSELoss(), optimizer, 1, progress=False)
    assert twins.param_groups[0]["params"][0] is twin.weight
    assert twins.state[twin.weight]["step"] == 4


def test_fit_with_penalty_constraint_and_schedule():
    model = nn.Linear(3, 1)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    schedule = nn.ExponentialLR(optimizer, 0.5)
    nn.fit(model, line_data(), nn.MSELoss(), optimizer, 3, schedule=schedule,
           penalty=nn.L2(10.0), constraint=nn.MaxNorm(0.01), progress=False)  # fmt: skip
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1 / 8)
    assert np.linalg.norm(model.weight.numpy()) <= 0.01 * (1 + 1e-6)
    plateau = nn.ReduceLROnPlateau(optimizer, patience=0, threshold=1e9)
    nn.fit(model, line_data(), nn.MSELoss(), optimizer, 3, schedule=plateau, progress=False)
    assert optimizer.param_groups[0]["lr"] < 0.1 / 8


# -- what fit, evaluate and predict say ----------------------------------------------------------


def small():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    return model, nn.SGD(model.parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": np.tanh}, ac.ArgumentTypeError, r"nn\.Sequential\(function\)"),
        ({"loss": nn.MSELoss}, ac.ArgumentTypeError, r"nn\.MSELoss\(\), not nn\.MSELoss"),
        ({"optimizer": nn.SGD}, ac.ArgumentTypeError, "expected an optimizer"),
        ({"epochs": 2.5}, ac.OperationError, "epochs must be an integer >= 0, got 2.5"),
        ({"epochs": -1}, ac.OperationError, "epochs must be"),
        ({"batch_size": 2.5}, ac.OperationError, "batch_size must be an integer"),
        ({"metrics": {"mae": nn.L1Loss()}}, ac.OperationError, "pass validation="),
        ({"schedule": len}, ac.OperationError, "a schedule of this optimizer"),
        ({"loss": lambda y, t: y - t}, ac.ShapeError, "the loss must be one number.*64, 1"),
        ({"loss": lambda y, t: 0.5}, ac.ShapeError, "as a Tensor, got float"),
        ({"data": (np.ones((4, 3)),)}, ac.ArgumentTypeError, r"\(inputs, targets\), got 1 arrays"),
    ],
)
def test_fit_says_what_is_wrong(change, error, words):
    model, optimizer = small()
    given = {"model": model, "data": line_data(), "loss": nn.MSELoss(), "optimizer": optimizer}
    with pytest.raises(error, match=words):
        nn.fit(**given | {"epochs": 1, "progress": False} | change)


def test_fit_notices_an_optimizer_of_an_earlier_model():
    model, optimizer = small()
    model[2] = nn.Linear(4, 1)
    with pytest.raises(ac.OperationError, match=r"but not its 2\.weight, 2\.bias"):
        nn.fit(model, line_data(), nn.MSELoss(), optimizer, 1, progress=False)
    model[2].requires_grad_(False)
    nn.fit(model, line_data(), nn.MSELoss(), optimizer, 1, progress=False)


def test_fit_of_a_function_whose_parameters_live_elsewhere():
    w = ac.Tensor([[0.0], [0.0], [0.0]], requires_grad=True)
    x, y = line_data()
    nn.fit(
        nn.Sequential(lambda x: x @ w + 0.3),
        (x, y),
        nn.MSELoss(),
        nn.SGD([w], lr=0.1),
        20,
        progress=False,
    )
    np.testing.assert_allclose(w.numpy(), [[1], [-2], [0.5]], atol=1e-2)


def test_fit_with_lbfgs_solves_least_squares():
    x, y = line_data()
    model = nn.Linear(3, 1).double()
    optimizer = nn.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
    history = nn.fit(model, (x, y), nn.MSELoss(), optimizer, 3, batch_size=200, progress=False)
    np.testing.assert_allclose(model.weight.numpy(), [[1, -2, 0.5]], atol=1e-4)
    assert len(history.batch_losses) == 3


def test_only_true_stops():
    model, optimizer = small()
    seen = []
    history = nn.fit(
        model,
        line_data(),
        nn.MSELoss(),
        optimizer,
        3,
        on_epoch=lambda epoch, figures: seen.append(epoch) or [epoch],
        progress=False,
    )
    assert seen == [1, 2, 3] and len(history) == 3


def test_a_history_is_a_mapping_from_names_to_lists():
    history = nn.History()
    history.epochs += [{"loss": 2.0}, {"loss": 1.0, "val_loss": 3.0}]
    assert list(history) == ["loss", "val_loss"]
    assert dict(history) == {"loss": [2.0, 1.0], "val_loss": [3.0]}
    assert "loss" in history and "accuracy" not in history
    with pytest.raises(ac.OperationError, match="no figure 'val_los'; there are loss, val_loss"):
        history["val_los"]


def test_predict_of_several_outputs_joins_each():
    class Two(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(3, 2)

        def forward(self, x):
            y = self.layer(x)
            return {"y": y, "parts": (2 * y, y[:, 0])}

    model, x = Two(), rng.normal(size=(10, 3)).astype(np.float32)
    found = nn.predict(model, x, batch_size=4)
    y = model.layer(x).numpy()
    np.testing.assert_allclose(found["y"], y, rtol=1e-6)
    np.testing.assert_allclose(found["parts"][0], 2 * y, rtol=1e-6)
    np.testing.assert_allclose(found["parts"][1], y[:, 0], rtol=1e-6)
    with pytest.raises(ac.ShapeError, match=r"one row for each of 10 inputs, got \(\)"):
        nn.predict(nn.Sequential(np.sum), x)


def test_a_metric_is_not_called_loss():
    model, _ = small()
    with pytest.raises(ac.OperationError, match="call the metric another"):
        nn.evaluate(model, line_data(), nn.MSELoss(), {"loss": nn.L1Loss()})


def test_shifts_of_what_cannot_be_shifted():
    with pytest.raises(ac.OperationError, match="pixels must be an integer >= 0, got -1"):
        nn.data.random_shift(-1)
    with pytest.raises(ac.ShapeError, match=r"expected images \(N, C, H, W\), got \(2, 3, 3\)"):
        nn.data.random_shift(1)(np.zeros((2, 3, 3)))


# -- means of batches ----------------------------------------------------------------------------

SCORES = np.random.default_rng(3).standard_normal((8, 3))
LABELS = np.array([0, 1, -100, -100, 2, 1, -100, 0])
WEIGHTED = {
    "ignored": (nn.CrossEntropyLoss(), LABELS),
    "weights": (nn.CrossEntropyLoss(weight=[1.0, 5.0, 0.2]), np.abs(LABELS) % 3),
    "both": (nn.NLLLoss(weight=[1.0, 5.0, 0.2], ignore_index=2), np.abs(LABELS) % 3),
    "smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), LABELS),
    "probabilities": (nn.CrossEntropyLoss(), np.eye(3)[np.abs(LABELS) % 3]),
    "squares": (nn.MSELoss(), SCORES[::-1].copy()),
}


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize("batch_size", [1, 2, 3, 5])
def test_the_mean_of_batches_is_that_of_the_whole(name, batch_size):
    loss, targets = WEIGHTED[name]
    model = nn.Identity()
    whole = loss(ac.Tensor(SCORES), targets).item()
    found = nn.evaluate(model, (SCORES, targets), loss, batch_size=batch_size)
    assert found["loss"] == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("name", WEIGHTED)
def test_fit_reports_the_weighted_mean(name):
    """With a rate of 0 the loss of an epoch is that of the whole data."""
    loss, targets = WEIGHTED[name]
    model = nn.Linear(3, 3, dtype=float)
    whole = loss(model(ac.Tensor(SCORES)), targets).item()
    optimizer = nn.SGD(model.parameters(), lr=0.0)
    history = nn.fit(model, (SCORES, targets), loss, optimizer, 2, batch_size=2, progress=False)
    assert history["loss"] == pytest.approx([whole, whole], rel=1e-9)


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam, nn.LBFGS])
def test_a_batch_without_targets_moves_nothing_and_ends_nothing(optimizer):
    model = nn.Linear(3, 3, dtype=float)
    before = model.state_dict()
    nothing = (SCORES[2:4], LABELS[2:4])
    made = optimizer(model.parameters(), lr=0.1)
    history = nn.fit(model, nothing, nn.CrossEntropyLoss(), made, 1, progress=False)
    assert np.isnan(history["loss"]).all()
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert np.isnan(nn.evaluate(model, nothing, nn.CrossEntropyLoss())["loss"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"validation": (SCORES,)}, r"validation must be \(inputs, targets\), got 1 arrays"),
        ({"validation": (SCORES, LABELS, LABELS)}, "validation .* got 3 arrays"),
        ({"validation": 3}, "validation .* got 3"),
        ({"validation": (SCORES, LABELS), "metrics": {"accuracy": 3}}, "accuracy must be a func"),
        ({"validation": (SCORES, LABELS), "metrics": [nn.accuracy]}, "metrics must be a dict"),
        ({"on_epoch": 3}, "on_epoch must be a function"),
        ({"transform": "flip"}, "transform must be a function"),
        ({"penalty": 1e-4}, "penalty must be a function"),
        ({"constraint": nn.MaxNorm}, "constraint must be a function"),
    ],
)
def test_arguments_are_checked_before_the_first_step(change, text):
    model = nn.Linear(3, 3, dtype=float)
    before = model.state_dict()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ac.ArgumentTypeError, match=text):
        nn.fit(
            model, (SCORES, np.abs(LABELS) % 3), nn.CrossEntropyLoss(), optimizer, 1,
            progress=False, **change,
        )  # fmt: skip
    assert all(np.array_equal(value, before[name]) for name, value in model.state_dict().items())
