"""What every optimizer shares: groups of parameters, their state, and the walk over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from copy import deepcopy
from dataclasses import field
from typing import Any, Literal

import numpy as np

from autograd_core import ArgumentTypeError, OperationError, Tensor, enable_grad
from autograd_core.extend import value_of
from nn.errors import StateError
from nn.parameters import Parameter, is_weight
from nn.settings import Configured

CHUNK = 1 << 18
"""Bytes of an array updated at a time: the dozen passes over a chunk then run in cache."""


class Optimizer(Configured):
    """Base class: holds groups of parameters and their state, and walks over them.

    Args:
        params: Tensors, or dicts {"params": Tensors, setting: value, ...} that override the
            settings for a group of them.

    A parameter without a gradient stays as it is, and so does its state. Complex parameters move
    as the pairs of real numbers they are. Nothing is checked about the gradients' values; see
    `clip_grad_norm_`.

    Attributes:
        param_groups: a dict for each group, with "params" and the settings, which may be changed.
        state: for each parameter that has moved, a dict of arrays and numbers.

    A subclass lists its settings (see `nn.settings`) and defines `update`, which writes into its
    arguments, and, if it remembers arrays, `buffers`:

    >>> class Momentum(Optimizer):
    ...     lr: float = 0.1
    ...
    ...     def buffers(self, group):
    ...         return {"m": 0.0}
    ...
    ...     def update(self, w, g, s, group):
    ...         s["m"] *= 0.9
    ...         s["m"] += g
    ...         w -= group["lr"] * s["m"]

    Raises:
        OperationError: there is nothing to train, a parameter stands twice or is not a variable,
            or a setting is out of range.
        ArgumentTypeError: a parameter is not a Tensor, or there is no such setting.
    """

    params: Iterable[Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in cls.settings.keys() & vars(cls).keys():
            delattr(cls, name)  # a setting is its group's: `optimizer.lr` would be the default

    def __init__(self, params: Iterable[Any], *args: Any, **settings: Any) -> None:
        defaults = self.configured((params, *args), settings)
        del defaults["params"]
        if isinstance(params, Set):
            raise ArgumentTypeError(
                f"{self.name}: a set of parameters has another order each time, so that no state "
                "could be loaded; pass a list"
            )
        if isinstance(params, Tensor) or not isinstance(params, Iterable):
            raise ArgumentTypeError(
                f"{self.name}: expected a list of parameters, got {type(params).__name__}; "
                "pass model.parameters(), or [w] for one tensor"
            )
        given = list(params)
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        for group in given if given and isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)
        if not self._parameters():
            raise OperationError(
                f"{self.name}: there are no parameters to train "
                "(a generator such as model.parameters() can be used only once)"
            )

    @property
    def name(self) -> str:
        return type(self).__name__

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Train more parameters: a dict with "params" and, as wanted, settings.

        Raises: as the constructor.
        """
        if not isinstance(group, dict) or "params" not in group:
            raise ArgumentTypeError(
                f"{self.name}: a group is a dict with 'params', got {type(group).__name__} "
                f"{list(group) if isinstance(group, dict) else ''}"
            )
        params = group["params"]
        if not isinstance(params, Iterable) or isinstance(params, Set):
            raise ArgumentTypeError(
                f"{self.name}: 'params' must be a list of Tensors, got {type(params).__name__}"
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        group = {**self.defaults, **group, "params": params}
        known = set(map(id, self._parameters()))
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise ArgumentTypeError(
                    f"{self.name}: expected Tensors, got {type(parameter).__name__}; "
                    "pass model.parameters()"
                )
            if not (isinstance(parameter, Parameter) or parameter.is_variable):
                raise OperationError(
                    f"{self.name}: a tensor of shape {parameter.shape} is not a variable, "
                    "so it would never move; make it with requires_grad=True"
                )
            if id(parameter) in known:
                raise OperationError(f"{self.name}: a parameter was given twice")
            known.add(id(parameter))
        self.check(group)
        self.param_groups.append(group)

    def check(self, group: dict[str, Any]) -> None:
        """Raise OperationError unless all settings of a group are known and in range."""
        unknown = group.keys() - self.defaults.keys() - {"params", "initial_lr"}
        if unknown:
            raise OperationError(
                f"{self.name}: unknown setting {', '.join(map(repr, sorted(unknown)))}; "
                f"there are {', '.join(self.defaults)}"
            )
        for name in group.keys() & self.defaults.keys():
            self.settings[name].check(self.name, group[name])

    def __repr__(self) -> str:
        lines = [
            f"  {len(group['params'])} parameters: "
            + ", ".join(f"{name}={value!r}" for name, value in group.items() if name != "params")
            for group in self.param_groups
        ]
        return f"{self.name}(\n" + "\n".join(lines) + "\n)"

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self._parameters():
            if parameter.requires_grad:
                parameter.grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient.

        closure: computes the loss and its gradients, first. Returns what it returns.
        """
        loss = None
        if closure is not None:
            if not callable(closure):
                raise ArgumentTypeError(
                    f"{self.name}: step takes nothing, or a function that computes the loss; got "
                    f"{type(closure).__name__}"
                )
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is not None:
                    self._move(parameter, value_of(gradient), group)
        return loss

    def _move(self, parameter: Tensor, gradient: Any, group: dict[str, Any]) -> None:
        """One step of one parameter: its arrays side by side through `update`."""
        value = parameter.writable()
        state = self.state.setdefault(parameter, {"step": 0})
        views = {}
        for name, start in self.buffers(group).items():
            if name not in state:
                state[name] = np.empty_like(value, order="C")
                flat(state[name]).fill(start)
            elif state[name].dtype != value.dtype:  # the model was converted
                state[name] = state[name].astype(value.dtype)
            views[name] = flat(state[name])
        self.advance(state, group)
        decay = group.get("weight_decay", 0)
        if decay and not decays(parameter, group):
            decay = 0
        decoupled = group.get("decoupled_weight_decay")
        line = flat(value)
        for w, g, s in chunks(line, flat(gradient), state, views):
            if group.get("maximize"):
                g = -g
            if decay and decoupled:
                w *= 1 - group["lr"] * decay
            elif decay:
                g = g + decay * w
            if self.update(w, g, s, group) is not None:
                raise OperationError(
                    f"{self.name}: update writes into w (w -= ...) and returns nothing"
                )
        if not value.flags.c_contiguous:  # then `line` is a copy
            value[...] = line.view(value.dtype).reshape(value.shape)

    def buffers(self, group: dict[str, Any]) -> dict[str, float]:
        """The arrays of a parameter's shape to keep, by name, with what they contain at first."""
        return {}

    def advance(self, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change the numbers in a parameter's state, once a step: "step" counts from 1."""
        state["step"] += 1

    def update(self, w: np.ndarray, g: np.ndarray, s: dict[str, Any], group: dict[str, Any]) -> Any:
        """Move w along its gradient g, in place, and change the arrays in s, in place.

        w, g and the arrays are 1-d and of one length: a parameter, or a piece of a large one.
        """
        raise ArgumentTypeError(f"{self.name} does not define update")

    # -- saving and resuming ---------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything needed to go on, laid out as PyTorch does.

        "state" has the arrays and numbers of each parameter under its place in the list of all
        parameters; "param_groups" has the settings, and the places of the parameters.
        """
        place = {id(parameter): k for k, parameter in enumerate(self._parameters())}
        return {
            "state": {place[id(p)]: deepcopy(entry) for p, entry in self.state.items()},
            "param_groups": [
                {**group, "params": [place[id(p)] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave, or from that of PyTorch's optimizer of this name.

        Parameters are matched by their order. Nothing is changed unless everything fits.

        Raises:
            StateError: groups, names or shapes differ.
            OperationError: a setting is out of range.
        """
        if not isinstance(state, Mapping) or not state.keys() >= {"state", "param_groups"}:
            found = sorted(state) if isinstance(state, Mapping) else type(state).__name__
            raise StateError(f"{self.name}: a state has 'state' and 'param_groups', got {found}")
        given = state["param_groups"]
        here, there = ([len(g["params"]) for g in groups] for groups in (self.param_groups, given))
        if here != there:
            raise StateError(
                f"{self.name}: expected the state of groups of {here} parameters, "
                f"got groups of {there}"
            )
        groups, entries, problems = [], {}, []
        for own, other in zip(self.param_groups, given, strict=True):
            known = [name for name in (*self.defaults, "initial_lr") if name in other]
            group = own | {name: plain_setting(other[name]) for name in known}
            self.check(group)
            groups.append(group)
            for parameter, place in zip(own["params"], other["params"], strict=True):
                if place in state["state"]:
                    try:
                        entries[parameter] = self.restored(parameter, state["state"][place], group)
                    except StateError as error:
                        problems.append(f"parameter {place}: {error}")
        if problems:
            raise StateError(f"the state does not fit {self.name}:\n  " + "\n  ".join(problems))
        for own, group in zip(self.param_groups, groups, strict=True):
            own.update(group)
        self.state = entries

    def restored(
        self, parameter: Tensor, entry: dict[str, Any], group: dict[str, Any]
    ) -> dict[str, Any]:
        """One parameter's part of a state as `_move` keeps it.

        Raises StateError if an array is missing or has another shape.
        """
        # A state that counts no steps (of PyTorch's SGD) exists because there was one.
        result: dict[str, Any] = {"step": 1}
        arrays, unexpected = self.buffers(group), []
        for name, value in entry.items():
            if value is None:  # PyTorch's word for an array that there is not
                continue
            if name not in arrays and np.ndim(unwrapped(value)) == 0:
                result[name] = unwrapped(value)
            elif name not in arrays:
                unexpected.append(name)
            elif np.shape(value) == parameter.shape:
                result[name] = np.array(np.asarray(value), parameter.dtype, order="C")
            else:
                raise StateError(
                    f"{name}: expected shape {parameter.shape}, got {tuple(np.shape(value))}"
                )
        problems = {"missing": sorted(arrays.keys() - result.keys()), "unexpected": unexpected}
        if any(problems.values()):
            raise StateError(
                "; ".join(
                    f"{what}: {', '.join(names)}" for what, names in problems.items() if names
                )
            )
        return result


class Decaying(Optimizer):
    """Base class of optimizers with weight decay, and a direction.

    Args:
        weight_decay: λ of the penalty ½ λ |w|², whose gradient λ w is added to the gradient.
            Decoupled (AdamW, Lion), w is scaled by 1 - lr · λ instead, beside the step.
        decay: which parameters weight_decay is about. "weights" (the default) leaves out biases
            and the scales of normalisations, which it would only hold back from what they are
            for: the parameters of a module with at most one axis, or with "bias" or "scale" in
            their name. A `Parameter` without a name (one that is in no module) and a plain
            Tensor are not left out. "all" leaves out nothing, as PyTorch does.
        maximize: climb instead of descending.
    """

    maximize: bool = field(default=False, kw_only=True)
    decay: Literal["weights", "all"] = field(default="weights", kw_only=True)


def decays(parameter: Tensor, group: dict[str, Any]) -> bool:
    """Whether weight decay applies to a parameter; see `Decaying`."""
    if group.get("decay") != "weights" or not isinstance(parameter, Parameter):
        return True
    return parameter.name is None or is_weight(parameter)  # a module names what it has


def plain_setting(value: Any) -> Any:
    """A setting of PyTorch's optimizers, where a number may be a tensor."""
    return value.item() if hasattr(value, "item") else value


def unwrapped(value: Any) -> Any:
    """A copy in Python's numbers and NumPy's arrays, of PyTorch's tensors too."""
    if isinstance(value, list):
        return [unwrapped(item) for item in value]
    array = np.asarray(value).copy()
    return array if array.ndim else array.item()


def flat(array: np.ndarray | np.generic) -> np.ndarray:
    """The numbers of an array in a row, complex ones in two places: its memory, where it can be."""
    line = array.ravel()
    return line.view(f"f{line.itemsize // 2}") if line.dtype.kind == "c" else line


def chunks(
    w: np.ndarray, g: np.ndarray, state: dict[str, Any], views: dict[str, np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, dict[str, Any]]]:
    """The arrays piece by piece, side by side; those of `views` take their place in the state."""
    if w.nbytes <= CHUNK:
        yield w, g, {**state, **views}
        return
    length = CHUNK // w.itemsize
    for start in range(0, w.size, length):
        piece = slice(start, start + length)
        yield w[piece], g[piece], {**state, **{name: view[piece] for name, view in views.items()}}


def blend(average: np.ndarray, new: np.ndarray, keep: float, out: Any = None) -> None:
    """average ← keep · average + (1 - keep) · new, in place. `out`: scratch memory, or None."""
    average *= keep
    average += np.multiply(new, 1 - keep, out=out)
