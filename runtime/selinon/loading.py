"""Emitted packages: from files to specifications, each loaded when it is first asked for.

What a file says is trusted only when its digest is the one in the manifest; so nothing half-written and nothing edited
by hand is ever run, and the age of a file on disk does not matter.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import linecache
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol, TypeVar

from selinon.abi import ABI_VERSION, FlowSpec, Package, SettingsSpec, StorageSpec, TaskSpec
from selinon.errors import ConfigurationError, UnknownError, UnknownFlowError, UnknownStorageError

__all__ = ["Files", "FolderFiles", "LoadedPackage", "MemoryFiles", "import_package"]

FORMAT = 1
"""The format of packages that this runtime reads."""

T = TypeVar("T")


class Files(Protocol):
    """Where the files of a package come from."""

    def read(self, path: str) -> bytes:
        """Return a file's content, its path given relative to the package; raises OSError when it is not there."""

    def label(self, path: str) -> str:
        """Return how a file is called in tracebacks."""


class FolderFiles:
    """A package on disk."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        with open(self.label(path), "rb") as stream:
            return stream.read()

    def label(self, path: str) -> str:
        """Return a file's path on disk."""
        return os.path.join(self._directory, *path.split("/"))


class MemoryFiles:
    """A package that was compiled in this process."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name = name
        self._files = files

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        if path not in self._files:
            raise FileNotFoundError(path)
        content = self._files[path]
        lines = content.decode().splitlines(keepends=True)
        linecache.cache[self.label(path)] = (len(content), None, lines, self.label(path))
        return content

    def label(self, path: str) -> str:
        """Return a name that is no path."""
        return f"<{self._name}/{path}>"


def import_package(name: str) -> LoadedPackage:
    """Return an installed package by its name.

    Raises:
        ConfigurationError: there is no such package, or it is not one that the compiler wrote.
    """
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(f"cannot import the package `{name}`: {error}") from error
    package = getattr(module, "PACKAGE", None)
    if not isinstance(package, Package):
        raise ConfigurationError(
            f"`{name}` is not a package of flows: it was not written by selinon-compile"
        )
    return LoadedPackage(FolderFiles(package.directory))


class LoadedPackage:
    """One version of a package, the current one unless told otherwise.

    Raises:
        ConfigurationError: the manifest is missing, or its format is not known here.
    """

    def __init__(self, files: Files, version: str | None = None) -> None:
        self._files = files
        self._manifest = _manifest(files)
        self.name: str = self._manifest["name"]
        self.version: str = version or self._manifest["version"]
        if self.version not in self._manifest["versions"]:
            raise ConfigurationError(
                f"the package `{self.name}` does not carry version {self.version}"
            )
        self._index: Mapping[str, Any] = self._manifest["versions"][self.version]
        self._modules: dict[str, dict[str, Any]] = {}

    @property
    def flow_names(self) -> tuple[str, ...]:
        """Return the names of all flows, sorted."""
        return tuple(sorted(self._index["flows"]))

    @property
    def task_names(self) -> tuple[str, ...]:
        """Return the names of all tasks, sorted."""
        return tuple(sorted(self._index["tasks"]))

    @property
    def storage_names(self) -> tuple[str, ...]:
        """Return the names of all storages, sorted."""
        return tuple(sorted(self._index["storages"]))

    @cached_property
    def settings(self) -> SettingsSpec:
        """Return what holds for all flows and tasks."""
        return self._checked(SettingsSpec, self._load(self._index["settings"])["SETTINGS"])

    def flow(self, name: str) -> FlowSpec:
        """Return a flow; raises UnknownFlowError when there is none of this name."""
        if name not in self._index["flows"]:
            raise UnknownFlowError(f"there is no flow `{name}` in `{self.name}` {self.version}")
        return self._checked(FlowSpec, self._load(self._index["flows"][name]["file"])["FLOW"])

    def task(self, name: str) -> TaskSpec:
        """Return a task; raises UnknownError when there is none of this name."""
        if name not in self._index["tasks"]:
            raise UnknownError(f"there is no task `{name}` in `{self.name}` {self.version}")
        return self._checked(TaskSpec, self._load(self._index["tasks"][name])["TASKS"][name])

    def storage(self, name: str) -> StorageSpec:
        """Return a storage; raises UnknownStorageError when there is none of this name."""
        if name not in self._index["storages"]:
            raise UnknownStorageError(
                f"there is no storage `{name}` in `{self.name}` {self.version}"
            )
        return self._checked(
            StorageSpec, self._load(self._index["storages"][name])["STORAGES"][name]
        )

    def schema(self, file: str) -> Any:
        """Return an output schema, by the name of its file."""
        return json.loads(self._content(f"{self._index['directory']}/schemas/{file}"))

    def _load(self, path: str) -> dict[str, Any]:
        """Run a module of the package in a namespace of its own, once; return the namespace."""
        if path not in self._modules:
            content = self._content(path)
            namespace: dict[str, Any] = {
                "__name__": f"{self.name}.{path.removesuffix('.py').replace('/', '.')}"
            }
            exec(compile(content, self._files.label(path), "exec"), namespace)
            self._modules[path] = namespace
        return self._modules[path]

    def _content(self, path: str) -> bytes:
        try:
            content = self._files.read(path)
        except OSError as error:
            raise ConfigurationError(
                f"the package `{self.name}` lacks its file {path}: {error}"
            ) from error
        if hashlib.sha256(content).hexdigest() != self._manifest["files"].get(path):
            raise ConfigurationError(
                f"the file {path} of the package `{self.name}` is not the one that was built"
            )
        return content

    def _checked(self, kind: type[T], value: Any) -> T:
        if not isinstance(value, kind):
            raise ConfigurationError(
                f"the package `{self.name}` holds {value!r} where {kind.__name__} belongs"
            )
        return value


def _manifest(files: Files) -> dict[str, Any]:
    try:
        manifest = json.loads(files.read("manifest.json"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read {files.label('manifest.json')}: {error}") from error
    if not isinstance(manifest, dict):
        raise ConfigurationError(f"{files.label('manifest.json')} is not a manifest")
    for key, known in (("format", FORMAT), ("abi", ABI_VERSION)):
        if manifest.get(key) != known:
            raise ConfigurationError(
                f"{files.label('manifest.json')} has {key} {manifest.get(key)!r}, "
                f"this version of selinon reads {key} {known}"
            )
    return manifest
