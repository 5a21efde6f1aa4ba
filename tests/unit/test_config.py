"""Configuring a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from selinon import Config, ConfigNotInitializedError, ConfigurationError, registry
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


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a directory with a configuration, and no configuration from before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_CURRENT", [])
    (tmp_path / "nodes.yaml").write_text(NODES)
    (tmp_path / "own.py").write_text("class Load: ...\nclass Read: ...\n")
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
