"""Tensor: an array and the node of the graph that it came from."""

from __future__ import annotations

from sys import getrefcount
from threading import Lock
from typing import Any
from warnings import warn

import numpy as np

from autograd_core.array import Array, cast, checked_array, require_inexact, value_of
from autograd_core.backward import conjugated, pull_back
from autograd_core.errors import (
    AutogradError,
    ConversionError,
    DTypeError,
    GraphError,
    InPlaceError,
    ShapeError,
)
from autograd_core.graph import MODE, Leaf, Node
from autograd_core.pickling import deep_copy, reduce_tensor
from autograd_core.registry import METHODS

ADDING = Lock()
"""Held while a gradient is added to a variable's `grad`: threads may share variables."""


class Tensor(Array):
    """An array that records what is computed from it.

    Args:
        data: anything `numpy.array` takes; it is copied. `as_tensor` shares memory instead.
        dtype: dtype of the copy, for numbers or booleans; NumPy's choice if None.
        requires_grad: make it a variable, to whose `grad` `backward()` adds. Needs a floating
            or complex dtype.
        name: shown in pictures and messages.

    Raises:
        DTypeError: the data are not numbers, or not floating where a gradient is required.
        ConversionError: the data contain a tensor that is being differentiated.

    Tensors compare elementwise with `==`, as arrays do, and hash by identity.
    """

    __slots__ = ("__weakref__", "_node", "_source", "_value")
    __array_priority__ = 1000

    _value: Any
    _node: Node | None
    _source: Leaf

    def __init__(
        self,
        data: Any,
        dtype: Any = None,
        *,
        requires_grad: bool = False,
        name: str | None = None,
    ) -> None:
        self._value = checked_array(data, dtype, copy=True)
        self._node = None
        if requires_grad:
            self.requires_grad_()
        if name is not None:
            self.name = name

    # -- the value -----------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """The value as a read-only array (a view: nothing is copied).

        Assigning replaces the value, outside the graph; the shape must stay the same.
        """
        return self.numpy()

    @data.setter
    def data(self, value: Any) -> None:
        value = np.asarray(value_of(value), dtype=self.dtype)
        if value.shape != self.shape:
            raise ShapeError(f"data: expected shape {self.shape}, got {value.shape}")
        self.overwrite(value)

    def numpy(self) -> np.ndarray:
        """The value as a read-only array (a view: nothing is copied). Leaves the graph."""
        view = np.asarray(self._value).view()
        view.flags.writeable = False
        return view

    def detach(self) -> Tensor:
        """The same value (shared) as a constant."""
        return tensor_of(self._value, None)

    def overwrite(self, value: Any, where: Any = ...) -> None:
        """Change the value outside the graph: x[where] = value.

        A variable is written in place, and a graph that saved the old value refuses to run
        backward afterwards. Any other tensor gets a changed copy, so that no graph notices.
        """
        if self.is_variable:
            self.writable()[where] = value
        else:
            changed = np.array(self._value)
            changed[where] = value
            self._value = changed[()]

    def convert_(self, dtype: Any) -> None:
        """Change the dtype of a variable or constant in place; its gradient is dropped.

        Graphs that were made before still lead to it, and use the value they saved.
        """
        self._value = self._value.astype(dtype)
        leaf = self._node
        if isinstance(leaf, Leaf):
            leaf.dtype, leaf.grad = self._value.dtype, None
            leaf.value = None if leaf.value is None else self._value

    def writable(self) -> np.ndarray:
        """The memory of a variable, for an optimizer to write into immediately.

        Raises:
            GraphError: the tensor is not a variable.
        """
        leaf = self._node
        if not (isinstance(leaf, Leaf) and self.is_variable):
            raise GraphError("only a variable (requires_grad=True) can be written in place")
        shown, held = leaf.value is self._value, None
        if not is_owned(self._value) or holders(self) > ALONE + shown:
            # A graph, a view or another tensor holds this memory: leave it unchanged. Whether
            # it was a graph that needs the old value is for backward to find out.
            held, self._value = self._value, np.array(self._value)
            leaf.value = self._value if shown else leaf.value
        leaf.note_write(held)
        return self._value

    # -- the graph -----------------------------------------------------------------------------

    @property
    def node(self) -> Node | None:
        """The node of the graph that this value came from, or None for a constant."""
        return self._node

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, flag: bool = True) -> Tensor:
        """Make this tensor a variable, or (False) a constant. Returns the tensor.

        Raises:
            DTypeError: the dtype is neither floating nor complex.
            GraphError: the result of an operation cannot become a constant; use `detach()`.
        """
        if flag and self._node is None:
            require_inexact(self._value, "a tensor that requires a gradient")
            leaf = self.source()
            if (leaf.shape, leaf.dtype) != (self.shape, self.dtype):
                name, leaf = leaf.name, Leaf(self._value, self)
                leaf.name = name
            leaf.requires_grad = True  # a variable that was frozen goes on as the same one
            self._node = leaf
        elif not flag and self._node is not None:
            if not isinstance(self._node, Leaf):
                raise GraphError("this tensor is the result of an operation; use detach()")
            self._node.requires_grad, self._node.grad = False, None
            self._source, self._node = self._node, None
        return self

    @property
    def is_variable(self) -> bool:
        """Whether this tensor is itself a leaf that collects a gradient."""
        return isinstance(self._node, Leaf) and self._node.tensor() is self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self._node is None or isinstance(self._node, Leaf)

    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated by `backward()`; None before the first call.

        Variables have one, and so have results of operations after `retain_grad()`.
        """
        node = self._node
        if isinstance(node, Leaf):
            return node.grad
        if node is None:
            return None
        if node.retains_grad:
            return None if node.cotangent is None else tensor_of(np.conj(node.cotangent), None)
        warn(
            "this tensor is the result of an operation; its grad is kept only after retain_grad(). "
            "Gradients are collected by variables (requires_grad=True)",
            stacklevel=2,
        )
        return None

    @grad.setter
    def grad(self, value: Any) -> None:
        if not isinstance(self._node, Leaf):
            raise GraphError("only a variable (requires_grad=True) has a gradient to set")
        if value is not None:
            value = value if isinstance(value, Tensor) else Tensor(value, dtype=self.dtype)
            if value.shape != self.shape:
                raise ShapeError(f"grad: expected shape {self.shape}, got {value.shape}")
        self._node.grad = value

    def retain_grad(self) -> Tensor:
        """Make each `backward()` keep the gradient of this intermediate result as `grad`."""
        if self._node is None:
            raise GraphError("retain_grad: this tensor is a constant and gets no gradient")
        self._node.retains_grad = True
        return self

    def zero_grad(self) -> None:
        """Reset the accumulated gradient to None."""
        self.grad = None

    def backward(
        self, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add d tensor / d variable to the `grad` of every variable this tensor depends on.

        Args:
            gradient: the gradient to start from, of the tensor's shape. None stands for 1, and
                needs a tensor of one element.
            retain_graph: keep saved values, so that backward can run again.
            create_graph: record the pass itself, so that the gradients can be differentiated.
                Gradients then refer to the graph, and the graph to the variables that hold them:
                a cycle, until `grad` is reset. The functions `grad` and `vjp` make none.

        For a complex variable the gradient is the direction of steepest ascent.

        Raises:
            GraphError: nothing was recorded, or the graph was freed by an earlier backward.
            ShapeError: `gradient` has another shape, or is None for a tensor of several elements.
            DTypeError: `gradient` is None for a complex tensor.
            InPlaceError: a saved value was overwritten after it was recorded.
        """
        node = self._node
        if node is None:
            raise GraphError(
                "backward: nothing was recorded for this tensor. Either no operand had "
                "requires_grad=True, or it was computed inside no_grad(), or something on the "
                "way left the graph: .detach() or .numpy(), or an operation without a derivative "
                "(round, sign, argmax, a comparison, a cast to integers)"
            )
        seed = starting_gradient(self, gradient)
        if create_graph:
            found = pull_back({node: conjugated(seed)}, lift=on_graph)
        else:
            found = pull_back({node: conjugated(seed._value)}, retain_graph=retain_graph)
        for leaf, cotangent in found.items():
            if isinstance(leaf, Leaf) and leaf.requires_grad:
                if not isinstance(cotangent, Tensor):
                    cotangent = tensor_of(cotangent, None)
                cotangent = conjugated(cotangent)
                with ADDING:
                    leaf.grad = cotangent if leaf.grad is None else leaf.grad + cotangent

    @property
    def name(self) -> str | None:
        """The name of this tensor in pictures and messages."""
        node = self._node or getattr(self, "_source", None)
        return node.name if node is not None else None

    @name.setter
    def name(self, name: str | None) -> None:
        (self._node or self.source()).name = name

    def source(self) -> Leaf:
        """The node that represents this constant in pictures."""
        try:
            return self._source
        except AttributeError:
            self._source = Leaf(self._value, self, requires_grad=False)
            return self._source

    # -- copying -------------------------------------------------------------------------------

    def __copy__(self) -> Tensor:
        """Another Tensor with the same value, on the same graph."""
        return tensor_of(self._value, self._node)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return deep_copy(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        """Deep copies and pickles contain the graph; see `autograd_core.pickling`."""
        return reduce_tensor(self)

    # -- changing in place ---------------------------------------------------------------------

    def _rebind(self, result: Array) -> Tensor:
        """Become `result`: how `x += v` and `x[i] = v` stay differentiable."""
        if not isinstance(result, Tensor):
            raise InPlaceError(
                "a Tensor cannot hold a value of forward mode (a Dual): instead of filling a "
                "buffer use autograd_core.stack, or start from x * 0"
            )
        if self.is_variable:
            if MODE.get().recording:
                raise InPlaceError(
                    f"in-place change of the variable {self.name or ''}{list(self.shape)}: it "
                    "would replace the variable in the graph and leave it without a gradient. "
                    "Write y = x.copy() and change y, or wrap the change in no_grad() to "
                    "overwrite the value."
                )
            self.overwrite(result._value)
        else:
            self._value = result._value
            if result._node is not None or MODE.get().recording:
                self._node = result._node
        return self

    # -- leaving the graph ---------------------------------------------------------------------

    def _constant_value(self, to: str) -> Any:
        if self._node is not None:
            raise ConversionError(
                f"this tensor {list(self.shape)} is being differentiated; turning it into {to} "
                "would silently drop its gradient. To leave the graph on purpose, use .item() for "
                "a number, .numpy() or .detach() for an array; to stay on it, use NumPy's "
                "functions (np.sin, not math.sin), and autograd_core.stack([...]) to join tensors."
            )
        return self._value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self._constant_value("a NumPy array")
        if copy is False and not isinstance(value, np.ndarray):
            raise ValueError("a scalar tensor cannot become an array without a copy")
        if copy is False and dtype is not None and dtype != value.dtype:
            raise ValueError("cannot change the dtype without a copy")
        if copy or not isinstance(value, np.ndarray):
            return np.array(value, dtype=dtype)
        array = np.asarray(value, dtype=dtype)
        if array is value:
            array = value.view()
            array.flags.writeable = False
        return array

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule with a copy; with copy=False, with the tensor's own memory."""
        value = self._constant_value("a DLPack capsule")
        memory = np.asarray(value) if copy is False else np.array(value)
        return memory.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self) -> Any:
        return np.zeros(0).__dlpack_device__()

    def _number(self, kind: type) -> Any:
        value = self._constant_value(f"a Python {kind.__name__}")
        if value.size != 1:
            raise ShapeError(f"{kind.__name__}(): expected one element, got shape {self.shape}")
        return kind(value.item())

    def __float__(self) -> float:
        return self._number(float)

    def __int__(self) -> int:
        return self._number(int)

    def __complex__(self) -> complex:
        return self._number(complex)

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self.shape:
            raise DTypeError(
                f"only an integer scalar can be an index, got {self.dtype}{self.shape}"
            )
        return int(self._value)

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number. Leaves the graph."""
        if self._value.size != 1:
            raise ShapeError(f"item(): expected one element, got shape {self.shape}")
        return self._value.item()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def tolist(self) -> Any:
        """The values as nested Python lists. Leaves the graph."""
        return self._value.tolist()

    def __bool__(self) -> bool:
        if self._value.size != 1:
            raise ShapeError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous; "
                "use .any() or .all()"
            )
        return bool(self._value)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")
        if self._value.dtype not in (np.float64, np.int64, np.bool_):
            text += f", dtype={self._value.dtype}"
        if isinstance(self._node, Leaf):
            text += ", requires_grad=True"
        elif self._node is not None and self._node.primitive is not None:
            text += f", operation={self._node.primitive.name}"
        if self.name:
            text += f", name={self.name!r}"
        return f"Tensor({text})"

    def _repr_svg_(self) -> str | None:
        """In a notebook, the result of an operation shows its graph."""
        if self._node is None or isinstance(self._node, Leaf):
            return None
        try:
            return METHODS["draw"](self)._repr_svg_()
        except AutogradError:
            return None  # no renderer: the notebook shows the repr


new = object.__new__


def tensor_of(value: Any, node: Node | None) -> Tensor:
    """A Tensor of a value that the engine owns: no copy, no checks."""
    tensor = new(Tensor)
    tensor._value = value
    tensor._node = node
    return tensor


def on_graph(node: Node) -> tuple[Any, ...]:
    """A node's saved values as Tensors on their graph, for `create_graph`."""
    return node.primitive.on_graph(node)


def starting_gradient(tensor: Tensor, gradient: Any) -> Tensor:
    """The cotangent that `backward` starts from, checked: of the tensor's shape and dtype."""
    if gradient is None:
        if np.size(tensor._value) != 1:
            raise ShapeError(
                f"backward of a tensor of shape {tensor.shape} needs a starting gradient of that "
                "shape: reduce it to one number first, for example with .sum(), or pass gradient="
            )
        if tensor.dtype.kind == "c":
            raise DTypeError(
                "backward of a complex result needs a starting gradient; take its real part or "
                "absolute value first, or pass gradient="
            )
        return tensor_of(np.ones(tensor.shape, tensor.dtype)[()], None)
    if not isinstance(gradient, Tensor):
        gradient = Tensor(gradient, dtype=tensor.dtype)
    if gradient.shape != tensor.shape:
        raise ShapeError(f"backward: gradient has shape {gradient.shape}, not {tensor.shape}")
    return cast(gradient, tensor.dtype)


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """A constant Tensor that shares memory with `data` if possible; a Tensor is returned unchanged.

    The caller promises not to write into the array while a graph uses it: the engine cannot
    see such a write. `Tensor(data)` copies and is always safe.
    """
    if isinstance(data, Tensor) and (dtype is None or data.dtype == dtype):
        return data
    return tensor_of(checked_array(data, dtype), None)


# -- who holds a tensor's memory -----------------------------------------------------------------


def is_owned(value: Any) -> bool:
    """Whether `value` is an array with memory of its own, into which an optimizer may write."""
    return isinstance(value, np.ndarray) and value.base is None and value.flags.writeable


def holders(tensor: Tensor) -> int:
    """How many references to a tensor's memory there are, including those of this call."""
    value = tensor._value
    return getrefcount(value)


ALONE = holders(tensor_of(np.zeros(1), None))
"""`holders` of memory that only its tensor holds: measured, as versions of Python differ."""
