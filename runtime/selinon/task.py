"""The base of tasks."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from selinon.errors import NoParentNodeError, RequestError, Retry

if TYPE_CHECKING:
    from selinon.registry import Deployment
    from selinon.storages.adapter import DataStorage

__all__ = ["SelinonTask"]


class SelinonTask(ABC):
    """A task: one instance is made for each time it runs.

    Args:
        flow_name: flow in which the task runs.
        task_name: name of the task in the configuration.
        parent: ids of the nodes before this one, `{task: id}`; `{flow: {task: [id, ...]}}` for a sub-flow that
            propagates them. `None` if there are none.
        task_id: id of this run of the task.
        dispatcher_id: id of the flow run.

    `failed` holds the failed nodes that a fallback task answers, `{name: [id, ...]}`; what failed in a sub-flow is
    shown in place of its id, `{flow: {task: [id, ...]}}`, if the flow of the fallback propagates failures. It is empty
    for any other task.
    """

    failed: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self,
        flow_name: str,
        task_name: str,
        parent: Mapping[str, Any] | None,
        task_id: str,
        dispatcher_id: str,
    ) -> None:
        self.flow_name = flow_name
        self.task_name = task_name
        self.parent = parent
        self.task_id = task_id
        self.dispatcher_id = dispatcher_id
        self.log = logging.getLogger(f"selinon.task.{task_name}")

    @abstractmethod
    def run(self, node_args: Any) -> Any:
        """Do the work of the task, and return its result.

        Raises:
            Retry: the task is to run again later, which does not count as a failure.
            FatalTaskError: the task failed and is not to run again.
            Exception: the task failed, and runs again as often as `max_retry` says.
        """

    @cached_property
    def storage(self) -> DataStorage | None:
        """The adapter of the task's storage, connected when it is first looked at; `None` if the task has none."""
        deployment = _deployment()
        name = deployment.task(self.task_name).storage
        return None if name is None else deployment.storages.connected(name)

    def parent_task_result(self, task_name: str) -> Any:
        """Return the result of a task before this one.

        Raises:
            NoParentNodeError: there is no such parent.
            UnknownStorageError: the parent has no storage.
            StorageError: the storage cannot be reached, or does not have the result.
        """
        task_id = _within(self.parent, [], task_name)
        return self._result(self.flow_name, task_name, _chosen(task_id, task_name, -1))

    def parent_flow_result(
        self, flow_names: str | Sequence[str], task_name: str, index: int = -1
    ) -> Any:
        """Return the result of a task in a sub-flow before this task.

        Args:
            flow_names: the sub-flow, or the path of sub-flows from the outermost to that of the task.
            task_name: name of the task.
            index: which one, if it ran several times; the last one by default.

        Raises:
            NoParentNodeError: there is no such parent.
            UnknownStorageError: the parent has no storage.
            StorageError: the storage cannot be reached, or does not have the result.
        """
        flows = _path(flow_names)
        task_ids = _within(self.parent, flows, task_name)
        return self._result(flows[-1], task_name, _chosen(task_ids, task_name, index))

    def parent_task_exception(self, task_name: str) -> BaseException:
        """Return the exception of a failed task which this fallback task answers.

        Raises:
            NoParentNodeError: the task is not a parent of this one.
            RequestError: it is, but did not fail.
        """
        return self._exception([], task_name, -1)

    def parent_flow_exception(
        self, flow_names: str | Sequence[str], task_name: str, index: int = -1
    ) -> BaseException:
        """Return the exception of a failed task in a failed sub-flow which this fallback task answers.

        The arguments are those of `parent_flow_result`.

        Raises:
            NoParentNodeError: the task is not a parent of this one.
            RequestError: it is, but did not fail.
        """
        return self._exception(_path(flow_names), task_name, index)

    def retry(self, countdown: float = 0) -> NoReturn:
        """Stop here, and have the task run again after at least `countdown` seconds, whatever `max_retry` says.

        Raises:
            Retry: always.
        """
        raise Retry(countdown)

    def _result(self, flow_name: str, task_name: str, task_id: Any) -> Any:
        return _deployment().storages.retrieve_from_parent(flow_name, task_name, task_id)

    def _exception(self, flows: list[str], task_name: str, index: int) -> BaseException:
        try:
            task_ids = _within(self.failed, flows, task_name)
        except NoParentNodeError:
            if _is_failed_as_a_whole(self.failed, flows):
                raise NoParentNodeError(
                    f"what failed in {' / '.join(flows)} is not known here: the flow above it lacks "
                    "`propagate_failures` or `propagate_compound_failures`"
                ) from None
            # Raises the same for what is no parent at all.
            _within(self.parent, flows, task_name)
            raise RequestError(f"parent {task_name!r} did not fail") from None
        node_id = _chosen(task_ids, task_name, index)
        exception = _deployment().storages.node_records.exception_of(node_id)
        if exception is None:
            raise RequestError(f"no failure of {task_name!r}, id {node_id!r}, is on record")
        return exception


def _deployment() -> Deployment:
    """Return the configuration in use."""
    # The registry knows tasks only by reference, but what it imports need not be there for a task's unit test.
    from selinon import registry

    return registry.current()


def _path(flow_names: str | Sequence[str]) -> list[str]:
    """Return the path of sub-flows as a list; raises `NoParentNodeError` if it is empty."""
    flows = [flow_names] if isinstance(flow_names, str) else list(flow_names)
    if not flows:
        raise NoParentNodeError("the path of sub-flows is empty")
    return flows


def _within(nodes: Mapping[str, Any] | None, flows: list[str], name: str) -> Any:
    """Return the entry of a name, looked up through nested sub-flows; raises `NoParentNodeError`."""
    entry: Any = nodes or {}
    for step in (*flows, name):
        if not isinstance(entry, Mapping) or step not in entry:
            raise NoParentNodeError(f"no parent {' / '.join((*flows, name))}: {step!r} is missing")
        entry = entry[step]
    return entry


def _is_failed_as_a_whole(failed: Mapping[str, Any], flows: list[str]) -> bool:
    """Return whether a path of sub-flows leads to one that failed, of which only its own id is known."""
    entry: Any = failed
    for step in flows:
        if step not in entry:
            return False
        entry = entry[step]
        if not isinstance(entry, Mapping):
            return True
    return False


def _chosen(ids: Any, name: str, index: int) -> Any:
    """Return one of the ids of a node, which may be a single one; raises `NoParentNodeError`.

    Ids are texts, unless a selective run function makes up others.
    """
    if isinstance(ids, Mapping):
        raise NoParentNodeError(f"parent {name!r} is a sub-flow, and a task is asked for")
    several = ids if isinstance(ids, list | tuple) else [ids]
    try:
        return several[index]
    except IndexError:
        raise NoParentNodeError(f"parent {name!r} ran {len(several)} times, no {index}") from None
