"""The text of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

__all__ = ["json_line", "utc_time"]


def utc_time() -> str:
    """Return the time now, in UTC: `2024-05-31 08:45:02.230896`."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def json_line(record: dict[str, Any]) -> str:
    """Return the record as JSON on one line, with sorted keys; what JSON cannot express is shown by its `repr`."""
    try:
        return json.dumps(record, sort_keys=True, default=repr)
    except (TypeError, ValueError, RecursionError):
        # Keys of several kinds, or a value that contains itself, make even the containers unserialisable.
        return json.dumps(_shown(record), sort_keys=True)


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with only its own structure and that of its details kept."""
    return {
        str(key): _shown(value) if key == "details" and isinstance(value, dict) else _scalar(value)
        for key, value in record.items()
    }


def _scalar(value: object) -> object:
    """Return a plain scalar as it is, and the `repr` of anything else."""
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)
