"""Showing how a run ended: to people as lines, to programs as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from selinon.local import RunResult

__all__ = ["as_json", "as_text", "shown_counts"]

LONGEST = 200
"""A result is cut to about this many characters when it is shown to people."""


def as_json(result: RunResult) -> str:
    """Return a run's end as a JSON document."""
    value = {
        "id": result.id,
        "flow": result.flow,
        "state": result.state,
        **result.nodes,
        "reason": result.reason,
        "reasons": dict(result.reasons),
        "results": [
            {"task": task, "id": id, "result": _encodable(value)}
            for task, id, value in result.results
        ],
    }
    return json.dumps(value, indent=2, default=_shown) + "\n"


def shown_counts(counts: Counter[str]) -> str:
    """Return names with how often they occur, where that is more than once."""
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())


def _encodable(value: Any) -> Any:
    """Return a value that can be written as JSON, or else the text that shows it."""
    try:
        json.dumps(value, default=_shown, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _shown(value)
    return value


def _shown(value: Any) -> str:
    """Return a value in Python's notation; not every value of a user has one."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} without a representation: {type(error).__name__}>"


def as_text(result: RunResult) -> str:
    """Return a run's end as lines: what tasks returned, what failed and why, and the state."""
    lines = [
        f"{task}: {_cut(_shown(value))}" for task, _, value in result.results if value is not None
    ]
    for name, ids in result.nodes["failed_nodes"].items():
        lines += [
            f"{name} failed: {_cut(result.reasons.get(id, 'for an unknown reason'))}" for id in ids
        ]
    if result.reason:
        lines.append(f"the flow failed: {result.reason}")
    finished = Counter({name: len(ids) for name, ids in result.nodes["finished_nodes"].items()})
    shown = shown_counts(finished) or "nothing"
    lines.append(f"flow {result.flow} {result.state}; finished: {shown}")
    return "\n".join(lines) + "\n"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
