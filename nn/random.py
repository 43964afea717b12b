"""The random numbers of `nn`: initial weights, dropout masks, shuffles.

One NumPy generator for each thread and context, so that training in one thread never changes
what another draws.
"""

from __future__ import annotations

from contextvars import ContextVar

import numpy as np

_GENERATOR: ContextVar[np.random.Generator] = ContextVar("nn.generator")


def manual_seed(seed: int | None) -> np.random.Generator:
    """Start this thread's generator from `seed` (None: from the operating system). Returns it."""
    generator = np.random.default_rng(seed)
    _GENERATOR.set(generator)
    return generator


def default_generator() -> np.random.Generator:
    """This thread's generator."""
    try:
        return _GENERATOR.get()
    except LookupError:
        return manual_seed(None)
