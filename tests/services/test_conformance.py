"""The conformance cases run on workers, and do what the local executor does in some order of events.

With Redis as broker, both workers of a case take whatever comes; with RabbitMQ, one takes messages of flows and the
other those of tasks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from tests.conformance import here
from tests.conformance.case import Case, cases
from tests.conformance.compare import differences
from tests.services.servers import RedisServer

ROOT: Final = Path(__file__).resolve().parents[2]
CASES: Final = [case for case in cases() if case.needs <= here.FEATURES]

SEEDS: Final = 200
"""Orders of events that are tried before what workers did counts as something that no order leads to."""

READS_BY_PROCESS: Final = {"storage_unconnected"}
"""Cases whose storage refuses once in each process: what tasks read depends on where they run."""


class Workers:
    """A process that plays cases on workers."""

    def __init__(self, broker: str, backend: str) -> None:
        self._broker = broker
        self._backend = backend
        paths = [str(ROOT / part) for part in ("compiler", "runtime", "templates", ".")]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.services.player"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def play(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a request comes to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = {
            **request,
            "broker": self._broker,
            "backend": self._backend,
            "prefix": f"selinon-test-{os.getpid()}",
            "dedicated": self._broker.startswith("amqp"),
        }
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def workers(broker: str, redis_server: RedisServer) -> Iterator[Workers]:
    """Return what plays cases on workers, with one broker and then with the other."""
    player = Workers(broker, redis_server.url(9))
    yield player
    player.close()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, workers: Workers) -> None:
    """The executions of tasks and the ends of flows are those of the local executor, in some order of events."""
    request = case.requests[0]
    played = workers.play(request)
    found: list[str] = []
    for seed in range(1, SEEDS):
        expected = here.play({**request, "seed": seed})
        if case.name in READS_BY_PROCESS:
            expected, played = _without_reads(expected), _without_reads(played)
        found = differences(expected, played)
        if not found:
            return
    assert found == []


def _without_reads(result: dict[str, Any]) -> dict[str, Any]:
    executions = [{**execution, "reads": {}} for execution in result["executions"]]
    return {**result, "executions": executions}
