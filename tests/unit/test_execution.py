"""Running one task once: what comes of it, as a value."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.errors import MissingRecordError
from selinon.execution import Again, Done, Failed, TaskCall, TaskOutcome, one_line, run_task
from selinon.trace import Event
from selinon.trace.events import (
    StorageOmitStoreError,
    StorageStoreError,
    TaskDiscardResult,
    TaskEnd,
    TaskFailure,
    TaskRetry,
    TaskStart,
)

_NUMBERS = itertools.count()

YAML = """
tasks:
  - {name: Task, import: code, max_retry: 1, retry_countdown: 7, DETAILS}
flows: [main]
storages:
  - {name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}
  - {name: Notes, import: code}
  - {name: Broken, import: code}
flow-definitions: [{name: main, edges: [{from: , to: Task}]}]
"""

CODE = """
import asyncio
from selinon import DataStorage, FatalTaskError, SelinonTask
from selinon.storages.memory import InMemoryStorage

ERRORS = []

class Notes(InMemoryStorage):
    def store_error(self, node_args, flow_name, task_name, task_id, exc_info):
        ERRORS.append((node_args, flow_name, task_name, task_id, exc_info))

class Broken(Notes):
    def store(self, *details):
        raise OSError("disk full")
    def store_error(self, *details):
        raise OSError("disk still full")

class Task(SelinonTask):
    def run(self, node_args):
"""


class Sink:
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Keep an event."""
        self.events.append(event)


Run = Callable[..., TaskOutcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that runs a task: its body, more keys of its configuration, what it is called with."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    name = f"execution_code_{next(_NUMBERS)}"

    def run_once(body: str, details: str = "", **call: Any) -> TaskOutcome:
        sys.modules.pop(name, None)
        Path(f"{name}.py").write_text(CODE + "        " + body + "\n")
        yaml = YAML.replace("import: code", f"import: {name}").replace(", DETAILS", details)
        Path("nodes.yaml").write_text(yaml)
        importlib.invalidate_caches()
        Config.set_config_yaml("nodes.yaml", "nodes.yaml")
        registry.current().tracer.sinks = (sink,)
        given: dict[str, Any] = {"node_args": {"n": [1]}, "parent": {"P": "id"}, **call}
        stops = given.pop("stops", None)
        described = TaskCall(id="t1", task="Task", flow="main", dispatcher="d1", **given)
        if stops is None:
            return run_task(registry.current(), described)
        return run_task(registry.current(), described, stops=stops)

    sink = Sink()
    run_once.events = sink.events  # type: ignore[attr-defined]  # read by `traced`
    yield run_once
    sys.modules.pop(name, None)


def traced(run: Run) -> list[type[Event]]:
    """Return the kinds of events of tasks and of failing storages, in their order."""
    events: list[Event] = run.events  # type: ignore[attr-defined]  # set by the fixture
    kinds = (TaskStart, TaskEnd, TaskDiscardResult, TaskRetry, TaskFailure)
    more = (StorageOmitStoreError, StorageStoreError)
    return [type(event) for event in events if isinstance(event, kinds + more)]


def retrieved() -> Any:
    """Return what the storage of the task holds."""
    return registry.current().storages.retrieve("main", "Task", "t1")


def test_a_task_gets_what_the_documentation_says(run: Run) -> None:
    """Names, ids, parent and arguments reach the object that runs."""
    body = "return [self.flow_name, self.task_name, self.task_id, self.dispatcher_id, self.parent, node_args]"
    outcome = run(body)
    assert outcome == Done(["main", "Task", "t1", "d1", {"P": "id"}, {"n": [1]}])


def test_a_result_is_stored(run: Run) -> None:
    """A task with a storage leaves its result there, also when it is None."""
    assert run("return node_args", ", storage: Memory") == Done({"n": [1]})
    assert retrieved() == {"n": [1]}
    assert run("return None", ", storage: Memory") == Done(None)
    assert retrieved() is None
    assert traced(run) == [TaskStart, TaskEnd] * 2


def test_a_result_is_stored_under_the_name_for_it(run: Run) -> None:
    """`storage_task_name` is the name that the adapter sees."""
    run("return 5", ", storage: Memory, storage_task_name: Other")
    adapter = registry.current().storages.connected("Memory")
    assert adapter.retrieve("main", "Other", "t1") == 5


@pytest.mark.parametrize("details", ["", ", storage: Memory, storage_readonly: true"])
def test_a_result_without_a_writable_storage_is_discarded(run: Run, details: str) -> None:
    """That is traced, unless there is nothing to discard."""
    assert run("return 0", details) == Done(0)
    assert run("return None", details) == Done(None)
    assert traced(run) == [TaskStart, TaskDiscardResult, TaskEnd, TaskStart, TaskEnd]
    if details:
        with pytest.raises(MissingRecordError):
            retrieved()


def test_a_failure_is_tried_again_as_long_as_the_limit_allows(run: Run) -> None:
    """The last attempt is the one after `max_retry` that counted."""
    assert run("raise ValueError('x')", retried=0) == Again(countdown=7, counts=True)
    outcome = run("raise ValueError('x')", retried=1)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, type(outcome.exception)) == ("ValueError: x", ValueError)
    assert "raise ValueError('x')" in outcome.traceback
    assert traced(run) == [TaskStart, TaskRetry, TaskStart, TaskFailure]


@pytest.mark.parametrize("retried", [0, 1])
def test_a_retry_of_the_user_has_no_limit(run: Run, retried: int) -> None:
    """`retry` asks for another run, which takes none of the attempts; None means at once."""
    assert run("self.retry(2.5)", retried=retried) == Again(countdown=2.5, counts=False)
    assert run("self.retry()", retried=retried) == Again(countdown=0, counts=False)
    assert run("self.retry(None)", retried=retried) == Again(countdown=0, counts=False)


def test_a_wrong_retry_is_a_failure(run: Run) -> None:
    """A countdown that is no number of seconds is an error of the task."""
    assert run("self.retry(-1)") == Again(countdown=7, counts=True)
    outcome = run("self.retry(float('inf'))", retried=1)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.exception, ValueError)


def test_a_fatal_error_is_final(run: Run) -> None:
    """`FatalTaskError` leaves no attempts."""
    outcome = run("raise FatalTaskError('no')")
    assert isinstance(outcome, Failed)
    assert outcome.reason == "selinon.errors.FatalTaskError: no"


def test_a_class_that_cannot_be_had_is_a_failure(run: Run) -> None:
    """A class that takes other arguments fails the attempt, as its code would."""
    body = "pass\n    def __init__(self):\n        pass"
    outcome = run(body, retried=1)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.exception, TypeError)


def test_a_storage_that_cannot_store_fails_the_attempt(run: Run) -> None:
    """The task is tried again like after any other error."""
    assert run("return 1", ", storage: Broken") == Again(countdown=7, counts=True)


def test_an_error_is_handed_to_the_storage(run: Run) -> None:
    """After the final failure, and only then, the adapter's `store_error` gets it."""
    body = "raise ValueError('x')"
    run(body, ", storage: Notes", retried=0)
    noted = sys.modules[registry.current().task("Task").task.module].ERRORS
    assert noted == []
    outcome = run(body, ", storage: Notes", retried=1)
    assert isinstance(outcome, Failed)
    (found,) = sys.modules[registry.current().task("Task").task.module].ERRORS
    assert found[:4] == ({"n": [1]}, "main", "Task", "t1")
    assert found[4][:2] == (ValueError, outcome.exception)
    assert traced(run)[-2:] == [TaskFailure, StorageStoreError]


def test_an_error_of_noting_an_error_replaces_it(run: Run) -> None:
    """What `store_error` raises is what the node fails with."""
    outcome = run("raise ValueError('x')", ", storage: Broken", retried=1)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "OSError: disk still full"


@pytest.mark.parametrize(
    ("details", "kinds"),
    [
        (", storage: Memory", [TaskStart, TaskFailure, StorageOmitStoreError]),
        (", storage: Notes, storage_readonly: true", [TaskStart, TaskFailure]),
    ],
)
def test_an_error_that_no_storage_takes(run: Run, details: str, kinds: list[type[Event]]) -> None:
    """An adapter without `store_error` keeps nothing, which is traced; a read-only storage is not asked."""
    outcome = run("raise ValueError('x')", details, retried=1)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "ValueError: x"
    assert traced(run) == kinds


def test_what_stops_a_process_gets_through(run: Run) -> None:
    """What a signal raises in a process of a worker is no failure of the task; that the task leaves is one."""
    # SIGTERM is signal 15.
    for raised, kind in (
        ("SystemExit(15 - 256)", SystemExit),
        ("KeyboardInterrupt", KeyboardInterrupt),
    ):
        with pytest.raises(kind):
            run(f"raise {raised}", retried=1)
    outcome = run("raise SystemExit(3)", retried=1)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "SystemExit: 3"


@pytest.mark.parametrize("raised", ["asyncio.CancelledError('x')", "GeneratorExit('x')"])
def test_what_is_no_exception_is_a_failure_nevertheless(run: Run, raised: str) -> None:
    """Only what ends the process is let through; anything else counts against the limit."""
    assert run(f"raise {raised}") == Again(countdown=7, counts=True)
    assert isinstance(run(f"raise {raised}", retried=1), Failed)


def test_a_task_changes_nothing_for_others(run: Run) -> None:
    """Arguments and parents are copies; what is stored with the result are the arguments as they were given."""
    args, parent = {"n": [1]}, {"P": "id", "flow": {"A": ["1"]}}
    body = "node_args['n'].append(2); self.parent['flow']['A'].append('2'); return node_args"
    assert run(body, node_args=args, parent=parent) == Done({"n": [1, 2]})
    assert (args, parent) == ({"n": [1]}, {"P": "id", "flow": {"A": ["1"]}})


def test_a_fallback_knows_what_failed(run: Run) -> None:
    """`failed` is empty unless the task is a fallback."""
    assert run("return self.failed") == Done({})
    assert run("return self.failed", failed={"A": ["1"]}) == Done({"A": ["1"]})


def test_an_error_on_one_line() -> None:
    """The first line of the text is shown, whatever the exception is; source and notes are left out."""

    class Odd(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert one_line(ValueError("a\nb")) == "ValueError: a"
    assert one_line(ValueError("\nb")) == "ValueError:"
    assert one_line(KeyError()) == "KeyError"
    assert one_line(Odd()).endswith("Odd: <exception str() failed>")
    with pytest.raises(SyntaxError) as raised:
        compile("a b", "file", "exec")
    assert one_line(raised.value) == "SyntaxError: invalid syntax"
    noted = ValueError("a")
    noted.add_note("note")
    assert one_line(noted) == "ValueError: a"
