"""Kinds of values: how each is read, described, and put into JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from selinon.record import Record
from selinon_compiler.diagnostics import Rule, did_you_mean
from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.frontend.nodes import Node, Scalar, Sequence
from selinon_compiler.language.codes import (
    INVALID_VALUE,
    WRONG_TYPE,
)
from selinon_compiler.language.table import INVALID, Section


class Reader(Protocol):
    """What a kind needs from the binder."""

    def bind(self, cls: type[Section], node: Node) -> Any:
        """Return the section read from a node, or `INVALID`."""

    def report(self, rule: Rule, node: Node, message: str, help: str | None = None) -> Any:
        """Report something about a node; return `INVALID`."""

    def data(self, node: Node, *, lenient: bool) -> Any:
        """Return a user's value as plain data; with `lenient`, repeated keys are only warned of."""


class Kind(Record):
    """A kind of value.

    `title` completes the sentence 'expected …'; `schema` is a JSON Schema; `exact` is the type of scalars that need
    no look when they are true in Python's sense, so that the binder can take them without a call; `instead` takes the
    place of a value that is needed and cannot be read, unless the whole section is to be left out.
    """

    title: str
    schema: Mapping[str, Any]
    read: Callable[[Reader, Node], Any]
    exact: type | None = None
    section: type[Section] | None = None
    instead: Any = INVALID


def wrong(reader: Reader, node: Node, title: str) -> Any:
    """Report that a node is not what was expected."""
    return reader.report(WRONG_TYPE, node, f"expected {title}, found {described(node)}")


def described(node: Node) -> str:
    """Return what a node is, for a message."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    names = {bool: "a boolean", int: "a number", float: "a float", str: "a string"}
    return names.get(type(value), "a date")


def _text(title: str, *, empty: bool) -> Kind:
    def read(reader: Reader, node: Node) -> Any:
        if type(node) is not Scalar or type(node.value) is not str:
            return wrong(reader, node, title)
        if not node.value and not empty:
            return reader.report(INVALID_VALUE, node, f"expected {title}, found an empty string")
        return node.value

    schema = {"type": "string"} if empty else {"type": "string", "minLength": 1}
    return Kind(title=title, schema=schema, read=read, exact=str)


TEXT = _text("a string", empty=False)


def _read_count(reader: Reader, node: Node) -> Any:
    if type(node.value) is not int:
        return wrong(reader, node, "a whole number")
    if node.value < 0:
        return reader.report(
            INVALID_VALUE, node, f"expected a number that is not negative, found {node.value}"
        )
    return node.value


COUNT = Kind(
    title="a whole number that is not negative",
    schema={"type": "integer", "minimum": 0},
    read=_read_count,
)


LARGEST_AMOUNT = 10**15
"""Amounts beyond can only be mistakes, and the sum of such intervals could be too large for a float."""


def _read_amount(reader: Reader, node: Node) -> Any:
    value = node.value
    if type(value) not in (int, float):
        return wrong(reader, node, "a number")
    if not 0 <= value < float("inf"):
        return reader.report(
            INVALID_VALUE, node, f"expected a number that is not negative, found {value}"
        )
    if value > LARGEST_AMOUNT:
        return reader.report(INVALID_VALUE, node, f"expected a number up to 1e15, found {value}")
    return value


AMOUNT = Kind(
    title="a number that is not negative",
    schema={"type": "number", "minimum": 0, "maximum": LARGEST_AMOUNT},
    read=_read_amount,
)


def _read_switch(reader: Reader, node: Node) -> Any:
    return node.value if type(node.value) is bool else wrong(reader, node, "a boolean")


SWITCH = Kind(title="a boolean", schema={"type": "boolean"}, read=_read_switch, exact=bool)


def _keyword_error(reader: Reader, node: MappingNode) -> Any:
    """Report the first key that cannot be the name of an argument; return None when there is none."""
    for name, child in node.value.items():
        if type(name) is not str:
            return reader.report(
                WRONG_TYPE, child.key or child, f"expected the name of an argument, found `{name}`"
            )
    return None


def _read_configuration(reader: Reader, node: Node) -> Any:
    if isinstance(node, MappingNode) and _keyword_error(reader, node) is INVALID:
        return INVALID
    return reader.data(node, lenient=True)


CONFIGURATION = Kind(
    title="a mapping of argument names to values, or any other value",
    schema={},
    read=_read_configuration,
)
"""What a storage is configured with, as plain data; repeated keys are only warned of."""


def _arguments(*, lenient: bool) -> Kind:
    def read(reader: Reader, node: Node) -> Any:
        if not isinstance(node, MappingNode):
            return wrong(reader, node, "a mapping")
        error = _keyword_error(reader, node)
        return reader.data(node, lenient=lenient) if error is None else error

    return Kind(
        title="a mapping of argument names to values",
        schema={"type": "object"},
        read=read,
    )


ARGUMENTS = _arguments(lenient=False)
OPTIONS = _arguments(lenient=True)
"""Keyword arguments in which repeated keys are only warned of."""


def choice(*values: str) -> Kind:
    """Return the kind of one of these words."""
    title = f"one of {', '.join(f'`{value}`' for value in values)}"

    def read(reader: Reader, node: Node) -> Any:
        if type(node) is not Scalar or type(node.value) is not str:
            return wrong(reader, node, title)
        if node.value not in values:
            near = did_you_mean(node.value, values)
            help = f"`{near}` is similar" if near else None
            return reader.report(
                INVALID_VALUE, node, f"expected {title}, found `{node.value}`", help
            )
        return node.value

    return Kind(title=title, schema={"enum": list(values)}, read=read)


def one(cls: type[Section], *, empty: bool = False) -> Kind:
    """Return the kind of a single section; with `empty`, a mapping without keys means that there is none."""

    def read(reader: Reader, node: Node) -> Any:
        return None if empty and node.value == {} else reader.bind(cls, node)

    schema: Mapping[str, Any] = {"$ref": f"#/$defs/{cls.path}"}
    return Kind(
        title=f"a mapping, see `{cls.path}`",
        schema={"anyOf": [schema, {"type": "object", "maxProperties": 0}]} if empty else schema,
        read=read,
        section=cls,
    )


def elsewhere(kind: Kind) -> Kind:
    """Return the kind of a value that is described, but read in another role of the file: it is passed over."""
    return Kind(
        title=kind.title,
        schema=kind.schema,
        read=lambda reader, node: (),
        section=kind.section,
    )


def many(cls: type[Section], *, sugar: bool = False, empty: bool = True) -> Kind:
    """Return the kind of a list of sections; with `sugar`, a single mapping means a list of one."""
    title = f"a list, see `{cls.path}`" if empty else f"a non-empty list, see `{cls.path}`"

    def read(reader: Reader, node: Node) -> Any:
        if isinstance(node, Sequence):
            if not node.value and not empty:
                return reader.report(
                    INVALID_VALUE, node, "expected at least one entry, found an empty list"
                )
            found = [reader.bind(cls, child) for child in node.value]
            return tuple(child for child in found if child is not INVALID)
        if sugar and isinstance(node, MappingNode):
            child = reader.bind(cls, node)
            return () if child is INVALID else (child,)
        return wrong(reader, node, "a list of mappings")

    reference = {"$ref": f"#/$defs/{cls.path}"}
    listed = {"type": "array", "items": reference, **({} if empty else {"minItems": 1})}
    return Kind(
        title=title,
        schema={"anyOf": [listed, reference]} if sugar else listed,
        read=read,
        section=cls,
        instead=() if empty else INVALID,
    )
