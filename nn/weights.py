"""A model's state in a file, in the safetensors format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as deserialize
from safetensors.numpy import save as serialize

from autograd_core import ArgumentTypeError, DTypeError
from nn.errors import StateError
from nn.module import Module
from nn.state import Unmatched


def save(model: Module, path: str | Path) -> None:
    """Write `model.state_dict()` to a .safetensors file.

    Raises:
        ArgumentTypeError: `model` is no Module.
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


def load(model: Module, path: str | Path, strict: bool = True) -> Unmatched:
    """Load a .safetensors file into a model of the same structure.

    `strict` and the result are those of `Module.load_state_dict`.

    Raises:
        ArgumentTypeError: `model` is no Module.
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
    if not isinstance(model, Module):
        raise ArgumentTypeError(f"{name}: expected a Module first, got {type(model).__name__}")
