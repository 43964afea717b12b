"""Activations as modules: mostly elementwise functions.

A class says which function it is, and its annotated attributes are the function's settings with
their defaults:

    class LeakyReLU(Activation, function=ac.leaky_relu):
        negative_slope: float = 0.01

Where PyTorch has a switch `inplace`, it is accepted and has no effect: results are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

import autograd_core as ac
from autograd_core.extend import value_of
from nn.checks import as_operand, check_numbers, check_sizes
from nn.module import Module
from nn.parameters import Parameter
from nn.settings import Configured

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]

ACTIVATIONS: dict[str, type[Module]] = {}
"""Classes by lower-case name, a user's own too: what `MLP` takes by name."""


class Activation(Configured, Module):
    """Base class: a function of one array, with settings.

    Raises:
        ArgumentTypeError: an unknown setting, or one of the wrong type.
        OperationError: a setting has a value that makes no sense.
    """

    _function: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, function: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if function is not None:
            ACTIVATIONS[cls.__name__.lower()] = cls
            cls._function = staticmethod(function)

    def __init__(self, *args: Any, **settings: Any) -> None:
        for name, value in self.configured(args, settings).items():
            setattr(self, name, value)
        self.check()

    def check(self) -> None:
        """Raise OperationError for settings that make no sense."""

    def _options(self) -> dict[str, Any]:
        """The settings that the function takes: all but PyTorch's `inplace`."""
        return {name: getattr(self, name) for name in self.settings if name != "inplace"}

    def forward(self, x):
        return self._function(as_operand(x), **self._options())

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._options().items())


class Identity(Module):
    """The input itself. Takes any arguments, to stand in for any layer."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        pass

    def forward(self, x):
        return x


# -- piecewise linear ----------------------------------------------------------------------------


class ReLU(Activation, function=ac.relu):
    """max(x, 0); the derivative at 0 is 0."""

    inplace: bool = False


class ReLU6(Activation, function=ac.relu6):
    """x limited to [0, 6]."""

    inplace: bool = False


class LeakyReLU(Activation, function=ac.leaky_relu):
    """x where x > 0, else negative_slope x. Source: Maas et al. (2013).

    Any slope: 0.01 is the usual one, 0.3 "very leaky", 1 the identity, -1 the absolute value.
    """

    negative_slope: float = 0.01
    inplace: bool = False


class Hardtanh(Activation, function=ac.hardtanh):
    """x limited to [min_val, max_val]."""

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def check(self) -> None:
        if not self.min_val < self.max_val:
            raise ac.OperationError(
                f"Hardtanh: min_val must be less than max_val, got {self.min_val}, {self.max_val}"
            )


class Hardsigmoid(Activation, function=ac.hard_sigmoid):
    """x / 6 + ½, limited to [0, 1]."""

    inplace: bool = False


class Hardswish(Activation, function=ac.hard_swish):
    """x hard_sigmoid(x). Source: Howard et al., Searching for MobileNetV3 (2019)."""

    inplace: bool = False


@ac.elementwise(lambda: 0)
def sign_unit(x):
    """np.sign, recorded."""
    return np.sign(x)


class Sign(Activation, function=sign_unit):
    """-1, 0 or 1: the perceptron's unit. Its derivative is 0 wherever there is one: a network of
    sign units can be drawn, but not trained by gradients."""


class PReLU(Module):
    """x where x > 0, else weight x: a leaky ReLU whose slope is learnt.

    `weight` is (num_parameters,): one slope, or one for each channel (axis 1), initially `init`.
    Source: He et al., Delving Deep into Rectifiers (2015).

    Raises (when called):
        ShapeError: several slopes, and axis 1 of the input has another size.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = np.float32
    ) -> None:
        check_sizes("PReLU", num_parameters=num_parameters)
        check_numbers("PReLU", init=init)
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init, dtype))

    def forward(self, x):
        x, weight = as_operand(x), self.weight
        if self.num_parameters > 1:
            if x.ndim < 2 or x.shape[1] != self.num_parameters:
                raise ac.ShapeError(
                    f"PReLU: expected an input of shape (N, {self.num_parameters}, ...), one "
                    f"channel for each slope, got {x.shape}"
                )
            weight = weight.reshape((-1,) + (1,) * (x.ndim - 2))
        elif not x.ndim:
            weight = weight.reshape(())
        return x * np.where(value_of(x) > 0, 1, weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


# -- smooth --------------------------------------------------------------------------------------


class ELU(Activation, function=ac.elu):
    """x where x > 0, else alpha (exp(x) - 1). Source: Clevert et al. (2016)."""

    alpha: float = 1.0
    inplace: bool = False


class SELU(Activation, function=ac.selu):
    """The self-normalising ELU. Source: Klambauer et al. (2017)."""

    inplace: bool = False


class CELU(Activation, function=ac.celu):
    """x where x > 0, else alpha (exp(x / alpha) - 1). Source: Barron (2017)."""

    alpha: float = 1.0
    inplace: bool = False

    def check(self) -> None:
        if not self.alpha:
            raise ac.OperationError("CELU: alpha must not be 0")


class GELU(Activation, function=ac.gelu):
    """x Φ(x), Φ the normal distribution function; approximate="tanh" for its approximation.

    Source: Hendrycks and Gimpel (2016).
    """

    approximate: Literal["none", "tanh"] = "none"


class SiLU(Activation, function=ac.silu):
    """x sigmoid(x), also called swish."""

    inplace: bool = False


class Mish(Activation, function=ac.mish):
    """x tanh(softplus(x)). Source: Misra (2019)."""

    inplace: bool = False


class Sigmoid(Activation, function=ac.sigmoid):
    """1 / (1 + exp(-x))."""


class LogSigmoid(Activation, function=ac.logsigmoid):
    """log(sigmoid(x))."""


class Tanh(Activation, function=ac.tanh):
    """tanh(x)."""


def softplus(x: Any, beta: float, threshold: float) -> Any:
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""
    return np.where(value_of(x) * beta > threshold, x, ac.softplus(x, beta))


class Softplus(Activation, function=softplus):
    """log(1 + exp(beta x)) / beta; x itself where beta x > threshold, as PyTorch has it."""

    beta: float = 1.0
    threshold: float = 20.0

    def check(self) -> None:
        if not self.beta:
            raise ac.OperationError("Softplus: beta must not be 0")


class Softsign(Activation, function=ac.softsign):
    """x / (1 + |x|)."""


# -- of several elements together ----------------------------------------------------------------


class AlongAxis(Activation):
    """Base class: `function(x, axis=dim)`."""

    dim: int | None

    def forward(self, x):
        x = as_operand(x)
        if x.dtype.kind == "c":
            raise ac.DTypeError(f"{type(self).__name__}: expected real numbers, got {x.dtype}")
        dim = self.dim
        if dim is None:
            dim = 0 if x.ndim in (0, 1, 3) else 1
        return self._function(x, axis=dim)


class Softmax(AlongAxis, function=ac.softmax):
    """exp(x) / sum(exp(x)) along axis `dim`; None is PyTorch's choice of the axis of classes: 1,
    or 0 of an x of 0, 1 or 3 axes."""

    dim: int | None = None


class LogSoftmax(AlongAxis, function=ac.log_softmax):
    """log(softmax(x)) along axis `dim`, which is as in `Softmax`."""

    dim: int | None = None


class GLU(AlongAxis, function=ac.glu):
    """a sigmoid(b), a and b the halves of x along axis `dim`. Source: Dauphin et al. (2017)."""

    dim: int = -1


ACTIVATIONS |= {"prelu": PReLU, "identity": Identity, "linear": Identity}
