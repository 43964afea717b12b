"""Bessel functions, under SciPy's names. There is no derivative with respect to the order.

Source of the derivatives: Abramowitz & Stegun, "Handbook of Mathematical Functions", 9.1.27-28
and 9.6.26-27.
"""

import numpy as np
import scipy.special as sp

from autograd_core.declare import elementwise
from autograd_core.derivatives.special import no_derivative_by_order

# -- first and second kind: J0' = -J1, 2 Jv' = Jv-1 - Jv+1, and the same for Y ---------------------


def _half_difference(f):
    return elementwise(
        no_derivative_by_order,
        lambda a, b: (f(a - 1, b) - f(a + 1, b)) / 2,
        singular=True,
        text=("none", f"({f.__name__}(a - 1, b) - {f.__name__}(a + 1, b)) / 2"),
    )(f)


jv, yv = _half_difference(sp.jv), _half_difference(sp.yv)
j0 = elementwise(lambda x: -sp.j1(x))(sp.j0)
j1 = elementwise(lambda x: (sp.j0(x) - sp.jv(2, x)) / 2)(sp.j1)
y0 = elementwise(lambda x: -sp.y1(x), singular=True)(sp.y0)
y1 = elementwise(lambda x: (sp.y0(x) - sp.yv(2, x)) / 2, singular=True)(sp.y1)

# -- modified, second kind: K0' = -K1, 2 Kv' = -Kv-1 - Kv+1; the scaled ones times exp(x) ----------

kv = elementwise(
    no_derivative_by_order,
    lambda a, b: -(sp.kv(a - 1, b) + sp.kv(a + 1, b)) / 2,
    singular=True,
    text=("none", "-(kv(a - 1, b) + kv(a + 1, b)) / 2"),
)(sp.kv)
kve = elementwise(
    no_derivative_by_order,
    lambda a, b, y: y - (sp.kve(a - 1, b) + sp.kve(a + 1, b)) / 2,
    singular=True,
    text=("none", "y - (kve(a - 1, b) + kve(a + 1, b)) / 2"),
)(sp.kve)
k0 = elementwise(lambda x: -sp.k1(x), singular=True)(sp.k0)
k1 = elementwise(lambda x: -(sp.k0(x) + sp.kv(2, x)) / 2, singular=True)(sp.k1)
k0e = elementwise(lambda x, y: y - sp.k1e(x), singular=True)(sp.k0e)
k1e = elementwise(lambda x, y: y - (sp.k0e(x) + sp.kve(2, x)) / 2, singular=True)(sp.k1e)

# -- modified, first kind: I0' = I1, 2 Iv' = Iv-1 + Iv+1; the scaled ones times exp(-|x|) ----------

iv = elementwise(
    no_derivative_by_order,
    lambda a, b: (sp.iv(a - 1, b) + sp.iv(a + 1, b)) / 2,
    singular=True,
    text=("none", "(iv(a - 1, b) + iv(a + 1, b)) / 2"),
)(sp.iv)
ive = elementwise(
    no_derivative_by_order,
    lambda a, b, y: (sp.ive(a - 1, b) + sp.ive(a + 1, b)) / 2 - np.sign(b) * y,
    text=("none", "(ive(a - 1, b) + ive(a + 1, b)) / 2 - sign(b) * y"),
)(sp.ive)


def _i2(x):
    return sp.iv(2, np.minimum(np.abs(x), 1e4))  # inf anyway; SciPy has NaN there


def _i2e(x):
    """I2(x) exp(-|x|); by recurrence for large x, where SciPy has no value."""
    x = np.abs(x)
    far = np.maximum(x, 30)
    recurrence = sp.i0e(far) - 2 * sp.i1e(far) / far
    return np.where(x > 30, recurrence, sp.ive(2, np.minimum(x, 30)))


i0 = elementwise(lambda x: sp.i1(x), singular=True, numpy=np.i0)(sp.i0)
i1 = elementwise(
    lambda x: (sp.i0(x) + _i2(x)) / 2, singular=True, text=("(i0(x) + iv(2, x)) / 2",)
)(sp.i1)
i0e = elementwise(lambda x, y: sp.i1e(x) - np.sign(x) * y)(sp.i0e)
i1e = elementwise(
    lambda x, y: (sp.i0e(x) + _i2e(x)) / 2 - np.sign(x) * y,
    text=("(i0e(x) + ive(2, x)) / 2 - sign(x) * y",),
)(sp.i1e)
