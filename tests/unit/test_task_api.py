"""What a task can ask for, the exceptions it can raise, and the default routine."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from selinon import errors, registry
from selinon.abi import Reference, StorageSpec, TaskSpec
from selinon.errors import FlowError, NoParentNodeError, RequestError, Retry, UnknownStorageError
from selinon.routines import always_run
from selinon.storages.filesystem import Filesystem
from selinon.storages.pool import StoragePool
from selinon.task import SelinonTask
from selinon.trace import Tracer

STATE = {
    "finished_nodes": {"Task1": ["id1"]},
    "failed_nodes": {"Task2": ["id2"]},
    "active_nodes": [],
}
PARENT = {
    "Task1": "id1",
    "flow2": {"Task1": ["id2", "id3"], "flow3": {"Task1": ["id4"], "Lost": ["id9"]}},
}


class Work(SelinonTask):
    """A task that returns its arguments."""

    def run(self, node_args: Any) -> Any:
        return node_args


class Records:
    """Runs on record: one failed node."""

    def flow_of(self, node_id: str) -> str | None:
        return None

    def exception_of(self, node_id: str) -> BaseException | None:
        return {"bad1": ValueError("one"), "bad2": ValueError("two")}.get(node_id)


class Configured(registry.Deployment):
    """A configuration of tasks on a storage that keeps results by flow."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    @property
    def tracer(self) -> Tracer:
        return Tracer()

    def task(self, name: str) -> TaskSpec:
        storage = None if name == "NoStorage" else "Storage1"
        return TaskSpec(name=name, task=Reference(__name__, "Work"), storage=storage)

    def storage(self, name: str) -> StorageSpec:
        adapter = Reference("selinon.storages.filesystem", "Filesystem")
        return StorageSpec(name=name, adapter=adapter, configuration={"path": self._directory})


@pytest.fixture(autouse=True)
def deployment(tmp_path: Any) -> Iterator[Configured]:
    """The configuration in use: every parent's result is the flow it ran in and its id."""
    made = Configured(str(tmp_path))
    made.storages.node_records = Records()
    ran = {"flow1": ["id1"], "flow2": ["id2", "id3"], "flow3": ["id4"]}
    for flow_name, ids in ran.items():
        for task_id in ids:
            made.storages.store(None, flow_name, "Task1", task_id, [flow_name, task_id])
    registry.set_current(made)
    yield made
    made.storages.close()


def work(parent: Any = PARENT, task_name: str = "Task1") -> Work:
    """Return a task of `flow1`."""
    return Work("flow1", task_name, parent, "id0", "run1")


def test_attributes() -> None:
    """A task is made by position or by keyword, and knows where it runs."""
    task = Work(
        flow_name="flow1", task_name="Task1", parent=None, task_id="id0", dispatcher_id="run1"
    )
    for made in (task, Work("flow1", "Task1", None, "id0", "run1")):
        assert (made.flow_name, made.task_name, made.parent) == ("flow1", "Task1", None)
        assert (made.task_id, made.dispatcher_id, made.failed) == ("id0", "run1", {})
        assert made.log.name == "selinon.task.Task1"
        assert made.run({"a": 1}) == {"a": 1}


def test_run_has_to_be_written() -> None:
    """A task without `run` cannot be made."""

    class Nothing(SelinonTask):
        """Lacks `run`."""

    with pytest.raises(TypeError, match="run"):
        Nothing("flow1", "Task1", None, "id0", "run1")  # type: ignore[abstract]  # the point of the test


def test_storage() -> None:
    """A task has its storage's adapter, connected, or none."""
    storage = work().storage
    assert isinstance(storage, Filesystem)
    assert storage.is_connected()
    assert work(task_name="NoStorage").storage is None


def test_results_of_parents() -> None:
    """Results are read under the flow in which the parent ran, the last one unless an index says otherwise."""
    task = work()
    assert task.parent_task_result("Task1") == ["flow1", "id1"]
    assert task.parent_flow_result("flow2", "Task1") == ["flow2", "id3"]
    assert task.parent_flow_result(["flow2"], "Task1", index=0) == ["flow2", "id2"]
    assert task.parent_flow_result(["flow2", "flow3"], "Task1") == ["flow3", "id4"]


def test_parents_that_are_not_there() -> None:
    """Unknown parents, flows taken for tasks, and indices too high are errors of their own."""
    task = work()
    with pytest.raises(NoParentNodeError):
        work(None).parent_task_result("Task1")
    with pytest.raises(NoParentNodeError):
        work({}).parent_task_result("Task1")
    with pytest.raises(NoParentNodeError, match="Task9"):
        task.parent_task_result("Task9")
    with pytest.raises(NoParentNodeError, match="sub-flow"):
        task.parent_task_result("flow2")
    with pytest.raises(NoParentNodeError, match="flow9"):
        task.parent_flow_result(["flow2", "flow9"], "Task1")
    with pytest.raises(NoParentNodeError, match="ran 2 times"):
        task.parent_flow_result("flow2", "Task1", 2)
    with pytest.raises(NoParentNodeError):
        task.parent_flow_result([], "Task1")
    with pytest.raises(FileNotFoundError):
        task.parent_flow_result(["flow2", "flow3"], "Lost")


def test_parent_without_storage() -> None:
    """A parent that has no storage has no result to ask for."""
    with pytest.raises(UnknownStorageError):
        work({"NoStorage": "id1"}).parent_task_result("NoStorage")


def test_exceptions_of_failed_parents() -> None:
    """A fallback task gets the exceptions of the nodes it answers, in sub-flows too."""
    task = work(None)
    task.failed = {"Task1": ["bad1"], "flow2": {"Task1": ["bad1", "bad2"]}}
    assert str(task.parent_task_exception("Task1")) == "one"
    assert str(task.parent_flow_exception("flow2", "Task1")) == "two"
    assert str(task.parent_flow_exception("flow2", "Task1", index=0)) == "one"


def test_exceptions_of_parents_that_did_not_fail() -> None:
    """Asking for the exception of a parent that succeeded is another error than asking for an unknown parent."""
    task = work()
    with pytest.raises(RequestError) as caught:
        task.parent_task_exception("Task1")
    assert not isinstance(caught.value, NoParentNodeError)
    with pytest.raises(RequestError, match="did not fail"):
        task.parent_flow_exception(["flow2", "flow3"], "Task1")
    with pytest.raises(NoParentNodeError):
        task.parent_task_exception("Task9")
    task.failed = {"Task1": ["unknown"]}
    with pytest.raises(RequestError, match="on record"):
        task.parent_task_exception("Task1")


def test_retry() -> None:
    """`retry` raises, with the countdown; the exception survives pickling; wrong countdowns are refused."""
    with pytest.raises(Retry) as caught:
        work().retry(2.5)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), copy.countdown) == (Retry, 2.5)
    with pytest.raises(Retry) as caught:
        work().retry()
    assert caught.value.countdown == 0
    assert Retry(None).countdown == 0
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="countdown"):
            Retry(wrong)


def test_flow_error_keeps_its_state() -> None:
    """The state is a mapping after pickling, after a round trip as JSON, and when encoded once more."""
    error = FlowError(STATE)
    (text,) = error.args
    assert json.loads(text) == STATE
    again = [
        pickle.loads(pickle.dumps(error)),
        FlowError(*json.loads(json.dumps(error.args))),
        FlowError(json.dumps(text)),
        FlowError(str(error)),
    ]
    for copy in [error, *again]:
        assert copy.state == STATE
    empty: dict[str, Any] = {"finished_nodes": {}, "failed_nodes": {}, "active_nodes": []}
    for lost in (FlowError(), FlowError({}), FlowError("no JSON"), FlowError("[1]")):
        assert lost.state == empty


@pytest.mark.parametrize(
    "name", [name for name in errors.__all__ if name not in ("FlowError", "Retry")]
)
def test_exceptions_survive_pickling(name: str) -> None:
    """Every exception can be sent from one process to another."""
    error = getattr(errors, name)("what")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args) == (type(error), error.args)


def test_always_run() -> None:
    """The default selective run function reuses nothing, whatever it is called with."""
    routine: Any = always_run
    assert routine("flow1", "Task1", {"a": 1}, ["Task2"], StoragePool()) is None
