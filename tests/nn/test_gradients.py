"""Clipping, noise and accumulation of gradients."""

import numpy as np
import pytest

import autograd_core as ac
import nn

SHAPES = [(3,), (), (2, 3), (0, 2), (4, 1, 2)]


def with_gradients(seed, scale=1.0, dtype=np.float64):
    """Parameters with random gradients, and one without."""
    rng = np.random.default_rng(seed)
    ws = [nn.Parameter(np.zeros(shape, dtype)) for shape in (*SHAPES, (5,))]
    for w in ws[:-1]:
        w.grad = ac.Tensor((scale * rng.normal(size=w.shape)).astype(dtype))
    return ws


def gradients(ws):
    return [None if w.grad is None else w.grad.numpy() for w in ws]


def as_torch(torch, ws):
    tws = [torch.nn.Parameter(torch.tensor(w.numpy())) for w in ws]
    for w, tw in zip(ws, tws, strict=True):
        tw.grad = None if w.grad is None else torch.tensor(w.grad.numpy())
    return tws


def check_equal(ws, tws):
    for g, tw in zip(gradients(ws), tws, strict=True):
        if g is None:
            assert tw.grad is None
        else:
            np.testing.assert_allclose(g, tw.grad.numpy(), rtol=1e-9)


@pytest.mark.parametrize("p", [2.0, 1, 3.5, 0.5, float("inf"), "inf"])
@pytest.mark.parametrize("max_norm", [0.0, 0.1, 3, float("inf")])
def test_clipping_the_norm_equals_pytorchs(p, max_norm):
    torch = pytest.importorskip("torch")
    for seed in range(5):
        ws = with_gradients(seed, scale=10.0**seed / 100)
        tws = as_torch(torch, ws)
        if p in ("inf", float("inf")):  # PyTorch has no maximum of nothing
            ws, tws = ([w for w in some if w.shape != (0, 2)] for some in (ws, tws))
        norm = nn.clip_grad_norm_(ws, max_norm, p)
        expected = torch.nn.utils.clip_grad_norm_(tws, max_norm, float(p))
        assert norm == pytest.approx(expected.item(), rel=1e-9)
        check_equal(ws, tws)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite(bad):
    torch = pytest.importorskip("torch")
    ws = with_gradients(0)
    ws[0].grad = ac.Tensor([1.0, bad, -2.0])
    before = [None if g is None else g.copy() for g in gradients(ws)]
    with pytest.raises(nn.NonFiniteGradientError, match=r"clip_grad_norm_: .*(nan|inf)"):
        nn.clip_grad_norm_(ws, 1.0, error_if_nonfinite=True)
    np.testing.assert_equal(gradients(ws), before)
    tws = as_torch(torch, ws)
    with np.errstate(invalid="ignore"):
        norm = nn.clip_grad_norm_(ws, 1.0)
    np.testing.assert_equal(norm, torch.nn.utils.clip_grad_norm_(tws, 1.0).item())
    check_equal(ws, tws)


@pytest.mark.parametrize("bound", [0.0, 0.3, 100])
def test_clipping_values_equals_pytorchs(bound):
    torch = pytest.importorskip("torch")
    ws = with_gradients(1)
    tws = as_torch(torch, ws)
    nn.clip_grad_value_(ws, bound)
    torch.nn.utils.clip_grad_value_(tws, bound)
    check_equal(ws, tws)


def test_clipped_gradients_keep_their_direction():
    w = nn.Parameter(np.zeros(2))
    w.grad = ac.Tensor([3.0, -4.0])
    assert nn.clip_grad_norm_(w, 1.0) == 5.0
    np.testing.assert_allclose(w.grad.numpy(), [0.6, -0.8], rtol=1e-6)
    w.grad = ac.Tensor([3.0, -4.0])
    assert nn.clip_grad_norm_([w], 10.0) == 5.0
    np.testing.assert_array_equal(w.grad.numpy(), [3.0, -4.0])
    nn.clip_grad_value_(w, 3.5)
    np.testing.assert_array_equal(w.grad.numpy(), [3.0, -3.5])


def test_complex_gradients_are_clipped_by_their_size():
    z = nn.Parameter(np.zeros(1, complex))
    z.grad = ac.Tensor([3 + 4j])
    assert nn.clip_grad_norm_(z, 1.0) == 5.0
    np.testing.assert_allclose(z.grad.numpy(), [0.6 + 0.8j], rtol=1e-6)
    with pytest.raises(ac.OperationError, match="complex"):
        nn.clip_grad_value_(z, 1.0)


def test_float32_stays_and_nothing_to_clip_is_no_error():
    ws = with_gradients(2, dtype=np.float32)
    nn.clip_grad_norm_(ws, 0.1)
    nn.clip_grad_value_(ws, 0.01)
    nn.add_grad_noise_(ws, 0)
    assert {g.dtype for g in gradients(ws) if g is not None} == {np.dtype(np.float32)}
    assert nn.clip_grad_norm_([ws[-1]], 1.0) == 0.0
    assert nn.clip_grad_norm_([], 1.0) == 0.0


def test_gradients_that_share_memory_are_not_changed_behind_each_other():
    a, b = nn.Parameter([1.0, 2.0]), nn.Parameter([3.0, 4.0])
    ((a + b) * ac.Tensor([3.0, 4.0])).sum().backward()
    nn.clip_grad_value_(a, 1.0)
    np.testing.assert_array_equal(b.grad.numpy(), [3.0, 4.0])


def test_noise_has_the_papers_variance():
    for step, eta, gamma in ((0, 0.3, 0.55), (99, 0.3, 0.55), (9, 1.0, 1.0)):
        w, z = nn.Parameter(np.zeros(100_000)), nn.Parameter(np.zeros(100_000, complex))
        for p in (w, z):
            p.grad = ac.Tensor(np.full(p.shape, 5, p.dtype))
        generator = np.random.default_rng(step)
        deviation = nn.add_grad_noise_([w, z], step, eta, gamma, generator=generator)
        assert deviation == pytest.approx((eta / (1 + step) ** gamma) ** 0.5)
        g, h = w.grad.numpy(), z.grad.numpy()
        for noise in (g - 5, h.real - 5, h.imag):
            assert abs(noise.mean()) < 5 * deviation / 100_000**0.5
            assert noise.std() == pytest.approx(deviation, rel=0.02)


def test_noise_follows_the_seed():
    noises = []
    for _ in range(2):
        nn.manual_seed(3)
        ws = with_gradients(4)
        nn.add_grad_noise_(ws, 7)
        noises.append(gradients(ws))
    np.testing.assert_equal(*noises)


def test_backward_on_parts_adds_up_to_the_whole_batch():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    model, loss = nn.Linear(3, 2).astype(np.float64), nn.MSELoss()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    loss(model(ac.Tensor(x)), ac.Tensor(y)).backward()
    whole = gradients(model.parameters())
    optimizer.zero_grad()
    for part in np.split(np.arange(12), 4):
        (loss(model(ac.Tensor(x[part])), ac.Tensor(y[part])) / 4).backward()
    for accumulated, g in zip(gradients(model.parameters()), whole, strict=True):
        np.testing.assert_allclose(accumulated, g, rtol=1e-12)


def test_bad_arguments_are_named():
    w = nn.Parameter([1.0])
    for call, error, words in (
        (lambda: nn.clip_grad_norm_(w, -1.0), ac.OperationError, "clip_grad_norm_: max_norm"),
        (lambda: nn.clip_grad_norm_(w, np.nan), ac.OperationError, "clip_grad_norm_: max_norm"),
        (lambda: nn.clip_grad_norm_(w, 1, 0), ac.OperationError, "clip_grad_norm_: norm_type"),
        (lambda: nn.clip_grad_value_(w, -1), ac.OperationError, "clip_grad_value_: clip_value"),
        (lambda: nn.add_grad_noise_(w, -1), ac.OperationError, "add_grad_noise_: step"),
        (lambda: nn.add_grad_noise_(w, 0, eta=-1), ac.OperationError, "add_grad_noise_: eta"),
        (lambda: nn.add_grad_noise_(w, 0, gamma=np.nan), ac.OperationError, "gamma"),
        (lambda: nn.clip_grad_norm_([np.ones(2)], 1.0), ac.ArgumentTypeError, "expected Tensors"),
    ):
        with pytest.raises(error, match=words):
            call()


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float16, 300), (np.float32, 1e20), (np.float32, 1e-25), (np.float64, 1e200)],
)
def test_norms_whose_squares_do_not_fit(dtype, size):
    """Two parameters of two equal numbers each: the norm is twice the number."""
    parameters = [nn.Parameter(np.zeros(2, dtype)) for _ in range(2)]
    for parameter in parameters:
        parameter.grad = ac.Tensor(np.full(2, size, dtype))
    norm = nn.clip_grad_norm_(parameters, 1.0)
    assert norm == pytest.approx(2 * float(dtype(size)), rel=1e-3)
    clipped = [parameter.grad.numpy() for parameter in parameters]
    assert all(g.dtype == dtype for g in clipped)
    np.testing.assert_allclose(clipped, min(0.5, size) * np.ones((2, 2)), rtol=1e-3)


def test_a_float16_norm_may_be_larger_than_float16():
    parameter = nn.Parameter(np.zeros(10_000, np.float16))
    parameter.grad = ac.Tensor(np.full(10_000, 1000, np.float16))
    assert nn.clip_grad_norm_([parameter], np.inf) == pytest.approx(1e5)
