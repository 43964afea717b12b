"""The optimizers that move each number by itself: PyTorch's names, defaults and arithmetic.

`update` says what a step does, in the papers' letters: w a parameter, g its gradient, m and v
the running means of g and g², t the number of the step, from 1.
"""

from __future__ import annotations

from dataclasses import field
from math import sqrt
from typing import Annotated, Any

import numpy as np

from autograd_core import OperationError
from nn.checks import is_number
from nn.optimizers.base import Decaying, blend
from nn.settings import Finite, Fraction, NonNegative, Rule

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Lion", "NAdam", "RAdam", "RMSprop"]


def are_betas(value: Any) -> bool:
    pair = isinstance(value, tuple | list) and len(value) == 2
    return pair and all(is_number(beta, 0, 1) and beta < 1 for beta in value)


Betas = Annotated[tuple[float, float], Rule(are_betas, "two numbers in [0, 1)")]


class SGD(Decaying):
    """Gradient descent: b ← momentum · b + (1 - dampening) · g; w ← w - lr · b.

    The first b is g. With `nesterov`, w ← w - lr · (g + momentum · b).

    Source: Sutskever et al., "On the importance of initialization and momentum in deep
    learning", 2013, in PyTorch's form.

    Raises:
        OperationError: a setting is out of range; nesterov without momentum, or with dampening.
    """

    lr: NonNegative = 1e-3
    momentum: NonNegative = 0.0
    dampening: Finite = 0.0
    weight_decay: NonNegative = 0.0
    nesterov: bool = False

    def check(self, group):
        super().check(group)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise OperationError(
                "SGD: nesterov needs momentum > 0 and dampening = 0, got "
                f"momentum={group['momentum']!r}, dampening={group['dampening']!r}"
            )

    def buffers(self, group):
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def update(self, w, g, s, group):
        momentum = group["momentum"]
        if momentum:
            b = s["momentum_buffer"]
            dampening = group["dampening"] if s["step"] > 1 else 0
            b *= momentum
            b += (1 - dampening) * g if dampening else g
            g = g + momentum * b if group["nesterov"] else b
        w -= group["lr"] * g


class Adam(Decaying):
    """Adam: w ← w - lr · m̂ / (√v̂ + eps), where ^ corrects for the start from zero.

    With `amsgrad`, v̂ is made of the largest v so far.

    Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015, Algorithm 1;
    Reddi et al., "On the Convergence of Adam and Beyond", 2018, with Adam's corrections.
    """

    lr: NonNegative = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: NonNegative = 1e-8
    weight_decay: NonNegative = 0.0
    amsgrad: bool = False
    decoupled_weight_decay: bool = field(default=False, kw_only=True)

    def buffers(self, group):
        arrays = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
        return arrays | {"max_exp_avg_sq": 0.0} if group["amsgrad"] else arrays

    def update(self, w, g, s, group):
        m, v, t = s["exp_avg"], s["exp_avg_sq"], s["step"]
        beta1, beta2 = group["betas"]
        root = sqrt(1 - beta2**t)
        d = np.empty_like(g)  # scratch: a step is 12 passes over memory and one allocation
        blend(m, g, beta1, d)
        blend(v, np.multiply(g, g, out=d), beta2, d)
        if group["amsgrad"]:
            v = np.maximum(s["max_exp_avg_sq"], v, out=s["max_exp_avg_sq"])
        np.sqrt(v, out=d)
        d += group["eps"] * root
        np.divide(m, d, out=d)
        d *= group["lr"] * root / (1 - beta1**t)
        w -= d


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w - lr · weight_decay · w beside Adam's step.

    Biases and normalisations do not decay by default: see `Decaying`.

    Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019, Algorithm 2.
    """

    weight_decay: NonNegative = 1e-2
    decoupled_weight_decay: bool = field(default=True, init=False)


class NAdam(Decaying):
    """Adam with Nesterov's momentum: the mean is taken one step ahead.

    μ(t) = beta1 · (1 - ½ · 0.96^(t · momentum_decay)).

    Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
    """

    lr: NonNegative = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: NonNegative = 1e-8
    weight_decay: NonNegative = 0.0
    momentum_decay: NonNegative = 4e-3
    decoupled_weight_decay: bool = False

    def buffers(self, group):
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def mu(self, t, group):
        return group["betas"][0] * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"]))

    def advance(self, state, group):
        super().advance(state, group)
        state["mu_product"] = state.get("mu_product", 1.0) * self.mu(state["step"], group)

    def update(self, w, g, s, group):
        m, v, t, product = s["exp_avg"], s["exp_avg_sq"], s["step"], s["mu_product"]
        beta1, beta2 = group["betas"]
        mu, ahead = self.mu(t, group), self.mu(t + 1, group)
        blend(m, g, beta1)
        blend(v, g * g, beta2)
        mean = ahead / (1 - product * ahead) * m + (1 - mu) / (1 - product) * g
        w -= group["lr"] * mean / (np.sqrt(v / (1 - beta2**t)) + group["eps"])


class RAdam(Decaying):
    """Adam whose first steps, while v̂ is still too uncertain, are plain momentum.

    Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020,
    Algorithm 2.
    """

    lr: NonNegative = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: NonNegative = 1e-8
    weight_decay: NonNegative = 0.0
    decoupled_weight_decay: bool = False

    def buffers(self, group):
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def update(self, w, g, s, group):
        m, v, t = s["exp_avg"], s["exp_avg_sq"], s["step"]
        beta1, beta2 = group["betas"]
        blend(m, g, beta1)
        blend(v, g * g, beta2)
        mean = m / (1 - beta1**t)
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            r = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
            mean *= sqrt(r * (1 - beta2**t)) / (np.sqrt(v) + group["eps"])
        w -= group["lr"] * mean


class Adagrad(Decaying):
    """Steps of g over the root of the sum of all g² so far.

    The rate falls: lr / (1 + (t - 1) · lr_decay).

    Source: Duchi et al., "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", 2011.
    """

    lr: NonNegative = 1e-2
    lr_decay: NonNegative = 0.0
    weight_decay: NonNegative = 0.0
    initial_accumulator_value: NonNegative = 0.0
    eps: NonNegative = 1e-10

    def buffers(self, group):
        return {"sum": group["initial_accumulator_value"]}

    def update(self, w, g, s, group):
        total = s["sum"]
        total += g * g
        rate = group["lr"] / (1 + (s["step"] - 1) * group["lr_decay"])
        w -= rate * g / (np.sqrt(total) + group["eps"])


class Adadelta(Decaying):
    """Steps of g times the root mean square of past steps over that of gradients.

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012, Algorithm 1.
    """

    lr: NonNegative = 1.0
    rho: Fraction = 0.9
    eps: NonNegative = 1e-6
    weight_decay: NonNegative = 0.0

    def buffers(self, group):
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def update(self, w, g, s, group):
        v, past, eps = s["square_avg"], s["acc_delta"], group["eps"]
        blend(v, g * g, group["rho"])
        change = np.sqrt((past + eps) / (v + eps)) * g
        blend(past, change * change, group["rho"])
        w -= group["lr"] * change


class RMSprop(Decaying):
    """Steps of g over the root of the running mean of g².

    `centered` subtracts the square of the running mean of g: the root is then the standard
    deviation. With `momentum`, b ← momentum · b + step; w ← w - lr · b.

    Source: Tieleman & Hinton, "Lecture 6.5 - rmsprop", 2012; centered: Graves, "Generating
    Sequences With Recurrent Neural Networks", 2013. eps is added to the root, as in PyTorch.
    """

    lr: NonNegative = 1e-2
    alpha: Fraction = 0.99
    eps: NonNegative = 1e-8
    weight_decay: NonNegative = 0.0
    momentum: NonNegative = 0.0
    centered: bool = False

    def buffers(self, group):
        arrays = {"square_avg": 0.0}
        if group["centered"]:
            arrays["grad_avg"] = 0.0
        if group["momentum"]:
            arrays["momentum_buffer"] = 0.0
        return arrays

    def update(self, w, g, s, group):
        v = s["square_avg"]
        blend(v, g * g, group["alpha"])
        if group["centered"]:
            m = s["grad_avg"]
            blend(m, g, group["alpha"])
            v = np.maximum(v - m * m, 0)  # rounding can take it below 0
        change = g / (np.sqrt(v) + group["eps"])
        if group["momentum"]:
            b = s["momentum_buffer"]
            b *= group["momentum"]
            b += change
            change = b
        w -= group["lr"] * change


class Lion(Decaying):
    """Steps of one size, lr, in the direction of the sign of a mean of gradients.

    w ← w - lr · sign(beta1 · m + (1 - beta1) · g); m ← beta2 · m + (1 - beta2) · g. Weight decay
    is decoupled.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023, Algorithm 2.
    """

    lr: NonNegative = 1e-4
    betas: Betas = (0.9, 0.99)
    weight_decay: NonNegative = 0.0
    decoupled_weight_decay: bool = field(default=True, init=False)

    def buffers(self, group):
        return {"exp_avg": 0.0}

    def update(self, w, g, s, group):
        m = s["exp_avg"]
        beta1, beta2 = group["betas"]
        w -= group["lr"] * np.sign(beta1 * m + (1 - beta1) * g)
        blend(m, g, beta2)
