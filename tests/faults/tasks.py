"""Tasks and functions of the application of the fault tests.

A task notes that its code is entered before it does anything. What it returns says what went into it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from celery import current_task
from tests.faults.stage import staged

from selinon import FatalTaskError, SelinonTask, StoragePool
from selinon.worker.faults import reach


class Noted(SelinonTask):
    """Notes that it is entered, takes its time, and works."""

    def run(self, node_args: Any) -> Any:
        stage = staged()
        # Run by a worker, it is in a message with run, node and attempt.
        attempt = current_task.request.args[2] if current_task else 1
        stage.note(
            "entered", self.dispatcher_id, self.task_name, self.task_id, attempt, os.getpid()
        )
        reach("entered")
        time.sleep(stage.planned().pause)
        return self.work(node_args)

    def work(self, node_args: Any) -> Any:
        """Return the result of the task."""
        raise NotImplementedError


class Sum(Noted):
    """Adds up what the tasks before it came to."""

    def work(self, node_args: Any) -> Any:
        before = [
            self.parent_task_result(name)["sum"]
            for name, id in (self.parent or {}).items()
            if isinstance(id, str)
        ]
        return {"sum": 1 + sum(before)}


class Round(Noted):
    """Counts down from the argument `rounds`."""

    def work(self, node_args: Any) -> Any:
        before = (self.parent or {}).get(self.task_name)
        if before is None:
            left = int((node_args or {}).get("rounds", 0))
        else:
            left = self.parent_task_result(self.task_name)["left"] - 1
        return {"left": left, "sum": left}


class Arguments(Noted):
    """Returns its arguments."""

    def work(self, node_args: Any) -> Any:
        return {**(node_args or {}), "sum": 1}


class Broken(Noted):
    """Fails."""

    def work(self, node_args: Any) -> Any:
        raise (
            FatalTaskError("it is broken") if self.task_name == "Broken" else ValueError("cracked")
        )


class Flaky(Noted):
    """Fails twice."""

    def work(self, node_args: Any) -> Any:
        for number in (1, 2):
            if staged().once(f"{self.task_id}.{number}"):
                raise OSError(f"failure {number}")
        return {"sum": 1}


class Hesitant(Noted):
    """Asks once to be run again."""

    def work(self, node_args: Any) -> Any:
        if staged().once(self.task_id):
            self.retry(0.1)
        return {"sum": 1}


class FirstFails(Noted):
    """Fails in the first attempt of its flow, however often it is entered there."""

    def work(self, node_args: Any) -> Any:
        mark = f"{self.dispatcher_id}.first"
        staged().once(mark, self.task_id)
        if staged().mark(mark) == self.task_id:
            raise OSError("this time it fails")
        return {"sum": 1}


class Slow(Noted):
    """Takes as many seconds as its arguments say."""

    def work(self, node_args: Any) -> Any:
        time.sleep((node_args or {}).get("seconds", 0))
        return {"sum": 1}


class Poison(Noted):
    """Ends its process whenever it runs."""

    def work(self, node_args: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


def items(pool: StoragePool, node_args: Mapping[str, Any] | None) -> list[Any]:
    """Return as many items as the arguments say."""
    return [{"item": number} for number in range((node_args or {}).get("items", 3))]


def one_less(pool: StoragePool, node_args: Mapping[str, Any]) -> list[Any]:
    """Return one item: the arguments of the flow one further down."""
    return [{**node_args, "items": node_args["items"] - 1}]


def large(pool: StoragePool, node_args: Any) -> list[Any]:
    """Return an item that is too large to be given to a node."""
    return ["x" * 400_000]


def many(pool: StoragePool, node_args: Any) -> range:
    """Return more items than nodes may be active."""
    return range(2000)


def unwritable(pool: StoragePool, node_args: Any) -> list[Any]:
    """Return an item that is no JSON."""
    return [{1, 2}]


def raising(pool: StoragePool, node_args: Any) -> list[Any]:
    """Fail."""
    raise LookupError("no items today")


def leaving(pool: StoragePool, node_args: Any) -> list[Any]:
    """Try to end the process."""
    sys.exit(3)
