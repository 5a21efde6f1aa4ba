"""The state of a run as far as the engine sees it.

A run's own record holds counters and what is not yet handled, so its size depends on the flow and not on how long the
run has been going. Ids of finished nodes are rows beside it; only those of names that take part in a join are read
again, and a step says beforehand which. What a step changes of a record is a `Delta`, whose size depends on neither.

>>> before = first_run("r", "f", None)
>>> after = applied(before, Delta(changed={"started": True}, active={"A": 2}, failed=(("B", "b"),)))
>>> after.started, after.active, after.failed
(True, {'A': 2}, {'B': ('b',)})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from selinon.abi import FlowSpec
from selinon.engine.counts import plus
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


class Delta(Record):
    """What a step changes of a run's record.

    With `again`, another attempt begins, of which nothing else is known. Otherwise `changed` holds fields with their
    new values, `active`, `finished`, `fired` and `kept` what is added to these counters. `failed` and `unforgiven`
    are pairs of a name and an id to be appended, and then `answered` are the names of which the oldest failure is
    taken off `failed`.
    """

    again: bool = False
    changed: Mapping[str, Any] = made_by(default_factory=dict)
    active: Mapping[str, int] = made_by(default_factory=dict)
    finished: Mapping[str, int] = made_by(default_factory=dict)
    fired: Mapping[str, int] = made_by(default_factory=dict)
    kept: Mapping[str, int] = made_by(default_factory=dict)
    failed: tuple[tuple[str, str], ...] = ()
    answered: tuple[str, ...] = ()
    unforgiven: tuple[tuple[str, str], ...] = ()


class Slice(Record):
    """What a step sees of a run: its record, and the ids of finished nodes by name, for the names it needs.

    No step reads what the record counts in `finished` and `fired`, so a record that is read for a step only may lack
    these; then it is the delta that says what to write.
    """

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


def applied(run: Run, delta: Delta) -> Run:
    """Return a record after a change, in the time that the change takes, however large the record is."""
    if delta.again:
        return next_attempt(run)
    failed, unforgiven = run.failed, run.unforgiven
    if delta.failed or delta.answered:
        failed = _left(_appended(failed, delta.failed), delta.answered)
    if delta.unforgiven:
        unforgiven = _appended(unforgiven, delta.unforgiven)
    changed = delta.changed.get
    return Run(  # a record is made twice as quickly by place
        run.id,
        run.flow,
        run.attempt,
        changed("started", run.started),
        changed("ended", run.ended),
        changed("node_args", run.node_args),
        run.original_args,
        run.parent,
        run.answers,
        run.selection,
        plus(run.active, delta.active),
        plus(run.finished, delta.finished),
        failed,
        unforgiven,
        plus(run.fired, delta.fired),
        plus(run.kept, delta.kept),
        changed("first", run.first),
    )


def _appended(
    ids: Mapping[str, tuple[str, ...]], pairs: Iterable[tuple[str, str]]
) -> Mapping[str, tuple[str, ...]]:
    """Return ids by name with others behind them."""
    found: dict[str, list[str]] = {}
    for name, id in pairs:
        found.setdefault(name, []).append(id)
    return {**ids, **{name: (*ids.get(name, ()), *new) for name, new in found.items()}}


def _left(
    failed: Mapping[str, tuple[str, ...]], answered: Iterable[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return failures by name without the oldest ones of these names, once for each time that a name occurs."""
    times = Counter(answered)
    return {name: ids[times[name] :] for name, ids in failed.items() if len(ids) > times[name]}


def needs(flow: FlowSpec, run: Run, events: Iterable[Event]) -> frozenset[str]:
    """Return the names of the nodes whose finished ids a step over these events reads.

    A node that finishes is combined with what finished of the other sources of its joins, not of its own name; and
    only if there is something of each of them, so what is read is what is combined. In a selective run, results that
    are reused may come up of any name.
    """
    graph = graph_of(flow)
    kept = run.kept
    if not graph.joins or not kept:
        return _NOTHING
    if run.selection is not None:
        return frozenset(name for name in kept if name in graph.joins)
    names = dict.fromkeys(event.name for event in events if isinstance(event, NodeFinished))
    found: set[str] = set()
    for name in names:
        for sources in graph.joins.get(name, ()):
            if all(source in kept or source in names for source in sources):
                found.update(source for source in sources if source != name and source in kept)
    return frozenset(found)


def shown_selection(run: Run) -> Any:
    """Return the selection of a run as trace events show it: False when there is none."""
    if run.selection is None:
        return False
    return {"task_names": list(run.selection.tasks), "waiting_edges_subset": run.selection.edges}
