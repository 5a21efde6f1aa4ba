"""What the engine asks for, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from selinon.abi import EdgeSpec, FailureSpec, Names


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCondition:
    """Does the condition of this edge, or of this rule for failures, hold? Answered by a boolean.

    `tasks` and `flows` are the ids of the tasks and of the sub-flows of the combination, by name: those whose results
    the condition may read.
    """

    place: EdgeSpec | FailureSpec
    tasks: Mapping[str, Any]
    flows: Mapping[str, str]
    node_args: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForeach:
    """Which items does the foreach function of this edge return? Answered by a list; no items by an empty one."""

    edge: EdgeSpec
    tasks: Mapping[str, Any]
    node_args: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """What is the result of this task? Answered by the value."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFinished:
    """Which nodes finished in this sub-flow? Answered by a `NodeTree`."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFailed:
    """Which failures made this sub-flow fail? Answered by a `NodeTree`."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSelection:
    """What does the sub-flow to which this edge leads run selectively? Answered by a `Selection`."""

    edge: EdgeSpec
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReuse:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTree:
    """Nodes of a run: ids of tasks by name, and the same of each sub-flow, in stored order."""

    tasks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flows: Mapping[str, tuple[NodeTree, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserError:
    """The answer when user code raised: the flow fails in the ordinary way. `reason` says where and why."""

    reason: str
