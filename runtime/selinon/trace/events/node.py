"""Events of the nodes in a flow: how they are started and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from selinon.trace.event import Event, Json, Level, Parent

__all__ = [
    "EagerFailure",
    "FallbackCondFalse",
    "FallbackCondTrue",
    "FallbackStart",
    "NodeFailure",
    "NodeStateCacheAdd",
    "NodeStateCacheGet",
    "NodeStateCacheHit",
    "NodeStateCacheIssue",
    "NodeStateCacheMiss",
    "NodeSuccessful",
    "ResultBackendIssue",
    "SubflowSchedule",
    "TaskSchedule",
]


class FlowNode(Event):
    """A node of a flow run."""

    flow_name: str
    dispatcher_id: str
    selective: Json
    node_name: str
    node_id: str


class FallbackRule(Event):
    """A rule for failures, applied to one failed instance of each of its nodes."""

    flow_name: str
    dispatcher_id: str
    nodes: Sequence[Mapping[str, str]]
    selective: Json
    fallback: Sequence[str]
    condition_strs: Sequence[str]


class NodeState(Event):
    """The outcome of a node, as it is looked up."""

    flow_name: str
    node_args: Json
    parent: Parent
    dispatcher_id: str
    queue: str | None
    node_id: str
    node_name: str
    selective: Json


class TaskSchedule(Event):
    """A task was put into its queue."""

    number: ClassVar[int] = 3

    task_name: str
    flow_name: str
    parent: Parent
    node_args: Json
    dispatcher_id: str
    task_id: str
    queue: str | None
    condition_str: str
    foreach_str: str | None
    selective_edge: bool = False
    countdown: float | None
    selective: Json


class SubflowSchedule(Event):
    """A sub-flow was put into its queue."""

    number: ClassVar[int] = 5

    flow_name: str
    child_flow_name: str
    dispatcher_id: str
    child_dispatcher_id: str
    queue: str | None
    countdown: float | None
    condition_str: str
    foreach_str: str | None
    selective_edge_conf: Json
    child_selective: Json
    selective: Json
    node_args: Json


class NodeSuccessful(FlowNode):
    """A node of the flow succeeded."""

    number: ClassVar[int] = 7


class NodeFailure(FlowNode):
    """A node of the flow failed."""

    number: ClassVar[int] = 13
    level: ClassVar[Level] = "warning"

    what: str


class EagerFailure(FlowNode):
    """A node failed whose failure ends the flow at once."""

    number: ClassVar[int] = 50
    level: ClassVar[Level] = "warning"

    what: str


class FallbackCondTrue(FallbackRule):
    """The condition of a rule for failures holds."""

    number: ClassVar[int] = 40


class FallbackCondFalse(FallbackRule):
    """The condition of a rule for failures does not hold."""

    number: ClassVar[int] = 39


class FallbackStart(FallbackRule):
    """The fallback nodes of a rule are started."""

    number: ClassVar[int] = 14


class NodeStateCacheGet(NodeState):
    """The cache is asked for the outcome of a node."""

    number: ClassVar[int] = 25


class NodeStateCacheHit(NodeState):
    """The cache has the outcome of a node."""

    number: ClassVar[int] = 28


class NodeStateCacheMiss(NodeState):
    """The cache does not have the outcome of a node."""

    number: ClassVar[int] = 27

    what: str


class NodeStateCacheAdd(NodeState):
    """The outcome of a node was added to the cache."""

    number: ClassVar[int] = 26


class NodeStateCacheIssue(NodeState):
    """The cache of outcomes failed; the work goes on without it."""

    number: ClassVar[int] = 41
    level: ClassVar[Level] = "warning"

    what: str


class ResultBackendIssue(NodeState):
    """The outcome of a node could not be read."""

    number: ClassVar[int] = 44
    level: ClassVar[Level] = "warning"

    what: str
