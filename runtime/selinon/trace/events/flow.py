"""Events of flow runs: their steps, their ends, their migrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from selinon.trace.event import Event, Json, Level, Parent

__all__ = [
    "DispatcherFailure",
    "DispatcherRetry",
    "DispatcherWakeup",
    "FlowEnd",
    "FlowFailure",
    "FlowRetry",
    "FlowSchedule",
    "FlowStart",
    "Migration",
    "MigrationError",
    "MigrationSkew",
    "MigrationTaintedFlow",
]


class FlowStep(Event):
    """A step of a flow run."""

    flow_name: str
    dispatcher_id: str
    node_args: Json
    retry: float | None
    queue: str | None
    state: Json
    selective: Json
    retried_count: int | None
    parent: Parent
    migration_version: int | None


class FlowSchedule(Event):
    """A user started a flow."""

    number: ClassVar[int] = 1

    flow_name: str
    node_args: Json
    dispatcher_id: str
    queue: str | None
    selective: Json


class DispatcherWakeup(FlowStep):
    """A step of a flow run begins."""

    number: ClassVar[int] = 0


class FlowStart(Event):
    """The first step of a flow run, or of a further attempt at it."""

    number: ClassVar[int] = 2

    flow_name: str
    dispatcher_id: str
    queue: str | None
    selective: Json
    node_args: Json


class FlowEnd(FlowStep):
    """A flow run ended successfully; `state` is the final one."""

    number: ClassVar[int] = 16


class FlowFailure(FlowStep):
    """A flow run failed; `state` is that at the failure."""

    number: ClassVar[int] = 11
    level: ClassVar[Level] = "warning"

    will_retry: bool


class FlowRetry(Event):
    """A flow run is tried again, after a failure of the flow or of what it relies on."""

    number: ClassVar[int] = 45
    level: ClassVar[Level] = "warning"

    flow_name: str
    dispatcher_id: str
    node_args: Json
    parent: Parent
    retried_count: int | None
    selective: Json
    retry: float | None
    state: Json
    countdown: float | None
    queue: str | None


class DispatcherRetry(FlowStep):
    """A step ended, and the run goes on."""

    number: ClassVar[int] = 15


class DispatcherFailure(FlowStep):
    """A step failed in a way that nothing provides for."""

    number: ClassVar[int] = 12
    level: ClassVar[Level] = "error"

    what: str


class Migration(FlowStep):
    """The state of a run was brought to another version of the flow."""

    number: ClassVar[int] = 46

    new_migration_version: int
    old_migration_version: int
    tainted: bool


class MigrationSkew(FlowStep):
    """A run is of a newer version than this process knows."""

    number: ClassVar[int] = 47
    level: ClassVar[Level] = "warning"

    available_migration_version: int | None


class MigrationTaintedFlow(FlowStep):
    """A run went along an edge that has changed, and is restarted or failed for it."""

    number: ClassVar[int] = 48

    latest_migration_version: int
    tainting_nodes: Sequence[str] | None
    tainted_edge: Json
    tainted_flow_strategy: str


class MigrationError(FlowStep):
    """The migrations could not be read or applied."""

    number: ClassVar[int] = 49
    level: ClassVar[Level] = "warning"

    what: str
