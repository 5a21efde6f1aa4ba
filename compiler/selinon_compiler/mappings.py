"""From mappings that a program built to the text of YAML files, so that they are read, checked and quoted as files are.

    before: {"name": "Load", "queue": "010", "max_retry": 2}
    after:  name: Load
            queue: "010"
            max_retry: 2

Nothing is changed in what is given. A collection that occurs several times becomes an anchor and its aliases: what is
wrong with it is then reported once.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from selinon_compiler.frontend.composer import DEFAULT_LIMITS
from selinon_compiler.frontend.scalars import LONGEST_NUMBER, plain
from selinon_compiler.source import SourceFile

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_LONGEST_KEY: Final = 1000
"""The parser looks for the colon behind a key within 1,024 characters, unless a `?` announces it."""
_SHOWN: Final = 40


class UnwritableError(ValueError):
    """A mapping holds something that YAML does not; the text says where and what."""


def source_of(value: Mapping[Any, Any], name: str) -> SourceFile:
    """Return a mapping as the file `<name>`, written in YAML.

    Raises:
        UnwritableError: something in it has no form in YAML; the text names the keys that lead there.
    """
    root = _Reading(name).collection(value, name, 1)
    lines = _block(root, "") if root.children else [_empty(root)]
    return SourceFile(f"<{name}>", "".join(f"{line}\n" for line in lines))


@dataclass(slots=True, kw_only=True, eq=False)
class _Collection:
    """A mapping or a list: the texts of its scalars, by the texts of their keys; `anchor` is its number, if shared."""

    is_mapping: bool
    children: list[tuple[str, str | _Collection]] = field(default_factory=list)
    open: bool = True
    anchor: int | None = None
    written: bool = False


class _Reading:
    """Walks through a value of the user once; knows each collection that it has met, and keeps it alive."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[int, tuple[object, _Collection]] = {}
        self._anchors = 0

    def collection(self, value: Any, path: str, depth: int) -> _Collection:
        """Return a mapping, a list or a tuple with all that is in it."""
        if depth > DEFAULT_LIMITS.depth:
            raise UnwritableError(
                f"`{self._name}` is nested deeper than {DEFAULT_LIMITS.depth} levels"
            )
        if id(value) in self._known:
            return self._again(self._known[id(value)][1], path)
        found = _Collection(is_mapping=isinstance(value, Mapping))
        self._known[id(value)] = value, found
        if isinstance(value, Mapping):
            for key, item in value.items():
                inner = f"{path}[{_shown(key)}]"
                found.children.append((_key(key, inner), self._any(item, inner, depth)))
        else:
            for index, item in enumerate(value):
                found.children.append(("", self._any(item, f"{path}[{index}]", depth)))
        found.open = False
        return found

    def _any(self, value: Any, path: str, depth: int) -> str | _Collection:
        if isinstance(value, Mapping | list | tuple):
            return self.collection(value, path, depth + 1)
        return _scalar(value, path)

    def _again(self, known: _Collection, path: str) -> _Collection:
        if known.open:
            raise UnwritableError(f"`{path}` contains itself")
        if known.anchor is None and known.children:
            self._anchors += 1
            known.anchor = self._anchors
        return known


def _key(key: Any, path: str) -> str:
    if isinstance(key, tuple):
        raise UnwritableError(f"the key of `{path}` is a tuple, for which YAML has no form")
    return _scalar(key, path)


def _scalar(value: Any, path: str) -> str:
    """Return a scalar so that the reader understands exactly this value."""
    if isinstance(value, str):
        return _text(str.__str__(value), path)
    if isinstance(value, bytes):
        return f'!!binary "{base64.b64encode(value).decode("ascii")}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = _spelled(value, path)
    if text is None:
        raise UnwritableError(
            f"`{path}` holds an object of type `{type(value).__name__}`, for which YAML has no form"
        )
    return text


def _spelled(value: Any, path: str) -> str | None:
    """Return a number or a date as the reader understands it without quotes; None when it does not."""
    if isinstance(value, int):
        if value.bit_length() > 3 * LONGEST_NUMBER:
            raise UnwritableError(f"`{path}` holds a number that is too long")
        return int.__repr__(value)
    if isinstance(value, float):
        if value != value:
            raise UnwritableError(f"`{path}` holds a float that is not a number")
        text = float.__repr__(value)
        if text.endswith("inf"):
            return text.replace("inf", ".inf")
        mantissa, e, exponent = text.partition("e")
        return text if "." in mantissa else f"{mantissa}.0{e}{exponent}"
    if isinstance(value, date):
        text = value.isoformat()
        try:
            return text if plain(text) == value else None
        except (ValueError, TypeError):
            return None
    return None


def _text(text: str, path: str) -> str:
    """Return a text, quoted unless it is a plain word that nothing could mistake for something else."""
    if _PLAIN.fullmatch(text) and plain(text) == text:
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnwritableError(
            f"`{path}` holds a text with a lone surrogate, which is not a character"
        ) from None
    return f'"{"".join(map(_character, text))}"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _block(collection: _Collection, indent: str) -> Iterator[str]:
    """Yield the lines of a collection that is not empty."""
    for key, child in collection.children:
        if not collection.is_mapping:
            head = f"{indent}-"
        elif len(key) > _LONGEST_KEY:
            yield f"{indent}? {key}"
            head = f"{indent}:"
        else:
            head = f"{indent}{key}:"
        yield from _entry(head, child, indent, in_list=not collection.is_mapping)


def _entry(head: str, child: str | _Collection, indent: str, *, in_list: bool) -> Iterator[str]:
    if isinstance(child, str):
        yield f"{head} {child}"
    elif not child.children:
        yield f"{head} {_empty(child)}"
    elif child.written:
        yield f"{head} *a{child.anchor}"
    else:
        child.written = True
        lines = _block(child, f"{indent}  ")
        if child.anchor is not None:
            yield f"{head} &a{child.anchor}"
        elif in_list:  # the first entry stands beside the dash
            yield f"{head} {next(lines).lstrip(' ')}"
        else:
            yield head
        yield from lines


def _empty(collection: _Collection) -> str:
    return "{}" if collection.is_mapping else "[]"


def _shown(key: Any) -> str:
    """Return a key as a message quotes it: texts and numbers in Python's notation, of others the type."""
    if not isinstance(key, str | int | float | None):
        return f"<{type(key).__name__}>"
    text = repr(key) if not isinstance(key, int) or key.bit_length() < 100 else "<int>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
