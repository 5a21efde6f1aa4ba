"""`selinon-cli execute` as a user calls it: in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NODES = """
tasks:
  - {name: Greet, import: work}
  - {name: Break, import: work}
  - {name: Quiet, import: work}
flows: [hello, broken, outer, quiet, bad_condition]
"""

FLOWS = """
flow-definitions:
  - name: hello
    edges: [{from: , to: Greet}, {from: Greet, to: [Quiet, Quiet]}]
  - name: broken
    edges: [{from: , to: [Greet, Break]}]
  - name: bad_condition
    edges: [{from: , to: Quiet, foreach: {import: work, function: items}}]
"""

MORE_FLOWS = """
flow-definitions:
  - {name: outer, edges: [{from: , to: broken}]}
  - {name: quiet, edges: [{from: , to: Quiet}]}
"""

WORK = """
from selinon import SelinonTask

class Greet(SelinonTask):
    def run(self, node_args):
        return {"hello": node_args}

class Break(SelinonTask):
    def run(self, node_args):
        raise ValueError("the disk is full")

class Quiet(SelinonTask):
    def run(self, node_args):
        return None

def items(pool, node_args):
    raise KeyError("no items")
"""

SOURCES = ("-n", "nodes.yaml", "-f", "flows.yaml", "more.yaml")

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that finds the packages as this one does, and nothing set by anybody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SELINON_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


COMMAND = (sys.executable, "-c", "from selinon.cli import main; main()")


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, which holds an application."""
    monkeypatch.chdir(tmp_path)
    Path("nodes.yaml").write_text(NODES)
    Path("flows.yaml").write_text(FLOWS)
    Path("more.yaml").write_text(MORE_FLOWS)
    Path("work.py").write_text(WORK)
    return tmp_path


@pytest.fixture
def cli(application: Path) -> Cli:
    """Return a function that calls `selinon-cli` there, by default `execute` on the YAML files."""

    def call(
        *arguments: str, sources: tuple[str, ...] = SOURCES, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "execute", *sources, *arguments],
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return call


# Success and failure


def test_a_flow_that_succeeds(cli: Cli) -> None:
    """The exit status is 0; results that are not None and the final state are on standard output."""
    done = cli("--flow-name", "hello", "-a", "world")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Greet: {'hello': 'world'}",
        "flow hello succeeded; finished: Greet, Quiet (2)",
    ]


def test_a_flow_that_fails(cli: Cli) -> None:
    """The exit status is 1, and the output names the node and says why."""
    done = cli("--flow-name", "broken")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "Greet: {'hello': None}",
        "Break failed: ValueError: the disk is full",
        "flow broken failed; finished: Greet",
    ]
    assert "Traceback" not in done.stderr


def test_a_flow_that_fails_below_another(cli: Cli) -> None:
    """The task that failed in a sub-flow is named, and why it did."""
    done = cli("--flow-name", "outer", "--hide-progressbar")
    assert done.returncode == 1
    assert (
        "broken failed: `Break` in flow `broken` failed: ValueError: the disk is full"
        in done.stdout
    )


def test_user_code_that_decides_and_raises(cli: Cli) -> None:
    """The place in the configuration and the error are told."""
    done = cli("--flow-name", "bad_condition")
    assert done.returncode == 1
    assert (
        "the flow failed: in flow `bad_condition`, edge from [] to ['Quiet'], foreach work.items: "
        "KeyError: 'no items'"
    ) in done.stdout


# JSON


def test_json_is_one_document(cli: Cli) -> None:
    """With progress on, standard output holds nothing but one JSON document."""
    done = cli("--flow-name", "hello", "-a", '{"n": [1]}', "-j", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["flow"], found["state"], found["reason"]) == ("hello", "succeeded", None)
    assert {name: len(ids) for name, ids in found["finished_nodes"].items()} == {
        "Greet": 1,
        "Quiet": 2,
    }
    assert (found["failed_nodes"], found["active_nodes"], found["reasons"]) == ({}, [], {})
    assert [(each["task"], each["result"]) for each in found["results"]] == [
        ("Greet", {"hello": {"n": [1]}}),
        ("Quiet", None),
        ("Quiet", None),
    ]
    assert found["results"][0]["id"] == found["finished_nodes"]["Greet"][0]
    assert "task hello/Greet started" in done.stderr


def test_json_of_a_failure(cli: Cli) -> None:
    """The reason of a failed node is found by its id."""
    done = cli("--flow-name", "broken", "--format", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (1, "failed")
    (id,) = found["failed_nodes"]["Break"]
    assert found["reasons"] == {id: "ValueError: the disk is full"}


@pytest.mark.parametrize("form", ["human", "json"])
@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ("object", "<class 'object'>"),
        ("{(1, 2): b'x'}", "{(1, 2): b'x'}"),
        ("float('nan')", "nan"),
        ("'ž \\ud800 🐎'", None),
        ("10 ** 5000", "<int without a representation: ValueError>"),
        ("round_about()", "[[...]]"),
        ("deep()", "<list without a representation: RecursionError>"),
        ("Shy()", "<Shy without a representation: AttributeError>"),
    ],
)
def test_results_that_are_no_json(cli: Cli, result: str, shown: str | None, form: str) -> None:
    """Any object may be a result; what JSON cannot hold is shown as text, and the exit status is that of the flow."""
    code = f"""
class Quiet(SelinonTask):
    def run(self, node_args):
        return {result}

class Shy:
    def __repr__(self):
        return self.name

def round_about():
    found = []
    found.append(found)
    return found

def deep():
    found = []
    for _ in range(5000):
        found = [found]
    return found
"""
    Path("work.py").write_text(WORK + code, encoding="utf-8")
    done = cli("--flow-name", "quiet", "--format", form)
    assert done.returncode == 0, done.stderr
    if form == "human":
        assert done.stdout.startswith(f"Quiet: {shown or result}")
        return
    (found,) = json.loads(done.stdout, parse_constant=pytest.fail)["results"]
    assert found["result"] == (shown or "ž \ud800 🐎")


def test_json_is_apart_from_what_tasks_print(cli: Cli) -> None:
    """What a task writes to standard output, or a process that it starts, goes to standard error instead."""
    code = """
import os
class Quiet(SelinonTask):
    def run(self, node_args):
        print("from the task")
        os.system("echo from a process")
"""
    Path("work.py").write_text(WORK + code)
    done = cli("--flow-name", "quiet", "--format", "json")
    assert json.loads(done.stdout)["state"] == "succeeded"
    assert "from the task" in done.stderr
    assert "from a process" in done.stderr
    assert "from the task\n" in cli("--flow-name", "quiet").stdout


# Arguments


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ((), None),
        (("-a", '{"n": 1}'), '{"n": 1}'),
        (("--node-args", '{"n": 1}', "--node-args-json"), {"n": 1}),
        (("--node-args-file", "args", "-j"), {"ž": [True, None]}),
        (("--node-args-file", "args"), '{"ž": [true, null]}\n'),
        (("-a", "-5", "-j"), -5),
        (("-a", ""), ""),
    ],
)
def test_arguments_of_the_flow(cli: Cli, options: tuple[str, ...], seen: Any) -> None:
    """They are text, or JSON if that is said, from the command line or from a file in UTF-8."""
    Path("args").write_text('{"ž": [true, null]}\n', encoding="utf-8")
    done = cli("--flow-name", "hello", "--format", "json", *options)
    assert json.loads(done.stdout)["results"][0]["result"] == {"hello": seen}


# Interruption


MODES = {
    "in the calling thread": (),
    "in threads": ("-c", "4"),
    "in processes": ("-c", "4", "--processes"),
}


def _interrupted(
    signum: int, *options: str, lines: tuple[str, ...], pause: float = 0.5
) -> tuple[int, list[str]]:
    """Send a signal to the command a while after it wrote these lines; return its status, and the lines after them."""
    with subprocess.Popen(
        [*COMMAND, "execute", *SOURCES, *options],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in lines:
            assert process.stderr.readline() == f"{line}\n"
        time.sleep(pause)
        process.send_signal(signum)
        _, errors = process.communicate(timeout=10)
    return process.returncode, errors.splitlines()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("signum", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_an_interrupt(application: Path, mode: str, signum: int, status: int, word: str) -> None:
    """Ctrl-C and SIGTERM end the command at once, with a line that says what was running; no process is left."""
    code = """
import os, time
class Quiet(SelinonTask):
    def run(self, node_args):
        with open("pid", "w") as stream:
            stream.write(str(os.getpid()))
        time.sleep(30)
"""
    Path("work.py").write_text(WORK + code)
    lines = ("flow quiet started", "task quiet/Quiet started")
    began = time.monotonic()
    found = _interrupted(signum, "--flow-name", "quiet", *MODES[mode], lines=lines)
    assert found == (status, [f"{word} while running Quiet"])
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("pid").read_text()), 0)


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupt_while_nothing_runs(application: Path, mode: str) -> None:
    """A pause before the next attempt is no obstacle, however long it is."""
    Path("nodes.yaml").write_text(
        NODES.replace(
            "name: Break, import: work",
            "name: Break, import: work, classname: Break, max_retry: 1, retry_countdown: 60",
        )
    )
    lines: tuple[str, ...] = (
        "flow broken started",
        "task broken/Greet started",
        "task broken/Greet finished",
        "task broken/Break started",
        "task broken/Break will run again in 60 s",
    )
    if mode != "in the calling thread":
        lines = ("flow broken started",)
    status, errors = _interrupted(
        signal.SIGINT, "--flow-name", "broken", *MODES[mode], lines=lines, pause=1.5
    )
    assert (status, errors[-1]) == (130, "interrupted")


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupt_at_any_moment(application: Path, mode: str) -> None:
    """While tasks are handed over one after the other, the signal neither gets lost nor leaves a traceback."""
    Path("flows.yaml").write_text(
        FLOWS.replace(
            "{from: , to: Greet}", "{from: , to: [Greet, Greet, Greet]}, {from: Quiet, to: Quiet}"
        )
    )
    for number in range(5):
        status, errors = _interrupted(
            signal.SIGINT,
            "--flow-name",
            "hello",
            *MODES[mode],
            lines=("flow hello started",),
            pause=0.1 + number / 31,
        )
        assert status == 130
        # A thread may still write a line before the process is gone.
        (said,) = [line for line in errors if not line.startswith(("flow", "task"))]
        assert said.startswith("interrupted")


# Wrong usage


@pytest.mark.parametrize(
    ("sources", "options", "said"),
    [
        (SOURCES, ("--flow-name", "nightly"), "nightly"),
        (SOURCES, ("--flow-name", "helo"), "did you mean `hello`?"),
        (SOURCES, ("--flow-name", "hello", "--selective-follow-subflows"), "need --selective-task"),
        (SOURCES, ("--flow-name", "hello", "--selective-run-subsequent"), "need --selective-task"),
        (SOURCES, ("--flow-name", "hello", "--selective-task-names", "Greet,,Quiet"), "lacks"),
        (SOURCES, ("--flow-name", "hello", "--selective-task-names", ""), "lacks the name"),
        (SOURCES, (), "--flow-name"),
        (SOURCES, ("--flow-name", "hello", "--package", "flows"), "either --package or YAML"),
        ((), ("--flow-name", "hello"), "give --package, or both"),
        (("-n", "nodes.yaml"), ("--flow-name", "hello"), "give --package, or both"),
        (("-f", "flows.yaml"), ("--flow-name", "hello"), "give --package, or both"),
        (SOURCES, ("--flow-name", "hello", "-a", "{", "-j"), "the arguments are not JSON"),
        (
            SOURCES,
            ("--flow-name", "hello", "-a", "1", "--node-args-file", "args"),
            "either --node-args or --node-args-file",
        ),
        (SOURCES, ("--flow-name", "hello", "--node-args-file", "none"), "cannot read none"),
        (SOURCES, ("--flow-name", "hello", "--node-args-file", "."), "cannot read ."),
        (SOURCES, ("--flow-name", "hello", "-c", "0"), "--concurrency"),
        (SOURCES, ("--flow-name", "hello", "--format", "xml"), "--format"),
        (SOURCES, ("--flow-name", "hello", "--no-such-option"), "--no-such-option"),
        (SOURCES, ("--flow-name", "hello", "stray"), "stray"),
    ],
)
def test_wrong_usage(
    cli: Cli, sources: tuple[str, ...], options: tuple[str, ...], said: str
) -> None:
    """The exit status is 2, the message is on standard error, and nothing runs."""
    done = cli(*options, sources=sources)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "started" not in done.stderr


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("--package", "no_such_package"), "no_such_package"),
        (("-n", "nodes.yaml", "-f", "none.yaml"), "none.yaml"),
        (("-n", "none.yaml", "-f", "flows.yaml", "more.yaml"), "none.yaml"),
        (("-n", "nodes.yaml", "-f", "work.py"), "work.py"),
        (("-n", "nodes.yaml", "-f", "flows.yaml"), "outer"),
    ],
)
def test_a_configuration_that_cannot_be_used(cli: Cli, sources: tuple[str, ...], said: str) -> None:
    """The exit status is 1, and the message names what is wrong."""
    done = cli("--flow-name", "hello", sources=sources)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


# Where flows come from


@pytest.mark.parametrize(
    "sources",
    [
        ("-f", "flows.yaml", "more.yaml", "-n", "nodes.yaml"),
        ("-n", "nodes.yaml", "--flow-definitions", "flows.yaml", "more.yaml"),
        ("-n", "nodes.yaml", "-f", "flows.yaml", "-f", "more.yaml"),
        ("-n", "nodes.yaml", "-f", "folder"),
        ("--nodes-definition", "nodes.yaml", "--flow-definitions=flows.yaml", "-f", "more.yaml"),
    ],
)
def test_several_flow_files(cli: Cli, sources: tuple[str, ...]) -> None:
    """The option takes several values, may be repeated, and takes folders."""
    Path("folder/below").mkdir(parents=True)
    Path("folder/flows.yaml").write_text(FLOWS)
    Path("folder/below/more.yml").write_text(MORE_FLOWS)
    assert cli("--flow-name", "quiet", sources=sources).returncode == 0


def test_a_built_package(cli: Cli) -> None:
    """A package that was built before runs by its name, without the YAML that it was made of."""
    build = [sys.executable, "-c", "from selinon_compiler.cli import main; main()", "build"]
    built = subprocess.run(
        [*build, *SOURCES, "--name", "built_flows", "-o", "packages"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    Path("nodes.yaml").unlink()
    Path("packages/built_flows").rename("built_flows")
    done = cli("--flow-name", "hello", sources=("--package", "built_flows"))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "flow hello succeeded; finished: Greet, Quiet (2)",
    )


def test_options_from_the_environment(cli: Cli) -> None:
    """Every option can be given by a variable; flow files are separated as search paths are."""
    done = cli(
        sources=(),
        SELINON_NODES_DEFINITION="nodes.yaml",
        SELINON_FLOW_DEFINITIONS=os.pathsep.join(["flows.yaml", "more.yaml"]),
        SELINON_EXECUTE_FLOW_NAME="hello",
        SELINON_EXECUTE_NODE_ARGS="[1]",
        SELINON_EXECUTE_NODE_ARGS_JSON="true",
        SELINON_EXECUTE_CONCURRENCY="2",
        SELINON_EXECUTE_SLEEP_TIME="0",
        SELINON_EXECUTE_HIDE_PROGRESSBAR="1",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Greet: {'hello': [1]}\n")
    assert cli("--flow-name", "quiet", SELINON_EXECUTE_FLOW_NAME="hello").returncode == 0
    assert cli("--flow-name", "hello", SELINON_EXECUTE_CONCURRENCY="none").returncode == 2


# Progress


def test_plain_lines_where_there_is_no_terminal(cli: Cli) -> None:
    """A line for each thing that happens goes to standard error, without control characters."""
    done = cli("--flow-name", "broken")
    assert done.stderr.splitlines() == [
        "flow broken started",
        "task broken/Greet started",
        "task broken/Greet finished",
        "task broken/Break started",
        "task broken/Break failed",
        "flow broken failed",
    ]


def test_hidden_progress(cli: Cli) -> None:
    """With `--hide-progressbar` standard error stays empty."""
    assert cli("--flow-name", "broken", "--hide-progressbar").stderr == ""


def _told(*group: str, flow: str, options: tuple[str, ...] = ()) -> list[str]:
    """Return the lines on standard error, with an option of the group."""
    done = subprocess.run(
        [*COMMAND, *group, "execute", *SOURCES, "--flow-name", flow, "--virtual-time", *options],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()


ACTIONS = """
flow-definitions:
  - name: hello
    max_retry: 1
    retry_countdown: 30
    edges:
      - {from: , to: Greet}
      - {from: Greet, to: Quiet, foreach: {import: work, function: three}}
      - {from: Greet, to: quiet, condition: {name: fieldEqual, args: {key: hello, value: 1}}}
      - {from: Greet, to: [Break, Break]}
    failures:
      - {nodes: Break, fallback: Quiet, condition: {name: argsFieldExist, args: {key: x}}}
      - {nodes: Break, fallback: true, condition: {name: argsFieldExist, args: {key: hello}}}
  - {name: broken, eager_failures: true, edges: [{from: , to: [Greet, Break]}]}
  - {name: bad_condition, edges: [{from: , to: Greet}]}
"""


def test_every_action_with_verbose(application: Path) -> None:
    """With `-v` a line says what starts, finishes, is tried again, fires or is skipped; one traceback for a failure."""
    Path("work.py").write_text(f"{WORK}\ndef three(pool, node_args):\n    return range(3)\n")
    Path("flows.yaml").write_text(ACTIONS)
    storage = "{name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}"
    nodes = NODES.replace("name: Greet", "name: Greet, storage: Memory")
    nodes = nodes.replace("name: Break", "name: Break, max_retry: 1, retry_countdown: 5")
    nodes = nodes.replace("name: Quiet", "name: Quiet, throttling: {minutes: 1}")
    Path("nodes.yaml").write_text(f"{nodes}storages: [{storage}]\n")
    lines = _told("-v", flow="hello", options=("--hide-progressbar", "-a", '{"x": 1}', "-j"))
    tracebacks = [line for line in lines if line.startswith(" ")]
    assert tracebacks.count("    Traceback (most recent call last):") == 2  # two tasks fail
    assert tracebacks[-1] == "    ValueError: the disk is full"
    retry = "task hello/Break failed, will run again in 5 s (attempt 1 of 2): ValueError: the disk is full"
    assert [line for line in lines if line not in tracebacks] == [
        "flow hello started",
        "hello: edge (start) -> Greet fired",
        "task hello/Greet started",
        "task hello/Greet finished, result in Memory",
        "hello: edge Greet -> Quiet: work.three returned 3 items",
        "hello: edge Greet -> quiet skipped, not true: fieldEqual(db.get('Greet'), key='hello', value=1)",
        "hello: edge Greet -> Quiet fired",
        "hello: edge Greet -> Break, Break fired",
        "task hello/Quiet is throttled, starts in 60 s",
        "task hello/Quiet is throttled, starts in 120 s",
        "task hello/Quiet started",
        "task hello/Quiet finished",
        "task hello/Break started",
        retry,
        "task hello/Break started",
        retry,
        "task hello/Break started",
        "task hello/Break failed",
        "task hello/Break started",
        "task hello/Break failed",
        "task hello/Quiet started",
        "task hello/Quiet finished",
        "task hello/Quiet started",
        "task hello/Quiet finished",
        "hello: failure of Break not answered by forgiving, not true: argsFieldExist(key='hello')",
        "hello: failure of Break is answered by Quiet",
        "task hello/Quiet is throttled, starts in 60 s",
        "task hello/Quiet started",
        "task hello/Quiet finished",
        "hello: failure of Break not answered by forgiving, not true: argsFieldExist(key='hello')",
        "hello: failure of Break is answered by Quiet",
        "task hello/Quiet is throttled, starts in 60 s",
        "task hello/Quiet started",
        "task hello/Quiet finished",
        "flow hello succeeded",
    ]
    lines = _told("-v", flow="hello")
    assert lines.count("flow hello will be tried again in 30 s") == 1
    assert lines.count("flow hello failed") == 2
    assert "broken: fails at once with Break" in _told("-v", flow="broken")


def test_every_event_with_more_verbose(application: Path) -> None:
    """With `-vv` every trace event is shown with its details."""
    lines = _told("-vv", flow="hello", options=("-a", "x"))
    kinds = [line.partition(" ")[0] for line in lines]
    assert kinds[:3] == ["FLOW_SCHEDULE", "DISPATCHER_WAKEUP", "FLOW_START"]
    assert kinds.count("TASK_END") == 3
    assert kinds[-1] == "FLOW_END"
    assert any("node_args='x'" in line for line in lines)


# Parts of flows

SELECTIVE = """
flow-definitions:
  - name: hello
    edges:
      - {from: , to: [Greet, Quiet]}
      - {from: Greet, to: broken}
      - {from: broken, to: Quiet}
  - {name: broken, edges: [{from: , to: [Greet, Quiet]}, {from: Quiet, to: Break}]}
  - {name: bad_condition, edges: [{from: , to: Quiet}]}
"""


@pytest.mark.parametrize(
    ("options", "ran"),
    [
        (("--selective-task-names", "Greet"), ["hello/Greet"]),
        (
            ("--selective-task-names", "Greet", "--selective-run-subsequent"),
            ["hello/Greet", "broken/Greet", "broken/Quiet", "broken/Break"],
        ),
        (
            ("--selective-task-names", " Greet , Quiet ", "--selective-follow-subflows"),
            ["hello/Greet", "hello/Quiet", "broken/Greet", "broken/Quiet", "hello/Quiet"],
        ),
        (
            ("--selective-task-names", "Break", "--selective-follow-subflows"),
            ["hello/Greet", "broken/Quiet", "broken/Break"],
        ),
    ],
)
def test_selective_runs(cli: Cli, options: tuple[str, ...], ran: list[str]) -> None:
    """Only what leads to the selected tasks runs; sub-flows and what follows are options."""
    Path("flows.yaml").write_text(SELECTIVE)
    done = cli("--flow-name", "hello", *options)
    started = [line.split()[1] for line in done.stderr.splitlines() if line.endswith(" started")]
    assert [name for name in started if "/" in name] == ran


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("Break", "error: no path leads to `Break` in flow `hello`\n"),
        ("Greet,Gret", "error: there is no task `Gret` to be selected; did you mean `Greet`?\n"),
        ("Nothing", "error: there is no task `Nothing` to be selected\n"),
    ],
)
def test_selected_tasks_that_nothing_leads_to(cli: Cli, names: str, said: str) -> None:
    """One error, status 1, and nothing is executed."""
    Path("flows.yaml").write_text(SELECTIVE)
    done = cli("--flow-name", "hello", "--selective-task-names", names)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


# Where and when tasks run


@pytest.mark.parametrize("mode", MODES)
def test_a_flow_in_every_mode(cli: Cli, mode: str) -> None:
    """Results, failures and the exit status do not depend on where tasks run."""
    Path("work.py").write_text(f"{WORK}\nimport os\nprint(os.getpid())\n")
    good = cli("--flow-name", "hello", "-a", "x", "--format", "json", *MODES[mode])
    bad = cli("--flow-name", "broken", "--format", "json", *MODES[mode])
    assert (good.returncode, bad.returncode) == (0, 1)
    assert json.loads(good.stdout)["results"][0]["result"] == {"hello": "x"}
    assert list(json.loads(bad.stdout)["reasons"].values()) == ["ValueError: the disk is full"]


def test_virtual_time(cli: Cli) -> None:
    """A day of pauses between attempts is over at once."""
    Path("nodes.yaml").write_text(
        NODES.replace("name: Break", "name: Break, max_retry: 24, retry_countdown: 3600")
    )
    began = time.monotonic()
    done = cli("--flow-name", "broken", "--virtual-time")
    assert (done.returncode, done.stderr.count("Break started")) == (1, 25)
    assert time.monotonic() - began < 30


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
@pytest.mark.parametrize("flow", ["hello", "broken"])
def test_a_live_display_on_a_terminal(application: Path, flow: str) -> None:
    """On a terminal a table of the tasks is shown while standard output stays clean; no traceback is left."""
    pytest.importorskip("rich")
    master, slave = os.openpty()
    with subprocess.Popen(
        [*COMMAND, "execute", *SOURCES, "--flow-name", flow, "--format", "json"],
        env=environment(TERM="xterm", COLUMNS="80", LINES="24"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
    ) as process:
        os.close(slave)
        shown = _read_terminal(master)
        assert process.stdout is not None
        output = process.stdout.read()
    assert process.returncode == (0 if flow == "hello" else 1)
    assert json.loads(output)["flow"] == flow
    assert "\x1b[" in shown
    for expected in ("waiting", "running", "finished", f"{flow}/Greet"):
        assert expected in shown
    assert "Traceback" not in shown
    # The cursor is shown again.
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def _read_terminal(master: int) -> str:
    """Return all that is written to a pseudo-terminal until nobody has it open any more."""
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return shown.decode("utf-8")
