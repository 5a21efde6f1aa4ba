"""Configuring this process: from an emitted package, or from YAML files directly."""

from __future__ import annotations

from collections.abc import Iterable

from selinon import registry
from selinon.errors import ConfigurationError
from selinon.loading import LoadedPackage, MemoryFiles, import_package
from selinon.registry import Deployment

__all__ = ["Config"]


class _QueuesByName(type):
    """Gives the class `Config` its properties."""

    @property
    def task_queues(cls) -> dict[str, str]:
        """Return the queue of every task, by name."""
        return registry.current().task_queues

    @property
    def dispatcher_queues(cls) -> dict[str, str]:
        """Return the queue of every flow, by name."""
        return registry.current().flow_queues


class Config(metaclass=_QueuesByName):
    """The configuration of this process. A further call of a `set_config_…` method replaces it as a whole."""

    @classmethod
    def set_config_package(cls, name: str) -> None:
        """Use a package that `selinon-compile build` wrote, by the name under which it can be imported.

        Raises:
            ConfigurationError: there is no such package, its format is not known, or environment variables that it
                refers to are not set.
        """
        cls._use(import_package(name))

    @classmethod
    def set_config_yaml(
        cls, nodes_definition_file: str, flow_definition_files: str | Iterable[str]
    ) -> None:
        """Compile a nodes file and flow files, or directories of them, and use the result.

        Raises:
            ConfigurationError: the files have mistakes, all of which its text holds, or environment variables that
                they refer to are not set.
        """
        files = flow_definition_files
        paths = [files] if isinstance(files, str) else [str(path) for path in files]
        cls._use(_compiled(str(nodes_definition_file), paths))

    @classmethod
    def is_flow(cls, name: str) -> bool:
        """Return whether there is a flow of this name."""
        return registry.current().package.has_flow(name)

    @classmethod
    def is_task(cls, name: str) -> bool:
        """Return whether there is a task of this name."""
        return registry.current().package.has_task(name)

    @classmethod
    def has_storage(cls, task: str) -> bool:
        """Return whether a task has a storage."""
        return registry.current().task(task).storage is not None

    @classmethod
    def has_readonly_storage(cls, task: str) -> bool:
        """Return whether a task has a storage that it only reads."""
        spec = registry.current().task(task)
        return spec.storage is not None and spec.storage_readonly

    @classmethod
    def _use(cls, package: LoadedPackage) -> None:
        deployment = Deployment(package)
        missing = deployment.missing_environment()
        if missing:
            raise ConfigurationError(f"environment variables are not set: {', '.join(missing)}")
        registry.set_current(deployment)


def _compiled(nodes: str, flows: list[str]) -> LoadedPackage:
    from selinon_compiler.in_memory import inspect_files

    found = inspect_files(nodes, flows)
    if found.plan is None:
        raise ConfigurationError(f"the configuration has mistakes\n{found.report}")
    return LoadedPackage(MemoryFiles("selinon_flows", found.files))
