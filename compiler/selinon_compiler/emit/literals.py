"""Values of users as literals: all text in ASCII, what has no literal in Python through a
constructor of the contract.

>>> literal({"key": [1, float("nan")]}).flat
'{"key": [1, real("nan")]}'
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from selinon_compiler.emit.layout import Group, Layout, Texts, call

_PLAIN = re.compile(r"[ -\[\]-~]*").fullmatch
"""Matches a text that is written as it is, quotes aside."""


@lru_cache(1 << 14)
def text_literal(value: str) -> str:
    """Return a string literal in double quotes, or in single ones where that saves escapes, as
    black prefers.
    """
    body = value if _PLAIN(value) else _escape(value)
    if '"' not in body:
        return f'"{body}"'
    if body.count('"') > body.count("'"):
        return "'" + body.replace("'", "\\'") + "'"
    return '"' + body.replace('"', '\\"') + '"'


def docstring(start: str, value: str) -> str:
    """Return a docstring of one line: a start, text of any kind, a full stop."""
    body = _escape(value).replace('"""', '\\"\\"\\"')
    return f'"""{start}{body}."""'


def _escape(value: str) -> str:
    """Return what `ascii` puts between quotes, with the quotes inside left as they are."""
    return value.encode("unicode_escape").decode("ascii")


def literal(value: object) -> Layout:
    """Return the expression of a value; raises TypeError for a type that a plan cannot hold."""
    kind = type(value)
    if kind is str:
        return text_literal(value)
    if kind is int:
        return repr(value)
    if kind is list or kind is tuple:
        return _items(value)  # type: ignore[arg-type]  # told by the type
    match value:
        case str():
            return text_literal(value)
        case None | bool() | int():
            return repr(value)
        case float():
            return _real(value)
        case bytes():
            return construct("binary", value.hex())
        case date():
            return construct("moment", value.isoformat())
        case Mapping():
            return _mapping(value)
        case tuple() | list():
            return _items(value)
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")


def _items(value: tuple[Any, ...] | list[Any]) -> Group:
    brackets = "()" if isinstance(value, tuple) else "[]"
    for item in value:
        if type(item) is not str:
            return sequence(brackets[0], map(literal, value), brackets[1])
    return texts(brackets, tuple(value)) if value else Group(brackets[0], (), brackets[1])


@lru_cache(1 << 14)
def texts(brackets: str, values: tuple[str, ...]) -> Group:
    """Return a tuple or a list of strings."""
    return Texts(brackets[0], [text_literal(value) for value in values], brackets[1])


@lru_cache(1 << 14)
def construct(constructor: str, *arguments: str) -> Group:
    """Return the call of a constructor of the contract with texts."""
    items = tuple([("", text_literal(argument)) for argument in arguments])
    return call(constructor, items, constructor=constructor)


def sequence(opening: str, items: Iterable[Layout], closing: str, *, opened: bool = False) -> Group:
    """Return a tuple or a list."""
    return Group(opening, tuple([("", item) for item in items]), closing, opened=opened)


def _real(value: float) -> Layout:
    """Return a float as black writes it, without a plus sign in the exponent."""
    return repr(value).replace("e+", "e") if math.isfinite(value) else construct("real", str(value))


_first = itemgetter(0)


def _mapping(value: Mapping[object, object]) -> Layout:
    """Return a mapping in the order in which the plan's JSON has it.

    A display needs keys that cannot be broken over lines; a mapping with others is made from pairs.
    """
    items = [(literal(key), literal(item)) for key, item in ordered(value)]
    if all(isinstance(key, str) for key, _ in items):
        return Group("{", tuple((f"{key}: ", item) for key, item in items), "}")
    entries = sequence("[", (sequence("(", pair, ")") for pair in items), "]")
    return call("dict", (("", entries),))


def ordered(value: Mapping[Any, object]) -> list[tuple[Any, object]]:
    """Return the items as the plan's JSON orders them: by key where all are plain strings, else as
    they are.
    """
    items = list(value.items())
    if len(items) < 2:
        return items
    for key, _ in items:
        if not isinstance(key, str) or key.startswith("$"):
            return items
    return sorted(items, key=_first)
