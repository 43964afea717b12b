"""Derivatives as text, against what a textbook says and against Python's own parser."""

import ast
import itertools
import operator

import numpy as np
import pytest

from autograd_core import REGISTRY, Primitive
from autograd_core.inspection.symbols import Symbol, derivative_texts, short_number

x, y, a, b, c = map(Symbol, "xyabc")


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        (1 / x, "1 / x"),
        (1 - y * y, "1 - y * y"),
        (-y / b, "-y / b"),
        (a - (b - c), "a - (b - c)"),
        ((a - b) - c, "a - b - c"),
        (a / (b * c), "a / (b * c)"),
        ((a + b) * c, "(a + b) * c"),
        (-(a + b), "-(a + b)"),
        ((-a) ** b, "(-a) ** b"),
        (-(a**b), "-a ** b"),
        (a**-b, "a ** -b"),
        ((a**b) ** c, "(a ** b) ** c"),
        (a ** (b**c), "a ** b ** c"),
        (x * -2.0, "x * -2"),
        ((-1) ** x, "(-1) ** x"),
        (a @ b + c, "a @ b + c"),
        ((a < b) & (b <= c), "(a < b) & (b <= c)"),
        (np.where(a == b, np.float16(0.5), a > b), "where(a == b, 0.5, a > b)"),
        (-np.cos(x) / np.sqrt(1 - x * x), "-cos(x) / sqrt(1 - x * x)"),
        (np.sum(a * b, axis=-1, keepdims=True), "sum(a * b, axis=-1, keepdims=True)"),
        ((a + b)[..., None, 1:], "(a + b)[..., None, 1:]"),
        ((-a).reshape(2, -1).T, "(-a).reshape(2, -1).T"),
        (abs(x), "absolute(x)"),
        (np.float32(2) * x, "2 * x"),
    ],
)
def test_expressions_read_as_written(symbol, text):
    assert repr(symbol) == text


OPERATORS = {
    operator.add: ast.Add,
    operator.sub: ast.Sub,
    operator.mul: ast.Mult,
    operator.truediv: ast.Div,
    operator.pow: ast.Pow,
    operator.matmul: ast.MatMult,
    operator.mod: ast.Mod,
    operator.floordiv: ast.FloorDiv,
}


def without_parentheses(text):
    return text.replace("(", "").replace(")", "")


@pytest.mark.parametrize(("outer", "inner"), list(itertools.product(OPERATORS, repeat=2)))
@pytest.mark.parametrize("left", [True, False])
def test_parentheses_are_right_and_needed(outer, inner, left):
    """Python parses the text to the tree it came from, and to another one without them."""
    symbol = outer(inner(a, b), c) if left else outer(a, inner(b, c))
    tree = ast.parse(repr(symbol), mode="eval").body
    assert isinstance(tree, ast.BinOp)
    part = tree.left if left else tree.right
    assert isinstance(tree.op, OPERATORS[outer])
    assert isinstance(part, ast.BinOp)
    assert isinstance(part.op, OPERATORS[inner])
    if "(" in repr(symbol):
        bare = ast.parse(without_parentheses(repr(symbol)), mode="eval").body
        assert ast.dump(bare) != ast.dump(tree)


def test_comparisons_do_not_chain():
    assert repr((a < b) < c) == "(a < b) < c"


@pytest.mark.parametrize(
    "use", [bool, float, list, len, np.asarray, lambda s: [1, 2][s], lambda s: x if s else y]
)
def test_a_symbol_has_no_value(use):
    with pytest.raises(TypeError):
        use(x)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (np.log(2), "0.6931"),
        (3.0, "3"),
        (-0.0, "0"),
        (1e-8, "1e-8"),
        (1.5e20, "1.5e20"),
        (123456, "123456"),
        (True, "True"),
        (np.float32(0.1), "0.1"),
        (float("nan"), "nan"),
        (-np.inf, "-inf"),
        (-1j, "-1j"),
        (1 - 2j, "1-2j"),
        (np.complex64(2), "2+0j"),
    ],
)
def test_numbers_are_short(number, text):
    assert short_number(number) == text


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("log", ("1 / x",)),
        ("sin", ("cos(x)",)),
        ("cos", ("-sin(x)",)),
        ("tanh", ("1 - y * y",)),
        ("exp", ("y",)),
        ("multiply", ("b", "a")),
        ("subtract", ("1", "-1")),
        ("divide", ("1 / b", "-y / b")),
        ("arctan", ("1 / (1 + x * x)",)),
        ("reshape", ("reshape(g, in_shape, order=order)",)),
        ("where", (None, "where(condition, g, 0)", "where(condition, 0, g)")),
    ],
)
def test_derivatives_of_the_tables(name, texts):
    assert derivative_texts(REGISTRY[name]) == texts


def test_names_of_a_program():
    assert derivative_texts(REGISTRY["log"], {"x": "ξ4"}) == ("1 / ξ4",)
    assert derivative_texts(REGISTRY["divide"], {"b": "x - 1", "y": "v3"}) == (
        "1 / (x - 1)",
        "-v3 / (x - 1)",
    )
    assert derivative_texts(REGISTRY["sin"], {"x": "cos", "cos": "no"}) == ("cos(cos)",)
    swapped = {"a": "b", "b": "a"}
    assert derivative_texts(REGISTRY["multiply"], swapped) == ("a", "b")


def test_declared_text_goes_first(monkeypatch):
    monkeypatch.setattr(REGISTRY["log"], "text", ("one over x",))
    assert derivative_texts(REGISTRY["log"]) == ("one over x",)


def test_every_operation_answers():
    """One text or None for each rule, and a text for every elementwise derivative."""
    for primitive in REGISTRY.values():
        if isinstance(primitive, Primitive):
            texts = derivative_texts(primitive)
            assert len(texts) == len(primitive.rules)
            if primitive.kind == "elementwise":
                pairs = zip(texts, primitive.rules, strict=True)
                assert all(text for text, rule in pairs if rule is not None), primitive


def test_texts_are_the_derivatives():
    """Evaluated as Python, the texts agree with central differences."""
    functions = {name: getattr(np, name) for name in dir(np)}
    for name in ("log", "tanh", "arcsin", "arctan", "exp2", "sqrt", "cbrt", "log10", "arctanh"):
        primitive = REGISTRY[name]
        assert isinstance(primitive, Primitive)
        (text,) = derivative_texts(primitive)
        assert text is not None
        at, step = 0.37, 1e-6
        slope = (primitive(at + step) - primitive(at - step)) / (2 * step)
        found = eval(text, {"__builtins__": {}}, functions | {"x": at, "y": primitive(at)})
        assert found == pytest.approx(slope, rel=2e-4), name  # numbers print with four digits
