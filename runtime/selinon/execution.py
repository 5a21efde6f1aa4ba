"""Running one task once: what happens around the user's `run`.

The object is built, `run` is called with the flow's arguments, the result is checked against the output schema and
stored. What came of it is a value; nothing is raised.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from selinon.abi import TaskSpec
from selinon.errors import FatalTaskError, Retry
from selinon.plain import copied
from selinon.registry import Deployment
from selinon.trace.events import (
    TaskDiscardResult,
    TaskEnd,
    TaskFailure,
    TaskRetry,
    TaskStart,
)

__all__ = [
    "STOPS",
    "Again",
    "Done",
    "Failed",
    "Stops",
    "TaskCall",
    "TaskOutcome",
    "attempt_failed",
    "run_task",
]

Stops: TypeAlias = tuple[type[BaseException], ...]
"""Exceptions by which a process is told to end, so that they say nothing about the code in which they come up."""


class _BySignal(type):
    def __instancecheck__(cls, error: object) -> bool:
        return isinstance(error, SystemExit) and isinstance(error.code, int) and error.code < -127


class EndedBySignal(SystemExit, metaclass=_BySignal):
    """What a signal raises, wherever the process is, by which a worker ends the processes under it.

    It is a `SystemExit` whose status is the signal's number less 256. Any other was raised by code of users.
    """


STOPS: Stops = (KeyboardInterrupt, EndedBySignal)
"""Those of a worker."""


class TaskCall(NamedTuple):
    """What a task is called with; `retried` counts the attempts that failed before."""

    id: str
    task: str
    flow: str
    dispatcher: str
    node_args: Any
    parent: Mapping[str, Any]
    failed: Mapping[str, Any] = {}  # nobody changes it
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The task finished, and its result is stored if it is to be."""

    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The task is to run again after so many seconds; `counts` when that takes one of its retries."""

    countdown: float
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The task failed for good."""

    exception: BaseException
    traceback: str

    @property
    def reason(self) -> str:
        """Return the exception on one line: its type, and the first line of what it says."""
        return one_line(self.exception)


TaskOutcome: TypeAlias = Done | Again | Failed


def one_line(error: BaseException) -> str:
    """Return an exception as a traceback shows it, cut after the first line of its text."""
    shown = "".join(traceback.format_exception_only(error)).splitlines()
    # Lines of source, which come first for a syntax error, are indented.
    return next((line.rstrip() for line in shown if line[:1].strip()), type(error).__name__)


def run_task(deployment: Deployment, call: TaskCall, *, stops: Stops = STOPS) -> TaskOutcome:
    """Run a task and return what came of it; only exceptions of the kinds `stops` get through.

    The task gets copies of what it is called with, so that it changes nothing for others or for its next attempt.
    """
    spec = deployment.task(call.task)
    traced = bool(deployment.tracer.sinks)
    if traced:
        deployment.tracer.emit(TaskStart(**_details(deployment, call)))
    try:
        result, stored = _execute(deployment, spec, call)
    except Retry as retry:
        text = f"the task asked to be run again after {retry.countdown} s"
        _trace_retry(deployment, spec, call, text, retry.countdown, user=True)
        return Again(countdown=retry.countdown, counts=False)
    except BaseException as error:
        if isinstance(error, stops):
            raise
        return attempt_failed(deployment, call, error, traceback.format_exc())
    if traced:
        storage = spec.storage if stored else None
        deployment.tracer.emit(TaskEnd(**_details(deployment, call), storage=storage))
    return Done(result)


def attempt_failed(
    deployment: Deployment, call: TaskCall, error: BaseException, text: str
) -> TaskOutcome:
    """Return what comes of an attempt that failed with an error, whose traceback is `text`: another one, or the end."""
    spec = deployment.task(call.task)
    if not isinstance(error, FatalTaskError) and call.retried < spec.max_retry:
        _trace_retry(deployment, spec, call, text, spec.retry_countdown, user=False)
        return Again(countdown=spec.retry_countdown, counts=True)
    details = _details(deployment, call)
    deployment.tracer.emit(TaskFailure(**details, what=text, retried_count=call.retried))
    return _failed(deployment, spec, call, error, text)


def _details(deployment: Deployment, call: TaskCall) -> dict[str, Any]:
    """Return the fields which trace events about a task have."""
    return {
        "flow_name": call.flow,
        "task_name": call.task,
        "task_id": call.id,
        "parent": call.parent,
        "node_args": call.node_args,
        "queue": deployment.task_queue(call.task),
        "dispatcher_id": call.dispatcher,
    }


def _execute(deployment: Deployment, spec: TaskSpec, call: TaskCall) -> tuple[Any, bool]:
    """Run the task's code and store its result; return the result and whether it was stored."""
    task = spec.task.resolve()(
        flow_name=call.flow,
        task_name=call.task,
        parent=copied(call.parent),
        task_id=call.id,
        dispatcher_id=call.dispatcher,
    )
    # A class need not derive from `SelinonTask`, and may mean something else by this name.
    if call.failed:
        task.failed = copied(call.failed)
    result = task.run(copied(call.node_args))
    deployment.validate(spec, result)
    if spec.storage is not None and not spec.storage_readonly:
        deployment.storages.store(call.node_args, call.flow, call.task, call.id, result)
        return result, True
    if result is not None:
        deployment.tracer.emit(TaskDiscardResult(**_details(deployment, call), result=result))
    return result, False


def _failed(
    deployment: Deployment, spec: TaskSpec, call: TaskCall, error: BaseException, text: str
) -> Failed:
    """Hand an error to the storage; an error of the storage while it takes note replaces it."""
    if spec.storage is None or spec.storage_readonly:
        return Failed(exception=error, traceback=text)
    try:
        deployment.storages.store_error(
            call.node_args, call.flow, call.task, call.id, (type(error), error, error.__traceback__)
        )
    except Exception as replacement:
        return Failed(exception=replacement, traceback=traceback.format_exc())
    return Failed(exception=error, traceback=text)


def _trace_retry(
    deployment: Deployment,
    spec: TaskSpec,
    call: TaskCall,
    text: str,
    countdown: float,
    *,
    user: bool,
) -> None:
    deployment.tracer.emit(
        TaskRetry(
            **_details(deployment, call),
            what=text,
            retry_countdown=countdown,
            retried_count=call.retried,
            user_retry=user,
            max_retry=spec.max_retry,
        )
    )
