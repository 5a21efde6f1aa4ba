"""Run flows of an emitted package in this process, and print what came of them as JSON.

The only argument is the name of the package. Standard input holds a list of `{"flow": …, "node_args": …}`; for each,
the output says how the flow ended, how often which nodes finished and failed in which flow, and what tasks returned.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from typing import Any

from selinon import registry
from selinon.config import Config
from selinon.local import LocalExecutor
from selinon.trace import Tracer
from selinon.trace.event import Event
from selinon.trace.events import NodeFailure, NodeSuccessful, TaskEnd, TaskFailure

Counts = defaultdict[str, Counter[str]]


class Tally:
    """A sink that counts nodes by flow: tasks when they end, sub-flows when the flow above takes note."""

    def __init__(self) -> None:
        self.finished: Counts = defaultdict(Counter)
        self.failed: Counts = defaultdict(Counter)

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Count the node of an event."""
        match event:
            case TaskEnd():
                self.finished[event.flow_name][event.task_name] += 1
            case TaskFailure():
                self.failed[event.flow_name][event.task_name] += 1
            case NodeSuccessful() if Config.is_flow(event.node_name):
                self.finished[event.flow_name][event.node_name] += 1
            case NodeFailure() if Config.is_flow(event.node_name):
                self.failed[event.flow_name][event.node_name] += 1
            case _:
                pass


def outcome(package: str, flow: str, node_args: Any) -> dict[str, Any]:
    """Run a flow to its end, under a configuration of its own, and return what came of it."""
    Config.set_config_package(package)
    deployment = registry.current()
    tally = Tally()
    deployment.tracer = Tracer([*deployment.tracer.sinks, tally])
    result = LocalExecutor(deployment).run(flow, node_args)
    values: dict[str, list[Any]] = {}
    for task, _, value in result.results:
        values.setdefault(task, []).append(value)
    return {
        "state": result.state,
        "finished": tally.finished,
        "failed": tally.failed,
        "results": values,
    }


if __name__ == "__main__":
    runs = [outcome(sys.argv[1], run["flow"], run.get("node_args")) for run in json.load(sys.stdin)]
    json.dump(runs, sys.stdout, default=repr)
