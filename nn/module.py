"""Module: a part of a network, with its parameters, its state and its sub-modules.

A custom network is a class with `__init__` and `forward`. Parameters and sub-modules are found
where they are: in attributes, and in lists, tuples and dicts that are attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Any, Self

import numpy as np

from autograd_core import DTypeError, OperationError, Tensor
from autograd_core.graph import MODE
from nn.errors import StateError
from nn.functional import plain

_unnamed = count(1)


class Parameter(Tensor):
    """A Tensor that a Module trains. `requires_grad_(False)` freezes it."""

    __slots__ = ()

    def __init__(
        self,
        data: Any,
        dtype: Any = None,
        *,
        requires_grad: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(data, dtype, requires_grad=requires_grad, name=name)


class Module:
    """Base class of layers and networks.

    >>> class Net(Module):
    ...     def __init__(self):
    ...         self.first = Linear(2, 16)
    ...         self.second = Linear(16, 1)
    ...
    ...     def forward(self, x):
    ...         return self.second(self.first(x).tanh())
    """

    training: bool = True
    _label: str | None = None
    _buffers: tuple[str, ...] = ()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output. Subclasses define it; callers call the module itself."""
        raise TypeError(f"{type(self).__name__} has no forward method; define one")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = MODE.get()
        label = self._label or type(self).__name__
        if mode.scope and self._label is None:  # inside another module, which does not name it
            label = self._label = f"{label} {next(_unnamed)}"
        token = MODE.set(mode._replace(scope=(*mode.scope, label)))
        try:
            return self.forward(*args, **kwargs)
        finally:
            MODE.reset(token)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; modules in it learn the name under which pictures show them."""
        for path, part in _parts(name, value):
            if isinstance(part, Module):
                object.__setattr__(part, "_label", f"{path}: {type(part).__name__}")
            elif isinstance(part, Parameter) and part.name is None:
                part.name = path
        object.__setattr__(self, name, value)

    def register_buffer(self, name: str, value: Any) -> None:
        """Keep `value` as state that is saved but not trained, under the attribute `name`."""
        setattr(self, name, value if isinstance(value, Tensor) else Tensor(value))
        self._buffers = (*self._buffers, name)

    # -- what is inside --------------------------------------------------------------------------

    def children(self) -> Iterator[tuple[str, Module]]:
        """The direct sub-modules with their names."""
        return ((path, part) for path, part in self._attributes() if isinstance(part, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, parents first; a shared module once."""
        return self._walk(prefix, set())

    def _walk(self, prefix: str, seen: set[int] | None) -> Iterator[tuple[str, Module]]:
        """`seen=None`: a shared module under each of its names."""
        if seen is not None:
            if id(self) in seen:
                return
            seen.add(id(self))
        yield prefix, self
        for name, child in self.children():
            yield from child._walk(f"{prefix}.{name}" if prefix else name, seen)

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """All parameters with their dotted names, as in PyTorch; a shared one once."""
        return self._named(is_parameter)

    def parameters(self) -> Iterator[Tensor]:
        """All parameters."""
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        return self._named(is_buffer)

    def _named(
        self, wanted: Callable[[Module, str, Any], bool], once: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        seen = set()
        for prefix, module in self._walk("", set() if once else None):
            for name, part in module._attributes():
                if wanted(module, name, part) and not (once and id(part) in seen):
                    seen.add(id(part))
                    yield f"{prefix}.{name}" if prefix else name, part

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        return chain.from_iterable(_parts(name, value) for name, value in vars(self).items())

    # -- modes -----------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all below it to training (True) or evaluation."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation: dropout off."""
        return self.train(False)

    def requires_grad_(self, flag: bool = True) -> Self:
        """Freeze (False) or unfreeze all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(flag)
        return self

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function` on this module and all below it."""
        for module in list(self.modules()):
            function(module)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            if parameter.requires_grad:
                parameter.grad = None

    def astype(self, dtype: Any) -> Self:
        """Convert all parameters and floating buffers to `dtype`; gradients are dropped.

        Raises:
            DTypeError: `dtype` is neither floating nor complex.
        """
        if np.dtype(dtype).kind not in "fc":
            raise DTypeError(f"a model's dtype must be floating or complex, got {dtype}")
        for _, tensor in self._state():
            if tensor.dtype.kind in "fc":
                frozen = not tensor.requires_grad
                tensor.requires_grad_(False)
                tensor._value = tensor._value.astype(dtype)
                tensor.requires_grad_(not frozen)
        return self

    # -- state -----------------------------------------------------------------------------------

    def _state(self) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers; a shared one under each of its names, as in PyTorch."""
        return self._named(lambda *where: is_parameter(*where) or is_buffer(*where), once=False)

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and buffer by name."""
        return {name: np.array(tensor._value) for name, tensor in self._state()}

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> None:
        """Overwrite parameters and buffers with arrays (or Tensors) by name.

        Nothing is changed unless everything fits. `strict=False` ignores missing and unexpected
        names, but never a wrong shape.

        Raises:
            StateError: names are missing or unexpected, or shapes differ; all are listed.
        """
        own = dict(self._state())
        given = {name: plain(value) for name, value in state.items()}
        problems = [
            f"{name}: expected shape {own[name].shape}, got {given[name].shape}"
            for name in own.keys() & given.keys()
            if own[name].shape != given[name].shape
        ]
        if strict:
            problems += [f"missing: {name}" for name in own if name not in given]
            problems += [f"unexpected: {name}" for name in given if name not in own]
        if problems:
            raise StateError(
                f"the state does not fit {type(self).__name__}:\n  " + "\n  ".join(sorted(problems))
            )
        for name in own.keys() & given.keys():
            own[name].overwrite(given[name])

    # -- text ------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets of this module's own line."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"  ({name}): " + repr(child).replace("\n", "\n  ") for name, child in self.children()
        ]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}({self.extra_repr()}\n" + "\n".join(lines) + "\n)"


def check_sizes(layer: str, **sizes: int) -> None:
    """Raise OperationError unless every size is a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or size < 1:
            raise OperationError(f"{layer}: {name} must be a whole number >= 1, got {size!r}")


def is_parameter(module: Module, name: str, part: Any) -> bool:
    return isinstance(part, Parameter)


def is_buffer(module: Module, name: str, part: Any) -> bool:
    return name in module._buffers


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """`value`, or what a list, tuple or dict of modules and tensors contains, with paths."""
    if isinstance(value, Module | Tensor):
        yield name, value
    elif isinstance(value, list | tuple):
        for k, item in enumerate(value):
            yield from _parts(f"{name}.{k}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(f"{name}.{key}", item)
