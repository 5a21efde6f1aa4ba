"""Events of edges: conditions, foreach functions and selective runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from selinon.trace.event import Event, Json, Parent

__all__ = [
    "EdgeCondFalse",
    "ForeachResult",
    "SelectiveOmitEdge",
    "SelectiveOmitNode",
    "SelectiveRunFunc",
    "SelectiveTaskReuse",
]


class EdgeFired(Event):
    """An edge that fires."""

    nodes_to: Sequence[str]
    nodes_from: Sequence[str]
    flow_name: str
    foreach_str: str | None
    condition_str: str
    parent: Parent
    node_args: Json
    dispatcher_id: str
    selective: Json


class EdgeCondFalse(Event):
    """The condition of an edge does not hold for one combination of its sources."""

    number: ClassVar[int] = 23

    nodes_to: Sequence[str]
    nodes_from: Sequence[str]
    condition: str
    flow_name: str
    parent: Parent
    node_args: Json
    dispatcher_id: str
    selective: Json


class ForeachResult(EdgeFired):
    """A foreach function returned."""

    number: ClassVar[int] = 24

    result: Json


class SelectiveOmitEdge(EdgeFired):
    """An edge is left out in a selective run."""

    number: ClassVar[int] = 33


class SelectiveOmitNode(EdgeFired):
    """A destination of an edge is left out in a selective run."""

    number: ClassVar[int] = 34

    omitted_node: str


class SelectiveTaskReuse(EdgeFired):
    """An earlier result takes the place of a task in a selective run."""

    number: ClassVar[int] = 36

    task_name: str
    task_id: str


class SelectiveRunFunc(Event):
    """A selective run function returned."""

    number: ClassVar[int] = 35

    flow_name: str
    dispatcher_id: str
    selective: Json
    node_name: str
    node_args: Json
    parent: Parent
    result: Json
