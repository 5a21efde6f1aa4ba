"""What becomes of tasks: a table of rules, the same for both systems.

A table is plain data: `{"seed": 1, "tasks": {"A": [rule, …]}}`. The first rule of a task whose `when` holds counts:

- `{"raise": "error"}`: the attempt fails; `fatal`: for good; `retry`: the task asks to be run again
- `{"odds": {"error": 20, "fatal": 5, "retry": 10}}`: the same, in so many of a hundred cases, else it finishes
- `{"result": value}`: it finishes with a result; without one, with `{"depth": …, "value": 0…4}`

`when` may hold `attempt` and `flow_attempt` (from 1), `depth`, `flow`, `args`, each a value or a list of values, and
`least_depth`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.names import Name

MOST_RETRIES = 3
"""A task asks to be run again so often at most, whatever its odds are."""


@dataclass(frozen=True)
class Ending:
    """How one execution of a task ends: `ok` with a result, or `error`, `fatal`, `retry`."""

    kind: str
    result: Any = None


def drawn(*what: Any) -> int:
    """Return a number that is always the same for the same values, and otherwise as good as random."""
    text = json.dumps(what, sort_keys=True, default=repr)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def ending(table: Mapping[str, Any], task: str, name: Name, node_args: Any, attempt: int) -> Ending:
    """Return how an execution of a task ends; `attempt` counts its executions, from 1."""
    seed = table.get("seed", 0)
    facts = {
        "attempt": attempt,
        "flow_attempt": name.attempt + 1,
        "depth": name.depth,
        "flow": name.flow,
        "args": node_args,
    }
    usual = {"depth": name.depth, "value": drawn(seed, "value", name.text) % 5}
    for rule in table.get("tasks", {}).get(task, ()):
        if not _holds(rule.get("when", {}), facts):
            continue
        kind = rule.get("raise") or _by_odds(rule.get("odds", {}), (seed, name.text, attempt))
        if kind == "retry" and attempt > MOST_RETRIES:
            kind = "ok"
        return Ending(kind, rule.get("result", usual))
    return Ending("ok", usual)


def _holds(when: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    for key, wanted in when.items():
        if key == "least_depth":
            if facts["depth"] < wanted:
                return False
        elif facts[key] not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def _by_odds(odds: Mapping[str, int], what: tuple[Any, ...]) -> str:
    left = drawn("odds", *what) % 100
    for kind, percent in sorted(odds.items()):
        if left < percent:
            return kind
        left -= percent
    return "ok"
