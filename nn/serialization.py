"""A model's state: whether it fits, and in a file (safetensors).

`Module.load_state_dict` asks `matched`; `save` and `load` write and read files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as deserialize
from safetensors.numpy import save as serialize

from autograd_core import ArgumentTypeError, DTypeError, ShapeError, Tensor
from nn.errors import StateError

__all__ = ["load", "save"]


class Unmatched(NamedTuple):
    """What `load_state_dict` found on one side only."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def matched(
    model: str, own: Mapping[str, Tensor], state: Any, strict: bool
) -> tuple[dict[str, np.ndarray], Unmatched]:
    """The arrays of a state that have a place in a model, by name, and the names that do not match.

    Args:
        model: what to call it in messages.
        own: its parameters and buffers.
        state, strict, errors: as for `Module.load_state_dict`.
    """
    if not isinstance(state, Mapping) or not all(isinstance(name, str) for name in state):
        raise ArgumentTypeError(
            f"load_state_dict: expected a dict of arrays by name, got {type(state).__name__}"
        )
    inner = [name for name, value in state.items() if isinstance(value, Mapping)]
    if inner:
        raise StateError(
            f"load_state_dict: {', '.join(map(repr, inner))} of {list(state)} hold dicts: "
            "pass the one that is the model's state"
        )
    given = {name: as_numpy(value) for name, value in state.items()}
    unmatched = Unmatched(
        [name for name in own if name not in given], [name for name in given if name not in own]
    )
    problems = []
    if strict:
        problems = [f"missing: {name}" for name in unmatched.missing_keys]
        problems += [f"unexpected: {name}" for name in unmatched.unexpected_keys]
    values = {name: given[name] for name in own if name in given}
    for name, value in values.items():
        if own[name].shape != value.shape:
            problems.append(f"{name}: expected shape {own[name].shape}, got {value.shape}")
        elif not np.can_cast(value.dtype, own[name].dtype, "same_kind"):
            problems.append(f"{name}: expected dtype {own[name].dtype}, got {value.dtype}")
    if problems:
        prefix = common_prefix(own, given.keys())
        hint = f" (its names begin with {prefix!r}: leave that out)" if prefix else ""
        raise StateError(f"the state does not fit {model}{hint}:\n  " + "\n  ".join(problems))
    return values, unmatched


def common_prefix(own: Collection[str], given: Set[str]) -> str:
    """The prefix of every name in the state of a wrapped model, or "" if there is not one."""
    longest = max(own, key=len, default="")
    prefixes = (name.removesuffix(longest) for name in given if name.endswith(longest))
    return next((p for p in prefixes if given == {p + name for name in own}), "")


def as_numpy(value: Any) -> np.ndarray:
    """A Tensor's or PyTorch tensor's value, or anything else as an array.

    Raises:
        ShapeError: ragged nested lists.
    """
    if isinstance(value, Tensor):
        return value.numpy()
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # which NumPy lacks
            value = value.float()
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"expected a rectangular array: {error}") from error


# -- files ---------------------------------------------------------------------------------------


def save(model: Any, path: str | Path) -> None:
    """Write `model.state_dict()` to a .safetensors file.

    Raises:
        ArgumentTypeError: `model` is not a Module.
        DTypeError: the format has no such numbers (complex ones of 128 bits, for example).
        OSError: the file cannot be written.
    """
    check_model("save", model)
    state = {name: np.array(value, order="C") for name, value in model.state_dict().items()}
    try:
        content = serialize(state)
    except SafetensorError as error:
        raise DTypeError(f"save: the format cannot hold this model: {error}") from error
    Path(path).write_bytes(content)


def load(model: Any, path: str | Path, strict: bool = True) -> Unmatched:
    """Load a .safetensors file into a model of the same structure.

    `strict` and the result are those of `Module.load_state_dict`.

    Raises:
        ArgumentTypeError: `model` is not a Module.
        OSError: the file cannot be read.
        StateError: it is not a safetensors file, or does not fit the model.
    """
    check_model("load", model)
    content = Path(path).read_bytes()
    try:
        state = deserialize(content)
    except SafetensorError as error:
        hint = ""
        if content.startswith(b"PK"):  # a zip archive, as torch.save writes
            hint = "; load PyTorch's files there and pass the dict to model.load_state_dict"
        raise StateError(f"{path}: is not a readable safetensors file ({error}){hint}") from error
    except KeyError as error:
        raise StateError(f"{path}: holds numbers that NumPy does not have: {error}") from error
    return model.load_state_dict(state, strict)


def check_model(name: str, model: Any) -> None:
    if not (hasattr(model, "state_dict") and hasattr(model, "named_modules")):
        raise ArgumentTypeError(f"{name}: expected a Module first, got {type(model).__name__}")
