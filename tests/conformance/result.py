"""What a run of the application came to, as plain data without ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.application import World

ENDS = {
    "FLOW_END": "succeeded",
    "FLOW_FAILURE": "failed",
    "DISPATCHER_FAILURE": "failed at once",
}


def result_of(world: World, status: str, reported: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what happened in a world.

    `status` is `ended`, or `unbounded`. `reported` is what the user who started the flow learns of the nodes that
    finished and failed. Ends of attempts hold the same as each run knew it. Lists have no meaningful order.
    """
    names = world.names
    ends = [
        {
            "run": names[details["dispatcher_id"]].text,
            "flow": details["flow_name"],
            "attempt": (details.get("retried_count") or 0) + 1,
            "end": ENDS[event],
            "again": bool(details.get("will_retry")),
            **_nodes(world, details.get("state")),
        }
        for event, details in world.events
        if event in ENDS
    ]
    return {
        "status": status,
        "executions": world.executions,
        "ends": ends,
        "reported": _nodes(world, reported),
        "eager": [
            _run(world, details) for event, details in world.events if event == "EAGER_FAILURE"
        ],
        "problems": [
            details["what"].splitlines()[-1:]
            for event, details in world.events
            if event == "DISPATCHER_FAILURE"
        ],
        "fallbacks": [
            [
                _run(world, details),
                sorted(node["name"] for node in details["nodes"]),
                details["fallback"],
            ]
            for event, details in world.events
            if event == "FALLBACK_START"
        ],
    }


def _run(world: World, details: Mapping[str, Any]) -> str:
    return world.names[details["dispatcher_id"]].text


def _nodes(world: World, state: Any) -> dict[str, Any]:
    """Return the nodes that finished and failed, by name; nothing of a kind is told where nothing is known."""
    found = state if isinstance(state, Mapping) else {}
    return {
        key: {
            name: sorted(world.names[id].text for id in ids)
            for name, ids in sorted(found.get(f"{key}_nodes", {}).items())
            if ids
        }
        for key in ("finished", "failed")
    }
