"""The events as a table, for the documentation."""

from __future__ import annotations

from selinon.trace.event import FIELD_MEANINGS, Event
from selinon.trace.events import EVENTS

__all__ = ["event_table"]


def event_table() -> str:
    """Return two Markdown tables: all events with their fields, and all fields with their meanings."""
    lines = ["| Number | Event | Level | Meaning | Fields |", "|---|---|---|---|---|"]
    lines += [_row(kind) for kind in EVENTS]
    lines += ["", "| Field | Meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in sorted(FIELD_MEANINGS.items())]
    return "\n".join(lines) + "\n"


def _row(kind: type[Event]) -> str:
    names = ", ".join(f"`{name}`" for name in kind.names) or "none"
    return f"| {kind.number} | `{kind.wire_name()}` | {kind.level} | {kind.__doc__} | {names} |"
