"""The state of a run as far as the engine sees it.

A run's own record holds counters and what is not yet handled, so its size depends on the flow and not on how long the
run has been going. Ids of finished nodes are rows beside it; only those of names that take part in a join are read
again, and a step says beforehand which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from selinon.abi import FlowSpec
from selinon.engine.events import Event, NodeFinished
from selinon.engine.graph import graph_of
from selinon.engine.selective import Selection
from selinon.record import Record, made_by

_NOTHING: frozenset[str] = frozenset()


class Run(Record):
    """The record of a run.

    `attempt` counts from 1. `node_args` are the current arguments, `original_args` those with which the run was
    started. `parent` is what the sub-flow was given as parents, if anything, `answers` the failures that a fallback
    flow answers, `selection` what the run is restricted to. `active`, `finished` count nodes by name, `fired`
    counts firings by edge, `kept` the ids that are kept for joins, by name. `failed` holds the ids of failures to
    be answered, in the order in which they came, `unforgiven` those that were answered and let the flow fail
    nevertheless. `first` is the id of the node whose result becomes the flow's arguments.
    """

    id: str
    flow: str
    attempt: int = 1
    started: bool = False
    ended: bool = False
    node_args: Any = None
    original_args: Any = None
    parent: Mapping[str, Any] | None = None
    answers: Mapping[str, Any] | None = None
    selection: Selection | None = None
    active: Mapping[str, int] = made_by(default_factory=dict)
    finished: Mapping[str, int] = made_by(default_factory=dict)
    failed: Mapping[str, tuple[str, ...]] = made_by(default_factory=dict)
    unforgiven: Mapping[str, tuple[str, ...]] = made_by(default_factory=dict)
    fired: Mapping[str, int] = made_by(default_factory=dict)
    kept: Mapping[str, int] = made_by(default_factory=dict)
    first: str | None = None


class Slice(Record):
    """What a step sees of a run: its record, and the ids of finished nodes by name, for the names it needs."""

    run: Run
    joined: Mapping[str, tuple[str, ...]] = made_by(default_factory=dict)


def first_run(
    id: str,
    flow: str,
    node_args: Any,
    parent: Mapping[str, Any] | None = None,
    *,
    answers: Mapping[str, Any] | None = None,
    selection: Selection | None = None,
) -> Run:
    """Return the record of a run that has not begun."""
    return Run(
        id=id,
        flow=flow,
        node_args=node_args,
        original_args=node_args,
        parent=parent,
        answers=answers,
        selection=selection,
    )


def next_attempt(run: Run) -> Run:
    """Return the record of the attempt after this one: nothing of this one is left, arguments included."""
    return Run(
        id=run.id,
        flow=run.flow,
        attempt=run.attempt + 1,
        node_args=run.original_args,
        original_args=run.original_args,
        parent=run.parent,
        answers=run.answers,
        selection=run.selection,
    )


def needs(flow: FlowSpec, run: Run, events: Iterable[Event]) -> frozenset[str]:
    """Return the names of the nodes whose finished ids a step over these events reads.

    A node that finishes is combined with what finished of the other sources of its joins, not of its own name. In a
    selective run, results that are reused may come up of any name.
    """
    graph = graph_of(flow)
    if not graph.joins:
        return _NOTHING
    if run.selection is not None:
        return graph.kept & run.kept.keys()
    found = _NOTHING
    for event in events:
        if isinstance(event, NodeFinished):
            found |= graph.partners(event.name)
    return found & run.kept.keys()


def shown_selection(run: Run) -> Any:
    """Return the selection of a run as trace events show it: False when there is none."""
    if run.selection is None:
        return False
    return {"task_names": list(run.selection.tasks), "waiting_edges_subset": run.selection.edges}
