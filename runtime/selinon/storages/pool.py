"""Access to storages for the code of users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selinon.errors import NoParentNodeError, RequestError
from selinon.storages.adapter import DataStorage
from selinon.storages.process import Storages

__all__ = ["StoragePool", "Storages"]


class StoragePool:
    """The storages of the configuration in use.

    What needs no mapping can be called on the class. An instance knows the ids of the tasks before an edge.

    Args:
        id_mapping: ids of tasks by name; nested for sub-flows.
        flow_name: flow in which these tasks ran.
    """

    def __init__(
        self, id_mapping: Mapping[str, Any] | None = None, flow_name: str | None = None
    ) -> None:
        self._id_mapping: Mapping[str, Any] = id_mapping or {}
        self._flow_name = flow_name or ""

    def get(self, task_name: str) -> Any:
        """Return the result of a task of the mapping.

        Raises:
            NoParentNodeError: the mapping does not have it.
            RequestError: it is a sub-flow, which has no result of its own.
            UnknownStorageError: the task has no storage.
            StorageError: the storage cannot be reached, or does not have the result.
        """
        if task_name not in self._id_mapping:
            raise NoParentNodeError(f"no task {task_name!r} among {sorted(self._id_mapping)}")
        task_id = self._id_mapping[task_name]
        if isinstance(task_id, Mapping):
            raise RequestError(f"{task_name!r} is a sub-flow, which has no result of its own")
        return _storages().retrieve_from_parent(self._flow_name, task_name, task_id)

    @staticmethod
    def retrieve(flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a task.

        Raises:
            UnknownStorageError: the task has no storage.
            MissingRecordError: the storage does not have the result; it is a `FileNotFoundError`.
            StorageError: the storage cannot be reached or read.
        """
        return _storages().retrieve(flow_name, task_name, task_id)

    @staticmethod
    def delete(flow_name: str, task_name: str, task_id: str) -> None:
        """Delete the result of a task.

        Raises:
            UnknownStorageError: the task has no storage.
            SelinonMissingDataException: the storage does not have the result.
            StorageError: the storage cannot be connected to.
            NotImplementedError: the adapter cannot delete.
        """
        _storages().delete(flow_name, task_name, task_id)

    @staticmethod
    def get_connected_storage(name: str) -> DataStorage:
        """Return the adapter of a storage, connected.

        Calls to it are not kept apart from those that Selinon makes at the same time.

        Raises:
            UnknownStorageError: there is no such storage.
            StorageError: it cannot be connected to.
        """
        return _storages().connected(name)

    @staticmethod
    def get_storage_by_task_name(task_name: str) -> DataStorage:
        """Return the adapter of a task's storage, connected; raises as `get_connected_storage` does."""
        return _storages().of_task(task_name)


def _storages() -> Storages:
    """Return the storages of the configuration in use."""
    # The registry makes a `Storages` for each deployment, so it can only be imported afterwards.
    from selinon import registry

    return registry.current().storages
