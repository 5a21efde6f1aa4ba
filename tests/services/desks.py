"""A desk: servers, an application that this process starts flows with, and workers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from celery import Celery
from tests.services.servers import RedisServer
from tests.services.workers import Worker

from selinon import Config
from selinon.worker.application import installed

FOLDER: Final = Path(__file__).parent / "desk"
QUEUES: Final = ("-Q", "desk.flows,desk.tasks")


@dataclass
class Desk:
    """What tests of one kind share.

    Of `databases` of `server`, the first is the broker and the second keeps results and runs; what tasks noted is in
    database 2. With `store`, runs are kept on a server of their own. Another `broker` has `queues` of another name.
    """

    server: RedisServer
    directory: Path
    store: RedisServer | None = None
    databases: tuple[int, int] = (0, 1)
    broker: str = ""
    queues: str = "desk"
    settings: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Return what workers are told."""
        results = self.directory / "results"
        results.mkdir(parents=True, exist_ok=True)
        found = {
            "DESK_BROKER": self.broker or self.server.url(self.databases[0]),
            "DESK_QUEUES": self.queues,
            "DESK_BACKEND": self.server.url(self.databases[1]),
            "DESK_NOTES": self.server.url(2),
            "DESK_RESULTS": str(results),
            **self.settings,
        }
        if self.store is not None:
            found["SELINON_STATE_STORE"] = self.store.url(0)
        return found

    def worker(self, *options: str, **environment: str) -> Worker:
        """Start a worker; return it when it is ready."""
        worker = self.beginning_worker(*options, **environment)
        worker.wait_until_says(" ready.")
        return worker

    def beginning_worker(self, *options: str, **environment: str) -> Worker:
        """Start a worker."""
        told = {**self.environment, **environment}
        return Worker(
            "tests.services.desk.app", *options, environment=told, directory=self.directory
        )

    @contextmanager
    def client(self) -> Iterator[Celery]:
        """Configure this process to start flows; return the application."""
        told = self.environment
        app = Celery("desk", broker=told["DESK_BROKER"], backend=told["DESK_BACKEND"])
        app.conf.update(task_send_sent_event=True)
        if self.store is not None:
            app.conf.selinon_state_store = self.store.url(0)
        if "SELINON_INLINE" in self.settings:
            app.conf.selinon_inline = self.settings["SELINON_INLINE"]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in told.items():
                if name.startswith("DESK_"):
                    patch.setenv(name, value)
            Config.set_config_yaml(str(FOLDER / "nodes.yaml"), [str(FOLDER / "flows.yaml")])
            Config.set_celery_app(app)
            try:
                yield app
            finally:
                Config.set_celery_app(None)
                installed(app).close()
                app.close()

    def ran(self, run: str) -> list[tuple[str, str, float, int]]:
        """Return which tasks ran, in order: name, id, time and process."""
        rows = self.server.client(2).lrange(f"ran:{run}", 0, -1)
        return [tuple(json.loads(row)) for row in rows]

    def traced(self, run: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the trace events of a run, in order."""
        rows = self.server.client(2).lrange(f"trace:{run}", 0, -1)
        return [tuple(json.loads(row)) for row in rows]

    def wait_for(self, run: str, executions: int) -> None:
        """Wait until so many tasks of a run have begun."""
        deadline = time.monotonic() + 30
        while len(self.ran(run)) < executions:
            assert time.monotonic() < deadline, self.ran(run)
            time.sleep(0.02)
