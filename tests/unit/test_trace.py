"""Trace events, their numbers, and the sinks."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from selinon.abi import Reference, TraceSpec
from selinon.errors import ConfigurationError
from selinon.trace import (
    Event,
    FunctionSink,
    JsonSink,
    LoggingSink,
    SentrySink,
    StorageSink,
    Trace,
    Tracer,
    configured_sinks,
    event_table,
)
from selinon.trace.event import FIELD_MEANINGS
from selinon.trace.events import (
    EVENTS,
    DispatcherFailure,
    FallbackStart,
    FlowSchedule,
    StorageConnect,
    TaskDiscardResult,
    TaskFailure,
)

WIRE_NAMES = [
    "DISPATCHER_WAKEUP",
    "FLOW_SCHEDULE",
    "FLOW_START",
    "TASK_SCHEDULE",
    "TASK_START",
    "SUBFLOW_SCHEDULE",
    "TASK_END",
    "NODE_SUCCESSFUL",
    "TASK_DISCARD_RESULT",
    "TASK_FAILURE",
    "TASK_RETRY",
    "FLOW_FAILURE",
    "DISPATCHER_FAILURE",
    "NODE_FAILURE",
    "FALLBACK_START",
    "DISPATCHER_RETRY",
    "FLOW_END",
    "STORAGE_CONNECT",
    "STORAGE_DISCONNECT",
    "STORAGE_RETRIEVE",
    "STORAGE_RETRIEVED",
    "STORAGE_STORE",
    "STORAGE_STORED",
    "EDGE_COND_FALSE",
    "FOREACH_RESULT",
    "NODE_STATE_CACHE_GET",
    "NODE_STATE_CACHE_ADD",
    "NODE_STATE_CACHE_MISS",
    "NODE_STATE_CACHE_HIT",
    "TASK_RESULT_CACHE_GET",
    "TASK_RESULT_CACHE_ADD",
    "TASK_RESULT_CACHE_MISS",
    "TASK_RESULT_CACHE_HIT",
    "SELECTIVE_OMIT_EDGE",
    "SELECTIVE_OMIT_NODE",
    "SELECTIVE_RUN_FUNC",
    "SELECTIVE_TASK_REUSE",
    "STORAGE_STORE_ERROR",
    "STORAGE_OMIT_STORE_ERROR",
    "FALLBACK_COND_FALSE",
    "FALLBACK_COND_TRUE",
    "NODE_STATE_CACHE_ISSUE",
    "TASK_RESULT_CACHE_ISSUE",
    "STORAGE_ISSUE",
    "RESULT_BACKEND_ISSUE",
    "FLOW_RETRY",
    "MIGRATION",
    "MIGRATION_SKEW",
    "MIGRATION_TAINTED_FLOW",
    "MIGRATION_ERROR",
    "EAGER_FAILURE",
    "STORAGE_DELETE",
    "STORAGE_DELETED",
]

WARNINGS = {
    "NODE_FAILURE", "TASK_DISCARD_RESULT", "TASK_RETRY", "TASK_FAILURE", "FLOW_FAILURE",
    "STORAGE_OMIT_STORE_ERROR", "NODE_STATE_CACHE_ISSUE", "TASK_RESULT_CACHE_ISSUE", "STORAGE_ISSUE",
    "RESULT_BACKEND_ISSUE", "FLOW_RETRY", "MIGRATION_SKEW", "MIGRATION_ERROR", "EAGER_FAILURE",
}  # fmt: skip


def scheduled(node_args: Any = None) -> FlowSchedule:
    """Return an event of level `info`."""
    return FlowSchedule(
        flow_name="flow1", node_args=node_args, dispatcher_id="run1", queue="q", selective=False
    )


def failed(what: str = "Traceback …") -> TaskFailure:
    """Return the event of a failed task, a warning."""
    return TaskFailure(
        flow_name="flow1",
        task_name="Task1",
        task_id="task1",
        parent={},
        node_args=None,
        queue="q",
        dispatcher_id="run1",
        what=what,
        retried_count=0,
    )


def broken_step() -> DispatcherFailure:
    """Return the event of level `error`."""
    return DispatcherFailure(
        flow_name="flow1",
        dispatcher_id="run1",
        node_args=None,
        retry=None,
        queue="q",
        state=None,
        selective=False,
        retried_count=0,
        parent=None,
        migration_version=None,
        what="what",
    )


def test_numbers_and_names() -> None:
    """Every event has the number and the name that trace functions compare with."""
    assert [kind.wire_name() for kind in EVENTS] == WIRE_NAMES
    assert [kind.number for kind in EVENTS] == list(range(53))
    for number, name in enumerate(WIRE_NAMES):
        assert getattr(Trace, name) == number
        assert Trace.event2str(number) == name
    for number in (-1, 53):
        with pytest.raises(ValueError, match="no trace event"):
            Trace.event2str(number)


def test_levels() -> None:
    """The warnings are as documented, and there is one error."""
    assert {Trace.event2str(number) for number in Trace.WARN_EVENTS} == WARNINGS
    assert [kind.wire_name() for kind in EVENTS if kind.level == "error"] == ["DISPATCHER_FAILURE"]


def test_fields() -> None:
    """Events carry the documented fields, each of which is explained."""
    assert set(scheduled().details()) == {
        "flow_name",
        "node_args",
        "dispatcher_id",
        "queue",
        "selective",
    }
    task = {"flow_name", "task_name", "task_id", "parent", "node_args", "queue", "dispatcher_id"}
    assert set(TaskDiscardResult.names) == task | {"result"}
    used = {name for kind in EVENTS for name in kind.names}
    assert used == set(FIELD_MEANINGS)


def test_table_has_every_event_and_field() -> None:
    """The table for the documentation has one row per event and one per field."""
    rows = event_table().splitlines()
    assert (
        sum(
            row.startswith(f"| {number} | `{name}` |")
            for number, name in enumerate(WIRE_NAMES)
            for row in rows
        )
        == 53
    )
    assert sum(row.startswith("| `") for row in rows) == len(FIELD_MEANINGS)


def test_each_function_gets_details_of_its_own() -> None:
    """What one function changes is seen neither by the next one nor by what is traced."""
    seen: list[tuple[int, dict[str, Any]]] = []

    def change(number: int, details: dict[str, Any]) -> None:
        details["node_args"]["password"] = "hidden"
        details.pop("flow_name")
        seen.append((number, details))

    node_args = {"password": "secret"}
    Tracer([FunctionSink(change), FunctionSink(lambda *told: seen.append(told))]).emit(
        scheduled(node_args)
    )
    assert seen[0][0] == seen[1][0] == Trace.FLOW_SCHEDULE
    assert seen[0][1]["node_args"] == {"password": "hidden"}
    assert seen[1][1]["node_args"] == node_args == {"password": "secret"}
    assert seen[1][1]["flow_name"] == "flow1"


def test_names_come_in_lists() -> None:
    """Tuples, which the engine is fond of, are lists for those who look at events."""
    event = FallbackStart(
        flow_name="flow1",
        dispatcher_id="run1",
        nodes=(),
        selective=False,
        fallback=("Task1",),
        condition_strs=("True",),
    )
    assert event.details()["fallback"] == ["Task1"]


def test_failing_sink_is_logged_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """The error of a sink is logged, and the next sink gets the event."""
    told: list[int] = []

    def fail(number: int, details: dict[str, Any]) -> None:
        raise RuntimeError("sink is broken")

    Tracer([FunctionSink(fail), FunctionSink(lambda number, _: told.append(number))]).emit(
        scheduled()
    )
    assert told == [Trace.FLOW_SCHEDULE]
    assert "FunctionSink failed to trace FLOW_SCHEDULE" in caplog.text
    assert "sink is broken" in caplog.text


@pytest.mark.parametrize(
    ("event", "level"),
    [(scheduled(), logging.INFO), (failed(), logging.WARNING), (broken_step(), logging.ERROR)],
)
def test_logging(event: Event, level: int, caplog: pytest.LogCaptureFixture) -> None:
    """One line per event, at its level: prefix, name, and JSON with event, time and details."""
    with caplog.at_level(logging.INFO):
        LoggingSink().handle(event, event.details())
    (record,) = caplog.records
    assert record.levelno == level
    match = re.fullmatch(r"SELINON \S+ - ([A-Z_]+) : (\{.*\})", record.getMessage())
    assert match is not None
    assert match[1] == event.wire_name()
    content = json.loads(match[2])
    assert set(content) == {"event", "time", "details"}
    assert content["event"] == event.wire_name()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", content["time"])
    assert content["details"] == event.details()


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Good events go to standard output, warnings and errors to standard error."""
    tracer = Tracer([JsonSink()])
    for event in (scheduled({"a": [1]}), failed(), broken_step()):
        tracer.emit(event)
    out, err = capsys.readouterr()
    (line,) = out.splitlines()
    record = json.loads(line)
    assert set(record) == {"event", "time", "node", "details"}
    assert record["details"]["node_args"] == {"a": [1]}
    assert [json.loads(line)["event"] for line in err.splitlines()] == [
        "TASK_FAILURE",
        "DISPATCHER_FAILURE",
    ]


class Unwritable:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def endless() -> list[Any]:
    """Return a list that contains itself."""
    items: list[Any] = [1]
    items.append(items)
    return items


def deep() -> list[Any]:
    """Return lists within lists, deeper than Python can follow."""
    items: list[Any] = []
    for _ in range(100_000):
        items = [items]
    return items


VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "object": (lambda: range(3), "range(0, 3)"),
    "keys of several kinds": (lambda: {"a": 1, 2: {3}}, {"a": 1, "2": "{3}"}),
    "floats": (lambda: [float("nan"), float("-inf"), 0.5], ["nan", "-inf", 0.5]),
    "endless": (endless, "[1, [...]]"),
    "unwritable": (Unwritable, "<Unwritable without a representation: RuntimeError>"),
    "long integer": (lambda: 10**5000, "<int without a representation: ValueError>"),
    "deep": (deep, "<list without a representation: RecursionError>"),
    "half of a character": (lambda: "\ud800", "\ud800"),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", [JsonSink, LoggingSink])
def test_details_that_json_cannot_express(
    kind: type[JsonSink | LoggingSink],
    name: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever a value is, the event is written, as JSON, with the value shown as well as can be."""
    make, written = VALUES[name]
    with caplog.at_level(logging.INFO):
        Tracer([kind()]).emit(scheduled(make()))
    text = capsys.readouterr().out if kind is JsonSink else caplog.messages[0]
    details = json.loads(text[text.index("{") :])["details"]
    assert (details["flow_name"], details["node_args"]) == ("flow1", written)


def test_storage_is_opened_for_each_event_and_not_entered_again() -> None:
    """The method gets number and details; an event that opening the storage causes does not come back to it."""
    told: list[tuple[int, dict[str, Any]]] = []

    class Adapter:
        def note(self, number: int, details: dict[str, Any]) -> None:
            told.append((number, details))

    @contextmanager
    def opened() -> Iterator[object]:
        tracer.emit(StorageConnect(storage_name="Storage1"))
        yield Adapter()

    others: list[int] = []
    tracer = Tracer(
        [StorageSink(opened, "note"), FunctionSink(lambda number, _: others.append(number))]
    )
    tracer.emit(scheduled())
    tracer.emit(scheduled())
    assert [number for number, _ in told] == [Trace.FLOW_SCHEDULE] * 2
    assert told[0][1]["flow_name"] == "flow1"
    assert others == [Trace.STORAGE_CONNECT, Trace.FLOW_SCHEDULE] * 2


def test_sentry_is_named_when_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the message says what to install."""
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ImportError, match=r"selinon\[sentry\]"):
        SentrySink("http://key@localhost/1")


SENTRY = """
import sys
from sentry_sdk.transport import Transport
from selinon.trace import Tracer, SentrySink
from selinon.trace.events import StorageConnect, TaskFailure

class Paper(Transport):
    def capture_envelope(self, envelope):
        event = envelope.get_event()
        [found] = event.get("exception", {"values": [{}]})["values"]
        print(found.get("type", event.get("message")), event["level"], event["tags"]["task_name"],
              event["extra"]["node_args"], "key" in str(event))

def failed(what):
    return TaskFailure(flow_name="f", task_name="T", task_id="i", parent={}, node_args={"a": 1}, queue="q",
                       dispatcher_id="r", what=what, retried_count=0)

sink = SentrySink("http://key@localhost/1")
sink._client.transport = Paper(sink._client.options)
tracer = Tracer([sink])
tracer.emit(StorageConnect(storage_name="S"))
tracer.emit(failed("text"))
try:
    raise LookupError("gone")
except LookupError:
    tracer.emit(failed("unused"))
"""


def test_sentry_gets_failed_tasks_only() -> None:
    """The library reports the exception at hand, or else the text; the DSN is in neither."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("sentry_sdk")
    outcome = subprocess.run(
        [sys.executable, "-c", SENTRY], capture_output=True, text=True, check=True
    )
    assert outcome.stdout.splitlines() == [
        "text error T {'a': 1} False",
        "LookupError error T {'a': 1} False",
    ]


def test_reports_to_sentry_are_sent_before_the_process_ends() -> None:
    """A report of the last moment reaches the server."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("sentry_sdk")
    received = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        code = SENTRY.replace("localhost/", f"127.0.0.1:{server.server_port}/")
        code = code.replace("sink._client.transport =", "unused =")
        try:
            subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
        finally:
            server.shutdown()
            thread.join()
    assert received.is_set()


def test_sinks_are_made_in_a_fixed_order() -> None:
    """Sinks are registered as logging, storage, function, json, whatever the order in the configuration."""

    @contextmanager
    def borrow(name: str) -> Iterator[object]:
        yield name

    specs = [
        TraceSpec(kind="json"),
        TraceSpec(kind="function", function=Reference("builtins", "print")),
        TraceSpec(kind="storage", storage="Storage1"),
        TraceSpec(kind="logging"),
    ]
    kinds = [type(sink) for sink in configured_sinks(specs, borrow)]
    assert kinds == [LoggingSink, StorageSink, FunctionSink, JsonSink]
    with pytest.raises(ConfigurationError, match="lacks"):
        configured_sinks([TraceSpec(kind="function")], borrow)


def test_dsn_needs_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A DSN that refers to a variable which is not set is a mistake in the configuration."""
    monkeypatch.delenv("SELINON_NONE", raising=False)
    spec = TraceSpec(kind="sentry", dsn="{SELINON_NONE}")
    with pytest.raises(ConfigurationError, match="SELINON_NONE"):
        configured_sinks([spec], lambda name: nullcontext(name))
