"""What a sampling strategy is told about a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

__all__ = ["Status", "StatusNode", "started_something"]


class StatusNode(str):
    """A node of a run: a text equal to its name, so that `"Task1" in status["active_nodes"]` works.

    `name` is that name, `id` tells the instances of one name apart.
    """

    __slots__ = ("id",)

    id: str

    def __new__(cls, name: str, node_id: str) -> StatusNode:
        """Return the node of this name and id."""
        node = super().__new__(cls, name)
        node.id = node_id
        return node

    def __reduce__(self) -> tuple[type[StatusNode], tuple[str, str]]:
        return StatusNode, (self.name, self.id)

    @property
    def name(self) -> str:
        """Name of the node."""
        return str(self)


class Status(TypedDict):
    """State of a run at the end of a step.

    `previous_retry` is the delay in seconds that was chosen last, `None` in the first step. The two mappings lead
    from the name of a node to the ids of its instances.
    """

    previous_retry: float | None
    active_nodes: Sequence[StatusNode]
    new_started_nodes: Sequence[StatusNode]
    new_fallback_nodes: Sequence[StatusNode]
    finished_nodes: Mapping[str, Sequence[str]]
    failed_nodes: Mapping[str, Sequence[str]]


def started_something(status: Status) -> bool:
    """Return whether this step started a node, be it along an edge or as a fallback."""
    return bool(status["new_started_nodes"] or status["new_fallback_nodes"])
