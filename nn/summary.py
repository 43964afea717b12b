"""What a model consists of and what one call of it costs, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import REGISTRY, Node, Primitive, Tensor, topological_order
from autograd_core.extend import current_mode, tree_leaves, tree_map, value_of
from nn.checks import is_integer
from nn.module import Module, evaluating

Shape = tuple[int, ...]


def contracted(y: Shape, a: Shape, b: Shape, a_axes: Any, b_axes: Any, axes: Any) -> int:
    """All combinations of the labels of an einsum of two operands, if it sums over any."""
    sizes = dict(zip((*a_axes, *b_axes), (*a, *b), strict=True))
    return prod(sizes.values()) if set(sizes) - set(axes) else 0


MULTIPLY_ADDS: dict[Primitive, Callable[..., int]] = {
    REGISTRY["affine"]: lambda y, x, w, b: prod(y) * w[1],
    REGISTRY["matmul"]: lambda y, a, b: prod(y) * a[-1],
    REGISTRY["einsum"]: contracted,
    REGISTRY["conv"]: lambda y, x, w, **options: prod(y) * prod(w[1:]),
    REGISTRY["conv_affine"]: lambda y, x, w, b, **options: prod(y) * prod(w[1:]),
    REGISTRY["conv_input"]: lambda y, h, w, **options: prod(h) * prod(w[1:]),
    REGISTRY["convolve_valid"]: lambda y, a, v: prod(y) * v[0],
}
"""Of each operation that sums products: how many, from the shapes of its result and operands."""


@dataclass
class Row:
    """One call of a module, or a module that was not called (`output` is None).

    `parameters`, `multiply_adds` and `memory` are those of the module itself, without its
    sub-modules, and are 0 where they are counted in another row.
    """

    path: str
    kind: str
    output: Any = None
    parameters: int = 0
    multiply_adds: int = 0
    memory: int = 0


@dataclass
class Summary:
    """The rows, in the order of the calls, and the totals. Prints as a table.

    Memory is in bytes: of a row, of the outputs that it makes (an output that is passed on, or a
    view of another, costs nothing); in total also that of parameters and buffers.
    """

    rows: list[Row]
    parameters: int
    trainable_parameters: int
    multiply_adds: int
    output_memory: int
    parameter_memory: int
    buffer_memory: int

    @property
    def memory(self) -> int:
        return self.output_memory + self.parameter_memory + self.buffer_memory

    def __str__(self) -> str:
        heads = ["layer", "output shape", "parameters", "multiply-adds", "memory (bytes)"]
        paths = {row.path for row in self.rows}
        cells = [[*cells_of(row, paths)] for row in self.rows]
        totals = ["total", "", self.parameters, self.multiply_adds, self.output_memory]
        cells.append([cell if isinstance(cell, str) else f"{cell:,}" for cell in totals])
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        lines = [
            "  ".join(
                [cell.ljust(w) if k < 2 else cell.rjust(w) for k, (cell, w) in enumerate(pairs)]
            ).rstrip()
            for pairs in (list(zip(line, widths, strict=True)) for line in (heads, *cells))
        ]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        frozen = self.parameters - self.trainable_parameters
        return "\n".join(
            [
                *(lines[0], rule, *lines[1:-1], rule, lines[-1]),
                f"parameters: {self.trainable_parameters:,} trainable, {frozen:,} frozen",
                f"memory: {self.memory:,} bytes = outputs {self.output_memory:,} + parameters "
                f"{self.parameter_memory:,} + buffers {self.buffer_memory:,}",
            ]
        )

    __repr__ = __str__


def cells_of(row: Row, paths: set[str]) -> Iterator[str]:
    """The cells of a row: its path from the nearest row around it, indented, and so on."""
    ends = [k for k, letter in enumerate(row.path) if letter == "." and row.path[:k] in paths]
    depth = len(ends) + ("" in paths and row.path != "")
    name = row.path[ends[-1] + 1 :] if ends else row.path
    yield "  " * depth + (f"{name}: {row.kind}" if name else row.kind)
    yield "not called" if row.output is None else str(row.output)
    for number in (row.parameters, row.multiply_adds, row.memory):
        yield f"{number:,}" if number else ""


def summary(model: Module, inputs: Any) -> Summary:
    """Call the model once, in evaluation mode, and list its layers: path and type, output shape,
    parameters, multiply-adds, memory of the outputs. Custom modules need nothing special.

    Args:
        model: any Module; it is left as it was.
        inputs: an example: an array or Tensor, or a tuple of them for a model of several inputs.
            Or its shape with the batch axis, such as (1, 3, 32, 32), or a list of shapes: then
            the model is called on zeros of the dtype of its parameters.

    Multiply-adds are counted in the products that are recorded: matrix products, einsum,
    convolutions. Elementwise operations are not.

    Raises:
        ArgumentTypeError: `inputs` is none of these.
        Whatever the model raises on them.
    """
    if not isinstance(model, Module):
        raise ac.ArgumentTypeError(
            f"summary: expected a Module, got {model!r:.80}; nn.Sequential(function) makes one"
        )
    arguments = example(inputs, model)
    calls = Calls(model)
    for argument in arguments:
        calls.is_new(holder(value_of(argument)))  # a layer that passes it on makes nothing
    with calls.watching(), np.errstate(all="ignore"):
        model(*arguments)
    calls.count_products()
    calls.add_uncalled()
    parameters, buffers = list(model.parameters()), list(model.buffers())
    return Summary(
        calls.rows,
        sum(p.size for p in parameters),
        sum(p.size for p in parameters if p.requires_grad),
        sum(row.multiply_adds for row in calls.rows),
        sum(row.memory for row in calls.rows),
        sum(p.nbytes for p in parameters),
        sum(b.nbytes for b in buffers),
    )


def example(inputs: Any, model: Module) -> list[Any]:
    """The arguments that `summary` was given, or zeros of the shapes that it was given."""
    if is_shape(inputs):
        inputs = [inputs]
    if isinstance(inputs, Sequence) and len(inputs) and all(map(is_shape, inputs)):
        dtypes = (p.dtype for p in model.parameters() if p.dtype.kind == "f")
        dtype = next(dtypes, np.dtype(np.float32))
        return [Tensor(np.zeros(shape, dtype), requires_grad=True) for shape in inputs]
    arguments: list[Any] = list(inputs) if isinstance(inputs, tuple) else [inputs]
    if not all(isinstance(x, np.ndarray | Tensor) for x in arguments):
        raise ac.ArgumentTypeError(
            "summary: expected an array, a tuple of arrays, or the shape of the input with its "
            f"batch axis, such as (1, 3, 32, 32); got {inputs!r}"
        )
    return [Tensor(value_of(x), requires_grad=x.dtype.kind == "f") for x in arguments]


def is_shape(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) > 0 and all(map(is_integer, value))


@dataclass
class Calls:
    """What happens while a model runs: a row for each call, and the nodes that it made."""

    model: Module
    rows: list[Row] = field(default_factory=list)
    scopes: dict[tuple[str, ...], Row] = field(default_factory=dict)
    results: list[Node] = field(default_factory=list)
    counted: dict[int, Any] = field(default_factory=dict)
    """What is in some row already, by id (so that ids stay taken): parameters, and arrays that
    hold inputs or outputs."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Every module in evaluation mode, recording everything and reporting its calls."""
        frozen = [p for p in self.model.parameters() if not p.requires_grad]
        with ExitStack() as context:
            for path, module in self.model.named_modules():
                row = self.opener(path, module)
                context.enter_context(module.register_forward_pre_hook(row))
                context.enter_context(module.register_forward_hook(self.close))
            context.enter_context(evaluating(self.model))
            for parameter in frozen:
                if parameter.dtype.kind == "f":
                    parameter.requires_grad_()
            try:
                with ac.enable_grad():
                    yield
            finally:
                for parameter in frozen:
                    parameter.requires_grad_(False)

    def opener(self, path: str, module: Module) -> Callable[..., None]:
        def open_row(module: Module, args: Any) -> None:
            row = self.new_row(path, module)
            self.scopes[current_mode().scope] = row

        return open_row

    def new_row(self, path: str, module: Module) -> Row:
        row = Row(path, type(module).__name__)
        for parameter in module.parameters(recurse=False):
            row.parameters += parameter.size if self.is_new(parameter) else 0
        self.rows.append(row)
        return row

    def close(self, module: Module, args: Any, output: Any) -> None:
        row = self.scopes[current_mode().scope]
        row.output = tree_map(np.shape, output)
        for leaf in tree_leaves(output):
            if isinstance(leaf, Tensor):
                self.results += [leaf.node] if leaf.node is not None else []
                leaf = value_of(leaf)
            if self.is_new(holder(leaf)):
                row.memory += getattr(leaf, "nbytes", 0)

    def is_new(self, thing: Any) -> bool:
        """Whether this is the first time that it is counted."""
        before = len(self.counted)
        self.counted[id(thing)] = thing
        return len(self.counted) > before

    def count_products(self) -> None:
        """Add the products behind all outputs to the rows of the modules that made them."""
        for node in topological_order(self.results):
            count = MULTIPLY_ADDS.get(node.primitive)
            row = self.scopes.get(node.scope)
            if count is not None and row is not None:
                options = {k: v for k, v in node.options.items() if k != "in_shapes"}
                row.multiply_adds += count(node.shape, *operand_shapes(node), **options)

    def add_uncalled(self) -> None:
        """Rows for modules that have parameters of their own but were not called."""
        for path, module in self.model.named_modules():
            if any(id(p) not in self.counted for p in module.parameters(recurse=False)):
                self.new_row(path, module)


def holder(array: Any) -> Any:
    """The array that owns an array's memory."""
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


def operand_shapes(node: Node) -> list[Shape]:
    """The shapes of a node's operands, constants among them."""
    sources = [
        node.constants[k] if parent is None and node.constants else parent
        for k, parent in enumerate(node.parents)
    ]
    return [getattr(source, "shape", ()) for source in sources]
