"""Configuring this process: from a package, from YAML files, from mappings, or from a package in one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias, TypeGuard

from selinon import registry
from selinon.abi import TraceSpec
from selinon.errors import ConfigurationError
from selinon.in_use import add_sink, use_files, use_package, with_environment

__all__ = ["Config"]

Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
"""A path as `open` takes it."""


class _QueuesByName(type):
    """Gives the class `Config` its properties."""

    @property
    def task_queues(cls) -> dict[str, str]:
        """Return the queue of every task, by name."""
        return with_environment(registry.current()).task_queues

    @property
    def dispatcher_queues(cls) -> dict[str, str]:
        """Return the queue of every flow, by name."""
        return with_environment(registry.current()).flow_queues


class Config(metaclass=_QueuesByName):
    """The configuration of this process.

    A further call of a `set_config_…` method replaces it as a whole, and leaves nothing of it: storages are
    disconnected, sinks of trace events are dropped, those that the program added included. A call that fails leaves
    everything as it was.
    """

    celery_app: Any = None
    """The Celery application that was set, or None."""

    @classmethod
    def init(
        cls,
        celery_app: Any,
        nodes_definition_file: Path,
        flow_definition_files: Path | Iterable[Path],
        config_py: Path | None = None,
        keep_config_py: bool = False,
    ) -> None:
        """Use YAML files as `set_config_yaml` does, and keep a Celery application, if one is given."""
        _require_application(celery_app)
        cls.set_config_yaml(nodes_definition_file, flow_definition_files, config_py, keep_config_py)
        if celery_app is not None:
            cls.set_celery_app(celery_app)

    @classmethod
    def set_celery_app(cls, celery_app: Any) -> None:
        """Send flows through a Celery application, before or after configuring; None forgets it.

        Its workers learn the tasks `selinon.Dispatcher` and `selinon.SelinonTaskEnvelope`.

        Raises:
            ConfigurationError: it is not a Celery application.
        """
        _require_application(celery_app)
        if celery_app is not None:
            from selinon.worker.application import install

            install(celery_app)
        cls.celery_app = celery_app

    @classmethod
    def set_config_package(cls, name: str) -> None:
        """Use a package that `selinon-compile build` wrote, by the name under which it can be imported.

        Raises:
            ConfigurationError: there is no such package, its format is not known, or environment variables that it
                refers to are not set.
        """
        use_package(name)

    @classmethod
    def set_config_yaml(
        cls,
        nodes_definition_file: Path,
        flow_definition_files: Path | Iterable[Path],
        config_py: Path | None = None,
        keep_config_py: bool = False,
    ) -> None:
        """Compile a nodes file and flow files, or directories of them, and use the result.

        With `config_py`, the result is also written to this file, which `set_config_py` can read. It stays there,
        whatever `keep_config_py` says. Without it, nothing is written.

        Raises:
            ConfigurationError: the files have mistakes, all of which its text holds, environment variables that they
                refer to are not set, or `config_py` cannot be written.
        """
        nodes = _path(nodes_definition_file, "the nodes file")
        flows = _paths(flow_definition_files)
        from selinon_compiler.in_memory import inspect_files

        found = inspect_files(nodes, flows)
        files = _without_mistakes(found.files, found.report)
        if config_py is None:
            use_files("selinon_flows", files)
            return
        from selinon import single_file

        target = _path(config_py, "`config_py`")
        use_files("selinon_flows", files, lambda: single_file.save(target, files, (nodes, *flows)))

    @classmethod
    def set_config_dict(
        cls,
        nodes_definition: Mapping[Any, Any],
        flow_definitions: Mapping[Any, Any] | Sequence[Mapping[Any, Any]],
    ) -> None:
        """Compile mappings that hold what a nodes file and flow files hold, and use the result.

        Nothing is changed in them. One mapping may be given in both roles.

        Raises:
            ConfigurationError: the mappings have mistakes, all of which its text holds, with the mappings quoted as
                YAML; they hold something that YAML has no form for; or environment variables that they refer to are
                not set.
        """
        given = flow_definitions
        flows = [given] if isinstance(given, Mapping) else given
        if not isinstance(nodes_definition, Mapping) or not _are_mappings(flows):
            raise ConfigurationError(
                "set_config_dict takes a mapping of nodes, and a mapping or a list of mappings with flows\n"
                "help: `Config.set_config_yaml` takes paths of YAML files"
            )
        from selinon_compiler.in_memory import inspect_mappings
        from selinon_compiler.mappings import UnwritableError

        try:
            found = inspect_mappings(nodes_definition, flows)
        except UnwritableError as error:
            raise ConfigurationError(str(error)) from error
        use_files("selinon_flows", _without_mistakes(found.files, found.report))

    @classmethod
    def set_config_py(cls, config_code: Path) -> None:
        """Use a package in one file, which `selinon-cli inspect --dump` or `set_config_yaml` wrote.

        The file itself is not run, and not changed.

        Raises:
            ConfigurationError: the file cannot be read, is not of this kind, was edited, or environment variables
                that it refers to are not set.
        """
        path = _path(config_code, "the compiled configuration")
        from selinon import single_file

        files = single_file.parts_of(path)
        try:
            use_files(path, files)
        except ConfigurationError as error:
            raise ConfigurationError(f"cannot use `{path}`: {error}") from error

    @classmethod
    def trace_by_logging(cls) -> None:
        """Log trace events, as `logging: true` does; where that is done already, nothing changes.

        This and the methods below add to the configuration in use or, when there is none yet, to the next one.
        """
        from selinon.trace import LoggingSink

        add_sink(LoggingSink())

    @classmethod
    def trace_by_json(cls) -> None:
        """Write trace events to standard output, as `json: true` does; where that is done already, nothing changes."""
        from selinon.trace import JsonSink

        add_sink(JsonSink())

    @classmethod
    def trace_by_func(cls, trace_func: Callable[[int, dict[str, Any]], object]) -> None:
        """Call a function with the number and the details of each trace event.

        Raises:
            ConfigurationError: it cannot be called.
        """
        if not callable(trace_func):
            raise ConfigurationError(f"{trace_func!r} is not a function that could trace events")
        from selinon.trace import FunctionSink

        add_sink(FunctionSink(trace_func))

    @classmethod
    def trace_by_sentry(cls, dsn: str | None = None) -> None:
        """Report failures of tasks to Sentry, whose DSN may hold `{NAME}`; by default it is in `SENTRY_DSN`.

        Raises:
            ConfigurationError: the DSN is wrong, a variable is not set, or the library is not installed.
        """
        from selinon.trace import configured_sinks

        spec = TraceSpec(kind="sentry", dsn="{SENTRY_DSN}" if dsn is None else dsn)
        try:
            [sink] = configured_sinks([spec], nullcontext)
        except ImportError as error:
            raise ConfigurationError(str(error)) from error
        add_sink(sink)

    @classmethod
    def is_flow(cls, node_name: str) -> bool:
        """Return whether there is a flow of this name."""
        return registry.current().package.has_flow(node_name)

    @classmethod
    def is_task(cls, node_name: str) -> bool:
        """Return whether there is a task of this name."""
        return registry.current().package.has_task(node_name)

    @classmethod
    def has_storage(cls, task_name: str) -> bool:
        """Return whether a task has a storage, if only to read it; a flow has none.

        Raises:
            UnknownError: there is neither a task nor a flow of this name.
        """
        return not cls.is_flow(task_name) and registry.current().task(task_name).storage is not None

    @classmethod
    def has_readonly_storage(cls, task_name: str) -> bool:
        """Return whether a task has a storage that it only reads; raises as `has_storage` does."""
        return cls.has_storage(task_name) and registry.current().task(task_name).storage_readonly

    @classmethod
    def has_readwrite_storage(cls, task_name: str) -> bool:
        """Return whether a task has a storage that keeps its results; raises as `has_storage` does."""
        return cls.has_storage(task_name) and not cls.has_readonly_storage(task_name)


def _require_application(celery_app: Any) -> None:
    if celery_app is not None and not callable(getattr(celery_app, "send_task", None)):
        raise ConfigurationError(f"{celery_app!r} is not a Celery application")


def _without_mistakes(files: Mapping[str, bytes], report: str) -> Mapping[str, bytes]:
    """Return the files of a package; when there are none, raise the report of what kept them from being made."""
    if not files:
        raise ConfigurationError(f"the configuration has mistakes\n{report}")
    return files


def _path(value: Any, what: str) -> str:
    try:
        return os.fsdecode(value)
    except TypeError:
        message = f"{what} has to be a path, not an object of type `{type(value).__name__}`"
        if isinstance(value, Mapping):
            message += "\nhelp: `Config.set_config_dict` takes mappings"
        raise ConfigurationError(message) from None


def _paths(value: Any) -> list[str]:
    if isinstance(value, str | bytes | os.PathLike | Mapping) or not isinstance(value, Iterable):
        return [_path(value, "a flow file")]
    return [_path(path, "a flow file") for path in value]


def _are_mappings(values: Any) -> TypeGuard[Sequence[Mapping[Any, Any]]]:
    return isinstance(values, list | tuple) and all(isinstance(value, Mapping) for value in values)
