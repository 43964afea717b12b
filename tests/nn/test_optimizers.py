"""Optimizers: PyTorch's trajectories, the papers' formulas, groups, decay, resuming, complaints."""

import copy

import numpy as np
import pytest

import autograd_core as ac
import nn
from nn.optimizers.base import CHUNK

SHAPES = [(3,), (), (2, 3), (4, 1, 2)]


def betas(rng):
    return tuple(rng.uniform(0.3, 0.999, size=2).tolist())


def some(rng, **choices):
    """Each setting with a chance of one half; values are made by a function or chosen."""
    return {
        name: make(rng) if callable(make) else make[rng.integers(len(make))]
        for name, make in choices.items()
        if rng.integers(2)
    }


def uniform(low, high):
    return lambda rng: float(rng.uniform(low, high))


ON = [True]
SHARED = {"weight_decay": uniform(0, 0.3), "maximize": ON}
ADAMS = {**SHARED, "betas": betas, "eps": [1e-8, 1e-3], "lr": uniform(1e-4, 0.1)}
CHOICES = {
    "SGD": {**SHARED, "lr": uniform(1e-3, 0.2), "momentum": uniform(0.1, 0.95)},
    "Adam": {**ADAMS, "amsgrad": ON, "decoupled_weight_decay": ON},
    "AdamW": {**ADAMS, "amsgrad": ON},
    "NAdam": {**ADAMS, "momentum_decay": uniform(0, 0.1), "decoupled_weight_decay": ON},
    "RAdam": {**ADAMS, "decoupled_weight_decay": ON},
    "Adagrad": {
        **SHARED,
        "lr": uniform(1e-3, 0.3),
        "lr_decay": uniform(0, 0.2),
        "initial_accumulator_value": uniform(0, 1),
        "eps": [1e-10, 1e-3],
    },
    "Adadelta": {**SHARED, "lr": uniform(0.1, 2), "rho": uniform(0.1, 0.99), "eps": [1e-6, 1e-2]},
    "RMSprop": {
        **SHARED,
        "lr": uniform(1e-3, 0.05),
        "alpha": uniform(0.3, 0.99),
        "eps": [1e-8, 1e-3],
        "momentum": uniform(0.1, 0.95),
        "centered": ON,
    },
}


def settings_of(name, rng):
    settings = some(rng, **CHOICES[name])
    if name == "SGD" and settings.get("momentum"):
        settings |= [{}, {"dampening": float(rng.uniform(0, 1))}, {"nesterov": True}][
            rng.integers(3)
        ]
    return settings


def slope(w, k):
    """The gradient of a function with many hills, different for each step (a mini-batch)."""
    return w + np.sin(3 * w) + 0.3 * np.cos(5 * w + k)


@pytest.fixture
def torch():
    """PyTorch with float64 by default: it keeps NAdam's product of momenta in that dtype."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield torch
    torch.set_default_dtype(before)


class Pair:
    """Our optimizer and PyTorch's, on the same parameters in the same two groups."""

    def __init__(self, torch, name, starts, settings, second):
        self.torch = torch
        self.ws = [nn.Parameter(start) for start in starts]
        self.tws = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
        self.ours = getattr(nn, name)(grouped(self.ws, second), **settings, decay="all")
        self.theirs = getattr(torch.optim, name)(grouped(self.tws, second), **settings)

    def step(self, k, skip=None):
        for j, (w, tw) in enumerate(zip(self.ws, self.tws, strict=True)):
            w.grad = None if j == skip else ac.Tensor(slope(w.numpy(), k))
            tw.grad = None if j == skip else self.torch.tensor(slope(tw.detach().numpy(), k))
        self.ours.step()
        self.theirs.step()

    def check(self):
        for w, tw in zip(self.ws, self.tws, strict=True):
            np.testing.assert_allclose(w.numpy(), tw.detach().numpy(), rtol=1e-9, atol=1e-12)


def grouped(ws, second):
    return [{"params": ws[:-1]}, {"params": ws[-1:], **second}]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", CHOICES)
def test_trajectory_equals_pytorchs(torch, name, seed):
    rng = np.random.default_rng([seed, *name.encode()])
    starts = [rng.normal(size=shape) for shape in SHAPES]
    second = some(rng, **{k: v for k, v in CHOICES[name].items() if k in ("lr", "weight_decay")})
    pair = Pair(torch, name, starts, settings_of(name, rng), second)
    decay = rng.uniform(0.9, 1)
    for k in range(20):
        pair.step(k, skip=0 if k in (0, 7, 8) else None)
        pair.check()
        for optimizer in (pair.ours, pair.theirs):  # a schedule
            for group in optimizer.param_groups:
                group["lr"] *= decay


@pytest.mark.parametrize("name", CHOICES)
def test_a_hundred_steps_equal_pytorchs(torch, name):
    rng = np.random.default_rng(1)
    pair = Pair(torch, name, [rng.normal(size=shape) for shape in SHAPES], {}, {"lr": 0.02})
    for k in range(100):
        pair.step(k)
    pair.check()


@pytest.mark.parametrize("name", CHOICES)
def test_arrays_larger_than_a_chunk_move_as_pytorchs(torch, name):
    size = CHUNK // 8 * 2 + 5
    rng = np.random.default_rng(2)
    settings = {"weight_decay": 0.1, "maximize": True}
    pair = Pair(torch, name, [rng.normal(size=n) for n in (size, 2)], settings, {})
    for k in range(3):
        pair.step(k)
    pair.check()


@pytest.mark.parametrize("name", CHOICES)
def test_complex_parameters_move_as_pytorchs(torch, name):
    rng = np.random.default_rng(3)
    starts = [rng.normal(size=n) + 1j * rng.normal(size=n) for n in (3, 4)]
    pair = Pair(torch, name, starts, {"weight_decay": 0.1}, {})
    for k in range(5):
        pair.step(k)
    pair.check()


def test_a_state_of_pytorch_goes_on_here(torch):
    for name in CHOICES:
        settings = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
        rng = np.random.default_rng(4)
        starts = [rng.normal(size=shape) for shape in SHAPES]
        pair = Pair(torch, name, starts, settings | {"lr": 0.01}, {"lr": 0.1})
        for k in range(4):
            pair.step(k)
        fresh = Pair(torch, name, starts, settings, {})
        fresh.ours.load_state_dict(pair.theirs.state_dict())
        fresh.theirs = pair.theirs
        for w, mine, theirs in zip(fresh.ws, fresh.tws, pair.tws, strict=True):
            w.overwrite(theirs.detach().numpy())
            assert mine.shape == theirs.shape
        fresh.tws = pair.tws
        for k in range(4, 8):
            fresh.step(k)
        fresh.check()


# -- formulas, without PyTorch ---------------------------------------------------------------------


def moved(optimizer, w, gradients):
    """The values of w after each gradient."""
    path = []
    for gradient in gradients:
        w.grad = ac.Tensor(np.asarray(gradient, dtype=w.dtype))
        optimizer.step()
        path.append(np.array(w.numpy()))
    return np.array(path)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RAdam", "NAdam", "Adagrad", "Lion"])
def test_the_first_step_has_the_size_of_the_rate(name):
    """RAdam's first step is lr · g; NAdam's mean is (μ2 (1-β1) / (1-μ1 μ2) + (1-μ1)/(1-μ1)) g."""
    g = np.array([2.0, -0.5, 1e-3])
    w = nn.Parameter(np.zeros(3))
    optimizer = getattr(nn, name)([w], lr=0.1, weight_decay=0.0)
    step = -moved(optimizer, w, [g])[0]
    expected = 0.1 * (g if name == "RAdam" else np.sign(g))
    if name == "NAdam":
        mu = [0.9 * (1 - 0.5 * 0.96 ** (t * 4e-3)) for t in (1, 2)]
        expected *= mu[1] * 0.1 / (1 - mu[0] * mu[1]) + 1
    np.testing.assert_allclose(step, expected, rtol=2e-5)


def test_momentum_is_a_geometric_sum():
    g, rate, momentum = np.array([1.0, -2.0]), 0.1, 0.8
    for dampening, nesterov in ((0.0, False), (0.25, False), (0.0, True)):
        w = nn.Parameter(np.zeros(2))
        optimizer = nn.SGD([w], rate, momentum, dampening, nesterov=nesterov)
        path = moved(optimizer, w, [g] * 6)
        b = [momentum**k + (1 - dampening) * (1 - momentum**k) / (1 - momentum) for k in range(6)]
        steps = [1 + momentum * x for x in b] if nesterov else b
        np.testing.assert_allclose(path, -rate * np.cumsum(steps)[:, None] * g, rtol=1e-12)


def test_gradient_descent_on_a_parabola_is_a_power():
    w = nn.Parameter([4.0, -1.0])
    optimizer = nn.SGD([w], lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        (0.5 * w * w).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w.numpy(), 0.9**20 * np.array([4.0, -1.0]), rtol=1e-12)


def test_adagrad_with_equal_gradients_slows_like_a_root():
    w = nn.Parameter([0.0])
    path = moved(nn.Adagrad([w], lr=0.1, lr_decay=0.5, eps=0.0), w, [[3.0]] * 5)
    steps = [0.1 / (1 + 0.5 * k) / np.sqrt(k + 1) for k in range(5)]
    np.testing.assert_allclose(path[:, 0], -np.cumsum(steps), rtol=1e-12)


def test_rmsprop_and_adadelta_by_their_recurrences():
    g = np.random.default_rng(5).normal(size=(12, 2))
    w, u = nn.Parameter(np.zeros(2)), nn.Parameter(np.zeros(2))
    rms = moved(nn.RMSprop([w], lr=0.1, alpha=0.9, eps=1e-3, centered=True), w, g)
    delta = moved(nn.Adadelta([u], rho=0.8, eps=1e-2), u, g)
    for j in range(2):
        x = y = v = m = e = d = 0.0
        for k, gk in enumerate(g[:, j]):
            v, m = 0.9 * v + 0.1 * gk**2, 0.9 * m + 0.1 * gk
            x -= 0.1 * gk / ((v - m**2) ** 0.5 + 1e-3)
            e = 0.8 * e + 0.2 * gk**2
            change = ((d + 1e-2) / (e + 1e-2)) ** 0.5 * gk
            d = 0.8 * d + 0.2 * change**2
            y -= change
            assert rms[k, j] == pytest.approx(x, rel=1e-12)
            assert delta[k, j] == pytest.approx(y, rel=1e-12)


def test_lion_by_its_algorithm():
    g = np.random.default_rng(6).normal(size=(30, 5))
    start = np.linspace(-1, 1, 5)
    w = nn.Parameter(start)
    path = moved(nn.Lion([w], lr=0.01, betas=(0.8, 0.95), weight_decay=0.3), w, g)
    x, m = start, np.zeros(5)
    for k in range(30):
        x = x - 0.01 * (np.sign(0.8 * m + 0.2 * g[k]) + 0.3 * x)
        m = 0.95 * m + 0.05 * g[k]
        np.testing.assert_allclose(path[k], x, rtol=1e-12, atol=1e-15)


def test_a_constant_gradient_does_not_make_centered_rmsprop_nan():
    w = nn.Parameter([0.0], dtype=np.float32)
    path = moved(nn.RMSprop([w], alpha=0.5, centered=True), w, [[0.1]] * 200)
    assert np.isfinite(path).all()


# -- what all share --------------------------------------------------------------------------------

ALL = [*CHOICES, "Lion"]


@pytest.mark.parametrize("name", ALL)
def test_every_optimizer_finds_the_bottom_of_a_bowl(name):
    w = nn.Parameter(np.array([[3.0, -2.0], [1.0, 0.5]]))
    lr = {"SGD": 0.1, "Adadelta": 30.0, "Adagrad": 1.0, "RAdam": 0.2}.get(name, 0.05)
    optimizer = getattr(nn, name)([w], lr=lr, weight_decay=0.0)
    schedule = nn.CosineAnnealingLR(optimizer, 400)
    for _ in range(400):
        optimizer.zero_grad()
        ((w - 1) ** 2).sum().backward()
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(w.numpy(), 1.0, atol=2e-3)


@pytest.mark.parametrize("name", ALL)
def test_maximize_climbs_the_mirrored_hill(name):
    paths = []
    for sign in (1, -1):
        w = nn.Parameter([0.5, -2.0])
        optimizer = getattr(nn, name)([w], maximize=sign < 0, weight_decay=0.1)
        paths.append(moved(optimizer, w, sign * np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 3.0]])))
    np.testing.assert_array_equal(*paths)


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_and_memory_layout_does_not_matter(name):
    start = np.random.default_rng(7).normal(size=(6, 5)).astype(np.float32)
    w, f = nn.Parameter(start), nn.Parameter(np.asfortranarray(start))
    assert not f._value.flags.c_contiguous
    optimizers = [getattr(nn, name)([p], weight_decay=0.1) for p in (w, f)]
    for _ in range(3):
        for p, optimizer in zip((w, f), optimizers, strict=True):
            p.grad = ac.as_tensor(np.asfortranarray(slope(p.numpy(), 0)))
            optimizer.step()
    assert w.dtype == f.dtype == np.float32
    np.testing.assert_array_equal(w.numpy(), f.numpy())
    assert not np.array_equal(w.numpy(), start)
    for entry in optimizers[0].state.values():
        assert all(v.dtype == np.float32 for v in entry.values() if isinstance(v, np.ndarray))


@pytest.mark.parametrize("name", ALL)
def test_gradients_are_left_as_they_are(name):
    w = nn.Parameter([1.0, 2.0])
    w.grad = ac.Tensor([0.5, -0.5])
    optimizer = getattr(nn, name)([w], weight_decay=0.1, maximize=True)
    for _ in range(2):
        optimizer.step()
    np.testing.assert_array_equal(w.grad.numpy(), [0.5, -0.5])


@pytest.mark.parametrize("name", ALL)
def test_what_has_no_gradient_stays(name):
    a, b, frozen = (nn.Parameter([1.0]) for _ in range(3))
    frozen.requires_grad_(False)
    optimizer = getattr(nn, name)([a, b, frozen], weight_decay=0.1)
    optimizer.zero_grad()
    (a * 2 + frozen).sum().backward()
    optimizer.step()
    assert a.item() != 1
    assert (b.item(), frozen.item()) == (1, 1)
    assert len(optimizer.state) == 1


def test_a_rate_of_zero_changes_nothing_but_the_state():
    for name in ALL:
        w = nn.Parameter([1.0, -3.0])
        optimizer = getattr(nn, name)([w], lr=0.0, weight_decay=0.1)
        np.testing.assert_array_equal(moved(optimizer, w, [[1.0, 2.0]])[0], [1.0, -3.0])


def test_nan_gradients_pass_as_in_pytorch():
    w = nn.Parameter([1.0, 2.0])
    np.testing.assert_array_equal(moved(nn.SGD([w], lr=1.0), w, [[np.nan, 1.0]]), [[np.nan, 1.0]])


def test_step_calls_a_closure_with_recording_on():
    w = nn.Parameter([2.0])
    optimizer = nn.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with ac.no_grad():
        assert optimizer.step(closure).item() == 4
    assert w.item() == 1


def test_groups_can_be_added_and_override_settings():
    a, b, c = (nn.Parameter([1.0]) for _ in range(3))
    optimizer = nn.SGD([{"params": a}, {"params": [b], "lr": 0.5, "momentum": 0.9}], lr=0.1)
    optimizer.add_param_group({"params": c, "lr": 0.25})
    for _ in range(2):
        for p in (a, b, c):
            p.grad = ac.Tensor([1.0])
        optimizer.step()
    assert [p.item() for p in (a, b, c)] == pytest.approx([0.8, 1 - 0.5 - 0.95, 0.5])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5, 0.25]
    assert "momentum_buffer" not in optimizer.state[a]


# -- weight decay ----------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(2, 2)
        self.norm = nn.BatchNorm1d(2)
        self.vector = nn.Parameter(np.ones(2))
        self.bias_map, self.scale_map = (nn.Parameter(np.ones((2, 2))) for _ in range(2))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("decay", ["weights", "all"])
def test_biases_and_scales_decay_only_if_asked(name, decay):
    net = copy.deepcopy(Net())  # copies keep what they are
    optimizer = getattr(nn, name)(
        net.parameters(),
        lr=0.1,
        weight_decay=0.5,
        **({} if decay == "weights" else {"decay": decay}),
    )
    for parameter in net.parameters():
        parameter.overwrite(1.0)
        parameter.grad = ac.Tensor(np.zeros(parameter.shape))
    optimizer.step()
    smaller = {key: bool((p.numpy() < 1).all()) for key, p in net.named_parameters()}
    weights = {key: key == "linear.weight" or decay == "all" for key in smaller}
    assert smaller == weights


def test_a_parameter_in_no_module_decays():
    for w in (nn.Parameter([1.0]), ac.Tensor([1.0], requires_grad=True, name="bias")):
        w.grad = ac.Tensor([0.0])
        nn.SGD([w], lr=0.1, weight_decay=0.5).step()
        assert w.item() == pytest.approx(0.95)


def test_decay_can_be_chosen_by_group():
    net = Net()
    for parameter in net.parameters():
        parameter.overwrite(1.0)
        parameter.grad = ac.Tensor(np.zeros(parameter.shape))
    rest = [net.linear.weight, net.bias_map]
    groups = [{"params": [net.linear.bias, net.vector], "decay": "all"}, {"params": rest}]
    nn.AdamW(groups, lr=0.1, weight_decay=0.5).step()
    values = [p.numpy().ravel()[0] for p in (net.linear.bias, net.vector, *rest)]
    assert values == pytest.approx([0.95, 0.95, 0.95, 1.0])


# -- saving and resuming ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_a_resumed_run_is_the_same_run(name, seed):
    rng = np.random.default_rng([seed, *name.encode()])
    settings = settings_of(name, rng) if name in CHOICES else {"weight_decay": 0.1}
    starts = [rng.normal(size=shape) for shape in SHAPES]

    def make(values):
        ws = [nn.Parameter(value) for value in values]
        return ws, getattr(nn, name)(grouped(ws, {"lr": 0.01}), **settings)

    def run(ws, optimizer, steps):
        for k in steps:
            for j, w in enumerate(ws):
                w.grad = None if j == 0 else ac.Tensor(slope(w.numpy(), k))
            optimizer.step()

    ws, optimizer = make(starts)
    run(ws, optimizer, range(5))
    values, state = [w.numpy().copy() for w in ws], optimizer.state_dict()
    assert sorted(state["state"]) == [1, 2, 3]
    assert [group["params"] for group in state["param_groups"]] == [[0, 1, 2], [3]]
    run(ws, optimizer, range(5, 10))
    again, resumed = make(values)
    resumed.param_groups[0]["lr"] = 7.0  # is restored
    resumed.load_state_dict(state)
    run(again, resumed, range(5, 10))
    for w, v in zip(ws, again, strict=True):
        np.testing.assert_array_equal(w.numpy(), v.numpy())


def test_states_are_copies_with_readable_names():
    w = nn.Parameter([1.0, 2.0])
    optimizer = nn.Adam([w], amsgrad=True)
    moved(optimizer, w, [[1.0, -1.0]])
    state = optimizer.state_dict()
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]
    np.testing.assert_allclose(state["state"][0]["exp_avg"], [0.1, -0.1])
    other = nn.Adam([nn.Parameter([1.0, 2.0])], amsgrad=True)
    other.load_state_dict(state)
    state["state"][0]["exp_avg"][:] = 9
    np.testing.assert_allclose(optimizer.state[w]["exp_avg"], [0.1, -0.1])
    (entry,) = other.state.values()
    np.testing.assert_allclose(entry["exp_avg"], [0.1, -0.1])


def test_states_that_do_not_fit_change_nothing():
    def stepped(optimizer, *ws):
        for w in ws:
            w.grad = ac.Tensor(np.ones(w.shape))
        optimizer.step()
        return optimizer

    a, b = nn.Parameter([1.0, 2.0]), nn.Parameter([[1.0]])
    optimizer = stepped(nn.Adam([a, b], lr=0.5), a, b)
    before = optimizer.state_dict()
    c, d = nn.Parameter([1.0]), nn.Parameter([[1.0, 2.0]])
    for wrong, words in (
        (stepped(nn.Adam([c, d]), c, d).state_dict(), r"parameter 0: exp_avg: .*\(2,\).*\(1,\)"),
        (stepped(nn.Adam([c]), c).state_dict(), r"Adam.*groups of \[2\].*\[1\]"),
        (stepped(nn.SGD([a, b], momentum=0.9), a, b).state_dict(), "missing: exp_avg, exp_avg_sq"),
        ({}, "Adam: a state has 'state' and 'param_groups'"),
    ):
        with pytest.raises(nn.StateError, match=words):
            optimizer.load_state_dict(wrong)
    bad = copy.deepcopy(before)
    bad["param_groups"][0]["lr"] = -1
    with pytest.raises(ac.OperationError, match="lr"):
        optimizer.load_state_dict(bad)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for k in (0, 1):
        np.testing.assert_equal(after["state"][k], before["state"][k])


# -- complaints ------------------------------------------------------------------------------------

BAD = [
    ("SGD", {"lr": -1.0}),
    ("SGD", {"lr": float("nan")}),
    ("SGD", {"lr": float("inf")}),
    ("SGD", {"lr": "fast"}),
    ("SGD", {"lr": None}),
    ("SGD", {"momentum": -0.1}),
    ("SGD", {"dampening": float("nan"), "momentum": 0.9}),
    ("SGD", {"weight_decay": -0.1}),
    ("SGD", {"nesterov": True}),
    ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    ("SGD", {"decay": "biases"}),
    ("SGD", {"maximize": "yes"}),
    ("Adam", {"betas": (0.9, 1.0)}),
    ("Adam", {"betas": (-0.1, 0.9)}),
    ("Adam", {"betas": 0.9}),
    ("Adam", {"betas": (0.9, 0.99, 0.999)}),
    ("Adam", {"eps": -1e-8}),
    ("Adam", {"amsgrad": 3}),
    ("AdamW", {"weight_decay": -1.0}),
    ("NAdam", {"momentum_decay": -1.0}),
    ("RAdam", {"betas": (0.9, float("nan"))}),
    ("Adagrad", {"lr_decay": -0.5}),
    ("Adagrad", {"initial_accumulator_value": -0.5}),
    ("Adadelta", {"rho": 1.5}),
    ("RMSprop", {"alpha": -0.5}),
    ("RMSprop", {"centered": None}),
    ("Lion", {"betas": (1.0, 0.9)}),
    ("LBFGS", {"max_iter": 0}),
    ("LBFGS", {"max_eval": 0}),
    ("LBFGS", {"history_size": 0.5}),
    ("LBFGS", {"tolerance_grad": -1.0}),
    ("LBFGS", {"tolerance_change": -1.0}),
    ("LBFGS", {"line_search_fn": "armijo"}),
]


@pytest.mark.parametrize(("name", "settings"), BAD)
def test_bad_settings_are_named(name, settings):
    with pytest.raises(ac.OperationError, match=f"^{name}: {next(iter(settings))}"):
        getattr(nn, name)([nn.Parameter([1.0])], **settings)
    if name != "LBFGS":
        with pytest.raises(ac.OperationError, match=f"^{name}: {next(iter(settings))}"):
            getattr(nn, name)([{"params": [nn.Parameter([1.0])], **settings}])


def test_bad_groups_are_refused():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.SGD([a])
    for group, error, words in (
        ([b], ac.ArgumentTypeError, "dict with 'params'"),
        ({"lr": 1.0}, ac.ArgumentTypeError, "dict with 'params'"),
        ({"params": [a]}, ac.OperationError, "twice"),
        ({"params": [b], "rate": 1.0}, ac.OperationError, "unknown setting 'rate'"),
        ({"params": [b.numpy()]}, ac.ArgumentTypeError, "expected Tensors"),
        ({"params": [b * 1]}, ac.OperationError, "not a variable"),
        ({"params": [b], "lr": -1}, ac.OperationError, "lr must be"),
    ):
        with pytest.raises(error, match=f"SGD: .*{words}"):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    for nothing in ([], [{"params": []}]):
        with pytest.raises(ac.OperationError, match="no parameters"):
            nn.Adam(nothing)


def test_numpy_numbers_are_numbers():
    w = nn.Parameter([1.0])
    moved(nn.SGD([w], lr=np.float32(0.5), momentum=np.int64(0), nesterov=np.False_), w, [[1.0]])
    assert w.item() == 0.5


def test_an_optimizer_of_ones_own_needs_only_update():
    class Signs(nn.Optimizer):
        lr: float = 0.1

        def buffers(self, group):
            return {"moves": 0.0}

        def update(self, w, g, s, group):
            s["moves"] += np.abs(np.sign(g))
            w -= group["lr"] * np.sign(g)

    w = nn.Parameter([1.0, 2.0])
    optimizer = Signs([w])
    np.testing.assert_allclose(moved(optimizer, w, [[3.0, -4.0]] * 2)[-1], [0.8, 2.2])
    np.testing.assert_array_equal(optimizer.state[w]["moves"], [2, 2])
    with pytest.raises(TypeError, match="does not define update"):
        moved(nn.Optimizer([w]), w, [[1.0, 1.0]])


# -- L-BFGS ----------------------------------------------------------------------------------------


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


A = np.random.default_rng(8).normal(size=(12, 4))
Y = np.random.default_rng(9).normal(size=12)


def closure_of(optimizer, loss):
    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


LINE_SEARCHES = [None, "strong_wolfe"]


@pytest.mark.parametrize("line_search", LINE_SEARCHES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lr": 0.3, "history_size": 3},
        {"max_iter": 5, "max_eval": 4},
        {"history_size": 1, "max_iter": 7},
        {"tolerance_grad": 1e-2},
        {"tolerance_change": 1e-3},
    ],
)
def test_lbfgs_on_least_squares_equals_pytorchs(torch, line_search, settings):
    settings = settings | {"line_search_fn": line_search}
    rng = np.random.default_rng(10)
    starts = [rng.normal(size=(4, 1)), rng.normal(size=1), rng.normal(size=2)]
    ws = [nn.Parameter(start) for start in starts]
    tws = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    a, y = torch.tensor(A), torch.tensor(Y)
    ours, theirs = nn.LBFGS(ws, **settings), torch.optim.LBFGS(tws, **settings)
    mine = closure_of(ours, lambda: ((A @ ws[0] + ws[1] - Y[:, None]) ** 2).mean())  # not ws[2]
    other = closure_of(theirs, lambda: ((a @ tws[0] + tws[1] - y[:, None]) ** 2).mean())
    for _ in range(4):
        assert ours.step(mine).item() == pytest.approx(theirs.step(other).item(), rel=1e-9)
        for w, tw in zip(ws, tws, strict=True):
            np.testing.assert_allclose(w.numpy(), tw.detach().numpy(), rtol=1e-9, atol=1e-12)
        for counter in ("func_evals", "n_iter"):
            assert ours.state[ws[0]][counter] == theirs.state[tws[0]][counter]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [2, 6])
def test_lbfgs_on_rosenbrock_equals_pytorchs(torch, size, seed):
    start = np.random.default_rng(seed).normal(size=size)
    w, tw = nn.Parameter(start), torch.nn.Parameter(torch.tensor(start))
    settings = {"line_search_fn": "strong_wolfe", "max_iter": 4, "history_size": 5}
    ours, theirs = nn.LBFGS([w], **settings), torch.optim.LBFGS([tw], **settings)
    for _ in range(5):  # 20 iterations: rounding errors grow, but slowly
        ours.step(closure_of(ours, lambda: rosenbrock(w)))
        theirs.step(closure_of(theirs, lambda: rosenbrock(tw)))
        np.testing.assert_allclose(w.numpy(), tw.detach().numpy(), rtol=1e-9)
        assert ours.state[w]["func_evals"] == theirs.state[tw]["func_evals"]


def test_lbfgs_goes_on_from_pytorchs_state(torch):
    start = np.array([-1.2, 1.0])
    w, tw = nn.Parameter(start), torch.nn.Parameter(torch.tensor(start))
    settings = {"line_search_fn": "strong_wolfe", "max_iter": 4}
    ours, theirs = nn.LBFGS([w]), torch.optim.LBFGS([tw], **settings)
    theirs.step(closure_of(theirs, lambda: rosenbrock(tw)))
    ours.load_state_dict(theirs.state_dict())
    w.overwrite(tw.detach().numpy())
    ours.step(closure_of(ours, lambda: rosenbrock(w)))
    theirs.step(closure_of(theirs, lambda: rosenbrock(tw)))
    np.testing.assert_allclose(w.numpy(), tw.detach().numpy(), rtol=1e-9)


def test_lbfgs_solves_rosenbrock_and_least_squares():
    w = nn.Parameter([-1.2, 1.0])
    optimizer = nn.LBFGS([w], line_search_fn="strong_wolfe", max_iter=100, tolerance_change=0.0)
    first = optimizer.step(closure_of(optimizer, lambda: rosenbrock(w)))
    assert first.item() == pytest.approx(24.2)
    np.testing.assert_allclose(w.numpy(), 1.0, atol=1e-5)
    v = nn.Parameter(np.zeros(4))
    optimizer = nn.LBFGS([v], line_search_fn="strong_wolfe", tolerance_change=0.0)
    optimizer.step(closure_of(optimizer, lambda: ((A @ v - Y) ** 2).sum()))
    np.testing.assert_allclose(v.numpy(), np.linalg.lstsq(A, Y)[0], rtol=1e-6)


def test_lbfgs_with_complex_and_float32_parameters():
    target = np.array([1 + 2j, -3j, 0.5])
    z, w = nn.Parameter(np.zeros(3, complex)), nn.Parameter(np.zeros(2, np.float32))
    optimizer = nn.LBFGS([z, w], line_search_fn="strong_wolfe")
    residual = closure_of(optimizer, lambda: (np.abs(z - target) ** 2).sum() + ((w - 2) ** 2).sum())
    optimizer.step(residual)
    np.testing.assert_allclose(z.numpy(), target, atol=1e-5)
    np.testing.assert_allclose(w.numpy(), 2.0, atol=1e-5)
    assert (z.dtype, w.dtype) == (np.complex128, np.float32)


def test_lbfgs_resumes():
    def run(w, optimizer, steps):
        for _ in range(steps):
            optimizer.step(closure_of(optimizer, lambda: rosenbrock(w)))

    settings = {"line_search_fn": "strong_wolfe", "max_iter": 3}
    w = nn.Parameter([-1.2, 1.0, 0.3])
    optimizer = nn.LBFGS([w], **settings)
    run(w, optimizer, 2)
    v = nn.Parameter(w.numpy())
    twin = nn.LBFGS([v])
    twin.load_state_dict(optimizer.state_dict())
    run(w, optimizer, 2)
    run(v, twin, 2)
    np.testing.assert_array_equal(w.numpy(), v.numpy())
    with pytest.raises(nn.StateError, match=r"expected shape \(2,\), got \(3,\)"):
        nn.LBFGS([nn.Parameter([1.0, 2.0])]).load_state_dict(optimizer.state_dict())


def test_lbfgs_steps_back_from_where_the_loss_overflows():
    w = nn.Parameter([5.0])
    optimizer = nn.LBFGS([w], lr=1e4, line_search_fn="strong_wolfe", max_iter=50)
    with np.errstate(over="ignore"):
        optimizer.step(closure_of(optimizer, lambda: (np.exp(w) - w).sum()))
    assert w.item() == pytest.approx(0, abs=1e-4)


def test_lbfgs_complains():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    with pytest.raises(ac.OperationError, match=r"LBFGS: .*one group"):
        nn.LBFGS([{"params": [a]}, {"params": [b]}])
    with pytest.raises(ac.ArgumentTypeError, match=r"LBFGS: .*closure"):
        nn.LBFGS([a]).step()
    with pytest.raises(ac.ArgumentTypeError, match=r"LBFGS: the closure must return the loss"):
        nn.LBFGS([a]).step(lambda: None)


# -- what does not fit, and what is rare ---------------------------------------------------------


@pytest.mark.parametrize("make", [nn.Adam, nn.NAdam, nn.RMSprop, nn.Adadelta])
def test_means_that_forget_at_once_keep_their_digits(make):
    """A mean of weight 1 on what is new is the new, however large the old was."""
    p = nn.Parameter(np.zeros(1))
    memory = {nn.RMSprop: {"alpha": 0.0}, nn.Adadelta: {"rho": 0.0}}
    optimizer = make([p], **memory.get(make, {"betas": (0.0, 0.0)}))
    for g in (1e8, 1e-8):
        p.grad = ac.Tensor([g])
        optimizer.step()
    (state,) = optimizer.state.values()
    mean = state["exp_avg_sq" if "exp_avg_sq" in state else "square_avg"]
    np.testing.assert_allclose(mean, [1e-16], rtol=1e-12)


def test_states_of_other_optimizers_are_refused():
    p = nn.Parameter(np.ones(3))
    adam = nn.Adam([p])
    p.grad = ac.Tensor(np.ones(3))
    adam.step()
    with pytest.raises(nn.StateError, match="missing: func_evals, n_iter"):
        nn.LBFGS([p]).load_state_dict(adam.state_dict())
    with pytest.raises(nn.StateError, match="unexpected: exp_avg, exp_avg_sq"):
        nn.SGD([p]).load_state_dict(adam.state_dict())
    with pytest.raises(nn.StateError, match="a state has 'state' and 'param_groups', got list"):
        adam.load_state_dict([])


def test_a_learning_rate_that_is_a_tensor_is_loaded():
    torch = pytest.importorskip("torch")
    theirs = torch.optim.Adam([torch.ones(2, requires_grad=True)], lr=torch.tensor(0.25))
    ours = nn.Adam([nn.Parameter(np.ones(2))])
    ours.load_state_dict(theirs.state_dict())
    assert ours.param_groups[0]["lr"] == 0.25


def test_slips_of_those_who_write_loops_and_optimizers():
    p = nn.Parameter(np.ones(3))
    p.grad = ac.Tensor(np.ones(3))
    with pytest.raises(ac.ArgumentTypeError, match="SGD: step takes nothing, or a function"):
        nn.SGD([p]).step(ac.Tensor(1.0))
    with pytest.raises(ac.ArgumentTypeError, match=r"'params' must be a list of .*NoneType"):
        nn.SGD([{"params": None}])

    class Returns(nn.Optimizer):
        def update(self, w, g, s, group):
            return w - g

    with pytest.raises(ac.OperationError, match="Returns: update writes into w"):
        Returns([p]).step()


def test_optimizers_print_their_settings():
    text = repr(nn.SGD([{"params": [nn.Parameter(1.0)], "lr": 3.0}], momentum=0.5))
    assert text.splitlines()[0] == "SGD("
    assert text.splitlines()[1].startswith("  1 parameters: lr=3.0, momentum=0.5, ")


def test_sets_of_parameters_have_no_order():
    parameters = {nn.Parameter([1.0]), nn.Parameter([2.0])}
    with pytest.raises(ac.ArgumentTypeError, match="SGD: a set of parameters has another order"):
        nn.SGD(parameters)
    with pytest.raises(ac.ArgumentTypeError, match="SGD: 'params' must be a list of Tensors"):
        nn.SGD([{"params": parameters}])
