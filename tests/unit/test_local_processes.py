"""Tasks in processes of their own: they do the same as in threads, and a process that dies harms one attempt."""

from __future__ import annotations

import importlib
import itertools
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.local import LocalExecutor, RunResult, VirtualClock
from selinon.trace import Event

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are handed sockets")

_NUMBERS = itertools.count()

CODE = """
import os, signal, sys, threading
from pathlib import Path
from selinon import SelinonTask, StoragePool

class Plain(SelinonTask):
    def run(self, node_args):
        return {"pid": os.getpid(), "args": node_args}
"""

STORAGE = "storages: [{name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}]"

Run = Callable[..., RunResult]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that runs the flow `main` of YAML whose module is called `code` there."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    made: list[str] = []

    def call(
        yaml: str, text: str = "", args: Any = None, sink: Any = None, **options: Any
    ) -> RunResult:
        name = f"local_processes_code_{next(_NUMBERS)}"
        made.append(name)
        Path(f"{name}.py").write_text(CODE + text)
        Path("nodes.yaml").write_text(yaml.replace("import: code", f"import: {name}"))
        importlib.invalidate_caches()
        Config.set_config_yaml("nodes.yaml", "nodes.yaml")
        registry.current().tracer.sinks = (sink,) if sink else ()
        executor = LocalExecutor(registry.current(), workers="processes", **options)
        return executor.run("main", args)

    yield call
    for name in made:
        sys.modules.pop(name, None)


def one_task(details: str = "max_retry: 0") -> str:
    """Return a configuration of one flow with one task."""
    return f"""
    tasks: [{{name: A, import: code, {details}}}]
    flows: [main]
    flow-definitions: [{{name: main, edges: [{{from: , to: A}}]}}]
    """


def _reason(result: RunResult) -> str:
    (reason,) = result.reasons.values()
    return reason


def test_tasks_run_side_by_side_in_processes_that_are_used_again(run: Run) -> None:
    """Two processes run six tasks, two at a time; none of them is this one, and none is left."""
    yaml = """
    tasks: [{name: A, import: code}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, A, A, A, A, A]}]}]
    """
    code = """
import time
class A(SelinonTask):
    def run(self, node_args):
        Path(f"{os.getpid()}").touch()
        while len(list(Path().glob("[0-9]*"))) < 2:
            time.sleep(0.01)
        return os.getpid()
"""
    result = run(yaml, code, concurrency=2)
    pids = Counter(value for _, _, value in result.results)
    assert (result.state, len(pids), sum(pids.values())) == ("succeeded", 2, 6)
    assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_results_in_memory_are_seen_by_all(run: Run) -> None:
    """Conditions, foreach functions, children, and what a task asks its storage reach results of other processes."""
    yaml = f"""
    tasks:
      - &plain {{name: A, import: code, classname: Plain, storage: Memory}}
      - {{<<: *plain, name: B, classname: Reads}}
      - {{<<: *plain, name: C}}
    flows: [main]
    {STORAGE}
    flow-definitions:
      - name: main
        edges:
          - {{from: , to: A}}
          - {{from: A, to: B, condition: {{name: fieldEqual, args: {{key: args, value: 7}}}}}}
          - {{from: A, to: C, foreach: {{import: code, function: items}}}}
    """
    code = """
class Reads(SelinonTask):
    def run(self, node_args):
        parent = self.parent["A"]
        return [
            self.parent_task_result("A"),
            self.storage.retrieve("main", "A", parent),
            StoragePool.retrieve("main", "A", parent),
            StoragePool(self.parent, "main").get("A"),
        ]

def items(pool, node_args):
    return range(pool.get("A")["args"] - 5)
"""
    result = run(yaml, code, args=7, concurrency=3)
    values = {name: value for name, _, value in result.results}
    assert values["B"] == [values["A"]] * 4
    assert [name for name, *_ in result.results].count("C") == 2


def test_a_result_that_is_missing_is_told_to_the_task(run: Run) -> None:
    """An error of a storage is raised in the task as the one it is."""
    yaml = f"""
    tasks: [{{name: A, import: code, storage: Memory}}]
    flows: [main]
    {STORAGE}
    flow-definitions: [{{name: main, edges: [{{from: , to: A}}]}}]
    """
    code = """
from selinon import NoParentNodeError
class A(SelinonTask):
    def run(self, node_args):
        try:
            StoragePool.retrieve("main", "A", "none")
        except FileNotFoundError as error:
            return type(error).__name__
"""
    result = run(yaml, code)
    assert [value for *_, value in result.results] == ["MissingRecordError"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return lambda: 0", "the result of task `A` cannot be handed to another process: "),
        ("raise Local('odd')", "Local: odd"),
        ("raise TwoArguments(1, 2)", "TwoArguments: 1 and 2"),
        ("return Unreadable()", "the result of task `A` cannot be taken over from another process"),
        ("raise ValueError('plain')", "ValueError: plain"),
        ("sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_what_cannot_be_handed_over_fails_the_task(run: Run, body: str, said: str) -> None:
    """A result or an exception that cannot be pickled, or not be read again, gives a failure that says so."""
    code = f"""
class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(f"{{one}} and {{two}}")

class Unreadable:
    def __reduce__(self):
        return os.getcwd, (1,)

class A(SelinonTask):
    def run(self, node_args):
        class Local(Exception):
            pass
        {body}
"""
    assert said in _reason(run(one_task(), code))


def test_arguments_that_cannot_be_handed_over_fail_the_task(run: Run) -> None:
    """Arguments of a program's own making may be such that they cannot be pickled."""
    result = run(one_task("classname: Plain"), args=lambda: 0)
    assert "what task `A` is called with cannot be handed to another process" in _reason(result)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("os._exit(3)", "ended with status 3"),
    ],
)
def test_a_process_that_dies_fails_the_attempt(run: Run, end: str, said: str) -> None:
    """The reason says how it ended; another process runs the next attempt, and the other tasks are not harmed."""
    yaml = """
    tasks: [{name: A, import: code, max_retry: 1}, {name: B, import: code, classname: Plain}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, B]}, {from: A, to: B}]}]
    """
    code = f"""
class A(SelinonTask):
    def run(self, node_args):
        attempts = len(list(Path().glob("attempt*")))
        Path(f"attempt{{attempts}}").touch()
        if attempts < node_args:
            {end}
"""
    result = run(yaml, code, args=1, concurrency=2)
    assert result.state == "succeeded"
    assert Counter(name for name, *_ in result.results) == {"A": 1, "B": 2}
    for file in Path().glob("attempt*"):
        file.unlink()
    result = run(yaml, code, args=2, concurrency=2)
    assert result.state == "failed"
    assert _reason(result).endswith(f"LostProcessError: the process of task `A` {said}")


def test_a_fallback_sees_the_exception(run: Run) -> None:
    """`parent_task_exception` returns the exception that was raised in another process, with its traceback."""
    yaml = """
    tasks: [{name: A, import: code}, {name: B, import: code}]
    flows: [main]
    flow-definitions:
      - {name: main, edges: [{from: , to: A}], failures: {nodes: A, fallback: B}}
    """
    code = """
class A(SelinonTask):
    def run(self, node_args):
        raise KeyError("missing")
class B(SelinonTask):
    def run(self, node_args):
        error = self.parent_task_exception("A")
        return [type(error).__name__, error.args]
"""
    result = run(yaml, code, concurrency=2)
    assert [value for *_, value in result.results] == [["KeyError", ("missing",)]]


def test_events_and_log_records_come_back(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """Sinks get the events of tasks, details that cannot be pickled as text; loggers get what tasks log."""
    events: list[Event] = []

    class Sink:
        def handle(self, event: Event, details: dict[str, Any]) -> None:
            events.append(event)

    code = """
class A(SelinonTask):
    def run(self, node_args):
        self.log.warning("said by %s", object())
        return 5
"""
    with caplog.at_level(logging.INFO):
        run(one_task(), code, sink=Sink())
    names = [event.wire_name() for event in events if event.wire_name().startswith("TASK")]
    assert names == ["TASK_SCHEDULE", "TASK_START", "TASK_DISCARD_RESULT", "TASK_END"]
    (record,) = [record for record in caplog.records if record.name == "selinon.task.A"]
    assert record.getMessage().startswith("said by <object object")


def test_virtual_time_in_processes(run: Run) -> None:
    """A day of pauses between attempts passes at once, as in threads."""
    code = """
class A(SelinonTask):
    def run(self, node_args):
        Path(f"attempt{len(list(Path().glob('attempt*')))}").touch()
        if not Path("attempt3").exists():
            raise ValueError
"""
    began = time.monotonic()
    result = run(one_task("max_retry: 3, retry_countdown: 28800"), code, clock=VirtualClock())
    assert result.state == "succeeded"
    assert time.monotonic() - began < 30
