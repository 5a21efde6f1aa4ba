"""Where two results of one application differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

COMPARED = ("executions", "ends")


def differences(original: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return one line for each difference, none when the two systems did the same."""
    if original["status"] != here["status"]:
        return [f"status: original {_status(original)}, here {_status(here)}"]
    if original["status"] in ("refused", "unbounded"):
        return []
    lines = []
    for key in COMPARED:
        there, now = _counted(original[key]), _counted(here[key])
        lines += [f"{key}: only original, {count}x {text}" for text, count in (there - now).items()]
        lines += [f"{key}: only here, {count}x {text}" for text, count in (now - there).items()]
    if original["reported"] != here["reported"]:
        lines.append(f"reported: original {original['reported']}, here {here['reported']}")
    return lines


def _counted(values: Iterable[Any]) -> Counter[str]:
    return Counter(json.dumps(value, sort_keys=True) for value in values)


def _status(result: Mapping[str, Any]) -> str:
    reason = result.get("reason")
    return f"{result['status']} ({reason})" if reason else str(result["status"])
