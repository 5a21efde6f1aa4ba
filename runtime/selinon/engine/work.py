"""What a step has changed so far: nothing is seen outside before the step is complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from selinon.abi import EdgeSpec, FailureSpec
from selinon.engine.commands import StartFlow, StartTask
from selinon.engine.counts import total
from selinon.engine.events import NodeFinished
from selinon.engine.graph import Graph
from selinon.engine.identity import node_id
from selinon.engine.selective import Selection
from selinon.engine.state import Delta, Slice
from selinon.trace.event import Event as TraceEvent


class Work:
    """What a step changes of a run's record, starts, archives and reports.

    `active`, `finished`, `fired` and `kept` hold what is added to the counters of the record, `running` is how many
    nodes are active in all. `subset` holds the destinations of edges by key when the run is restricted to them, else
    None. `reused` are nodes whose place earlier results have taken, and whose edges have not been dealt with.
    """

    __slots__ = (
        "active",
        "answered",
        "archived",
        "failed",
        "finished",
        "fired",
        "first",
        "graph",
        "joined",
        "kept",
        "new_failed",
        "new_joined",
        "new_unforgiven",
        "node_args",
        "reused",
        "run",
        "running",
        "selection",
        "started",
        "subset",
        "traces",
    )

    def __init__(self, graph: Graph, slice: Slice) -> None:
        run = slice.run
        self.graph = graph
        self.run = run
        self.node_args = run.node_args
        self.first = run.first
        self.running = total(run.active)
        self.active: dict[str, int] = {}
        self.finished: dict[str, int] = {}
        self.fired: dict[str, int] = {}
        self.kept: dict[str, int] = {}
        self.failed: dict[str, Sequence[str]] = dict(run.failed)
        self.new_failed: list[tuple[str, str]] = []
        self.answered: list[str] = []
        self.new_unforgiven: list[tuple[str, str]] = []
        self.joined: dict[str, Sequence[str]] = dict(slice.joined)
        self.new_joined: list[tuple[str, str]] = []
        self.archived: list[tuple[str, str]] = []
        self.reused: list[NodeFinished] = []
        self.started: list[StartTask | StartFlow] = []
        self.traces: list[TraceEvent] = []
        self.selection = run.selection
        self.subset = run.selection.edges.get(graph.flow.name) if run.selection else None

    def is_flow(self, name: str) -> bool:
        """Return whether a node is a sub-flow."""
        return name in self.graph.flows

    def decides_about(self, edge: EdgeSpec, name: str) -> bool:
        """Return whether the selective run function decides if a destination of an edge runs."""
        selection = self.selection
        return (
            self.subset is not None
            and selection is not None
            and name not in self.graph.flows
            and name not in selection.tasks
            and edge.key not in selection.subsequent.get(self.graph.flow.name, ())
        )

    def leave(self, name: str) -> None:
        """Take one node off the active ones, if there is one."""
        if self.run.active.get(name, 0) + self.active.get(name, 0) > 0:
            _add(self.active, name, -1)
            self.running -= 1

    def fail(self, name: str, id: str) -> None:
        """Note a failure to be answered."""
        _listed(self.failed, name).append(id)
        self.new_failed.append((name, id))

    def answer(self, name: str, *, forgiven: bool) -> str:
        """Take the oldest failure of a name off those to be answered; return its id."""
        ids = _listed(self.failed, name)
        id = ids.pop(0)
        if not ids:
            del self.failed[name]
        self.answered.append(name)
        if not forgiven:
            self.new_unforgiven.append((name, id))
        return id

    @property
    def unforgiven(self) -> dict[str, tuple[str, ...]]:
        """Return the ids of failures that were answered and let the flow fail nevertheless."""
        found = dict(self.run.unforgiven)
        for name, id in self.new_unforgiven:
            found[name] = (*found.get(name, ()), id)
        return found

    def fire(self, edge: EdgeSpec) -> None:
        """Count a firing of an edge."""
        self.fired[edge.key] = self.fired.get(edge.key, 0) + 1

    def finish(self, name: str, id: str) -> None:
        """Note that a node finished and that its edges have been dealt with."""
        self.finished[name] = self.finished.get(name, 0) + 1
        self.archived.append((name, id))
        if name in self.graph.joins:
            self.kept[name] = self.kept.get(name, 0) + 1
            self.new_joined.append((name, id))
            _listed(self.joined, name).append(id)

    def reuse(self, name: str, id: str) -> None:
        """Note that an earlier result takes the place of a node."""
        self.reused.append(NodeFinished(id, name))

    def start_task(
        self,
        place: EdgeSpec | FailureSpec,
        parents: tuple[str, ...],
        position: int,
        name: str,
        node_args: Any,
        parent: Mapping[str, Any],
        failed: Mapping[str, Any],
    ) -> None:
        """Start a task."""
        awaited = name not in self.graph.nowait
        if awaited:
            _add(self.active, name, 1)
            self.running += 1
        self.started.append(
            StartTask(  # a record is made twice as quickly by place
                node_id(self.run, place.key, parents, position),
                name,
                place.key,
                node_args,
                parent,
                awaited,
                failed,
            )
        )

    def start_flow(
        self,
        place: EdgeSpec | FailureSpec,
        parents: tuple[str, ...],
        position: int,
        name: str,
        *,
        given: tuple[Any, ...] = (),
        parent: Mapping[str, Any] | None = None,
        failed: Mapping[str, Any] | None = None,
        selection: Selection | None = None,
    ) -> None:
        """Start a sub-flow; `given` holds its arguments, unless it gets those that are propagated, if any."""
        flow = self.graph.flow
        inherited = self.node_args if covers(flow.propagate_node_args, name) else None
        awaited = name not in self.graph.nowait
        if awaited:
            _add(self.active, name, 1)
            self.running += 1
        self.started.append(
            StartFlow(
                id=node_id(self.run, place.key, parents, position),
                name=name,
                place=place.key,
                node_args=given[0] if given else inherited,
                parent=parent if covers(flow.propagate_parent, name) else None,
                awaited=awaited,
                failed=failed if covers(flow.propagate_parent_failures, name) else None,
                selection=selection or self._inherited(name),
            )
        )

    def _inherited(self, name: str) -> Selection | None:
        """Return what a sub-flow is restricted to because the run is; one that is merely on the way runs as a whole."""
        if self.subset is None or self.selection is None or name not in self.selection.edges:
            return None
        return self.selection

    def release(self) -> tuple[str, ...]:
        """Stop keeping the ids that no join can need again; return their names.

        A join fires again only if another of its sources finishes again, and that takes something under way from which
        the source can be reached: a node that is active, or a failure that is not answered.
        """
        last, ranks, run = self.graph.last, self.graph.flow.ranks, self.run
        if not last or not (run.kept or self.kept):
            return ()
        for (
            name,
            number,
        ) in run.active.items():  # most often the first one says that it is too early
            if ranks.get(name, 0) <= self.graph.lowest and number + self.active.get(name, 0):
                return ()
        kept = _present(run.kept, self.kept)
        active = _present(run.active, self.active)
        under_way = min(ranks.get(name, 0) for name in (*active, *self.failed))
        released = sorted(name for name in kept if last.get(name, under_way) < under_way)
        for name in released:
            _add(self.kept, name, -run.kept.get(name, 0) - self.kept.get(name, 0))
        if released:
            self.new_joined = [pair for pair in self.new_joined if pair[0] not in released]
        return tuple(released)

    def delta(self, *, ended: bool) -> Delta:
        """Return what the step changes of the run's record."""
        run = self.run
        changed: dict[str, Any] = {}
        if not run.started:
            changed["started"] = True
        if ended:
            changed["ended"] = True
        if self.node_args is not run.node_args:
            changed["node_args"] = self.node_args
        if self.first != run.first:
            changed["first"] = self.first
        return Delta(
            False,  # this attempt
            changed,
            self.active,
            self.finished,
            self.fired,
            self.kept,
            tuple(self.new_failed),
            tuple(self.answered),
            tuple(self.new_unforgiven),
        )


def covers(flag: bool | tuple[str, ...], name: str) -> bool:
    """Return whether a flag that is a boolean or a list of names covers a name."""
    return flag if isinstance(flag, bool) else name in flag


def _add(counts: dict[str, int], name: str, number: int) -> None:
    """Add to what is added to a counter."""
    sum = counts.get(name, 0) + number
    if sum:
        counts[name] = sum
    else:
        counts.pop(name, None)


def _present(before: Mapping[str, int], added: Mapping[str, int]) -> list[str]:
    """Return the names whose counter is not zero."""
    names = [name for name, number in before.items() if number + added.get(name, 0)]
    return names + [name for name in added if name not in before]


def _listed(ids: dict[str, Sequence[str]], name: str) -> list[str]:
    """Return the ids of a name as a list that may be changed."""
    known = ids.get(name, ())
    if not isinstance(known, list):
        ids[name] = known = list(known)
    return known
