"""What the engine wants done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.engine.selective import Selection
from selinon.record import Record


class StartTask(Record):
    """Start a task. `place` is the key of the edge or rule that starts it; nobody waits for it unless `awaited`."""

    id: str
    name: str
    place: str
    node_args: Any
    parent: Mapping[str, Any]
    awaited: bool
    failed: Mapping[str, Any]


class StartFlow(Record):
    """Start a sub-flow, whose run gets the node's id.

    `parent` is None unless it is propagated, and so is `failed`: what failed, for the first tasks of a fallback.
    `selection` is what the sub-flow runs of itself; None for all of it.
    """

    id: str
    name: str
    place: str
    node_args: Any
    parent: Mapping[str, Any] | None
    awaited: bool
    failed: Mapping[str, Any] | None = None
    selection: Selection | None = None


class EndRun(Record):
    """The run ended successfully."""


class FailRun(Record):
    """The run failed. `failed` holds the failures that nothing answered, `reason` what else was wrong, for people."""

    failed: Mapping[str, tuple[str, ...]]
    reason: str | None


class RestartRun(Record):
    """The attempt failed, and another one begins after `countdown` seconds with the state in the outcome."""

    failed: Mapping[str, tuple[str, ...]]
    reason: str | None
    countdown: int


Command: TypeAlias = StartTask | StartFlow | EndRun | FailRun | RestartRun
