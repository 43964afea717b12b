"""Settings: the annotated attributes of a class, from which its constructor follows.

    class StepLR(LRScheduler):
        step_size: Count
        gamma: NonNegative = 0.1

takes `StepLR(optimizer, step_size, gamma=0.1)`, says so in its signature, checks both numbers, has
them as attributes, and lists in its documentation what they must be. `dataclasses.field` sets
apart what can be given by keyword only (`kw_only=True`) or not at all (`init=False`). Activations,
optimizers and schedules are written this way; losses read their settings from the signature of
their function.

What a setting must be is part of its type: a `Rule` in an `Annotated`, or a `Literal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, field
from inspect import Parameter, Signature, cleandoc, get_annotations
from numbers import Real
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

import numpy as np

from autograd_core import ArgumentTypeError, OperationError
from nn.checks import is_integer, is_number


class Rule(NamedTuple):
    """What a setting must be: a test, the same in words, and the error if it is not."""

    fits: Callable[[Any], bool]
    words: str
    error: type[Exception] = OperationError


ANY_NUMBER = Rule(
    lambda value: isinstance(value, Real) and not isinstance(value, bool),
    "a number",
    ArgumentTypeError,
)
INTEGER = Rule(is_integer, "an integer")
SWITCH = Rule(lambda value: isinstance(value, bool | np.bool_), "True or False")

PLAIN = {float: ANY_NUMBER, int: INTEGER, bool: SWITCH}
"""What a type alone says."""

Finite = Annotated[float, Rule(is_number, "a finite number")]
NonNegative = Annotated[float, Rule(lambda value: is_number(value, 0), "a finite number >= 0")]
Positive = Annotated[
    float, Rule(lambda value: is_number(value, 0) and value > 0, "a finite number > 0")
]
Fraction = Annotated[float, Rule(lambda value: is_number(value, 0, 1), "a number in [0, 1]")]
Count = Annotated[
    int, Rule(lambda value: is_integer(value) and bool(value >= 1), "an integer >= 1")
]
Function = Annotated[Callable[..., Any], Rule(callable, "a function")]


class Setting(NamedTuple):
    """One of them. `kind` is None where it cannot be given."""

    name: str
    default: Any = Parameter.empty
    rule: Rule | None = None
    kind: Any = Parameter.POSITIONAL_OR_KEYWORD

    def check(self, owner: str, value: Any) -> None:
        """Raise the rule's error, which names the owner, unless `value` fits."""
        if self.rule is not None and not self.rule.fits(value):
            raise self.rule.error(f"{owner}: {self.name} must be {self.rule.words}, got {value!r}")


class WithSettings:
    """Base of classes that are made with settings.

    Attributes:
        settings: by name, those by keyword only last.
    """

    settings: ClassVar[Mapping[str, Setting]] = {}
    __signature__: ClassVar[Signature] = Signature()

    @classmethod
    def use_settings(cls, settings: Iterable[Setting]) -> None:
        """Make these the settings of the class, and its signature."""
        ordered = sorted(settings, key=lambda setting: setting.kind is Parameter.KEYWORD_ONLY)
        cls.settings = {setting.name: setting for setting in ordered}
        cls.__signature__ = Signature(
            [
                Parameter(setting.name, setting.kind, default=setting.default)
                for setting in ordered
                if setting.kind is not None
            ]
        )

    @classmethod
    def configured(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that a call of the constructor gives, checked, by name.

        Raises:
            ArgumentTypeError: an unknown setting, a missing one, or too many.
            OperationError: a setting is out of range.
        """
        name, signature = cls.__name__, cls.__signature__
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise ArgumentTypeError(f"{name}: {error}; it is {name}{signature}") from None
        values = {
            setting.name: given.get(setting.name, setting.default)
            for setting in cls.settings.values()
        }
        for setting in cls.settings.values():
            setting.check(name, values[setting.name])
        return values


@dataclass_transform(eq_default=False, field_specifiers=(field, Field))
class Configured(WithSettings):
    """Base of classes whose annotated attributes are their settings, after those of their bases."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.use_settings({**cls.settings, **declared(cls)}.values())
        lines = [
            f"    {setting.name}: {setting.rule.words}"
            for setting in cls.settings.values()
            if setting.kind is not None and setting.rule is not None
        ]
        if lines and vars(cls).get("__doc__"):
            cls.__doc__ = "\n".join([cleandoc(cls.__doc__ or ""), "", "Settings:", *lines])


def declared(cls: type) -> dict[str, Setting]:
    """The settings that a class itself declares."""
    try:
        annotations = get_annotations(cls, eval_str=True)
    except NameError:  # names that are local to a function: then there are no rules to read
        annotations = get_annotations(cls)
    found = {}
    for name, annotation in annotations.items():
        if name.startswith("_") or "ClassVar" in str(annotation):  # the class's own affair
            continue
        default, kind = vars(cls).get(name, Parameter.empty), Parameter.POSITIONAL_OR_KEYWORD
        if isinstance(default, Field):
            kind = kind if default.init else None
            kind = Parameter.KEYWORD_ONLY if default.kw_only is True else kind
            default = default.default if default.default is not MISSING else Parameter.empty
            setattr(cls, name, default)
        found[name] = Setting(name, default, rule_of(annotation), kind)
    return found


def rule_of(annotation: Any) -> Rule | None:
    """What a type says about its values, as far as it can be tested."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return next((part for part in args if isinstance(part, Rule)), None)
    if origin is Literal:
        words = " or ".join(map(repr, args)) if len(args) < 3 else f"one of {', '.join(args)}"
        return Rule(lambda value: np.ndim(value) == 0 and value in args, words)
    if origin in (Union, UnionType) and NoneType in args and len(args) == 2:
        inner = rule_of(next(part for part in args if part is not NoneType))
        if inner is not None:
            fits, words, error = inner
            return Rule(lambda value: value is None or fits(value), f"{words}, or None", error)
    return PLAIN.get(annotation)
