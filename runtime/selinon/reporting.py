"""Trace events about runs: when they begin, are looked at, and end, and what they start."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from selinon.abi import EdgeSpec, FailureSpec, SelectiveSpec
from selinon.engine import EndRun, FailRun, Outcome, RestartRun, Run, StartFlow, StartTask
from selinon.engine.state import shown_selection
from selinon.errors import SelinonError
from selinon.registry import Deployment
from selinon.trace.event import Event
from selinon.trace.events import (
    DispatcherFailure,
    DispatcherRetry,
    DispatcherWakeup,
    EagerFailure,
    FlowEnd,
    FlowFailure,
    FlowRetry,
    FlowSchedule,
    FlowStart,
    NodeFailure,
    SubflowSchedule,
    TaskSchedule,
)


class RunRecords(Protocol):
    """What is on record about runs, as far as events show it."""

    def run(self, id: str) -> Run:
        """Return the record of a run."""

    def result(self, id: str) -> dict[str, Any]:
        """Return a run's `finished_nodes` and `failed_nodes`, ids by name, and its `active_nodes`."""

    def exception_of(self, node_id: str) -> BaseException | None:
        """Return the exception with which a task failed for good."""


class Reporter:
    """Emits events to the sinks of a deployment."""

    def __init__(self, deployment: Deployment, store: RunRecords) -> None:
        self._deployment = deployment
        self._store = store
        self._emit = deployment.tracer.emit
        self._places: dict[str, dict[str, EdgeSpec | FailureSpec]] = {}

    def flow_scheduled(self, run: Run) -> None:
        """Report that a user started a flow."""
        self._emit(
            FlowSchedule(
                flow_name=run.flow,
                node_args=run.node_args,
                dispatcher_id=run.id,
                queue=self._deployment.flow_queue(run.flow),
                selective=shown_selection(run),
            )
        )

    def flow_started(self, run: Run) -> None:
        """Report that an attempt of a run began."""
        self._emit(
            FlowStart(
                flow_name=run.flow,
                dispatcher_id=run.id,
                queue=self._deployment.flow_queue(run.flow),
                selective=shown_selection(run),
                node_args=run.node_args,
            )
        )

    def step(self, run: Run) -> None:
        """Report that a run is looked at."""
        self._emit(DispatcherWakeup(**self._details(run, self._live(run))))

    @contextmanager
    def failure_of_step(self, id: str) -> Iterator[None]:
        """Report what a step raises, if anything: nothing provides for it."""
        try:
            yield
        except Exception:
            run = self._store.run(id)
            details = self._details(run, self._live(run))
            self._emit(DispatcherFailure(**details, what=traceback.format_exc()))
            raise

    def postponed(self, run: Run, countdown: float) -> None:
        """Report that a step is repeated later, as a storage keeps it from being decided."""
        self._retried(run, self._live(run), run.attempt - 1, countdown)

    def decided(self, before: Run, outcome: Outcome, earlier: dict[str, Any] | None = None) -> None:
        """Report what a step found out: also that an attempt failed which another one follows.

        `earlier` is the result of that attempt, if the step is written and the attempt no longer on record.
        """
        for event in outcome.traces:
            self._emit(self._with_traceback(event))
        for command in outcome.commands:
            if isinstance(command, RestartRun):
                state = self._store.result(before.id) if earlier is None else earlier
                for name, id in outcome.archived:
                    state["finished_nodes"].setdefault(name, []).append(id)
                state["failed_nodes"] = {name: list(ids) for name, ids in command.failed.items()}
                self._emit(FlowFailure(**self._details(before, state), will_retry=True))
                self._retried(before, state, before.attempt, command.countdown)

    def ended(self, before: Run, outcome: Outcome) -> None:
        """Report how a step left the run: it goes on, succeeded, or failed for good."""
        for command in outcome.commands:
            match command:
                case EndRun():
                    self._emit(FlowEnd(**self._details(before, self._store.result(before.id))))
                case FailRun():
                    state = self._store.result(before.id)
                    self._emit(FlowFailure(**self._details(before, state), will_retry=False))
                case _:
                    pass
        after = outcome.run
        if not after.ended and after.attempt == before.attempt:
            self._emit(DispatcherRetry(**self._details(after, self._live(after))))

    def cancelled(self, id: str) -> None:
        """Report that a run ended because it was cancelled."""
        details = self._details(self._store.run(id), self._store.result(id))
        self._emit(FlowFailure(**details, will_retry=False))

    def task_scheduled(self, run: Run, node: StartTask, delay: float) -> None:
        """Report that a task was put on its queue."""
        place = self._place(run, node)
        self._emit(
            TaskSchedule(
                task_name=node.name,
                flow_name=run.flow,
                parent=node.parent,
                node_args=node.node_args,
                dispatcher_id=run.id,
                task_id=node.id,
                queue=self._deployment.task_queue(node.name),
                condition_str=place.condition_text,
                foreach_str=_foreach(place),
                countdown=delay or None,
                selective=shown_selection(run),
            )
        )

    def subflow_scheduled(self, run: Run, node: StartFlow, inner: Run, delay: float) -> None:
        """Report that a sub-flow was put on its queue; `inner` is the run of the sub-flow."""
        place = self._place(run, node)
        self._emit(
            SubflowSchedule(
                flow_name=run.flow,
                child_flow_name=node.name,
                dispatcher_id=run.id,
                child_dispatcher_id=node.id,
                queue=self._deployment.flow_queue(node.name),
                countdown=delay or None,
                condition_str=place.condition_text,
                foreach_str=_foreach(place),
                selective_edge_conf=_selective(place),
                child_selective=shown_selection(inner),
                selective=shown_selection(run),
                node_args=node.node_args,
            )
        )

    def _place(self, run: Run, node: StartTask | StartFlow) -> EdgeSpec | FailureSpec:
        """Return the edge that started a node, or the rule for failures."""
        if run.flow not in self._places:
            spec = self._deployment.flow(run.flow)
            places: tuple[EdgeSpec | FailureSpec, ...] = (*spec.edges, *spec.failures)
            self._places[run.flow] = {place.key: place for place in places}
        return self._places[run.flow][node.place]

    def _retried(self, run: Run, state: Any, count: int, countdown: float) -> None:
        details = self._details(run, state)
        del details["migration_version"]
        details["retried_count"] = count
        self._emit(FlowRetry(**details, countdown=countdown))

    def _with_traceback(self, event: Event) -> Event:
        """Return an event with the traceback of the failed task that it tells of, if it does."""
        if not isinstance(event, NodeFailure | EagerFailure):
            return event
        exception = self._store.exception_of(event.node_id)
        if exception is None:
            return event
        return event.changed(what="".join(traceback.format_exception(exception)))

    def _details(self, run: Run, state: dict[str, Any]) -> dict[str, Any]:
        return {
            "flow_name": run.flow,
            "dispatcher_id": run.id,
            "node_args": run.node_args,
            "retry": None,
            "queue": self._queue(run.flow),
            "state": state,
            "selective": shown_selection(run),
            "retried_count": run.attempt - 1,
            "parent": run.parent,
            "migration_version": None,
        }

    def _queue(self, flow: str) -> str | None:
        """Return the queue of a flow; None when that is what is wrong with the flow."""
        try:
            return self._deployment.flow_queue(flow)
        except SelinonError:
            return None

    def _live(self, run: Run) -> dict[str, Any]:
        """Return the live part of a run's state: what is active, what has failed and is not answered."""
        return {
            "active_nodes": dict(run.active),
            "failed_nodes": {name: list(ids) for name, ids in run.failed.items()},
        }


def _foreach(place: EdgeSpec | FailureSpec) -> str | None:
    return str(place.foreach.function) if isinstance(place, EdgeSpec) and place.foreach else None


def _selective(place: EdgeSpec | FailureSpec) -> Any:
    """Return the `selective` of an edge as it is configured, or False."""
    match place:
        case EdgeSpec(selective=SelectiveSpec() as selective):
            several = selective.run_subsequent
            return {
                "task_names": list(selective.tasks),
                "follow_subflows": selective.follow_subflows,
                "run_subsequent": several if isinstance(several, bool) else list(several),
            }
        case _:
            return False
