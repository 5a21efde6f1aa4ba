"""What the engine asks for, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.abi import EdgeSpec, FailureSpec, Names
from selinon.record import Record, made_by


class AskCondition(Record):
    """Does the condition of this edge, or of this rule for failures, hold? Answered by a boolean.

    `tasks` and `flows` are the ids of the tasks and of the sub-flows of the combination, by name: those whose results
    the condition may read.
    """

    place: EdgeSpec | FailureSpec
    tasks: Mapping[str, Any]
    flows: Mapping[str, str]
    node_args: Any


class AskForeach(Record):
    """Which items does the foreach function of this edge return? Answered by a list; no items by an empty one."""

    edge: EdgeSpec
    tasks: Mapping[str, Any]
    node_args: Any


class AskResult(Record):
    """What is the result of this task? Answered by the value."""

    name: str
    id: str


class AskFinished(Record):
    """Which nodes finished in this sub-flow? Answered by a `NodeTree`."""

    name: str
    id: str


class AskFailed(Record):
    """Which failures made this sub-flow fail? Answered by a `NodeTree`."""

    name: str
    id: str


class AskSelection(Record):
    """What does the sub-flow to which this edge leads run selectively? Answered by a `Selection`."""

    edge: EdgeSpec
    name: str


class AskReuse(Record):
    """Whose result takes the place of a run of this task? Answered by an id, or by something false to have it run.

    `wanted` are the names that the selective run was asked for.
    """

    edge: EdgeSpec
    name: str
    tasks: Mapping[str, Any]
    node_args: Any
    wanted: Names


Ask: TypeAlias = (
    AskCondition | AskForeach | AskResult | AskFinished | AskFailed | AskSelection | AskReuse
)


class NodeTree(Record):
    """Nodes of a run: ids of tasks by name, and the same of each sub-flow, in stored order."""

    tasks: Mapping[str, tuple[str, ...]] = made_by(default_factory=dict)
    flows: Mapping[str, tuple[NodeTree, ...]] = made_by(default_factory=dict)


class UserError(Record):
    """The answer when user code raised: the flow fails in the ordinary way. `reason` says where and why."""

    reason: str
