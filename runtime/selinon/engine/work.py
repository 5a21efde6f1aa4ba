"""What a step has changed so far: nothing is seen outside before the step is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selinon.abi import EdgeSpec, FailureSpec
from selinon.engine.commands import StartFlow, StartTask
from selinon.engine.events import NodeFinished
from selinon.engine.graph import Graph
from selinon.engine.identity import node_id
from selinon.engine.selective import Selection
from selinon.engine.state import Run, Slice
from selinon.trace.event import Event as TraceEvent


class Work:
    """The changing copy of a run's record, with what a step starts, archives and reports.

    `subset` holds the destinations of edges by key when the run is restricted to them, else None. `reused` are nodes
    whose place earlier results have taken, and whose edges have not been dealt with.
    """

    __slots__ = (
        "active",
        "archived",
        "failed",
        "finished",
        "fired",
        "first",
        "graph",
        "joined",
        "kept",
        "new_joined",
        "node_args",
        "reused",
        "run",
        "selection",
        "started",
        "subset",
        "traces",
        "unforgiven",
    )

    def __init__(self, graph: Graph, slice: Slice) -> None:
        run = slice.run
        self.graph = graph
        self.run = run
        self.node_args = run.node_args
        self.first = run.first
        self.active = dict(run.active)
        self.finished = dict(run.finished)
        self.fired = dict(run.fired)
        self.kept = dict(run.kept)
        self.failed = {name: list(ids) for name, ids in run.failed.items()}
        self.unforgiven = {name: list(ids) for name, ids in run.unforgiven.items()}
        self.joined = {name: list(ids) for name, ids in slice.joined.items()}
        self.new_joined: list[tuple[str, str]] = []
        self.archived: list[tuple[str, str]] = []
        self.reused: list[NodeFinished] = []
        self.started: list[StartTask | StartFlow] = []
        self.traces: list[TraceEvent] = []
        self.selection = run.selection
        self.subset = run.selection.edges.get(graph.flow.name) if run.selection else None

    @property
    def idle(self) -> bool:
        """Return whether nothing is active that anybody waits for."""
        return not self.active

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
        """Take one node off the active ones."""
        left = self.active.get(name, 0) - 1
        if left > 0:
            self.active[name] = left
        else:
            self.active.pop(name, None)

    def fail(self, name: str, id: str) -> None:
        """Note a failure to be answered."""
        self.failed.setdefault(name, []).append(id)

    def answer(self, name: str, *, forgiven: bool) -> str:
        """Take the oldest failure of a name off those to be answered; return its id."""
        id = self.failed[name].pop(0)
        if not self.failed[name]:
            del self.failed[name]
        if not forgiven:
            self.unforgiven.setdefault(name, []).append(id)
        return id

    def fire(self, edge: EdgeSpec) -> None:
        """Count a firing of an edge."""
        self.fired[edge.key] = self.fired.get(edge.key, 0) + 1

    def finish(self, name: str, id: str) -> None:
        """Note that a node finished and that its edges have been dealt with."""
        self.finished[name] = self.finished.get(name, 0) + 1
        self.archived.append((name, id))
        if name in self.graph.kept:
            self.kept[name] = self.kept.get(name, 0) + 1
            self.new_joined.append((name, id))
            self.joined.setdefault(name, []).append(id)

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
            self.active[name] = self.active.get(name, 0) + 1
        self.started.append(
            StartTask(
                id=node_id(self.run, place.key, parents, position),
                name=name,
                place=place.key,
                node_args=node_args,
                parent=parent,
                awaited=awaited,
                failed=failed,
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
            self.active[name] = self.active.get(name, 0) + 1
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
        if not self.kept or not self.graph.last:
            return ()
        ranks = self.graph.flow.ranks
        under_way = min(ranks.get(name, 0) for name in (*self.active, *self.failed))
        last = self.graph.last
        released = tuple(name for name in self.kept if last.get(name, under_way) < under_way)
        if released:
            for name in released:
                del self.kept[name]
            self.new_joined = [pair for pair in self.new_joined if pair[0] in self.kept]
        return released

    def record(self, *, ended: bool) -> Run:
        """Return the run's record as it is now."""
        run = self.run
        return Run(
            id=run.id,
            flow=run.flow,
            attempt=run.attempt,
            started=True,
            ended=ended,
            node_args=self.node_args,
            original_args=run.original_args,
            parent=run.parent,
            answers=run.answers,
            selection=run.selection,
            active=self.active,
            finished=self.finished,
            failed=_ids(self.failed),
            unforgiven=_ids(self.unforgiven),
            fired=self.fired,
            kept=self.kept,
            first=self.first,
        )


def covers(flag: bool | tuple[str, ...], name: str) -> bool:
    """Return whether a flag that is a boolean or a list of names covers a name."""
    return flag if isinstance(flag, bool) else name in flag


def _ids(ids: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found) for name, found in ids.items()}
