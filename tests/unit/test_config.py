"""Configuring a process."""

from __future__ import annotations

import copy
import gc
import linecache
import re
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from selinon import (
    Config,
    ConfigNotInitializedError,
    ConfigurationError,
    UnknownError,
    in_use,
    registry,
)
from selinon.local import LocalExecutor
from selinon.trace import LoggingSink
from selinon_compiler.cli import main as compile_command

NODES = """
tasks:
  - {name: Load, import: own, queue: '{PREFIX}_load'}
  - {name: Read, import: own, storage: Memory, storage_readonly: true}
flows: [daily]
storages: [{name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}]
global: {default_dispatcher_queue: '{PREFIX}_{REGION}'}
flow-definitions: [{name: daily, edges: [{from: , to: [Load, Read]}]}]
"""

TASKS = """
from selinon import SelinonTask

class Load(SelinonTask):
    def run(self, node_args):
        return node_args

class Read(SelinonTask):
    def run(self, node_args):
        pass
"""

OTHERS = """
from selinon.storages.memory import InMemoryStorage

class Kept(InMemoryStorage):
    disconnected = False
    def disconnect(self):
        self.disconnected = True

def items(storage_pool, node_args):
    return [1]
"""

MAPPING: dict[str, Any] = {
    "tasks": [
        {"name": "Load", "import": "own", "storage": "Memory"},
        {"name": "Read", "import": "own", "queue": "010"},
    ],
    "flows": ["nightly"],
    "storages": [
        {"name": "Memory", "import": "selinon.storages.memory", "classname": "InMemoryStorage"}
    ],
    "flow-definitions": [
        {
            "name": "nightly",
            "edges": [
                {"from": None, "to": "Load"},
                {
                    "from": "Load",
                    "to": "Read",
                    "condition": {"name": "fieldEqual", "args": {"key": "on", "value": "yes"}},
                },
            ],
        }
    ],
}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a directory with a configuration, and no configuration from before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_CURRENT", [])
    monkeypatch.setattr(in_use, "_WAITING", [])
    monkeypatch.setattr(Config, "celery_app", None)
    (tmp_path / "nodes.yaml").write_text(NODES)
    (tmp_path / "own.py").write_text(TASKS)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("own", "built_flows"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables that the configuration refers to."""
    monkeypatch.setenv("PREFIX", "test")
    monkeypatch.setenv("REGION", "eu")


def test_nothing_is_configured_at_first() -> None:
    """Asking before configuring says what to call."""
    with pytest.raises(ConfigNotInitializedError, match="set_config_yaml"):
        Config.is_flow("daily")


@pytest.mark.usefixtures("environment")
def test_yaml_files() -> None:
    """YAML files are compiled and used at once; one path stands for a list of one."""
    Config.set_config_yaml("nodes.yaml", "nodes.yaml")
    assert Config.is_flow("daily")
    assert not Config.is_flow("Load")
    assert Config.is_task("Load")
    assert Config.task_queues == {"Load": "test_load", "Read": "celery"}
    assert Config.dispatcher_queues == {"daily": "test_eu"}
    assert not Config.has_storage("Load")
    assert Config.has_storage("Read")
    assert Config.has_readonly_storage("Read")


def test_all_missing_variables_are_told_at_once() -> None:
    """Every variable that is not set is named, and what was configured before stays."""
    with pytest.raises(ConfigurationError, match=r"(?s)`PREFIX` is not set.*`REGION` is not set"):
        Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])
    with pytest.raises(ConfigNotInitializedError):
        registry.current()


@pytest.mark.usefixtures("environment")
def test_mistakes_are_told_with_their_places(directory: Path) -> None:
    """All mistakes are in the text of the error, with file and line."""
    (directory / "nodes.yaml").write_text(NODES.replace("[Load, Read]", "[Loud, Read]"))
    with pytest.raises(ConfigurationError, match=r"SEL201[^-]*--> nodes\.yaml:8:"):
        Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])


@pytest.mark.usefixtures("environment")
def test_missing_modules_are_errors_here(directory: Path) -> None:
    """What `check` only warns of is an error where the code is about to be run."""
    (directory / "own.py").unlink()
    with pytest.raises(ConfigurationError, match=r"error\[SEL210\]"):
        Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])


def ran(flow: str, arguments: Any = None) -> list[str]:
    """Run a flow of the configuration in use, and return the names of the nodes that finished."""
    result = LocalExecutor(registry.current()).run(flow, arguments)
    assert result.state == "succeeded"
    return sorted(result.nodes["finished_nodes"])


# Mappings


@pytest.mark.parametrize("form", ["mapping", "list", "tuple", "twice"])
def test_mappings(form: str) -> None:
    """One mapping in both roles, or a list of mappings, is compiled and used; nothing in it is changed."""
    given = copy.deepcopy(MAPPING)
    forms: dict[str, Any] = {"list": [given], "tuple": (given,), "twice": [given, given]}
    Config.set_config_dict(given, forms.get(form, given))
    assert given == MAPPING
    assert Config.task_queues == {"Load": "celery", "Read": "010"}
    assert ran("nightly", {"on": "yes"}) == ["Load", "Read"]
    assert ran("nightly", {"on": True}) == ["Load"]


def test_flows_from_several_mappings() -> None:
    """Nodes and flows may stand in mappings of their own, which may share parts."""
    edges = [{"from": None, "to": "Load"}]
    nodes = {"tasks": MAPPING["tasks"][:1], "storages": MAPPING["storages"], "flows": ["a", "b"]}
    flows = [{"flow-definitions": [{"name": name, "edges": edges}]} for name in ("a", "b")]
    Config.set_config_dict(nodes, flows)
    assert (ran("a"), ran("b")) == (["Load"], ["Load"])


def test_mistakes_in_mappings_are_told_as_in_files() -> None:
    """All mistakes are told, once each, with the place in the mapping written as YAML."""
    wrong = copy.deepcopy(MAPPING)
    wrong["tasks"][1]["max_retry"] = "2"
    edges = wrong["flow-definitions"][0]["edges"]
    edges[0]["to"] = ["Loud"]
    edges.append(edges[0])
    with pytest.raises(ConfigurationError) as raised:
        Config.set_config_dict(wrong, wrong)
    assert re.findall(r"(SEL\d+).*\n *--> (\S+)", str(raised.value)) == [
        ("SEL101", "<nodes>:8:16"),
        ("SEL201", "<nodes>:21:13"),
    ]
    assert "21 |           - Loud\n   |             ^^^^\n" in str(raised.value)
    wrong = {"flow-definitions": [{"name": "nightly", "edges": []}]}
    with pytest.raises(ConfigurationError, match=r"--> <flows>:3:12"):
        Config.set_config_dict(MAPPING, wrong)
    with pytest.raises(ConfigurationError, match=r"--> <flows\[1\]>:3:12"):
        Config.set_config_dict(MAPPING, [MAPPING, wrong])


@pytest.mark.parametrize(
    ("nodes", "flows", "message"),
    [
        ("nodes.yaml", "nodes.yaml", "takes a mapping of nodes"),
        (MAPPING, ["nodes.yaml"], "takes a mapping of nodes"),
        (MAPPING, None, "takes a mapping of nodes"),
        ({**MAPPING, "x": object()}, MAPPING, r"`nodes\['x'\]` holds an object of type `object`"),
        (MAPPING, {"flow-definitions": {1}}, r"`flows\['flow-definitions'\]` holds .* `set`"),
        (MAPPING, [MAPPING, {"x": b"", 0: {1}}], r"`flows\[1\]\[0\]` holds .* `set`"),
        ({**MAPPING, "tasks": [{1: "Load"}]}, MAPPING, r"SEL102.*must be a string\n --> <nodes>:2:5"),
    ],
)  # fmt: skip
def test_mappings_that_are_none(nodes: Any, flows: Any, message: str) -> None:
    """What cannot be a configuration at all is named with the keys that lead to it."""
    with pytest.raises(ConfigurationError, match=message):
        Config.set_config_dict(nodes, flows)


# One Python file


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("keep", [False, True])
def test_a_file_that_the_user_named_stays(directory: Path, keep: bool) -> None:
    """The compiled configuration is written to `config_py`, which is never deleted, and can be used again."""
    target = directory / "config.py"
    target.write_text("what was there before")
    Config.set_config_yaml(Path("nodes.yaml"), [directory], target, keep_config_py=keep)
    queues = Config.task_queues
    (directory / "nodes.yaml").unlink()
    before = sorted(directory.iterdir()), target.read_bytes(), dict(sys.modules), sys.path[:]
    registry._CURRENT.clear()
    Config.set_config_py("config.py")
    assert Config.task_queues == queues
    assert (sorted(directory.iterdir()), target.read_bytes(), dict(sys.modules), sys.path) == before
    assert ran("daily") == ["Load", "Read"]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("none/config.py", "cannot write `none/config.py`: No such file or directory"),
        (".", r"cannot write `\.`: Is a directory"),
        ("nodes.yaml", "cannot write `nodes.yaml`: the configuration is read from it"),
        ("\0", "cannot write"),
        (5, "`config_py` has to be a path, not an object of type `int`"),
    ],
)
def test_a_file_that_cannot_be_written(directory: Path, target: Any, message: str) -> None:
    """One error says why; nothing is configured, and nothing is left on disk."""
    before = sorted(directory.iterdir())
    with pytest.raises(ConfigurationError, match=message):
        Config.set_config_yaml("nodes.yaml", "nodes.yaml", target)
    with pytest.raises(ConfigNotInitializedError):
        registry.current()
    assert sorted(directory.iterdir()) == before


@pytest.mark.usefixtures("environment")
def test_without_a_name_nothing_is_written(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling leaves no file, not even in the directory for temporary ones."""
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    before = sorted(directory.rglob("*"))
    Config.set_config_yaml("nodes.yaml", "nodes.yaml")
    assert sorted(directory.rglob("*")) == before


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    "flows", ["folder", ["folder"], Path("folder"), b"folder", ["folder/a.yml", Path("folder/b")]]
)
def test_paths_of_flows(directory: Path, flows: Any) -> None:
    """Flow files are given by one path or several, of files or directories, in any form that `open` takes."""
    (directory / "folder" / "b").mkdir(parents=True)
    (directory / "all.yaml").write_text(NODES.replace("[daily]", "[daily, weekly]"))
    text = "flow-definitions: [{name: %s, edges: [{from: , to: [Load, Read]}]}]"
    (directory / "folder" / "a.yml").write_text(text % "daily")
    (directory / "folder" / "b" / "c.yaml").write_text(text % "weekly")
    Config.set_config_yaml("all.yaml", flows)
    assert (Config.is_flow("daily"), Config.is_flow("weekly")) == (True, True)


@pytest.mark.parametrize(
    ("nodes", "flows", "message"),
    [
        (
            MAPPING,
            "nodes.yaml",
            "the nodes file has to be .* `dict`\nhelp: `Config.set_config_dict`",
        ),
        ("nodes.yaml", MAPPING, "a flow file has to be .* `dict`\nhelp: `Config.set_config_dict`"),
        ("nodes.yaml", None, "a flow file has to be a path, not an object of type `NoneType`$"),
        ("nodes.yaml", [5], "a flow file has to be a path, not an object of type `int`$"),
    ],
)
def test_what_is_no_path(nodes: Any, flows: Any, message: str) -> None:
    """Another object in the place of a path is named."""
    with pytest.raises(ConfigurationError, match=message):
        Config.set_config_yaml(nodes, flows)


# The program


def test_a_celery_application_before_or_after(directory: Path) -> None:
    """The application may be set before or after a configuration, and stays with further ones."""
    app = Celery("shop", set_as_current=False)
    Config.set_celery_app(app)
    Config.set_config_dict(MAPPING, MAPPING)
    Config.set_config_dict(MAPPING, MAPPING)
    assert Config.celery_app is app
    other = Celery("other", set_as_current=False)
    Config.set_celery_app(other)
    assert Config.celery_app is other
    assert Config.is_flow("nightly")
    for known in (app, other):
        names = sorted(name for name in known.tasks if name.startswith("selinon"))
        assert names == ["selinon.Dispatcher", "selinon.SelinonTaskEnvelope"]
    Config.set_celery_app(None)
    assert Config.celery_app is None


@pytest.mark.usefixtures("environment")
def test_init(directory: Path) -> None:
    """Application and YAML files can be given in one call, of which all or nothing takes place."""
    app = Celery("shop", set_as_current=False)
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        Config.init(app, "nodes.yaml", ["none.yaml"])
    with pytest.raises(ConfigurationError, match="'shop' is not a Celery application"):
        Config.init("shop", "nodes.yaml", ["nodes.yaml"])
    assert (Config.celery_app, registry._CURRENT) == (None, [])
    Config.init(app, "nodes.yaml", ["nodes.yaml"], config_py="config.py")
    assert (Config.celery_app, Config.is_flow("daily")) == (app, True)
    assert (directory / "config.py").exists()
    Config.init(None, "nodes.yaml", ["nodes.yaml"])
    assert Config.celery_app is app


@pytest.mark.usefixtures("environment")
def test_facts_about_storages() -> None:
    """A storage that is only read is one; a flow has none; a name that nothing has is an error."""
    text = NODES.replace("import: own, queue", "import: own, storage: Memory, queue")
    Path("nodes.yaml").write_text(
        text.replace("tasks:", "tasks:\n  - {name: Bare, import: own, classname: Load}")
    )
    Path("nodes.yaml").write_text(
        Path("nodes.yaml").read_text().replace("[Load, Read]", "[Load, Read, Bare]")
    )
    Config.set_config_yaml("nodes.yaml", "nodes.yaml")
    facts = (Config.has_storage, Config.has_readonly_storage, Config.has_readwrite_storage)
    assert [fact("Load") for fact in facts] == [True, False, True]
    assert [fact("Read") for fact in facts] == [True, True, False]
    assert [fact("Bare") for fact in facts] == [False, False, False]
    assert [fact("daily") for fact in facts] == [False, False, False]
    for fact in facts:
        with pytest.raises(UnknownError, match="there is no task `Laod`"):
            fact("Laod")


def test_queues_tell_all_missing_variables_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that are gone when queues are asked for are all named."""
    monkeypatch.setenv("PREFIX", "test")
    monkeypatch.setenv("REGION", "eu")
    Config.set_config_yaml("nodes.yaml", "nodes.yaml")
    monkeypatch.delenv("PREFIX")
    monkeypatch.delenv("REGION")
    for queues in ("task_queues", "dispatcher_queues"):
        with pytest.raises(ConfigurationError, match="not set: PREFIX, REGION"):
            getattr(Config, queues)


def test_own_predicates_beside_the_built_in_ones(directory: Path) -> None:
    """A predicates module that takes over the built-in ones and adds some offers them all to conditions."""
    (directory / "tests_of_ours.py").write_text(
        "from selinon.predicates import *\n\ndef loud(node_args, by):\n    return node_args['on'] == by\n"
    )
    given = copy.deepcopy(MAPPING)
    given["global"] = {"predicates_module": "tests_of_ours"}
    loud = {"name": "loud", "args": {"by": "yes"}}
    edge = given["flow-definitions"][0]["edges"][1]
    edge["condition"] = {"and": [edge["condition"], loud, {"not": {"name": "alwaysFalse"}}]}
    Config.set_config_dict(given, given)
    assert ran("nightly", {"on": "yes"}) == ["Load", "Read"]
    assert ran("nightly", {"on": "no"}) == ["Load"]
    del sys.modules["tests_of_ours"]


# Sinks of trace events


def heard(events: list[int]) -> Any:
    """Return a function that takes note of the numbers of events."""
    return lambda number, details: events.append(number)


def test_sinks_go_to_the_configuration_in_use_or_to_the_next() -> None:
    """Sinks that the program adds are those of one configuration, also when they were added before the first."""
    early: list[int] = []
    late: list[int] = []
    Config.trace_by_func(heard(early))
    Config.set_config_dict(MAPPING, MAPPING)
    Config.trace_by_func(heard(late))
    ran("nightly", {})
    assert early
    assert early == late
    Config.set_config_dict(MAPPING, MAPPING)
    early.clear()
    late.clear()
    ran("nightly", {})
    assert (early, late) == ([], [])


def test_a_configuration_that_fails_keeps_sinks_waiting() -> None:
    """Sinks that wait for a configuration go to the first that can be used."""
    events: list[int] = []
    Config.trace_by_func(heard(events))
    with pytest.raises(ConfigurationError):
        Config.set_config_dict({}, MAPPING)
    Config.set_config_dict(MAPPING, MAPPING)
    ran("nightly", {})
    assert events


def test_lines_are_written_once(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Tracing by logging or as JSON, asked for by the configuration and twice by the program, says things once."""
    Config.trace_by_logging()
    Config.trace_by_json()
    traced = {**MAPPING, "global": {"trace": [{"logging": True}]}}
    Config.set_config_dict(traced, MAPPING)
    Config.trace_by_logging()
    Config.trace_by_json()
    with caplog.at_level("INFO"):
        ran("nightly", {})
    assert capsys.readouterr().out.count('"FLOW_START"') == 1
    assert caplog.text.count(" - FLOW_START : ") == 1


def test_sinks_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that is no function, and Sentry without its DSN or its library, are refused in one sentence."""
    with pytest.raises(ConfigurationError, match="5 is not a function"):
        Config.trace_by_func(5)  # type: ignore[arg-type]  # that is the point
    monkeypatch.delenv("SENTRY_DSN", raising=False)
    with pytest.raises(ConfigurationError, match="SENTRY_DSN"):
        Config.trace_by_sentry()
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ConfigurationError, match=r"install `selinon\[sentry\]`"):
        Config.trace_by_sentry("https://key@sentry.invalid/1")


def test_sentry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DSN may be given, may hold variables, and is otherwise that of Sentry's own variable."""
    pytest.importorskip("sentry_sdk")
    monkeypatch.setenv("KEY", "key")
    monkeypatch.setenv("SENTRY_DSN", "https://key@sentry.invalid/1")
    Config.trace_by_sentry()
    Config.trace_by_sentry("https://{KEY}@sentry.invalid/1")
    Config.set_config_dict(MAPPING, MAPPING)
    assert len(registry.current().tracer.sinks) == 2
    for dsn in ("no address", "https://{"):
        with pytest.raises(ConfigurationError, match="the DSN of Sentry is wrong: "):
            Config.trace_by_sentry(dsn)


# One configuration after the other


def built(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build the package `built_flows` of the mapping that other tests use."""
    Config.set_config_dict(MAPPING, MAPPING)
    (directory / "built.yaml").write_text(
        "tasks: [{name: Load, import: own}]\nflows: [built]\n"
        "global: {trace: [{logging: true}]}\n"
        "flow-definitions: [{name: built, edges: [{from: , to: Load}]}]\n"
    )
    with pytest.raises(SystemExit) as ended:
        compile_command(
            ["build", "-n", "built.yaml", "-f", "built.yaml", "--name", "built_flows", "-o", "out"]
        )
    assert ended.value.code == 0
    monkeypatch.syspath_prepend(str(directory / "out"))


@pytest.mark.usefixtures("environment")
def test_nothing_of_the_first_is_left(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From mappings to a package to YAML: storages, sinks, source lines, and the configuration itself are gone."""
    built(directory, monkeypatch)
    first = copy.deepcopy(MAPPING)
    first["flow-definitions"][0]["edges"][0]["foreach"] = {"import": "own", "function": "items"}
    first["flow-definitions"][0]["sampling"] = {"name": "constant", "args": {"retry": 1}}
    first["global"] = {"default_task_queue": "first", "trace": [{"json": True}]}
    first["storages"][0] = {"name": "Memory", "import": "own", "classname": "Kept"}
    (directory / "own.py").write_text(TASKS + OTHERS)
    Config.set_config_dict(first, first)
    ran("nightly", {})
    old = weakref.ref(registry.current())
    adapter: Any = registry.current().storages.connected("Memory")
    assert any(label.startswith("<selinon_flows/") for label in linecache.cache)
    modules = set(sys.modules)

    Config.set_config_package("built_flows")
    assert adapter.disconnected
    assert not any(label.startswith("<selinon_flows/") for label in linecache.cache)
    assert [type(sink) for sink in registry.current().tracer.sinks] == [LoggingSink]
    assert (Config.task_queues, Config.is_flow("nightly")) == ({"Load": "celery"}, False)
    assert ran("built") == ["Load"]
    gc.collect()
    assert old() is None
    assert {name for name in set(sys.modules) - modules if "flows" in name} == {"built_flows"}

    Config.set_config_yaml("nodes.yaml", "nodes.yaml")
    assert registry.current().tracer.sinks == ()
    assert (Config.is_flow("built"), ran("daily")) == (False, ["Load", "Read"])


def test_source_lines_are_those_of_the_configuration_in_use() -> None:
    """The same file of two configurations is shown as it is now, and as it was when the second could not be used."""
    Config.set_config_dict(MAPPING, MAPPING)
    label = "<selinon_flows/v1_0_0/flows/nightly.py>"
    registry.current().flow("nightly")
    shown = linecache.getlines(label)
    assert "fieldEqual" in "".join(shown)
    other = copy.deepcopy(MAPPING)
    other["flow-definitions"][0]["edges"][1]["condition"]["name"] = "fieldNotEqual"
    other["tasks"][0]["queue"] = "{MISSING}"
    with pytest.raises(ConfigurationError, match="MISSING"):
        Config.set_config_dict(other, other)
    assert linecache.getlines(label) == shown
    del other["tasks"][0]["queue"]
    Config.set_config_dict(other, other)
    registry.current().flow("nightly")
    assert "fieldNotEqual" in "".join(linecache.getlines(label))


@pytest.mark.usefixtures("environment")
def test_a_second_configuration_leaves_nothing_of_the_first(directory: Path) -> None:
    """Flows, tasks and queues are those of the last configuration only."""
    Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])
    (directory / "other.yaml").write_text(
        "tasks: [{name: Save, import: own, classname: Load}]\nflows: [nightly]\n"
        "flow-definitions: [{name: nightly, edges: [{from: , to: Save}]}]\n"
    )
    Config.set_config_yaml("other.yaml", ["other.yaml"])
    assert not Config.is_flow("daily")
    assert Config.task_queues == {"Save": "celery"}
    assert Config.dispatcher_queues == {"nightly": "celery"}


@pytest.mark.usefixtures("environment")
def test_a_compiled_package(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that was built is configured by its name, and needs no YAML any more."""
    with pytest.raises(SystemExit) as ended:
        compile_command(
            ["build", "-n", "nodes.yaml", "-f", "nodes.yaml", "--name", "built_flows", "-o", "out"]
        )
    assert ended.value.code == 0
    (directory / "nodes.yaml").unlink()
    monkeypatch.syspath_prepend(str(directory / "out"))
    Config.set_config_package("built_flows")
    assert Config.task_queues["Load"] == "test_load"
