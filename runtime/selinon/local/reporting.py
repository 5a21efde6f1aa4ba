"""Trace events of the local executor about runs: when they begin, are looked at, and end, and what they start."""

from __future__ import annotations

from typing import Any

from selinon.abi import EdgeSpec, FailureSpec
from selinon.engine import EndRun, FailRun, Outcome, RestartRun, Run
from selinon.registry import Deployment
from selinon.store.memory import MemoryStore, Node
from selinon.trace.events import (
    DispatcherWakeup,
    FlowEnd,
    FlowFailure,
    FlowRetry,
    FlowSchedule,
    FlowStart,
    SubflowSchedule,
    TaskSchedule,
)


class Reporter:
    """Emits events to the sinks of a deployment."""

    def __init__(self, deployment: Deployment, store: MemoryStore) -> None:
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
                selective=False,
            )
        )

    def flow_started(self, run: Run) -> None:
        """Report that an attempt of a run began."""
        self._emit(
            FlowStart(
                flow_name=run.flow,
                dispatcher_id=run.id,
                queue=self._deployment.flow_queue(run.flow),
                selective=False,
                node_args=run.node_args,
            )
        )

    def step(self, run: Run) -> None:
        """Report that a run is looked at."""
        self._emit(DispatcherWakeup(**self._details(run, self._live(run))))

    def decided(self, before: Run, outcome: Outcome) -> None:
        """Report what a step found out."""
        for event in outcome.traces:
            self._emit(event)

    def ended(self, before: Run, outcome: Outcome) -> None:
        """Report how a run ended, or an attempt of it, if it did."""
        for command in outcome.commands:
            match command:
                case EndRun():
                    self._emit(FlowEnd(**self._details(before, self._store.result(before.id))))
                case FailRun():
                    state = self._store.result(before.id)
                    self._emit(FlowFailure(**self._details(before, state), will_retry=False))
                case RestartRun(failed=failed, countdown=countdown):
                    state = {"failed_nodes": {name: list(ids) for name, ids in failed.items()}}
                    details = self._details(before, state)
                    self._emit(FlowFailure(**details, will_retry=True))
                    del details["dispatcher_id"], details["migration_version"]
                    details["retried_count"] = before.attempt
                    self._emit(FlowRetry(**details, countdown=countdown))
                case _:
                    pass

    def task_scheduled(self, flow: str, node: Node, delay: float) -> None:
        """Report that a task was put on its queue."""
        place = self._place(flow, node)
        self._emit(
            TaskSchedule(
                task_name=node.name,
                flow_name=flow,
                parent=getattr(node.command, "parent", None),
                node_args=node.command.node_args,
                dispatcher_id=node.run,
                task_id=node.id,
                queue=self._deployment.task_queue(node.name),
                condition_str=place.condition_text,
                foreach_str=_foreach(place),
                countdown=delay or None,
                selective=False,
            )
        )

    def subflow_scheduled(self, flow: str, node: Node, delay: float) -> None:
        """Report that a sub-flow was put on its queue."""
        place = self._place(flow, node)
        self._emit(
            SubflowSchedule(
                flow_name=flow,
                child_flow_name=node.name,
                dispatcher_id=node.run,
                child_dispatcher_id=node.id,
                queue=self._deployment.flow_queue(node.name),
                countdown=delay or None,
                condition_str=place.condition_text,
                foreach_str=_foreach(place),
                selective_edge_conf=False,
                child_selective=False,
                selective=False,
                node_args=node.command.node_args,
            )
        )

    def _place(self, flow: str, node: Node) -> EdgeSpec | FailureSpec:
        """Return the edge that started a node, or the rule for failures."""
        if flow not in self._places:
            spec = self._deployment.flow(flow)
            places: tuple[EdgeSpec | FailureSpec, ...] = (*spec.edges, *spec.failures)
            self._places[flow] = {place.key: place for place in places}
        return self._places[flow][node.command.place]

    def _details(self, run: Run, state: dict[str, Any]) -> dict[str, Any]:
        return {
            "flow_name": run.flow,
            "dispatcher_id": run.id,
            "node_args": run.node_args,
            "retry": None,
            "queue": self._deployment.flow_queue(run.flow),
            "state": state,
            "selective": False,
            "retried_count": run.attempt - 1,
            "parent": run.parent,
            "migration_version": None,
        }

    def _live(self, run: Run) -> dict[str, Any]:
        """Return the live part of a run's state: what is active, what has failed and is not answered."""
        return {
            "active_nodes": dict(run.active),
            "failed_nodes": {name: list(ids) for name, ids in run.failed.items()},
        }


def _foreach(place: EdgeSpec | FailureSpec) -> str | None:
    return str(place.foreach.function) if isinstance(place, EdgeSpec) and place.foreach else None
