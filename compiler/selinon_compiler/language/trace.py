"""The section `global.trace`: where events are reported to."""

from __future__ import annotations

from typing import Any

from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.frontend.nodes import Node, Scalar, Sequence
from selinon_compiler.language.kinds import SWITCH, Kind, Reader, one, wrong
from selinon_compiler.language.names import IDENTIFIER, LABEL, MODULE
from selinon_compiler.language.table import INVALID, Section, key, section
from selinon_compiler.language.templates import NEEDED_TEMPLATE


@section("trace function")
class TraceFunctionDecl(Section):
    """A function that is called with the number of each event and a mapping of its details."""

    import_: str = key(MODULE, doc="Module of the function.")
    name: str = key(IDENTIFIER, spellings=("function",), doc="Name of the function.")


@section("trace storage")
class TraceStorageDecl(Section):
    """A method of a storage that is called with the number of each event and a mapping of its details."""

    name: Scalar = key(LABEL, doc="Name of the storage.")
    method: str = key(IDENTIFIER, default="trace", doc="Method of the adapter.")


@section("trace sentry")
class TraceSentryDecl(Section):
    """A Sentry project to which failures of tasks are reported."""

    dsn: str = key(NEEDED_TEMPLATE, doc="Where the project is.")


@section("trace[]")
class TraceDecl(Section):
    """One place to report events to; usually with a single key."""

    logging: bool = key(SWITCH, default=False, doc="Python's logging.")
    json: bool = key(
        SWITCH,
        default=False,
        nullable=False,
        doc="JSON lines on standard output, failures on standard error.",
    )
    function: TraceFunctionDecl | None = key(
        one(TraceFunctionDecl), default=None, nullable=False, doc="A function."
    )
    storage: TraceStorageDecl | None = key(
        one(TraceStorageDecl), default=None, nullable=False, doc="A storage."
    )
    sentry: TraceSentryDecl | None = key(
        one(TraceSentryDecl), default=None, nullable=False, doc="Sentry."
    )


_TITLE = "a list of places to report events to, or a boolean"
_ENTRY = one(TraceDecl)


def _read(reader: Reader, node: Node) -> Any:
    if type(node.value) is bool:
        return node.value
    if isinstance(node, Sequence):
        found = [reader.bind(TraceDecl, child) for child in node.value]
        return tuple(child for child in found if child is not INVALID)
    if isinstance(node, MappingNode):
        child = (
            _older_function(reader, node)
            if "import" in node.value
            else reader.bind(TraceDecl, node)
        )
        return () if child is INVALID else (child,)
    return wrong(reader, node, _TITLE)


def _older_function(reader: Reader, node: MappingNode) -> Any:
    """Read `trace: {import: …, function: …}`, an older way to write a single function."""
    function = reader.bind(TraceFunctionDecl, node)
    if function is INVALID:
        return INVALID
    return TraceDecl(node.start, function.tree, function=function)


_OLDER = one(TraceFunctionDecl)

TRACE = Kind(
    title=_TITLE,
    schema={
        "anyOf": [
            {"type": "boolean"},
            {"type": "array", "items": _ENTRY.schema},
            _ENTRY.schema,
            _OLDER.schema,
        ]
    },
    read=_read,
    section=TraceDecl,
)
