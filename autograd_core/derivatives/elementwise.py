"""Elementwise functions and their local derivatives.

A rule's parameters name what it needs: x, or a and b, the operands; y, the result. The engine
multiplies the local derivative by the cotangent (reverse mode) or the tangent (forward mode).

By convention rather than calculus: abs'(0) = relu'(0) = 0, sqrt'(0) = inf, maximum and minimum
give each of two equal operands ½, clip passes the gradient at its bounds, x**0 has derivative 0
at 0.
"""

import math
import operator
from typing import Any

import numpy as np
import scipy.special

from autograd_core.array import Array, value_of
from autograd_core.declare import composite, elementwise, general, linear, nondifferentiable
from autograd_core.errors import ArgumentTypeError, DTypeError, UnsupportedError
from autograd_core.tensor import Tensor

UNSET: Any = np._NoValue
"""NumPy's default of parameters for which None is a value."""

HALF = np.float16(0.5)
"""½ with a dtype that leaves float32 results float32, unlike np.float64."""

# -- arithmetic ----------------------------------------------------------------------------------

add = elementwise(lambda: 1, lambda: 1, fast=operator.add)(np.add)
subtract = elementwise(lambda: 1, lambda: -1, fast=operator.sub)(np.subtract)
multiply = elementwise(lambda b: b, lambda a: a, singular=True, fast=operator.mul)(np.multiply)
divide = elementwise(
    lambda b: np.divide(1, b),  # 1 / b would raise for Python's 0
    lambda b, y: -y / b,
    singular=True,
    fast=operator.truediv,
    text=("1 / b", "-y / b"),
)(np.divide)
negative = elementwise(lambda: -1)(np.negative)
positive = elementwise(lambda: 1)(np.positive)
reciprocal = elementwise(lambda y: -y * y, singular=True)(np.reciprocal)
square = elementwise(lambda x: 2 * x)(np.square)
remainder = elementwise(lambda: 1, lambda a, b: -np.floor_divide(a, b), singular=True)(np.remainder)


def _power_base(a, b):
    if isinstance(b, int | float):
        return b * a ** (b - 1) if b else 0
    return b * a ** np.where((a == 0) & (b == 0), 1, b - 1)


def _power_exponent(a, y):
    if isinstance(a, int | float) and a >= 0:
        return y * math.log(a or 1)
    return y * np.log(np.where(a == 0, 1, a))


power = elementwise(
    _power_base,
    _power_exponent,
    singular=True,
    fast=operator.pow,
    text=("b * a ** (b - 1)", "y * log(a)"),
)(np.power)

float_power = elementwise(
    _power_base, _power_exponent, singular=True, text=("b * a ** (b - 1)", "y * log(a)")
)(np.float_power)
fmod = elementwise(lambda: 1, lambda a, b: -np.trunc(a / b), singular=True)(np.fmod)
copysign = elementwise(lambda a, b: np.sign(a) * np.copysign(1, b), lambda: 0)(np.copysign)
nextafter = elementwise(lambda: 1, lambda: 0)(np.nextafter)
ldexp = linear(lambda g, b: np.ldexp(g, b), None, text=("g * 2 ** b", "0"))(np.ldexp)
heaviside = elementwise(lambda: 0, lambda a: a == 0, text=("0", "1[a = 0]"))(np.heaviside)


@elementwise(lambda: 1, name="modf", part=True)
def fraction(x):
    """The fractional part, with the sign of x."""
    return np.modf(x)[0]


@composite(np.modf)
def modf(x):
    """(fraction, integer), both with the sign of x."""
    part = fraction(x)
    return part, np.trunc(x).astype(part.dtype)


@composite(np.frexp)
def frexp(x):
    """(mantissa, exponent) with x = mantissa * 2**exponent; the exponent is a constant."""
    exponent = np.frexp(value_of(x))[1]
    mantissa = np.ldexp(x, -exponent)
    return mantissa, Tensor(exponent) if isinstance(x, Array) else exponent


@composite(np.divmod)
def divmod(a, b):
    """(a // b, a % b)."""
    return np.floor_divide(a, b), np.remainder(a, b)


# -- exponentials, logarithms, roots -------------------------------------------------------------

exp = elementwise(lambda y: y, singular=True)(np.exp)
exp2 = elementwise(lambda y: y * math.log(2), singular=True)(np.exp2)
expm1 = elementwise(lambda y: y + 1, singular=True)(np.expm1)
log = elementwise(lambda x: 1 / x, singular=True)(np.log)
log2 = elementwise(lambda x: 1 / (x * math.log(2)), singular=True)(np.log2)
log10 = elementwise(lambda x: 1 / (x * math.log(10)), singular=True)(np.log10)
log1p = elementwise(lambda x: 1 / (1 + x), singular=True)(np.log1p)
sqrt = elementwise(lambda y: 0.5 / y, singular=True)(np.sqrt)
cbrt = elementwise(lambda y: 1 / (3 * y * y), singular=True)(np.cbrt)


def share(x, y, exp: Any = np.exp):
    """exp(x - y), the share of x in y = log(sum(exp(x))); finite even if x or y is infinite."""
    return np.where(y == np.inf, x == y, exp(x - np.where(y == -np.inf, 0, y)))


def _share_of_two(a, b, y, exp: Any = np.exp):
    return np.where((a == b) & (y == np.inf), HALF, share(a, y, exp))


logaddexp = elementwise(
    lambda a, b, y: _share_of_two(a, b, y),
    lambda a, b, y: _share_of_two(b, a, y),
    text=("exp(a - y)", "exp(b - y)"),
)(np.logaddexp)
logaddexp2 = elementwise(
    lambda a, b, y: _share_of_two(a, b, y, np.exp2),
    lambda a, b, y: _share_of_two(b, a, y, np.exp2),
    text=("2 ** (a - y)", "2 ** (b - y)"),
)(np.logaddexp2)

# -- trigonometric and hyperbolic ----------------------------------------------------------------

sin = elementwise(lambda x: np.cos(x))(np.sin)
cos = elementwise(lambda x: -np.sin(x))(np.cos)
tan = elementwise(lambda y: 1 + y * y, singular=True)(np.tan)
arcsin = elementwise(lambda x: 1 / np.sqrt(1 - x * x), singular=True)(np.arcsin)
arccos = elementwise(lambda x: -1 / np.sqrt(1 - x * x), singular=True)(np.arccos)
arctan = elementwise(lambda x: 1 / (1 + x * x), singular=True)(np.arctan)
sinh = elementwise(lambda x: np.cosh(x), singular=True)(np.sinh)
cosh = elementwise(lambda x: np.sinh(x), singular=True)(np.cosh)
tanh = elementwise(lambda y: 1 - y * y)(np.tanh)
arcsinh = elementwise(lambda x: 1 / np.sqrt(x * x + 1))(np.arcsinh)
arccosh = elementwise(lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)), singular=True)(np.arccosh)
arctanh = elementwise(lambda x: 1 / (1 - x * x), singular=True)(np.arctanh)


def at_infinity(x):
    """x where some of it is infinite: only the signs of the infinite elements count."""
    return np.where(np.isinf(x), np.sign(x), 0)


def _unit(a, b, y):
    """a / hypot(a, b), 0 at 0; the limit if a or b is infinite, ±√½ if both are."""
    far = np.isinf(y)
    if np.any(far):
        limits = at_infinity(a), at_infinity(b)
        a, y = np.where(far, limits[0], a), np.where(far, np.hypot(*limits), y)
    return np.where(y == 0, 0, a / np.where(y == 0, 1, y))


def _over_square(a, b):
    """a / (a² + b²)."""
    y = np.hypot(a, b)
    return _unit(a, b, y) / y


arctan2 = elementwise(
    lambda a, b: _over_square(b, a),
    lambda a, b: -_over_square(a, b),
    singular=True,
    text=("b / (a² + b²)", "-a / (a² + b²)"),
)(np.arctan2)


hypot = elementwise(_unit, lambda a, b, y: _unit(b, a, y), text=("a / y", "b / y"))(np.hypot)
deg2rad = elementwise(lambda: math.pi / 180, text=("π/180",))(np.deg2rad)
radians = elementwise(lambda: math.pi / 180, text=("π/180",))(np.radians)
rad2deg = elementwise(lambda: 180 / math.pi, text=("180/π",))(np.rad2deg)
degrees = elementwise(lambda: 180 / math.pi, text=("180/π",))(np.degrees)


@elementwise(lambda: 1, numpy=np.unwrap)
def unwrap(x, discont=None, axis=-1, period=2 * math.pi):
    """`x` with jumps of more than half a period along `axis` removed: x + piecewise constant."""
    return np.unwrap(x, discont, axis, period=period)


def _next_bessel(x, n):
    """jₙ' without a division by x, so that derivatives of every order are exact at and near 0."""
    if n == 0:
        return -spherical_bessel(x, 1)
    return (n * spherical_bessel(x, n - 1) - (n + 1) * spherical_bessel(x, n + 1)) / (2 * n + 1)


@elementwise(_next_bessel, text=("(n j₋ - (n + 1) j₊) / (2n + 1)",), part=True)
def spherical_bessel(x, n):
    """jₙ(x), the spherical Bessel function of the first kind; sinc(x) is j₀(πx)."""
    return scipy.special.spherical_jn(n, x).astype(x.dtype)


@elementwise(
    lambda x: -math.pi * spherical_bessel(math.pi * x, 1),
    text=("(cos(πx) - y) / x",),
    numpy=np.sinc,
)
def sinc(x):
    """sin(πx) / (πx), and 1 at 0."""
    return np.sinc(x)


# -- complex -------------------------------------------------------------------------------------


def _direction(x):
    """conj(sign(x)), differentiable again where x is complex."""
    if x.dtype.kind != "c":
        return np.sign(x)
    size = np.absolute(x)
    return np.conj(x) / np.where(size == 0, 1, size)


_step = nondifferentiable(np.sign)


@composite(np.sign)
def sign(x):
    """x / |x|, and 0 at 0: piecewise constant for real numbers, differentiable for complex ones."""
    if isinstance(x, Array) and x.dtype.kind == "c":
        return np.conj(_direction(x))
    return _step(x)


absolute = elementwise(lambda x: _direction(x), text=("sign(x)",))(np.absolute)
fabs = elementwise(lambda x: np.sign(x))(np.fabs)
conjugate = general(lambda g: np.conj(g), lambda t: np.conj(t))(np.conjugate)
real = elementwise(lambda: 1, numpy=np.real, name="real")(lambda x: np.real(x))
imag = elementwise(lambda: -1j, numpy=np.imag, name="imag")(lambda x: np.imag(x))


@composite(np.angle)
def angle(z, deg=False):
    """The angle of complex numbers in (-π, π], or in degrees. Piecewise constant for real ones."""
    if z.dtype.kind == "c":
        y = np.arctan2(np.imag(z), np.real(z))
    else:
        y = np.where(np.signbit(z), np.pi, 0.0).astype(np.arctan2(0, z.dtype.type(1)).dtype)
    return y * (180 / math.pi) if deg else y


@composite(np.real_if_close)
def real_if_close(x, tol=100):
    """The real part of `x` if all imaginary parts are within `tol` (machine epsilons) of 0."""
    if x.dtype.kind != "c":
        return x
    limit = tol * np.finfo(x.dtype).eps if tol > 1 else tol
    return np.real(x) if np.all(np.absolute(value_of(np.imag(x))) < limit) else x


# -- comparing and choosing ----------------------------------------------------------------------

maximum = elementwise(  # not (NaN <= b): the gradient passes to a NaN
    lambda a, b: np.where(a == b, HALF, np.logical_not(a <= b)),
    lambda a, b: np.where(a == b, HALF, np.logical_not(a >= b)),
    text=("1[a > b] + ½[a = b]", "1[a < b] + ½[a = b]"),
)(np.maximum)
minimum = elementwise(
    lambda a, b: np.where(a == b, HALF, np.logical_not(a >= b)),
    lambda a, b: np.where(a == b, HALF, np.logical_not(a <= b)),
    text=("1[a < b] + ½[a = b]", "1[a > b] + ½[a = b]"),
)(np.minimum)
fmax = elementwise(
    lambda a, b: np.where(a == b, HALF, (a > b) | np.isnan(b)),
    lambda a, b: np.where(a == b, HALF, (a < b) | (np.isnan(a) & ~np.isnan(b))),
    text=("1[a > b] + ½[a = b]", "1[a < b] + ½[a = b]"),
)(np.fmax)
fmin = elementwise(
    lambda a, b: np.where(a == b, HALF, (a < b) | np.isnan(b)),
    lambda a, b: np.where(a == b, HALF, (a > b) | (np.isnan(a) & ~np.isnan(b))),
    text=("1[a < b] + ½[a = b]", "1[a > b] + ½[a = b]"),
)(np.fmin)


@linear(
    None,
    lambda g, condition: np.where(condition, g, 0),
    lambda g, condition: np.where(condition, 0, g),
    joint=True,
    name="where",
    part=True,
)
def where_between(condition, a, b):
    """Elements of `a` where `condition` holds, else of `b`; all three broadcast."""
    return np.where(condition, a, b)


@composite(np.where)
def where(condition, a: Any = UNSET, b: Any = UNSET, /):
    """Elements of `a` where `condition` holds, else of `b`; all three broadcast.

    Without `a` and `b`, `nonzero(condition)`: the indices where it holds.
    """
    given = sum(choice is not UNSET for choice in (a, b))
    if given == 1:
        raise ArgumentTypeError("where: either both or neither of the two choices must be given")
    return where_between(condition, a, b) if given else np.nonzero(condition)


def _inside(x, low, high):
    inside = True
    if low is not None:
        inside = x >= low
    if high is not None:
        inside = inside & (x <= high)
    return inside


def _above(x, low, high):
    crossed = False if low is None else low > high
    return (x > high) | crossed


@elementwise(
    _inside,
    lambda x, low, y: (x < low) & (y == low),
    _above,
    text=("1[low <= x <= high]", "1[x < low]", "1[x > high]"),
    name="clip",
    part=True,
)
def clip_between(x, low, high):
    return np.clip(x, low, high)


@composite(np.clip)
def clip(x, min=None, max=None):
    """`x` limited to [min, max]; None leaves a side open. The gradient passes at the bounds."""
    return clip_between(x, min, max)


@composite(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """NaN and infinities replaced by numbers; None means the largest (smallest) finite one."""
    if not copy:
        raise UnsupportedError(
            "nan_to_num: copy=False is not supported: tensors are not changed in place"
        )
    if x.dtype.kind not in "fc":
        return x
    if x.dtype.kind == "c":
        parts = (nan_to_num(part, True, nan, posinf, neginf) for part in (np.real(x), np.imag(x)))
        real, imaginary = parts
        return real + 1j * imaginary
    limits = np.finfo(x.dtype)
    x = np.where(x == np.inf, limits.max if posinf is None else posinf, x)
    x = np.where(x == -np.inf, limits.min if neginf is None else neginf, x)
    return np.where(np.isnan(x), nan, x)


# -- neural --------------------------------------------------------------------------------------


def as_floating(x):
    """Integers as floating numbers, float32 at least: unsigned ones have no negatives, and NumPy
    takes the exponential of int8 in float16."""
    integers = hasattr(x, "dtype") and x.dtype.kind in "biu"
    return x.astype(np.result_type(x.dtype, np.float32)) if integers else x


@elementwise(lambda y: y * (1 - y))
def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    x = as_floating(x)
    if np.asarray(x).dtype.kind == "c":  # where exp(-x) overflows, 1 / (1 + exp(-x)) is NaN, not 0
        below = np.real(x) < 0
        small = np.exp(np.where(below, x, -x))
        return np.where(below, small, 1) / (1 + small)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


@elementwise(lambda y: y > 0, text=("1[x > 0]",))
def relu(x):
    """max(x, 0) of real numbers."""
    y = np.maximum(x, 0)
    if y.dtype.kind == "c":
        raise DTypeError(f"expected real numbers, got {y.dtype}")
    return y
