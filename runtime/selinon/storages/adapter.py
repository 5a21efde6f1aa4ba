"""What every storage adapter can do."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, ClassVar, TypeAlias

__all__ = ["DataStorage", "ExcInfo"]

ExcInfo: TypeAlias = "tuple[type[BaseException], BaseException, TracebackType | None]"
"""An exception as `sys.exc_info` gives it."""


class DataStorage(ABC):
    """Base of storage adapters.

    The constructor gets the configuration of the storage: a mapping as keyword arguments, anything else as the only
    argument. There is one instance per storage and process, connected when it is first needed. Calls to it never
    overlap, unless the class sets `thread_safe`.

    `store` and `store_error` may leave out `node_args`.
    """

    thread_safe: ClassVar[bool] = False

    @abstractmethod
    def is_connected(self) -> bool:
        """Return whether the storage can be used without connecting to it."""

    @abstractmethod
    def connect(self) -> None:
        """Connect to the storage."""

    @abstractmethod
    def disconnect(self) -> None:
        """Disconnect from the storage."""

    @abstractmethod
    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a task.

        Raises:
            FileNotFoundError: there is none.
        """

    @abstractmethod
    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> object:
        """Keep the result of a task, and return what the storage calls the record."""

    def store_error(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, exc_info: ExcInfo
    ) -> object:
        """Keep the exception of a task that failed for good, and return what the storage calls the record.

        Raises:
            NotImplementedError: the storage keeps no failures.
        """
        raise NotImplementedError(f"{type(self).__name__} keeps no failures of tasks")

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        """Delete the result of a task.

        Raises:
            SelinonMissingDataException: there is none.
            NotImplementedError: the storage cannot delete.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot delete results")

    def __del__(self) -> None:
        # The constructor may have failed half way, and there is nobody left to tell what goes wrong here.
        with contextlib.suppress(Exception):
            if self.is_connected():
                self.disconnect()
