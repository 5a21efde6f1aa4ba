"""What the store keeps of a run, as JSON text: its record, what it was given, its events, and what nodes are given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from selinon.abi import FlowSpec
from selinon.engine import Event, NodeFailed, NodeFinished, Run, Start, StartFlow, StartTask
from selinon.engine.codec import (
    decode_run,
    decode_selection,
    encode_given,
    encode_selection,
    encode_state,
)

__all__ = [
    "START",
    "ended_text",
    "given_text",
    "node_text",
    "read_event",
    "read_node",
    "read_run",
    "state_text",
    "write_event",
]

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

START: Final = '["S"]'
"""The event with which an attempt begins."""


def state_text(run: Run, look: float | None = None) -> str:
    """Return what steps read and change of the record of a run, and with it what its sampling strategy chose last."""
    row = encode_state(run)
    if look is not None:
        row["look"] = look
    return _encode(row)


def given_text(run: Run) -> str:
    """Return what a run was given; raises ValueError or TypeError if that is no JSON."""
    return _encode(encode_given(run))


def ended_text(state: str) -> str:
    """Return the state of a run as it is when the run ends right there."""
    return _encode({**json.loads(state), "started": True, "ended": True})


def read_run(state: str, given: str) -> tuple[Run, float | None]:
    """Return what steps read of the record of a run, and what its sampling strategy chose last."""
    row = json.loads(state)
    look = row.pop("look", None)
    return decode_run({**row, **json.loads(given)}), look


def write_event(event: Event) -> str:
    """Return an event as text."""
    match event:
        case NodeFinished(id=id, name=name):
            return _encode(["F", id, name])
        case NodeFailed(id=id, name=name, reason=reason):
            return _encode(["X", id, name, reason])
        case Start():
            return START


def read_event(text: str) -> Event:
    """Return the event that a text stands for."""
    kind, *fields = json.loads(text)
    match kind:
        case "F":
            return NodeFinished(*fields)
        case "X":
            return NodeFailed(*fields)
        case _:
            return Start()


def node_text(run: Run, flow: FlowSpec, command: StartTask | StartFlow) -> str:
    """Return what a node is given; arguments that are the run's own stay with the run.

    Raises:
        ValueError: something in it is no JSON.
        TypeError: the same.
    """
    row: dict[str, Any] = {"name": command.name, "place": command.place}
    # Those of the run may be replaced while a node waits that nobody waits for.
    if command.node_args is not run.node_args or flow.node_args_from_first:
        row["node_args"] = command.node_args
    if command.parent is not None:
        row["parent"] = command.parent
    if command.failed:
        row["failed"] = command.failed
    if isinstance(command, StartFlow) and command.selection is not None:
        row["selection"] = encode_selection(command.selection)
    return _encode(row)


def read_node(text: str, given: str = "") -> dict[str, Any]:
    """Return what a node is given: `name`, `place`, `node_args`, `parent`, `failed` and `selection`."""
    row: dict[str, Any] = json.loads(text)
    if "node_args" not in row:
        known: Mapping[str, Any] = json.loads(given) if given else {}
        row["node_args"] = known.get("node_args", known.get("original_args"))
    selection = row.get("selection")
    return {
        "parent": None,
        "failed": None,
        **row,
        "selection": None if selection is None else decode_selection(selection),
    }
