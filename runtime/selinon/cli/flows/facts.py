"""What is on record about runs, as JSON values, and in words."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from selinon.cli.results import shown_counts
from selinon.store.protocol import Brief, Ended, LiveNode, RunView, Store
from selinon.worker.cancelling import is_cancelled

__all__ = ["active_text", "age_text", "about", "about_all"]

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def about(brief: Brief) -> dict[str, Any]:
    """Return what a list tells about a run."""
    return {**_header_facts(brief), "left": brief.live}


def _header_facts(run: Brief | RunView) -> dict[str, Any]:
    """Return what a list and the view of a single run have in common."""
    header = run.header
    state = json.loads(run.state)
    return {
        "id": header.id,
        "flow": header.flow,
        "package": header.package,
        "version": header.version,
        "status": _status(run.ended, run.parked),
        "created": datetime.fromtimestamp(run.created, UTC).isoformat(timespec="milliseconds"),
        "age": round(max(0.0, time.time() - run.created), 3),
        "attempt": state.get("attempt", 1),
        "active": state.get("active", {}),
        "parked": run.parked or None,
        "parent": header.parent,
        "parent_flow": header.parent_flow,
    }


def about_all(store: Store, view: RunView) -> dict[str, Any]:
    """Return all about a run."""
    finished: dict[str, list[str]] = {}
    for name, id in view.archive:
        finished.setdefault(name, []).append(id)
    owners = {node.owner for node in view.live if node.owner}
    alive = {owner: store.alive(owner) for owner in owners}
    return {
        **_header_facts(view),
        "fingerprint": view.header.fingerprint,
        "live": [_node(store, node, alive) for node in view.live],
        "finished": finished,
        "waiting": view.waiting,
        "ended": _end(view.ended),
    }


def _node(store: Store, node: LiveNode, alive: dict[str, bool]) -> dict[str, Any]:
    inner = store.brief(node.id) if node.state == "flow" else None
    return {
        "id": node.id,
        "name": json.loads(node.body)["name"],
        "kind": "flow" if node.state == "flow" else "task",
        "state": node.state if node.state != "flow" else _status_of_inner(inner),
        "attempt": node.attempt,
        "nowait": not node.awaited,
        "current": node.current,
        "process": node.owner or None,
        "alive": alive.get(node.owner),
    }


def _status_of_inner(brief: Brief | None) -> str:
    return "not begun" if brief is None else _status(brief.ended, brief.parked)


def _status(ended: Ended | None, parked: str) -> str:
    if ended is None:
        return "parked" if parked else "running"
    if is_cancelled(ended):
        return "cancelled"
    return "failed" if ended.failed else "succeeded"


def _end(ended: Ended | None) -> dict[str, Any] | None:
    if ended is None:
        return None
    failure = json.loads(ended.failed) if ended.failed else {}
    return {
        "failed": failure.get("failed", {}),
        "reasons": failure.get("reasons", {}),
        "reason": failure.get("reason"),
    }


def active_text(facts: dict[str, Any]) -> str:
    """Return what is active in a run; nodes that ended and only count are not taken off one by one."""
    active = Counter[str](facts["active"])
    if not active:
        return "nothing"
    text = shown_counts(active)
    return text if facts["left"] == active.total() else f"{text}; {facts['left']} left"


def age_text(seconds: float) -> str:
    """Return a span of time in its two largest units."""
    left = int(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
