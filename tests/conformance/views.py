"""Results with something left out that is known to differ."""

from __future__ import annotations

from typing import Any

NOTHING: dict[str, Any] = {"finished": {}, "failed": {}}


def without_finished_of_retried(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out which nodes had finished in attempts that another one followed."""
    ends = [{**end, "finished": {}} if end["again"] else end for end in result.get("ends", ())]
    return {**result, "ends": ends}


def without_state_of_eager(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out which nodes there were in runs in which a failure was not waited with, but not that there were any."""
    eager = set(result.get("eager", ()))
    ends = [{**end, **NOTHING} if end["run"] in eager else end for end in result.get("ends", ())]
    reported = result.get("reported")
    if eager and reported:
        reported = any(reported.values())
    return {**result, "ends": ends, "reported": reported}


def without_empty_parents(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out of parents the sub-flows without any task."""
    executions = [
        {**execution, "parent": _filled(execution["parent"])}
        for execution in result.get("executions", ())
    ]
    return {**result, "executions": executions}


def _filled(parent: Any) -> Any:
    if not isinstance(parent, dict):
        return parent
    found = {key: _filled(value) for key, value in parent.items()}
    return {key: value for key, value in found.items() if value != {}}
