"""What waits in the queues of the local executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from selinon.engine import StartTask
from selinon.execution import TaskCall
from selinon.store.memory import Node

__all__ = ["Job", "StepJob", "TaskJob", "task_call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepJob:
    """Look at a run; `pause` is the last delay when it is a repetition."""

    run: str
    pause: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskJob:
    """Run a task."""

    node: Node


Job: TypeAlias = StepJob | TaskJob


def task_call(node: Node, flow: str) -> TaskCall:
    """Return what a task is called with that was started in a flow."""
    command = node.command
    assert isinstance(command, StartTask), "only tasks are run"
    return TaskCall(
        id=node.id,
        task=node.name,
        flow=flow,
        dispatcher=node.run,
        node_args=command.node_args,
        parent=command.parent,
        failed=command.failed,
        retried=node.retried,
    )
