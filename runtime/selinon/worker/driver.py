"""Taking runs forward: read, decide, write, and only then act.

A driver knows no messages. It reads a run from the store, lets the engine decide, writes the decision if nobody else
wrote in the meantime, and then does what follows from it. If it is interrupted in between, what was written and not
done is done by the safety net; what was not written has not happened.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from selinon.abi import FlowSpec
from selinon.answers import answer_all
from selinon.engine import (
    EndRun,
    Event,
    FailRun,
    NodeFailed,
    NodeFinished,
    Outcome,
    RestartRun,
    Run,
    Slice,
    Start,
    StartFlow,
    StartTask,
    abandon,
    begin,
    first_run,
    needs,
)
from selinon.engine.graph import graph_of
from selinon.errors import StorageError, UnknownError, UnknownFlowError
from selinon.registry import Deployment
from selinon.reporting import Reporter
from selinon.store.protocol import (
    AGAIN_AFTER,
    Ended,
    Header,
    Lead,
    More,
    NewNode,
    Store,
    Write,
)
from selinon.worker.faults import reach
from selinon.worker.outlet import Hint, Outlet
from selinon.worker.records import Records
from selinon.worker.settings import Settings
from selinon.worker.texts import (
    START,
    given_text,
    node_text,
    read_event,
    read_run,
    state_text,
    write_event,
)
from selinon.worker.versions import obstacle

__all__ = ["Driver", "Guess"]

_LOGGER = logging.getLogger(__name__)

_SLICE: Final = 2.0
"""Seconds after which a process that decides about runs leaves the rest to whoever gets the next hint."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a step is repeated that a storage kept from being decided, at first and at most."""

_SKEWED: Final = 30.0
"""Seconds before a run is offered again that this process cannot take forward."""

_PUBLISHED_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A step that was decided before the node that it is about was recorded as done."""

    before: Run
    outcome: Outcome
    rev: int
    write: Write


class Driver:
    """Takes runs of a deployment forward.

    `name` tells the store who decides about a run, for as long as nobody else is to.
    """

    def __init__(
        self, deployment: Deployment, store: Store, outlet: Outlet, settings: Settings, name: str
    ) -> None:
        self._deployment = deployment
        self._store = store
        self._outlet = outlet
        self._settings = settings
        self.name = name
        self._records = Records(store, deployment)
        self._report = Reporter(deployment, self._records)
        self._pauses: dict[str, float] = {}
        self._pending: deque[Callable[[float], None]] = deque()

    @property
    def _traced(self) -> bool:
        return bool(self._deployment.tracer.sinks)

    # Beginning

    def start(self, run: Run) -> None:
        """Record a run that a user starts, and see to it that it begins."""
        if self._traced:
            self._report.flow_scheduled(run)
        self._start(self._header(run, None), run, alone=True)
        self._work()

    def _header(self, run: Run, parent: Header | None) -> Header:
        package = self._deployment.package
        return Header(
            id=run.id,
            flow=run.flow,
            package=package.name,
            version=package.version,
            fingerprint=self._deployment.flow(run.flow).fingerprint,
            parent=None if parent is None else parent.id,
            parent_flow=None if parent is None else parent.flow,
        )

    def _start(self, header: Header, run: Run, *, alone: bool = False) -> None:
        """Record a run; if nothing has to be asked for its first step, that is written along with it.

        A process that stands `alone`, apart from the workers, takes no further step.
        """
        flow = self._deployment.flow(run.flow)
        decides = self._settings.inline if alone else self._outlet.decides(run.flow)
        if decides:
            slice = Slice(run=run)
            step = begin(flow, slice, (Start(),))
            if step.ask is None:
                outcome, write = self._written(flow, slice, (Start(),), step.outcome, new=True)
                if self._store.start(header, write, ()):
                    if self._traced:
                        self._report.flow_started(run)
                    self._act(header, run, outcome, write, alone=alone)
                return
        reach("flow")
        unbegun = Write(state=state_text(run), given=given_text(run))
        if not self._store.start(header, unbegun, (START,)):
            return
        if decides and not alone:
            self._pending.append(lambda deadline: self._look(header, deadline))
        else:
            self._outlet.wake(header.id, header.flow)

    def start_flow(self, header: Header, node: str, given: Mapping[str, Any]) -> None:
        """Record the run of a sub-flow that a run starts as a node."""
        name = given["name"]
        try:
            self._deployment.flow(name)
        except UnknownFlowError as error:
            _LOGGER.warning(
                "sub-flow %s of run %s cannot be started here: %s", node, header.id, error
            )
            return
        inner = first_run(
            node,
            name,
            given["node_args"],
            given["parent"],
            answers=given["failed"],
            selection=given["selection"],
        )
        self._start(self._header(inner, header), inner)
        self._store.started(header.id, node)

    # Going on

    def look(self, run: str) -> None:
        """Decide about a run, if nobody does and something waits there."""
        header = self._store.header(run)
        if header is not None:
            self._look(header, time.monotonic() + _SLICE)
            self._work()

    def advance(self, lead: Lead) -> None:
        """Decide about a run that was read."""
        self._pending.append(lambda deadline: self._advance(lead, deadline))
        self._work()

    def _work(self) -> None:
        """Do what is pending; what does not fit into a slice of time is left to the safety net."""
        deadline = time.monotonic() + _SLICE
        while self._pending:
            self._pending.popleft()(deadline)

    def _look(self, header: Header, deadline: float) -> None:
        if time.monotonic() > deadline:
            self._outlet.wake(header.id, header.flow)
            return
        lead = self._store.lead(header.id, self.name)
        if lead is not None:
            self._advance(lead, deadline)

    def _advance(self, lead: Lead, deadline: float) -> None:
        header = lead.header
        found = obstacle(self._deployment, header.flow, header.version, header.fingerprint)
        if found is not None:
            _LOGGER.warning("run %s of flow %s waits: %s", header.id, header.flow, found)
            self._store.release(header.id, delay=_SKEWED, parked=found)
            return
        flow = self._deployment.flow(header.flow)
        while True:
            run = read_run(lead.state, lead.given)
            rev, texts, taken = lead.rev, lead.events, lead.taken
            joined = dict(lead.joined)
            while True:
                events = tuple([read_event(text) for text in texts])
                step = self._decided(header, flow, run, joined, events)
                if step is None:
                    return
                outcome, write = step
                reach("decided")
                committed = self._store.commit(header.id, self.name, rev, taken, write)
                if committed is False:
                    break
                reach("committed")
                self._pauses.pop(header.id, None)
                self._act(header, run, outcome, write)
                if not isinstance(committed, More):
                    return
                if time.monotonic() > deadline:
                    self._store.release(header.id, delay=AGAIN_AFTER[0])
                    self._outlet.wake(header.id, header.flow)
                    return
                _keep_up(joined, outcome)
                run, rev, texts, taken = outcome.run, rev + 1, committed.events, committed.taken
            again = self._store.lead(header.id, self.name)
            if again is None:
                return
            lead = again

    def _decided(
        self,
        header: Header,
        flow: FlowSpec,
        run: Run,
        joined: dict[str, tuple[str, ...]],
        events: tuple[Event, ...],
    ) -> tuple[Outcome, Write] | None:
        """Return what a step comes to, None if a storage keeps it from being decided."""
        names = needs(flow, run, events)
        missing = names - joined.keys()
        if missing:
            joined.update(self._store.joined(header.id, missing))
        if self._traced:
            self._report.step(run)
        slice = Slice(run=run, joined={name: joined[name] for name in names})
        try:
            step = begin(flow, slice, events)
            if step.ask is not None:
                reach("asked")
                answer_all(self._deployment, self._records, run.flow, step)
        except StorageError as error:
            self._postpone(header, flow, run, error)
            return None
        if self._traced and not run.started:
            self._report.flow_started(run)
        return self._written(flow, slice, events, step.outcome)

    def _postpone(self, header: Header, flow: FlowSpec, run: Run, error: StorageError) -> None:
        pause = min(self._pauses.get(header.id, _FIRST_PAUSE / 2) * 2, _LONGEST_PAUSE)
        self._pauses[header.id] = pause
        pause = max(pause, flow.retry_countdown)
        _LOGGER.warning("flow %s is looked at again in %s s: %s", flow.name, pause, error)
        if self._traced:
            self._report.postponed(run, pause)
        self._store.release(header.id, delay=pause, parked=str(error))

    def guess(self, flow: FlowSpec, rev: int, run: Run, event: Event) -> Guess | None:
        """Return the step over an event that nobody knows of yet, if it takes nothing to decide it."""
        if needs(flow, run, (event,)):
            return None
        slice = Slice(run=run)
        step = begin(flow, slice, (event,))
        if step.ask is not None:
            return None
        outcome, write = self._written(flow, slice, (event,), step.outcome)
        return Guess(before=run, outcome=outcome, rev=rev, write=write)

    def settle(self, header: Header, guess: Guess) -> None:
        """Do what follows from a guess that was written."""
        if self._traced:
            self._report.step(guess.before)
        self._act(header, guess.before, guess.outcome, guess.write)
        self._work()

    # Writing

    def _written(
        self,
        flow: FlowSpec,
        slice: Slice,
        events: tuple[Event, ...],
        outcome: Outcome,
        *,
        new: bool = False,
    ) -> tuple[Outcome, Write]:
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
            return outcome, self._write(flow, slice.run, outcome, new)
        except (ValueError, TypeError, RecursionError) as error:
            failed = abandon(flow, slice, events, f"flow `{flow.name}` cannot go on: {error}")
            return failed, self._write(flow, slice.run, failed, new)

    def _write(self, flow: FlowSpec, before: Run, outcome: Outcome, new: bool) -> Write:
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
            state=state_text(run),
            given=given_text(run) if changed else None,
            nodes=tuple(nodes),
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

    # Acting

    def _act(
        self, header: Header, before: Run, outcome: Outcome, write: Write, *, alone: bool = False
    ) -> None:
        """Do what follows from a step that was written."""
        if self._traced:
            self._report.decided(before, outcome)
        hints: list[Hint] = []
        for command in outcome.commands:
            match command:
                case StartTask():
                    if self._traced:
                        self._report.task_scheduled(before, command, 0)
                    if not self._throttled(command):
                        hints.append(hint_of(header, command.id, command.name, 1))
                case StartFlow():
                    self._begin(header, before, command, alone=alone)
                case _:
                    pass
        for first in range(0, len(hints), _PUBLISHED_AT_ONCE):
            self._publish(header, hints[first : first + _PUBLISHED_AT_ONCE])
        if self._traced:
            self._report.ended(before, outcome)
        if write.ended is not None:
            self._finish(header, write.ended, alone=alone)

    def _throttled(self, command: StartTask | StartFlow) -> bool:
        """Return whether a node waits for its time, at which the safety net publishes it."""
        package = self._deployment
        if isinstance(command, StartFlow):
            return bool(package.flow(command.name).throttling)
        return bool(package.task(command.name).throttling)

    def _publish(self, header: Header, hints: list[Hint]) -> None:
        if self._outlet.publish(hints):
            reach("published")
            if len(hints) > 1:
                self._store.sent(header.id, [hint.node for hint in hints])

    def _begin(self, header: Header, run: Run, command: StartFlow, *, alone: bool) -> None:
        """Start the run of a sub-flow, unless it waits for its time."""
        inner = first_run(
            command.id,
            command.name,
            command.node_args,
            command.parent,
            answers=command.failed,
            selection=command.selection,
        )
        if self._traced:
            self._report.subflow_scheduled(run, command, inner, 0)
        if self._throttled(command):
            return

        def start(deadline: float) -> None:
            if time.monotonic() > deadline:
                return  # it is due in a moment
            self._start(self._header(inner, header), inner, alone=alone)
            self._store.started(header.id, command.id)

        self._pending.append(start)

    def finish(self, header: Header) -> None:
        """Tell of the end of a run: the run in which it is a node, and whoever waits for its result."""
        ended = self._store.ended(header.id)
        if ended is not None:
            self._finish(header, ended)
            self._work()

    def _finish(self, header: Header, ended: Ended, *, alone: bool = False) -> None:
        failure = json.loads(ended.failed) if ended.failed else None
        reach("ended")
        if header.parent is not None and header.parent_flow is not None:
            self._signal(header, header.parent, header.parent_flow, failure, alone=alone)
        state = self._records.result(header.id, failure)
        self._outlet.tell(header.id, state, failed=failure is not None)
        reach("told")
        if header.parent is not None:
            self._store.told(header.id)
            return
        after = self._settings.result_expires
        self._store.told(header.id, after)
        flows = list(self._inner_runs(header))
        while flows:
            flows.extend(self._store.expire(flows.pop(), after))

    def _inner_runs(self, header: Header) -> Iterable[str]:
        try:
            has_flows = bool(self._deployment.flow(header.flow).subflows)
        except UnknownFlowError:
            has_flows = True
        return self._store.expire(header.id, self._settings.result_expires) if has_flows else ()

    def _signal(self, header: Header, parent: str, flow: str, failure: Any, *, alone: bool) -> None:
        """Tell the run above that a sub-flow ended."""
        event: Event
        if failure is None:
            event = NodeFinished(header.id, header.flow)
        else:
            reason = failure.get("reason") or "the flow failed"
            event = NodeFailed(header.id, header.flow, reason)
            self._store.keep_failure(header.id, json.dumps({"reason": reason, "flow": flow}))
        decides = not alone and self._outlet.decides(flow)
        reply = self._store.complete(
            parent,
            header.id,
            0,
            write_event(event),
            lazy=is_lazy(self._deployment, flow, event),
            leader=self.name if decides else "",
            names=joined_names(self._deployment, flow, event),
        )
        if isinstance(reply, Lead):
            lead = reply
            self._pending.append(lambda deadline: self._advance(lead, deadline))
        elif reply == "taken":
            self._outlet.wake(parent, flow)


def _keep_up(joined: dict[str, tuple[str, ...]], outcome: Outcome) -> None:
    """Change joined rows that were read as a step has changed them in the store."""
    if outcome.commands and isinstance(outcome.commands[-1], RestartRun):
        joined.clear()
    for name, id in outcome.joined:
        if name in joined:
            joined[name] = (*joined[name], id)
    for name in outcome.released:
        joined[name] = ()


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


def hint_of(header: Header, node: str, task: str, attempt: int) -> Hint:
    """Return the hint that an attempt of a task of a run can be claimed."""
    return Hint(
        run=header.id,
        node=node,
        attempt=attempt,
        task=task,
        flow=header.flow,
        version=header.version,
        fingerprint=header.fingerprint,
    )


def is_lazy(deployment: Deployment, flow: str, event: Event) -> bool:
    """Return whether nothing can follow from an event but the end of the run."""
    if not isinstance(event, NodeFinished):
        return False
    try:
        spec = deployment.flow(flow)
    except UnknownError:
        return False
    return event.name not in graph_of(spec).onward


def joined_names(deployment: Deployment, flow: str, event: Event) -> Iterable[str]:
    """Return the names whose joined rows a step over an event reads."""
    if not isinstance(event, NodeFinished):
        return ()
    try:
        return sorted(graph_of(deployment.flow(flow)).partners(event.name))
    except UnknownError:
        return ()
