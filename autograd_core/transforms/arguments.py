"""What transforms take as an argument to differentiate by."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.array import Array, require_inexact


def as_operand(value: Any) -> Any:
    """`value` as something to differentiate by: an inexact array, Tensor or Dual."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, Array):
        value = np.asarray(value)[()]
    require_inexact(value, "an argument to differentiate by")
    return value
