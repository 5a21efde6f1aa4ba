"""What happens to a run."""

from __future__ import annotations

from typing import TypeAlias

from selinon.record import Record


class Start(Record):
    """An attempt of the run begins."""


class NodeFinished(Record):
    """A node that was waited for finished successfully."""

    id: str
    name: str


class NodeFailed(Record):
    """A node that was waited for failed for good; `reason` says why, for people."""

    id: str
    name: str
    reason: str


Event: TypeAlias = Start | NodeFinished | NodeFailed
