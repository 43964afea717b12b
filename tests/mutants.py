"""How `mutation.py` breaks derivative rules: the mutants, each a rule with one small change.

A rule is a function in one of the tables, or a helper that only rules use. `changes` is what can
happen to it: scaled, negated, a factor or a term or a conjugation left out, operands exchanged,
a comparison reversed, a constant moved. What computes the same by mathematics is listed in
`equivalent_mutants.py` and left out.
"""

import ast
import dis
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from equivalent_mutants import EQUIVALENT
from samples import DIFFERENTIABLE, OPERATIONS

from autograd_core.primitive import Primitive
from autograd_core.registry import COMPOSITES

# -- how a rule is broken ------------------------------------------------------------------------

BINARY = {
    ast.Add: ("a - b", "a", "b"),
    ast.Sub: ("a + b", "b - a", "a", "-b"),
    ast.Mult: ("a", "b"),
    ast.Div: ("a", "1 / b", "b / a"),
    ast.FloorDiv: ("a", "b // a"),
    ast.Mod: ("a", "b % a"),
    ast.Pow: ("a", "b ** a"),
    ast.MatMult: ("a", "b", "b @ a"),
    ast.BitAnd: ("a", "b", "a | b"),
    ast.BitOr: ("a", "b", "a & b"),
    ast.Lt: ("b < a",),
    ast.LtE: ("b <= a",),
    ast.Gt: ("b > a",),
    ast.GtE: ("b >= a",),
    ast.Eq: ("a != b",),
    ast.NotEq: ("a == b",),
    ast.Is: ("a is not b",),
    ast.IsNot: ("a is b",),
    ast.In: ("a not in b",),
    ast.NotIn: ("a in b",),
}
"""What stands in for an operation on a and b."""

ASSIGNMENTS = {
    ast.Add: ("-value", "0"),
    ast.Sub: ("-value", "0"),
    ast.Mult: ("1 / value", "1"),
    ast.Div: ("1 / value", "1"),
}
"""What stands in for the value of an assignment in place."""

SYMMETRIC = {
    "hypot",
    "minimum",
    "maximum",
    "multiply",
    "swapaxes",
    "convolve",
    "inner_over",
    "_times",
}
"""Functions of which neighbouring arguments may be exchanged."""

NOT_RULES = (ast.Raise, ast.JoinedStr, ast.arguments)
"""Parts of a rule's source that do not compute: messages, defaults."""


def filled(template: str, **parts: Any) -> Any:
    """The expression `template` with expressions for its names."""

    class Filling(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> Any:
            return parts.get(node.id, node)

    return Filling().visit(ast.parse(template, mode="eval").body)


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in for an expression."""
    match node:
        case ast.BinOp(a, op, b) | ast.Compare(a, [op], [b]):
            for template in BINARY.get(type(op), ()):
                yield filled(template, a=a, b=b)
        case ast.UnaryOp(_, a):
            yield a
        case ast.Call(ast.Name("mH"), [a], []):
            yield filled("mT(a)", a=a)
        case ast.Call(_, [a], []) if not isinstance(a, ast.Starred):
            yield a
        case ast.Call(function, args, keywords):
            name = getattr(function, "attr", getattr(function, "id", ""))
            for k in range(len(args) - 1 if name not in SYMMETRIC else 0):
                yield ast.Call(
                    function, [*args[:k], args[k + 1], args[k], *args[k + 2 :]], keywords
                )
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(float() | complex() as value):
            yield ast.Constant(2 * value if value else 1.0)


Place = tuple[Any, Any, Any]
"""A container, the key of an expression in it, and the expression to show it in."""


def places(node: Any, shown: Any = None) -> Iterator[Place]:
    """The places of the expressions below a node."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "decorator_list") or getattr(node, "arg", "") == "strict":
            continue
        container: Any = value if isinstance(value, list) else vars(node)
        for key in range(len(value)) if isinstance(value, list) else [name]:
            child = container[key]
            if isinstance(child, NOT_RULES):
                continue
            clear = isinstance(child, ast.BinOp | ast.Call | ast.Subscript | ast.IfExp)
            inside = child if clear or (not shown and isinstance(child, ast.Compare)) else shown
            if isinstance(child, ast.expr):
                yield container, key, child if inside is None else inside
            negative = isinstance(child, ast.UnaryOp) and isinstance(child.operand, ast.Constant)
            if isinstance(child, ast.AST) and not negative:
                yield from places(child, inside)


def results(node: Any) -> Iterator[Place]:
    """The places of a function's results, each of several separately."""
    returns = [vars(n) for n in ast.walk(node) if isinstance(n, ast.Return) and n.value]
    is_lambda = isinstance(node, ast.Lambda)
    for container, key in [(vars(node), "body")] if is_lambda else [(r, "value") for r in returns]:
        value = container[key]
        if isinstance(value, ast.Tuple):
            yield from ((value.elts, k, part) for k, part in enumerate(value.elts))
        else:
            yield container, key, value


def changes(node: Any) -> Iterator[tuple[int, str, str]]:
    """Change a function in place, in one way at a time: the line, before and after."""
    todo = [(*place, new) for place in places(node) for new in alternatives(place[0][place[1]])]
    for container, key, part in results(node):
        is_zero = getattr(part, "value", 1) == 0 or ast.unparse(part).startswith("np.zeros")
        if not isinstance(part, ast.Starred) and not is_zero:
            todo += [(container, key, part, filled(t, a=part)) for t in ("a * 1.1", "a * -1")]
    for step in (n for n in ast.walk(node) if isinstance(n, ast.AugAssign)):
        for template in ASSIGNMENTS.get(type(step.op), ()):
            todo.append((vars(step), "value", step, filled(template, value=step.value)))
    for container, key, shown, new in todo:
        old, before = container[key], ast.unparse(shown)
        container[key] = new
        yield shown.lineno, before, ast.unparse(new if old is shown else shown)
        container[key] = old
    for pair in pairwise(argument.arg for argument in node.args.args):
        used = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in pair]
        for turn in range(2):
            for name in used:
                name.id = pair[1 - pair.index(name.id)]
            if not turn and {name.id for name in used} == set(pair):
                yield node.lineno, " and ".join(pair), "exchanged"


# -- the functions that rules are made of --------------------------------------------------------


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function and of those inside."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def rules_of(operation: Primitive) -> list[Any]:
    return [*operation.rules, *operation.pushes]


def reached(functions: Iterable[Any], and_rules: bool = False) -> set[FunctionType]:
    """The functions in the tables that these are or call; also the rules of called operations."""
    found, todo = set(), list(functions)
    while todo:
        function = todo.pop()
        if and_rules and isinstance(function, Primitive):
            todo += rules_of(function)
        if not isinstance(function, FunctionType) or function in found:
            continue
        names = function.__globals__
        if names["__name__"].startswith("autograd_core.d"):  # derivatives, declare
            found.add(function)
            steps = [s for c in codes(function.__code__) for s in dis.get_instructions(c)]
            todo += [names.get(s.argval) for s in steps if s.opname == "LOAD_GLOBAL"]
            todo += [cell.cell_contents for cell in function.__closure__ or ()]
    return found


def rule_functions() -> dict[CodeType, tuple[set[FunctionType], set[str]]]:
    """By code: the functions that only rules use, and the names of the operations."""
    forward = reached([*(op.function for op in OPERATIONS.values()), *COMPOSITES.values()])
    found = defaultdict(lambda: (set(), set()))
    for name, operation in DIFFERENTIABLE.items():
        for function in reached(rules_of(operation), and_rules=True) - forward:
            functions, operations = found[function.__code__]
            functions.add(function)
            operations.add(name)
    return found


@cache
def parsed(file: str) -> list[Any]:
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.FunctionDef)]


def source_of(code: CodeType) -> Any:
    """The innermost function in the source around all of a code's expressions."""
    spans = [(p[0], p[2], p[1], p[3]) for p in code.co_positions() if all(p)]
    first, last = min(s[:2] for s in spans), max(s[2:] for s in spans)
    around = [
        node
        for node in parsed(code.co_filename)
        if getattr(node, "name", "<lambda>") == code.co_name
        and (node.lineno, node.col_offset) <= first
        and last <= (node.end_lineno, node.end_col_offset)
    ]
    return max(around, key=lambda node: (node.lineno, node.col_offset))


def compiled(node: Any, like: CodeType) -> CodeType:
    """The code of a function, with the variables around it that `like` uses."""
    outer: Any = ast.parse(f"def around({', '.join(like.co_freevars)}): pass")
    outer.body[0].body = [ast.Return(node) if isinstance(node, ast.Lambda) else node]
    code = compile(ast.fix_missing_locations(outer), like.co_filename, "exec", dont_inherit=True)
    inner = [c for c in codes(code) if c.co_name == like.co_name]
    return inner[0 if isinstance(node, ast.Lambda) else -1]  # a decorator's lambdas come first


# -- mutants -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    functions: set[FunctionType]
    code: CodeType
    operations: set[str]
    line: int
    key: str
    """Module, function, before -> after; the second of the same kind has #2."""

    def __str__(self) -> str:
        names = ", ".join(sorted(self.operations))
        return f"{self.code.co_filename}:{self.line} ({names})\n    {self.key}"

    def install(self) -> None:
        """Break the rule, in this process for good."""
        for function in self.functions:
            function.__code__ = self.code
        for operation in map(DIFFERENTIABLE.__getitem__, self.operations):
            is_elementwise = operation.kind == "elementwise"  # its constants were read already
            pull = operation._elementwise_pull if is_elementwise else operation._pull
            operation.pulls = tuple(rule and pull(rule) for rule in operation.rules)


def mutants() -> list[Mutant]:
    """All of them, in the order of the source."""
    found, times = [], Counter()
    rules = [(source_of(code), code, *used) for code, used in rule_functions().items()]
    rules.sort(key=lambda rule: (rule[1].co_filename, rule[0].lineno, rule[0].col_offset))
    for node, code, functions, operations in rules:
        name = "/".join(sorted(operations)) if code.co_name == "<lambda>" else code.co_name
        seen = {ast.unparse(node)}
        for line, before, after in changes(node):
            text, new = ast.unparse(node), compiled(node, code)
            if text not in seen and new.co_freevars == code.co_freevars:
                key = f"{Path(code.co_filename).stem}.{name}: {before} -> {after}"
                times[key] += 1
                key += f" #{times[key]}" if times[key] > 1 else ""
                found.append(Mutant(functions, new, operations, line, key))
            seen.add(text)
    return [mutant for mutant in found if mutant.key not in EQUIVALENT]
