"""What every cache can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Cache"]


class Cache(ABC):
    """A place where results of tasks, or states of nodes, are found again without asking where they are kept.

    The constructor gets the `configuration` of the cache as keyword arguments. Calls to one cache never overlap:
    Selinon takes a lock around them. Whatever a cache raises is traced, and the work goes on without it. A class need
    not derive from this one, and its methods may leave out `task_name` and `flow_name`.
    """

    @abstractmethod
    def add(
        self,
        item_id: str,
        item: Any,
        task_name: str | None = None,
        flow_name: str | None = None,
    ) -> None:
        """Keep an item.

        Args:
            item_id: text that identifies the item among all items of this cache.
            item: what is kept; `None` is an item as any other.
            task_name: task whose result it is.
            flow_name: flow in which the task ran.
        """

    @abstractmethod
    def get(self, item_id: str, task_name: str | None = None, flow_name: str | None = None) -> Any:
        """Return an item.

        Raises:
            CacheMissError: the item is not there.
        """

    def delete(
        self, item_id: str, task_name: str | None = None, flow_name: str | None = None
    ) -> None:
        """Forget an item, which need not be there; called when the result itself is deleted.

        A cache that cannot do so is asked by other ids from then on, so that the item is never found again.

        Raises:
            NotImplementedError: the cache cannot forget.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot forget single items")
