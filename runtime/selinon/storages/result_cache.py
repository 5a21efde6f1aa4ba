"""A cache of results, as it is used beside a storage."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selinon.abi import CacheSpec
from selinon.caches import Cache
from selinon.errors import CacheMissError
from selinon.plain import copied
from selinon.storages.records import RecordAddress
from selinon.trace.event import Event
from selinon.trace.events import (
    TaskResultCacheAdd,
    TaskResultCacheGet,
    TaskResultCacheHit,
    TaskResultCacheIssue,
    TaskResultCacheMiss,
)

__all__ = ["Hit", "ResultCache", "made_cache"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A result that was found; it may be `None`."""

    result: Any


class ResultCache:
    """A cache whose errors are traced and do no other harm.

    It holds copies, as far as results consist of dicts and lists, and gives out copies: whoever changes a result
    changes it for himself.
    """

    def __init__(self, cache: Cache, emit: Callable[[Event], None]) -> None:
        self._cache = cache
        self._emit = emit
        self._lock = threading.RLock()

    def get(self, record: RecordAddress) -> Hit | None:
        """Return the result if the cache has it."""
        details = record.details()
        self._emit(TaskResultCacheGet(**details))
        try:
            with self._lock:
                result = self._cache.get(record.cache_key, record.task_name, record.flow_name)
        except CacheMissError as error:
            self._emit(TaskResultCacheMiss(**details, what=str(error)))
            return None
        except Exception:
            self._emit(TaskResultCacheIssue(**details, what=traceback.format_exc()))
            return None
        self._emit(TaskResultCacheHit(**details))
        return Hit(copied(result))

    def add(self, record: RecordAddress, result: Any) -> None:
        """Keep a result."""
        details = record.details()
        try:
            with self._lock:
                self._cache.add(
                    record.cache_key, copied(result), record.task_name, record.flow_name
                )
        except Exception:
            self._emit(TaskResultCacheIssue(**details, what=traceback.format_exc()))
            return
        self._emit(TaskResultCacheAdd(**details))

    def forget(self, record: RecordAddress) -> None:
        """Drop a result, which need not be there."""
        try:
            with self._lock:
                self._cache.delete(record.cache_key, record.task_name, record.flow_name)
        except Exception:
            self._emit(TaskResultCacheIssue(**record.details(), what=traceback.format_exc()))


def made_cache(
    spec: CacheSpec, record: RecordAddress, emit: Callable[[Event], None]
) -> ResultCache | None:
    """Return the cache that is specified; `None` if it holds nothing, or cannot be made, which is traced."""
    try:
        cache: Cache = spec.cache.resolve()(**spec.configuration)
    except Exception:
        emit(TaskResultCacheIssue(**record.details(), what=traceback.format_exc()))
        return None
    # A built-in cache of size 0 is how a configuration says that there is none.
    return None if getattr(cache, "max_cache_size", None) == 0 else ResultCache(cache, emit)
