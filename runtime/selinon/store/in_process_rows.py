"""The rows of runs in the memory of one process, and what is due of them; all durations are in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from selinon.store.protocol import (
    AGAIN_AFTER,
    LEAD_LEASE,
    NEW_ATTEMPT,
    PROCESS_LEASE,
    Brief,
    Ended,
    Finding,
    Header,
    Lead,
    LiveNode,
    NewNode,
    RunView,
    Write,
    wait_before,
)

__all__ = ["END", "RESTART", "RUN", "Node", "Rows", "Run", "ms"]

MOST: Final = 1000
"""Events in one step."""

RUN: Final = ""
RESTART: Final = "+"
END: Final = "!"
"""What may be due of a run beside its nodes: the run itself, a new attempt of it, telling of its end."""


@dataclass(slots=True, kw_only=True)
class Node:
    """A live node; `attempt` is its own, `epoch` the attempt of the run that it belongs to."""

    new: NewNode
    epoch: int
    state: Literal["published", "claimed", "flow"] = "published"
    attempt: int = 1
    retried: int = 0
    lost: int = 0
    deliveries: int = 0
    owner: str = ""
    token: str = ""

    @property
    def fence(self) -> int:
        """The number of the claim, 0 if there is none: an attempt is claimed once."""
        return self.attempt if self.state == "claimed" else 0

    def come_back(self, *, counts: bool, lost: bool) -> None:
        """Be published for another attempt."""
        self.state, self.owner, self.token, self.deliveries = "published", "", "", 0
        self.attempt += 1
        self.retried += counts
        self.lost += lost


@dataclass(slots=True, kw_only=True)
class Run:
    """All rows of a run.

    `inbox` holds events that something follows from, `lazy` those that only count. `live` is how many awaited nodes of
    this attempt are live. Until `until` the run is `leader`'s; None if it is nobody's, and empty if it is to be that of
    whoever gets a hint. `asked` counts the hints since it was last written. `gone` is when its rows go.
    It is `dropped` if it ended with all tasks that nobody had claimed.
    """

    header: Header
    created: int
    rev: int = 0
    state: str = ""
    given: str = ""
    ended: Ended | None = None
    epoch: int = 1
    live: int = 0
    leader: str | None = None
    until: int = 0
    asked: int = 0
    parked: str = ""
    ttl: int | None = None
    gone: int | None = None
    dropped: bool = False
    inbox: list[str] = field(default_factory=list)
    lazy: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    joined: dict[str, list[str]] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    archive: list[tuple[str, str]] = field(default_factory=list)
    flows: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> bool:
        """Whether there is something to decide."""
        return bool(self.inbox) or (bool(self.lazy) and self.live <= 0)

    @property
    def quiet(self) -> bool:
        """Whether no events wait, whatever they wait for."""
        return not self.inbox and not self.lazy

    def events(self) -> tuple[tuple[str, ...], tuple[int, int]]:
        """Return the events of the next step, and how many of them are of which sort."""
        urgent = self.inbox[:MOST]
        idle = self.lazy[: MOST - len(urgent)]
        return tuple(urgent + idle), (len(urgent), len(idle))

    def finding(self, kind: Literal["check", "start", "publish"], node: Node) -> Finding:
        """Return what is to be done about one of its nodes."""
        return Finding(
            kind=kind,
            header=self.header,
            attempt=node.attempt,
            fence=node.fence,
            lost=node.lost,
            owner=node.owner,
            body=node.new.body,
        )

    def brief(self) -> Brief:
        """Return what can be told at a glance."""
        return Brief(
            header=self.header,
            rev=self.rev,
            status="open" if self.ended is None else "done",
            state=self.state,
            created=self.created / 1000,
            parked=self.parked,
            ended=self.ended,
            live=self.live,
        )

    def view(self) -> RunView:
        """Return all there is to know."""
        return RunView(
            header=self.header,
            rev=self.rev,
            status="open" if self.ended is None else "done",
            state=self.state,
            given=self.given,
            created=self.created / 1000,
            parked=self.parked,
            ended=self.ended,
            fired=dict(self.fired),
            archive=tuple(self.archive),
            live=tuple(
                LiveNode(
                    id=id,
                    state="flow" if node.new.kind == "flow" else node.state,
                    attempt=node.attempt,
                    awaited=node.new.awaited,
                    current=node.epoch == self.epoch,
                    owner=node.owner,
                    body=node.new.body,
                )
                for id, node in self.nodes.items()
            ),
            waiting=len(self.inbox) + len(self.lazy),
        )

    def rows(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return joined rows."""
        return {name: tuple(self.joined.get(name, ())) for name in names}


class Rows:
    """All runs. Whoever calls a method has seen to it that nobody else does.

    Args:
        clock: what tells the time, in seconds.
        ring: told of the delay when something is due earlier than others may think.
    """

    def __init__(self, clock: Callable[[], float], ring: Callable[[int], None]) -> None:
        self._clock = clock
        self._ring = ring
        self.runs: dict[str, Run] = {}
        self.due: dict[tuple[str, str], int] = {}

    def now(self) -> int:
        """Return the time, in milliseconds."""
        return int(self._clock() * 1000)

    def run(self, id: str) -> Run | None:
        """Return a run, if it is on record."""
        run = self.runs.get(id)
        if run is not None and run.gone is not None and run.gone <= self.now():
            del self.runs[id]
            return None
        return run

    def node(self, run: str, node: str) -> tuple[Run | None, Node | None]:
        """Return a run and one of its live nodes, as far as there are such."""
        of = self.run(run)
        return of, None if of is None else of.nodes.get(node)

    def after(self, run: Run, node: str, delay: int, *, ring: bool = False) -> None:
        """Let something be due after a delay; ring if it may be earlier than others think."""
        self.due[run.header.id, node] = self.now() + delay
        if ring:
            self._ring(delay)

    def publish(self, run: Run, node: str, delay: int, look_after: float | None = None) -> None:
        """Let a node be published by whoever does so now, or after a delay by whoever looks then."""
        if delay > 0:
            self.after(run, node, delay, ring=True)
        else:
            self.after(run, node, ms(AGAIN_AFTER[0] if look_after is None else look_after))

    def leave(self, run: Run, node: str) -> None:
        """Take off a live node."""
        del run.nodes[node]
        self.due.pop((run.header.id, node), None)

    def give(self, run: Run, leader: str) -> None:
        """Let somebody decide about a run."""
        run.leader, run.until = leader, self.now() + ms(LEAD_LEASE)
        self.after(run, RUN, ms(LEAD_LEASE))

    def release(self, run: Run) -> None:
        """Let nobody decide about a run."""
        run.leader = None
        self.due.pop((run.header.id, RUN), None)

    def done(self, run: Run, node: str) -> None:
        """Take a node off, which may have been the last thing of its run."""
        self.leave(run, node)
        self.let_go(run)

    def let_go(self, run: Run) -> None:
        """Let the rows of a run that ended go, once whoever waits for that knows, and no node is left."""
        told = (run.header.id, END) not in self.due
        if run.ended is not None and run.ttl is not None and not run.nodes and told:
            run.gone = self.now() + run.ttl

    def write(self, run: Run, write: Write) -> None:
        """Write a step."""
        run.rev += 1
        run.state = write.state
        run.asked, run.parked = 0, ""
        if write.given is not None:
            run.given = write.given
        for edge, times in write.fired.items():
            run.fired[edge] = run.fired.get(edge, 0) + times
        run.archive += write.archived
        for name, id in write.joined:
            run.joined.setdefault(name, []).append(id)
        for name in write.released:
            run.joined.pop(name, None)
        for new in write.nodes:
            self._add(run, new, write.look_after)
        if write.drop:
            self._drop_unclaimed(run)
        if write.restart is not None:
            self._restart(run, ms(write.restart))
        if write.ended is not None:
            run.dropped = write.drop
            self._end(run, write.ended)

    def _add(self, run: Run, new: NewNode, look_after: float | None) -> None:
        if new.id in run.nodes:
            return
        run.nodes[new.id] = Node(new=new, epoch=run.epoch)
        run.live += new.awaited
        if new.kind == "flow":
            run.flows.add(new.id)
        self.publish(run, new.id, ms(new.delay), look_after)

    def _drop_unclaimed(self, run: Run) -> None:
        for id, node in list(run.nodes.items()):
            if node.state == "published" and node.new.kind == "task":
                self.leave(run, id)
                run.live -= node.epoch == run.epoch and node.new.awaited

    def _restart(self, run: Run, delay: int) -> None:
        run.epoch += 1
        run.live = 0
        run.joined, run.fired, run.archive, run.inbox, run.lazy = {}, {}, [], [], []
        if delay > 0:
            self.after(run, RESTART, delay, ring=True)
        else:
            run.inbox.append(NEW_ATTEMPT)

    def _end(self, run: Run, ended: Ended) -> None:
        run.ended = ended
        run.inbox, run.lazy, run.joined = [], [], {}
        self.due.pop((run.header.id, RESTART), None)
        self.after(run, END, ms(AGAIN_AFTER[0]))

    def begin(self, run: Run, leader: str, names: Iterable[str]) -> Lead:
        """Let somebody decide about a run; return what is needed for it."""
        self.give(run, leader)
        events, taken = run.events()
        return Lead(
            header=run.header,
            rev=run.rev,
            state=run.state,
            given=run.given,
            events=events,
            taken=taken,
            joined=run.rows(names),
        )

    def look_at_run(self, run: Run) -> Finding:
        """Look at a run that is due."""
        if run.ended is not None or not run.waiting:
            self.release(run)
            return Finding(kind="nothing")
        if run.leader is not None and run.until > self.now():
            return Finding(kind="nothing")
        run.leader = None
        self.after(run, RUN, ms(wait_before(run.asked)))
        run.asked += 1
        return Finding(kind="wake", header=run.header)

    def look_at_node(self, run: Run, node: str) -> Finding:
        """Look at a node that is due."""
        live = run.nodes.get(node)
        if live is None or live.state == "flow":
            del self.due[run.header.id, node]
            return Finding(kind="nothing")
        if live.state == "claimed":
            self.after(run, node, ms(PROCESS_LEASE / 3))
        else:
            self.after(run, node, ms(wait_before(live.deliveries)))
            live.deliveries += 1
        hint: Literal["start", "publish"] = "start" if live.new.kind == "flow" else "publish"
        return run.finding("check" if live.state == "claimed" else hint, live)

    def forget(self) -> None:
        """Drop the runs whose time is over."""
        for id in list(self.runs):
            self.run(id)


def ms(seconds: float) -> int:
    """Return milliseconds."""
    return round(seconds * 1000)
