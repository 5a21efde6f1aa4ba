"""A system on workers of its own, on which flows and canvases are run."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from benchmarks.processes import ProcessFailed, kept_environment
from benchmarks.samples import Sample
from benchmarks.servers import running
from benchmarks.sources import MODULES

__all__ = ["Deployment", "deployed"]

_WORKER = (
    *(
        "-P",
        "-m",
        "celery",
        "-A",
        "worker_app",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "2",
    ),
    *("--queues", "celery", "--loglevel", "ERROR"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
_CLIENT = MODULES / "worker_client.py"


class Deployment:
    """A system whose workers run, and a process that starts what is asked for."""

    def __init__(
        self,
        client: subprocess.Popen[str],
        workers: Sequence[subprocess.Popen[bytes]],
        starts: Path,
        log: Path,
    ) -> None:
        self._client = client
        self._workers = workers
        self._starts = starts
        self._log = log

    def run(self, *request: Any) -> Sample:
        """Run something to its end, as `worker_client` reads it.

        Raises:
            ProcessFailed: it failed; the text holds what was printed.
        """
        self.begin(*request)
        return self.end()

    def begin(self, *request: Any) -> None:
        """Start something; its start is the first of what `end` returns."""
        os.truncate(self._starts, 0)
        self._input.write(f"{json.dumps(request)}\n")
        self._input.flush()

    def end(self) -> Sample:
        """Wait for the end of what was begun; raises as `run` does."""
        while not select.select([self._output], [], [], 1)[0]:
            if any(worker.poll() is not None for worker in self._workers):
                raise ProcessFailed(self._printed("a worker ended"))
        answer = self._output.readline()
        if not answer:
            raise ProcessFailed(self._printed("what was started on workers failed"))
        return Sample(total=float(answer), starts=tuple(sorted(self.started())))

    def _printed(self, what: str) -> str:
        printed = self._log.read_text("utf-8", errors="replace")
        return f"{what}\n{printed}".rstrip()

    def started(self) -> list[float]:
        """Return when tasks have started so far."""
        return [float(line) for line in self._starts.read_text().splitlines()]

    @property
    def _input(self) -> IO[str]:
        assert self._client.stdin is not None
        return self._client.stdin

    @property
    def _output(self) -> IO[str]:
        assert self._client.stdout is not None
        return self._client.stdout


@contextmanager
def deployed(
    directory: Path,
    python: Path,
    configuration: Mapping[str, Any],
    flows: Path,
    *,
    workers: int = 1,
) -> Iterator[Deployment]:
    """Run workers of two processes each, by an interpreter that has the system, in a directory that is made.

    `configuration` is Celery's; `flows` is the file that holds nodes and flows.

    Raises:
        ProcessFailed: a worker does not start.
    """
    directory.mkdir(parents=True)
    starts, log = directory / "starts", directory / "log"
    starts.touch()
    settings = {"configuration": dict(configuration), "flows": str(flows)}
    environment = {
        **kept_environment(),
        "PYTHONPATH": str(MODULES),
        "BENCH_STARTS": str(starts),
        "BENCH_APP": json.dumps(settings),
    }
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                running([python, *_WORKER, "--hostname", f"worker{number}@%h"], log, environment)
            )
            for number in range(workers)
        ]
        client = stack.enter_context(_client(python, log, environment))
        deployment = Deployment(client, started, starts, log)
        deployment.run("chain", 20 * workers)
        yield deployment


@contextmanager
def _client(
    python: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [python, "-P", _CLIENT],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
