"""Load a package and begin one of its flows: all that happens before the first task runs.

usage: python start_flow.py PACKAGE FLOW

Celery is imported, as a worker and whoever starts flows in one would have done.
"""

from __future__ import annotations

import sys

import celery  # noqa: F401  the process that this one is compared with imports it too

from selinon import Config, registry
from selinon.engine import Slice, Start, StartTask, begin, first_run


def main(package: str, flow: str) -> None:
    """Decide what the flow starts first, and find the specification and the queue of that task."""
    Config.set_config_package(package)
    deployment = registry.current()
    run = first_run("run", flow, None)
    step = begin(deployment.flow(flow), Slice(run=run), [Start()])
    first = step.outcome.commands[0]
    assert isinstance(first, StartTask), "generated flows start with a task"
    deployment.task(first.name)
    deployment.task_queue(first.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
