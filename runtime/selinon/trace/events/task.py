"""Events of tasks, from the process that runs them."""

from __future__ import annotations

from typing import ClassVar

from selinon.trace.event import Event, Json, Level, Parent

__all__ = [
    "TaskDiscardResult",
    "TaskEnd",
    "TaskFailure",
    "TaskRetry",
    "TaskStart",
]


class TaskRun(Event):
    """A task, as it runs."""

    flow_name: str
    task_name: str
    task_id: str
    parent: Parent
    node_args: Json
    queue: str | None
    dispatcher_id: str


class TaskStart(TaskRun):
    """A task begins."""

    number: ClassVar[int] = 4


class TaskEnd(TaskRun):
    """A task succeeded; its result is in `storage`, if it has one."""

    number: ClassVar[int] = 6

    storage: str | None


class TaskDiscardResult(TaskRun):
    """A task returned something, and has no storage it may write to."""

    number: ClassVar[int] = 8
    level: ClassVar[Level] = "warning"

    result: Json


class TaskRetry(TaskRun):
    """A task failed, or asked for it, and is run again later."""

    number: ClassVar[int] = 10
    level: ClassVar[Level] = "warning"

    what: str
    retry_countdown: float
    retried_count: int | None
    user_retry: bool
    max_retry: int


class TaskFailure(TaskRun):
    """A task failed for good."""

    number: ClassVar[int] = 9
    level: ClassVar[Level] = "warning"

    what: str
    retried_count: int | None
