"""Trace events on workers: each once, whoever of them takes a run forward."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from celery import Celery
from tests.services.desks import Desk

from selinon import Config, FlowError, Trace, run_flow

pytestmark = pytest.mark.slow

LOOKS = {"DISPATCHER_WAKEUP", "DISPATCHER_RETRY"}
"""Events of which there are as many as there were steps."""

EVENTS = {
    "chain": {
        "FLOW_START": 1,
        "TASK_SCHEDULE": 6,
        "TASK_START": 6,
        "TASK_END": 6,
        "NODE_SUCCESSFUL": 6,
        "EDGE_COND_FALSE": 0,
        "FLOW_END": 1,
    },
    "flaky": {"TASK_START": 2, "TASK_RETRY": 1, "TASK_END": 1, "FLOW_END": 1},
    "failing": {"TASK_START": 1, "TASK_FAILURE": 1, "NODE_FAILURE": 1, "FLOW_FAILURE": 1},
    "outer": {"SUBFLOW_SCHEDULE": 1, "NODE_FAILURE": 1, "FLOW_FAILURE": 1, "FLOW_END": 0},
    "again": {"FLOW_START": 2, "FLOW_FAILURE": 1, "FLOW_RETRY": 1, "FLOW_END": 1},
    "recovering": {"NODE_FAILURE": 1, "FALLBACK_START": 1, "FLOW_END": 1, "FLOW_FAILURE": 0},
}


@pytest.mark.parametrize("flow", EVENTS)
def test_events_of_runs(flow: str, desk: Desk, app: Celery) -> None:
    """A function that traces is called with each event of a run as often as it happens."""
    scheduled: list[str] = []
    Config.trace_by_func(lambda event, details: scheduled.append(Trace.event2str(event)))
    handle = run_flow(flow)
    try:
        handle.get(timeout=30)
    except FlowError:
        assert EVENTS[flow].get("FLOW_FAILURE")
    time.sleep(0.5)
    assert scheduled.count("FLOW_SCHEDULE") == 1
    found = Counter([*scheduled, *(name for name, _ in desk.traced(str(handle)))])
    assert {name: found[name] for name in EVENTS[flow]} == EVENTS[flow]


def test_logged_events(desk: Desk, app: Celery) -> None:
    """Where events are logged, the worker's log has them."""
    handle = run_flow("chain")
    handle.get(timeout=30)
    time.sleep(0.5)
    lines = [line for line in desk.workers[0].log.splitlines() if str(handle) in line]
    assert sum("FLOW_END" in line for line in lines) == 1
    assert sum("TASK_END" in line for line in lines) == 6
