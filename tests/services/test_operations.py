"""`selinon-cli flows` on a deployment with workers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.services.deployed import Deployed, deployed, redis_server, until

from selinon import Config, Trace
from selinon.store.redis import RedisStore

TASKS = """
import pathlib
import time
from selinon import SelinonTask


class Marking(SelinonTask):
    def mark(self, what):
        pathlib.Path(f"{what}-{self.task_name}-{self.task_id}").touch()


class Quick(Marking):
    def run(self, node_args):
        self.mark("quick")


class Slow(Marking):
    def run(self, node_args):
        self.mark("began")
        while not pathlib.Path("release").exists():
            time.sleep(0.02)
        self.mark("ended")


class Failing(Slow):
    def run(self, node_args):
        super().run(node_args)
        raise ValueError("never mind")
"""

NODES = """
tasks:
  - {name: Quick, import: tasks}
  - {name: Slow, import: tasks}
  - {name: Failing, import: tasks, max_retry: 3}
  - {name: Round, import: tasks, classname: Quick}
  - {name: After, import: tasks, classname: Quick}
  - {name: Rescue, import: tasks, classname: Quick}
  - {name: Elsewhere, import: tasks, classname: Quick, queue: elsewhere}
flows: [slow, failing, outer, inner, waiting, busy, wide]
flow-definitions:
  - {name: slow, edges: [{from: , to: Quick}, {from: Quick, to: Slow}, {from: Slow, to: After}]}
  - {name: failing, max_retry: 2, edges: [{from: , to: Failing}]}
  - {name: outer, edges: [{from: , to: inner}, {from: inner, to: After}], failures: [{nodes: inner, fallback: Rescue}]}
  - {name: inner, edges: [{from: , to: Slow}, {from: Slow, to: After}]}
  - {name: waiting, edges: [{from: , to: Elsewhere}]}
  - {name: busy, edges: [{from: , to: Round}, {from: Round, to: Round}]}
  - {name: wide, edges: [{from: , to: [waiting, waiting, inner]}]}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server for the tests of this module."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Deployed]:
    """A deployment whose keys and queues are its own."""
    own = request.node.name
    conf = {
        "selinon_key_prefix": f"{own}:",
        "broker_transport_options": {"global_keyprefix": f"{own}:"},
    }
    with deployed(tmp_path, server, TASKS, NODES, **conf) as found:
        yield found


def test_list_and_show(here: Deployed) -> None:
    """Open runs are listed with what is active in them, and one is shown with its nodes; then as JSON."""
    assert here.flows("list") == "no run is open\n"
    here.worker()
    [slow] = here.start("slow")
    [outer] = here.start("outer")
    until(lambda: len(here.marks("began")) == 2, "the start of both tasks")
    until(lambda: len(here.marks("quick")) == 1, "the end of the quick task")
    title, first, second, inner, within = here.flows("list").splitlines()
    assert title.split() == ["ID", "FLOW", "VERSION", "STATUS", "AGE", "ACTIVE"]
    assert first.startswith(slow)
    assert "slow" in first
    assert "running" in first
    assert second.startswith(outer)
    assert second.endswith("inner")
    assert inner.endswith("Slow")
    assert within == f"    in run {outer} of flow outer"
    only = json.loads(here.flows("list", "--flow-name", "inner", "--json"))
    assert [(run["flow"], run["active"], run["parent"]) for run in only] == [
        ("inner", {"Slow": 1}, outer)
    ]

    shown = here.flows("show", slow)
    assert f"run {slow} of flow slow" in shown
    assert "status: running, attempt 1" in shown
    assert "Slow: " in shown
    assert "claimed by " in shown
    assert "finished: Quick\n" in shown
    known = json.loads(here.flows("show", slow, "--json"))
    [quick] = known["finished"]["Quick"]
    assert quick not in shown
    assert f"    Quick: {quick}" in here.flows("show", slow, "-v")
    assert f"    Quick: {quick}" in here.cli("-v", "flows", "show", "-A", here.module, slow)
    assert [(node["name"], node["state"], node["alive"]) for node in known["live"]] == [
        ("Slow", "claimed", True)
    ]
    shown = here.flows("show", outer)
    assert "sub-flow, running" in shown


def test_queued_run(here: Deployed) -> None:
    """Tasks of a cancelled run that nobody has claimed never run, even though their messages are still there."""
    [run] = here.start("waiting")
    here.worker()  # which decides, but does not run the task
    state = here.flows("list")
    until(lambda: "Elsewhere" in here.flows("list"), state)
    assert "Elsewhere: " in here.flows("show", run)
    told = here.flows("cancel", run)
    assert told == f"run {run} of flow waiting is cancelled\n"
    state, failure = here.outcome(run)
    assert state == "FAILURE"
    assert failure["reason"] == "flow `waiting` was cancelled"
    assert failure["active_nodes"] == []
    log = here.worker("elsewhere", level="DEBUG")
    until(lambda: "is dropped" in log.read_text(), "the arrival of the message")
    assert here.marks("quick") == []
    assert here.flows("list") == "no run is open\n"
    shown = here.flows("show", run)
    assert "status: cancelled" in shown
    assert "live: nothing" in shown
    assert "reason: flow `waiting` was cancelled" in shown


def test_running_task(here: Deployed) -> None:
    """A claimed task of a cancelled run runs to its end, which starts nothing; who waits is told at once."""
    here.worker()
    [run] = here.start("slow")
    until(lambda: here.marks("began"), "the start of the task")
    told = here.flows("cancel", run)
    assert told == f"run {run} of flow slow is cancelled; tasks that run to their ends: 1\n"
    state, failure = here.outcome(run)
    assert (state, failure["reason"]) == ("FAILURE", "flow `slow` was cancelled")
    assert [node["name"] for node in failure["active_nodes"]] == ["Slow"]
    (here.folder / "release").touch()
    until(lambda: here.marks("ended"), "the end of the task")
    shown = here.flows("show", run)
    until(lambda: "live: nothing" in here.flows("show", run), shown)
    assert [name.split("-")[1] for name in here.marks("quick")] == ["Quick"]
    again = here.flows("cancel", run)
    assert again == f"run {run} of flow slow was cancelled before\n"
    assert here.outcome(run) == (state, failure)


def test_failing_task(here: Deployed) -> None:
    """A claimed task of a cancelled run that fails is not run again, and neither is the flow."""
    here.worker()
    [run] = here.start("failing")
    until(lambda: here.marks("began"), "the start of the task")
    here.flows("cancel", run)
    (here.folder / "release").touch()
    until(lambda: here.marks("ended"), "the end of the task")
    shown = here.flows("show", run)
    until(lambda: "live: nothing" in here.flows("show", run), shown)
    time.sleep(0.5)
    assert len(here.marks("began")) == 1


def test_with_sub_flows(here: Deployed) -> None:
    """The runs of sub-flows are cancelled along with a run, begun or not; nothing follows from their tasks."""
    here.worker()
    [run] = here.start("wide")
    until(lambda: here.marks("began"), "the start of the task")
    until(lambda: here.flows("list").count("Elsewhere") == 2)
    told = here.flows("cancel", run)
    assert told == (
        f"run {run} of flow wide is cancelled; runs of sub-flows cancelled with it: 3; "
        "tasks that run to their ends: 1\n"
    )
    assert here.flows("list") == "no run is open\n"
    assert here.outcome(run)[1]["reason"] == "flow `wide` was cancelled"
    (here.folder / "release").touch()
    until(lambda: here.marks("ended"), "the end of the task")
    time.sleep(0.5)
    assert here.marks("quick") == []


def test_sub_flow_alone(here: Deployed) -> None:
    """A run in which a cancelled one is a sub-flow sees it fail, and its fallback is chosen."""
    here.worker()
    [run] = here.start("outer")
    until(lambda: here.marks("began"), "the start of the task")
    [inner] = json.loads(here.flows("list", "--flow-name", "inner", "--json"))
    here.flows("cancel", inner["id"])
    state, result = here.outcome(run)
    assert state == "SUCCESS"
    assert list(result["finished_nodes"]) == ["Rescue"]
    assert here.outcome(inner["id"])[1]["reason"] == "flow `inner` was cancelled"


def test_in_bulk(here: Deployed) -> None:
    """All open runs of a flow are cancelled once that is confirmed, or --yes is given; others go on."""
    here.worker()
    runs = here.start("waiting", 20)
    [other] = here.start("slow")
    until(lambda: here.marks("began"), "the start of the task")
    bulk = ("cancel", "--flow-name", "waiting", "--all")
    assert "Aborted!" in here.flows(*bulk, status=1, input="n\n")
    assert "Aborted!" in here.flows(*bulk, status=1)
    assert here.flows("list").count("waiting") == 20
    told = here.flows(*bulk, "--yes")
    assert told.splitlines()[-1] == "runs that were cancelled, with those of sub-flows: 20"
    assert all(run in told for run in runs)
    assert other in here.flows("list")
    assert "running" in here.flows("show", other)
    assert here.flows(*bulk) == "runs that were cancelled, with those of sub-flows: 0\n"
    told = here.flows("cancel", "--all", input="y\n")
    assert told.splitlines()[-1] == "runs that were cancelled, with those of sub-flows: 1"


def test_busy_run(here: Deployed) -> None:
    """A run that takes one step after the other is cancelled in the middle of it, and then it stands still."""
    here.worker()
    runs = here.start("busy", 3)
    until(lambda: len(here.marks("quick")) > 30, "some rounds")
    here.flows("cancel", *runs)
    assert here.flows("list") == "no run is open\n"
    until(lambda: all("live: nothing" in here.flows("show", run) for run in runs))
    count = len(here.marks("quick"))
    time.sleep(0.5)
    assert len(here.marks("quick")) == count
    assert {here.outcome(run)[0] for run in runs} == {"FAILURE"}


def test_without_an_application(
    here: Deployed, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the address of the store alone, a run is cancelled; that is told by a worker."""
    [run] = here.start("waiting")
    prefix = "test_without_an_application:"
    store = ("--state-store", server, "--key-prefix", prefix)
    assert run in here.cli("flows", "list", *store)
    told = here.cli("flows", "cancel", *store, run)
    assert told.splitlines() == [
        f"run {run} of flow waiting is cancelled",
        "the workers tell those who wait for them",
    ]
    monkeypatch.setenv("SELINON_STATE_STORE", server)
    monkeypatch.setenv("SELINON_KEY_PREFIX", prefix)
    assert "status: cancelled" in here.cli("flows", "show", run)
    opened = RedisStore(server, prefix)
    assert [due.node for due in opened.due(10)[0]] == []  # soon
    opened.close()
    here.worker()
    assert here.outcome(run)[1]["reason"] == "flow `waiting` was cancelled"


def test_trace(here: Deployed) -> None:
    """That a run failed is traced where it is cancelled, as it is wherever a run fails."""
    seen: list[tuple[str, dict[str, Any]]] = []
    [run] = here.start("waiting")
    Config.trace_by_func(lambda number, details: seen.append((Trace.event2str(number), details)))
    here.flows("cancel", run)
    [(name, details)] = seen
    assert name == "FLOW_FAILURE"
    assert (details["dispatcher_id"], details["flow_name"]) == (run, "waiting")
    assert details["will_retry"] is False


def test_without_celery(here: Deployed, server: str) -> None:
    """With the address of the store, the commands need no Celery; with an application they say so."""
    [run] = here.start("waiting")
    prefix = "test_without_celery:"
    code = "import sys; sys.modules['celery'] = None; from selinon.cli import main; main()"
    command = [sys.executable, "-c", code, "flows"]
    store = ("--state-store", server, "--key-prefix", prefix)
    for words in (["list"], ["show", run], ["cancel", run]):
        done = subprocess.run(
            [*command, *words, *store], capture_output=True, text=True, check=True
        )
        assert run in done.stdout
    words = [*command, "list", "-A", here.module]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: --app needs Celery: ")
    assert "Traceback" not in done.stderr


def test_runs_that_are_over(here: Deployed) -> None:
    """A run that has ended stays as it is, which is said, as it is of one that is not on record."""
    here.worker()
    (here.folder / "release").touch()
    [run] = here.start("slow")
    assert here.outcome(run)[0] == "SUCCESS"
    told = here.flows("cancel", run, "nonsense", status=1)
    assert told.splitlines() == [
        f"error: run {run} of flow slow has ended already",
        "error: no run `nonsense` is on record",
    ]
    assert here.outcome(run)[0] == "SUCCESS"
    assert here.flows("show", "nonsense", status=1) == ("error: no run `nonsense` is on record\n")
    shown = here.flows("show", run)
    assert "status: succeeded" in shown
    assert "finished: Quick, Slow, After" in shown


@pytest.mark.parametrize("command", [("list",), ("show", "x"), ("cancel", "x")])
def test_mistakes(here: Deployed, command: tuple[str, ...]) -> None:
    """What keeps a command from its deployment is told in a line, without a traceback."""
    told = here.cli("flows", *command, status=2)
    assert "give --app or --state-store" in told
    told = here.cli("flows", *command, "-A", "missing", status=1)
    assert told.startswith("error: cannot load the Celery application `missing`: ModuleNotFound")
    told = here.cli("flows", *command, "-A", f"{here.module}:nothing", status=1)
    assert told.startswith(f"error: cannot load the Celery application `{here.module}:nothing`: ")
    assert here.cli("flows", *command, "-A", "tasks:Quick", status=1) == (
        "error: `tasks:Quick` is no Celery application\n"
    )
    told = here.cli("flows", *command, "--state-store", "redis://127.0.0.1:1/0", status=1)
    assert told.startswith("error: the state store at redis://127.0.0.1:1/0 cannot be reached: ")
    told = here.cli("flows", *command, "--state-store", "rpc://", status=1)
    assert told.startswith("error: `rpc` is no kind of state store\n")
    told = here.cli("flows", *command, "--state-store", "memory://", status=1)
    assert told.startswith("error: the state store memory:// is in the process of the workers")
    assert "Traceback" not in told
    told = here.cli("flows", *command, "-A", here.module, "--state-store", "redis://x", status=2)
    assert "give either --app, or --state-store" in told


def test_wrong_usage_of_cancel(here: Deployed) -> None:
    """Either ids or all; what belongs to the one does not go with the other."""
    assert "give either ids of runs or --all" in here.flows("cancel", status=2)
    assert "give either ids of runs or --all" in here.flows("cancel", "x", "--all", status=2)
    assert "give either ids of runs or --all" in here.flows(
        "cancel", "--flow-name", "slow", status=2
    )
    assert "go with --all" in here.flows("cancel", "x", "--flow-name", "slow", status=2)
