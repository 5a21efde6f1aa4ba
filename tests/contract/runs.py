"""Runs to test stores with, and what is mostly done to them."""

from __future__ import annotations

from typing import Any

from selinon.store.protocol import Claim, Due, Finding, Header, Lead, NewNode, Store, Write

RUN = "run"


def header(id: str = RUN, parent: str | None = None) -> Header:
    """Return the header of a run."""
    return Header(
        id=id, flow="flow", package="shop", version="1.0.0", fingerprint="f00", parent=parent
    )


def node(id: str, **more: Any) -> NewNode:
    """Return an awaited node of a task."""
    given = {"name": f"Task-{id}", "kind": "task", "awaited": True, "body": f'"{id}"', **more}
    return NewNode(id=id, **given)


def write(*nodes: NewNode, state: str = "{}", **more: Any) -> Write:
    """Return a step that starts nodes."""
    return Write(state=state, nodes=nodes, **more)


def begin(store: Store, *nodes: NewNode, id: str = RUN, parent: str | None = None) -> int:
    """Start a run, let its first step start nodes; return the revision."""
    assert store.start(header(id, parent), write(state='"new"', given='"args"'), ['["S"]'])
    found = lead(store, id=id)
    assert store.commit(id, "leader", found.rev, found.taken, write(*nodes)) is True
    return found.rev + 1


def lead(store: Store, leader: str = "leader", id: str = RUN, names: tuple[str, ...] = ()) -> Lead:
    """Begin to decide about a run, which must be possible."""
    found = store.lead(id, leader, names)
    assert found is not None
    return found


def claim(store: Store, node: str, attempt: int = 1, **more: Any) -> Claim | None:
    """Claim a node."""
    given = {"process": "host:1", "token": "token", "guess": False, **more}
    return store.claim(RUN, node, attempt, **given)


def fence(store: Store, node: str, attempt: int = 1, **more: Any) -> int:
    """Claim a node, which must be possible; return the fence."""
    found = claim(store, node, attempt, **more)
    assert found is not None
    return found.fence


def complete(store: Store, node: str, fence: int, **more: Any) -> Any:
    """Complete a node."""
    given = {"lazy": False, "leader": "leader", **more}
    return store.complete(RUN, node, fence, f'["F","{node}"]', **given)


def due(store: Store) -> list[Due]:
    """Return what is due."""
    return sorted(store.due(1000)[0], key=lambda due: (due.run, due.node))


def names(store: Store) -> list[str]:
    """Return of what something is due, as run and node."""
    return [f"{found.run}|{found.node}" for found in due(store)]


def look(store: Store) -> Finding:
    """Look at the one thing that is due."""
    (found,) = due(store)
    return store.look(found)
