"""Values of users as literals: all text in ASCII, what has no literal in Python through a
constructor of the contract.

>>> flat(literal({"key": [1, float("nan")]}))
'{"key": [1, real("nan")]}'
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from selinon_compiler.emit.layout import Atom, Group, Layout, call, flat


def text_literal(value: str) -> str:
    """Return a string literal in double quotes, or in single ones where that saves escapes, as
    black prefers.
    """
    body = _escape(value)
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
    match value:
        case None | bool():
            return Atom(repr(value))
        case str():
            return Atom(text_literal(value))
        case int():
            return Atom(repr(value))
        case float():
            return _real(value)
        case bytes():
            return construct("binary", value.hex())
        case date():
            return construct("moment", value.isoformat())
        case Mapping():
            return _mapping(value)
        case tuple():
            return sequence("(", map(literal, value), ")")
        case list():
            return sequence("[", map(literal, value), "]")
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")


def construct(constructor: str, *arguments: str) -> Group:
    """Return the call of a constructor of the contract with texts."""
    return call(
        constructor,
        tuple(("", Atom(text_literal(argument))) for argument in arguments),
        constructor=constructor,
    )


def sequence(opening: str, items: Iterable[Layout], closing: str, *, opened: bool = False) -> Group:
    """Return a tuple or a list."""
    return Group(
        opening=opening, items=tuple(("", item) for item in items), closing=closing, opened=opened
    )


def _real(value: float) -> Layout:
    """Return a float as black writes it, without a plus sign in the exponent."""
    return (
        Atom(repr(value).replace("e+", "e"))
        if math.isfinite(value)
        else construct("real", str(value))
    )


def _mapping(value: Mapping[object, object]) -> Layout:
    """Return a mapping in the order in which the plan's JSON has it.

    A display needs keys that cannot be broken over lines; a mapping with others is made from pairs.
    """
    items = [(literal(key), literal(item)) for key, item in ordered(value)]
    if all(isinstance(key, Atom) for key, _ in items):
        pairs = tuple((f"{flat(key)}: ", item) for key, item in items)
        return Group(opening="{", items=pairs, closing="}")
    entries = sequence("[", (sequence("(", pair, ")") for pair in items), "]")
    return call("dict", (("", entries),))


def ordered(value: Mapping[Any, object]) -> list[tuple[Any, object]]:
    """Return the items as the plan's JSON orders them: by key where all are plain strings, else as
    they are.
    """
    items = list(value.items())
    if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
        return sorted(items, key=lambda item: item[0])
    return items
