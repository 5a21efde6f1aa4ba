"""Tasks and a storage for flows on workers, for either system; the start of each task is a line in a file.

The file is named by the environment variable `BENCH_STARTS`; its lines are seconds, all of the same length.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from typing import Any

import redis

from selinon import DataStorage, SelinonTask

_FILE = os.open(os.environ["BENCH_STARTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_LENGTH = len(f"{time.time():.6f}\n")


def note_start() -> int:
    """Note that a task starts now; return how many have started since the file was emptied."""
    os.write(_FILE, f"{time.time():.6f}\n".encode())
    return os.fstat(_FILE).st_size // _LENGTH


class Step(SelinonTask):
    """A task that does nothing."""

    def run(self, node_args: Any) -> None:
        """Do nothing."""
        note_start()


class Kept(SelinonTask):
    """A task whose result says that the flow goes on."""

    def run(self, node_args: Any) -> dict[str, bool]:
        """Return what lets the next task start."""
        note_start()
        return {"again": True}


class Round(SelinonTask):
    """A task that is run as often as the arguments say."""

    def run(self, node_args: Any) -> dict[str, bool]:
        """Return whether there is to be another round."""
        return {"again": note_start() < node_args}


class Nap(SelinonTask):
    """A task that takes as many seconds as the arguments say."""

    def run(self, node_args: Any) -> None:
        """Sleep."""
        note_start()
        time.sleep(node_args)


def items(_pool: Any, node_args: Any) -> Iterable[int]:
    """Return as many items as the arguments say."""
    return range(node_args)


class Results(DataStorage):
    """Results as JSON in Redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    def is_connected(self) -> bool:
        """Return whether there is a client."""
        return self._client is not None

    def connect(self) -> None:
        """Make a client; it connects when it is first used."""
        self._client = redis.Redis.from_url(self._url)

    def disconnect(self) -> None:
        """Close the client."""
        self._client.close()
        self._client = None

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a task."""
        return json.loads(self._client.get(task_id))

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> str:
        """Keep the result of a task for an hour."""
        self._client.set(task_id, json.dumps(result), ex=3600)
        return task_id
