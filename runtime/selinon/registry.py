"""What is configured in this process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from selinon.abi import FlowSpec, StorageSpec, TaskSpec, expand
from selinon.errors import ConfigNotInitializedError, ConfigurationError
from selinon.loading import LoadedPackage

if TYPE_CHECKING:
    from selinon.storages.pool import Storages
    from selinon.trace import Tracer

__all__ = ["Deployment", "current", "set_current"]


class Deployment:
    """A package with everything that belongs to its use in this process: storages, trace sinks, values of queues.

    A second deployment shares nothing with the first.
    """

    def __init__(self, package: LoadedPackage, environment: Mapping[str, str] = os.environ) -> None:
        self.package = package
        self._environment = environment
        self._validators: dict[str, Any] = {}
        # What a worker looks up for every node.
        self._flows: dict[str, FlowSpec] = {}
        self._tasks: dict[str, TaskSpec] = {}
        self._queues: dict[str, str] = {}

    @cached_property
    def storages(self) -> Storages:
        """Return the storages of this process."""
        from selinon.storages.pool import Storages

        return Storages(self)

    @cached_property
    def tracer(self) -> Tracer:
        """Return what passes events to the sinks.

        Raises:
            ConfigurationError: a sink cannot be set up, as its function or a library cannot be imported.
        """
        from selinon.trace import Tracer, configured_sinks

        try:
            return Tracer(configured_sinks(self.package.settings.trace, self.storages.borrow))
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(f"cannot trace as configured: {error}") from error

    def flow(self, name: str) -> FlowSpec:
        """Return a flow; raises UnknownFlowError."""
        flow = self._flows.get(name)
        if flow is None:
            flow = self._flows[name] = self.package.flow(name)
        return flow

    def task(self, name: str) -> TaskSpec:
        """Return a task; raises UnknownError."""
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = self.package.task(name)
        return task

    def storage(self, name: str) -> StorageSpec:
        """Return a storage; raises UnknownStorageError."""
        return self.package.storage(name)

    def task_queue(self, name: str) -> str:
        """Return the queue of a task, with references to the environment replaced."""
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = self._task_queue(self.package.task_queue(name))
        return queue

    def flow_queue(self, name: str) -> str:
        """Return the queue of a flow, with references to the environment replaced."""
        return self._flow_queue(self.package.flow_queue(name))

    @property
    def task_queues(self) -> dict[str, str]:
        """Return the queues of all tasks, by name."""
        queues = sorted(self.package.task_queues())
        return {name: self._task_queue(queue) for name, queue in queues}

    @property
    def flow_queues(self) -> dict[str, str]:
        """Return the queues of all flows, by name."""
        queues = sorted(self.package.flow_queues())
        return {name: self._flow_queue(queue) for name, queue in queues}

    def missing_environment(self) -> tuple[str, ...]:
        """Return the environment variables that are referred to and not set, sorted."""
        return tuple(name for name in self.package.environment if name not in self._environment)

    def validate(self, task: TaskSpec, result: Any) -> None:
        """Check a result against the task's output schema, if it has one.

        Raises:
            jsonschema.ValidationError: the result does not meet it.
        """
        if task.output_schema is None:
            return
        if task.output_schema not in self._validators:
            from jsonschema.validators import Draft202012Validator, validator_for

            schema = self.package.schema(task.name)
            self._validators[task.output_schema] = validator_for(schema, Draft202012Validator)(
                schema
            )
        self._validators[task.output_schema].validate(result)

    def _task_queue(self, template: str | None) -> str:
        return self._expanded(template or self.package.settings.default_task_queue)

    def _flow_queue(self, template: str | None) -> str:
        return self._expanded(template or self.package.settings.default_dispatcher_queue)

    def _expanded(self, template: str) -> str:
        try:
            return expand(template, self._environment)
        except KeyError as error:
            raise ConfigurationError(
                f"the environment variable {error.args[0]} is not set; the queue `{template}` needs it"
            ) from None


_CURRENT: list[Deployment] = []


def current() -> Deployment:
    """Return what is configured; raises ConfigNotInitializedError when nothing is."""
    if not _CURRENT:
        raise ConfigNotInitializedError(
            "Selinon is not configured: call Config.set_config_package or set_config_yaml"
        )
    return _CURRENT[-1]


def set_current(deployment: Deployment) -> None:
    """Make a deployment the one that is configured, in place of any other."""
    _CURRENT[:] = [deployment]
