"""The random numbers of `nn`: initial weights, dropout masks, shuffles.

One NumPy generator for each thread, so that training in one thread never changes what another
draws.
"""

from __future__ import annotations

from threading import local

import numpy as np

from autograd_core import ArgumentTypeError

Generator = np.random.Generator | None

_THREAD = local()


def manual_seed(seed: int | None) -> np.random.Generator:
    """Start this thread's generator from `seed` (None: from the operating system). Returns it."""
    generator = np.random.default_rng(seed)
    _THREAD.generator = generator
    return generator


def default_generator() -> np.random.Generator:
    """This thread's generator."""
    try:
        return _THREAD.generator
    except AttributeError:
        return manual_seed(None)


def drawn(generator: Generator) -> np.random.Generator:
    """`generator`, or this thread's.

    Raises:
        ArgumentTypeError: it is not one of NumPy's.
    """
    if not isinstance(generator, np.random.Generator | None):
        raise ArgumentTypeError(
            f"generator must be made by numpy.random.default_rng, got {type(generator).__name__}"
        )
    return default_generator() if generator is None else generator
