"""Deciding what happens next in a run: what the engine says, as what is to be written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from selinon.abi import FlowSpec
from selinon.answers import answer_all
from selinon.engine import (
    EndRun,
    Event,
    FailRun,
    Outcome,
    RestartRun,
    Run,
    Slice,
    Start,
    StartFlow,
    StartTask,
    abandon,
    begin,
    needs,
)
from selinon.errors import StorageError
from selinon.registry import Deployment
from selinon.reporting import Reporter
from selinon.sampling import next_look
from selinon.store.protocol import Ended, NewNode, Store, Write
from selinon.worker.faults import reach
from selinon.worker.records import Records
from selinon.worker.settings import Settings
from selinon.worker.texts import given_text, node_text, state_text

__all__ = ["Decider", "Decision", "Postponed"]

_LOGGER = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a step is repeated that a storage kept from being decided, at first and at most."""


class Decision(NamedTuple):
    """A step: the record of the run before it, what it comes to, and what it changes in the store.

    `look` is what the flow's sampling strategy chose, if it has one of its own. `earlier` is the result of an attempt
    that the step ends for another one, which is not on record afterwards; it is only there to be traced.
    """

    before: Run
    outcome: Outcome
    write: Write
    look: float | None
    earlier: dict[str, Any] | None = None


class Postponed(Exception):
    """A storage keeps a step from being decided; it is to be tried again after `pause` seconds."""

    def __init__(self, pause: float, reason: str) -> None:
        super().__init__(reason)
        self.pause = pause


class Decider:
    """Decides about runs of a deployment; whatever it decides has not happened before it is written."""

    def __init__(
        self,
        deployment: Deployment,
        store: Store,
        records: Records,
        report: Reporter,
        settings: Settings,
    ) -> None:
        self._deployment = deployment
        self._store = store
        self._records = records
        self._report = report
        self._settings = settings
        self._pauses: dict[str, float] = {}

    def first(self, run: Run) -> Decision | None:
        """Return the first step of a run that is not on record yet, if it takes nothing to decide it."""
        if self._deployment.flow(run.flow).sampling is not None:
            return None  # code of users, which only workers have
        return self._plain(run, Start(), None, new=True)

    def guess(self, run: Run, event: Event, look: float | None) -> Decision | None:
        """Return the step over an event that is not on record yet, if it takes nothing to decide it."""
        return self._plain(run, event, look, new=False)

    def _plain(self, run: Run, event: Event, look: float | None, *, new: bool) -> Decision | None:
        flow = self._deployment.flow(run.flow)
        if needs(flow, run, (event,)):
            return None
        slice = Slice(run=run)
        step = begin(flow, slice, (event,))
        if step.ask is not None:
            return None
        decision = self._written(flow, slice, (event,), step.outcome, look, new=new)
        # A further attempt waits in the store for whoever leads the run, and nobody does yet.
        return None if decision.write.restart is not None else decision

    def decide(
        self,
        run: Run,
        joined: dict[str, tuple[str, ...]],
        events: tuple[Event, ...],
        look: float | None,
    ) -> Decision:
        """Return a step, with the joined rows that were read before; those that are missing are read and added.

        Raises:
            Postponed: a storage keeps it from being decided.
        """
        flow = self._deployment.flow(run.flow)
        names = needs(flow, run, events)
        missing = names - joined.keys()
        if missing:
            joined.update(self._store.joined(run.id, missing))
        traced = bool(self._deployment.tracer.sinks)
        if traced:
            self._report.step(run)
        slice = Slice(run=run, joined={name: joined[name] for name in names})
        try:
            step = begin(flow, slice, events)
            if step.ask is not None:
                reach("asked")
                answer_all(self._deployment, self._records, run.flow, step)
        except StorageError as error:
            raise self._postponed(flow, run, error) from error
        self._pauses.pop(run.id, None)
        if traced and not run.started:
            self._report.flow_started(run)
        decision = self._written(flow, slice, events, step.outcome, look, new=False)
        if traced and decision.write.restart is not None:
            decision = decision._replace(earlier=self._records.result(run.id))
        return decision

    def _postponed(self, flow: FlowSpec, run: Run, error: StorageError) -> Postponed:
        pause = min(self._pauses.get(run.id, _FIRST_PAUSE / 2) * 2, _LONGEST_PAUSE)
        self._pauses[run.id] = pause
        pause = max(pause, flow.retry_countdown)
        _LOGGER.warning("flow %s is looked at again in %s s: %s", flow.name, pause, error)
        if self._deployment.tracer.sinks:
            self._report.postponed(run, pause)
        return Postponed(pause, str(error))

    def _written(
        self,
        flow: FlowSpec,
        slice: Slice,
        events: tuple[Event, ...],
        outcome: Outcome,
        look: float | None,
        *,
        new: bool,
    ) -> Decision:
        """Return a step with what it changes, of a run that is `new` all of it.

        A step that cannot be written makes the attempt fail.
        """
        active = sum(outcome.run.active.values())
        try:
            if active > self._settings.max_active_nodes:
                raise ValueError(
                    f"{active} nodes would be active at once, "
                    f"and selinon_max_active_nodes is {self._settings.max_active_nodes}"
                )
            look = next_look(self._records, flow, outcome, look)
            write = self._write(flow, slice.run, outcome, new, look)
        except (ValueError, TypeError, RecursionError) as error:
            outcome = abandon(flow, slice, events, f"flow `{flow.name}` cannot go on: {error}")
            look = None
            write = self._write(flow, slice.run, outcome, new, look)
        return Decision(before=slice.run, outcome=outcome, write=write, look=look)

    def _write(
        self, flow: FlowSpec, before: Run, outcome: Outcome, new: bool, look: float | None
    ) -> Write:
        run = outcome.run
        nodes = []
        restart: float | None = None
        ended: Ended | None = None
        for command in outcome.commands:
            match command:
                case StartTask() | StartFlow():
                    nodes.append(self._new_node(flow, run, command))
                case RestartRun(countdown=countdown):
                    restart = countdown
                case EndRun():
                    ended = Ended()
                case FailRun():
                    ended = Ended(failed=self._failure(flow, before.id, outcome, command))
        changed = new or run.node_args is not before.node_args or run.attempt != before.attempt
        return Write(
            state=state_text(run, look),
            look_after=look,
            given=given_text(run) if changed else None,
            nodes=tuple(nodes),
            fired=outcome.delta.fired,
            archived=outcome.archived,
            joined=outcome.joined,
            released=outcome.released,
            restart=restart,
            ended=ended,
        )

    def _new_node(self, flow: FlowSpec, run: Run, command: StartTask | StartFlow) -> NewNode:
        try:
            body = node_text(run, flow, command)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"what `{command.name}` would be given is no JSON: {error}") from None
        if len(body) > self._settings.max_args_size:
            raise ValueError(
                f"`{command.name}` would be given {len(body)} bytes, "
                f"and selinon_max_args_size is {self._settings.max_args_size}"
            )
        is_flow = isinstance(command, StartFlow)
        package = self._deployment
        spec = package.flow(command.name) if is_flow else package.task(command.name)
        delay = self._store.throttle(command.name, spec.throttling) if spec.throttling else 0.0
        return NewNode(
            id=command.id,
            name=command.name,
            kind="flow" if is_flow else "task",
            awaited=command.awaited,
            body=body,
            delay=delay,
        )

    def _failure(self, flow: FlowSpec, run: str, outcome: Outcome, command: FailRun) -> str:
        """Return which failures made a run fail, and why, as JSON text."""
        ids = [id for several in command.failed.values() for id in several][:100]
        fresh = {
            event.details().get("node_id"): event.details().get("what") for event in outcome.traces
        }
        reasons = {id: fresh.get(id) or self._records.reason_of(id) for id in ids}
        reason = command.reason or _cause(flow.name, command.failed, reasons, flow.subflows)
        return json.dumps(
            {
                "failed": {name: list(ids) for name, ids in command.failed.items()},
                "reasons": {id: text for id, text in reasons.items() if text},
                "reason": reason,
            }
        )


def _cause(
    flow: str,
    failed: Mapping[str, Iterable[str]],
    reasons: Mapping[str, str | None],
    subflows: Iterable[str],
) -> str:
    """Return the first failure that made a run fail, as its flow or one below it knows it."""
    first, name = next((id, name) for name, ids in failed.items() for id in ids)
    text = reasons.get(first) or "it failed"
    if name not in subflows:
        text = f"`{name}` in flow `{flow}` failed: {text}"
    more = sum(len(list(ids)) for ids in failed.values()) - 1
    return f"{text} (and {more} more)" if more else text
