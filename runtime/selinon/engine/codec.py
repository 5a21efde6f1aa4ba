"""Rows of a run as JSON values, both ways.

Fields with their default values are left out. Arguments of users have to be JSON values where rows are written; in the
memory of one process nothing is encoded. A store that need not write whole records takes the row of a delta, and hands
out rows of slices: how large these are depends neither on how long a run has been going nor on how much finished in it.
A slice has two parts, which may be kept apart: its state, which steps change, and what was given, which may be large.

>>> row = encode_run(Run(id="r", flow="f", active={"A": 1}))
>>> row
{'id': 'r', 'flow': 'f', 'active': {'A': 1}}
>>> decode_run(row) == Run(id="r", flow="f", active={"A": 1})
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from selinon.engine.asks import NodeTree, UserError
from selinon.engine.commands import Command, EndRun, FailRun, RestartRun, StartFlow, StartTask
from selinon.engine.events import Event, NodeFailed, NodeFinished, Start
from selinon.engine.selective import Selection
from selinon.engine.state import Delta, Run
from selinon.record import Record

Row: TypeAlias = dict[str, Any]

_IDS: Final = ("failed", "unforgiven")
_READ: Final = ("active", "kept", *_IDS)
_TOLD: Final = ("finished", "fired")


def encode_run(run: Run) -> Row:
    """Return the row of a run's record; what is in it is shared with the record."""
    return {**encode_slice(run), **_mappings(run, _TOLD)}


def encode_slice(run: Run) -> Row:
    """Return the row of what a step reads of a run's record: counters that no step reads are left out."""
    return {**encode_state(run), **encode_given(run)}


def encode_state(run: Run) -> Row:
    """Return the part of a slice that steps change."""
    row: Row = {"id": run.id, "flow": run.flow}
    if run.attempt != 1:
        row["attempt"] = run.attempt
    if run.started:
        row["started"] = True
    if run.ended:
        row["ended"] = True
    row |= _mappings(run, _READ)
    if run.first is not None:
        row["first"] = run.first
    return row


def encode_given(run: Run) -> Row:
    """Return the part of a slice that a run was given; it changes at most once in an attempt."""
    row: Row = {}
    if run.original_args is not None:
        row["original_args"] = run.original_args
    if run.node_args is not run.original_args:
        row["node_args"] = run.node_args
    if run.parent is not None:
        row["parent"] = run.parent
    if run.answers is not None:
        row["answers"] = run.answers
    if run.selection is not None:
        row["selection"] = encode_selection(run.selection)
    return row


def _mappings(run: Run, names: Iterable[str]) -> Row:
    """Return those of some mappings of a record that are not empty."""
    row: Row = {}
    for name in names:
        value = getattr(run, name)
        if value:
            row[name] = dict(
                value.items()
            )  # far quicker than by its keys, which calls back for each
    return row


def decode_run(row: Mapping[str, Any]) -> Run:
    """Return the record that a row stands for."""
    fields = {"original_args": None, **row}
    if "node_args" not in fields:
        fields["node_args"] = fields["original_args"]
    for name in _IDS:
        if name in fields:
            fields[name] = {node: tuple(ids) for node, ids in fields[name].items()}
    if "selection" in fields:
        fields["selection"] = decode_selection(fields["selection"])
    return Run(**fields)


def encode_delta(delta: Delta) -> Row:
    """Return the row of what a step changes of a run's record."""
    return {name: value for name in delta.__slots__ if (value := getattr(delta, name))}


def decode_delta(row: Mapping[str, Any]) -> Delta:
    """Return the change that a row stands for."""
    fields = dict(row)
    for name in _IDS:
        if name in fields:
            fields[name] = tuple((node, id) for node, id in fields[name])
    fields["answered"] = tuple(fields.get("answered", ()))
    return Delta(**fields)


def encode_selection(selection: Selection) -> Row:
    """Return the row of a selection."""
    return {
        "tasks": list(selection.tasks),
        "edges": {
            flow: {key: list(names) for key, names in parts.items()}
            for flow, parts in selection.edges.items()
        },
        "subsequent": {flow: list(keys) for flow, keys in selection.subsequent.items()},
    }


def decode_selection(row: Mapping[str, Any]) -> Selection:
    """Return the selection that a row stands for."""
    return Selection(
        tasks=tuple(row["tasks"]),
        edges={
            flow: {key: tuple(names) for key, names in parts.items()}
            for flow, parts in row["edges"].items()
        },
        subsequent={flow: tuple(keys) for flow, keys in row["subsequent"].items()},
    )


_EVENTS: Final[dict[str, type[Event]]] = {
    cls.__name__: cls for cls in (Start, NodeFinished, NodeFailed)
}
_COMMANDS: Final[dict[str, type[Command]]] = {
    cls.__name__: cls for cls in (StartTask, StartFlow, EndRun, FailRun, RestartRun)
}


def encode_event(event: Event) -> Row:
    """Return the row of an event: its fields, and its class as `kind`."""
    return {"kind": type(event).__name__, **_fields(event)}


def decode_event(row: Mapping[str, Any]) -> Event:
    """Return the event that a row stands for."""
    fields = dict(row)
    return _EVENTS[fields.pop("kind")](**fields)


def encode_command(command: Command) -> Row:
    """Return the row of a command: its fields, and its class as `kind`."""
    fields = _fields(command)
    if fields.get("selection") is not None:
        fields["selection"] = encode_selection(fields["selection"])
    if "failed" in fields and not isinstance(command, StartTask | StartFlow):
        fields["failed"] = {name: list(ids) for name, ids in fields["failed"].items()}
    return {"kind": type(command).__name__, **fields}


def decode_command(row: Mapping[str, Any]) -> Command:
    """Return the command that a row stands for."""
    fields = dict(row)
    cls = _COMMANDS[fields.pop("kind")]
    if fields.get("selection") is not None:
        fields["selection"] = decode_selection(fields["selection"])
    if issubclass(cls, FailRun | RestartRun):
        fields["failed"] = {name: tuple(ids) for name, ids in fields["failed"].items()}
    return cls(**fields)


def encode_answer(answer: Any) -> Any:
    """Return an answer as a JSON value: what is not one already becomes a mapping with a key of its own."""
    match answer:
        case NodeTree():
            return {"$nodes": _encode_tree(answer)}
        case Selection():
            return {"$selection": encode_selection(answer)}
        case UserError(reason=reason):
            return {"$error": reason}
        case _:
            return {"$value": answer}


def decode_answer(row: Mapping[str, Any]) -> Any:
    """Return the answer that a JSON value stands for."""
    ((kind, value),) = row.items()
    match kind:
        case "$nodes":
            return _decode_tree(value)
        case "$selection":
            return decode_selection(value)
        case "$error":
            return UserError(value)
        case _:
            return value


def _encode_tree(tree: NodeTree) -> Row:
    return {
        "tasks": {name: list(ids) for name, ids in tree.tasks.items()},
        "flows": {name: [_encode_tree(t) for t in trees] for name, trees in tree.flows.items()},
    }


def _decode_tree(row: Mapping[str, Any]) -> NodeTree:
    return NodeTree(
        tasks={name: tuple(ids) for name, ids in row["tasks"].items()},
        flows={name: tuple(_decode_tree(t) for t in rows) for name, rows in row["flows"].items()},
    )


def _fields(record: Record) -> Row:
    defaults = record.defaults
    return {
        name: value
        for name in record.__slots__
        if (value := getattr(record, name)) is not None or name not in defaults
    }
