"""Tasks that note where and when they ran, in the Redis database `DESK_NOTES`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

import redis

from selinon import SelinonTask, Trace

NOTES: Any = redis.Redis.from_url(os.environ["DESK_NOTES"])


def trace(event: int, details: Mapping[str, Any]) -> None:
    """Note a trace event of a run."""
    run = details.get("dispatcher_id")
    NOTES.rpush(f"trace:{run}", json.dumps([Trace.event2str(event), dict(details)], default=repr))


def hundred(pool: Any, node_args: Any) -> range:
    """Return a hundred items."""
    return range(100)


class Plain(SelinonTask):
    """Take note, and finish."""

    def run(self, node_args: Any) -> Any:
        """Return which process this is."""
        self.note()
        return {"process": os.getpid()}

    def note(self) -> int:
        """Note that this task runs; return how often it did."""
        row = [self.task_name, self.task_id, time.time(), os.getpid()]
        NOTES.rpush(f"ran:{self.dispatcher_id}", json.dumps(row))
        return int(NOTES.incr(f"tries:{self.task_id}"))


class Slow(Plain):
    """Take a while."""

    def run(self, node_args: Any) -> Any:
        """Sleep as long as the arguments say."""
        found = super().run(node_args)
        time.sleep(node_args["seconds"])
        NOTES.rpush(f"ended:{self.dispatcher_id}", self.task_id)
        return found


class Fails(Plain):
    """Fail."""

    def run(self, node_args: Any) -> Any:
        """Fail with an exception that has arguments."""
        self.note()
        raise ValueError("it broke", {"code": 3})


class Flaky(Plain):
    """Fail once."""

    def run(self, node_args: Any) -> Any:
        """Fail the first time."""
        if self.note() == 1:
            raise OSError("not yet")
        return {}


class Asks(Plain):
    """Ask to be run again, once."""

    def run(self, node_args: Any) -> Any:
        """Ask for a second."""
        if self.note() == 1:
            self.retry(1)
        return {}


class Odd(Plain):
    """Fail in the first attempt of its flow."""

    def run(self, node_args: Any) -> Any:
        """Fail the first time in a run."""
        self.note()
        if NOTES.incr(f"odd:{self.dispatcher_id}") == 1:
            raise OSError("not in this attempt")
        return {}


class Recovers(Plain):
    """Answer a failure."""

    def run(self, node_args: Any) -> Any:
        """Note what it can learn of the failure."""
        self.note()
        error = self.parent_task_exception("Fails")
        told = [
            type(error).__name__,
            list(error.args),
            sorted(self.failed),
            dict(self.parent or {}),
        ]
        NOTES.set(f"recovered:{self.dispatcher_id}", json.dumps(told))
        return {}
