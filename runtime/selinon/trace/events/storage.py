"""Events of storages and of the caches of results."""

from __future__ import annotations

from typing import ClassVar

from selinon.trace.event import Event, Json, Level

__all__ = [
    "StorageConnect",
    "StorageDelete",
    "StorageDeleted",
    "StorageDisconnect",
    "StorageIssue",
    "StorageOmitStoreError",
    "StorageRetrieve",
    "StorageRetrieved",
    "StorageStore",
    "StorageStoreError",
    "StorageStored",
    "TaskResultCacheAdd",
    "TaskResultCacheGet",
    "TaskResultCacheHit",
    "TaskResultCacheIssue",
    "TaskResultCacheMiss",
]


class TaskRecord(Event):
    """A task's result in a storage."""

    task_name: str
    storage_task_name: str
    storage_name: str
    flow_name: str
    task_id: str


class StoredRecord(Event):
    """What was written to a storage."""

    flow_name: str
    node_args: Json
    task_name: str
    storage_task_name: str
    task_id: str
    storage_name: str
    record_id: Json


class StorageConnect(Event):
    """A storage was connected to."""

    number: ClassVar[int] = 17

    storage_name: str


class StorageDisconnect(Event):
    """A storage was disconnected from; never emitted."""

    number: ClassVar[int] = 18


class StorageRetrieve(TaskRecord):
    """A result is about to be read from a storage."""

    number: ClassVar[int] = 19


class StorageRetrieved(Event):
    """A result was read from a storage; never emitted."""

    number: ClassVar[int] = 20


class StorageStore(StoredRecord):
    """A result was written to a storage."""

    number: ClassVar[int] = 21


class StorageStored(Event):
    """A result was written to a storage; never emitted."""

    number: ClassVar[int] = 22


class StorageStoreError(StoredRecord):
    """The failure of a task was written to a storage."""

    number: ClassVar[int] = 37

    error_type: str
    error_value: str
    error_traceback: str


class StorageOmitStoreError(Event):
    """The failure of a task is not written: the storage has no use for it."""

    number: ClassVar[int] = 38
    level: ClassVar[Level] = "warning"

    flow_name: str
    node_args: Json
    task_name: str
    task_id: str
    error_type: str
    error_value: str
    error_traceback: str


class StorageDelete(TaskRecord):
    """A result is about to be deleted from a storage."""

    number: ClassVar[int] = 51


class StorageDeleted(TaskRecord):
    """A result was deleted from a storage."""

    number: ClassVar[int] = 52


class StorageIssue(TaskRecord):
    """A storage failed."""

    number: ClassVar[int] = 43
    level: ClassVar[Level] = "warning"

    what: str


class TaskResultCacheGet(TaskRecord):
    """The cache is asked for a result."""

    number: ClassVar[int] = 29


class TaskResultCacheHit(TaskRecord):
    """The cache has a result."""

    number: ClassVar[int] = 32


class TaskResultCacheMiss(TaskRecord):
    """The cache does not have a result."""

    number: ClassVar[int] = 31

    what: str


class TaskResultCacheAdd(TaskRecord):
    """A result was added to the cache."""

    number: ClassVar[int] = 30


class TaskResultCacheIssue(TaskRecord):
    """The cache of results failed; the work goes on without it."""

    number: ClassVar[int] = 42
    level: ClassVar[Level] = "warning"

    what: str
