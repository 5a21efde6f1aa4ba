"""A Celery application that runs flows: the two tasks that its workers know, and what starts and stops with them."""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import Any

from celery import Celery, Task, bootsteps, signals
from celery.exceptions import Ignore, WorkerLostError
from celery.exceptions import Retry as CeleryRetry
from celery.utils.log import get_task_logger
from celery.worker.request import Request
from celery.worker.state import task_ready

from selinon import registry
from selinon.engine import Run
from selinon.errors import ConfigNotInitializedError, StoreError
from selinon.execution import Again, Failed
from selinon.registry import Deployment
from selinon.reporting import Reporter
from selinon.store.protocol import Header, Store
from selinon.worker.cancelling import Canceller
from selinon.worker.driver import Driver
from selinon.worker.logs import Within
from selinon.worker.messages import (
    CONSUMED_QUEUES,
    DISPATCHER,
    ENVELOPE,
    CeleryOutlet,
    SilentOutlet,
    shown_failure,
)
from selinon.worker.outlet import Hint
from selinon.worker.process import Process
from selinon.worker.records import Records
from selinon.worker.runner import Dropped, Runner
from selinon.worker.settings import Settings, settings_of
from selinon.worker.stores import open_store, result_backend_of
from selinon.worker.sweeper import Sweeper, lose
from selinon.worker.worker_logs import complete_records, log_tasks_as_tasks

__all__ = ["Application", "Dispatcher", "install", "installed"]

_LOGGER = get_task_logger(__name__)

_ATTRIBUTE = "_selinon"


class Application:
    """What a process needs to run flows through a Celery application; made anew in each process and configuration."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._lock = threading.RLock()
        self._local: _Local | None = None

    @property
    def local(self) -> _Local:
        """Return what belongs to this process and to the configuration in use."""
        with self._lock:
            deployment = registry.current()
            local = self._local
            if local is None or local.pid != os.getpid() or local.deployment is not deployment:
                if local is not None and local.pid == os.getpid():
                    local.close()
                local = self._local = _Local(self.app, deployment)
            return local

    def start(self, run: Run) -> Any:
        """Start a run; return the handle of its result."""
        local = self.local
        result = self.app.AsyncResult(run.id)
        # Some result backends only deliver what was waited for before it came.
        self.app.backend.on_task_call(None, run.id)
        local.runner.driver.start(run)
        return result

    def canceller(self) -> Canceller:
        """Return what cancels runs, and tells whoever waits for them."""
        local = self.local
        report = Reporter(local.deployment, Records(local.store, local.deployment))

        def finish(header: Header) -> None:
            if local.deployment.tracer.sinks:
                report.cancelled(header.id)
            local.runner.driver.finish(header)

        return Canceller(local.store, finish)

    def close(self) -> None:
        """Close what this process has open."""
        with self._lock:
            if self._local is not None and self._local.pid == os.getpid():
                self._local.close()
            self._local = None


class _Local:
    """The parts that one process uses."""

    def __init__(self, app: Celery, deployment: Deployment) -> None:
        self.pid = os.getpid()
        self.app = app
        self.deployment = deployment
        self.settings: Settings = settings_of(app.conf)
        self.store: Store = open_store(self.settings, result_backend_of(app.conf))
        self.outlet = CeleryOutlet(app, deployment, inline=self.settings.inline)
        self.process = Process(self.store)
        self._threads = threading.local()
        deployment.storages.node_records = Records(self.store, deployment)

    @property
    def runner(self) -> Runner:
        """Return what runs nodes in the calling thread."""
        runner: Runner | None = getattr(self._threads, "runner", None)
        if runner is None:
            name = f"{socket.gethostname()}:{self.pid}:{threading.get_ident()}"
            driver = Driver(self.deployment, self.store, self.outlet, self.settings, name)
            runner = self._threads.runner = Runner(
                deployment=self.deployment,
                store=self.store,
                outlet=self.outlet,
                driver=driver,
                process=self.process,
            )
        return runner

    def sweeper(self) -> Sweeper:
        """Return a safety net, not yet started."""
        outlet = SilentOutlet(self.outlet)
        name = f"{socket.gethostname()}:{self.pid}:sweeper"
        driver = Driver(self.deployment, self.store, outlet, self.settings, name)
        return Sweeper(self.store, outlet, driver, self.settings)

    def lost(self, run: str, node: str, attempt: int) -> None:
        """Record an attempt of a task as lost whose process is known to be gone."""
        found = self.store.claimed(run, node, attempt)
        if found is not None:
            lose(self.store, self.outlet, self.settings, run, node, found)

    def close(self) -> None:
        self.outlet.close()
        self.store.close()


def installed(app: Celery) -> Application:
    """Return what runs flows through an application; raises ConfigNotInitializedError if it was never installed."""
    found = getattr(app, _ATTRIBUTE, None)
    if found is None:
        raise ConfigNotInitializedError(
            "this Celery application does not know of Selinon\nhelp: call Config.set_celery_app(app)"
        )
    return found  # type: ignore[no-any-return]


def install(app: Celery) -> Application:
    """Register the tasks of Selinon with an application, and the safety net with its workers; once."""
    known = getattr(app, _ATTRIBUTE, None)
    if known is not None:
        return known  # type: ignore[no-any-return]
    application = Application(app)
    setattr(app, _ATTRIBUTE, application)
    common: dict[str, Any] = {
        "bind": True,
        "acks_late": False,
        "ignore_result": True,
        "max_retries": None,
        "serializer": "json",
        "typing": False,
    }
    app.task(name=ENVELOPE, Request=_EnvelopeRequest, **common)(_run_node)
    app.task(name=DISPATCHER, base=Dispatcher, **common)(Dispatcher.run)
    app.steps["worker"].add(_SafetyNet)
    return application


def _run_node(
    self: Any,
    run: str,
    node: str,
    attempt: int,
    task: str,
    flow: str,
    version: str,
    fingerprint: str,
) -> None:
    """Run a task of a flow."""
    local = installed(self.app).local
    local.outlet.consumes((self.request.delivery_info or {}).get("routing_key") or "")
    hint = Hint(run, node, attempt, task, flow, version, fingerprint)
    with Within(flow, run, task, node):
        try:
            outcome = local.runner.run(hint)
        except Dropped as reason:
            _LOGGER.debug("hint of task %s of run %s is dropped: %s", node, run, reason)
            raise Ignore from None
        except StoreError as error:
            _LOGGER.warning("task %s of run %s is left to a later hint: %s", node, run, error)
            raise Ignore from None
    match outcome:
        case Failed():
            raise shown_failure(outcome)
        case Again(countdown=countdown):
            raise CeleryRetry("the task is run again", when=countdown)


class Dispatcher(Task):  # type: ignore[misc]  # Celery has no types
    """The task by which workers decide what happens next in a run of a flow, if no other process of theirs does.

    Messages for it are sent when there is something to decide; programs have no need to send one.
    """

    name = DISPATCHER

    def run(self, run: str, flow: str) -> None:
        """Decide about a run."""
        local = installed(self.app).local
        local.outlet.consumes((self.request.delivery_info or {}).get("routing_key") or "")
        try:
            local.runner.driver.look(run)
        except StoreError as error:
            _LOGGER.warning("flow %s, run %s is left to a later hint: %s", flow, run, error)
            raise Ignore from None


class _EnvelopeRequest(Request):  # type: ignore[misc]  # as above
    """A delivered hint, as the worker's main process sees it."""

    def on_failure(self, exc_info: Any, *values: Any, **named: Any) -> Any:
        """Notice at once that the process is gone that ran a task, rather than when its registration runs out."""
        error = exc_info.exception
        error = getattr(error, "exc", error)  # how billiard hands over what other processes raise
        if isinstance(error, WorkerLostError | SystemExit | KeyboardInterrupt):
            task_ready(self)
            self._lose()
            return None
        return super().on_failure(exc_info, *values, **named)

    def on_timeout(self, soft: bool, timeout: float) -> Any:
        """Notice that a process was ended because its task took longer than the application allows."""
        if soft:
            return super().on_timeout(soft, timeout)
        task_ready(self)
        self._lose()
        return None

    def _lose(self) -> None:
        run, node, attempt = self.args[:3]
        try:
            installed(self.app).local.lost(run, node, attempt)
        except Exception as error:  # it is noticed later all the same
            _LOGGER.warning("task %s of run %s may be lost: %r", node, run, error)


class _SafetyNet(bootsteps.StartStopStep):  # type: ignore[misc]  # as above
    """What each worker has in its main process, beside the processes that run tasks, and once these are there."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **named: Any) -> None:
        super().__init__(parent, **named)
        self._sweeper: Sweeper | None = None

    def start(self, parent: Any) -> None:
        """Say what the state store promises, and begin to look for what is due."""
        try:
            local = installed(parent.app).local
        except ConfigNotInitializedError as error:
            _LOGGER.warning("this worker runs no flows: %s", error)
            return
        logging.getLogger("selinon").info("state store: %s", local.store.promises())
        self._sweeper = local.sweeper()
        self._sweeper.start()

    def stop(self, parent: Any) -> None:
        """Stop looking for what is due."""
        if self._sweeper is not None:
            self._sweeper.stop()
            self._sweeper = None


@signals.celeryd_after_setup.connect  # type: ignore[untyped-decorator]  # as above
def _tell_queues(sender: Any, instance: Any, **_: Any) -> None:
    """Tell the processes of a worker which queues it consumes; forked or not, they inherit it."""
    os.environ[CONSUMED_QUEUES] = os.pathsep.join(instance.app.amqp.queues.consume_from)


# These are signals of workers: nothing changes in clients. The last one is for those that set up logging themselves.
signals.after_setup_logger.connect(complete_records)
signals.after_setup_task_logger.connect(log_tasks_as_tasks)
signals.celeryd_after_setup.connect(complete_records)
