"""A package in use."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar

from selinon.abi import FlowSpec, Package, SettingsSpec, StorageSpec, TaskSpec
from selinon.errors import ConfigurationError, UnknownError, UnknownFlowError, UnknownStorageError
from selinon.loading.bytecode import code_of
from selinon.loading.files import Files, FolderFiles
from selinon.loading.manifest import Entry, Index, content_of, read_manifest

__all__ = ["LoadedPackage", "import_package"]

T = TypeVar("T")


def import_package(name: str) -> LoadedPackage:
    """Return an installed package by its name.

    Raises:
        ConfigurationError: there is no such package, or it is not one that the compiler wrote.
    """
    try:
        module = importlib.import_module(name)
    except Exception as error:  # what a module of that name does when it is imported is not known
        raise ConfigurationError(f"cannot import the package `{name}`: {error}") from error
    package = getattr(module, "PACKAGE", None)
    if not isinstance(package, Package):
        raise ConfigurationError(
            f"`{name}` is not a package of flows: it was not written by selinon-compile"
        )
    return LoadedPackage(FolderFiles(package.directory))


class LoadedPackage:
    """One version of a package, the current one unless told otherwise.

    Every file is read when it is first needed, so that what is not used costs nothing.

    Raises:
        ConfigurationError: the manifest is missing or damaged, or its format is not known here.
    """

    def __init__(self, files: Files, version: str | None = None) -> None:
        self._files = files
        manifest = read_manifest(files)
        self.name: str = manifest.name
        self.version: str = version or manifest.version
        if self.version not in manifest.versions:
            raise ConfigurationError(
                f"the package `{self.name}` does not carry version {self.version}"
            )
        self._digests = manifest.files
        self._carried = manifest.versions[self.version]
        self._index = Index(files, self._carried)
        self._modules: dict[str, dict[str, Any]] = {}

    @property
    def environment(self) -> tuple[str, ...]:
        """Return the environment variables that queues and settings refer to, sorted."""
        return self._carried.environment

    @property
    def flow_names(self) -> tuple[str, ...]:
        """Return the names of all flows, sorted."""
        return self._names("flows")

    @property
    def task_names(self) -> tuple[str, ...]:
        """Return the names of all tasks, sorted."""
        return self._names("tasks")

    @property
    def storage_names(self) -> tuple[str, ...]:
        """Return the names of all storages, sorted."""
        return self._names("storages")

    def has_flow(self, name: str) -> bool:
        """Return whether there is a flow of this name."""
        return self._index.entry("flows", name) is not None

    def has_task(self, name: str) -> bool:
        """Return whether there is a task of this name."""
        return self._index.entry("tasks", name) is not None

    @cached_property
    def settings(self) -> SettingsSpec:
        """Return what holds for all flows and tasks."""
        path = self._carried.settings
        found = self._load(path, self._digests.get(path)).get("SETTINGS")
        return self._checked(SettingsSpec, found)

    def flow(self, name: str) -> FlowSpec:
        """Return a flow; raises UnknownFlowError when there is none of this name."""
        entry = self._flow(name)
        flow = self._checked(FlowSpec, self._load(entry.file, entry.digest).get("FLOW"))
        return self._named(flow, flow.name, name)

    def task(self, name: str) -> TaskSpec:
        """Return a task; raises UnknownError when there is none of this name."""
        task = self._checked(TaskSpec, self._in_table(self._task(name), "TASKS", name))
        return self._named(task, task.name, name)

    def storage(self, name: str) -> StorageSpec:
        """Return a storage; raises UnknownStorageError when there is none of this name."""
        entry = self._index.entry("storages", name)
        if entry is None:
            raise UnknownStorageError(
                f"there is no storage `{name}` in `{self.name}` {self.version}"
            )
        storage = self._checked(StorageSpec, self._in_table(entry, "STORAGES", name))
        return self._named(storage, storage.name, name)

    def flow_queue(self, name: str) -> str | None:
        """Return the queue that a flow names; raises UnknownFlowError when there is no such flow."""
        return self._flow(name).queue

    def task_queue(self, name: str) -> str | None:
        """Return the queue that a task names; raises UnknownError when there is no such task."""
        return self._task(name).queue

    def flow_queues(self) -> Iterator[tuple[str, str | None]]:
        """Yield all flows with the queues that they name, in no particular order."""
        return ((name, entry.queue) for name, entry in self._index.entries("flows"))

    def task_queues(self) -> Iterator[tuple[str, str | None]]:
        """Yield all tasks with the queues that they name, in no particular order."""
        return ((name, entry.queue) for name, entry in self._index.entries("tasks"))

    def schema(self, task: str) -> Any:
        """Return the output schema of a task, or None; raises UnknownError when there is no such task."""
        known = self._task(task).schema
        return None if known is None else json.loads(content_of(self._files, *known))

    def _names(self, kind: str) -> tuple[str, ...]:
        return tuple(sorted(name for name, _ in self._index.entries(kind)))

    def _flow(self, name: str) -> Entry:
        entry = self._index.entry("flows", name)
        if entry is None:
            raise UnknownFlowError(f"there is no flow `{name}` in `{self.name}` {self.version}")
        return entry

    def _task(self, name: str) -> Entry:
        entry = self._index.entry("tasks", name)
        if entry is None:
            raise UnknownError(f"there is no task `{name}` in `{self.name}` {self.version}")
        return entry

    def _in_table(self, entry: Entry, table: str, name: str) -> Any:
        found = self._load(entry.file, entry.digest).get(table)
        return found.get(name) if isinstance(found, dict) else None

    def _load(self, path: str, digest: str | None) -> dict[str, Any]:
        """Run a module of the package in a namespace of its own, once; return the namespace."""
        if path not in self._modules:
            content = content_of(self._files, path, digest)
            label = self._files.label(path)
            if isinstance(self._files, FolderFiles):
                code = code_of(label, content)
            else:
                code = compile(content, label, "exec", dont_inherit=True)
            namespace: dict[str, Any] = {
                "__name__": f"{self.name}.{path.removesuffix('.py').replace('/', '.')}"
            }
            exec(code, namespace)
            self._modules[path] = namespace
        return self._modules[path]

    def _checked(self, kind: type[T], value: Any) -> T:
        if not isinstance(value, kind):
            raise ConfigurationError(
                f"the package `{self.name}` holds {value!r} where {kind.__name__} belongs"
            )
        return value

    def _named(self, spec: T, found: str, name: str) -> T:
        if found != name:
            raise ConfigurationError(
                f"the package `{self.name}` holds `{found}` where `{name}` belongs"
            )
        return spec
