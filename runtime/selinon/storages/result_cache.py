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
from selinon.storages.calls import with_known_names
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
    changes it for himself. The methods of the cache are told the names of task and flow if they have parameters for
    them.
    """

    def __init__(self, cache: Cache, emit: Callable[[Event], None]) -> None:
        self._cache = cache
        self._emit = emit
        self._lock = threading.RLock()
        self._add = with_known_names(cache.add)
        self._get = with_known_names(cache.get)
        delete = getattr(cache, "delete", None)
        self._delete = None if delete is None else with_known_names(delete)
        self._unforgotten = 0

    def get(self, record: RecordAddress) -> Hit | None:
        """Return the result if the cache has it."""
        details = record.details()
        self._emit(TaskResultCacheGet(**details))
        try:
            with self._lock:
                result = self._get(self._key(record), **_names(record))
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
                self._add(self._key(record), copied(result), **_names(record))
        except Exception:
            self._emit(TaskResultCacheIssue(**details, what=traceback.format_exc()))
            return
        self._emit(TaskResultCacheAdd(**details))

    def forget(self, record: RecordAddress) -> None:
        """Drop a result, which need not be there.

        A cache that cannot drop it is asked by other keys from now on, and so never for anything it holds now.
        """
        try:
            with self._lock:
                if self._delete is None:
                    raise NotImplementedError
                self._delete(self._key(record), **_names(record))
        except Exception as error:
            self._unforgotten += 1
            if not isinstance(error, NotImplementedError):
                self._emit(TaskResultCacheIssue(**record.details(), what=traceback.format_exc()))

    def _key(self, record: RecordAddress) -> str:
        return f"{record.cache_key}#{self._unforgotten}" if self._unforgotten else record.cache_key


def _names(record: RecordAddress) -> dict[str, str]:
    return {"task_name": record.task_name, "flow_name": record.flow_name}


def made_cache(
    spec: CacheSpec, record: RecordAddress, emit: Callable[[Event], None]
) -> ResultCache | None:
    """Return the cache that is specified; `None` if it holds nothing, or cannot be made, which is traced."""
    try:
        cache: Cache = spec.cache.resolve()(**spec.configuration)
        # A built-in cache of size 0 is how a configuration says that there is none.
        return None if getattr(cache, "max_cache_size", None) == 0 else ResultCache(cache, emit)
    except Exception:
        emit(TaskResultCacheIssue(**record.details(), what=traceback.format_exc()))
        return None
