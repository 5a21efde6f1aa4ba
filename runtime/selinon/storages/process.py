"""All storages of a deployment, as one process uses them."""

from __future__ import annotations

import os
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from selinon.abi import TaskSpec
from selinon.errors import MissingRecordError, StorageError, UnknownStorageError
from selinon.storages.adapter import DataStorage, ExcInfo
from selinon.storages.calls import call_with_record, method_of
from selinon.storages.connection import Connection
from selinon.storages.deployment import Deployment
from selinon.storages.records import NodeRecords, NoRecords, RecordAddress
from selinon.storages.result_cache import ResultCache, made_cache
from selinon.trace.event import Event
from selinon.trace.events import (
    StorageConnect,
    StorageDelete,
    StorageDeleted,
    StorageIssue,
    StorageOmitStoreError,
    StorageRetrieve,
    StorageStore,
    StorageStoreError,
)

__all__ = ["Storages"]


class Storages:
    """The storages of a deployment, and the caches of what they hold: one instance of each per process.

    A process that is forked starts without instances; those of its parent stay with the parent. Whoever runs flows
    sets `node_records` to the runs on record.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.node_records: NodeRecords = NoRecords()
        self._deployment = deployment
        self._inherited: list[dict[str, Connection]] = []
        self._start()
        _ALL.add(self)

    def connected(self, name: str) -> DataStorage:
        """Return the adapter of a storage, connected.

        Raises:
            UnknownStorageError: there is no such storage.
            StorageError: it cannot be connected to.
        """
        return self._connection(name).adapter()

    def of_task(self, task_name: str) -> DataStorage:
        """Return the adapter of a task's storage, connected; raises as `connected` does."""
        return self.connected(self._storage_name(self._deployment.task(task_name)))

    def borrow(self, name: str) -> AbstractContextManager[DataStorage]:
        """Open a storage for one call, with other calls kept away unless the adapter is thread-safe.

        Raises:
            UnknownStorageError: there is no such storage.
            StorageError: it cannot be connected to; raised on entering.
        """
        return self._connection(name).borrow()

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return a result, from the cache or else from the storage.

        Raises:
            UnknownStorageError: the task has no storage.
            MissingRecordError: the storage does not have the result.
            StorageError: the storage cannot be reached or read; the adapter's own error is the cause.
        """
        return self._cached(self._address(flow_name, task_name, task_id), self._read)

    def retrieve_from_parent(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a parent that probably ran in this flow, else in the one that is on record for it.

        The parents of the first tasks in a sub-flow, and those that several flows were merged into, ran elsewhere
        than their position tells; it matters to a storage that keeps results by flow. Raises as `retrieve` does.
        """
        return self._cached(self._address(flow_name, task_name, task_id), self._read_anywhere)

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> object:
        """Keep a result in the storage of its task, and return what the storage calls the record.

        Raises:
            UnknownStorageError: the task has no storage.
            StorageError: the storage cannot be connected to.
            Exception: what the adapter raises.
        """
        record = self._address(flow_name, task_name, task_id)
        record_id = self._write(record, "store", node_args, result)
        self._emit(StorageStore(**record.details(), node_args=node_args, record_id=record_id))
        return record_id

    def store_error(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, exc_info: ExcInfo
    ) -> None:
        """Keep the exception of a task that failed for good, if its storage has a use for it; raises as `store`."""
        record = self._address(flow_name, task_name, task_id)
        kind, error, trace = exc_info
        texts = {
            "error_type": kind.__name__,
            "error_value": str(error),
            "error_traceback": "".join(traceback.format_exception(kind, error, trace)),
        }
        try:
            record_id = self._write(record, "store_error", node_args, exc_info)
        except NotImplementedError:
            self._emit(
                StorageOmitStoreError(
                    flow_name=flow_name,
                    node_args=node_args,
                    task_name=task_name,
                    task_id=task_id,
                    **texts,
                )
            )
            return
        self._emit(
            StorageStoreError(**record.details(), node_args=node_args, record_id=record_id, **texts)
        )

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        """Delete a result from the storage of its task, and from the caches of this process.

        Raises:
            UnknownStorageError: the task has no storage.
            SelinonMissingDataException: the storage does not have the result.
            StorageError: the storage cannot be connected to.
            NotImplementedError: the adapter cannot delete.
        """
        record = self._address(flow_name, task_name, task_id)
        self._emit(StorageDelete(**record.details()))
        try:
            with self._issues_traced(record), self.borrow(record.storage_name) as adapter:
                delete = method_of(adapter, "delete")
                delete(record.flow_name, record.storage_task_name, record.task_id)
        finally:
            # Also after an error: the record may be gone nevertheless.
            self._forget(record)
        self._emit(StorageDeleted(**record.details()))

    def close(self) -> None:
        """Disconnect all storages of this process; each connects again when it is needed."""
        with self._lock:
            connections = list(self._connections.values())
        for connection in connections:
            connection.disconnect()

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._connections: dict[str, Connection] = {}
        self._caches: dict[tuple[str, str | None], ResultCache | None] = {}

    def _restart(self) -> None:
        """Begin anew in a forked process, where locks and connections are of no use."""
        # Kept, as their destructors would disconnect what the parent process still uses.
        self._inherited.append(self._connections)
        self._start()

    def _emit(self, event: Event) -> None:
        self._deployment.tracer.emit(event)

    def _connection(self, name: str) -> Connection:
        spec = self._deployment.storage(name)
        with self._lock:
            if name not in self._connections:
                self._connections[name] = Connection(
                    spec, lambda: self._emit(StorageConnect(storage_name=name))
                )
            return self._connections[name]

    @staticmethod
    def _storage_name(task: TaskSpec) -> str:
        if task.storage is None:
            raise UnknownStorageError(f"task {task.name!r} has no storage")
        return task.storage

    def _address(self, flow_name: str, task_name: str, task_id: str) -> RecordAddress:
        task = self._deployment.task(task_name)
        return RecordAddress(
            task_name=task_name,
            storage_task_name=task.storage_task_name or task_name,
            storage_name=self._storage_name(task),
            flow_name=flow_name,
            task_id=task_id,
        )

    def _cached(self, record: RecordAddress, read: Callable[[RecordAddress], Any]) -> Any:
        cache = self._cache(record)
        hit = cache.get(record) if cache else None
        if hit:
            return hit.result
        result = read(record)
        if cache:
            cache.add(record, result)
        return result

    def _cache(self, record: RecordAddress) -> ResultCache | None:
        """Return the cache of the task, or else that of its storage."""
        task = self._deployment.task(record.task_name)
        own = task.cache is not None
        spec = task.cache or self._deployment.storage(record.storage_name).cache
        if spec is None:
            return None
        key = (record.storage_name, record.task_name if own else None)
        with self._lock:
            if key not in self._caches:
                self._caches[key] = made_cache(spec, record, self._emit)
            return self._caches[key]

    def _forget(self, record: RecordAddress) -> None:
        """Drop a result from all caches that may hold it, those of tasks which share its name in the storage too."""
        with self._lock:
            caches = [
                cache
                for (storage, _), cache in self._caches.items()
                if storage == record.storage_name
            ]
        for cache in caches:
            if cache is not None:
                cache.forget(record)

    def _read(self, record: RecordAddress) -> Any:
        with self._issues_traced(record):
            return self._fetch(record)

    def _read_anywhere(self, record: RecordAddress) -> Any:
        with self._issues_traced(record):
            try:
                return self._fetch(record)
            except MissingRecordError:
                flow_name = self.node_records.flow_of(record.task_id)
                if flow_name is None or flow_name == record.flow_name:
                    raise
            return self._fetch(replace(record, flow_name=flow_name))

    def _fetch(self, record: RecordAddress) -> Any:
        """Read a result; raises `StorageError` only."""
        self._emit(StorageRetrieve(**record.details()))
        try:
            with self.borrow(record.storage_name) as adapter:
                return adapter.retrieve(record.flow_name, record.storage_task_name, record.task_id)
        except StorageError:
            raise
        except Exception as error:
            raise _as_storage_error(record, error) from error

    def _write(self, record: RecordAddress, method: str, node_args: Any, what: object) -> object:
        """Call `store` or `store_error` of the adapter."""
        with self._issues_traced(record), self.borrow(record.storage_name) as adapter:
            names = (record.flow_name, record.storage_task_name, record.task_id)
            return call_with_record(method_of(adapter, method), node_args, *names, what)

    @contextmanager
    def _issues_traced(self, record: RecordAddress) -> Iterator[None]:
        """Trace what goes wrong with a record; that an adapter cannot do something is no issue."""
        try:
            yield
        except NotImplementedError:
            raise
        except Exception:
            self._emit(StorageIssue(**record.details(), what=traceback.format_exc()))
            raise


def _as_storage_error(record: RecordAddress, error: Exception) -> StorageError:
    """Return the error as one of a storage; that of a missing record stays a `FileNotFoundError`."""
    where = (
        f"storage {record.storage_name!r}, task {record.storage_task_name!r}, id {record.task_id!r}"
    )
    if isinstance(error, FileNotFoundError):
        return MissingRecordError(f"no result: {where}")
    return StorageError(f"reading failed: {where}: {error!r}")


_ALL: weakref.WeakSet[Storages] = weakref.WeakSet()


def _restart_all() -> None:
    for storages in list(_ALL):
        storages._restart()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_all)
