"""Predicates on one field of a task's result, the `message`.

`key` says where the field is: a scalar is one step into the message, a list is a path of such steps, an empty list
is the message itself. A step is an index operation, so it is a key of a mapping or a position in a list or text.
A predicate does not hold when there is no such field; that is true for the negative ones as well.
"""

from __future__ import annotations

from typing import Any

from selinon.predicates.paths import Key, field, resolves
from selinon.predicates.totality import total

__all__ = [
    "fieldBool",
    "fieldContain",
    "fieldDict",
    "fieldEqual",
    "fieldExist",
    "fieldFloat",
    "fieldGreater",
    "fieldGreaterEqual",
    "fieldInt",
    "fieldLenEqual",
    "fieldLenGreater",
    "fieldLenGreaterEqual",
    "fieldLenLess",
    "fieldLenLessEqual",
    "fieldLenNotEqual",
    "fieldLess",
    "fieldLessEqual",
    "fieldList",
    "fieldNone",
    "fieldNotEqual",
    "fieldStr",
    "fieldUrlNetloc",
    "fieldUrlPath",
    "fieldUrlScheme",
]


@total
def fieldExist(message: Any, key: Key) -> bool:
    """Hold if the field exists; it may be null."""
    return resolves(message, key)


@total
def fieldNone(message: Any, key: Key) -> bool:
    """Hold if the field exists and is null."""
    return field(message, key) is None


@total
def fieldEqual(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field equals the value, as Python compares: `1 == True == 1.0`."""
    return bool(field(message, key) == value)


@total
def fieldNotEqual(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field exists and does not equal the value."""
    return bool(field(message, key) != value)


@total
def fieldLess(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field is less than the value."""
    return bool(field(message, key) < value)


@total
def fieldLessEqual(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field is less than the value or equals it."""
    return bool(field(message, key) <= value)


@total
def fieldGreater(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field is greater than the value."""
    return bool(field(message, key) > value)


@total
def fieldGreaterEqual(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field is greater than the value or equals it."""
    return bool(field(message, key) >= value)


@total
def fieldContain(message: Any, key: Key, value: Any) -> bool:
    """Hold if the field has the value: as a list item, a mapping key or a part of a text."""
    return value in field(message, key)


@total
def fieldInt(message: Any, key: Key) -> bool:
    """Hold if the field is an integer; a boolean counts as one."""
    return isinstance(field(message, key), int)


@total
def fieldFloat(message: Any, key: Key) -> bool:
    """Hold if the field is a float; an integer does not count as one."""
    return isinstance(field(message, key), float)


@total
def fieldStr(message: Any, key: Key) -> bool:
    """Hold if the field is a text."""
    return isinstance(field(message, key), str)


@total
def fieldBool(message: Any, key: Key) -> bool:
    """Hold if the field is a boolean."""
    return isinstance(field(message, key), bool)


@total
def fieldList(message: Any, key: Key) -> bool:
    """Hold if the field is a list."""
    return isinstance(field(message, key), list)


@total
def fieldDict(message: Any, key: Key) -> bool:
    """Hold if the field is a mapping."""
    return isinstance(field(message, key), dict)


@total
def fieldLenEqual(message: Any, key: Key, length: int) -> bool:
    """Hold if the field has this length."""
    return len(field(message, key)) == length


@total
def fieldLenNotEqual(message: Any, key: Key, length: int) -> bool:
    """Hold if the field has a length, and not this one."""
    return len(field(message, key)) != length


@total
def fieldLenLess(message: Any, key: Key, length: int) -> bool:
    """Hold if the field is shorter than the length."""
    return len(field(message, key)) < length


@total
def fieldLenLessEqual(message: Any, key: Key, length: int) -> bool:
    """Hold if the field is as long as the length or shorter."""
    return len(field(message, key)) <= length


@total
def fieldLenGreater(message: Any, key: Key, length: int) -> bool:
    """Hold if the field is longer than the length."""
    return len(field(message, key)) > length


@total
def fieldLenGreaterEqual(message: Any, key: Key, length: int) -> bool:
    """Hold if the field is as long as the length or longer."""
    return len(field(message, key)) >= length


def _parsed(url: Any) -> Any:
    from urllib.parse import (
        urlparse,  # takes longer to import than all predicates, and few flows need it
    )

    return urlparse(url)


@total
def fieldUrlScheme(message: Any, key: Key, scheme: str) -> bool:
    """Hold if the field is a URL with this scheme."""
    return bool(_parsed(field(message, key)).scheme == scheme)


@total
def fieldUrlNetloc(message: Any, key: Key, netloc: str) -> bool:
    """Hold if the field is a URL with this host, including credentials and port."""
    return bool(_parsed(field(message, key)).netloc == netloc)


@total
def fieldUrlPath(message: Any, key: Key, path: str) -> bool:
    """Hold if the field is a URL with exactly this path."""
    return bool(_parsed(field(message, key)).path == path)
