"""What transforms can differentiate with respect to."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.array import Array, require_inexact


def as_operand(value: Any) -> Any:
    """`value` as a floating or complex array, Tensor or Dual; a Python int becomes a float."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, Array):
        value = np.asarray(value)[()]
    require_inexact(value, "an argument to differentiate with respect to")
    return value
