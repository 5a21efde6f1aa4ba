"""Queues of jobs: served in turn, with jobs that are due later kept back."""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Schedule(Generic[T]):
    """Jobs by queue. Points in time are seconds of any clock that does not run backwards."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[T]] = OrderedDict()
        self._later: list[tuple[float, int, str, T]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return sum(map(len, self._queues.values())) + len(self._later)

    def put(self, queue: str, job: T, due: float = 0) -> None:
        """Add a job that may be taken once `due` has come."""
        heapq.heappush(self._later, (due, next(self._order), queue, job))

    def take(self, now: float) -> T | None:
        """Return a job that is due, or None; queues take turns, so that none waits for another one to run dry."""
        while self._later and self._later[0][0] <= now:
            _, _, queue, job = heapq.heappop(self._later)
            self._queues.setdefault(queue, deque()).append(job)
        if not self._queues:
            return None
        queue, jobs = self._queues.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._queues[queue] = jobs
        return job

    def next_due(self) -> float | None:
        """Return when the next job that is kept back will be due."""
        return self._later[0][0] if self._later else None
