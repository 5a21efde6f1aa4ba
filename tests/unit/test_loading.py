"""Loading emitted packages: what is checked before anything of them is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from selinon.abi import SettingsSpec
from selinon.errors import ConfigurationError, UnknownError, UnknownFlowError, UnknownStorageError
from selinon.loading import FolderFiles, LoadedPackage, MemoryFiles, import_package
from selinon_compiler import emit
from selinon_compiler.driver import compile_files

NODES = """
tasks: [{name: Load, import: code, storage: Memory, output_schema: schema.json}]
flows: [daily]
storages: [{name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}]
flow-definitions: [{name: daily, edges: [{from: , to: Load}]}]
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return the files of a small package."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nodes.yaml").write_text(NODES)
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    result = compile_files("nodes.yaml", ["nodes.yaml"])
    assert result.plan is not None
    assert result.origins is not None
    package = emit.package(
        result.plan, result.origins, name="flows", version="1.0.0", compiler_version="0"
    )
    return dict(package.files)


def loaded(files: Mapping[str, bytes]) -> LoadedPackage:
    """Return a package from files in memory."""
    return LoadedPackage(MemoryFiles("flows", files))


def test_specifications_come_out_as_they_went_in(files: dict[str, bytes]) -> None:
    """Flows, tasks, storages, settings and schemas are those of the configuration."""
    package = loaded(files)
    assert package.flow_names == ("daily",)
    assert package.flow("daily").edges[0].destinations == ("Load",)
    task = package.task("Load")
    assert (task.storage, task.task.module) == ("Memory", "code")
    assert task.output_schema is not None
    assert package.schema("Load") == {"type": "object"}
    assert package.storage("Memory").adapter.name == "InMemoryStorage"
    assert package.settings == SettingsSpec()


def test_unknown_names_are_told(files: dict[str, bytes]) -> None:
    """A name that the package does not have raises the error of its kind."""
    package = loaded(files)
    with pytest.raises(UnknownFlowError, match="nightly"):
        package.flow("nightly")
    with pytest.raises(UnknownError, match="Store"):
        package.task("Store")
    with pytest.raises(UnknownStorageError, match="Disk"):
        package.storage("Disk")


def test_a_changed_file_is_not_run(files: dict[str, bytes]) -> None:
    """A module whose text is not the one that was built is refused before any of it is run."""
    path = "v1_0_0/flows/daily.py"
    files[path] = b"raise SystemExit('it was run')\n" + files[path]
    with pytest.raises(ConfigurationError, match=r"v1_0_0/flows/daily\.py"):
        loaded(files).flow("daily")


def test_a_missing_file_is_told(files: dict[str, bytes]) -> None:
    """A file that is gone is named."""
    del files["v1_0_0/settings.py"]
    with pytest.raises(ConfigurationError, match=r"settings\.py"):
        _ = loaded(files).settings


def test_files_are_read_when_they_are_used(files: dict[str, bytes]) -> None:
    """A broken file does no harm to what does not need it."""
    files["v1_0_0/flows/daily.py"] = b""
    assert loaded(files).task("Load").name == "Load"


@pytest.mark.parametrize("key", ["format", "abi"])
def test_foreign_formats_are_refused(files: dict[str, bytes], key: str) -> None:
    """A package of a format or contract that this runtime does not know is refused, with what it knows."""
    manifest = json.loads(files["manifest.json"])
    manifest[key] = 99
    files["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(ConfigurationError, match=f"{key} 99.*reads {key} 1"):
        loaded(files)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_a_broken_manifest_is_refused(files: dict[str, bytes], text: bytes) -> None:
    """What is no manifest is a configuration error, not a traceback."""
    files["manifest.json"] = text
    with pytest.raises(ConfigurationError, match=r"manifest\.json"):
        loaded(files)


def test_a_file_of_another_kind_is_refused(files: dict[str, bytes]) -> None:
    """A module with a right digest and a wrong object in it is refused."""
    path = "v1_0_0/flows/daily.py"
    files[path] = b"FLOW = 1\n"
    manifest = json.loads(files["manifest.json"])
    manifest["files"][path] = hashlib.sha256(files[path]).hexdigest()
    files["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(ConfigurationError, match="FlowSpec"):
        loaded(files).flow("daily")


def test_versions_that_are_not_carried_are_refused(files: dict[str, bytes]) -> None:
    """Asking for another version than the package carries says so."""
    with pytest.raises(ConfigurationError, match=r"2\.0\.0"):
        LoadedPackage(MemoryFiles("flows", files), "2.0.0")


def test_a_package_on_disk(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that can be imported is found by its name, and read from its folder."""
    for path, content in files.items():
        target = tmp_path / "out" / "stored_flows" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    assert import_package("stored_flows").flow("daily").name == "daily"
    assert LoadedPackage(FolderFiles(str(tmp_path / "out" / "stored_flows"))).version == "1.0.0"


@pytest.mark.parametrize("name", ["json", "no_such_package_of_flows"])
def test_other_modules_are_no_packages(name: str) -> None:
    """A module that the compiler did not write is refused, as is one that does not exist."""
    with pytest.raises(ConfigurationError, match=name):
        import_package(name)
