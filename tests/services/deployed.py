"""A deployment of its own for a test: a Redis server, an application in a temporary folder, and workers."""

from __future__ import annotations

import importlib
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.lacking import lacking

from selinon import Config, FlowError, run_flow
from selinon.cli import main
from selinon.worker.application import installed

__all__ = ["Deployed", "deployed", "redis_server", "until"]

_PATIENCE = 60.0
"""Seconds after which something that has to happen is taken not to happen; machines may be busy."""

_APPLICATION = """
from celery import Celery
from selinon import Config

app = Celery("deployed", broker={url!r}, backend={url!r})
app.conf.update({conf!r})
Config.set_celery_app(app)
Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])
"""


def until(holds: Callable[[], Any], what: str = "it") -> Any:
    """Wait until something holds, and return what it says."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {_PATIENCE} s")


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a Redis server that persists nothing; yield its address."""
    program = shutil.which("redis-server")
    if program is None:
        lacking("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, "the start of the Redis server")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


@dataclass(slots=True, kw_only=True)
class Deployed:
    """An application in a folder; this process is one of its clients."""

    folder: Path
    module: str
    app: Any
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def cli(self, *arguments: str, status: int = 0, input: str = "") -> str:
        """Run `selinon-cli`; return what it prints, errors included."""
        printed = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(input))
            patch.setattr(sys, "path", list(sys.path))
            with redirect_stdout(printed), redirect_stderr(printed):
                ended = 0
                try:
                    main(arguments)
                except SystemExit as exit:
                    ended = exit.code if isinstance(exit.code, int) else 0
        assert ended == status, printed.getvalue()
        return printed.getvalue()

    def flows(self, *arguments: str, status: int = 0, input: str = "") -> str:
        """Run `selinon-cli flows`, as far as it goes, on this application; return what it prints."""
        command, *rest = arguments
        return self.cli("flows", command, "-A", self.module, *rest, status=status, input=input)

    def start(self, flow: str, times: int = 1) -> list[str]:
        """Start runs of a flow; return their ids."""
        return [str(run_flow(flow)) for _ in range(times)]

    def outcome(self, run: str) -> tuple[str, dict[str, Any]]:
        """Wait for the end of a run; return the state that the result backend has of it, and what it says about it."""
        result = self.app.AsyncResult(run)
        try:
            return "SUCCESS", result.get(timeout=_PATIENCE)
        except FlowError as error:
            return result.state, error.state

    def worker(self, queues: str = "celery", *arguments: str, level: str = "INFO") -> Path:
        """Start a worker; return its log file once it is ready."""
        name = f"worker{len(self._workers)}"
        log = self.folder / f"{name}.log"
        command = [sys.executable, "-m", "celery", "-A", self.module, "worker", "-Q", queues]
        command += ["-c", "2", "-l", level, "--without-gossip", "--without-mingle"]
        command += ["-n", f"{name}@test", *arguments]
        with log.open("wb") as stream:
            self._workers.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUNBUFFERED": "1"},
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
            )
        until(lambda: " ready." in log.read_text(), f"the start of {name}")
        return log

    def stop(self) -> None:
        """Stop all workers, and let what they run come to its end."""
        (self.folder / "release").touch()
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self._workers:
            try:
                worker.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self._workers.clear()

    def marks(self, name: str) -> list[str]:
        """Return what tasks left behind under a name."""
        return sorted(path.name for path in self.folder.glob(f"{name}-*"))


@contextmanager
def deployed(folder: Path, url: str, tasks: str, nodes: str, **conf: Any) -> Iterator[Deployed]:
    """Lay an application into a folder and use it; stop its workers at the end."""
    module = f"application_{uuid.uuid4().hex}"
    (folder / "tasks.py").write_text(tasks)
    (folder / "nodes.yaml").write_text(nodes)
    (folder / f"{module}.py").write_text(_APPLICATION.format(url=url, conf=conf))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        app = importlib.import_module(module).app
        found = Deployed(folder=folder, module=module, app=app)
        try:
            yield found
        finally:
            found.stop()
            installed(app).close()
            app.close()
            Config.set_celery_app(None)
            del sys.modules[module]
