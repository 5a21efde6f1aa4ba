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
from typing import Any, Final

from selinon.engine import (
    Event,
    NodeFailed,
    NodeFinished,
    Outcome,
    RestartRun,
    Run,
    StartFlow,
    StartTask,
    first_run,
)
from selinon.errors import ConfigurationError, UnknownFlowError
from selinon.registry import Deployment
from selinon.reporting import Reporter
from selinon.store.protocol import AGAIN_AFTER, Ended, Header, Lead, More, Store, Write
from selinon.worker.deciding import Decider, Decision, Postponed
from selinon.worker.faults import reach
from selinon.worker.following import is_lazy, joined_names
from selinon.worker.logs import Within, in_step
from selinon.worker.outlet import Hint, Outlet
from selinon.worker.records import Records
from selinon.worker.settings import Settings
from selinon.worker.texts import (
    START,
    given_text,
    read_event,
    read_run,
    state_text,
    write_event,
)
from selinon.worker.versions import obstacle

__all__ = ["Driver"]

_LOGGER = logging.getLogger(__name__)

_SLICE: Final = 2.0
"""Seconds after which a process that decides about runs leaves the rest to whoever gets the next hint."""

_SKEWED: Final = 30.0
"""Seconds before a run is offered again that this process cannot take forward."""

_PUBLISHED_AT_ONCE: Final = 1000


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
        self.decider = Decider(deployment, store, self._records, self._report, settings)
        self._pending: deque[Callable[[float], None]] = deque()

    @property
    def _traced(self) -> bool:
        return bool(self._deployment.tracer.sinks)

    # Beginning

    def start(self, run: Run) -> None:
        """Record a run that a user starts, and see to it that it begins.

        Raises:
            ConfigurationError: it is given more than nodes may be given.
        """
        size, most = len(given_text(run)), self._settings.max_args_size
        if size > most:
            raise ConfigurationError(
                f"flow `{run.flow}` would be given {size} bytes, and selinon_max_args_size is {most}"
            )
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
        decides = self._settings.inline if alone else self._outlet.decides(run.flow)
        first = self.decider.first(run) if decides else None
        if first is not None:
            if self._store.start(header, first.write, ()):
                reach("begun")
                if self._traced:
                    self._report.flow_started(run)
                self._act(header, first, alone=alone)
            return
        reach("flow")
        unbegun = Write(state=state_text(run), given=given_text(run))
        if not self._store.start(header, unbegun, (START,)):
            return
        reach("begun")
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

    @in_step
    def _advance(self, lead: Lead, deadline: float) -> None:
        header = lead.header
        found = obstacle(self._deployment, header.flow, header.version, header.fingerprint)
        if found is not None:
            _LOGGER.warning("run %s of flow %s waits: %s", header.id, header.flow, found)
            self._store.release(header.id, delay=_SKEWED, parked=found)
            return
        while True:
            reach("read")
            run, look = read_run(lead.state, lead.given)
            rev, texts, taken = lead.rev, lead.events, lead.taken
            joined = dict(lead.joined)
            while True:
                events = tuple([read_event(text) for text in texts])
                try:
                    step = self.decider.decide(run, joined, events, look)
                except Postponed as postponed:
                    self._store.release(header.id, delay=postponed.pause, parked=str(postponed))
                    return
                reach("decided")
                committed = self._store.commit(header.id, self.name, rev, taken, step.write)
                if committed is False:
                    break
                reach("committed")
                self._act(header, step)
                if not isinstance(committed, More):
                    return
                if time.monotonic() > deadline:
                    self._store.release(header.id, delay=AGAIN_AFTER[0])
                    self._outlet.wake(header.id, header.flow)
                    return
                _keep_up(joined, step.outcome)
                run, rev, look = step.outcome.run, rev + 1, step.look
                texts, taken = committed.events, committed.taken
            again = self._store.lead(header.id, self.name)
            if again is None:
                return
            lead = again

    def prepare(self, header: Header, guess: Decision) -> None:
        """Get ready for what follows from a guess if it is written."""
        match guess.outcome.commands:
            case (StartTask(id=id, name=name),):
                self._outlet.prepare(hint_of(header, id, name, 1))

    def settle(self, header: Header, guess: Decision) -> None:
        """Do what follows from a guess that was written."""
        with Within(header.flow, header.id):
            if self._traced:
                self._report.step(guess.before)
            self._act(header, guess)
        self._work()

    # Acting

    def _act(self, header: Header, step: Decision, *, alone: bool = False) -> None:
        """Do what follows from a step that was written."""
        before, outcome = step.before, step.outcome
        if self._traced:
            self._report.decided(before, outcome, step.earlier)
        hints: list[Hint] = []
        # What waits for its time is published by the safety net.
        delays = {node.id: node.delay for node in step.write.nodes if node.delay}
        for command in outcome.commands:
            match command:
                case StartTask():
                    if self._traced:
                        self._report.task_scheduled(before, command, delays.get(command.id, 0))
                    if command.id not in delays:
                        hints.append(hint_of(header, command.id, command.name, 1))
                case StartFlow():
                    delay = delays.get(command.id, 0)
                    self._begin(header, before, command, delay, alone=alone)
                case _:
                    pass
        if len(outcome.commands) != 1:
            self._outlet.note_rest()
        for first in range(0, len(hints), _PUBLISHED_AT_ONCE):
            self._publish(header, hints[first : first + _PUBLISHED_AT_ONCE])
        self._outlet.note_rest()
        if self._traced:
            self._report.ended(before, outcome)
        if step.write.ended is not None:
            self._finish(header, step.write.ended, alone=alone)

    def _publish(self, header: Header, hints: list[Hint]) -> None:
        if self._outlet.publish(hints):
            reach("published")
            if len(hints) > 1:
                self._store.sent(header.id, [hint.node for hint in hints])
                reach("sent")

    def _begin(
        self, header: Header, run: Run, command: StartFlow, delay: float, *, alone: bool
    ) -> None:
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
            self._report.subflow_scheduled(run, command, inner, delay)
        if delay:
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
        state = self._records.explained(header.id, failure)
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


def hint_of(header: Header, node: str, task: str, attempt: int) -> Hint:
    """Return the hint that an attempt of a task of a run can be claimed."""
    return Hint(header.id, node, attempt, task, header.flow, header.version, header.fingerprint)
