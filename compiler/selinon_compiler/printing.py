"""The values of the passes as text, for people who look into the compiler.

>>> from selinon_compiler.plan import CallPlan, NotPlan
>>> print(show(NotPlan(operand=CallPlan(predicate="fieldExist", arguments={"key": "url"}))))
NotPlan
  operand: CallPlan
    predicate: 'fieldExist'
    arguments:
      'key': 'url'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language import Section
from selinon_compiler.source import SourceFile

_NOT_SHOWN = frozenset({"calls", "decl", "find", "losses", "nodes_file"})
"""Fields that hold again what others do, or nothing that was read."""


def show(value: Any) -> str:
    """Return a value as indented text: records by their fields, without places and without defaults."""
    return "\n".join(_lines("", value, 0))


def _lines(label: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, Scalar):
        value = value.value
    if isinstance(value, Section):
        yield f"{indent}{label}{type(value).__name__}"
        for key in value.keys:
            item = getattr(value, key.field)
            if type(item) is not type(key.default) or item != key.default:
                yield from _lines(f"{key.field}: ", item, depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield f"{indent}{label}{type(value).__name__}"
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if field.name not in _NOT_SHOWN and not _is_default(field, item):
                yield from _lines(f"{field.name}: ", item, depth + 1)
    elif hasattr(value, "__match_args__"):
        yield f"{indent}{label}{type(value).__name__}"
        for name in value.__match_args__:
            item = getattr(value, name)
            if name not in _NOT_SHOWN and not isinstance(item, Scalar | SourceFile):
                yield from _lines(f"{name}: ", item, depth + 1)
    elif isinstance(value, Mapping) and value:
        yield f"{indent}{label}".rstrip()
        for key, item in value.items():
            yield from _lines(f"{key!a}: ", item, depth + 1)
    elif isinstance(value, tuple | list) and any(_is_nested(item) for item in value):
        yield f"{indent}{label}".rstrip()
        for item in value:
            yield from _lines("- ", item, depth + 1)
    else:
        yield f"{indent}{label}{_flat(value)}"


def _flat(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_flat(item) for item in value)}]"
    if isinstance(value, Scalar):
        return ascii(value.value)
    return value.value if isinstance(value, Enum) and isinstance(value.value, str) else ascii(value)


def _is_nested(value: Any) -> bool:
    if isinstance(value, type):
        return False
    return (
        dataclasses.is_dataclass(value)
        or hasattr(value, "__match_args__")
        or isinstance(value, Section | Mapping | tuple | list)
    )


def _is_default(field: dataclasses.Field[Any], item: Any) -> bool:
    if field.default is not dataclasses.MISSING:
        return type(item) is type(field.default) and bool(item == field.default)
    return field.default_factory is not dataclasses.MISSING and bool(
        item == field.default_factory()
    )
