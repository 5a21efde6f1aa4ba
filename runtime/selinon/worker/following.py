"""What can follow from an event, as far as the graph of a flow says."""

from __future__ import annotations

from collections.abc import Iterable

from selinon.engine import Event, NodeFinished
from selinon.engine.graph import graph_of
from selinon.errors import UnknownError
from selinon.registry import Deployment

__all__ = ["is_lazy", "joined_names"]


def is_lazy(deployment: Deployment, flow: str, event: Event) -> bool:
    """Return whether nothing can follow from an event but the end of the run."""
    if not isinstance(event, NodeFinished):
        return False
    try:
        spec = deployment.flow(flow)
    except UnknownError:
        return False
    return event.name not in graph_of(spec).onward


def joined_names(deployment: Deployment, flow: str, event: Event) -> Iterable[str]:
    """Return the names whose joined rows a step over an event reads."""
    if not isinstance(event, NodeFinished):
        return ()
    try:
        return sorted(graph_of(deployment.flow(flow)).partners(event.name))
    except UnknownError:
        return ()
