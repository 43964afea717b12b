"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import chain, count, pairwise
from typing import Any, Self

import numpy as np

import autograd_core as ac
from nn.checks import check_sizes
from nn.layers.activations import ACTIVATIONS, ReLU
from nn.layers.linear import Linear
from nn.module import Module, is_free, joined, parts

__all__ = ["MLP", "ModuleDict", "ModuleList", "Residual", "Sequential"]


class Container(Module):
    """Base class: modules under names of their own, which are also attributes."""

    _items: dict[str, Any]
    _path = ""
    called = False
    """Whether the container itself is called. Then plain functions may stand beside modules; if
    not, its modules read as those of the module that has the container."""

    def _replace(self, items: Mapping[str, Any]) -> None:
        """Contain these, and nothing else."""
        for name, item in items.items():
            self._check(name, item)
        vars(self)["_items"] = dict(items)
        for name, item in items.items():
            if isinstance(item, Module) and item._label is None:
                item._set_label(joined(self._path, name))

    def _check(self, name: str, item: Any) -> None:
        if name not in vars(self).get("_items", {}) and not is_free(self, name):
            raise ac.OperationError(
                f"{type(self).__name__}: a module cannot be called {name!r}: a name is a string "
                "without dots that is not taken"
            )
        usable = self.called and callable(item) and not isinstance(item, type)
        if not (isinstance(item, Module) or usable):
            wanted = "modules or functions" if self.called else "modules"
            hint = "pass them made: Linear(2, 3), not Linear"
            if isinstance(item, list | tuple):
                hint = f"unpack the list: {type(self).__name__}(*layers)"
            raise ac.ArgumentTypeError(
                f"{type(self).__name__}: expected {wanted}, got {item!r:.80} at place {name}; "
                + hint
            )

    def _set_label(self, path: str) -> None:
        super()._set_label(path)
        if not self.called:
            vars(self)["_path"] = path
            for name, module in self._children():
                module._set_label(joined(path, name))

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a module joins the others, as in PyTorch."""
        items = vars(self).get("_items", {})
        if name in items or isinstance(value, Module):
            self._replace(items | {name: value})
        else:
            super().__setattr__(name, value)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        others = ((name, value) for name, value in vars(self).items() if name != "_items")
        return chain.from_iterable(
            parts(name, value) for name, value in chain(self._items.items(), others)
        )

    def _shown(self) -> Iterator[tuple[str, Any]]:
        return iter(self._items.items())

    def __getattr__(self, name: str) -> Any:
        try:
            return vars(self)["_items"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}") from None

    def __len__(self) -> int:
        return len(self._items)


class Series(Container):
    """Base class: what a list can do."""

    def append(self, item: Any) -> Self:
        """Add a module at the end. Returns the container."""
        return self.extend([item])

    def extend(self, items: Iterable[Any]) -> Self:
        """Add modules at the end. Returns the container."""
        every = dict(self._items)
        free = (str(k) for k in count(len(every)) if str(k) not in every)
        every |= {next(free): item for item in items}
        self._replace(every)
        return self

    def insert(self, index: int, item: Any) -> Self:
        """Put a module before place `index`; all are numbered anew. Returns the container."""
        items = list(self)
        items.insert(index, item)
        self._replace(numbered(items))
        return self

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._part(dict(list(self._items.items())[index]))
        return self._items[self._name(index)]

    def __setitem__(self, index: int, item: Any) -> None:
        self._replace(self._items | {self._name(index): item})

    def __delitem__(self, index: int | slice) -> None:
        if not isinstance(index, slice):
            self._name(index)
        items = list(self)
        del items[index]
        self._replace(numbered(items))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.values())

    def _part(self, items: dict[str, Any]) -> Any:
        """What a slice with these items is."""
        return type(self)(items.values())  # type: ignore[call-arg]

    def _name(self, index: int) -> str:
        """The name at a place.

        Raises:
            TensorIndexError: there is no such place.
        """
        try:
            return list(self._items)[index]
        except (IndexError, TypeError) as error:
            raise ac.TensorIndexError(
                f"{type(self).__name__}: no place {index!r} among {len(self)}"
            ) from error


class Sequential(Series):
    """Modules (or plain functions of Tensors) applied one after the other.

    Takes them one by one, or in a dict with names. Indexing, slicing, iteration, `append`,
    `insert`, `extend` and `len` work as on a list.

    Raises:
        ArgumentTypeError: something is neither a module nor a function.
    """

    called = True

    def __init__(self, *layers: Callable[..., Any] | Mapping[str, Callable[..., Any]]) -> None:
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], Mapping) else None
        self._replace(numbered(layers) if named is None else named)

    def forward(self, x: Any) -> Any:
        for layer in self._items.values():
            x = layer(x)
        return x

    def _part(self, items: dict[str, Any]) -> Sequential:
        return Sequential(items)  # names stay, as in PyTorch


class ModuleList(Series):
    """Modules in a list. A plain Python list as an attribute does as well.

    Raises:
        ArgumentTypeError: something is not a module.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        if not isinstance(modules, Iterable):
            raise ac.ArgumentTypeError(
                f"ModuleList: expected a list of modules, got {type(modules).__name__}"
            )
        self._replace(numbered(modules))


class ModuleDict(Container):
    """Modules in a dict. A plain Python dict as an attribute does as well.

    Raises:
        ArgumentTypeError: something is not a module.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        self._replace(dict(modules))

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add modules, in place of those of the same names."""
        self._replace(self._items | dict(modules))

    def pop(self, name: str) -> Module:
        """Remove and return a module.

        Raises:
            KeyError: there is none of that name.
        """
        module = self._items[name]
        del self[name]
        return module

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._items.keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._items.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """The modules with their names."""
        return self._items.items()

    def __getitem__(self, name: str) -> Module:
        return self._items[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self._replace(self._items | {name: module})

    def __delitem__(self, name: str) -> None:
        items = dict(self._items)
        del items[name]
        self._replace(items)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)


class Residual(Module):
    """x + body(x): what the body adds to its input. Source: He et al. (2016).

    Args:
        body: a module, or several to apply one after the other.
        shortcut: a module for the other way, where the body changes the shape.

    Raises (when called):
        ShapeError: the two ways give different shapes.
    """

    def __init__(
        self, *body: Callable[..., Any], shortcut: Callable[..., Any] | None = None
    ) -> None:
        self.body = body[0] if len(body) == 1 else Sequential(*body)
        self.shortcut = shortcut

    def forward(self, x: Any) -> Any:
        y = self.body(x)
        other = x if self.shortcut is None else self.shortcut(x)
        if np.shape(y) != np.shape(other):
            raise ac.ShapeError(
                f"Residual: the body gives shape {np.shape(y)}, the shortcut {np.shape(other)}; "
                "they are added, so they must be the same (give a shortcut= that changes it too)"
            )
        return y + other


class MLP(Sequential):
    """A multilayer perceptron from its architecture d = [d0, …, dL]: affine maps d0 → … → dL, each
    but the last followed by an activation.

    Args:
        sizes: the sizes d of the layers, from the input to the output.
        activation: a class (`nn.Tanh`), its name ("tanh"), a function of Tensors (`np.sin`), a
            module (each layer gets a copy), or None for none.
        output_activation: likewise, after the last layer.
        bias: whether the layers have one.
        dtype: of the parameters.

    The layers are those of a `Sequential`: 0.weight, 0.bias, 2.weight, ...

    Raises:
        OperationError: fewer than two sizes, one that is not an integer >= 1, or an unknown
            name.
        ArgumentTypeError: the activation is none of these.
    """

    def __init__(
        self,
        sizes: Iterable[int],
        activation: Any = ReLU,
        output_activation: Any = None,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        sizes = list(sizes) if isinstance(sizes, Iterable) else [sizes]
        if len(sizes) < 2:
            raise ac.OperationError(f"MLP: expected sizes [d0, ..., dL], at least two, got {sizes}")
        check_sizes("MLP", **{f"sizes[{k}]": size for k, size in enumerate(sizes)})
        layers: list[Any] = []
        for k, (inside, outside) in enumerate(pairwise(sizes), start=2):
            layers.append(Linear(inside, outside, bias, dtype=dtype))
            layers += made_activation(activation if k < len(sizes) else output_activation)
        super().__init__(*layers)


def made_activation(given: Any) -> list[Callable[..., Any]]:
    """What `MLP` calls an activation, as a layer of its own; nothing for None."""
    if given is None:
        return []
    if isinstance(given, str):
        if given.lower() not in ACTIVATIONS:
            raise ac.OperationError(
                f"MLP: unknown activation {given!r}; there are {', '.join(ACTIVATIONS)}"
            )
        given = ACTIVATIONS[given.lower()]
    if isinstance(given, Module):
        return [deepcopy(given)]
    if not callable(given):
        raise ac.ArgumentTypeError(f"MLP: an activation is a class or function, got {given!r}")
    return [given() if isinstance(given, type) else given]


def numbered(items: Iterable[Any]) -> dict[str, Any]:
    return {str(k): item for k, item in enumerate(items)}
