"""Schedules: PyTorch's learning rates over many steps, closed forms, resuming, complaints."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest

import autograd_core as ac
import nn

STEPS = 60


def made(optimizer_class, parameter, groups=2, **settings):
    """An optimizer of two groups with rates 0.1 and 0.03."""
    return optimizer_class(
        [{"params": [parameter()]}, {"params": [parameter()], "lr": 0.03}][:groups],
        lr=0.1,
        **settings,
    )


def ours(name="SGD", **settings):
    return made(getattr(nn, name), lambda: nn.Parameter([1.0]), **settings)


def decays(t):
    return 1 / (1 + 0.1 * t)


def wave(t):
    return 1.5 + math.sin(t)


CASES = {
    "step": ("StepLR", {"step_size": 7, "gamma": 0.3}),
    "step, default gamma": ("StepLR", {"step_size": 20}),
    "multi-step": ("MultiStepLR", {"milestones": [5, 12, 12, 40], "gamma": 0.5}),
    "exponential": ("ExponentialLR", {"gamma": 0.93}),
    "constant": ("ConstantLR", {"factor": 0.2, "total_iters": 9}),
    "constant, defaults": ("ConstantLR", {}),
    "linear": ("LinearLR", {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 30}),
    "linear, defaults": ("LinearLR", {}),
    "polynomial": ("PolynomialLR", {"total_iters": 50, "power": 1.7}),
    "polynomial, defaults": ("PolynomialLR", {}),
    "cosine": ("CosineAnnealingLR", {"T_max": 59}),
    "cosine, up again": ("CosineAnnealingLR", {"T_max": 13, "eta_min": 0.004}),
    "restarts": ("CosineAnnealingWarmRestarts", {"T_0": 10}),
    "longer restarts": ("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2, "eta_min": 1e-3}),
    "triple restarts": ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 3}),
    "any function": ("LambdaLR", {"lr_lambda": decays}),
    "two functions": ("LambdaLR", {"lr_lambda": [decays, wave]}),
    "any factors": ("MultiplicativeLR", {"lr_lambda": [wave, decays]}),
    "one cycle": ("OneCycleLR", {"max_lr": 0.5, "total_steps": STEPS}),
    "one cycle by epochs": ("OneCycleLR", {"max_lr": 0.5, "epochs": 9, "steps_per_epoch": 7}),
    "one cycle, linear": (
        "OneCycleLR",
        {
            "max_lr": [0.5, 0.2],
            "total_steps": 61,
            "anneal_strategy": "linear",
            "pct_start": 0.42,
            "base_momentum": [0.6, 0.7],
            "max_momentum": 0.99,
            "div_factor": 10.0,
            "final_div_factor": 100.0,
        },
    ),
    "one cycle, three phases": (
        "OneCycleLR",
        {"max_lr": 0.5, "total_steps": 75, "three_phase": True, "pct_start": 0.35},
    ),
    "one cycle, momentum stays": (
        "OneCycleLR",
        {"max_lr": 0.5, "total_steps": STEPS, "cycle_momentum": False, "pct_start": 0.0},
    ),
    "cycles": ("CyclicLR", {"base_lr": 0.01, "max_lr": [0.2, 0.3], "step_size_up": 6}),
    "falling cycles": (
        "CyclicLR",
        {
            "base_lr": [0.01, 0.02],
            "max_lr": 0.2,
            "step_size_up": 4,
            "step_size_down": 9,
            "mode": "triangular2",
        },
    ),
    "cycles in a range": (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "mode": "exp_range", "gamma": 0.97},
    ),
    "cycles by a function": (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "scale_fn": decays},
    ),
}


def pair(torch, build, name="SGD"):
    """The same schedule here and in PyTorch; `build` gets the module and the optimizer."""
    settings = {} if name == "Adam" else {"momentum": 0.9}
    mine = ours(name, **settings)
    theirs = made(getattr(torch.optim, name), lambda: torch.nn.Parameter(torch.ones(1)), **settings)
    return (build(nn, mine), mine), (build(torch.optim.lr_scheduler, theirs), theirs)


def check_equal(mine, theirs):
    for group, other in zip(mine.param_groups, theirs.param_groups, strict=True):
        assert group["lr"] == pytest.approx(other["lr"], rel=1e-9, abs=1e-15)
        for key in ("momentum", "betas"):
            if key in group:
                assert group[key] == pytest.approx(other[key], rel=1e-9)


def run(pairs, steps=STEPS, figures=None):
    (mine, a), (theirs, b) = pairs
    check_equal(a, b)
    for t in range(steps):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for schedule in (mine, theirs):
                schedule.step(*(() if figures is None else (figures[t],)))
        check_equal(a, b)
        np.testing.assert_allclose(mine.get_last_lr(), theirs.get_last_lr(), 1e-9, 1e-15)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("case", CASES)
def test_rates_equal_pytorchs(case, optimizer):
    torch = pytest.importorskip("torch")
    name, settings = CASES[case]
    run(pair(torch, lambda module, o: getattr(module, name)(o, **settings), optimizer))


@pytest.mark.parametrize("seed", range(20))
def test_reducing_on_a_plateau_equals_pytorchs(seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    settings = {
        "mode": ["min", "max"][seed % 2],
        "factor": float(rng.uniform(0.1, 0.9)),
        "patience": int(rng.integers(0, 5)),
        "threshold": [1e-4, 0.05][rng.integers(2)],
        "threshold_mode": ["rel", "abs"][rng.integers(2)],
        "cooldown": int(rng.integers(0, 4)),
        "min_lr": [0.0, [0.001, 0.01]][rng.integers(2)],
        "eps": [1e-8, 1e-3][rng.integers(2)],
    }
    # figures above 0: below, PyTorch's relative margin has the wrong sign
    figures = 0.3 + np.exp(-np.arange(STEPS) / 15) + 0.05 * rng.normal(size=STEPS)
    figures[5] = np.nan
    run(
        pair(torch, lambda module, o: module.ReduceLROnPlateau(o, **settings)),
        figures=figures if seed % 2 == 0 else 2 - figures,
    )


def sequence(module, o):
    parts = [
        module.LinearLR(o, start_factor=0.1, total_iters=8),
        module.CosineAnnealingLR(o, T_max=20),
        module.ExponentialLR(o, gamma=0.9),
    ]
    return module.SequentialLR(o, parts, [8, 28])


def sequence_of_steps(module, o):
    parts = [module.ConstantLR(o, 0.5, 3), module.MultiStepLR(o, [2, 9], 0.1)]
    return module.SequentialLR(o, parts, milestones=[6])


def chain(module, o):
    parts = [module.ConstantLR(o, 0.1, 4), module.ExponentialLR(o, 0.9), module.StepLR(o, 7, 0.5)]
    return module.ChainedScheduler(parts)


@pytest.mark.parametrize("build", [sequence, sequence_of_steps, chain])
def test_combined_schedules_equal_pytorchs(build):
    torch = pytest.importorskip("torch")
    run(pair(torch, build))


def test_schedules_stepped_together_multiply_as_in_pytorch():
    torch = pytest.importorskip("torch")

    class Both:
        def __init__(self, module, o):
            self.parts = [module.LinearLR(o, 0.25, total_iters=10), module.StepLR(o, 6, 0.5)]
            self.parts.append(module.ReduceLROnPlateau(o, patience=3))

        def step(self):
            self.parts[0].step()
            self.parts[1].step()
            self.parts[2].step(1.0)

        def get_last_lr(self):
            return self.parts[2].get_last_lr()

    run(pair(torch, Both))


def test_a_fraction_of_an_epoch_can_be_given_to_restarts():
    torch = pytest.importorskip("torch")
    for settings in ({"T_0": 3, "T_mult": 2}, {"T_0": 4}):
        (mine, a), (theirs, b) = pair(
            torch, lambda module, o, s=settings: module.CosineAnnealingWarmRestarts(o, **s)
        )
        for k in range(40):
            mine.step(k / 2.5)
            theirs.step(k / 2.5)
            check_equal(a, b)


# -- without PyTorch -------------------------------------------------------------------------------


def rates(schedule, steps):
    """The rate of the first group at first and after each step."""
    path = list(schedule.get_last_lr()[:1])
    for _ in range(steps):
        schedule.step()
        path += schedule.get_last_lr()[:1]
    return path


def test_closed_forms():
    for schedule, expected in (
        (nn.StepLR(ours(), 3, 0.5), lambda t: 0.1 * 0.5 ** (t // 3)),
        (nn.ExponentialLR(ours(), 0.9), lambda t: 0.1 * 0.9**t),
        (nn.LinearWarmup(ours(), 5), lambda t: 0.1 * min(1, (t + 1) / 5)),
        (nn.CosineAnnealingLR(ours(), 10), lambda t: 0.05 * (1 + math.cos(math.pi * t / 10))),
        (nn.LambdaLR(ours(), wave), lambda t: 0.1 * wave(t)),
    ):
        assert rates(schedule, 25) == pytest.approx([expected(t) for t in range(26)], rel=1e-12)


def test_one_cycle_has_its_corners():
    optimizer = ours("Adam")
    path = rates(nn.OneCycleLR(optimizer, 1.0, 101, pct_start=31 / 101), 100)
    assert [path[0], path[30], path[100]] == pytest.approx([0.04, 1.0, 4e-6])
    assert path.index(max(path)) == 30
    assert optimizer.param_groups[0]["betas"] == pytest.approx((0.95, 0.999))


def test_a_closed_form_does_not_drift():
    """A product of 100 000 factors would be off by far more than one rounding."""
    schedule = nn.ExponentialLR(ours(), 0.9999)
    for _ in range(100_000):
        schedule.step()
    assert schedule.get_last_lr()[0] == 0.1 * 0.9999**100_000


def test_warmup_then_cosine():
    optimizer = ours()
    parts = [nn.LinearWarmup(optimizer, 4), nn.CosineAnnealingLR(optimizer, 6)]
    path = rates(nn.SequentialLR(optimizer, parts, [4]), 10)
    cosine = [0.05 * (1 + math.cos(math.pi * t / 6)) for t in range(7)]
    assert path == pytest.approx([0.025, 0.05, 0.075, 0.1, *cosine], abs=1e-15)


def test_one_cycle_within_a_sequence_moves_momentum():
    optimizer = ours(momentum=0.5, groups=1)
    parts = [nn.ConstantLR(optimizer, 1.0), nn.OneCycleLR(optimizer, 1.0, 10)]
    schedule = nn.SequentialLR(optimizer, parts, [3])
    momenta = []
    for _ in range(8):
        schedule.step()
        momenta.append(optimizer.param_groups[0]["momentum"])
    assert momenta[2] == pytest.approx(0.95)
    assert momenta[4] == pytest.approx(0.85)


def test_what_the_user_changes_stays_changed():
    optimizer = ours()
    schedule = nn.StepLR(optimizer, 2, 0.1)
    schedule.step()
    optimizer.param_groups[0]["lr"] *= 0.5
    for _ in range(3):
        schedule.step()
    assert schedule.get_last_lr() == pytest.approx([0.1 * 0.01 * 0.5, 0.03 * 0.01])


@pytest.mark.parametrize("case", [*CASES, "sequence", "chain", "plateau"])
def test_a_resumed_schedule_goes_on(case):
    def build(optimizer):
        if case == "plateau":
            return nn.ReduceLROnPlateau(optimizer, patience=1)
        if case in ("sequence", "chain"):
            return {"sequence": sequence, "chain": chain}[case](nn, optimizer)
        name, settings = CASES[case]
        return getattr(nn, name)(optimizer, **settings)

    def go(schedule):
        for _ in range(10):
            schedule.step(*([1.0] if case == "plateau" else []))

    first = ours(momentum=0.9)
    schedule = build(first)
    go(schedule)
    states = copy.deepcopy((first.state_dict(), schedule.state_dict()))
    second = ours(momentum=0.9)
    again = build(second)
    second.load_state_dict(states[0])
    again.load_state_dict(states[1])
    assert again.get_last_lr() == schedule.get_last_lr()
    go(schedule)
    go(again)
    for a, b in zip(first.param_groups, second.param_groups, strict=True):
        assert (a["lr"], a["momentum"]) == (b["lr"], b["momentum"])


def test_last_epoch_resumes_too():
    optimizer = ours()
    schedule = nn.CosineAnnealingLR(optimizer, 10)
    expected = rates(schedule, 10)
    optimizer = ours()
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
        group["lr"] = group["initial_lr"] * expected[4] / 0.1
    assert rates(nn.CosineAnnealingLR(optimizer, 10, last_epoch=4), 5) == pytest.approx(
        expected[5:], abs=1e-15
    )


@pytest.mark.parametrize("loaded", [True, False], ids=["state loaded", "initial rates only"])
@pytest.mark.parametrize("case", [*CASES, "sequence"])
def test_last_epoch_goes_on_as_if_there_had_been_no_stop(case, loaded):
    def build(optimizer, **resumed):
        if case == "sequence":
            parts = [nn.LinearLR(optimizer, total_iters=4), nn.ExponentialLR(optimizer, 0.9)]
            return nn.SequentialLR(optimizer, parts, [4], **resumed)
        name, settings = CASES[case]
        return getattr(nn, name)(optimizer, **settings, **resumed)

    first = ours(momentum=0.9)
    schedule = build(first)
    for _ in range(9):
        schedule.step()
    second = ours(momentum=0.9)
    if loaded:
        second.load_state_dict(first.state_dict())
    else:
        for group, trained in zip(second.param_groups, first.param_groups, strict=True):
            group["initial_lr"] = trained["initial_lr"]
    again = build(second, last_epoch=8)
    for _ in range(6):
        for a, b in zip(first.param_groups, second.param_groups, strict=True):
            assert (b["lr"], b["momentum"]) == pytest.approx((a["lr"], a["momentum"]), rel=1e-12)
        schedule.step()
        again.step()


def test_rates_after_resuming_by_last_epoch():
    def optimizer():
        made = nn.SGD([nn.Parameter([1.0])], lr=0.3)
        made.param_groups[0]["initial_lr"] = 1.0
        return made

    expected = {
        nn.LambdaLR: ((lambda t: 0.9**t,), 0.9**9),
        nn.LinearLR: ((0.1, 1.0, 12), 0.775),
        nn.StepLR: ((3, 0.5), 0.125),
        nn.CosineAnnealingWarmRestarts: ((3, 2), 1.0),
        nn.CyclicLR: ((0.1, 1, 3, None, "triangular", 1.0, None, "cycle", False), 0.55 + 0.45),
    }
    for kind, (settings, rate) in expected.items():
        made = optimizer()
        if kind is nn.CyclicLR:
            made.param_groups[0]["initial_lr"] = 0.1
        assert kind(made, *settings, last_epoch=8).get_last_lr() == [pytest.approx(rate)], kind


def test_a_schedule_and_its_optimizer_can_be_copied():
    optimizer = ours()
    schedule = nn.OneCycleLR(optimizer, 1.0, 20, cycle_momentum=False)
    twin_optimizer, twin = copy.deepcopy((optimizer, schedule))
    twin.step()
    assert twin_optimizer.param_groups[0]["lr"] > optimizer.param_groups[0]["lr"]


def test_fit_steps_a_schedule_after_each_epoch():
    x = np.random.default_rng(0).normal(size=(8, 3))
    model = nn.Linear(3, 1)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    schedule, seen = nn.ExponentialLR(optimizer, 0.5), []

    def lower(epoch, figures):
        schedule.step()
        seen.extend(schedule.get_last_lr())

    nn.fit(model, (x, x[:, :1]), nn.MSELoss(), optimizer, 3, on_epoch=lower, progress=False)
    assert seen == pytest.approx([0.05, 0.025, 0.0125])


BAD = [
    ("StepLR", {"step_size": 0}),
    ("StepLR", {"step_size": 2.5}),
    ("StepLR", {"gamma": -1.0, "step_size": 2}),
    ("MultiStepLR", {"gamma": float("nan"), "milestones": [1]}),
    ("ExponentialLR", {"gamma": "half"}),
    ("ConstantLR", {"factor": 2.0}),
    ("ConstantLR", {"total_iters": 0}),
    ("LinearLR", {"start_factor": 0.0}),
    ("LinearLR", {"end_factor": 1.5}),
    ("LinearLR", {"total_iters": -1}),
    ("LinearWarmup", {"total_iters": 0}),
    ("PolynomialLR", {"power": -1.0}),
    ("CosineAnnealingLR", {"T_max": 0}),
    ("CosineAnnealingLR", {"eta_min": -0.1, "T_max": 5}),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}),
    ("CosineAnnealingWarmRestarts", {"T_mult": 0, "T_0": 5}),
    ("LambdaLR", {"lr_lambda": 0.5}),
    ("LambdaLR", {"lr_lambda": [wave]}),
    ("OneCycleLR", {"total_steps": 0, "max_lr": 1.0}),
    ("OneCycleLR", {"pct_start": 1.5, "max_lr": 1.0, "total_steps": 5}),
    ("OneCycleLR", {"anneal_strategy": "steps", "max_lr": 1.0, "total_steps": 5}),
    ("OneCycleLR", {"max_lr": [1.0], "total_steps": 5}),
    ("OneCycleLR", {"max_lr": -1.0, "total_steps": 5}),
    ("OneCycleLR", {"div_factor": 0.0, "max_lr": 1.0, "total_steps": 5}),
    ("OneCycleLR", {"max_momentum": 1.5, "max_lr": 1.0, "total_steps": 5}),
    ("OneCycleLR", {"pct_start": "early", "max_lr": 1.0, "total_steps": 5}),
    ("MultiStepLR", {"milestones": ["late"]}),
    ("CyclicLR", {"step_size_up": 0, "base_lr": 0.1, "max_lr": 1.0}),
    ("CyclicLR", {"mode": "square", "base_lr": 0.1, "max_lr": 1.0}),
    ("CyclicLR", {"base_lr": [0.1], "max_lr": 1.0}),
    ("ReduceLROnPlateau", {"mode": "best"}),
    ("ReduceLROnPlateau", {"factor": 1.0}),
    ("ReduceLROnPlateau", {"threshold_mode": "relative"}),
    ("ReduceLROnPlateau", {"patience": -1}),
    ("ReduceLROnPlateau", {"min_lr": [0.0]}),
    ("ReduceLROnPlateau", {"min_lr": -1.0}),
]


@pytest.mark.parametrize(("name", "settings"), BAD)
def test_bad_settings_are_named(name, settings):
    with pytest.raises(ac.OperationError, match=f"^{name}: {next(iter(settings))}"):
        getattr(nn, name)(ours(), **settings)


def test_other_complaints():
    with pytest.raises(ac.ArgumentTypeError, match="StepLR: expected an optimizer, got Linear"):
        nn.StepLR(nn.Linear(1, 1), 3)
    with pytest.raises(ac.OperationError, match="OneCycleLR: give total_steps"):
        nn.OneCycleLR(ours(), 1.0, epochs=3)
    with pytest.raises(ac.OperationError, match="OneCycleLR: Adagrad has neither"):
        nn.OneCycleLR(ours("Adagrad"), 1.0, 10)
    schedule = nn.OneCycleLR(ours(), 1.0, 2, cycle_momentum=False)
    with pytest.raises(ac.OperationError, match="OneCycleLR: step 3 of a cycle of 2"):
        rates(schedule, 3)
    with pytest.raises(ac.OperationError, match="StepLR: last_epoch=3 needs"):
        nn.StepLR(ours(), 3, last_epoch=3)
    optimizer = ours()
    schedule = nn.StepLR(optimizer, 3)
    optimizer.add_param_group({"params": [nn.Parameter([1.0])]})
    with pytest.raises(ac.OperationError, match=r"StepLR: made for 2 groups, .* has 3"):
        schedule.step()
    optimizer = ours()
    plateau = nn.ReduceLROnPlateau(optimizer)
    optimizer.add_param_group({"params": [nn.Parameter([1.0])]})
    with pytest.raises(ac.OperationError, match="ReduceLROnPlateau: made for 2 groups"):
        plateau.step(1.0)
    with pytest.raises(nn.StateError, match=r"StepLR: the state lacks .*last_epoch"):
        schedule.load_state_dict({})
    with pytest.raises(TypeError, match="LRScheduler does not define rate"):
        nn.LRScheduler(ours())


def test_schedules_that_cannot_be_combined():
    optimizer = ours()
    step = nn.StepLR(optimizer, 3)
    for schedules, milestones, words in (
        ([], [], "no schedules"),
        ([step, step], [], "milestones"),
        ([step, step, step], [4, 3], "milestones"),
        ([step, nn.ReduceLROnPlateau(optimizer)], [3], "ReduceLROnPlateau"),
        ([step, nn.StepLR(ours(), 3)], [3], "another optimizer"),
    ):
        with pytest.raises(ac.OperationError, match=f"SequentialLR: .*{words}"):
            nn.SequentialLR(optimizer, schedules, milestones)
    with pytest.raises(ac.OperationError, match="ChainedScheduler: there are no schedules"):
        nn.ChainedScheduler([])


RESUMED = {
    "OneCycleLR": lambda o: nn.OneCycleLR(o, max_lr=0.5, total_steps=50),
    "CyclicLR": lambda o: nn.CyclicLR(o, 0.01, 0.1, 5),
    "LinearLR": lambda o: nn.LinearLR(o, total_iters=30),
    "LinearWarmup": lambda o: nn.LinearWarmup(o, 20),
    "MultiplicativeLR": lambda o: nn.MultiplicativeLR(o, lambda t: 0.9 + t / 1000),
    "SequentialLR": lambda o: nn.SequentialLR(
        o, [nn.LinearWarmup(o, 5), nn.CosineAnnealingLR(o, 20)], [5]
    ),
    "ReduceLROnPlateau": lambda o: nn.ReduceLROnPlateau(o, patience=2),
}


@pytest.mark.parametrize("order", ["schedule last", "optimizer last", "made after loading"])
@pytest.mark.parametrize("name", RESUMED)
def test_resuming_in_any_order_goes_on_alike(name, order):
    def step(schedule):
        schedule.step(*([1.0] if name == "ReduceLROnPlateau" else []))
        return [(group["lr"], group["momentum"]) for group in schedule.optimizer.param_groups]

    schedule = RESUMED[name](ours())
    for _ in range(12):
        step(schedule)
    optimizer_state, state = schedule.optimizer.state_dict(), schedule.state_dict()
    expected = [step(schedule) for _ in range(5)]
    optimizer = ours()
    if order == "made after loading":
        optimizer.load_state_dict(optimizer_state)
    again = RESUMED[name](optimizer)
    if order == "schedule last":
        optimizer.load_state_dict(optimizer_state)
    again.load_state_dict(state)
    if order == "optimizer last":
        optimizer.load_state_dict(optimizer_state)
    assert [step(again) for _ in range(5)] == expected


def test_multiplicative_looks_at_each_step_once():
    calls = []
    schedule = nn.MultiplicativeLR(ours(), lambda t: calls.append(t) or 0.5)
    groups = len(schedule.optimizer.param_groups)
    for _ in range(20):
        schedule.step()
    assert len(calls) == 20 * groups
    schedule.step(3)
    assert schedule.get_last_lr() == [base / 8 for base in schedule.base_lrs]


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_cycles_can_be_pickled(mode):
    schedule = nn.CyclicLR(ours(), 0.01, 0.1, 3, mode=mode, gamma=0.9)
    twin = pickle.loads(pickle.dumps(schedule))
    for _ in range(20):
        schedule.step()
        twin.step()
        assert twin.get_last_lr() == schedule.get_last_lr()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda o: nn.MultiStepLR(o, 5), "milestones must be a list of numbers"),
        (lambda o: nn.SequentialLR(o, [nn.StepLR(o, 1)], 5), "milestones must be a list"),
        (lambda o: nn.ChainedScheduler(nn.StepLR(o, 1)), "expected a list of schedules"),
        (lambda o: nn.CyclicLR(o, 0.1, 0.2, scale_fn=3), "scale_fn must be a function"),
        (lambda o: nn.ReduceLROnPlateau(o).step("a"), "step takes one number, got 'a'"),
        (lambda o: nn.StepLR(o, 1).step(float("nan")), "epoch must be a finite number"),
        (lambda o: nn.StepLR(o, 1).load_state_dict(None), "expected what state_dict gave"),
    ],
)
def test_slips_with_schedules(call, words):
    with pytest.raises(ac.AutogradError, match=words):
        call(ours())


def test_a_state_for_other_groups_is_refused_at_once():
    state = nn.StepLR(nn.SGD([nn.Parameter(1.0)]), 2).state_dict()
    with pytest.raises(ac.OperationError, match="made for 1 groups"):
        nn.StepLR(ours(), 2).load_state_dict(state)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("level", [-5.0, -1e-3, 0.0, 3.0])
def test_a_plateau_is_one_below_zero_too(mode, level):
    """What improves by less than threshold · |best| does not count, and what gets worse never."""
    better = 1 if mode == "max" else -1
    schedule = nn.ReduceLROnPlateau(ours(), mode, patience=2, threshold=0.1)
    schedule.step(level)
    assert schedule.best == level
    assert not schedule.is_better(level - 0.05 * better * abs(level))
    assert not schedule.is_better(level + 0.05 * better * abs(level))
    assert schedule.is_better(level + 0.15 * better * abs(level) + better * 1e-9)
    for worse in (1e-4, 2e-4, 3e-4):
        schedule.step(level - better * worse)
    assert schedule.get_last_lr()[0] == pytest.approx(0.01)
