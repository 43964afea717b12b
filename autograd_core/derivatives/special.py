"""Special functions, under SciPy's names: `scipy.special.erf(x)` works on a Tensor.

SciPy's functions that are not ufuncs (`polygamma`, `logsumexp`, `softmax`) ignore NumPy's
protocols; call the ones here and in `reductions.py` instead.
"""

# pyright: reportGeneralTypeIssues=false
# (polygamma's derivative is polygamma)

import math

import numpy as np
import scipy.special as sp

from autograd_core.declare import elementwise
from autograd_core.errors import OperationError, UnsupportedError

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)


def no_derivative_by_order(a):
    raise UnsupportedError("no derivative with respect to the order; pass it as a plain number")


# -- the error function and the normal distribution ----------------------------------------------

erf = elementwise(lambda x: 2 / ROOT_PI * np.exp(-x * x))(sp.erf)
erfc = elementwise(lambda x: -2 / ROOT_PI * np.exp(-x * x))(sp.erfc)
erfinv = elementwise(lambda y: ROOT_PI / 2 * np.exp(y * y), singular=True)(sp.erfinv)
erfcx = elementwise(lambda x, y: 2 * x * y - 2 / ROOT_PI, singular=True)(sp.erfcx)
ndtr = elementwise(lambda x: np.exp(-0.5 * x * x) / ROOT_2PI, text=("φ(x)",))(sp.ndtr)
ndtri = elementwise(lambda y: ROOT_2PI * np.exp(0.5 * y * y), singular=True, text=("1 / φ(y)",))(
    sp.ndtri
)


def _past_tangent(x, y):
    """x + y for y = φ(x) / Φ(x), which tends to -1 / x as x → -∞, where the sum would cancel."""
    far = np.minimum(x, -50)
    square = far * far
    series = -(1 - (2 - (10 - 74 / square) / square) / square) / far
    return np.where(x < -50, series, np.minimum(x, 40) + y)  # y is 0 beyond 40


@elementwise(
    lambda x, y: -y * _past_tangent(x, y), singular=True, text=("-y * (x + y)",), part=True
)
def inverse_mills(x):
    """φ(x) / Φ(x): the density of the normal distribution over its distribution function."""
    return math.sqrt(2 / math.pi) / sp.erfcx(x * -math.sqrt(0.5))


log_ndtr = elementwise(lambda x: inverse_mills(x), text=("φ(x) / Φ(x)",))(sp.log_ndtr)

# -- logistic ------------------------------------------------------------------------------------

expit = elementwise(lambda x, y: y * sp.expit(-x))(sp.expit)
logit = elementwise(lambda x: 1 / (x * (1 - x)), singular=True)(sp.logit)
log_expit = elementwise(lambda x: sp.expit(-x))(sp.log_expit)

# -- gamma ---------------------------------------------------------------------------------------


@elementwise(
    no_derivative_by_order,
    lambda n, x: polygamma(n + 1, x),
    singular=True,
    text=("none", "polygamma(n + 1, x)"),
)
def polygamma(n, x):
    """The n-th derivative of `digamma`; n is an integer."""
    n = np.asarray(n)
    if np.any(n < 0) or np.any(n != np.floor(n)):
        raise OperationError(f"n must be an integer >= 0, got {n}")
    if not n.ndim and n == 0:
        return sp.psi(x)
    return sp.polygamma(n, x).astype(np.result_type(x, np.float16))[()]


digamma = elementwise(
    lambda x: polygamma(1, x), singular=True, name="digamma", text=("polygamma(1, x)",)
)(sp.psi)
gammaln = elementwise(lambda x: digamma(x), singular=True, text=("digamma(x)",))(sp.gammaln)


def _digamma_step(a, b):
    """digamma(a + b) - digamma(b); by the asymptotic series for large b, where it would cancel."""
    total = a + b
    far, end = np.maximum(b, 20), np.maximum(total, 20)
    p, q = 1 / far, 1 / end
    series = np.log1p(a * p) + (p - q) / 2 + _tail(p * p) - _tail(q * q)
    return np.where((b > 20) & (total > 20), series, digamma(total) - digamma(b))


def _tail(s):
    """log(x) - 1 / 2x - digamma(x), for s = 1 / x²."""
    return s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s / 132))))


betaln = elementwise(
    lambda a, b: -_digamma_step(b, a),
    lambda a, b: -_digamma_step(a, b),
    singular=True,
    text=("digamma(a) - digamma(a + b)", "digamma(b) - digamma(a + b)"),
)(sp.betaln)


gamma = elementwise(lambda x, y: y * digamma(x), singular=True)(sp.gamma)
rgamma = elementwise(lambda x, y: -y * digamma(x), singular=True)(sp.rgamma)
beta = elementwise(
    lambda a, b, y: -y * _digamma_step(b, a),
    lambda a, b, y: -y * _digamma_step(a, b),
    singular=True,
    text=("y * (digamma(a) - digamma(a + b))", "y * (digamma(b) - digamma(a + b))"),
)(sp.beta)


def _gamma_density(a, b):
    """exp(-b) b ** (a - 1) / Γ(a)."""
    return np.exp(sp.xlogy(a - 1, b) - b - sp.gammaln(a))


gammainc = elementwise(
    no_derivative_by_order,
    _gamma_density,
    singular=True,
    text=("none", "exp(-b) * b ** (a - 1) / Γ(a)"),
)(sp.gammainc)
gammaincc = elementwise(
    no_derivative_by_order,
    lambda a, b: -_gamma_density(a, b),
    singular=True,
    text=("none", "-exp(-b) * b ** (a - 1) / Γ(a)"),
)(sp.gammaincc)

# -- entropies: 0 log 0 is 0, and so is 0 / 0 in their derivatives -------------------------------


def _over(a, b, both):
    """a / b, with 0 / 0 = `both`."""
    undefined = (a == 0) & (b == 0)
    return np.where(undefined, both, a / np.where(undefined, 1, b))


def _log_factor(a, b):
    return np.log(np.where((a == 0) & (b == 0), 1, b))


def _log1p_factor(a, b):
    return np.log1p(np.where((a == 0) & (b == -1), 0, b))


xlogy = elementwise(
    _log_factor, lambda a, b: _over(a, b, 0), singular=True, text=("log(b)", "a / b")
)(sp.xlogy)
xlog1py = elementwise(
    _log1p_factor, lambda a, b: _over(a, 1 + b, 0), singular=True, text=("log1p(b)", "a / (1 + b)")
)(sp.xlog1py)
entr = elementwise(lambda x: -1 - np.log(x), singular=True)(sp.entr)
rel_entr = elementwise(
    lambda a, b: np.log(_over(a, b, 1)) + 1,
    lambda a, b: -_over(a, b, 1),
    singular=True,
    text=("log(a / b) + 1", "-a / b"),
)(sp.rel_entr)
kl_div = elementwise(
    lambda a, b: np.log(_over(a, b, 1)),
    lambda a, b: 1 - _over(a, b, 1),
    singular=True,
    text=("log(a / b)", "1 - a / b"),
)(sp.kl_div)
