"""The built-in caches: a bounded number of items in memory."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections import OrderedDict
from typing import Any

from selinon.caches.interface import Cache
from selinon.errors import CacheMissError

__all__ = ["FIFO", "LIFO", "LRU", "MRU", "RR", "BoundedCache"]


class BoundedCache(Cache):
    """A cache that holds at most `max_cache_size` items, none when that is 0; `size` is another name for it.

    Adding an item that is there already changes nothing.

    Raises:
        ValueError: the size is negative.
        TypeError: the size is not an integer, or is given under both names.
    """

    def __init__(self, max_cache_size: int | None = None, *, size: int | None = None) -> None:
        if max_cache_size is not None and size is not None:
            raise TypeError("the size of a cache is either `max_cache_size` or `size`, not both")
        given = next((number for number in (max_cache_size, size) if number is not None), 0)
        if not isinstance(given, int) or isinstance(given, bool):
            raise TypeError(f"the size of a cache has to be an integer, not {given!r}")
        if given < 0:
            raise ValueError(f"the size of a cache cannot be negative, as {given} is")
        self.max_cache_size = given
        # In the order of insertion or use, the longest ago at the front.
        self._items: OrderedDict[str, Any] = OrderedDict()

    def add(
        self,
        item_id: str,
        item: Any,
        task_name: str | None = None,
        flow_name: str | None = None,
    ) -> None:
        """Keep an item, giving up another one if the cache is full."""
        if item_id in self._items or self.max_cache_size == 0:
            return
        if len(self._items) >= self.max_cache_size:
            self._evict(self._items)
        self._items[item_id] = item

    def get(self, item_id: str, task_name: str | None = None, flow_name: str | None = None) -> Any:
        """Return an item; raises `CacheMissError` if it is not there."""
        if item_id not in self._items:
            raise CacheMissError(f"no item {item_id!r}")
        self._touch(self._items, item_id)
        return self._items[item_id]

    def delete(
        self, item_id: str, task_name: str | None = None, flow_name: str | None = None
    ) -> None:
        """Forget an item if it is there."""
        self._items.pop(item_id, None)

    @abstractmethod
    def _evict(self, items: OrderedDict[str, Any]) -> None:
        """Remove one of the items, of which there is at least one; they are ordered by age."""

    def _touch(self, items: OrderedDict[str, Any], item_id: str) -> None:
        """Note that an item was asked for; without further ado the order is that of insertion."""


class FIFO(BoundedCache):
    """Gives up the item that was inserted first."""

    def _evict(self, items: OrderedDict[str, Any]) -> None:
        items.popitem(last=False)


class LIFO(BoundedCache):
    """Gives up the item that was inserted last."""

    def _evict(self, items: OrderedDict[str, Any]) -> None:
        items.popitem(last=True)


class LRU(FIFO):
    """Gives up the item whose insertion or last use is the longest ago."""

    def _touch(self, items: OrderedDict[str, Any], item_id: str) -> None:
        items.move_to_end(item_id)


class MRU(LIFO):
    """Gives up the item that was inserted or used last."""

    def _touch(self, items: OrderedDict[str, Any], item_id: str) -> None:
        items.move_to_end(item_id)


class RR(BoundedCache):
    """Gives up a random item."""

    def _evict(self, items: OrderedDict[str, Any]) -> None:
        del items[random.choice(tuple(items))]
