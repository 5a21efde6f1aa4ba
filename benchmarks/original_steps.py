"""Measure updates of the state of Selinon 1.4.0 in this process, and append what was measured to a file, as JSON.

usage: python original_steps.py OUTPUT        (with the Python that has Selinon 1.4.0)

Only its core is measured: there is no result backend, whose part a set of ids takes, and no cache in front of it. A
node is started by making an id, as Celery would. Times are CPU seconds of the least disturbed of several repetitions.
"""

from __future__ import annotations

import importlib
import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any, ClassVar

ID = "5d1f6f0a-3f0e-4a1b-9f55-2a6b7c8d9e0f"
ARGUMENTS = {"ecosystem": "pypi", "name": "selinon"}


class Node:
    """A node that was started, and how it ended."""

    finished: ClassVar[set[str]] = set()
    broken: ClassVar[set[str]] = set()
    traceback = ""

    def __init__(self, id: str) -> None:
        self.task_id = self.id = id

    def successful(self) -> bool:
        """Return whether it ended well."""
        return self.id in Node.finished

    def failed(self) -> bool:
        """Return whether it failed."""
        return self.id in Node.broken


def core() -> Any:
    """Return the class of states, cut off from Celery."""
    module: Any = importlib.import_module("selinon.system_state")

    class Envelope:
        def apply_async(self, **message: Any) -> Node:
            return Node(str(uuid.uuid4()))

    module.SelinonTaskEnvelope = Envelope
    module.SystemState._get_async_result = lambda self, name, id: Node(id)
    return module.SystemState


def configure(names: list[str], edges: list[Any], failures: list[Any]) -> None:
    """Configure one flow of tasks."""
    definition = {"name": "flow", "edges": edges, **({"failures": failures} if failures else {})}
    tasks = [{"name": name, "import": "json", "classname": "JSONDecoder"} for name in names]
    config: Any = importlib.import_module("selinon").Config
    config.set_config_dict(
        {"tasks": tasks, "flows": ["flow"]}, [{"flow-definitions": [definition]}]
    )


def chain(length: int) -> None:
    """Configure a chain of tasks with names of their own."""
    names = [f"Task{number}" for number in range(length)]
    pairs = zip([None, *names], names, strict=False)
    configure(names, [{"from": before, "to": name} for before, name in pairs], [])


def plays(state_of: Any, change: Callable[[Any], Any] | None) -> Callable[[], int]:
    """Return how a run of the chain is played: each update with a state made of what the one before left.

    `change` is what becomes of the state in between; without it, one state is kept in memory all the time.
    """

    def play() -> int:
        Node.finished.clear()
        state = state_of(ID, "flow", ARGUMENTS, None, None, None, None)
        updates = 1
        while (retry := state.update()) is not None:
            if change is not None:
                left = change(state.to_dict())
                state = state_of(ID, "flow", ARGUMENTS, retry, left, None, None)
            Node.finished.add(state._active_nodes[0]["id"])
            updates += 1
        return updates

    return play


def _rate(play: Callable[[], int], seconds: float = 1.0, least: float = 0.02) -> float:
    """Return the updates of plays per second: the best of many short stretches, over so many seconds."""
    best = 0.0
    end = process_time() + seconds
    while (began := process_time()) < end:
        updates = play()
        while (now := process_time()) < began + least:
            updates += play()
        best = max(best, updates / (now - began))
    return best


def failures_unanswered(state_of: Any, number: int) -> float:
    """Return the time of the update that sees the last of so many nodes fail, none of which a rule can answer."""
    names = [f"Task{number}" for number in range(number)]
    edges = [{"from": None, "to": [*names, "Other", "Fallback"]}]
    rules = [{"nodes": [name, "Other"], "fallback": "Fallback"} for name in names]
    configure([*names, "Other", "Fallback"], edges, rules)
    state = state_of(ID, "flow", ARGUMENTS, None, None, None, None)
    state.update()
    ids = {node["name"]: node["id"] for node in state._active_nodes}
    Node.finished.update(ids.pop(name) for name in ("Other", "Fallback"))
    Node.broken.update(ids.values())
    began = process_time()
    try:
        state.update()
    except Exception as error:  # as the flow fails
        assert type(error).__name__ == "FlowError", error  # noqa: PT017  no test
    else:
        raise AssertionError("the flow does not fail")
    return process_time() - began


def measured() -> dict[str, float]:
    """Return all figures by name."""
    state_of = core()
    chain(20)
    return {
        "updates": _rate(plays(state_of, lambda state: state)),
        "updates of one state": _rate(plays(state_of, None)),
        "updates through rows": _rate(plays(state_of, lambda state: json.loads(json.dumps(state)))),
        "failures": failures_unanswered(state_of, 22),
    }


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as output:
        output.write(json.dumps(measured()) + "\n")
