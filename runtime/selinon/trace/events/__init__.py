"""All trace events: one class per event, whose fields are the details that a sink gets.

`EVENTS` has them by number.
"""

from __future__ import annotations

from selinon.trace.event import Event
from selinon.trace.events import edge, flow, node, storage, task
from selinon.trace.events.edge import (
    EdgeCondFalse,
    ForeachResult,
    SelectiveOmitEdge,
    SelectiveOmitNode,
    SelectiveRunFunc,
    SelectiveTaskReuse,
)
from selinon.trace.events.flow import (
    DispatcherFailure,
    DispatcherRetry,
    DispatcherWakeup,
    FlowEnd,
    FlowFailure,
    FlowRetry,
    FlowSchedule,
    FlowStart,
    Migration,
    MigrationError,
    MigrationSkew,
    MigrationTaintedFlow,
)
from selinon.trace.events.node import (
    EagerFailure,
    FallbackCondFalse,
    FallbackCondTrue,
    FallbackStart,
    NodeFailure,
    NodeStateCacheAdd,
    NodeStateCacheGet,
    NodeStateCacheHit,
    NodeStateCacheIssue,
    NodeStateCacheMiss,
    NodeSuccessful,
    ResultBackendIssue,
    SubflowSchedule,
    TaskSchedule,
)
from selinon.trace.events.storage import (
    StorageConnect,
    StorageDelete,
    StorageDeleted,
    StorageDisconnect,
    StorageIssue,
    StorageOmitStoreError,
    StorageRetrieve,
    StorageRetrieved,
    StorageStore,
    StorageStored,
    StorageStoreError,
    TaskResultCacheAdd,
    TaskResultCacheGet,
    TaskResultCacheHit,
    TaskResultCacheIssue,
    TaskResultCacheMiss,
)
from selinon.trace.events.task import (
    TaskDiscardResult,
    TaskEnd,
    TaskFailure,
    TaskRetry,
    TaskStart,
)

__all__ = [
    "EVENTS",
    "DispatcherFailure",
    "DispatcherRetry",
    "DispatcherWakeup",
    "EagerFailure",
    "EdgeCondFalse",
    "FallbackCondFalse",
    "FallbackCondTrue",
    "FallbackStart",
    "FlowEnd",
    "FlowFailure",
    "FlowRetry",
    "FlowSchedule",
    "FlowStart",
    "ForeachResult",
    "Migration",
    "MigrationError",
    "MigrationSkew",
    "MigrationTaintedFlow",
    "NodeFailure",
    "NodeStateCacheAdd",
    "NodeStateCacheGet",
    "NodeStateCacheHit",
    "NodeStateCacheIssue",
    "NodeStateCacheMiss",
    "NodeSuccessful",
    "ResultBackendIssue",
    "SelectiveOmitEdge",
    "SelectiveOmitNode",
    "SelectiveRunFunc",
    "SelectiveTaskReuse",
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
    "SubflowSchedule",
    "TaskDiscardResult",
    "TaskEnd",
    "TaskFailure",
    "TaskResultCacheAdd",
    "TaskResultCacheGet",
    "TaskResultCacheHit",
    "TaskResultCacheIssue",
    "TaskResultCacheMiss",
    "TaskRetry",
    "TaskSchedule",
    "TaskStart",
]


def _declared() -> tuple[type[Event], ...]:
    """Return every event class of the modules, by number; the classes that only share fields have none."""
    classes = [
        value
        for module in (edge, flow, node, storage, task)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and "number" in vars(value)
    ]
    return tuple(sorted(classes, key=lambda kind: kind.number))


EVENTS: tuple[type[Event], ...] = _declared()
"""Every event class; the index is the event's number."""
