"""Recording is a matter of the thread and the context; threads do not disturb each other."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd_core import (
    ArgumentTypeError,
    Tensor,
    enable_grad,
    grad,
    is_grad_enabled,
    jvp,
    no_grad,
)


def variable(data):
    return Tensor(data, float, requires_grad=True)


# -- no_grad and enable_grad ----------------------------------------------------------------------


def test_no_grad_as_context_manager():
    x = variable(2.0)
    assert is_grad_enabled()
    with no_grad():
        assert not is_grad_enabled()
        assert not (x * x).requires_grad
        with enable_grad():
            assert is_grad_enabled() and (x * x).requires_grad
        assert not is_grad_enabled()
    assert is_grad_enabled() and (x * x).requires_grad


@pytest.mark.parametrize("inside", [no_grad, enable_grad])
def test_the_mode_is_restored_after_an_error(inside):
    with pytest.raises(KeyError), inside():
        raise KeyError
    assert is_grad_enabled()


def test_one_manager_entered_twice():
    manager = no_grad()
    with manager, manager:
        assert not is_grad_enabled()
    assert is_grad_enabled()
    with manager:
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_decorators():
    x = variable(2.0)

    @no_grad()
    def constant(y):
        """Doc."""
        return y * y

    @enable_grad()
    def recorded(y):
        return y * y

    assert not constant(x).requires_grad and constant.__doc__ == "Doc."
    assert constant.__name__ == "constant"
    with no_grad():
        assert recorded(x).requires_grad
    assert is_grad_enabled()


def test_decorated_recursion():
    @no_grad()
    def count(n):
        assert not is_grad_enabled()
        if n:
            with enable_grad():
                return 1 + count(n - 1)
        return 0

    assert count(20) == 20 and is_grad_enabled()


def test_decorated_method_and_error():
    class Model:
        @no_grad()
        def predict(self, x):
            if x is None:
                raise ValueError
            return x * 2

    assert not Model().predict(variable(1.0)).requires_grad
    with pytest.raises(ValueError):
        Model().predict(None)
    assert is_grad_enabled()


def test_functions_whose_body_runs_later_cannot_be_decorated():
    with pytest.raises(ArgumentTypeError, match=r"batches.*with block"):

        @no_grad()
        def batches(x):
            yield x

    with pytest.raises(ArgumentTypeError, match="predict"):

        @no_grad()
        async def predict(x):
            return x


def test_generator_abandoned_inside_no_grad():
    def batches():
        with no_grad():
            yield 1

    for _ in batches():
        pass
    assert is_grad_enabled()


# -- threads -------------------------------------------------------------------------------------


def in_thread(f):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f).result()


def test_no_grad_does_not_leak_into_a_new_thread():
    with no_grad():
        assert in_thread(is_grad_enabled)
        assert in_thread(lambda: (variable(1.0) * 2).requires_grad)
        assert not is_grad_enabled()


def test_no_grad_does_not_leak_out_of_a_thread():
    entered, checked = threading.Event(), threading.Event()

    def other():
        with no_grad():
            entered.set()
            checked.wait(10)
            return is_grad_enabled()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(other)
        assert entered.wait(10)
        enabled = is_grad_enabled()
        checked.set()
        assert enabled and future.result() is False


def train(seed):
    """A few steps with every kind of derivative; returns all bits of the result."""
    rng = np.random.default_rng(seed)
    data, target = rng.normal(size=(30, 5)), rng.normal(size=30)
    w, v = variable(rng.normal(size=(5, 8))), variable(rng.normal(size=8))

    def loss(w, v):
        return ((np.tanh(data @ w) @ v - target) ** 2).mean()

    for _ in range(25):
        w.grad = v.grad = None
        loss(w, v).backward()
        with no_grad():
            w -= 0.05 * w.grad
            v -= 0.05 * v.grad
    gradients = grad(loss, (0, 1))(w.numpy(), v.numpy())
    product = jvp(grad(loss), (w.numpy(), v.numpy()), gradients)[1]
    return np.concatenate([w.numpy().ravel(), v.numpy(), product.ravel()]).tobytes()


def test_threads_get_the_single_thread_results_bit_for_bit():
    expected = [train(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(train, list(range(4)) * 3)) == expected * 3


def test_threads_share_a_constant_graph():
    """Retained graphs may be pulled back from several threads at once."""
    x = variable(np.linspace(0, 1, 50))
    h = np.exp(np.sin(x))
    expected = np.exp(np.sin(x.numpy())) * np.cos(x.numpy())

    def work(scale):
        local = variable(np.ones(50) * scale)
        return grad(lambda z: (h.detach() * z).sum())(local).numpy()

    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(work, range(20)):
            np.testing.assert_array_equal(result, h.numpy())
    h.backward(np.ones(50))
    np.testing.assert_allclose(x.grad.numpy(), expected)


def test_levels_of_forward_mode_are_not_confused_between_threads():
    def work(n):
        return jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (float(n),), (1.0,))[1]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(work, range(200))) == {1.0}


# -- contexts ------------------------------------------------------------------------------------


def test_one_manager_in_two_threads():
    manager, inside, outside = no_grad(), threading.Event(), threading.Event()

    def other():
        with manager:
            inside.set()
            outside.wait(10)
            return is_grad_enabled()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(other)
        inside.wait(10)
        with enable_grad(), manager:
            pass
        assert is_grad_enabled()
        outside.set()
        assert future.result() is False
    assert is_grad_enabled()


def test_a_copied_context_carries_the_mode():
    with no_grad():
        context = contextvars.copy_context()
    assert is_grad_enabled()
    assert context.run(is_grad_enabled) is False
    assert contextvars.Context().run(is_grad_enabled) is True


def test_a_mode_changed_in_a_context_stays_there():
    manager = no_grad()
    context = contextvars.copy_context()
    context.run(manager.__enter__)
    assert is_grad_enabled() and not context.run(is_grad_enabled)
    context.run(manager.__exit__, None, None, None)
    assert context.run(is_grad_enabled)


def test_asynchronous_tasks_do_not_disturb_each_other():
    seen = []

    async def quiet():
        with no_grad():
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append(("quiet", is_grad_enabled()))

    async def loud():
        for _ in range(3):
            await asyncio.sleep(0)
            seen.append(("loud", is_grad_enabled()))

    async def both():
        await asyncio.gather(quiet(), loud(), quiet())

    asyncio.run(both())
    assert sorted(set(seen)) == [("loud", True), ("quiet", False)]


def test_threads_may_add_to_the_gradient_of_one_variable():
    x = variable(np.ones(3))

    def add():
        for _ in range(300):
            (x * 1.0).sum().backward()

    workers = [threading.Thread(target=add) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert x.grad.tolist() == [1200.0] * 3
