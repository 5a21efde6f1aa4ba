"""The parts of a JSON Schema: where schemas are nested in it, and what a fragment of a reference points to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urljoin

_ONE = (
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_LISTED = ("allOf", "anyOf", "items", "oneOf", "prefixItems")
_NAMED = ("dependencies", "dependentSchemas", "patternProperties", "properties")
DEFINITIONS = ("$defs", "definitions")
"""Keywords whose schemas hold only where something refers to them."""


def escaped(step: str) -> str:
    """Return a key as a step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def subschemas(schema: dict[str, Any], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the schemas directly below one, each with its pointer; booleans hold nothing and are left out."""
    for keyword in _ONE:
        if isinstance(schema.get(keyword), dict):
            yield schema[keyword], f"{pointer}/{keyword}"
    for keyword in _LISTED:
        found = schema.get(keyword)
        for index, child in enumerate(found if isinstance(found, list) else ()):
            if isinstance(child, dict):
                yield child, f"{pointer}/{keyword}/{index}"
    for keyword in (*_NAMED, *DEFINITIONS):
        named = schema.get(keyword)
        for name, child in (named if isinstance(named, dict) else {}).items():
            if isinstance(child, dict):
                yield child, f"{pointer}/{keyword}/{escaped(name)}"


class Document:
    """A file with a schema: its real `path`, the `label` that names it in messages, and what it holds.

    `version` is the dialect that it names itself, else that of the schema which refers to it.
    """

    def __init__(self, path: str, label: str, content: Any, version: object = None) -> None:
        self.path = path
        self.label = label
        self.content = content
        self.version = content.get("$schema", version) if isinstance(content, dict) else version

    @cached_property
    def id_keyword(self) -> str:
        """The keyword under which schemas of this version have their identifiers."""
        return "id" if re.search(r"draft-0[34]\b", str(self.version)) else "$id"

    def own_id(self, schema: dict[str, Any]) -> str:
        """Return the identifier of a schema, empty when it has none; one that begins with `#` is an anchor."""
        found = schema.get(self.id_keyword)
        return found if isinstance(found, str) else ""

    def at(self, pointer: str) -> Any:
        """Return what a JSON pointer leads to.

        Raises:
            LookupError: there is nothing.
        """
        found = self.content
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal():
                found = found[int(key)]
            elif isinstance(found, dict):
                found = found[key]
            else:
                raise LookupError(pointer)
        return found

    def pointer(self, fragment: str, base: str) -> str:
        """Return the pointer for a fragment that is used in the part of the document at `base`.

        Raises:
            LookupError: there is no such anchor.
        """
        fragment = unquote(fragment)
        if not fragment or fragment.startswith("/"):
            return base + fragment
        return self._marks[f"#{fragment}"]

    def part(self, uri: str) -> str | None:
        """Return the pointer to the part of the document with this identifier, None when there is none."""
        return self._marks.get(uri)

    @cached_property
    def _marks(self) -> dict[str, str]:
        """The pointers to identified parts, by identifier, and to anchors, by `#` and name."""
        found: dict[str, str] = {}
        pending = [(self.content, "", "")] if isinstance(self.content, dict) else []
        while pending:
            schema, pointer, above = pending.pop()
            uri = self.own_id(schema)
            if uri:
                found.setdefault(uri, pointer)
            if uri and not uri.startswith("#"):
                above = urljoin(above, uri)
                found.setdefault(above, pointer)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(schema.get(keyword), str):
                    found.setdefault(f"#{schema[keyword]}", pointer)
            pending += [(child, place, above) for child, place in subschemas(schema, pointer)]
        return found
