"""The record of runs in the memory of one process; it is gone with the process.

All methods may be called by several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from selinon.engine import (
    Event,
    NodeFailed,
    NodeFinished,
    NodeTree,
    Outcome,
    RestartRun,
    Run,
    Slice,
)
from selinon.engine.commands import StartFlow, StartTask

__all__ = ["MemoryStore", "Node"]


@dataclass(slots=True, kw_only=True)
class Node:
    """A node that was started: a task, or a sub-flow whose run has the same id."""

    id: str
    name: str
    run: str
    attempt: int
    awaited: bool
    command: StartTask | StartFlow
    live: bool = True
    retried: int = 0


@dataclass(slots=True, kw_only=True)
class _Record:
    """All rows of one run; `archive` holds what finished in the current attempt, `reasons` why nodes failed."""

    run: Run
    parent: Node | None
    joined: dict[str, list[str]] = field(default_factory=dict)
    archive: list[tuple[str, str]] = field(default_factory=list)
    live: dict[str, Node] = field(default_factory=dict)
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class MemoryStore:
    """The memory store."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[str, _Record] = {}
        self._nodes: dict[str, Node] = {}
        self._exceptions: dict[str, BaseException] = {}

    def create(self, run: Run, parent: Node | None = None) -> None:
        """Record a run that has not begun; `parent` is the node that it is in another run."""
        with self._lock:
            self._records.setdefault(run.id, _Record(run=run, parent=parent))

    def run(self, id: str) -> Run:
        """Return the record of a run."""
        with self._lock:
            return self._records[id].run

    def parent(self, id: str) -> Node | None:
        """Return the node that a run is in another run; None for a run that a user started."""
        with self._lock:
            return self._records[id].parent

    def node(self, id: str) -> Node:
        """Return a node."""
        with self._lock:
            return self._nodes[id]

    def complete(self, node: Node) -> Event | None:
        """Note that a node finished; return the event for its run, or None when nobody waits for it."""
        return NodeFinished(node.id, node.name) if self._leave(node) else None

    def fail(self, node: Node, reason: str, exception: BaseException | None = None) -> Event | None:
        """Note that a node failed for good; return the event for its run, or None when nobody waits for it."""
        with self._lock:
            if exception is not None:
                self._exceptions[node.id] = exception
            self._records[node.run].reasons[node.id] = reason
        return NodeFailed(node.id, node.name, reason) if self._leave(node) else None

    def _leave(self, node: Node) -> bool:
        """Take a node off the live ones, once; return whether its run waits for it.

        A run that has ended keeps those that were live at its end.
        """
        with self._lock:
            record = self._records[node.run]
            counts = node.live and not record.run.ended and node.attempt == record.run.attempt
            node.live = False
            if not record.run.ended:
                record.live.pop(node.id, None)
            return counts and node.awaited

    def slice(self, id: str, names: Iterable[str]) -> Slice:
        """Return what a step over a run sees, with the finished ids of these names."""
        with self._lock:
            record = self._records[id]
            return Slice(
                run=record.run, joined={name: tuple(record.joined.get(name, ())) for name in names}
            )

    def commit(self, outcome: Outcome) -> list[Node]:
        """Write what a step came to; return the nodes that it started."""
        with self._lock:
            record = self._records[outcome.run.id]
            attempt = record.run.attempt
            record.run = outcome.run
            record.archive.extend(outcome.archived)
            for name, id in outcome.joined:
                record.joined.setdefault(name, []).append(id)
            for name in outcome.released:
                record.joined.pop(name, None)
            started = [
                self._start(record, attempt, command)
                for command in outcome.commands
                if _starts(command)
            ]
            for command in outcome.commands:
                if isinstance(command, RestartRun):
                    record.joined, record.archive, record.live, record.failed = {}, [], {}, {}
                elif not _starts(command):
                    record.failed = dict(getattr(command, "failed", {}))
            return started

    def _start(self, record: _Record, attempt: int, command: Any) -> Node:
        node = Node(
            id=command.id,
            name=command.name,
            run=record.run.id,
            attempt=attempt,
            awaited=command.awaited,
            command=command,
        )
        self._nodes[node.id] = node
        if node.awaited:
            record.live[node.id] = node
        return node

    def finished(self, id: str) -> NodeTree:
        """Return what finished in a run, sub-flows included, in stored order."""
        with self._lock:
            return self._tree(self._records[id].archive, self.finished)

    def failed(self, id: str) -> NodeTree:
        """Return the failures that made a run fail, those of sub-flows included."""
        with self._lock:
            failed = self._records[id].failed
            return self._tree(((n, node) for n, ids in failed.items() for node in ids), self.failed)

    def _tree(self, nodes: Iterable[tuple[str, str]], inner: Callable[[str], NodeTree]) -> NodeTree:
        tasks: dict[str, list[str]] = {}
        flows: dict[str, list[NodeTree]] = {}
        for name, node in nodes:
            if node in self._records:
                flows.setdefault(name, []).append(inner(node))
            else:
                tasks.setdefault(name, []).append(node)
        return NodeTree(
            tasks={name: tuple(ids) for name, ids in tasks.items()},
            flows={name: tuple(trees) for name, trees in flows.items()},
        )

    def result(self, id: str) -> dict[str, Any]:
        """Return a run's `finished_nodes` and `failed_nodes`, ids by name, and its `active_nodes`."""
        with self._lock:
            record = self._records[id]
            finished: dict[str, list[str]] = {}
            for name, node in record.archive:
                finished.setdefault(name, []).append(node)
            failed = record.failed if record.run.ended else record.run.failed
            return {
                "finished_nodes": finished,
                "failed_nodes": {name: list(ids) for name, ids in failed.items()},
                "active_nodes": [
                    {"name": node.name, "id": node.id} for node in record.live.values()
                ],
            }

    def reasons(self, id: str) -> Mapping[str, str]:
        """Return why nodes of a run failed, by id."""
        with self._lock:
            return dict(self._records[id].reasons)

    def flow_of(self, node_id: str) -> str | None:
        """Return the name of the flow in which a node ran."""
        with self._lock:
            node = self._nodes.get(node_id)
            return None if node is None else self._records[node.run].run.flow

    def exception_of(self, node_id: str) -> BaseException | None:
        """Return the exception with which a task failed for good."""
        with self._lock:
            return self._exceptions.get(node_id)


def _starts(command: object) -> bool:
    return isinstance(command, StartTask | StartFlow)
