"""The local executor: flows run to their end in this process.

Steps run in the thread that calls; tasks run there, too, or with a concurrency of more than one in threads of their
own. Jobs are taken from queues in turn, as workers on all queues would.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from selinon.abi import EdgeSpec, FailureSpec
from selinon.answers import answer_all
from selinon.engine import (
    Event,
    Outcome,
    RestartRun,
    Run,
    Selection,
    Start,
    StartFlow,
    StartTask,
    begin,
    first_run,
    needs,
)
from selinon.errors import StorageError
from selinon.execution import Again, Done, Failed, Stops, TaskCall, TaskOutcome, run_task
from selinon.local.reporting import Reporter
from selinon.local.schedule import Schedule
from selinon.local.throttle import Throttle
from selinon.registry import Deployment
from selinon.store.memory import MemoryStore, Node

__all__ = ["LocalExecutor", "RunResult"]

_LOGGER = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 60.0
"""Seconds before a step is repeated that a storage kept from being decided, at first and at most."""

_LONGEST_SLEEP = 3600.0
"""Seconds of waiting at a time: the clock is looked at again long before a system's limit for a sleep."""

_STOPS: Stops = (KeyboardInterrupt,)
"""Nobody ends this process by `SystemExit`: user code that raises it has called `sys.exit`, and fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended.

    `state` is `succeeded` or `failed`. `nodes` holds `finished_nodes`, `failed_nodes` and `active_nodes`. `reasons`
    are the texts of failures by id of the node, in all runs; `reason` says what else made the flow fail. `results`
    are what the tasks of all runs returned: triples of task, id and value, in the order in which they finished.
    """

    id: str
    flow: str
    state: str
    nodes: Mapping[str, Any]
    reasons: Mapping[str, str]
    reason: str | None
    results: tuple[tuple[str, str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepJob:
    """Look at a run; `pause` is the last delay when it is a repetition."""

    run: str
    pause: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaskJob:
    """Run a task."""

    node: Node


_Job: TypeAlias = _StepJob | _TaskJob


@dataclass(slots=True)
class _Memory:
    """What is kept for the result."""

    results: list[tuple[str, str, Any]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    reason: dict[str, str | None] = field(default_factory=dict)


class LocalExecutor:
    """Runs flows of a deployment; `concurrency` is the number of tasks that run at the same time."""

    def __init__(self, deployment: Deployment, *, concurrency: int = 1) -> None:
        self._deployment = deployment
        self._concurrency = concurrency
        self._store = MemoryStore()
        self._schedule: Schedule[_Job] = Schedule()
        self._throttle = Throttle()
        self._inboxes: dict[str, list[Event]] = {}
        self._memory = _Memory()
        self._report = Reporter(deployment, self._store)
        deployment.storages.node_records = self._store

    def run(
        self, flow: str, node_args: Any = None, selection: Selection | None = None
    ) -> RunResult:
        """Run a flow, or what of it is selected, to its end, and everything that it started; return how it ended.

        Raises:
            UnknownFlowError: there is no such flow.
        """
        id = str(uuid.uuid4())
        self._deployment.flow(flow)
        self._memory = _Memory()
        self._store.create(first_run(id, flow, node_args, selection=selection))
        self._report.flow_scheduled(self._store.run(id))
        self._notify(id, Start())
        self._loop()
        return self._result(id, flow)

    def _result(self, id: str, flow: str) -> RunResult:
        memory = self._memory
        return RunResult(
            id=id,
            flow=flow,
            state="failed" if id in memory.reason else "succeeded",
            nodes=self._store.result(id),
            reasons=dict(memory.reasons),
            reason=memory.reason.get(id),
            results=tuple(memory.results),
        )

    def _loop(self) -> None:
        """Take jobs until none is left and nothing is running."""
        running: dict[Future[TaskOutcome], Node] = {}
        while self._schedule or running:
            full = len(running) == self._concurrency
            job = None if full else self._schedule.take(time.monotonic())
            match job:
                case _StepJob():
                    with self._report.failure_of_step(job.run):
                        self._step(job)
                case _TaskJob(node=node) if self._concurrency == 1:
                    self._settle(node, self._run_task(node))
                case _TaskJob(node=node):
                    running[self._begin_task(node)] = node
                case None:
                    self._wait(running, full=full)
            for future in [future for future in running if future.done()]:
                self._settle(running.pop(future), future.result())

    def _wait(self, running: Mapping[Future[TaskOutcome], Node], *, full: bool) -> None:
        """Wait until a task ends, or, unless no more tasks can run, until a job is due."""
        due = None if full else self._schedule.next_due()
        left = _LONGEST_SLEEP if due is None else max(0.0, due - time.monotonic())
        pause = min(left, _LONGEST_SLEEP)
        if running:
            wait(running, timeout=pause, return_when=FIRST_COMPLETED)
        else:
            time.sleep(pause)

    def _notify(self, run: str, event: Event | None, delay: float = 0) -> None:
        """Hand an event to a run, and see to it that the run is looked at, once for all events that wait."""
        if event is None:
            return
        inbox = self._inboxes.setdefault(run, [])
        inbox.append(event)
        if len(inbox) == 1:
            queue = self._deployment.flow_queue(self._store.run(run).flow)
            self._schedule.put(queue, _StepJob(run=run), time.monotonic() + delay)

    def _step(self, job: _StepJob) -> None:
        """Take one step of a run; nothing has happened when a storage keeps it from being decided."""
        run = self._store.run(job.run)
        flow = self._deployment.flow(run.flow)
        events = tuple(self._inboxes[job.run])
        self._report.step(run)
        step = begin(flow, self._store.slice(job.run, needs(flow, run, events)), events)
        try:
            answer_all(self._deployment, self._store, run.flow, step, stops=_STOPS)
        except StorageError as error:
            pause = max(flow.retry_countdown, min(job.pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE))
            queue = self._deployment.flow_queue(run.flow)
            _LOGGER.warning("flow %s is looked at again in %s s: %s", run.flow, pause, error)
            self._report.postponed(run, pause)
            self._schedule.put(queue, replace(job, pause=pause), time.monotonic() + pause)
            return
        del self._inboxes[job.run]
        if not run.started:
            self._report.flow_started(run)
        self._carry_out(job.run, step.outcome)

    def _carry_out(self, run: str, outcome: Outcome) -> None:
        """Write what a step came to, then act upon it."""
        before = self._store.run(run)
        self._report.decided(before, outcome)
        for node in self._store.commit(outcome):
            self._start(before, node)
        self._report.ended(before, outcome)
        for command in outcome.commands:
            if isinstance(command, RestartRun):
                self._notify(run, Start(), command.countdown)
            elif not isinstance(command, StartTask | StartFlow):
                reason = getattr(command, "reason", None)
                self._end(run, failed=hasattr(command, "failed"), reason=reason)

    def _end(self, run: str, *, failed: bool, reason: str | None) -> None:
        """Tell the flow above, if there is one, how a run ended."""
        parent = self._store.parent(run)
        if failed:
            self._memory.reason[run] = reason
        if parent is None:
            return
        if not failed:
            self._notify(parent.run, self._store.complete(parent))
            return
        text = reason or self._cause(run)
        self._memory.reasons[parent.id] = text
        self._notify(parent.run, self._store.fail(parent, text))

    def _cause(self, run: str) -> str:
        """Return the failure of a task that made a run fail, as its flow or one below it knows it."""
        flow = self._store.run(run).flow
        failed = self._store.result(run)["failed_nodes"]
        (name, ids), *_ = failed.items()
        text, count = self._memory.reasons[ids[0]], sum(map(len, failed.values()))
        if name not in self._deployment.flow(flow).subflows:
            text = f"`{name}` in flow `{flow}` failed: {text}"
        return text if count == 1 else f"{text} (and {count - 1} more)"

    def _start(self, run: Run, node: Node) -> None:
        """Put a node that was started on its queue."""
        spec = self._deployment.flow(run.flow)
        places: tuple[EdgeSpec | FailureSpec, ...] = (*spec.edges, *spec.failures)
        place = next(place for place in places if place.key == node.command.place)
        now = time.monotonic()
        match node.command:
            case StartTask(name=name):
                delay = self._throttle.delay(name, self._deployment.task(name).throttling, now)
                self._report.task_scheduled(run, node, place, delay)
                self._schedule.put(
                    self._deployment.task_queue(name), _TaskJob(node=node), now + delay
                )
            case StartFlow(name=name) as start:
                delay = self._throttle.delay(name, self._deployment.flow(name).throttling, now)
                inner = first_run(
                    node.id,
                    name,
                    start.node_args,
                    start.parent,
                    answers=start.failed,
                    selection=start.selection,
                )
                self._report.subflow_scheduled(run, node, inner, place, delay)
                self._store.create(inner, node)
                self._notify(node.id, Start(), delay)

    def _begin_task(self, node: Node) -> Future[TaskOutcome]:
        """Run a task in a thread of its own, which does not keep the process from ending when it is interrupted."""
        future: Future[TaskOutcome] = Future()

        def run() -> None:
            try:
                future.set_result(self._run_task(node))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name=node.name, daemon=True).start()
        return future

    def _run_task(self, node: Node) -> TaskOutcome:
        command = node.command
        assert isinstance(command, StartTask), "only tasks are run"
        call = TaskCall(
            id=node.id,
            task=node.name,
            flow=self._store.run(node.run).flow,
            dispatcher=node.run,
            node_args=command.node_args,
            parent=command.parent,
            failed=command.failed,
            retried=node.retried,
        )
        return run_task(self._deployment, call, stops=_STOPS)

    def _settle(self, node: Node, outcome: TaskOutcome) -> None:
        """Act upon what came of a task."""
        match outcome:
            case Done(result=result):
                self._memory.results.append((node.name, node.id, result))
                self._notify(node.run, self._store.complete(node))
            case Failed(exception=exception):
                self._memory.reasons[node.id] = outcome.reason
                self._notify(node.run, self._store.fail(node, outcome.reason, exception))
            case Again(countdown=countdown, counts=counts):
                node.retried += counts
                queue = self._deployment.task_queue(node.name)
                self._schedule.put(queue, _TaskJob(node=node), time.monotonic() + countdown)
