"""Make a schema self-contained: take in what it refers to in other files.

    before: {"items": {"$ref": "types.json#/definitions/money"}}
    after:  {"items": {"$ref": "#/$defs/types_money"}, "$defs": {"types_money": {…}}}

A relative reference is looked for from the file that it stands in. The result accepts the same values as the schema
did with its files around it.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from selinon_compiler.passes.schema_parts import (
    DEFINITIONS,
    Document,
    subschemas,
)

Check = Callable[[Any], str | None]
"""Returns what is wrong with a schema, if anything."""

METASCHEMAS = frozenset(
    [f"http://json-schema.org/draft-0{number}/schema" for number in (3, 4, 6, 7)]
    + [f"https://json-schema.org/draft/{date}/schema" for date in ("2019-09", "2020-12")]
)
"""The schemas of schemas, which every validator has at hand."""

_DYNAMIC = ("$dynamicRef", "$recursiveRef")


class ReferenceProblem(Exception):
    """A reference leads to nothing, or to what cannot be taken in."""


class InvalidFile(Exception):
    """A file that is referred to is no JSON Schema."""


def bundled(path: str, label: str, content: Any, check: Check) -> Any:
    """Return a schema without references to other files; `label` names its file in messages.

    Raises:
        ReferenceProblem, InvalidFile: see there.
    """
    if not isinstance(content, dict):
        return content
    bundle = _Bundle(Document(os.path.realpath(path), label, copy.deepcopy(content)), check)
    bundle.run()
    if not bundle.names_files:
        return content
    made = dict(bundle.root.content)
    if bundle.taken:
        made["$defs"] = {**made.get("$defs", {}), **bundle.taken}
    return made


class _Bundle:
    """A bundle in the making: `taken` holds what was taken in, by its name under `$defs`.

    `names_files` tells whether any reference names a file, if only the one that it stands in.
    """

    def __init__(self, root: Document, check: Check) -> None:
        self.root = root
        self.check = check
        self.taken: dict[str, Any] = {}
        self.names_files = False
        self.documents = {root.path: root}
        self.names: dict[tuple[str, str], str] = {}
        self.pending: list[tuple[dict[str, Any], Document, str, str]] = [
            (root.content, root, "", "")
        ]
        self.done: set[int] = set()

    def run(self) -> None:
        while self.pending:
            schema, document, pointer, base = self.pending.pop()
            if id(schema) in self.done:
                continue
            self.done.add(id(schema))
            uri = document.own_id(schema)
            if pointer and uri and not uri.startswith("#"):
                base = pointer
                schema.pop(document.id_keyword)
            self._rewrite(schema, document, base)
            self.pending += [
                (child, document, place, base) for child, place in subschemas(schema, pointer)
            ]

    def _rewrite(self, schema: dict[str, Any], document: Document, base: str) -> None:
        if isinstance(schema.get("$ref"), str):
            schema["$ref"] = self._target(schema["$ref"], document, base)
        for keyword in _DYNAMIC if document is not self.root else ():
            if keyword in schema:
                raise ReferenceProblem(
                    f"`{document.label}` uses `{keyword}`, which only works within one file"
                )

    def _target(self, reference: str, document: Document, base: str) -> str:
        """Return the reference within the bundle that takes the place of one in a document."""
        uri, _, fragment = reference.partition("#")
        if uri in METASCHEMAS:
            return reference
        found, part = self._part(uri, document, base, reference)
        try:
            pointer = found.pointer(fragment, part)
            target = found.at(pointer)
        except LookupError:
            raise ReferenceProblem(
                f"`{reference}` in `{document.label}` leads to nothing in `{found.label}`"
            ) from None
        if not isinstance(target, dict | bool):
            raise ReferenceProblem(
                f"`{reference}` in `{document.label}` leads to what is no schema"
            )
        if found is self.root:
            if isinstance(target, dict):
                self.pending.append((target, found, pointer, part))
            return "#" + quote(pointer, safe="/~$")
        return f"#/$defs/{self._take(found, pointer, part, target)}"

    def _take(self, document: Document, pointer: str, part: str, target: Any) -> str:
        """Take a schema in once, and return its name."""
        key = document.path, pointer
        if key in self.names:
            return self.names[key]
        problem = self.check(target)
        if problem is not None:
            raise InvalidFile(f"`{document.label}` is not a JSON Schema: {problem}")
        name = self.names[key] = self._name(document, pointer)
        made = self.taken[name] = copy.deepcopy(target)
        if isinstance(made, dict):
            for keyword in (document.id_keyword, "$anchor", "$dynamicAnchor", *DEFINITIONS):
                made.pop(keyword, None)
            self.pending.append((made, document, pointer, part))
        return name

    def _name(self, document: Document, pointer: str) -> str:
        """Return a name under `$defs` that is free, made of the file and the pointer."""
        start = os.path.dirname(self.root.label) or os.curdir
        file = os.path.relpath(document.label, start).removesuffix(".json")
        steps = [step for step in pointer.split("/") if step not in DEFINITIONS]
        name = re.sub(r"[^A-Za-z0-9]+", "_", "/".join([file, *steps])).strip("_") or "schema"
        taken = {*self.taken, *self.root.content.get("$defs", {})}
        free = (name if number == 1 else f"{name}_{number}" for number in range(1, len(taken) + 2))
        return next(candidate for candidate in free if candidate not in taken)

    def _part(
        self, uri: str, document: Document, base: str, reference: str
    ) -> tuple[Document, str]:
        """Return the document that a reference leads to, and the pointer to the part that its fragment starts from."""
        if not uri:
            return document, base
        for known in (document, *self.documents.values()):
            part = known.part(uri)
            if part is not None:
                return known, part
        parts = urlsplit(uri)
        if parts.scheme not in ("", "file") or parts.netloc:
            raise ReferenceProblem(
                f"`{reference}` in `{document.label}` is not a file, so it cannot be a part of the package"
            )
        name = _path_of(parts.path) if parts.scheme else unquote(uri)
        label = os.path.normpath(os.path.join(os.path.dirname(document.label), name))
        path = os.path.realpath(os.path.join(os.path.dirname(document.path), name))
        self.names_files = True
        if path not in self.documents:
            self.documents[path] = _read(path, label, document)
        return self.documents[path], ""


def _read(path: str, label: str, referrer: Document) -> Document:
    try:
        with open(path, encoding="utf-8-sig") as stream:
            return Document(path, label, json.load(stream), referrer.version)
    except OSError:
        raise ReferenceProblem(
            f"`{referrer.label}` refers to `{label}`, which cannot be read"
        ) from None
    except ValueError as error:
        raise InvalidFile(
            f"`{label}`, to which `{referrer.label}` refers, is not JSON: {error}"
        ) from None


def _path_of(url: str) -> str:
    """Return the path on this system that the path of a `file:` URL stands for."""
    from urllib.request import url2pathname  # it takes longer to import than most checks take

    return url2pathname(url)
