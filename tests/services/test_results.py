"""What users learn of flows and tasks through Celery: results, states, exceptions, and events."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from tests.services.desks import Desk

from selinon import FlowError, registry, run_flow
from selinon.worker.application import installed
from selinon.worker.records import Records

pytestmark = pytest.mark.slow


def test_result_of_a_flow(desk: Desk, app: Celery) -> None:
    """The handle is an `AsyncResult` whose text is the id; another one made of it tells the same."""
    handle = run_flow("chain")
    found = handle.get(timeout=30)
    assert set(found) == {"finished_nodes", "failed_nodes", "active_nodes"}
    assert sorted(found["finished_nodes"]) == ["A", "B", "C", "D", "E", "F"]
    assert found["failed_nodes"] == {}
    assert found["active_nodes"] == []
    again = app.AsyncResult(str(handle))
    assert again.get(timeout=5) == found
    assert again.successful()


def test_record_of_a_flow(desk: Desk, app: Celery) -> None:
    """What is on record of a flow that ended counts the nodes and the edges of all of it."""
    handle = run_flow("wide")
    handle.get(timeout=30)
    records = Records(installed(app).local.store, registry.current())
    found = records.run(str(handle))
    assert (found.started, found.ended, found.active) == (True, True, {})
    assert found.finished == {"A": 10, "B": 10}
    assert sorted(found.fired.values()) == [1, 10]


def test_failure_of_a_flow(desk: Desk, app: Celery) -> None:
    """A flow that fails raises `FlowError` with what failed, and why, however deep."""
    handle = run_flow("outer")
    with pytest.raises(FlowError) as caught:
        handle.get(timeout=30)
    state = caught.value.state
    assert sorted(state["finished_nodes"]) == ["A"]
    assert sorted(state["failed_nodes"]) == ["failing"]
    assert "ValueError" in state["reason"]
    assert "`Fails` in flow `failing`" in str(caught.value)
    assert app.AsyncResult(str(handle)).state == "FAILURE"


def test_exception_of_a_task(desk: Desk, app: Celery) -> None:
    """A failed task has the state and the exception that it would have as a task of Celery."""
    handle = run_flow("failing")
    with pytest.raises(FlowError):
        handle.get(timeout=30)
    [(_, task, _, _)] = desk.ran(str(handle))
    result = app.AsyncResult(task)
    assert result.state == "FAILURE"
    assert isinstance(result.result, ValueError)
    assert result.result.args == ("it broke", {"code": 3})
    assert "it broke" in result.traceback


def test_state_of_a_task_that_runs_again(desk: Desk, app: Celery) -> None:
    """Between two attempts a task is in the state RETRY."""
    handle = run_flow("flaky")
    desk.wait_for(str(handle), 1)
    [(_, task, _, _)] = desk.ran(str(handle))
    states = set()
    while not handle.ready():
        states.add(app.AsyncResult(task).state)
        time.sleep(0.02)
    assert "RETRY" in states
    assert app.AsyncResult(task).state == "SUCCESS"


def test_state_of_a_task_that_finished(desk: Desk, app: Celery) -> None:
    """A task that finished is in the state SUCCESS; its result is in its storage, not here."""
    handle = run_flow("chain")
    found = handle.get(timeout=30)
    result = app.AsyncResult(found["finished_nodes"]["A"][0])
    assert result.state == "SUCCESS"
    assert result.result is None
    assert result.date_done is not None
    assert result.get(timeout=1) is None


def test_what_a_fallback_knows(desk: Desk, app: Celery) -> None:
    """A fallback has no parents, but the nodes whose failure it answers, with their exceptions."""
    handle = run_flow("recovering")
    found = handle.get(timeout=30)
    assert sorted(found["finished_nodes"]) == ["Recovers"]
    assert found["failed_nodes"] == {}
    told = json.loads(desk.server.client(2).get(f"recovered:{handle}"))
    assert told == ["ValueError", ["it broke", {"code": 3}], ["Fails"], {}]


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_events(desk: Desk, app: Celery) -> None:
    """Monitors such as Flower see each task by Celery's events, under the names of flow and task, with the run."""
    seen: list[dict[str, Any]] = []
    connection = app.connection_for_read()
    receiver = app.events.Receiver(connection, handlers={"*": seen.append})
    listening = threading.Thread(target=receiver.capture, kwargs={"wakeup": False})
    listening.start()
    _wait_until(lambda: bool(seen))  # workers tell every two seconds that they are alive
    runs = [run_flow(name) for name in ("flaky", "failing")]
    with pytest.raises(FlowError):
        runs[1].get(timeout=30)
    runs[0].get(timeout=30)
    enough = len(seen) + 4
    _wait_until(lambda: len(seen) > enough)
    receiver.should_stop = True
    listening.join()
    connection.release()
    kinds = {}
    for run in runs:
        _, task, _, _ = desk.ran(str(run))[0]
        events = [event for event in seen if event.get("uuid") == task]
        kinds[run] = [event["type"] for event in events]
        named = [event for event in events if event["type"] == "task-received"]
        assert named
        assert {event["name"] for event in named} <= {"flaky.Flaky", "failing.Fails"}
        assert all(str(run) in event["args"] for event in named)
    assert set(kinds[runs[0]]) >= {
        "task-received",
        "task-started",
        "task-retried",
        "task-succeeded",
    }
    assert set(kinds[runs[1]]) >= {"task-sent", "task-received", "task-started", "task-failed"}
