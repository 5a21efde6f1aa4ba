"""Who runs tasks: the thread that calls, or threads of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from selinon.execution import TaskCall, TaskOutcome
from selinon.local.signals import Release

__all__ = ["Ended", "InlineWorker", "RunTask", "ThreadWorkers", "Workers"]

RunTask: TypeAlias = Callable[[TaskCall], TaskOutcome]

Ended: TypeAlias = tuple[TaskCall, TaskOutcome | BaseException]
"""A task that ended, and what came of it; an exception is one that ends the executor."""


class Workers(Protocol):
    """What runs tasks; whoever uses it starts no more at a time than it was made for."""

    def start(self, call: TaskCall) -> None:
        """Run a task, now or beside what goes on."""

    def wait(self, timeout: float | None) -> Sequence[Ended]:
        """Return what ended, waiting for it at most so many seconds, for ever if None; perhaps nothing."""

    def close(self, *, abandoned: bool) -> None:
        """Let go of what is there; tasks may be running only when they are abandoned."""


class InlineWorker:
    """Runs a task in the thread that calls."""

    def __init__(self, run: RunTask, release: Release) -> None:
        self._run = run
        self._release = release
        self._ended: list[Ended] = []

    def start(self, call: TaskCall) -> None:
        """Run a task to its end."""
        with self._release():
            outcome = self._run(call)
        self._ended.append((call, outcome))

    def wait(self, timeout: float | None) -> Sequence[Ended]:
        """Return the task that ran."""
        ended, self._ended = self._ended, []
        return ended

    def close(self, *, abandoned: bool) -> None:
        """Do nothing."""


class ThreadWorkers:
    """Runs tasks in threads, as many as are needed at a time.

    They do not keep the process from ending when it is interrupted.
    """

    def __init__(self, run: RunTask) -> None:
        self._run = run
        self._calls: queue.SimpleQueue[TaskCall | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._threads = 0
        self._busy = 0

    def start(self, call: TaskCall) -> None:
        """Hand a task to a thread that is free, or to a new one."""
        self._busy += 1
        self._calls.put(call)
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=self._work, name=f"tasks-{self._threads}", daemon=True).start()

    def wait(self, timeout: float | None) -> Sequence[Ended]:
        """Return what ended."""
        found: list[Ended] = []
        try:
            found.append(self._ended.get(timeout != 0, timeout))
            while True:
                found.append(self._ended.get_nowait())
        except queue.Empty:
            self._busy -= len(found)
            return found

    def close(self, *, abandoned: bool) -> None:
        """Let the threads end that are free; nothing can end the others."""
        for _ in range(self._threads):
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                outcome: TaskOutcome | BaseException = self._run(call)
            except BaseException as error:
                outcome = error
            self._ended.put((call, outcome))
