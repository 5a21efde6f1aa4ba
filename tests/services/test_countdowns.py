"""What is to happen after a while happens then, on a deployment that has nothing else to do."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Final

import pytest
from celery import Celery
from tests.services.desks import Desk

from selinon import run_flow

pytestmark = pytest.mark.slow

COUNTDOWN: Final = 1.0
"""Seconds: all countdowns of the application."""

LATE: Final = 1.5
"""Seconds by which something may be late: one, and half of one for a machine that is busy."""


@pytest.mark.parametrize("flow", ["flaky", "asking", "again"])
def test_countdowns_of_retries(flow: str, desk: Desk, app: Celery) -> None:
    """A further attempt of a task, by its retries or as it asks for one, and one of a flow begin in time."""
    handle = run_flow(flow)
    handle.get(timeout=30)
    first, second = [when for _, _, when, _ in desk.ran(str(handle))]
    assert COUNTDOWN - 0.1 <= second - first <= COUNTDOWN + LATE


def test_throttling(desk: Desk, app: Celery) -> None:
    """Starts of a throttled task are as far apart as they have to be, in all runs together."""
    handles = [run_flow("held") for _ in range(2)]
    for handle in handles:
        handle.get(timeout=60)
    times = sorted(when for handle in handles for _, _, when, _ in desk.ran(str(handle)))
    assert len(times) == 6
    assert times[-1] - times[0] >= 5 * COUNTDOWN - LATE
    assert times[-1] - times[0] <= 5 * COUNTDOWN + LATE
    assert all(later - earlier < COUNTDOWN + LATE for earlier, later in pairwise(times))


def test_many_countdowns_at_once(desk: Desk, app: Celery) -> None:
    """A hundred tasks that wait for the same time keep nobody waiting for long."""
    began = time.time()
    handle = run_flow("many")
    found = handle.get(timeout=120)
    assert len(found["finished_nodes"]["Flaky"]) == 100
    attempts: dict[str, list[float]] = {}
    for _, id, when, _ in desk.ran(str(handle)):
        attempts.setdefault(id, []).append(when)
    assert all(len(times) == 2 for times in attempts.values())
    waits = [second - first for first, second in attempts.values()]
    assert min(waits) >= COUNTDOWN - 0.1
    # Beside the countdown, the attempts of all tasks have to be run by two processes.
    assert max(waits) <= COUNTDOWN + LATE + (time.time() - began) / 2
