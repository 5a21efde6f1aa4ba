"""Telling what happens in runs, one line for each action."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from selinon.engine import Outcome, Run
from selinon.registry import Deployment
from selinon.trace import Event
from selinon.trace.events import (
    EagerFailure,
    EdgeCondFalse,
    FallbackCondFalse,
    FallbackStart,
    FlowEnd,
    FlowFailure,
    FlowRetry,
    FlowStart,
    ForeachResult,
    SelectiveOmitEdge,
    SelectiveOmitNode,
    SelectiveTaskReuse,
    StorageIssue,
    SubflowSchedule,
    TaskDiscardResult,
    TaskEnd,
    TaskFailure,
    TaskRetry,
    TaskSchedule,
    TaskStart,
)

__all__ = ["Narrator", "write_line"]

_Teller: TypeAlias = Callable[[Any], str | None]


class Narrator:
    """Writes a line to standard error for each action of an executor; a task that failed is told with its traceback.

    It is a sink of trace events, and `step` is to be called with each step of a run.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Tell about an event, if it is an action."""
        teller = _TELLERS.get(type(event))
        text = teller(event) if teller else None
        if text is not None:
            write_line(text)

    def step(self, before: Run, outcome: Outcome) -> None:
        """Tell which edges fired in a step of a run."""
        fired = outcome.delta.fired
        if not fired:
            return
        omitted = {
            (tuple(event.nodes_from), tuple(event.nodes_to))
            for event in outcome.traces
            if isinstance(event, SelectiveOmitEdge)
        }
        for edge in self._deployment.flow(before.flow).edges:
            times = fired.get(edge.key, 0)
            if times and (edge.sources, edge.destinations) not in omitted:
                text = f"{before.flow}: edge {_edge(edge.sources, edge.destinations)} fired"
                text += f" {times} times" if times > 1 else ""
                write_line(text)


def write_line(text: str) -> None:
    """Write a line to standard error, in one piece, as it may be interrupted after any of them."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _edge(sources: Iterable[str], destinations: Iterable[str]) -> str:
    return f"{', '.join(sources) or '(start)'} -> {', '.join(destinations)}"


def _of(event: Any) -> str:
    """Return the edge that an event is about, behind the flow."""
    return f"{event.flow_name}: edge {_edge(event.nodes_from, event.nodes_to)}"


def _rule(event: Any) -> str:
    """Return the rule for failures that an event is about, behind the flow."""
    failed = ", ".join(node["name"] for node in event.nodes)
    return f"{event.flow_name}: failure of {failed}"


def _task(event: Any) -> str:
    return f"task {event.flow_name}/{event.task_name}"


def _task_retry(event: TaskRetry) -> str:
    again = f"will run again in {event.retry_countdown:g} s"
    if event.user_retry:
        return f"{_task(event)} asked to be run again, {again}"
    last = event.what.strip().rpartition("\n")[2]
    tried = (event.retried_count or 0) + 1
    return f"{_task(event)} failed, {again} (attempt {tried} of {event.max_retry + 1}): {last}"


def _task_failure(event: TaskFailure) -> str:
    return f"{_task(event)} failed\n{textwrap.indent(event.what.rstrip(), '    ')}"


def _delayed(kind: str, name: str, event: TaskSchedule | SubflowSchedule) -> str | None:
    if not event.countdown:
        return None
    return f"{kind} {event.flow_name}/{name} is throttled, starts in {event.countdown:g} s"


def _flow_failure(event: FlowFailure) -> str:
    return f"flow {event.flow_name} failed"


def _fallback_start(event: FallbackStart) -> str:
    if not event.fallback:
        return f"{_rule(event)} is forgiven"
    return f"{_rule(event)} is answered by {', '.join(event.fallback)}"


def _foreach(event: ForeachResult) -> str:
    count = len(event.result) if event.result else 0
    return f"{_of(event)}: {event.foreach_str} returned {count} {'item' if count == 1 else 'items'}"


_TELLERS: Mapping[type[Event], _Teller] = {
    FlowStart: lambda event: f"flow {event.flow_name} started",
    FlowEnd: lambda event: f"flow {event.flow_name} succeeded",
    FlowFailure: _flow_failure,
    FlowRetry: lambda event: f"flow {event.flow_name} will be tried again in {event.countdown:g} s",
    TaskSchedule: lambda event: _delayed("task", event.task_name, event),
    SubflowSchedule: lambda event: _delayed("flow", event.child_flow_name, event),
    TaskStart: lambda event: f"{_task(event)} started",
    TaskEnd: lambda event: (
        f"{_task(event)} finished" + (f", result in {event.storage}" if event.storage else "")
    ),
    TaskDiscardResult: lambda event: f"{_task(event)} returned a result that no storage keeps",
    TaskRetry: _task_retry,
    TaskFailure: _task_failure,
    EdgeCondFalse: lambda event: f"{_of(event)} skipped, not true: {event.condition}",
    ForeachResult: _foreach,
    SelectiveOmitEdge: lambda event: f"{_of(event)} skipped, not selected",
    SelectiveOmitNode: lambda event: f"{_of(event)}: {event.omitted_node} skipped, not selected",
    SelectiveTaskReuse: lambda event: (
        f"{event.flow_name}: {event.task_name} skipped, the result of {event.task_id} is reused"
    ),
    FallbackStart: _fallback_start,
    FallbackCondFalse: lambda event: (
        f"{_rule(event)} not answered by {', '.join(event.fallback) or 'forgiving'}, "
        f"not true: {' and '.join(event.condition_strs)}"
    ),
    EagerFailure: lambda event: f"{event.flow_name}: fails at once with {event.node_name}",
    StorageIssue: lambda event: (
        f"storage {event.storage_name}: {event.what.strip().rpartition(chr(10))[2]}"
    ),
}
