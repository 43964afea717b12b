"""What is measured: for each workload, a function per library that returns one step to time.

All libraries get the same data. A step is a whole training step (forward, backward, Adam) or,
for scalar1000 and elem1M, a value and its gradient. A builder that raises ImportError means
that its library is not installed.
"""

# pyright: reportMissingImports=false
# (the peers are optional)

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import pi, sqrt
from typing import Any

import numpy as np

import autograd_core as ac
import nn

Step = Callable[[], Any]
rng = np.random.default_rng(0)

# -- scalar1000: x <- tanh(0.99 x + b), 333 times -


def scalar1000_ours() -> Step:
    def step():
        x, b = ac.Tensor(0.5, requires_grad=True), ac.Tensor(0.1, requires_grad=True)
        h = x
        for _ in range(333):
            h = ac.tanh(0.99 * h + b)
        h.backward()
        return h.item(), x.grad

    return step


def scalar1000_torch() -> Step:
    import torch

    def step():
        x, b = torch.tensor(0.5, requires_grad=True), torch.tensor(0.1, requires_grad=True)
        h = x
        for _ in range(333):
            h = torch.tanh(0.99 * h + b)
        h.backward()
        return h.item(), x.grad

    return step


def scalar1000_jax() -> Step:
    import jax

    def chain(x, b):
        for _ in range(333):
            x = jax.numpy.tanh(0.99 * x + b)
        return x

    run = jax.jit(jax.value_and_grad(chain, argnums=(0, 1)))
    return lambda: jax.block_until_ready(run(0.5, 0.1))


# -- elem1M: sum(sigmoid(y) exp(-y²)), y = tanh-GELU(x) -

ELEMENTS = rng.normal(size=1_000_000).astype(np.float32)
ROOT = sqrt(2 / pi)


def elem1m_ours() -> Step:
    def step():
        x = ac.Tensor(ELEMENTS, requires_grad=True)
        y = 0.5 * x * (1 + ac.tanh(ROOT * (x + 0.044715 * x * x * x)))
        (ac.sigmoid(y) * ac.exp(-y * y)).sum().backward()
        return x.grad

    return step


def elem1m_torch() -> Step:
    import torch

    data = torch.from_numpy(ELEMENTS)

    def step():
        x = data.clone().requires_grad_()
        y = 0.5 * x * (1 + torch.tanh(ROOT * (x + 0.044715 * x * x * x)))
        (torch.sigmoid(y) * torch.exp(-y * y)).sum().backward()
        return x.grad

    return step


def elem1m_jax() -> Step:
    import jax
    import jax.numpy as jnp

    def total(x):
        y = 0.5 * x * (1 + jnp.tanh(ROOT * (x + 0.044715 * x * x * x)))
        return (jax.nn.sigmoid(y) * jnp.exp(-y * y)).sum()

    run, data = jax.jit(jax.value_and_grad(total)), jnp.asarray(ELEMENTS)
    return lambda: jax.block_until_ready(run(data))


# -- networks ------------------------------------------------------------------------------------


def network(library: Any, name: str) -> list[Any]:
    """The layers of a workload; PyTorch and we have the same names for them."""
    if name == "moons":
        return [
            library.Linear(2, 16),
            library.Tanh(),
            library.Linear(16, 16),
            library.Tanh(),
            library.Linear(16, 1),
        ]
    if name == "mlp":
        return [
            library.Linear(784, 512),
            library.ReLU(),
            library.Linear(512, 256),
            library.ReLU(),
            library.Linear(256, 10),
        ]
    if name == "lenet":
        return [
            library.Conv2d(1, 32, 3, padding=1),
            library.ReLU(),
            library.Conv2d(32, 64, 3, padding=1),
            library.ReLU(),
            library.MaxPool2d(2),
            library.Flatten(),
            library.Linear(12544, 128),
            library.ReLU(),
            library.Linear(128, 10),
        ]
    layers = []
    for before, after, pool in [(3, 32, 0), (32, 32, 1), (32, 64, 0), (64, 64, 1), (64, 128, 1)]:
        layers += [
            library.Conv2d(before, after, 3, padding=1),
            library.BatchNorm2d(after),
            library.ReLU(),
        ]
        layers += [library.MaxPool2d(2)] if pool else []
    return [*layers, library.Flatten(), library.Linear(128 * 4 * 4, 10)]


BATCHES = {
    "moons": (rng.normal(size=(100, 2)), rng.normal(size=(100, 1))),
    "mlp": (rng.normal(size=(128, 784)).astype(np.float32), rng.integers(0, 10, 128)),
    "lenet": (rng.normal(size=(64, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 64)),
    "vgg": (rng.normal(size=(64, 3, 32, 32)).astype(np.float32), rng.integers(0, 10, 64)),
}


def training_ours(name: str) -> Step:
    inputs, targets = BATCHES[name]
    model = nn.Sequential(*network(nn, name)).astype(inputs.dtype)
    loss = nn.MSELoss() if name == "moons" else nn.CrossEntropyLoss()
    optimizer = nn.Adam(model.parameters())
    x, y = ac.Tensor(inputs), ac.Tensor(targets)

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


def training_torch(name: str) -> Step:
    import torch

    inputs, targets = map(torch.from_numpy, BATCHES[name])
    model = torch.nn.Sequential(*network(torch.nn, name)).to(inputs.dtype)
    loss = torch.nn.MSELoss() if name == "moons" else torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()

    return step


def training_jax(name: str) -> Step:
    """Dense networks only: jax has no layers of its own."""
    import jax
    import jax.numpy as jnp

    if name not in ("moons", "mlp"):
        raise ImportError("jax has no layers of its own")
    jax.config.update("jax_enable_x64", True)
    inputs, targets = map(jnp.asarray, BATCHES[name])
    sizes = [2, 16, 16, 1] if name == "moons" else [784, 512, 256, 10]
    activation = jnp.tanh if name == "moons" else jax.nn.relu
    weights = [
        (
            jnp.asarray(rng.normal(size=(m, n)) / sqrt(m), inputs.dtype),
            jnp.zeros(n, inputs.dtype),
        )
        for m, n in pairwise(sizes)
    ]

    def loss(weights):
        h = inputs
        for w, b in weights[:-1]:
            h = activation(h @ w + b)
        h = h @ weights[-1][0] + weights[-1][1]
        if name == "moons":
            return ((h - targets) ** 2).mean()
        return -jax.nn.log_softmax(h)[jnp.arange(len(targets)), targets].mean()

    def adam(state):
        t, weights, m, v = state
        g = jax.grad(loss)(weights)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        t = t + 1
        weights = jax.tree.map(
            lambda w, m, v: (
                w - 1e-3 * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            ).astype(w.dtype),
            weights,
            m,
            v,
        )
        return t, weights, m, v

    run = jax.jit(adam)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (jnp.zeros((), inputs.dtype), weights, zeros, zeros)

    def step():
        nonlocal state
        state = jax.block_until_ready(run(state))

    return step


def training(name: str) -> dict[str, Callable[[], Step]]:
    return {
        "ours": lambda: training_ours(name),
        "torch": lambda: training_torch(name),
        "jax": lambda: training_jax(name),
    }


WORKLOADS: dict[str, dict[str, Callable[[], Step]]] = {
    "scalar1000": {
        "ours": scalar1000_ours,
        "torch": scalar1000_torch,
        "jax": scalar1000_jax,
    },
    "moons": training("moons"),
    "mlp": training("mlp"),
    "lenet": training("lenet"),
    "vgg": training("vgg"),
    "elem1M": {"ours": elem1m_ours, "torch": elem1m_torch, "jax": elem1m_jax},
}
