"""What workers log: records name their task and run, and Celery's own lines and events the task of the flow."""

from __future__ import annotations

import gzip
import itertools
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.services.deployed import Deployed, deployed, redis_server, until

from selinon.worker.logs import Within, WithPlaces

TASKS = """
import logging
from selinon import SelinonTask


class Telling(SelinonTask):
    def run(self, node_args):
        self.log.info("by the task")
        self.log.debug("in detail")
        logging.getLogger("library").warning("by a library")
        logging.getLogger("library").warning("with more", extra={"task_id": "own"})
        print("printed")


class Failing(SelinonTask):
    tries = 0

    def run(self, node_args):
        Failing.tries += 1
        raise ValueError(f"try {Failing.tries}")


def items(pool, node_args):
    logging.getLogger("library").warning("by a step")
    return []
"""

NODES = """
tasks:
  - {name: Telling, import: tasks}
  - {name: Failing, import: tasks, max_retry: 1}
flows: [telling, failing]
flow-definitions:
  - name: telling
    edges:
      - {from: , to: Telling}
      - {from: Telling, to: Telling, foreach: {import: tasks, function: items}}
  - {name: failing, edges: [{from: , to: Failing}]}
"""

FORMAT = "%(levelname)s {%(flow_name)s %(task_name)s %(task_id)s %(dispatcher_id)s} %(message)s"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server for the tests of this module."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@contextmanager
def laid_out(folder: Path, server: str, nodes: str = NODES, **conf: Any) -> Iterator[Deployed]:
    """Use a deployment whose keys and queues are its own."""
    own = {
        "selinon_key_prefix": f"{folder}:",
        "broker_transport_options": {"global_keyprefix": f"{folder}:"},
    }
    with deployed(folder, server, TASKS, nodes, **own, **conf) as found:
        yield found


def test_formats_of_the_user(tmp_path: Path, server: str) -> None:
    """Whatever is logged during a task or a step, printed too, can be shown with flow, task, their ids and the run."""
    conf = {"worker_log_format": f"main {FORMAT}", "worker_task_log_format": f"task {FORMAT}"}
    with laid_out(tmp_path, server, **conf) as here:
        log = here.worker()
        [run] = here.start("telling")
        [task] = here.outcome(run)[1]["finished_nodes"]["Telling"]
    lines = log.read_text().splitlines()
    place = f"{{telling Telling {task} {run}}}"
    assert f"task INFO {place} by the task" in lines
    assert f"main WARNING {place} by a library" in lines
    assert f"main WARNING {{telling Telling own {run}}} with more" in lines
    assert f"main WARNING {place} printed" in lines
    assert f"main WARNING {{telling - - {run}}} by a step" in lines
    assert any(line.startswith("main INFO {- - - -} state store: ") for line in lines)
    assert not any("in detail" in line for line in lines)


def test_formats_of_celery(tmp_path: Path, server: str) -> None:
    """By default, tasks log with their own name and id; Celery's lines about them name the flow, too."""
    with laid_out(tmp_path, server) as here:
        log = here.worker("celery", "-P", "threads", level="DEBUG")
        [run] = here.start("telling")
        [task] = here.outcome(run)[1]["finished_nodes"]["Telling"]
        ended = f"Task telling.Telling[{task}] succeeded"
        until(lambda: ended in log.read_text(), "the line about the end")
        text = log.read_text()
    assert re.search(rf"INFO/.*\] Telling\[{task}\]: by the task$", text, re.MULTILINE)
    assert f" Telling[{task}]: in detail" in text
    assert f"Task telling.Telling[{task}] received" in text


def test_events(tmp_path: Path, server: str) -> None:
    """Monitors see a task of a flow under its name, and its run in place of arguments."""
    with deployed(tmp_path, server.replace("/0", "/1"), TASKS, NODES) as here:
        here.worker("celery", "-E")
        seen: list[dict[str, Any]] = []
        receiver = here.app.events.Receiver(
            here.app.connection(), handlers={"*": lambda event: seen.append(dict(event))}
        )

        def listen() -> None:
            with suppress(TimeoutError):
                receiver.capture(limit=None, timeout=60)

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        until(lambda: seen, "a heartbeat of the worker")
        [run] = here.start("telling")
        until(lambda: [event for event in seen if event["type"] == "task-succeeded"], "the event")
        receiver.should_stop = True
        listening.join()
    [event] = [event for event in seen if event["type"] == "task-received" and "." in event["name"]]
    assert event["name"] == "telling.Telling"
    assert event["args"] == f"('{run}',)"


def test_sentry(tmp_path: Path, server: str) -> None:
    """Of all that happens in a worker, Sentry hears of the task that failed for good, once, with its exception."""
    with sentry() as (dsn, reports):
        nodes = f"{NODES}global: {{trace: [sentry: {{dsn: '{dsn}'}}]}}\n"
        with laid_out(tmp_path, server, nodes) as here:
            here.worker()
            [fine] = here.start("telling")
            [run] = here.start("failing")
            assert here.outcome(fine)[0] == "SUCCESS"
            state, failure = here.outcome(run)
            assert state == "FAILURE"
            [node] = failure["failed_nodes"]["Failing"]
        until(lambda: reports, "the report")
    [report] = reports
    assert report["tags"] == {"flow_name": "failing", "task_name": "Failing"}
    [exception] = report["exception"]["values"]
    assert (exception["type"], exception["value"][:3]) == ("ValueError", "try")
    assert report["extra"]["task_id"] == node
    assert report["extra"]["dispatcher_id"] == run


def test_sentry_when_processes_end(tmp_path: Path, server: str) -> None:
    """Reports are sent before a process ends, as those do that run one task each."""
    with sentry() as (dsn, reports):
        nodes = f"{NODES}global: {{trace: [sentry: {{dsn: '{dsn}'}}]}}\n"
        with laid_out(tmp_path, server, nodes) as here:
            here.worker("celery", "--max-tasks-per-child", "1")
            runs = here.start("failing", 5)
            assert {here.outcome(run)[0] for run in runs} == {"FAILURE"}
        until(lambda: len(reports) >= 5, "the reports")
    assert sorted(report["extra"]["dispatcher_id"] for report in reports) == sorted(runs)


@contextmanager
def sentry() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Stand in for Sentry; yield a DSN, and the events that are reported to it."""
    reports: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            lines = [json.loads(line) for line in body.splitlines() if line]
            for head, item in itertools.pairwise(lines[1:]):
                if head.get("type") == "event":
                    reports.append(item)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://key@127.0.0.1:{server.server_port}/1", reports
    finally:
        server.shutdown()
        server.server_close()


def test_places() -> None:
    """Records outside of tasks and steps say so; contexts end where they end; what the caller says stays."""

    def places() -> tuple[Any, ...]:
        record = logging.makeLogRecord({"task_name": "mine"})
        assert WithPlaces().filter(record)
        known = vars(record)
        return tuple(known[n] for n in ("flow_name", "task_name", "task_id", "dispatcher_id"))

    assert places() == ("-", "mine", "-", "-")
    with Within("flow", "run", "task", "node"):
        assert places() == ("flow", "mine", "node", "run")
        with Within("other", "inner"):
            assert places() == ("other", "mine", "-", "inner")
        assert places() == ("flow", "mine", "node", "run")
    assert places() == ("-", "mine", "-", "-")


def test_clients_are_left_alone() -> None:
    """Using an application in a client changes nothing about logging there."""
    import selinon.worker.application  # noqa: F401

    assert logging.getLogger("selinon.task").parent is not logging.getLogger("celery.task")
    assert not any(
        isinstance(found, WithPlaces)
        for handler in logging.getLogger().handlers
        for found in handler.filters
    )
