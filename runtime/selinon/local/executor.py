"""The local executor: flows run to their end in this process.

Steps run in the thread that calls; tasks run there, too, or in threads or processes of their own. Jobs are taken from
queues in turn, as workers on all queues would.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from selinon.abi import FlowSpec
from selinon.answers import answer_all
from selinon.engine import (
    Event,
    Outcome,
    RestartRun,
    Run,
    Selection,
    Slice,
    Start,
    StartFlow,
    StartTask,
    abandon,
    begin,
    first_run,
    needs,
)
from selinon.errors import StorageError
from selinon.execution import Again, Done, Failed, Stops, TaskCall, TaskOutcome, run_task
from selinon.local.clock import Clock, RealClock
from selinon.local.jobs import Job, StepJob, TaskJob, task_call
from selinon.local.result import Account, RunResult, cause_of
from selinon.local.schedule import Schedule
from selinon.local.signals import Release, always_released
from selinon.local.throttle import Throttle
from selinon.local.workers import Ended, InlineWorker, ThreadWorkers, Workers
from selinon.registry import Deployment
from selinon.reporting import Reporter
from selinon.sampling import StrategyError, next_look
from selinon.store.memory import MemoryStore, Node

__all__ = ["LocalExecutor"]

_LOGGER = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 60.0
"""Seconds before a step is repeated that a storage kept from being decided, at first and at most."""

_STOPS: Stops = (KeyboardInterrupt,)
"""Nobody ends this process by `SystemExit`: user code that raises it has called `sys.exit`, and fails."""


class LocalExecutor:
    """Runs flows of a deployment.

    Args:
        concurrency: how many tasks run at the same time.
        workers: in what they run; `threads` with a concurrency of one means the thread that calls.
        clock: in which time countdowns pass.
        release: opens the sections in which the program may be interrupted: waiting, and the code of users.
        watch: called with each step of a run: its record before, and what the step came to.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        concurrency: int = 1,
        workers: Literal["threads", "processes"] = "threads",
        clock: Clock | None = None,
        release: Release = always_released,
        watch: Callable[[Run, Outcome], object] | None = None,
    ) -> None:
        self._deployment = deployment
        self._concurrency = concurrency
        self._in_processes = workers == "processes"
        self._clock = clock or RealClock()
        self._release = release
        self._watch = watch
        self._store = MemoryStore()
        self._schedule: Schedule[Job] = Schedule()
        self._throttle = Throttle()
        self._inboxes: dict[str, list[Event]] = {}
        self._running: dict[str, Node] = {}
        self._looks: dict[str, float | None] = {}
        self._account = Account()
        self._report = Reporter(deployment, self._store)
        deployment.storages.node_records = self._store

    @property
    def running(self) -> Counter[str]:
        """Return how many tasks are running, by name; those that were when the run was interrupted, afterwards."""
        return Counter(node.name for node in self._running.values())

    def run(
        self, flow: str, node_args: Any = None, selection: Selection | None = None
    ) -> RunResult:
        """Run a flow, or what of it is selected, to its end, and everything that it started; return how it ended.

        Raises:
            UnknownFlowError: there is no such flow.
        """
        id = str(uuid.uuid4())
        self._deployment.flow(flow)
        self._account = Account()
        self._store.create(first_run(id, flow, node_args, selection=selection))
        self._report.flow_scheduled(self._store.run(id))
        self._notify(id, Start())
        workers = self._workers()
        try:
            self._loop(workers)
        except BaseException:
            workers.close(abandoned=True)
            raise
        workers.close(abandoned=False)
        return self._result(id, flow)

    def _workers(self) -> Workers:
        if self._in_processes:
            from selinon.local.processes import ProcessWorkers

            return ProcessWorkers(self._deployment)
        if self._concurrency == 1:
            return InlineWorker(self._run_task, self._release)
        return ThreadWorkers(self._run_task)

    def _run_task(self, call: TaskCall) -> TaskOutcome:
        return run_task(self._deployment, call, stops=_STOPS)

    def _result(self, id: str, flow: str) -> RunResult:
        account = self._account
        return RunResult(
            id=id,
            flow=flow,
            state="failed" if id in account.runs else "succeeded",
            nodes=self._store.result(id),
            reasons=dict(account.reasons),
            reason=account.runs.get(id),
            results=tuple(account.results),
        )

    def _loop(self, workers: Workers) -> None:
        """Take jobs until none is left and nothing is running."""
        while self._schedule or self._running:
            full = len(self._running) == self._concurrency
            job = None if full else self._schedule.take(self._clock.now())
            match job:
                case StepJob():
                    with self._report.failure_of_step(job.run):
                        self._step(job)
                case TaskJob(node=node):
                    self._running[node.id] = node
                    workers.start(task_call(node, self._store.run(node.run).flow))
                case None:
                    due = None if full else self._schedule.next_due()
                    self._wait(workers, due)
                    continue
            if self._running:
                self._settle_all(workers.wait(0))

    def _wait(self, workers: Workers, due: float | None) -> None:
        """Wait until a task ends, or a job is due."""
        if self._running:
            with self._release():
                ended = workers.wait(self._clock.patience(due))
            self._settle_all(ended)
        elif due is not None:
            with self._release():
                self._clock.reach(due)

    def _notify(self, run: str, event: Event | None, delay: float = 0) -> None:
        """Hand an event to a run, and see to it that the run is looked at, once for all events that wait."""
        if event is None:
            return
        inbox = self._inboxes.setdefault(run, [])
        inbox.append(event)
        if len(inbox) == 1:
            queue = self._deployment.flow_queue(self._store.run(run).flow)
            self._schedule.put(queue, StepJob(run=run), self._clock.now() + delay)

    def _step(self, job: StepJob) -> None:
        """Take one step of a run; nothing has happened when a storage keeps it from being decided."""
        run = self._store.run(job.run)
        flow = self._deployment.flow(run.flow)
        events = tuple(self._inboxes[job.run])
        self._report.step(run)
        slice = self._store.slice(job.run, needs(flow, run, events))
        step = begin(flow, slice, events)
        try:
            if step.ask is not None:
                with self._release():
                    answer_all(self._deployment, self._store, run.flow, step, stops=_STOPS)
        except StorageError as error:
            pause = min(job.pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE)
            self._repeat(replace(job, pause=pause), run, flow, error)
            return
        del self._inboxes[job.run]
        if not run.started:
            self._report.flow_started(run)
        self._carry_out(job.run, self._sampled(flow, slice, events, step.outcome))

    def _sampled(
        self, flow: FlowSpec, slice: Slice, events: tuple[Event, ...], outcome: Outcome
    ) -> Outcome:
        """Return what a step comes to once the flow's sampling strategy knows of it; if that raises, a failure."""
        try:
            with self._release():
                self._looks[slice.run.id] = next_look(
                    self._store, flow, outcome, self._looks.get(slice.run.id)
                )
        except StrategyError as error:
            return abandon(flow, slice, events, str(error))
        return outcome

    def _repeat(self, job: StepJob, run: Run, flow: FlowSpec, error: StorageError) -> None:
        """See to it that a step is taken again after a pause that a storage needs."""
        pause = max(job.pause, flow.retry_countdown)
        _LOGGER.warning("flow %s is looked at again in %s s: %s", flow.name, pause, error)
        self._report.postponed(run, pause)
        with self._release():
            due = self._clock.after_outage(job.pause, flow.retry_countdown)
        self._schedule.put(self._deployment.flow_queue(flow.name), job, due)

    def _carry_out(self, run: str, outcome: Outcome) -> None:
        """Write what a step came to, then act upon it."""
        before = self._store.run(run)
        self._report.decided(before, outcome)
        started = self._store.commit(outcome)
        if self._watch is not None:
            self._watch(before, outcome)
        for node in started:
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
            self._account.runs[run] = reason
        if parent is None:
            return
        if not failed:
            self._notify(parent.run, self._store.complete(parent))
            return
        text = reason or cause_of(run, self._deployment, self._store, self._account)
        self._account.reasons[parent.id] = text
        self._notify(parent.run, self._store.fail(parent, text))

    def _start(self, run: Run, node: Node) -> None:
        """Put a node that was started on its queue."""
        now = self._clock.now()
        match node.command:
            case StartTask(name=name) as task:
                delay = self._throttle.delay(name, self._deployment.task(name).throttling, now)
                self._report.task_scheduled(run, task, delay)
                self._schedule.put(
                    self._deployment.task_queue(name), TaskJob(node=node), now + delay
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
                self._report.subflow_scheduled(run, start, inner, delay)
                self._store.create(inner, node)
                self._notify(node.id, Start(), delay)

    def _settle_all(self, ended: Sequence[Ended]) -> None:
        for call, outcome in ended:
            if isinstance(outcome, BaseException):
                raise outcome
            self._settle(self._running.pop(call.id), outcome)

    def _settle(self, node: Node, outcome: TaskOutcome) -> None:
        """Act upon what came of a task."""
        match outcome:
            case Done(result=result):
                self._account.results.append((node.name, node.id, result))
                self._notify(node.run, self._store.complete(node))
            case Failed(exception=exception):
                self._account.reasons[node.id] = outcome.reason
                self._notify(node.run, self._store.fail(node, outcome.reason, exception))
            case Again(countdown=countdown, counts=counts):
                node.retried += counts
                queue = self._deployment.task_queue(node.name)
                self._schedule.put(queue, TaskJob(node=node), self._clock.now() + countdown)
