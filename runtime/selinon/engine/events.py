"""What happens to a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Start:
    """An attempt of the run begins."""


@dataclass(frozen=True, slots=True)
class NodeFinished:
    """A node that was waited for finished successfully."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """A node that was waited for failed for good; `reason` says why, for people."""

    id: str
    name: str
    reason: str


Event: TypeAlias = Start | NodeFinished | NodeFailed
