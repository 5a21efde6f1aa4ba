"""The numbers of the events, for trace functions that look at some events only."""

from __future__ import annotations

from typing import Final

from selinon.trace import events

__all__ = ["Trace"]


class Trace:
    """The number of every event by its name, as a trace function compares them: `event == Trace.FLOW_FAILURE`."""

    DISPATCHER_WAKEUP: Final = events.DispatcherWakeup.number
    FLOW_SCHEDULE: Final = events.FlowSchedule.number
    FLOW_START: Final = events.FlowStart.number
    TASK_SCHEDULE: Final = events.TaskSchedule.number
    TASK_START: Final = events.TaskStart.number
    SUBFLOW_SCHEDULE: Final = events.SubflowSchedule.number
    TASK_END: Final = events.TaskEnd.number
    NODE_SUCCESSFUL: Final = events.NodeSuccessful.number
    TASK_DISCARD_RESULT: Final = events.TaskDiscardResult.number
    TASK_FAILURE: Final = events.TaskFailure.number
    TASK_RETRY: Final = events.TaskRetry.number
    FLOW_FAILURE: Final = events.FlowFailure.number
    DISPATCHER_FAILURE: Final = events.DispatcherFailure.number
    NODE_FAILURE: Final = events.NodeFailure.number
    FALLBACK_START: Final = events.FallbackStart.number
    DISPATCHER_RETRY: Final = events.DispatcherRetry.number
    FLOW_END: Final = events.FlowEnd.number
    STORAGE_CONNECT: Final = events.StorageConnect.number
    STORAGE_DISCONNECT: Final = events.StorageDisconnect.number
    STORAGE_RETRIEVE: Final = events.StorageRetrieve.number
    STORAGE_RETRIEVED: Final = events.StorageRetrieved.number
    STORAGE_STORE: Final = events.StorageStore.number
    STORAGE_STORED: Final = events.StorageStored.number
    EDGE_COND_FALSE: Final = events.EdgeCondFalse.number
    FOREACH_RESULT: Final = events.ForeachResult.number
    NODE_STATE_CACHE_GET: Final = events.NodeStateCacheGet.number
    NODE_STATE_CACHE_ADD: Final = events.NodeStateCacheAdd.number
    NODE_STATE_CACHE_MISS: Final = events.NodeStateCacheMiss.number
    NODE_STATE_CACHE_HIT: Final = events.NodeStateCacheHit.number
    TASK_RESULT_CACHE_GET: Final = events.TaskResultCacheGet.number
    TASK_RESULT_CACHE_ADD: Final = events.TaskResultCacheAdd.number
    TASK_RESULT_CACHE_MISS: Final = events.TaskResultCacheMiss.number
    TASK_RESULT_CACHE_HIT: Final = events.TaskResultCacheHit.number
    SELECTIVE_OMIT_EDGE: Final = events.SelectiveOmitEdge.number
    SELECTIVE_OMIT_NODE: Final = events.SelectiveOmitNode.number
    SELECTIVE_RUN_FUNC: Final = events.SelectiveRunFunc.number
    SELECTIVE_TASK_REUSE: Final = events.SelectiveTaskReuse.number
    STORAGE_STORE_ERROR: Final = events.StorageStoreError.number
    STORAGE_OMIT_STORE_ERROR: Final = events.StorageOmitStoreError.number
    FALLBACK_COND_FALSE: Final = events.FallbackCondFalse.number
    FALLBACK_COND_TRUE: Final = events.FallbackCondTrue.number
    NODE_STATE_CACHE_ISSUE: Final = events.NodeStateCacheIssue.number
    TASK_RESULT_CACHE_ISSUE: Final = events.TaskResultCacheIssue.number
    STORAGE_ISSUE: Final = events.StorageIssue.number
    RESULT_BACKEND_ISSUE: Final = events.ResultBackendIssue.number
    FLOW_RETRY: Final = events.FlowRetry.number
    MIGRATION: Final = events.Migration.number
    MIGRATION_SKEW: Final = events.MigrationSkew.number
    MIGRATION_TAINTED_FLOW: Final = events.MigrationTaintedFlow.number
    MIGRATION_ERROR: Final = events.MigrationError.number
    EAGER_FAILURE: Final = events.EagerFailure.number
    STORAGE_DELETE: Final = events.StorageDelete.number
    STORAGE_DELETED: Final = events.StorageDeleted.number

    WARN_EVENTS: Final = tuple(kind.number for kind in events.EVENTS if kind.level == "warning")
    """Numbers of the events that warn of something; `DISPATCHER_FAILURE`, an error, is not among them."""

    @staticmethod
    def event2str(number: int) -> str:
        """Return the name of the event with this number.

        Raises:
            ValueError: no event has this number.
        """
        if not 0 <= number < len(events.EVENTS):
            raise ValueError(f"no trace event has the number {number}")
        return events.EVENTS[number].wire_name()
