"""Predicates on one field of a flow's arguments, `node_args`.

Each is the predicate of the same name without `args` in `selinon.predicates.fields`, applied to the arguments.
"""

from __future__ import annotations

from typing import Any

from selinon.predicates import fields
from selinon.predicates.paths import Key

__all__ = [
    "argsFieldBool",
    "argsFieldContain",
    "argsFieldDict",
    "argsFieldEqual",
    "argsFieldExist",
    "argsFieldFloat",
    "argsFieldGreater",
    "argsFieldGreaterEqual",
    "argsFieldInt",
    "argsFieldLenEqual",
    "argsFieldLenGreater",
    "argsFieldLenGreaterEqual",
    "argsFieldLenLess",
    "argsFieldLenLessEqual",
    "argsFieldLenNotEqual",
    "argsFieldLess",
    "argsFieldLessEqual",
    "argsFieldList",
    "argsFieldNone",
    "argsFieldNotEqual",
    "argsFieldStr",
    "argsFieldUrlNetloc",
    "argsFieldUrlPath",
    "argsFieldUrlScheme",
]


def argsFieldExist(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments exists; it may be null."""
    return fields.fieldExist(node_args, key)


def argsFieldNone(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments exists and is null."""
    return fields.fieldNone(node_args, key)


def argsFieldEqual(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments equals the value, as Python compares: `1 == True == 1.0`."""
    return fields.fieldEqual(node_args, key, value)


def argsFieldNotEqual(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments exists and does not equal the value."""
    return fields.fieldNotEqual(node_args, key, value)


def argsFieldLess(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments is less than the value."""
    return fields.fieldLess(node_args, key, value)


def argsFieldLessEqual(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments is less than the value or equals it."""
    return fields.fieldLessEqual(node_args, key, value)


def argsFieldGreater(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments is greater than the value."""
    return fields.fieldGreater(node_args, key, value)


def argsFieldGreaterEqual(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments is greater than the value or equals it."""
    return fields.fieldGreaterEqual(node_args, key, value)


def argsFieldContain(node_args: Any, key: Key, value: Any) -> bool:
    """Hold if the field of the arguments has the value: as a list item, a mapping key or a part of a text."""
    return fields.fieldContain(node_args, key, value)


def argsFieldInt(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is an integer; a boolean counts as one."""
    return fields.fieldInt(node_args, key)


def argsFieldFloat(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is a float; an integer does not count as one."""
    return fields.fieldFloat(node_args, key)


def argsFieldStr(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is a text."""
    return fields.fieldStr(node_args, key)


def argsFieldBool(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is a boolean."""
    return fields.fieldBool(node_args, key)


def argsFieldList(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is a list."""
    return fields.fieldList(node_args, key)


def argsFieldDict(node_args: Any, key: Key) -> bool:
    """Hold if the field of the arguments is a mapping."""
    return fields.fieldDict(node_args, key)


def argsFieldLenEqual(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments has this length."""
    return fields.fieldLenEqual(node_args, key, length)


def argsFieldLenNotEqual(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments has a length, and not this one."""
    return fields.fieldLenNotEqual(node_args, key, length)


def argsFieldLenLess(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments is shorter than the length."""
    return fields.fieldLenLess(node_args, key, length)


def argsFieldLenLessEqual(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments is as long as the length or shorter."""
    return fields.fieldLenLessEqual(node_args, key, length)


def argsFieldLenGreater(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments is longer than the length."""
    return fields.fieldLenGreater(node_args, key, length)


def argsFieldLenGreaterEqual(node_args: Any, key: Key, length: int) -> bool:
    """Hold if the field of the arguments is as long as the length or longer."""
    return fields.fieldLenGreaterEqual(node_args, key, length)


def argsFieldUrlScheme(node_args: Any, key: Key, scheme: str) -> bool:
    """Hold if the field of the arguments is a URL with this scheme."""
    return fields.fieldUrlScheme(node_args, key, scheme)


def argsFieldUrlNetloc(node_args: Any, key: Key, netloc: str) -> bool:
    """Hold if the field of the arguments is a URL with this host, including credentials and port."""
    return fields.fieldUrlNetloc(node_args, key, netloc)


def argsFieldUrlPath(node_args: Any, key: Key, path: str) -> bool:
    """Hold if the field of the arguments is a URL with exactly this path."""
    return fields.fieldUrlPath(node_args, key, path)
