"""Kinds of values that name something: names, uses of names, and lists of them."""

from __future__ import annotations

import re
from typing import Any

from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.frontend.nodes import Node, Scalar, Sequence
from selinon_compiler.language.codes import INVALID_NAME, INVALID_VALUE
from selinon_compiler.language.kinds import Kind, Reader, wrong
from selinon_compiler.language.table import INVALID

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _read_name(reader: Reader, node: Node) -> Any:
    if type(node) is not Scalar or type(node.value) is not str:
        return wrong(reader, node, "a name")
    if not node.value:
        return reader.report(INVALID_VALUE, node, "expected a name, found an empty string")
    if not _NAME.fullmatch(node.value):
        return reader.report(
            INVALID_NAME,
            node,
            f"`{node.value}` is not a name of a task or flow",
            "a name consists of ASCII letters, digits and underscores and does not start with a digit",
        )
    return node


NAME = Kind(
    title="a name: ASCII letters, digits and underscores, not starting with a digit",
    schema={"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$(?!\\n)"},
    read=_read_name,
)
"""The name of a task or flow; it is read as the located scalar itself.

To some engines `$` also matches before a line break at the end, hence what follows it in the pattern.
"""


def _read_label(reader: Reader, node: Node) -> Any:
    if type(node) is Scalar and type(node.value) is str and node.value:
        return node
    if node.value == "":
        return reader.report(INVALID_VALUE, node, "expected a name, found an empty string")
    return wrong(reader, node, "a name")


LABEL = Kind(title="a name", schema={"type": "string", "minLength": 1}, read=_read_label)
"""A name that is not restricted in form, or the use of one; it is read as the located scalar itself."""


def _labels(reader: Reader, node: Sequence) -> Any:
    """Read a list of names; names that are none are reported and left out."""
    found = [_read_label(reader, child) for child in node.value]
    return tuple(child for child in found if child is not INVALID)


def _names(title: str, *, empty: bool) -> Kind:
    def read(reader: Reader, node: Node) -> Any:
        if type(node) is Scalar and type(node.value) is str and node.value:
            return (node,)
        if isinstance(node, Sequence):
            if not node.value and not empty:
                return reader.report(INVALID_VALUE, node, f"expected {title}, found an empty list")
            found = _labels(reader, node)
            return found if found or not node.value else INVALID
        if isinstance(node, MappingNode):
            return wrong(reader, node, title)
        label = _read_label(reader, node)
        return INVALID if label is INVALID else (label,)

    items = {"type": "array", "items": LABEL.schema, **({} if empty else {"minItems": 1})}
    return Kind(title=title, schema={"anyOf": [LABEL.schema, items]}, read=read)


NAMES = _names("a name or a list of names", empty=True)
DESTINATIONS = _names("a name or a non-empty list of names", empty=False)


def _read_sources(reader: Reader, node: Node) -> Any:
    return NAMES.read(reader, node) if node.value not in (None, "") else ()


SOURCES = Kind(
    title="nothing, a name or a list of names",
    schema={"anyOf": [{"type": "null"}, {"const": ""}, *NAMES.schema["anyOf"]]},
    read=_read_sources,
)


def _listed(title: str, *, empty: bool) -> Kind:
    def read(reader: Reader, node: Node) -> Any:
        if not isinstance(node, Sequence):
            return wrong(reader, node, title)
        if not node.value and not empty:
            return reader.report(
                INVALID_VALUE, node, "expected at least one name, found an empty list"
            )
        return _labels(reader, node)

    items = {"type": "array", "items": LABEL.schema, **({} if empty else {"minItems": 1})}
    return Kind(title=title, schema=items, read=read)


LISTED = _listed("a list of names", empty=False)
_ANY_LISTED = _listed("a boolean or a list of names", empty=True)


def _read_switch_or_list(reader: Reader, node: Node) -> Any:
    return node.value if type(node.value) is bool else _ANY_LISTED.read(reader, node)


SWITCH_OR_LIST = Kind(
    title=_ANY_LISTED.title,
    schema={"anyOf": [{"type": "boolean"}, _ANY_LISTED.schema]},
    read=_read_switch_or_list,
)


def _read_name_list(reader: Reader, node: Node) -> Any:
    if not isinstance(node, Sequence):
        return wrong(reader, node, "a list of names")
    found = [_read_name(reader, child) for child in node.value]
    return tuple(child for child in found if child is not INVALID)


NAME_LIST = Kind(
    title="a list of names of flows",
    schema={"type": "array", "items": NAME.schema},
    read=_read_name_list,
    instead=(),
)


def _read_chosen(reader: Reader, node: Node) -> Any:
    return node.value if type(node.value) is bool else NAMES.read(reader, node)


CHOSEN = Kind(
    title="a boolean, a name or a list of names",
    schema={"anyOf": [{"type": "boolean"}, *NAMES.schema["anyOf"]]},
    read=_read_chosen,
)


def _read_fallback(reader: Reader, node: Node) -> Any:
    if node.value is True:
        return ()
    if node.value is None or node.value is False:
        return wrong(reader, node, "`true`, a name or a list of names")
    return NAMES.read(reader, node)


FALLBACK = Kind(
    title="`true`, a name or a list of names",
    schema={"anyOf": [{"const": True}, *NAMES.schema["anyOf"]]},
    read=_read_fallback,
)


_IDENTIFIER = r"[^\W\d]\w*"


def _python_name(what: str, pattern: str, help: str) -> Kind:
    known = re.compile(pattern)

    def read(reader: Reader, node: Node) -> Any:
        if type(node) is not Scalar or type(node.value) is not str:
            return wrong(reader, node, "a string")
        if not node.value:
            return reader.report(INVALID_VALUE, node, "expected a string, found an empty string")
        if not known.fullmatch(node.value):
            return reader.report(
                INVALID_NAME, node, f"`{node.value}` is not the name of {what}", help
            )
        return node.value

    schema = {"type": "string", "pattern": f"^{pattern}$(?!\\n)"}
    return Kind(title=f"the name of {what}", schema=schema, read=read)


MODULE = _python_name(
    "a module",
    rf"{_IDENTIFIER}(\.{_IDENTIFIER})*",
    "a module is named by identifiers joined by dots",
)
IDENTIFIER = _python_name(
    "a class or function", _IDENTIFIER, "it has to be an identifier of Python"
)
"""A name in a module."""
