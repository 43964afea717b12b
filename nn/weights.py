"""A model's state in a file, in the safetensors format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as deserialize
from safetensors.numpy import save as serialize

from nn.errors import StateError
from nn.module import Module


def save(model: Module, path: str | Path) -> None:
    """Write `model.state_dict()` to a .safetensors file.

    Raises:
        OSError: the file cannot be written.
    """
    state = {name: np.array(value, order="C") for name, value in model.state_dict().items()}
    Path(path).write_bytes(serialize(state))


def load(model: Module, path: str | Path, strict: bool = True) -> None:
    """Load a .safetensors file into a model of the same structure.

    Raises:
        OSError: the file cannot be read.
        StateError: it is not a safetensors file, or does not fit the model.
    """
    content = Path(path).read_bytes()
    try:
        state = deserialize(content)
    except SafetensorError as error:
        hint = ""
        if content.startswith(b"PK"):  # a zip archive, as torch.save writes
            hint = "; load PyTorch's files there and pass the dict to model.load_state_dict"
        raise StateError(f"{path}: is not a readable safetensors file ({error}){hint}") from error
    model.load_state_dict(state, strict)
