"""Classes with settings: constructors, signatures, checks and documentation from annotations."""

import copy
import pickle
import re
from collections.abc import Callable
from dataclasses import field
from inspect import getdoc, signature
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pytest

import autograd_core as ac
import nn
from nn.settings import (
    Configured,
    Count,
    Finite,
    Fraction,
    NonNegative,
    Positive,
    Rule,
    Setting,
    WithSettings,
)

Even = Annotated[int, Rule(lambda value: value % 2 == 0, "even")]


class Kept(Configured):
    """Keeps its settings as attributes."""

    def __init__(self, *args, **settings):
        vars(self).update(self.configured(args, settings))


class Middle(Kept):
    """A class in the middle."""

    source: Any
    kind: ClassVar[str] = "middle"
    size: Count
    rate: NonNegative = 0.5
    way: Literal["up", "down"] = field(default="up", kw_only=True)


class Leaf(Middle):
    """A class at the end."""

    rate: NonNegative = 0.25
    way: Literal["up", "down"] = field(default="down", init=False)
    extra: int = 7


def test_signatures():
    assert str(signature(Middle)) == "(source, size, rate=0.5, *, way='up')"
    assert str(signature(Leaf)) == "(source, size, rate=0.25, extra=7)"


def test_settings_become_attributes():
    leaf = Leaf("s", 4, extra=8)
    assert vars(leaf) == {"source": "s", "size": 4, "rate": 0.25, "way": "down", "extra": 8}
    assert Middle("s", 4, 0.1, way="down").way == "down" and Middle.kind == "middle"
    for twin in (copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
        assert vars(twin) == vars(leaf)


def test_the_documentation_lists_what_settings_must_be():
    assert getdoc(Leaf) == (
        "A class at the end.\n\nSettings:\n    size: an integer >= 1\n"
        "    rate: a finite number >= 0\n    extra: an integer"
    )


class Rules(Kept):
    any_number: float = 0.0
    number: Finite = 0.0
    non_negative: NonNegative = 0.0
    positive: Positive = 1.0
    fraction: Fraction = 0.5
    integer: int = 0
    count: Count = 1
    even: Even = 0
    switch: bool = True
    choice: Literal["a", "b"] = "a"
    maybe: Count | None = None
    anything: Callable[[], Any] | int = 0


NAN, INF = float("nan"), float("inf")
FITTING = {
    "any_number": [1, -2.5, np.float32(3), INF, NAN],
    "number": [1, -2.5, np.int64(3)],
    "non_negative": [0, 2.5],
    "positive": [1e-300],
    "fraction": [0, 1, 0.5],
    "integer": [-1, np.int32(4)],
    "count": [1, np.int64(5)],
    "even": [2],
    "switch": [False, np.True_],
    "choice": ["b", np.str_("a")],
    "maybe": [None, 3],
    "anything": ["x", None, [1]],
}
WRONG = {
    "any_number": ["1", None, True, 1j],
    "number": [NAN, INF, "1", True],
    "non_negative": [-1, NAN],
    "positive": [0, -1],
    "fraction": [1.5, -0.1, NAN],
    "integer": [1.0, True, "1"],
    "count": [0, 1.0, False],
    "even": [3],
    "switch": [1, None, "True"],
    "choice": ["c", None, ["a"], np.array(["a", "b"])],
    "maybe": [0, 1.5],
}


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_is_taken(name):
    for value in FITTING[name]:
        assert getattr(Rules(**{name: value}), name) is value


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused(name):
    error = ac.ArgumentTypeError if name == "any_number" else ac.OperationError
    for value in WRONG[name]:
        words = re.escape(Rules.settings[name].rule.words)
        with pytest.raises(error, match=f"^Rules: {name} must be {words}, got"):
            Rules(**{name: value})


def test_words():
    words = {name: s.rule and s.rule.words for name, s in Rules.settings.items()}
    assert words["choice"] == "'a' or 'b'" and words["anything"] is None
    assert words["maybe"] == "an integer >= 1, or None"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Middle(), "missing a required argument: 'source'"),
        (lambda: Middle("s", 1, 2, 3), "too many positional arguments"),
        (lambda: Middle("s", 1, size=1), "multiple values for argument 'size'"),
        (lambda: Leaf("s", 1, way="up"), "unexpected keyword argument 'way'"),
    ],
)
def test_calls_that_do_not_fit_show_the_signature(call, words):
    with pytest.raises(ac.ArgumentTypeError, match=rf"{words}; it is (Middle|Leaf)\(source, size"):
        call()


def test_a_class_without_fields_takes_settings_from_elsewhere():
    class FromList(WithSettings):
        def __init__(self, **settings):
            vars(self).update(self.configured((), settings))

    FromList.use_settings([Setting("a"), Setting("b", 2)])
    assert vars(FromList(a=1)) == {"a": 1, "b": 2}


CLASSES = [
    kind
    for kind in map(vars(nn).get, nn.__all__)
    if isinstance(kind, type) and issubclass(kind, Configured)
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_setting_of_ours_says_what_it_must_be(kind):
    """But for objects that are checked when they are used."""
    without = {name for name, setting in kind.settings.items() if setting.rule is None}
    assert without <= {
        "params",
        "optimizer",
        "schedulers",
        "milestones",
        "lr_lambda",
        "max_lr",
        "base_lr",
        "min_lr",
        "base_momentum",
        "max_momentum",
    }
    for name, setting in kind.settings.items():
        if setting.default is not signature(kind).empty:
            setting.check(kind.__name__, setting.default), name
