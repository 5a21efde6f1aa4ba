"""A whole system that can be made to fail: servers, workers, and what was started on them."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import Celery
from celery.result import AsyncResult
from tests.faults.application import application
from tests.faults.sabotage import shorter
from tests.faults.servers import RedisServer, VirtualHost
from tests.faults.stage import VARIABLE, Leases, Plan, Stage
from tests.faults.workers import Worker

from selinon import Config, in_use, registry, run_flow
from selinon.store.protocol import RunView
from selinon.store.redis import RedisStore
from selinon.worker.application import installed

__all__ = ["Scene", "Started", "working"]


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was started."""

    id: str
    flow: str
    args: Any


class Scene:
    """A state store that forgets nothing, a broker that is also the result backend, and workers.

    All of it is stopped and removed at the end, also when the test fails.
    """

    def __init__(
        self,
        *,
        leases: Leases | None = Leases(),  # noqa: B008  # frozen
        mutation: str = "",
        rabbitmq: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._leases = leases
        self._mutation = mutation
        self._settings = settings
        self._stack = ExitStack()
        self._host = VirtualHost() if rabbitmq else None
        self.runs: list[Started] = []
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        """Start the servers, and configure this process."""
        with self._stack:
            self._enter()
            self._stack = self._stack.pop_all()
        return self

    def _enter(self) -> None:
        # Processes are killed here, not the machine: what they wrote is there, on a disk or not.
        memory = Path("/dev/shm")
        directory = Path(
            tempfile.mkdtemp(prefix="selinon-faults-", dir=memory if memory.is_dir() else None)
        )
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)
        self.stage = Stage(directory)
        self.store_server = self._started(RedisServer(directory / "store", durable=True))
        self.message_server = self._started(RedisServer(directory / "broker", durable=False))
        if self._host is not None:
            self._host.start()
            self._stack.callback(self._host.kill)
        self.stage.set_up(
            broker=self.message_server.url if self._host is None else self._host.url,
            backend=self.message_server.url,
            store=self.store_server.url,
            leases=self._leases,
            mutation=self._mutation,
            settings=self._settings,
        )
        self._stack.callback(setattr, registry, "_CURRENT", list(registry._CURRENT))
        self._stack.callback(setattr, in_use, "_WAITING", list(in_use._WAITING))
        self._stack.callback(setattr, Config, "celery_app", Config.celery_app)
        self._stack.callback(_restore_variable, os.environ.get(VARIABLE))
        os.environ[VARIABLE] = str(directory)
        if self._leases is not None:
            for module, name, value in shorter(self._leases):
                self._stack.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, value)
        self.app: Celery = application(self.stage)
        self._stack.callback(self.app.close)
        self._stack.callback(installed(self.app).close)
        self.store = RedisStore(self.store_server.url)
        self._stack.callback(self.store.close)

    def _started(self, server: RedisServer) -> RedisServer:
        self._stack.callback(server.kill)
        server.start()
        return server

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and remove everything; keep the log of the workers if asked to."""
        keep = os.environ.get("FAULTS_KEEP")
        if keep and error is not None:
            shutil.copytree(self.stage.directory, f"{keep}-{uuid.uuid4().hex[:6]}")
        self._stack.close()

    @property
    def host(self) -> VirtualHost:
        """Return the virtual host of RabbitMQ."""
        assert self._host is not None, "this scene uses RabbitMQ"
        return self._host

    def plan(self, **fields: Any) -> None:
        """Say what goes wrong from here on."""
        self.stage.plan(Plan(**fields))

    def work(self, *, kept: bool = True, **options: Any) -> Worker:
        """Start a worker."""
        worker = Worker(self.stage, **options)
        self.workers.append(worker)
        self._stack.callback(worker.stop)
        worker.start(kept=kept)
        return worker

    def work_at_once(self) -> None:
        """Start a worker, and wait until it is ready."""
        worker = self.work()
        self.until(lambda: " ready." in worker.log.read_text())

    def run(self, flow: str, args: Any = None) -> Started:
        """Start a run."""
        return self.adopt(str(run_flow(flow, args)), flow, args)

    def adopt(self, id: str, flow: str, args: Any = None) -> Started:
        """Take note of a run that somebody else started."""
        started = Started(id, flow, args)
        self.runs.append(started)
        return started

    def result(self, run: Started) -> AsyncResult:
        """Return the handle of a run's result."""
        return self.app.AsyncResult(run.id)

    def view(self, run: str) -> RunView | None:
        """Return what the store says about a run."""
        return self.store.view(run)

    def entered(self, run: Started, task: str) -> list[int]:
        """Return the processes that entered a task of a run."""
        return [e.pid for e in self.stage.entries() if (e.run, e.task) == (run.id, task)]

    def finish(self, patience: float = 60.0, runs: Sequence[Started] | None = None) -> float:
        """Wait until runs, by default all, have ended with everything that belongs to them; return how long it took."""
        began = time.monotonic()
        open = [run.id for run in (self.runs if runs is None else runs)]
        while open:
            open = [id for id in open if not self._over(id)]
            if open:
                assert time.monotonic() - began < patience, self._stuck(open)
                time.sleep(0.05)
        return time.monotonic() - began

    def over(self, run: Started) -> bool:
        """Return whether a run has ended, and nothing of it is left to do."""
        return self._over(run.id)

    def _over(self, id: str) -> bool:
        view = self.store.view(id)
        return view is not None and view.status == "done" and not view.live

    def _stuck(self, open: Sequence[str]) -> str:
        lines = []
        for id in open:
            view = self.store.view(id)
            lines.append(f"run {id} has not ended: {view}")
        return "\n".join(lines)

    def until(self, condition: Callable[[], object], patience: float = 30.0) -> float:
        """Wait until something holds; return how long it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < patience, "it does not come to that"
            time.sleep(0.02)
        return time.monotonic() - began


def _restore_variable(value: str | None) -> None:
    if value is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = value


@contextmanager
def working() -> Iterator[Scene]:
    """Give a scene with a worker that is ready."""
    with Scene(settings={"selinon_max_active_nodes": 1000}) as scene:
        scene.work_at_once()
        yield scene
