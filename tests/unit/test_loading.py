"""Loading emitted packages: what is checked before anything of them is used."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from selinon.abi import SettingsSpec
from selinon.errors import ConfigurationError, UnknownError, UnknownFlowError, UnknownStorageError
from selinon.loading import FolderFiles, LoadedPackage, MemoryFiles, import_package
from selinon.registry import Deployment
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


def install(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a package into a folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


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
    with pytest.raises(ConfigurationError, match=f"{key} 99.*reads {key} [12]"):
        loaded(files)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_a_broken_manifest_is_refused(files: dict[str, bytes], text: bytes) -> None:
    """What is no manifest is a configuration error, not a traceback."""
    files["manifest.json"] = text
    with pytest.raises(ConfigurationError, match=r"manifest\.json"):
        loaded(files)


def reindexed(files: dict[str, bytes], path: str, change: Callable[[Any], None]) -> None:
    """Change a file of JSON, and put its new digest into the manifest, as somebody who edits a package may do."""
    document = json.loads(files[path])
    change(document)
    files[path] = json.dumps(document).encode()
    text = files["manifest.json"].decode()
    before = {kind: digests[0] for kind, digests in manifest(files)["index"].items()}
    kind = path.split("/")[-1].partition("_")[0]
    files["manifest.json"] = text.replace(before[kind], digest(files[path])).encode()


def manifest(files: Mapping[str, bytes]) -> Any:
    """Return what a manifest says of the version."""
    return json.loads(files["manifest.json"])["versions"]["1.0.0"]


def digest(content: bytes) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"FLOW = 1\n", "FlowSpec"),
        (b"", "FlowSpec"),
        (
            b"from selinon.abi import FlowSpec\nFLOW = FlowSpec(name='x', fingerprint='', edges=())",
            "`x` where `daily`",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(
    files: dict[str, bytes], text: bytes, message: str
) -> None:
    """A module with a right digest and a wrong object in it is refused."""
    path = "v1_0_0/flows/daily.py"
    files[path] = text
    reindexed(
        files, "v1_0_0/index/flows_0.json", lambda index: index["daily"].update(digest=digest(text))
    )
    with pytest.raises(ConfigurationError, match=message):
        loaded(files).flow("daily")


def test_an_index_that_leads_elsewhere_is_refused(files: dict[str, bytes]) -> None:
    """Entries that name the module of something else are no way around the names."""
    index = json.loads(files["v1_0_0/index/tasks_0.json"])["Load"]
    reindexed(
        files, "v1_0_0/index/flows_0.json", lambda flows: flows["daily"].update(file=index["file"])
    )
    with pytest.raises(ConfigurationError, match="is not the one that was built"):
        loaded(files).flow("daily")
    reindexed(files, "v1_0_0/index/flows_0.json", lambda flows: flows["daily"].update(index))
    with pytest.raises(ConfigurationError, match="FlowSpec"):
        loaded(files).flow("daily")


class Watched:
    """Files of a package, and the paths that were asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = MemoryFiles("flows", files)
        self.asked: list[str] = []

    def read(self, path: str) -> bytes:
        self.asked.append(path)
        return self.files.read(path)

    def label(self, path: str) -> str:
        return self.files.label(path)


OUTSIDE = [
    "../../etc/passwd",
    "/etc/passwd",
    "v1_0_0/../../x",
    "C:/x",
    "a\\b",
    "",
    ".hidden",
    "a//b",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out_of_the_package(files: dict[str, bytes], path: str) -> None:
    """Paths that could lead elsewhere are refused, wherever they stand, before anything is read there."""
    original = dict(files)

    def edited(**changes: Any) -> dict[str, bytes]:
        document = json.loads(original["manifest.json"])
        document["versions"]["1.0.0"].update(changes)
        return {**original, "manifest.json": json.dumps(document).encode()}

    for changed in (edited(settings=path), edited(directory=path)):
        watched = Watched(changed)
        with pytest.raises(ConfigurationError, match=r"manifest\.json"):
            LoadedPackage(watched)
        assert watched.asked == ["manifest.json"]
    reindexed(files, "v1_0_0/index/flows_0.json", lambda index: index["daily"].update(file=path))
    reindexed(
        files, "v1_0_0/index/tasks_0.json", lambda index: index["Load"]["schema"].update(file=path)
    )
    watched = Watched(files)
    package = LoadedPackage(watched)
    for use in (lambda: package.flow("daily"), lambda: package.schema("Load")):
        with pytest.raises(ConfigurationError, match=r"index/\w+_0\.json"):
            use()
    assert watched.asked == [
        "manifest.json",
        "v1_0_0/index/flows_0.json",
        "v1_0_0/index/tasks_0.json",
    ]


WRONG: list[Any] = [None, 1, "text", [], {}, [1], {"a": 1}, [None, 1], True]


def spoiled(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield a document with each of its parts left out, or of a wrong type, and how that came about."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in list(items):
        for wrong in WRONG:
            changed = copy.deepcopy(document)
            changed[key] = wrong
            yield f"{key} = {wrong!r}", changed
        if isinstance(document, dict):
            yield f"no {key}", {name: document[name] for name in document if name != key}
        if isinstance(value, dict | list):
            for how, inner in spoiled(value):
                changed = copy.deepcopy(document)
                changed[key] = inner
                yield f"{key}.{how}", changed


def test_a_manifest_edited_by_hand_is_no_traceback(files: dict[str, bytes]) -> None:
    """Whatever is left out of a manifest, or is of a wrong type, the package is used or refused, and nothing else."""
    refused = 0
    for how, document in spoiled(json.loads(files["manifest.json"])):
        edited = {**files, "manifest.json": json.dumps(document).encode()}
        try:
            use(loaded(edited))
        except ConfigurationError:
            refused += 1
        except Exception as error:
            pytest.fail(f"{how}: {error!r}")
    assert refused > 100


def test_an_index_edited_by_hand_is_no_traceback(files: dict[str, bytes]) -> None:
    """The same for the index, with the digests put right."""
    refused = 0
    for path in [path for path in files if "/index/" in path]:
        for how, document in [*spoiled(json.loads(files[path])), ("all", []), ("all", 1)]:
            edited = dict(files)
            edited[path] = json.dumps(document).encode()
            text = files["manifest.json"].decode()
            edited["manifest.json"] = text.replace(
                digest(files[path]), digest(edited[path])
            ).encode()
            try:
                use(loaded(edited))
            except (ConfigurationError, UnknownError):
                refused += 1
            except Exception as error:
                pytest.fail(f"{path} {how}: {error!r}")
    assert refused > 20


def use(package: LoadedPackage) -> None:
    """Use everything that the package of these tests has."""
    Deployment(package, {}).missing_environment()
    for name in package.flow_names:
        package.flow(name)
    for name in package.task_names:
        package.task(name)
        package.schema(name)
    for name in package.storage_names:
        package.storage(name)
    _ = package.settings
    assert dict(package.flow_queues()).keys() == set(package.flow_names)
    assert dict(package.task_queues()).keys() == set(package.task_names)


def test_what_is_not_used_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a package of many flows, one flow needs the manifest, a part of the index, and its own files."""
    monkeypatch.chdir(tmp_path)
    names = [f"flow{number:03}" for number in range(300)]
    flows = "".join(f"- {{name: {name}, edges: [{{from: , to: Load}}]}}\n" for name in names)
    listed = f"flows: [{', '.join(names)}]\n"
    text = NODES.replace("flows: [daily]\n", listed).replace("[{name: daily, ", "\n")
    text = text[: text.index("flow-definitions")] + "flow-definitions:\n" + flows
    (tmp_path / "nodes.yaml").write_text(text.replace(", output_schema: schema.json", ""))
    result = compile_files("nodes.yaml", ["nodes.yaml"])
    assert result.plan is not None
    package = emit.package(result.plan, {}, name="flows", version="1.0.0", compiler_version="0")
    watched = Watched(package.files)
    deployment = Deployment(LoadedPackage(watched), {})
    deployment.missing_environment()
    flow = deployment.flow("flow123")
    deployment.task_queue(flow.edges[0].destinations[0])
    deployment.flow_queue("flow123")
    assert sorted(re.sub(r"_\d+\.json", "", path) for path in watched.asked) == [
        "manifest.json",
        "v1_0_0/flows/flow123.py",
        "v1_0_0/index/flows",
        "v1_0_0/index/tasks",
        "v1_0_0/settings.py",
    ]
    watched.asked.clear()
    assert len(deployment.flow_queues) == 300
    assert {re.sub(r"_\d+\.json", "", path) for path in watched.asked} == {"v1_0_0/index/flows"}


def test_versions_that_are_not_carried_are_refused(files: dict[str, bytes]) -> None:
    """Asking for another version than the package carries says so."""
    with pytest.raises(ConfigurationError, match=r"2\.0\.0"):
        LoadedPackage(MemoryFiles("flows", files), "2.0.0")


def test_a_package_on_disk(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that can be imported is found by its name, and read from its folder."""
    install(files, tmp_path / "out" / "stored_flows")
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    assert import_package("stored_flows").flow("daily").name == "daily"
    assert LoadedPackage(FolderFiles(str(tmp_path / "out" / "stored_flows"))).version == "1.0.0"


@pytest.mark.parametrize("name", ["json", "no_such_package_of_flows", "", ".relative", "a..b"])
def test_other_modules_are_no_packages(name: str) -> None:
    """A module that the compiler did not write is refused, as is one that does not exist."""
    with pytest.raises(ConfigurationError, match=f"`{name}`"):
        import_package(name)


NOT_NEEDED = (
    "dataclasses",
    "datetime",
    "hashlib",
    "inspect",
    "logging",
    "selinon.predicates",
    "selinon.storages",
    "selinon.store",
    "selinon.trace.sinks",
    "threading",
    "uuid",
)
"""Modules that cost more than beginning a flow should, or that only later steps use."""


def test_beginning_a_flow_imports_little(files: dict[str, bytes], tmp_path: Path) -> None:
    """A process that loads a package and begins a flow gets its first task without what it does not need for that."""
    install(files, tmp_path / "out" / "stored_flows")
    code = f"""
import sys
from selinon import Config, registry
from selinon.engine import Slice, Start, begin, first_run

Config.set_config_package("stored_flows")
flow = registry.current().flow("daily")
[command] = begin(flow, Slice(run=first_run("run", "daily", None)), [Start()]).outcome.commands
task, queue = registry.current().task(command.name), registry.current().task_queue(command.name)
print(task.name, queue, *(name for name in {NOT_NEEDED!r} if name in sys.modules))
"""
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "out"), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.split() == ["Load", "celery"]
