"""The text of events."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from selinon.plain import shown

__all__ = ["json_line", "utc_time"]

_MOST_BITS = 10_000
"""Longer integers are not written: Python limits the digits of integers that it converts."""


def utc_time() -> str:
    """Return the time now, in UTC: `2024-05-31 08:45:02.230896`."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def json_line(record: dict[str, Any]) -> str:
    """Return the record as JSON on one line, with sorted keys; what JSON cannot express is shown by its `repr`.

    >>> json_line({"items": range(2), "ratio": float("nan"), "count": 1})
    '{"count": 1, "items": "range(0, 2)", "ratio": "nan"}'
    """
    try:
        return json.dumps(record, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_expressible(record, ()), sort_keys=True)


_DEEPEST = 100
"""Containers within so many others are shown by their `repr`."""


def _expressible(value: Any, around: tuple[int, ...]) -> Any:
    """Return the value with everything that JSON lacks replaced by text; `around` identifies what it lies in."""
    if id(value) in around or len(around) == _DEEPEST:
        return shown(value)
    inside = (*around, id(value))
    match value:
        case None | str() | bool():
            return value
        case int():
            return value if value.bit_length() < _MOST_BITS else shown(value)
        case float():
            return value if math.isfinite(value) else shown(value)
        case dict():
            return {_key(key): _expressible(item, inside) for key, item in value.items()}
        case list() | tuple():
            return [_expressible(item, inside) for item in value]
        case _:
            return shown(value)


def _key(key: object) -> str:
    return key if isinstance(key, str) else shown(key)
