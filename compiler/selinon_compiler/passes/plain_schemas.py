"""Plain JSON Schemas: those that are seen to be valid without the library that knows all of JSON Schema.

    plain:      {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer", "minimum": 0}}}
    not plain:  {"pattern": "[a-z"}, as it is not valid; {"pattern": "[a-z]"}, as only the library tells

What most results are described by is known here, each keyword in a form that means the same in all dialects below. A
schema that is not plain is not wrong: it is left to the library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["is_plain"]

_DIALECTS = (
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2020-12/schema",
)
_TYPES = frozenset(["array", "boolean", "integer", "null", "number", "object", "string"])


def is_plain(schema: object) -> bool:
    """Return whether a schema is valid beyond doubt, in any of the dialects that it may name.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if not isinstance(schema, dict):
        return isinstance(schema, bool)
    return all(key in _KEYWORDS and _KEYWORDS[key](value) for key, value in schema.items())


def _anything(value: object) -> bool:
    return True


def _text(value: object) -> bool:
    return isinstance(value, str)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _list(value: object) -> bool:
    return isinstance(value, list)


def _names(value: Any) -> bool:
    return _list(value) and all(map(_text, value)) and len(value) == len(set(value))


def _types(value: Any) -> bool:
    return _names(value) and len(value) > 0 and _TYPES.issuperset(value)


def _type(value: Any) -> bool:
    return value in _TYPES if isinstance(value, str) else _types(value)


def _schemas(value: Any) -> bool:
    return _list(value) and len(value) > 0 and all(map(is_plain, value))


def _named_schemas(value: object) -> bool:
    return isinstance(value, dict) and all(map(is_plain, value.values()))


_KEYWORDS: Mapping[str, Callable[[object], bool]] = {
    "$comment": _text,
    "$schema": _DIALECTS.__contains__,
    "additionalProperties": is_plain,
    "allOf": _schemas,
    "anyOf": _schemas,
    "const": _anything,
    "contains": is_plain,
    "default": _anything,
    "description": _text,
    "else": is_plain,
    "enum": _list,
    "examples": _list,
    "exclusiveMaximum": _number,
    "exclusiveMinimum": _number,
    "format": _text,
    "if": is_plain,
    "items": is_plain,
    "maxItems": _count,
    "maxLength": _count,
    "maxProperties": _count,
    "maximum": _number,
    "minItems": _count,
    "minLength": _count,
    "minProperties": _count,
    "minimum": _number,
    "not": is_plain,
    "oneOf": _schemas,
    "properties": _named_schemas,
    "propertyNames": is_plain,
    "readOnly": _flag,
    "required": _names,
    "then": is_plain,
    "title": _text,
    "type": _type,
    "uniqueItems": _flag,
}
