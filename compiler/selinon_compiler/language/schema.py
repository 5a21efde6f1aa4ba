"""The language as JSON Schema, for editors and other tools."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from selinon_compiler.language.conditions import CONDITION_SCHEMAS, LeafDecl
from selinon_compiler.language.flows import FlowFileDecl
from selinon_compiler.language.nodes import NodesFileDecl
from selinon_compiler.language.table import SECTIONS, Key, Section

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: Final[Mapping[str, type[Section]]] = {"nodes": NodesFileDecl, "flows": FlowFileDecl}
"""The kinds of documents, by the name under which their schema can be had."""


def schema_text(document: str) -> str:
    """Return the schema of a kind of documents, see `DOCUMENTS`, as it is printed and published."""
    origin = {
        "$comment": f"Generated, not to be edited: `selinon-compile schema {document}` prints it."
    }
    return json.dumps({**origin, **json_schema(DOCUMENTS[document])}, indent=2) + "\n"


def json_schema(root: type[Section]) -> dict[str, Any]:
    """Return the schema of documents that hold a section; the other sections are its definitions.

    It accepts the structures that the binder accepts. What a schema cannot say (names that refer to nothing, keys
    that are repeated) is left to the compiler. To JSON Schema, `1.0` is a whole number as well; to the binder it is
    not.
    """
    definitions = {path: _definition(cls) for path, cls in SECTIONS.items() if not _is_file(path)}
    return {
        "$schema": DIALECT,
        "title": root.path,
        **_definition(root, open_top=root is FlowFileDecl or root.lenient),
        "$defs": definitions,
    }


def _is_file(path: str) -> bool:
    return path.endswith(" file")


def _definition(cls: type[Section], *, open_top: bool = False) -> dict[str, Any]:
    properties = {
        spelling: _property(key) for key in cls.keys for spelling in (key.name, *key.spellings)
    }
    own: dict[str, Any] = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "required": sorted(key.name for key in cls.keys if key.required and not key.spellings),
        "additionalProperties": open_top,
    }
    conditions = [rule for key in cls.keys if key.spellings for rule in _spellings(key)]
    if conditions:
        own["allOf"] = conditions
    return {"anyOf": [own, *CONDITION_SCHEMAS]} if cls is LeafDecl else own


def _spellings(key: Key) -> Iterator[dict[str, Any]]:
    """Yield what holds for the several spellings of a key: at most one is stated, and one is if the key is needed."""
    names = [key.name, *key.spellings]
    if key.required:
        yield {"anyOf": [{"required": [name]} for name in names]}
    for pair in itertools.combinations(names, 2):
        yield {"not": {"required": list(pair)}}


def _property(key: Key) -> dict[str, Any]:
    schema = dict(key.kind.schema)
    if key.nullable and schema:
        schema = {"anyOf": [{"type": "null"}, schema]}
    return {**schema, "description": key.doc}
