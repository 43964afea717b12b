"""Primitive: an operation with its derivative rules. Its calls are recorded here or, for the
elementwise operations of one and two operands, in `fast.py`.

`elementwise`, `linear` and `general` (in `declare.py`) declare an operation next to its
derivative; the tables in `derivatives/` are made of them, and a user's own operation is declared
the same way:

    @elementwise(lambda x, y: y + np.exp(x))
    def x_exp(x):
        return x * np.exp(x)

A rule is ordinary NumPy code; the names of its parameters say what it is given:

    an operand's name   its value
    y                   the operation's result
    an option's name    the option (axis, keepdims, ...)
    in_shape            the shape of the operand the rule is for
    in_shapes, i        all operands' shapes, and the operand's number (variadic operations)
    g or t (first)      the cotangent or tangent to apply it to, in linear and general rules

An operation with several results returns a tuple. Then y and g are tuples, and a rule for t
returns one.

Only values that a rule names stay alive until backward. Cotangents pair with perturbations as
dL = Re(sum(g * dx)), so rules for complex numbers need no conjugate; the engine conjugates
once where gradients leave it. It also reduces a cotangent to the shape of an operand that was
broadcast, casts it, and takes its real part for a real operand: rules never do that.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache
from inspect import Parameter, signature
from math import isfinite
from typing import Any

import numpy as np

from autograd_core.array import Array, value_of
from autograd_core.errors import (
    EXPLAINED,
    ArgumentTypeError,
    AutogradError,
    GraphError,
    ShapeError,
    UnsupportedError,
    explain,
)
from autograd_core.forward import Dual
from autograd_core.graph import MODE, SEVERAL, Leaf, Node
from autograd_core.operation import Operation
from autograd_core.tensor import Tensor, tensor_of

Rule = Callable[..., Any]

ARRAYS = (np.ndarray, np.generic)

FOREIGN = {list, tuple, np.matrix, np.ma.MaskedArray}
"""Types of operands that become arrays first, since their own operators differ from those."""

NO_OPTIONS: dict[str, Any] = {}


class Primitive(Operation):
    """An operation with a derivative rule.

    `rules[k]` is the rule for operand k as it was declared, or None where there is no
    derivative. `pulls[k](g, saved, node, k)` applies it to a cotangent; `pushes[k]`, the rule for
    tangents, is `rules[k]` unless another was declared, and `push_forward` applies it.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        kind: str,
        rules: Sequence[Rule | None],
        *,
        pushes: Sequence[Rule | None] | None = None,
        numpy: Any = (),
        joint: bool = False,
        singular: bool = False,
        name: str | None = None,
        fast: Callable[..., Any] | None = None,
        text: Sequence[str] | None = None,
        part: bool = False,
    ) -> None:
        super().__init__(function, numpy, name)
        wrong = [r for r in (*rules, *(pushes or ())) if not (r is None or callable(r))]
        if wrong:
            raise ArgumentTypeError(
                f"{self.name}: a derivative rule is a function, or None; got {wrong[0]!r:.60}"
            )
        self.kind = kind
        self.rules = tuple(rules)
        self.joint, self.is_part = joint, part
        self.times = guarded_product if singular else operator.mul
        self.fast = fast or function
        self.text = text
        self._read_signature(function)
        if self.variadic:
            self.slots = {"y": -1}
        else:
            self.slots = {name: k for k, name in enumerate((*self.operands, "y"))}
        make_pull = self._elementwise_pull if kind == "elementwise" else self._pull
        self.pulls = tuple(rule and make_pull(rule) for rule in self.rules)
        self.pushes = self.rules if pushes is None else tuple(pushes)
        skip = 0 if kind == "elementwise" else 1  # the cotangent
        named = [names_of(rule)[skip:] if rule else () for rule in self.rules]
        self.needs = [
            frozenset(self.slots[name] for name in names if name in self.slots) for names in named
        ]
        self.needs_shapes = any("in_shapes" in names for names in named)
        self._keep: dict[tuple[bool, ...], tuple[bool, ...]] = {}
        self.register()  # last: a mistaken declaration leaves nothing behind

    def _read_signature(self, function: Callable[..., Any]) -> None:
        """Find the names of the operands, and the options with their defaults."""
        self.defaults: dict[str, Any] = {}
        self.variadic = False
        if isinstance(function, np.ufunc):
            self.operands = ("x",) if function.nin == 1 else ("a", "b", "c")[: function.nin]
            if function.nin != len(self.rules):
                raise ArgumentTypeError(
                    f"{self.name} has {function.nin} operand(s), {len(self.rules)} derivative(s) "
                    "were declared; None stands for one that is not differentiated"
                )
            return
        parameters = list(signature(function).parameters.values())
        self.variadic = parameters[0].kind is Parameter.VAR_POSITIONAL
        arity = 1 if self.variadic else len(self.rules)
        self.operands = tuple(parameter.name for parameter in parameters[:arity])
        self.defaults = {parameter.name: parameter.default for parameter in parameters[arity:]}

    # -- calling -----------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or self.defaults or self.variadic or len(args) != len(self.operands):
            operands, options = self.bind(args, kwargs)
        else:
            operands, options = args, NO_OPTIONS
        return self.apply(operands, options)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Sort a call's arguments into operands and options."""
        arity = len(self.operands)
        operands = args[:arity]
        for name in self.operands[len(operands) :]:
            if name not in kwargs:
                raise ArgumentTypeError(
                    f"{self.name} takes {arity} operand(s) ({', '.join(self.operands)}), "
                    f"got {len(operands)}"
                )
            operands = (*operands, kwargs[name])
        options = self.bound_options(args[arity:], kwargs)
        return (tuple(operands[0]) if self.variadic else operands), options

    def bound_options(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """All options, given the arguments after the operands; Tensors among them as arrays."""
        given = dict(zip(self.defaults, args, strict=False))
        if len(args) > len(self.defaults) or not given.keys().isdisjoint(kwargs):
            raise ArgumentTypeError(
                f"{self.name} got too many positional arguments, or one of them twice; "
                f"it takes ({', '.join((*self.operands, *self.defaults))})"
            )
        given |= {name: value for name, value in kwargs.items() if name not in self.operands}
        if not given.keys() <= self.defaults.keys():
            unknown = ", ".join(sorted(given.keys() - self.defaults.keys()))
            raise UnsupportedError(
                f"{self.name} does not support {unknown}; "
                f"its options are: {', '.join(self.defaults) or 'none'}"
            )
        options = self.defaults | given
        missing = [name for name, value in options.items() if value is Parameter.empty]
        if missing:
            raise ArgumentTypeError(f"{self.name} needs the argument(s) {', '.join(missing)}")
        for name, value in options.items():
            if isinstance(value, Array):
                if is_differentiated(value):
                    raise ArgumentTypeError(
                        f"{self.name}: the gradient of {name} would be lost: there is no "
                        f"derivative with respect to it, only to {', '.join(self.operands)}; "
                        f"use .detach() if {name} is meant to be a constant"
                    )
                options[name] = value._value
        return options

    def apply(self, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        """Compute, and record what a derivative will need."""
        values, parents = [], []
        any_tensor = False
        for operand in operands:
            if isinstance(operand, Tensor):
                any_tensor = True
                values.append(operand._value)
                parents.append(operand._node)
            elif isinstance(operand, Dual):
                return push_forward(self, operands, options)
            else:
                values.append(plain_operand(operand) if type(operand) in FOREIGN else operand)
                parents.append(None)
        try:
            y = self.function(*values, **options)
        except EXPLAINED as error:
            raise explain(self.name, values, error) from error
        if not any_tensor:
            return y
        mode = MODE.get()
        recording = mode.recording and any(parents)
        if isinstance(y, tuple):
            node = self.record(operands, values, parents, y, options, mode) if recording else None
            return unpacked(y, node)
        if not isinstance(y, ARRAYS):
            y = np.asarray(y)[()]
        if not recording or y.dtype.kind not in "fc":  # integers have no derivative
            return tensor_of(y, None)
        return tensor_of(y, self.record(operands, values, parents, y, options, mode))

    def record(self, operands, values, parents, y, options, mode) -> Node:
        """The node of one call, with what its rules will need."""
        if self.needs_shapes:
            options = options | {"in_shapes": tuple(map(np.shape, values))}
        keep = self.kept_slots(parents)
        if isinstance(y, tuple):
            keep = (*keep[:-1], True)  # backward needs the shapes of all results
        constants = None
        if None in parents:
            constants = tuple(
                [
                    constant_of(operand) if parent is None else None
                    for operand, parent in zip(operands, parents, strict=True)
                ]
            )
            values = [
                own(value) if kept and value is operand else value
                for value, kept, operand in zip(values, keep, operands, strict=False)
            ]
        saved = tuple([v if kept else None for v, kept in zip((*values, y), keep, strict=True)])
        options = {name: own(value) for name, value in options.items()} if options else NO_OPTIONS
        form = SEVERAL if isinstance(y, tuple) else y
        return Node(self, tuple(parents), saved, form, options, constants, mode)

    def kept_slots(self, parents: Sequence[Node | None]) -> tuple[bool, ...]:
        """Whether each operand and the result must be saved, given which operands have parents."""
        wants = tuple([parent is not None for parent in parents])
        keep = self._keep.get(wants)
        if keep is None:
            size = len(wants) + 1
            needs = self.needs * len(wants) if self.variadic else self.needs
            slots = {
                slot % size
                for want, need in zip(wants, needs, strict=True)
                for slot in need
                if want
            }
            keep = self._keep[wants] = tuple(slot in slots for slot in range(size))
        return keep

    def on_graph(self, node: Node, tied: bool = True) -> tuple[Any, ...]:
        """A node's saved values as Tensors on the nodes they came from, to differentiate again.

        `tied=False`: as constants.
        """
        saved = node.saved
        sources = (*node.parents, node) if tied else (None,) * len(saved)
        if saved and isinstance(saved[-1], tuple):
            saved = (*saved[:-1], unpacked(saved[-1], sources[-1]))
        return tuple(
            [
                tensor_of(value, source) if isinstance(value, ARRAYS) else value
                for value, source in zip(saved, sources, strict=False)
            ]
        )

    # -- rules -------------------------------------------------------------------------------

    def arguments(self, names, slots, options, shape, k) -> list[Any]:
        """The values that a rule's parameters name."""
        arguments = []
        for name in names:
            if name in self.slots:
                arguments.append(slots[self.slots[name]])
            elif name == "in_shape":
                arguments.append(shape)
            elif name == "i":
                arguments.append(k)
            else:
                arguments.append(options[name])
        return arguments

    def _pull(self, rule: Rule) -> Rule:
        names = names_of(rule)[1:]
        if len(names) == 1 and names[0] in self.slots:
            slot = self.slots[names[0]]
            return lambda g, saved, node, k: rule(g, saved[slot])

        def pull(g, saved, node, k):
            return rule(g, *self.arguments(names, saved, node.options, node.parents[k].shape, k))

        return pull

    def _elementwise_pull(self, rule: Rule) -> Rule:
        """g times the local derivative. The short forms are the hot loop of scalar graphs."""
        names, times = names_of(rule), self.times
        if not names:
            derivative = rule()
            if derivative == 1:
                return lambda g, saved, node, k: g
            if derivative == -1:
                return lambda g, saved, node, k: -g
            return lambda g, saved, node, k: g * derivative
        if len(names) == 1 and names[0] in self.slots:
            slot = self.slots[names[0]]
            return lambda g, saved, node, k: times(g, rule(saved[slot]))

        def pull(g, saved, node, k):
            shape = node.parents[k].shape
            return times(g, rule(*self.arguments(names, saved, node.options, shape, k)))

        return pull

    def push(self, primals: Sequence[Any], tangents: Sequence[Any], y: Any, options: dict) -> Any:
        """The tangent of the result: the Jacobian-vector product."""
        if self.joint:
            rules = self.rules * len(primals) if self.variadic else self.rules
            moved = [  # an operand without a rule, such as a condition, does not move
                primal if rule is None else np.zeros_like(primal) if tangent is None else tangent
                for primal, tangent, rule in zip(primals, tangents, rules, strict=True)
            ]
            return self.apply(moved, options)
        total = None
        slots = (*primals, y)
        for k, tangent in enumerate(tangents):
            rule = self.pushes[k]
            if tangent is None or rule is None:
                continue
            if self.kind == "linear":
                term = self.apply((*primals[:k], tangent, *primals[k + 1 :]), options)
            else:
                names = names_of(rule)
                shape = np.shape(primals[k])
                if self.kind == "elementwise":
                    derivative = rule(*self.arguments(names, slots, options, shape, k))
                    term = self.times(tangent, derivative)
                else:
                    term = rule(tangent, *self.arguments(names[1:], slots, options, shape, k))
            if total is None:
                total = term
            elif isinstance(y, tuple):
                total = tuple(map(operator.add, total, term))
            else:
                total = total + term
        return np.zeros_like(y) if total is None else total


def push_forward(primitive: Primitive, operands: Sequence[Any], options: dict[str, Any]) -> Any:
    """Apply an operation to operands some of which are Duals."""
    operands = [plain_operand(x) if type(x) in FOREIGN else x for x in operands]
    level = max(operand.level for operand in operands if isinstance(operand, Dual))
    primals, tangents = [], []
    for operand in operands:
        inside = isinstance(operand, Dual) and operand.level == level
        primals.append(operand.primal if inside else operand)
        tangents.append(operand.tangent if inside else None)
    y = primitive.apply(primals, options)
    several = isinstance(y, tuple)
    results = [r if hasattr(r, "shape") else np.asarray(r)[()] for r in (y if several else (y,))]
    if not any(result.dtype.kind in "fc" for result in results):
        return y  # integers and booleans have no derivative
    try:
        with np.errstate(all="ignore"):
            pushed = primitive.push(primals, tangents, y if several else results[0], options)
        duals = [
            paired(result, tangent, level, primitive.kind)
            for result, tangent in zip(results, pushed if several else (pushed,), strict=True)
        ]
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        kind = type(error) if isinstance(error, AutogradError) else GraphError
        raise kind(f"the forward rule of {primitive.name} failed: {error}") from error
    if not several:
        return duals[0]
    return type(y)(*duals) if hasattr(y, "_fields") else tuple(duals)


def paired(y: Any, tangent: Any, level: int, kind: str) -> Any:
    """A result with its tangent; one that is not floating has none."""
    if y.dtype.kind not in "fc":
        return y
    if np.shape(tangent) != y.shape and kind == "general":
        raise ShapeError(f"it returned shape {np.shape(tangent)} instead of {y.shape}")
    return Dual(y, tangent, level)


def unpacked(results: tuple[Any, ...], node: Node | None) -> tuple[Any, ...]:
    """Several results as Tensors, each on a node of its own that has `node` as parent."""
    tensors = []
    for k, value in enumerate(results):
        behind = None
        if node is not None and value.dtype.kind in "fc":
            behind = Node(part, (node,), (), value, {"index": k}, None, MODE.get())
        tensors.append(tensor_of(value, behind))
    return type(results)(*tensors) if hasattr(results, "_fields") else tuple(tensors)


def is_differentiated(value: Any) -> bool:
    """Whether `value` is a Dual, or a Tensor that requires a gradient."""
    return isinstance(value, Dual) or (isinstance(value, Tensor) and value.requires_grad)


def plain_operand(operand: Any) -> np.ndarray:
    """A list, tuple or matrix as an array; a masked array too, if nothing in it is masked."""
    if np.ma.is_masked(operand):
        raise ArgumentTypeError(
            "a masked array would lose its mask; use x.filled(value), or where= in a reduction"
        )
    return np.asarray(operand)


def own(value: Any) -> Any:
    """A copy of an array (or of those in a list): the caller may change it later, the graph keeps
    the old value."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(own, value))
    return value


def guarded_product(g: Any, derivative: Any) -> Any:
    """g * derivative, where a zero g meets an infinite or NaN derivative as 0.

    This is what keeps the dead branch of `where(x > 0, log(x), 0)` free of NaN.
    """
    product = g * derivative
    if type(derivative) is float and isfinite(derivative):
        return product
    value = value_of(product)
    total = np.vdot(value, value) if value.ndim else value  # the cheapest pass that meets a NaN
    if total == total:
        return product
    dead = (g == 0) & ~np.isfinite(derivative)
    return g * np.where(dead, 0, derivative)


def constant_of(operand: Any) -> Any:
    """What a picture shows for an operand that has no gradient."""
    if type(operand) in (int, float, complex, bool) or operand is None:
        return operand
    if isinstance(operand, Tensor):
        return operand.source()
    return Leaf(np.asarray(operand), requires_grad=False)


@cache
def names_of(rule: Rule) -> tuple[str, ...]:
    return tuple(signature(rule).parameters)


part = Primitive(
    lambda results, index: results[index], "linear", [lambda g: g], name="part", part=True
)
"""One of several results. Its node passes the cotangent on together with its index."""
