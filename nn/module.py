"""Module: a part of a network, with its parameters, its state and its sub-modules.

A custom network is a class with `__init__` and `forward`. Parameters and sub-modules are found
where they are: in attributes, and in lists, tuples and dicts that are attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, Self

import numpy as np

from autograd_core import (
    ArgumentTypeError,
    AutogradError,
    DTypeError,
    OperationError,
    Tensor,
    scope,
)
from nn.hooks import Handle, Hook, Hooks
from nn.parameters import Parameter
from nn.serialization import Unmatched, matched


class Frame(str):
    """What pictures call one call of a module. Two calls are two frames, though their text is the
    same: a module that is called twice is drawn twice."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other or (not isinstance(other, Frame) and str.__eq__(self, other))

    def __ne__(self, other: object) -> bool:
        return not self == other


class Module:
    """Base class of layers and networks.

    >>> class Net(Module):
    ...     def __init__(self):
    ...         self.first = Linear(2, 16)
    ...         self.second = Linear(16, 1)
    ...
    ...     def forward(self, x):
    ...         return self.second(self.first(x).tanh())

    An error of this library that is raised inside a module names the module by its path.
    """

    training: bool = True
    looks_up: bool = False
    """Whether `weight` is a table to look rows up in, rather than what adds up inputs."""
    _label: str | None = None
    _buffers: tuple[str, ...] = ()
    _unsaved: tuple[str, ...] = ()
    _hooks: Hooks | None = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output. Subclasses define it; callers call the module itself."""
        raise ArgumentTypeError("there is no forward method; define one")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope(Frame(self._label or type(self).__name__)):
            try:
                if self._hooks is None:
                    return self.forward(*args, **kwargs)
                return self._hooks.call(self, args, kwargs)
            except AutogradError as error:
                locate(error, self)
                raise

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; modules in it learn the name under which pictures show them.

        Raises:
            ArgumentTypeError: a parameter would be replaced by something that is not trained, or
                a buffer by something that is not saved.
        """
        is_trained = isinstance(vars(self).get(name), Parameter)
        kept = Parameter if is_trained else Tensor
        if (is_trained or name in self._buffers) and not isinstance(value, kept | None):
            raise ArgumentTypeError(
                f"{type(self).__name__}.{name} can be replaced by a {kept.__name__} or None, got "
                f"{type(value).__name__}; to change its values use {name}.overwrite(...)"
            )
        for path, part in parts(name, value):
            if isinstance(part, Module):
                part._set_label(path)
            elif isinstance(part, Parameter) and part.name is None:
                part.name = path
        object.__setattr__(self, name, value)

    def _set_label(self, path: str) -> None:
        object.__setattr__(self, "_label", f"{path}: {type(self).__name__}")

    def register_buffer(self, name: str, value: Any, persistent: bool = True) -> None:
        """Keep `value` as state that is not trained, under the attribute `name`.

        persistent: whether it is part of `state_dict()`. `value` may be None: no state.
        """
        if not is_free(self, name) and name not in self._buffers:
            raise OperationError(
                f"{type(self).__name__}: a buffer cannot be called {name!r}: the name contains a "
                "dot, is empty or is taken"
            )
        setattr(self, name, value if value is None or isinstance(value, Tensor) else Tensor(value))
        self._forget(name)
        self._buffers = (*self._buffers, name)
        if not persistent:
            self._unsaved = (*self._unsaved, name)

    def _forget(self, name: str) -> None:
        self._buffers = tuple(buffer for buffer in self._buffers if buffer != name)
        self._unsaved = tuple(buffer for buffer in self._unsaved if buffer != name)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        if name in self._buffers:
            self._forget(name)

    def register_parameter(self, name: str, value: Parameter | None) -> None:
        """The same as `self.<name> = value`."""
        self._set(name, value, Parameter)

    def add_module(self, name: str, module: Module | None) -> None:
        """The same as `self.<name> = module`."""
        self._set(name, module, Module)

    def _set(self, name: str, value: Any, kind: type) -> None:
        if not isinstance(value, kind | None):
            raise ArgumentTypeError(
                f"{type(self).__name__}.{name}: expected a {kind.__name__} or None, got "
                f"{type(value).__name__}"
            )
        setattr(self, name, value)

    # -- hooks -----------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments.

        `args` are the positional ones, in a tuple; None changes nothing.
        """
        return Handle(self._own_hooks().forward_pre, hook)

    def register_forward_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, args, output)` after each forward; what it returns (unless None)
        replaces the output."""
        return Handle(self._own_hooks().forward, hook)

    def register_full_backward_pre_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, grad_output)` in backward once the gradients of the outputs are
        known; what it returns (unless None) replaces them."""
        return Handle(self._own_hooks().backward_pre, hook)

    def register_full_backward_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, grad_input, grad_output)` in backward once the gradients of the
        inputs are known; what it returns (unless None) replaces them.

        Both are tuples with an entry for each positional argument and each output (nested ones
        laid out flat), None where there is no gradient. With no input to differentiate by, it is
        called when the gradients of the outputs are known.
        """
        return Handle(self._own_hooks().backward, hook)

    def _own_hooks(self) -> Hooks:
        if self._hooks is None:
            self._hooks = Hooks()
        return self._hooks

    # -- what is inside --------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct sub-modules with their names; a shared one once."""
        return once(self._children())

    def children(self) -> Iterator[Module]:
        """The direct sub-modules."""
        return (module for _, module in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it with their dotted paths, parents first; a shared one once.

        The path of this module is `prefix`.
        """
        return self._walk(prefix, set())

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules())

    def get_submodule(self, path: str) -> Module:
        """The module at a dotted path such as "features.0"; "" is this module.

        Raises:
            OperationError: there is none.
        """
        for name, module in self._walk("", None):
            if name == path:
                return module
        raise OperationError(f"{type(self).__name__} has no module at {path!r}")

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, as in PyTorch; a shared one once.

        recurse: those of sub-modules too.
        """
        return once(self._named(is_parameter, self.named_modules(prefix), recurse))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters."""
        return (parameter for _, parameter in self.named_parameters("", recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        return once(self._named(is_buffer, self.named_modules(prefix), recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (buffer for _, buffer in self.named_buffers("", recurse))

    def _walk(self, prefix: str, seen: set[int] | None) -> Iterator[tuple[str, Module]]:
        """`seen=None`: a shared module under each of its names."""
        if seen is not None:
            if id(self) in seen:
                return
            seen.add(id(self))
        yield prefix, self
        for name, child in self._children():
            if child._label is None:  # it joined a list that was an attribute already
                child._set_label(name)
            yield from child._walk(joined(prefix, name), seen)

    def _named(
        self,
        wanted: Callable[[Module, str, Any], bool],
        modules: Iterable[tuple[str, Module]],
        recurse: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        for prefix, module in modules:
            for name, part in module._attributes():
                if wanted(module, name, part):
                    if isinstance(part, Parameter) and part.name is None:  # as above
                        part.name = name
                    yield joined(prefix, name), part
            if not recurse:
                return

    def _children(self) -> Iterator[tuple[str, Module]]:
        return ((name, part) for name, part in self._attributes() if isinstance(part, Module))

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        return chain.from_iterable(parts(name, value) for name, value in vars(self).items())

    # -- modes -----------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all below it to training (True) or evaluation."""
        if not isinstance(mode, bool | np.bool_):
            raise ArgumentTypeError(f"train: mode must be True or False, got {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation: dropout off, batch normalisation by running statistics."""
        return self.train(False)

    def requires_grad_(self, flag: bool = True) -> Self:
        """Freeze (False) or unfreeze all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(flag)
        return self

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function` on all modules below this one, then on this one."""
        for child in self.children():
            child.apply(function)
        function(self)
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
        for tensor in chain(self.parameters(), self.buffers()):
            if tensor.dtype.kind in "fc":
                tensor.convert_(dtype)
        return self

    def double(self) -> Self:
        """Convert to float64."""
        return self.astype(np.float64)

    def float(self) -> Self:
        """Convert to float32."""
        return self.astype(np.float32)

    # -- state -----------------------------------------------------------------------------------

    def _state(self) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers; a shared one under each of its names, as in PyTorch."""
        return self._named(is_state, self._walk("", None))

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and buffer by name."""
        return {name: np.array(tensor.numpy()) for name, tensor in self._state()}

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> Unmatched:
        """Overwrite parameters and buffers by name with arrays, Tensors or PyTorch's tensors.

        Nothing is changed unless everything fits. `strict=False` ignores missing and unexpected
        names, but never a wrong shape. Returns the names it ignored.

        Raises:
            StateError: names are missing or unexpected, shapes differ, or values are not numbers
                of the right kind; all are listed.
            ArgumentTypeError: the state is not a dict.
        """
        own = dict(self._state())
        values, unmatched = matched(type(self).__name__, own, state, strict)
        for name, value in values.items():
            own[name].overwrite(value)
        return unmatched

    # -- text ------------------------------------------------------------------------------------

    def _shown(self) -> Iterator[tuple[str, Any]]:
        """What is listed in the brackets, with names."""
        return self._children()

    def extra_repr(self) -> str:
        """What stands in the brackets of this module's own line."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"  ({name}): " + shown_as(part).replace("\n", "\n  ") for name, part in self._shown()
        ]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}({self.extra_repr()}\n" + "\n".join(lines) + "\n)"


def shown_as(part: Any) -> str:
    """A module in full, a plain function by its name."""
    return repr(part) if isinstance(part, Module) else getattr(part, "__name__", repr(part))


def locate(error: AutogradError, module: Module) -> None:
    """Have an error on its way out of `module` begin with where it came from.

    The innermost module is the first to see it, each outer one knows a longer path to that.
    """
    inner, text = vars(error).setdefault("_origin", (module, str(error)))
    for path, part in module.named_modules():
        if part is inner:
            kind = f"{type(inner).__name__}: "
            text = text if text.startswith(kind) else kind + text
            error.args = (f"in model.{path}: {text}" if path else text,)


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Every module in evaluation mode; afterwards each as it was."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


def is_parameter(module: Module, name: str, part: Any) -> bool:
    return isinstance(part, Parameter)


def is_buffer(module: Module, name: str, part: Any) -> bool:
    return name in module._buffers


def is_state(module: Module, name: str, part: Any) -> bool:
    return isinstance(part, Parameter) or (name in module._buffers and name not in module._unsaved)


def parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """`value`, or what a list, tuple or dict of modules and tensors contains, with paths."""
    if isinstance(value, Module | Tensor):
        yield name, value
    elif isinstance(value, list | tuple):
        for k, item in enumerate(value):
            yield from parts(f"{name}.{k}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from parts(f"{name}.{key}", item)


def joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def once(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The pairs whose second element has not come before."""
    seen = set()
    for name, part in pairs:
        if id(part) not in seen:
            seen.add(id(part))
            yield name, part


def is_free(owner: Any, name: Any) -> bool:
    """Whether a part of a module can get this name."""
    return isinstance(name, str) and name != "" and "." not in name and not hasattr(owner, name)
