"""Groups of worker processes, and who starts them again when they are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.faults.stage import VARIABLE, Stage

__all__ = ["ROOT", "Worker"]

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("runtime", "compiler", "templates", ".")


class Worker:
    """A worker with all of its processes. It is started again when it is gone and was not stopped."""

    def __init__(
        self,
        stage: Stage,
        *,
        pool: str = "prefork",
        concurrency: int = 2,
        queues: Sequence[str] = ("flows", "tasks"),
        module: str = "tests.faults.sabotaged",
        level: str = "INFO",
    ) -> None:
        self._stage = stage
        self._command = [
            *(sys.executable, "-m", "celery", "-A", module, "worker"),
            *("--pool", pool, "--concurrency", str(concurrency), "--queues", ",".join(queues)),
            *("--loglevel", level, "--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--hostname", f"{pool}-{id(self)}@here"),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._keeper: threading.Thread | None = None
        self._lock = threading.Lock()
        self.restarts = 0

    @property
    def log(self) -> Path:
        """Return the file of what it logs."""
        return self._stage.directory / "worker.log"

    @property
    def pid(self) -> int:
        """Return the id of its main process."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def start(self, *, kept: bool = True) -> None:
        """Start it; with `kept`, see to it that it stays."""
        self._wanted = True
        self._spawn()
        if kept and self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, daemon=True)
            self._keeper.start()

    def _spawn(self) -> None:
        path = os.pathsep.join(str(ROOT / source) for source in _SOURCES)
        environment = {
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            VARIABLE: str(self._stage.directory),
            "PYTHONPATH": path,
            "C_FORCE_ROOT": "1",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while self._wanted:
            with self._lock:
                if self._wanted and self._process is not None and self._process.poll() is not None:
                    self._end_group()
                    self.restarts += 1
                    self._spawn()
            time.sleep(0.05)

    def kill(self) -> None:
        """End all of its processes as a crash of the machine would."""
        with self._lock:
            self._end_group()

    def tell(self, number: int) -> None:
        """Send a signal to its main process."""
        os.kill(self.pid, number)

    def wait(self, patience: float) -> float:
        """Wait until its main process has ended by itself; return how long that took."""
        assert self._process is not None, "it was started"
        began = time.monotonic()
        self._process.wait(patience)
        return time.monotonic() - began

    def forget(self) -> None:
        """Do not start it again."""
        self._wanted = False
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    def stop(self) -> None:
        """End it for good."""
        self.forget()
        with self._lock:
            self._end_group()

    def _end_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
