"""A deployment of its own for a test: a Redis server, an application in a temporary folder, and workers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Deployed", "deployed", "redis_server", "until"]

_PATIENCE = 30.0
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
        if os.environ.get("CI") == "true":
            pytest.fail("there is no redis-server")
        pytest.skip("there is no redis-server")
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
    """An application in a folder, whose Celery application is `application.app`."""

    folder: Path
    url: str
    environment: dict[str, str]
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def python(self, code: str) -> str:
        """Run code in a process of its own, as a client of the application would; return what it prints."""
        return self._run([sys.executable, "-c", f"from application import app\n{code}"]).stdout

    def cli(self, *arguments: str, status: int = 0, input: str = "") -> str:
        """Run `selinon-cli`; return what it prints, errors included."""
        code = "from selinon.cli import main; main()"
        done = self._run([sys.executable, "-c", code, *arguments], status, input)
        return done.stdout + done.stderr

    def _run(
        self, command: list[str], status: int = 0, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def start(self, flow: str, times: int = 1) -> list[str]:
        """Start runs of a flow; return their ids."""
        code = f"from selinon import run_flow\nfor _ in range({times}): print(run_flow({flow!r}))"
        return self.python(code).split()

    def outcome(self, run: str) -> Any:
        """Return the state that the result backend has of a run, and what it says about it."""
        text = self.python(
            f"r = app.AsyncResult({run!r})\n"
            "try: r.get(timeout=30)\n"
            "except Exception: pass\n"
            "print([r.state, r.result if r.state == 'SUCCESS' else r.result.state])"
        )
        return tuple(eval(text))

    def worker(self, queues: str = "celery", *arguments: str, level: str = "INFO") -> Path:
        """Start a worker; return its log file once it is ready."""
        name = f"worker{len(self._workers)}"
        log = self.folder / f"{name}.log"
        command = [sys.executable, "-m", "celery", "-A", "application", "worker", "-Q", queues]
        command += ["-c", "2", "-l", level, "--without-gossip", "--without-mingle"]
        command += ["-n", f"{name}@test", *arguments]
        with log.open("wb") as stream:
            self._workers.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=self.environment,
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
    """Lay an application into a folder; stop its workers at the end."""
    (folder / "tasks.py").write_text(tasks)
    (folder / "nodes.yaml").write_text(nodes)
    (folder / "application.py").write_text(_APPLICATION.format(url=url, conf=conf))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SELINON_")},
        "PYTHONPATH": str(folder),
        "PYTHONUNBUFFERED": "1",
    }
    found = Deployed(folder=folder, url=url, environment=environment)
    try:
        yield found
    finally:
        found.stop()
