"""Hooks: what they see and replace, forward and on the way back."""

import gc

import numpy as np
import pytest

import autograd_core as ac
import nn


def test_forward_hooks_see_and_replace():
    layer = nn.Identity()
    seen = []
    first = layer.register_forward_pre_hook(lambda module, args: seen.append((module, args)))
    second = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    third = layer.register_forward_hook(lambda module, args, output: output * 10)
    fourth = layer.register_forward_hook(lambda module, args, output: seen.append((args, output)))
    assert layer(1) == 20
    assert seen == [(layer, (1,)), ((2,), 20)]
    for handle in (first, second, fourth):
        handle.remove()
        handle.remove()
    with third:
        assert layer(1) == 10
    assert layer(1) == 1 and len(seen) == 2
    with pytest.raises(ac.ArgumentTypeError, match="hook"):
        layer.register_forward_hook(3)


def test_backward_hooks_see_gradients_of_inputs_and_outputs():
    layer = nn.Linear(3, 2, dtype=float)
    seen = []
    layer.register_full_backward_hook(lambda *given: seen.append(given))
    x = ac.Tensor(np.ones((4, 3)), requires_grad=True)
    (layer(x) * 2).sum().backward()
    ((module, grad_input, grad_output),) = seen
    assert module is layer
    np.testing.assert_array_equal(grad_output[0].numpy(), np.full((4, 2), 2.0))
    np.testing.assert_allclose(grad_input[0].numpy(), grad_output[0].numpy() @ layer.weight.numpy())
    np.testing.assert_array_equal(x.grad.numpy(), grad_input[0].numpy())
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 3), 8.0))


def test_backward_hooks_replace_gradients():
    layer = nn.Linear(2, 2, bias=False, dtype=float)
    x = ac.Tensor(np.ones((1, 2)), requires_grad=True)
    with (
        layer.register_full_backward_pre_hook(lambda module, grads: grads[0] * 3),
        layer.register_full_backward_hook(lambda module, grads, _: (grads[0] * 0 + 7,)),
    ):
        layer(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[7, 7]])
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 2), 3.0))
    layer.zero_grad()
    layer(x).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 2), 1.0))


def test_backward_hooks_of_several_inputs_and_outputs():
    class Both(nn.Module):
        def forward(self, a, b, c):
            return {"sum": a + b, "product": a * b}, c

    module, seen = Both(), []
    module.register_full_backward_hook(lambda _, inputs, outputs: seen.append((inputs, outputs)))
    a, b = (ac.Tensor([value], requires_grad=True) for value in (2.0, 5.0))
    results, same = module(a, b, "text")
    assert same == "text"
    (results["product"] * 3).sum().backward()
    ((inputs, outputs),) = seen
    assert [None if g is None else g.item() for g in inputs] == [15, 6, None]
    assert [None if g is None else g.item() for g in outputs] == [0, 3, None]
    assert (a.grad.item(), b.grad.item()) == (15, 6)


def test_backward_hooks_where_no_input_is_differentiated():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda _, inputs, outputs: seen.append((inputs, outputs)))
    layer(np.ones((3, 2), np.float32)).sum().backward()
    ((inputs, outputs),) = seen
    assert inputs == (None,) and outputs[0].shape == (3, 1)
    with ac.no_grad():
        layer(np.ones((3, 2), np.float32))
    layer.requires_grad_(False)
    layer(np.ones((3, 2), np.float32))
    assert len(seen) == 1


def test_backward_hooks_in_higher_derivatives_and_forward_mode():
    layer, seen = nn.Tanh(), []
    layer.register_full_backward_hook(lambda _, inputs, outputs: seen.append(inputs[0].shape))
    x = np.array([0.3, -1.2])
    ac.gradcheck(layer, x, order=2).raise_if_failed()
    assert seen and set(seen) == {(2,)}


def test_backward_hooks_with_bad_results():
    layer = nn.Tanh()
    x = ac.Tensor([1.0, 2.0], requires_grad=True)
    for result, error in (((1, 2), "2 gradients in place of 1"), (np.zeros(3), r"shape \(3,\)")):
        with (
            layer.register_full_backward_hook(lambda *_, result=result: result),
            pytest.raises(ac.ShapeError, match=error),
        ):
            layer(x).sum().backward()


def test_a_hooked_step_leaves_no_garbage():
    layer = nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda module, inputs, outputs: None)
    x = ac.Tensor(np.ones((1, 2), np.float32), requires_grad=True)
    while gc.collect():  # what other tests left, some of which takes several rounds
        pass
    gc.disable()
    try:
        layer(x).sum().backward()
        assert gc.collect() == 0
    finally:
        gc.enable()
