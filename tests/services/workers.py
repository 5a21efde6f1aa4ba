"""Celery workers as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 60.0
"""Seconds within which a worker is to be ready, or to have ended."""


class Worker:
    """A worker of an application, with all that it says.

    Args:
        application: the module, as `celery -A` takes it.
        options: further options of `celery worker`.
        environment: variables beside those of this process.
        directory: where it runs and its log is; modules are looked for there, too.
    """

    def __init__(
        self,
        application: str,
        *options: str,
        environment: Mapping[str, str],
        directory: Path,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._log = directory / f"worker-{time.monotonic_ns()}.log"
        command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", application, "worker"]
        quick = ["-l", "INFO", "--without-gossip", "--without-mingle", "-n", f"{self._log.stem}@%h"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *quick, *options],
                cwd=directory,
                env=surroundings(directory, environment),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """Return what it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_until_says(self, text: str) -> None:
        """Wait until it has said something."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the worker does not say {text!r}:\n{self.log}")
            time.sleep(0.05)

    def wait(self) -> int:
        """Wait until it has ended; return its status."""
        return self._process.wait(PATIENCE)

    def shut_down(self) -> int:
        """Let it end what it does, and end; return its status."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it and its processes."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()


def surroundings(directory: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that finds Selinon, the tests, and what is in a directory."""
    paths = [str(ROOT / part) for part in ("compiler", "runtime", "templates", ".")]
    path = os.pathsep.join([str(directory), *paths])
    return {**os.environ, "C_FORCE_ROOT": "1", **environment, "PYTHONPATH": path}


def run_client(code: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Run a program; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=directory,
        env=surroundings(directory, environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
