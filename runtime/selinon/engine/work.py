"""What a step has changed so far: nothing is seen outside before the step is complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec
from selinon.engine.commands import StartFlow, StartTask
from selinon.engine.identity import node_id
from selinon.engine.state import Run, Slice, joined_names
from selinon.trace.event import Event as TraceEvent


class Work:
    """The changing copy of a run's record, with what a step starts, archives and reports."""

    def __init__(self, flow: FlowSpec, slice: Slice) -> None:
        self.flow = flow
        self.run = slice.run
        self.node_args = slice.run.node_args
        self.first = slice.run.first
        self.active = Counter(slice.run.active)
        self.finished = Counter(slice.run.finished)
        self.fired = Counter(slice.run.fired)
        self.failed = {name: list(ids) for name, ids in slice.run.failed.items()}
        self.unforgiven = {name: list(ids) for name, ids in slice.run.unforgiven.items()}
        self.joined = {name: list(ids) for name, ids in slice.joined.items()}
        self.new_joined: list[tuple[str, str]] = []
        self.archived: list[tuple[str, str]] = []
        self.started: list[StartTask | StartFlow] = []
        self.traces: list[TraceEvent] = []
        self._kept = joined_names(flow)
        self._flows = frozenset(flow.subflows)
        self._nowait = frozenset(flow.nowait)

    @property
    def idle(self) -> bool:
        """Return whether nothing is active that anybody waits for."""
        return not any(self.active.values())

    def is_flow(self, name: str) -> bool:
        """Return whether a node is a sub-flow."""
        return name in self._flows

    def leave(self, name: str) -> None:
        """Take one node off the active ones."""
        self.active[name] -= 1

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

    def finish(self, name: str, id: str) -> None:
        """Note that a node finished and that its edges have been dealt with."""
        self.finished[name] += 1
        self.archived.append((name, id))
        if name in self._kept:
            self.new_joined.append((name, id))
            self.joined.setdefault(name, []).append(id)

    def start(
        self,
        place: EdgeSpec | FailureSpec,
        parents: tuple[str, ...],
        position: int,
        name: str,
        *,
        item: tuple[Any, ...] = (),
        parent: Mapping[str, Any] | None = None,
        failed: Mapping[str, Any] | None = None,
    ) -> None:
        """Start a node; `item` holds the one item that becomes a sub-flow's arguments, if there is one."""
        id = node_id(self.run, place.key, parents, position)
        awaited = name not in self._nowait
        if awaited:
            self.active[name] += 1
        if not self.is_flow(name):
            self.started.append(
                StartTask(
                    id=id,
                    name=name,
                    place=place.key,
                    node_args=self.node_args,
                    parent=dict(parent or {}),
                    awaited=awaited,
                    failed=dict(failed or {}),
                )
            )
            return
        inherited = self.node_args if covers(self.flow.propagate_node_args, name) else None
        self.started.append(
            StartFlow(
                id=id,
                name=name,
                place=place.key,
                node_args=item[0] if item else inherited,
                parent=parent if covers(self.flow.propagate_parent, name) else None,
                awaited=awaited,
            )
        )

    def record(self, *, ended: bool) -> Run:
        """Return the run's record as it is now."""
        return replace(
            self.run,
            started=True,
            ended=ended,
            node_args=self.node_args,
            first=self.first,
            active=_counts(self.active),
            finished=_counts(self.finished),
            fired=_counts(self.fired),
            failed=_ids(self.failed),
            unforgiven=_ids(self.unforgiven),
        )


def covers(flag: bool | tuple[str, ...], name: str) -> bool:
    """Return whether a flag that is a boolean or a list of names covers a name."""
    return flag if isinstance(flag, bool) else name in flag


def _counts(counter: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counter.items()) if count}


def _ids(ids: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found) for name, found in ids.items() if found}
