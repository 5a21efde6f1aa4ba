"""`selinon-cli inspect` as a user calls it: in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NODES = """
tasks:
  - {name: Load, import: work, queue: '{PREFIX}_load', max_retry: 2}
  - {name: Save, import: work}
flows: [daily, weekly]
global: {default_task_queue: 'tasks_{REGION}', default_dispatcher_queue: dispatch}
"""

DAILY = "flow-definitions: [{name: daily, edges: [{from: , to: Load}], queue: '{PREFIX}_daily'}]"
WEEKLY = "flow-definitions: [{name: weekly, edges: [{from: , to: [Save, daily]}]}]"

WORK = """
from selinon import SelinonTask

class Load(SelinonTask):
    def run(self, node_args):
        return node_args

class Save(SelinonTask):
    def run(self, node_args):
        pass
"""

SOURCES = ("--nodes-definition", "nodes.yml", "--flow-definitions", "daily.yml", "weekly.yml")
COMMAND = (sys.executable, "-c", "from selinon.cli import main; main()")

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that finds the packages as this one does, and nothing set by anybody.

    The variables that the application refers to are set; one that is given as an empty text is not.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SELINON_")}
    path = os.pathsep.join(filter(None, sys.path))
    made = {**kept, "PYTHONPATH": path, "PREFIX": "p", "REGION": "eu", **more}
    return {name: value for name, value in made.items() if value}


@pytest.fixture(autouse=True)
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, which holds an application."""
    monkeypatch.chdir(tmp_path)
    Path("nodes.yml").write_text(NODES)
    Path("daily.yml").write_text(DAILY)
    Path("weekly.yml").write_text(WEEKLY)
    Path("work.py").write_text(WORK)
    return tmp_path


@pytest.fixture
def cli() -> Cli:
    """Return a function that calls `selinon-cli` there with some variables set."""

    def call(
        *arguments: str, command: str = "inspect", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, command, *arguments],
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return call


def test_a_configuration_without_mistakes(cli: Cli) -> None:
    """When nothing else is asked for, one line says that all is well."""
    done = cli(*SOURCES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the configuration is fine\n", "")


def test_mistakes(cli: Cli) -> None:
    """They are told on standard error with their places, and nothing is dumped or listed."""
    Path("weekly.yml").write_text(WEEKLY.replace("Save", "Sav"))
    done = cli(*SOURCES, "--list-task-queues", "--dump", "out.py", PREFIX="p", REGION="eu")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[SEL201]" in done.stderr
    assert " --> weekly.yml:1:57" in done.stderr
    assert not Path("out.py").exists()


def test_no_check(cli: Cli) -> None:
    """Without the rules, what only they find passes; a file that cannot be read does not."""
    Path("nodes.yml").write_text(NODES.replace(", max_retry: 2", ", retry_countdown: 2"))
    assert "warning[" in cli(*SOURCES).stderr
    done = cli(*SOURCES, "--no-check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "the configuration is fine\n", "")
    Path("nodes.yml").write_text("tasks: [")
    assert cli(*SOURCES, "--no-check").returncode == 1


def test_queues(cli: Cli) -> None:
    """Lists of queues name each node with its queue, sorted, with variables replaced."""
    variables = {"PREFIX": "p", "REGION": "eu"}
    done = cli(*SOURCES, "--list-task-queues", **variables)
    assert (done.returncode, done.stdout) == (0, "Load:p_load\nSave:tasks_eu\n")
    done = cli(*SOURCES, "--list-dispatcher-queues", **variables)
    assert (done.returncode, done.stdout) == (0, "daily:p_daily\nweekly:dispatch\n")
    done = cli(*SOURCES, "--list-dispatcher-queues", "--list-task-queues", **variables)
    assert done.stdout == "Load:p_load\nSave:tasks_eu\ndaily:p_daily\nweekly:dispatch\n"


def test_variables_that_queues_lack(cli: Cli) -> None:
    """All of them are named with their places, or in one line when nothing is checked, and nothing is listed."""
    done = cli(*SOURCES, PREFIX="", REGION="")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.findall(r"SEL813\]: .*`(\w+)`.*\n *--> (.*)", done.stderr) == [
        ("PREFIX", "nodes.yml:3:39"),
        ("REGION", "nodes.yml:6:30"),
    ]
    done = cli(*SOURCES, "--no-check", "--list-task-queues", PREFIX="", REGION="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: environment variables are not set: PREFIX, REGION\n"
    done = cli(*SOURCES, "--no-check", "--list-dispatcher-queues", PREFIX="", REGION="")
    assert done.stderr == "error: environment variables are not set: PREFIX\n"


def test_dump(cli: Cli) -> None:
    """The file is the same each time, whoever asks and however, and can be used in place of the YAML files."""
    done = cli(*SOURCES, "--dump", "one.py", PYTHONHASHSEED="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    cli(*SOURCES, "-d", "two.py", PYTHONHASHSEED="2", TZ="Asia/Tokyo")
    written = Path("one.py").read_text("ascii")
    assert Path("two.py").read_text("ascii") == written
    assert cli(*SOURCES, "--dump", "-").stdout == written
    if Path("/dev/stdout").exists():
        assert cli(*SOURCES, "--dump", "/dev/stdout").stdout == written
    for name in ("nodes.yml", "daily.yml", "weekly.yml"):
        Path(name).unlink()
    use = (
        "from selinon import Config, registry\nfrom selinon.local import LocalExecutor\n"
        "Config.set_config_py('one.py')\nprint(Config.task_queues)\n"
        "print(LocalExecutor(registry.current()).run('weekly').state)\n"
    )
    used = subprocess.run(
        [sys.executable, "-c", use],
        env=environment(PREFIX="p", REGION="eu"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.stdout == "{'Load': 'p_load', 'Save': 'tasks_eu'}\nsucceeded\n", used.stderr


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("none/out.py", "error: cannot write `none/out.py`: No such file or directory\n"),
        (".", "error: cannot write `.`: Is a directory\n"),
        ("nodes.yml", "error: cannot write `nodes.yml`: the configuration is read from it\n"),
        ("./weekly.yml", "error: cannot write `./weekly.yml`: the configuration is read from it\n"),
    ],
)
def test_dump_to_where_nothing_can_be_written(
    cli: Cli, application: Path, target: str, said: str
) -> None:
    """One line says why, the status is 1, and everything is as it was."""
    before = {path: path.read_bytes() for path in application.iterdir()}
    done = cli(*SOURCES, "--dump", target)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert {path: path.read_bytes() for path in application.iterdir()} == before


def test_options_from_the_environment(cli: Cli) -> None:
    """Every option can be given by a variable; flow files are separated as search paths are."""
    where = {
        "SELINON_NODES_DEFINITION": "nodes.yml",
        "SELINON_FLOW_DEFINITIONS": os.pathsep.join(["daily.yml", "", "weekly.yml", ""]),
        "PREFIX": "p",
        "REGION": "eu",
    }
    assert cli(**where).stdout == "the configuration is fine\n"
    assert cli(**where, SELINON_INSPECT_LIST_TASK_QUEUES="1").stdout.startswith("Load:p_load\n")
    done = cli(**where, SELINON_INSPECT_LIST_DISPATCHER_QUEUES="true")
    assert done.stdout == "daily:p_daily\nweekly:dispatch\n"
    assert cli(**where, SELINON_INSPECT_DUMP="out.py").returncode == 0
    assert Path("out.py").exists()
    Path("nodes.yml").write_text(NODES.replace(", max_retry: 2", ", retry_countdown: 2"))
    assert cli(**where, SELINON_INSPECT_NO_CHECK="1").stderr == ""
    assert cli(**where, SELINON_INSPECT_NO_CHECK="0").stderr != ""
    assert cli(**where, SELINON_INSPECT_NO_CHECK="perhaps").returncode == 2
    assert cli(**{**where, "SELINON_FLOW_DEFINITIONS": os.pathsep}).returncode == 2


def test_the_command_line_wins_over_the_environment(cli: Cli) -> None:
    """A variable counts only when its option is not given."""
    done = cli(*SOURCES, SELINON_NODES_DEFINITION="none.yml", SELINON_FLOW_DEFINITIONS="none.yml")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("-n", "nodes.yml"), ("-f", "daily.yml"), ("-x",)])
def test_wrong_usage(cli: Cli, arguments: tuple[str, ...]) -> None:
    """Both kinds of files have to be named; the status is 2."""
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_execute_leaves_a_file_that_was_named(cli: Cli) -> None:
    """The file that `--config-py` names is the one that `inspect --dump` writes, kept with and without being told."""
    cli(*SOURCES, "--dump", "dump.py")
    variables = {"PREFIX": "p", "REGION": "eu"}
    flow = ("--flow-name", "weekly", "--hide-progressbar")
    done = cli(*SOURCES, *flow, "--config-py", "a.py", command="execute", **variables)
    assert done.returncode == 0, done.stderr
    more = {"SELINON_EXECUTE_CONFIG_PY": "b.py", "SELINON_EXECUTE_KEEP_CONFIG_PY": "1"}
    done = cli(*SOURCES, *flow, command="execute", **variables, **more)
    assert done.returncode == 0, done.stderr
    assert Path("a.py").read_text() == Path("b.py").read_text() == Path("dump.py").read_text()
    done = cli("--package", "x", *flow, "--config-py", "c.py", command="execute")
    assert done.returncode == 2
    assert "--config-py goes with YAML files" in done.stderr


def test_a_misspelt_command(cli: Cli) -> None:
    """A command that does not exist is wrong usage; a similar one is offered, if there is any."""
    misspelt, unlike = cli(command="inspcet"), cli(command="zzz")
    assert misspelt.returncode == unlike.returncode == 2
    assert "no such command `inspcet`; a similar one exists: `inspect`" in misspelt.stderr
    assert "similar" not in unlike.stderr
