"""What storages and tasks need to know about single records and nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

__all__ = ["NoRecords", "NodeRecords", "RecordAddress"]

_UNIQUE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Ids that are UUIDs, as those of nodes are, belong to one node in one flow, whatever flow they are looked up in."""


class NodeRecords(Protocol):
    """What the runs on record say about single nodes; the store of runs answers it."""

    def flow_of(self, node_id: str) -> str | None:
        """Return the name of the flow in which the node ran, `None` if the node is not on record."""

    def exception_of(self, node_id: str) -> BaseException | None:
        """Return the exception with which the node failed, `None` if it did not or is not on record."""


class NoRecords:
    """The records of a process that runs no flows: none."""

    def flow_of(self, node_id: str) -> None:
        """Return `None`: the node is not on record."""

    def exception_of(self, node_id: str) -> None:
        """Return `None`: the node is not on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAddress:
    """Where a task's result is: its storage, and the names and the id the storage knows it by.

    `storage_task_name` is the name under which the storage keeps it, `task_name` that of the task itself.
    """

    task_name: str
    storage_task_name: str
    storage_name: str
    flow_name: str
    task_id: str

    @property
    def cache_key(self) -> str:
        """Text that identifies the record among those of all storages, tasks and flows."""
        # Ids alone do not: a selective run function may make up one id for several tasks, and use it in several flows.
        names = [self.storage_name, self.storage_task_name]
        if not _UNIQUE.fullmatch(str(self.task_id)):
            names.append(self.flow_name)
        return ":".join((*(quote(name, safe="") for name in names), str(self.task_id)))

    def details(self) -> dict[str, str]:
        """Return the fields which trace events about the record have."""
        return {
            "task_name": self.task_name,
            "storage_task_name": self.storage_task_name,
            "storage_name": self.storage_name,
            "flow_name": self.flow_name,
            "task_id": self.task_id,
        }
