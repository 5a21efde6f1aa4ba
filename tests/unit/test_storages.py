"""Storage adapters, and the pool that hands them out."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from selinon import registry
from selinon.abi import CacheSpec, Reference, StorageSpec, TaskSpec
from selinon.caches import Cache
from selinon.errors import (
    CacheMissError,
    ConfigurationError,
    MissingRecordError,
    NoParentNodeError,
    RequestError,
    SelinonMissingDataException,
    StorageError,
    UnknownError,
    UnknownStorageError,
)
from selinon.storages import DataStorage
from selinon.storages.adapter import ExcInfo
from selinon.storages.filesystem import Filesystem
from selinon.storages.memory import InMemoryStorage
from selinon.storages.pool import StoragePool, Storages
from selinon.storages.records import RecordAddress
from selinon.trace import FunctionSink, StorageSink, Trace, Tracer

LRU_CACHE = CacheSpec(
    cache=Reference("selinon.caches", "LRU"), configuration={"max_cache_size": 10}
)


class Recorder(DataStorage):
    """Keeps what it was called with, and can be told to fail."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.calls: list[tuple[Any, ...]] = []
        self.results: dict[tuple[str, str, str], Any] = {}
        self.error: Exception | None = None
        self.online = False

    def is_connected(self) -> bool:
        return self.online

    def connect(self) -> None:
        if self.error is not None:
            raise self.error
        self.online = True
        self.calls.append(("connect",))

    def disconnect(self) -> None:
        self.online = False

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        self.calls.append(("retrieve", flow_name, task_name, task_id))
        if self.error is not None:
            raise self.error
        try:
            return self.results[flow_name, task_name, task_id]
        except KeyError:
            raise FileNotFoundError(task_id) from None

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> object:
        self.calls.append(("store", node_args, flow_name, task_name, task_id))
        self.results[flow_name, task_name, task_id] = result
        return f"record of {task_id}"

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        self.calls.append(("delete", flow_name, task_name, task_id))
        del self.results[flow_name, task_name, task_id]

    def trace(self, number: int, details: dict[str, Any]) -> None:
        self.calls.append(("trace", number))


class ShortStore(Recorder):
    """Its `store` takes no arguments of the flow, as in the documentation's example; it keeps failures."""

    def store(self, flow_name: str, task_name: str, task_id: str, result: Any) -> object:  # type: ignore[override]  # allowed by the pool
        return super().store("none", flow_name, task_name, task_id, result)

    def store_error(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, exc_info: ExcInfo
    ) -> object:
        self.calls.append(("store_error", node_args, flow_name, task_name, task_id, exc_info[1]))
        return "error record"


class Overlap(Recorder):
    """Notes how many calls ran at the same time."""

    running = 0
    most = 0

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        self.running += 1
        self.most = max(self.most, self.running)
        time.sleep(0.02)
        self.running -= 1


class SafeOverlap(Overlap):
    """Says that its calls may overlap."""

    thread_safe = True


class ForgetfulCache(Cache):
    """A user's cache that fails whenever it is used."""

    def add(
        self, item_id: str, item: Any, task_name: str | None = None, flow_name: str | None = None
    ) -> None:
        raise OSError("no cache server")

    def get(self, item_id: str, task_name: str | None = None, flow_name: str | None = None) -> Any:
        raise OSError("no cache server")


class PlainCache:
    """A user's cache of its own class: its methods take no names, and it cannot forget."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def add(self, item_id: str, item: Any) -> None:
        self.items[item_id] = item

    def get(self, item_id: str) -> Any:
        if item_id not in self.items:
            raise CacheMissError(item_id)
        return self.items[item_id]


class NamedCache(PlainCache):
    """A user's cache that is told names, and refuses to forget as the base class does."""

    told: ClassVar[list[dict[str, Any]]] = []

    def add(self, item_id: str, item: Any, **names: Any) -> None:
        self.told.append(names)
        super().add(item_id, item)

    def get(self, item_id: str, flow_name: str | None = None, task_name: str | None = None) -> Any:
        self.told.append({"flow_name": flow_name, "task_name": task_name})
        return super().get(item_id)

    delete = Cache.delete


class Keeper:
    """An adapter of a class of its own, which can neither delete nor keep failures."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}

    def is_connected(self) -> bool:
        return True

    def store(
        self, flow: str, task: str, id: str, result: Any, node_args: Any = "none given"
    ) -> object:
        self.results[id] = [node_args, result]
        return id

    def retrieve(self, flow: str, task: str, id: str) -> Any:
        return self.results[id]


class Configured(registry.Deployment):
    """A configuration made of specifications, which collects its trace."""

    def __init__(self, tasks: list[TaskSpec], storages: list[StorageSpec]) -> None:
        self.tasks = {task.name: task for task in tasks}
        self.specs = {storage.name: storage for storage in storages}
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.sinks = Tracer(
            [
                FunctionSink(
                    lambda number, details: self.events.append((Trace.event2str(number), details))
                )
            ]
        )

    @property
    def tracer(self) -> Tracer:
        return self.sinks

    def task(self, name: str) -> TaskSpec:
        try:
            return self.tasks[name]
        except KeyError:
            raise UnknownError(name) from None

    def storage(self, name: str) -> StorageSpec:
        try:
            return self.specs[name]
        except KeyError:
            raise UnknownStorageError(name) from None

    def traced(self) -> list[str]:
        """Return the names of the events so far, and start anew."""
        names = [name for name, _ in self.events]
        self.events.clear()
        return names


def task(name: str, storage: str | None = "Storage1", **options: Any) -> TaskSpec:
    """Return a task with a storage."""
    return TaskSpec(name=name, task=Reference("tasks", name), storage=storage, **options)


def storage(kind: type[object], name: str = "Storage1", **options: Any) -> StorageSpec:
    """Return a storage with this adapter."""
    return StorageSpec(name=name, adapter=Reference(kind.__module__, kind.__name__), **options)


def configured(kind: type[object], **options: Any) -> tuple[Configured, Storages, Any]:
    """Return a configuration of tasks on one storage, its storages, and the adapter."""
    deployment = Configured(
        [task("Task1"), task("Alias", storage_task_name="Task1"), task("NoStorage", None)],
        [storage(kind, **options)],
    )
    adapter = deployment.storages.connected("Storage1")
    deployment.traced()
    return deployment, deployment.storages, adapter


# --- the built-in adapters


@pytest.fixture(params=["memory", "filesystem"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> DataStorage:
    """Each built-in adapter that needs no server."""
    made = InMemoryStorage() if request.param == "memory" else Filesystem(str(tmp_path / "results"))
    if not made.is_connected():
        made.connect()
    return made


def test_store_retrieve_delete(adapter: DataStorage) -> None:
    """A result is there after `store`, replaced by a second one, and gone after `delete`."""
    with pytest.raises(FileNotFoundError):
        adapter.retrieve("flow1", "Task1", "id1")
    adapter.store(None, "flow1", "Task1", "id1", {"a": [1, None, "ü"]})
    assert adapter.retrieve("flow1", "Task1", "id1") == {"a": [1, None, "ü"]}
    adapter.store(None, "flow1", "Task1", "id1", None)
    assert adapter.retrieve("flow1", "Task1", "id1") is None
    adapter.delete("flow1", "Task1", "id1")
    with pytest.raises(SelinonMissingDataException):
        adapter.delete("flow1", "Task1", "id1")
    with pytest.raises(FileNotFoundError):
        adapter.retrieve("flow1", "Task1", "id1")


def test_same_id_of_two_tasks(adapter: DataStorage) -> None:
    """One id, as a selective run function may return for all tasks, does not mix their results."""
    adapter.store(None, "flow1", "Task1", "id", 1)
    adapter.store(None, "flow1", "Task2", "id", 2)
    assert adapter.retrieve("flow1", "Task1", "id") == 1


def test_results_are_not_shared(adapter: DataStorage) -> None:
    """Changing what was stored or retrieved does not change what the storage holds."""
    result = {"a": [1]}
    adapter.store(None, "flow1", "Task1", "id1", result)
    result["a"].append(2)
    adapter.retrieve("flow1", "Task1", "id1")["a"].append(3)
    assert adapter.retrieve("flow1", "Task1", "id1") == {"a": [1]}


def test_no_failures_are_kept(adapter: DataStorage) -> None:
    """Neither adapter implements `store_error`."""
    error = ValueError()
    with pytest.raises(NotImplementedError):
        adapter.store_error(None, "flow1", "Task1", "id1", (ValueError, error, None))


def test_memory_echo(capsys: pytest.CaptureFixture[str]) -> None:
    """Records are printed where and how it is configured; contradicting options are refused."""
    InMemoryStorage(echo="stderr", json=True).store({"x": 1}, "flow1", "Task1", "id1", [2])
    InMemoryStorage(echo=True).store(None, "flow1", "Task1", "id1", "text")
    InMemoryStorage().store(None, "flow1", "Task1", "id1", "unseen")
    out, err = capsys.readouterr()
    assert json.loads(err) == {
        "flow_name": "flow1",
        "task_name": "Task1",
        "task_id": "id1",
        "node_args": {"x": 1},
        "result": [2],
    }
    assert "'result': 'text'" in out
    assert "unseen" not in out
    with pytest.raises(ValueError, match="echo"):
        InMemoryStorage(json=True)
    with pytest.raises(ValueError, match="echo"):
        InMemoryStorage(echo="elsewhere")  # type: ignore[arg-type]  # what a configuration may hold


def test_filesystem_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files lie at `<path>/<flow>/<task>/<id>.json`, hold the result, and nothing else is left behind."""
    monkeypatch.setenv("RESULTS", str(tmp_path))
    record = Filesystem("{RESULTS}/deep").store(None, "flow1", "Task1", "id1", {"a": 1})
    assert record == str(tmp_path / "deep/flow1/Task1/id1.json")
    assert json.loads(Path(record).read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["id1.json"]
    monkeypatch.setenv("PWD", str(tmp_path / "here"))
    assert Filesystem().path == tmp_path / "here"


def test_filesystem_keeps_the_old_result_if_the_new_one_fails(tmp_path: Path) -> None:
    """What JSON cannot express is refused, and the earlier file stays as it is."""
    files = Filesystem(str(tmp_path))
    files.store(None, "flow1", "Task1", "id1", 1)
    with pytest.raises(TypeError):
        files.store(None, "flow1", "Task1", "id1", object())
    assert files.retrieve("flow1", "Task1", "id1") == 1


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\0"])
def test_filesystem_stays_in_its_directory(name: str, tmp_path: Path) -> None:
    """Names that would lead out of the directory are refused, in each place."""
    files = Filesystem(str(tmp_path))
    for names in ((name, "Task1", "id1"), ("flow1", name, "id1"), ("flow1", "Task1", name)):
        with pytest.raises(ValueError, match="cannot be part"):
            files.store(None, *names, 1)
        with pytest.raises(ValueError, match="cannot be part"):
            files.retrieve(*names)
        with pytest.raises(ValueError, match="cannot be part"):
            files.delete(*names)


@pytest.mark.parametrize("path", ["{SELINON_NONE}", "{", "{}", "{0.x}"])
def test_filesystem_needs_its_environment(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set, and braces without a name, are mistakes in the configuration."""
    monkeypatch.delenv("SELINON_NONE", raising=False)
    with pytest.raises(ConfigurationError, match="path"):
        Filesystem(path)


# --- connections


def test_one_instance_connected_when_needed() -> None:
    """The adapter is made once, from its configuration, and connected once; a new configuration has its own."""
    deployment = Configured([task("Task1")], [storage(Recorder, configuration={"host": "h"})])
    first = deployment.storages.connected("Storage1")
    assert deployment.storages.of_task("Task1") is first
    assert isinstance(first, Recorder)
    assert (first.options, first.calls) == ({"host": "h"}, [("connect",)])
    assert deployment.traced() == ["STORAGE_CONNECT"]
    assert (
        Configured([], list(deployment.specs.values())).storages.connected("Storage1") is not first
    )


def test_scalar_configuration_is_one_argument(tmp_path: Path) -> None:
    """A configuration that is no mapping is the only argument of the constructor."""
    _, _, files = configured(Filesystem, configuration=str(tmp_path))
    assert files.path == tmp_path


def test_reconnects_and_closes() -> None:
    """A storage that lost its connection is connected again; `close` disconnects."""
    deployment, storages, adapter = configured(Recorder)
    adapter.online = False
    storages.connected("Storage1")
    assert deployment.traced() == ["STORAGE_CONNECT"]
    storages.close()
    assert not adapter.online


def test_unknown_storages() -> None:
    """Unknown names are errors of their own, as is a task without a storage."""
    _, storages, _ = configured(Recorder)
    with pytest.raises(UnknownStorageError):
        storages.connected("Storage9")
    with pytest.raises(UnknownStorageError, match="NoStorage"):
        storages.of_task("NoStorage")
    with pytest.raises(UnknownError):
        storages.of_task("Task9")


def test_connect_errors_are_storage_errors() -> None:
    """Whatever keeps a storage from being connected is a `StorageError` with its cause, traced when reading."""
    deployment, storages, adapter = configured(Recorder)
    adapter.online, adapter.error = False, OSError("refused")
    with pytest.raises(StorageError, match="refused") as caught:
        storages.retrieve("flow1", "Task1", "id1")
    assert isinstance(caught.value.__cause__, OSError)
    assert deployment.traced() == ["STORAGE_RETRIEVE", "STORAGE_ISSUE"]
    missing = Configured(
        [], [StorageSpec(name="Storage1", adapter=Reference("no_such_module", "X"))]
    )
    with pytest.raises(StorageError, match="no_such_module"):
        missing.storages.connected("Storage1")


@pytest.mark.parametrize(("kind", "overlapping"), [(Overlap, False), (SafeOverlap, True)])
def test_calls_are_serialised_unless_thread_safe(kind: type[Overlap], overlapping: bool) -> None:
    """Four threads read one after the other, or all at once if the adapter allows it."""
    _, storages, adapter = configured(kind)
    start = threading.Barrier(4)

    def read(number: int) -> None:
        start.wait()
        storages.retrieve("flow1", "Task1", str(number))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (adapter.most > 1) is overlapping


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_its_own_instances() -> None:
    """The child makes and connects another adapter, and leaves that of its parent alone."""
    _, storages, adapter = configured(Recorder)
    child = os.fork()
    if child == 0:
        other = storages.connected("Storage1")
        os._exit(0 if other is not adapter and adapter.online else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert storages.connected("Storage1") is adapter


# --- records


def test_alias_uses_its_storage_task_name() -> None:
    """`storage_task_name` holds for storing, reading and deleting alike."""
    deployment, storages, adapter = configured(Recorder)
    assert storages.store({"x": 1}, "flow1", "Alias", "id1", 5) == "record of id1"
    assert storages.retrieve("flow1", "Alias", "id1") == 5
    storages.delete("flow1", "Alias", "id1")
    assert adapter.calls[1:] == [
        ("store", {"x": 1}, "flow1", "Task1", "id1"),
        ("retrieve", "flow1", "Task1", "id1"),
        ("delete", "flow1", "Task1", "id1"),
    ]
    stored = deployment.events[0][1]
    assert (stored["task_name"], stored["storage_task_name"]) == ("Alias", "Task1")
    assert (stored["storage_name"], stored["record_id"]) == ("Storage1", "record of id1")
    assert deployment.traced() == [
        "STORAGE_STORE",
        "STORAGE_RETRIEVE",
        "STORAGE_DELETE",
        "STORAGE_DELETED",
    ]


def test_store_without_node_args() -> None:
    """An adapter whose `store` lacks the flow's arguments is called without them."""
    _, storages, adapter = configured(ShortStore)
    storages.store({"x": 1}, "flow1", "Task1", "id1", 5)
    assert adapter.calls[-1] == ("store", "none", "flow1", "Task1", "id1")
    assert storages.retrieve("flow1", "Task1", "id1") == 5


def test_store_error() -> None:
    """The failure of a task goes to a storage that keeps failures; of others it is traced that they do not."""
    error = ValueError("broken")
    deployment, storages, adapter = configured(ShortStore)
    storages.store_error({"x": 1}, "flow1", "Alias", "id1", (ValueError, error, None))
    assert adapter.calls[-1] == ("store_error", {"x": 1}, "flow1", "Task1", "id1", error)
    ((name, details),) = deployment.events
    assert (name, details["error_type"], details["error_value"]) == (
        "STORAGE_STORE_ERROR",
        "ValueError",
        "broken",
    )
    assert details["record_id"] == "error record"
    deployment, storages, adapter = configured(Recorder)
    storages.store_error(None, "flow1", "Task1", "id1", (ValueError, error, None))
    assert deployment.traced() == ["STORAGE_OMIT_STORE_ERROR"]


def test_missing_record_is_a_file_not_found() -> None:
    """Reading what is not there is a `StorageError` and a `FileNotFoundError`; other trouble is the former only."""
    deployment, storages, adapter = configured(Recorder)
    with pytest.raises(MissingRecordError) as missing:
        storages.retrieve("flow1", "Task1", "id1")
    assert isinstance(missing.value, FileNotFoundError)
    adapter.error = ValueError("bad data")
    with pytest.raises(StorageError, match="bad data") as caught:
        storages.retrieve("flow1", "Task1", "id1")
    assert not isinstance(caught.value, FileNotFoundError)
    assert deployment.traced() == ["STORAGE_RETRIEVE", "STORAGE_ISSUE"] * 2


def test_an_adapter_need_not_derive_from_the_base() -> None:
    """What it lacks it cannot do, which is no trouble of the storage; arguments of the flow may come last."""
    deployment, storages, _ = configured(Keeper)
    storages.store({"a": 1}, "flow1", "Task1", "id1", 7)
    assert storages.retrieve("flow1", "Task1", "id1") == [{"a": 1}, 7]
    error = ValueError("x")
    storages.store_error(None, "flow1", "Task1", "id1", (ValueError, error, None))
    with pytest.raises(NotImplementedError, match="Keeper has no `delete`"):
        storages.delete("flow1", "Task1", "id1")
    assert deployment.traced() == [
        "STORAGE_STORE",
        "STORAGE_RETRIEVE",
        "STORAGE_OMIT_STORE_ERROR",
        "STORAGE_DELETE",
    ]


def test_trace_into_the_storage_that_is_traced() -> None:
    """Tracing into a storage connects it, and reading from the same storage does not block."""
    deployment = Configured([task("Task1")], [storage(Recorder)])
    deployment.sinks = Tracer([StorageSink(lambda: deployment.storages.borrow("Storage1"))])
    deployment.storages.store(None, "flow1", "Task1", "id1", 1)
    assert deployment.storages.retrieve("flow1", "Task1", "id1") == 1
    calls = deployment.storages.connected("Storage1").calls  # type: ignore[attr-defined]  # a Recorder
    assert [call for call in calls if call[0] == "trace"] == [
        ("trace", Trace.STORAGE_CONNECT),
        ("trace", Trace.STORAGE_STORE),
        ("trace", Trace.STORAGE_RETRIEVE),
    ]


# --- caches of results


def test_second_read_comes_from_the_cache() -> None:
    """A miss fills the cache, a hit does not touch the storage, and an alias shares the record."""
    deployment, storages, adapter = configured(Recorder, cache=LRU_CACHE)
    storages.store(None, "flow1", "Task1", "id1", None)
    deployment.traced()
    assert storages.retrieve("flow1", "Task1", "id1") is None
    assert deployment.traced() == [
        "TASK_RESULT_CACHE_GET",
        "TASK_RESULT_CACHE_MISS",
        "STORAGE_RETRIEVE",
        "TASK_RESULT_CACHE_ADD",
    ]
    assert storages.retrieve("flow1", "Alias", "id1") is None
    assert deployment.traced() == ["TASK_RESULT_CACHE_GET", "TASK_RESULT_CACHE_HIT"]
    assert sum(call[0] == "retrieve" for call in adapter.calls) == 1


def test_cached_results_are_not_shared() -> None:
    """Changing a result that was read changes neither the cache nor what the next one reads."""
    _, storages, _ = configured(Recorder, cache=LRU_CACHE)
    storages.store(None, "flow1", "Task1", "id1", {"a": [1]})
    for _ in range(3):
        result = storages.retrieve("flow1", "Task1", "id1")
        assert result == {"a": [1]}
        result["a"].append(2)


def test_delete_empties_the_cache() -> None:
    """What was deleted is not served from a cache any more."""
    _, storages, _ = configured(Recorder, cache=LRU_CACHE)
    storages.store(None, "flow1", "Task1", "id1", 1)
    storages.retrieve("flow1", "Task1", "id1")
    storages.delete("flow1", "Alias", "id1")
    with pytest.raises(MissingRecordError):
        storages.retrieve("flow1", "Task1", "id1")


def test_same_id_of_two_tasks_is_cached_apart() -> None:
    """Results of two tasks with one id do not mix in the cache."""
    deployment = Configured([task("Task1"), task("Task2")], [storage(Recorder, cache=LRU_CACHE)])
    for name in ("Task1", "Task2"):
        deployment.storages.store(None, "flow1", name, "id", name)
    for _ in range(2):
        assert deployment.storages.retrieve("flow1", "Task1", "id") == "Task1"
        assert deployment.storages.retrieve("flow1", "Task2", "id") == "Task2"


def test_cache_of_a_task_overrides_that_of_its_storage() -> None:
    """A task with a cache uses it, also if that is one which holds nothing."""
    none = CacheSpec(cache=Reference("selinon.caches", "LRU"), configuration={"size": 0})
    deployment = Configured(
        [task("Cached", cache=LRU_CACHE), task("Uncached", cache=none)],
        [storage(Recorder, cache=none)],
    )
    for name in ("Cached", "Uncached"):
        deployment.storages.store(None, "flow1", name, "id1", 1)
        deployment.storages.retrieve("flow1", name, "id1")
    deployment.traced()
    deployment.storages.retrieve("flow1", "Cached", "id1")
    deployment.storages.retrieve("flow1", "Uncached", "id1")
    assert deployment.traced() == [
        "TASK_RESULT_CACHE_GET",
        "TASK_RESULT_CACHE_HIT",
        "STORAGE_RETRIEVE",
    ]


@pytest.mark.parametrize(
    "cache",
    [Reference(__name__, "ForgetfulCache"), Reference("no_such_module", "Cache")],
)
def test_cache_errors_are_traced_and_ignored(cache: Reference) -> None:
    """A cache that fails, or cannot even be made, does not keep a result from being read or deleted."""
    deployment, storages, _ = configured(Recorder, cache=CacheSpec(cache=cache))
    storages.store(None, "flow1", "Task1", "id1", 1)
    assert storages.retrieve("flow1", "Task1", "id1") == 1
    storages.delete("flow1", "Task1", "id1")
    assert "TASK_RESULT_CACHE_ISSUE" in deployment.traced()


@pytest.mark.parametrize("kind", [PlainCache, NamedCache])
def test_caches_of_users(kind: type[PlainCache]) -> None:
    """A cache is called as its methods are written; what it cannot forget it is not asked for again."""
    spec = CacheSpec(cache=Reference(__name__, kind.__name__))
    deployment, storages, _ = configured(Recorder, cache=spec)
    NamedCache.told.clear()
    storages.store(None, "flow1", "Task1", "id1", "old")
    for _ in range(2):
        assert storages.retrieve("flow1", "Task1", "id1") == "old"
    assert "TASK_RESULT_CACHE_HIT" in deployment.traced()
    if kind is NamedCache:
        assert NamedCache.told == [{"flow_name": "flow1", "task_name": "Task1"}] * 3
    storages.delete("flow1", "Task1", "id1")
    with pytest.raises(MissingRecordError):
        storages.retrieve("flow1", "Task1", "id1")
    storages.store(None, "flow1", "Task1", "id1", "new")
    for _ in range(2):
        assert storages.retrieve("flow1", "Task1", "id1") == "new"
    names = deployment.traced()
    assert names[-2:] == ["TASK_RESULT_CACHE_GET", "TASK_RESULT_CACHE_HIT"]
    assert "TASK_RESULT_CACHE_ISSUE" not in names


def test_one_made_up_id_in_two_flows_is_cached_apart() -> None:
    """Ids that are not unique are told apart by flow, as the storage does; those of nodes are unique in themselves."""
    _, storages, _ = configured(Recorder, cache=LRU_CACHE)
    storages.store(None, "flow1", "Task1", "@id", 1)
    storages.store(None, "flow2", "Task1", "@id", 2)
    for _ in range(2):
        assert storages.retrieve("flow1", "Task1", "@id") == 1
        assert storages.retrieve("flow2", "Task1", "@id") == 2
    unique = "5a3e1c5e-0f0a-5b7e-9d55-2f5d8f9f7c11"
    storages.store(None, "flow1", "Task1", unique, 3)
    assert storages.retrieve("flow1", "Task1", unique) == 3
    assert storages.retrieve("flow2", "Task1", unique) == 3
    storages.delete("flow1", "Task1", unique)
    with pytest.raises(MissingRecordError):
        storages.retrieve("flow2", "Task1", unique)


# --- the pool of users


class Records:
    """Runs on record: one node, which ran in another flow than its position tells."""

    def flow_of(self, node_id: str) -> str | None:
        return "elsewhere" if node_id == "id1" else None

    def exception_of(self, node_id: str) -> BaseException | None:
        return None


@pytest.fixture
def current() -> Configured:
    """The configuration in use, with a storage that keeps results by flow."""
    deployment, storages, _ = configured(Recorder)
    storages.node_records = Records()
    registry.set_current(deployment)
    return deployment


def test_pool_on_the_class(current: Configured) -> None:
    """What needs no mapping can be called on the class."""
    current.storages.store(None, "flow1", "Task1", "id1", 7)
    assert StoragePool.retrieve("flow1", "Task1", "id1") == 7
    assert StoragePool.get_connected_storage("Storage1") is StoragePool.get_storage_by_task_name(
        "Task1"
    )
    StoragePool.delete("flow1", "Task1", "id1")
    with pytest.raises(FileNotFoundError):
        StoragePool.retrieve("flow1", "Task1", "id1")


def test_pool_with_a_mapping(current: Configured) -> None:
    """An instance finds results by the names of tasks; sub-flows and unknown names are errors."""
    current.storages.store(None, "flow1", "Task1", "id2", 7)
    mapping: Mapping[str, Any] = {"Task1": "id2", "flow2": {"Task1": ["id3"]}}
    pool = StoragePool(mapping, "flow1")
    assert pool.get("Task1") == 7
    with pytest.raises(NoParentNodeError, match="Task9"):
        pool.get("Task9")
    with pytest.raises(RequestError, match="sub-flow"):
        pool.get("flow2")
    with pytest.raises(NoParentNodeError):
        StoragePool().get("Task1")


def test_parents_are_read_under_the_flow_they_ran_in(current: Configured) -> None:
    """A parent that ran in another flow is found there, and its being sought first is no issue."""
    current.storages.store(None, "elsewhere", "Task1", "id1", 7)
    current.traced()
    assert StoragePool({"Task1": "id1"}, "flow1").get("Task1") == 7
    assert "STORAGE_ISSUE" not in current.traced()
    with pytest.raises(MissingRecordError):
        StoragePool({"Task1": "id2"}, "flow1").get("Task1")
    assert current.traced() == ["STORAGE_RETRIEVE", "STORAGE_ISSUE"]


def test_cache_keys_are_unambiguous() -> None:
    """Names that contain the separator do not make two records look like one."""
    names = [("a:b", "c", "d"), ("a", "b:c", "d"), ("a", "b", "c:d"), ("a%3Ab", "c", "d")]
    records = [
        RecordAddress(
            task_name=task,
            storage_task_name=task,
            storage_name=storage,
            flow_name="flow1",
            task_id=id_,
        )
        for storage, task, id_ in names
    ]
    assert len({record.cache_key for record in records}) == len(names)
