"""What a store of runs promises, and the values that go in and out of it.

The store is the record of what happened; messages only hint that there is something to do. Each operation is atomic.
Each may be repeated when it is not known whether it took effect: the second time it changes nothing. All points in
time are those of the store's own clock.

Of a run the store keeps what steps read of its record, as the engine wrote it, what is not yet processed, which nodes
are live, what finished, and how often which edges fired. A live node of a kind that runs tasks is in one of two states:
*published*, waiting for a worker to claim it, or *claimed* by a process under a fence, a number that no other claim of
the node has. Whatever a claim under another fence reports is dropped. An attempt is claimed at most once; there is a
further one only after the earlier one was recorded as failed or lost.

A run that has not ended is never forgotten: as long as it has events that can be processed, or a node that is published
or claimed, something of it is due sooner or later. Of a sub-flow whose run is on record it is that run which is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias

from selinon.record import Record, made_by

__all__ = [
    "AGAIN_AFTER",
    "FAILURES_KEPT",
    "HELD",
    "LEAD_LEASE",
    "NEW_ATTEMPT",
    "PROCESS_LEASE",
    "Brief",
    "Claim",
    "Completed",
    "Due",
    "Ended",
    "Finding",
    "Header",
    "Lead",
    "LiveNode",
    "More",
    "NewNode",
    "RunView",
    "Store",
    "Write",
]

PROCESS_LEASE: Final = 30.0
"""Seconds for which a process is taken to be alive after it said so."""

LEAD_LEASE: Final = 10.0
"""Seconds for which nobody else decides about a run after somebody began to."""

AGAIN_AFTER: Final = (15.0, 60.0, 300.0, 1800.0)
"""Seconds after which a node or a run that nobody took up is hinted at again, by how often it was; the last one stays.

A hint that is sent again while the first one still waits in a long queue costs its delivery, and nothing else.
"""


HELD: Final = 10.0
"""Seconds for which something that is due is left to whoever was told of it."""

FAILURES_KEPT: Final = 7 * 86_400.0
"""Seconds for which it is kept why a node failed."""

NEW_ATTEMPT: Final = '["S"]'
"""The event with which a new attempt of a run begins, as JSON text."""


class Header(Record):
    """What never changes about a run.

    `parent` is the id of the run in which this one is a node, whose id is that of this run, and `parent_flow` that
    run's flow; None for a run that a user started. `package`, `version` and `fingerprint` say with which configuration,
    and with which graph, it began.
    """

    id: str
    flow: str
    package: str
    version: str
    fingerprint: str
    parent: str | None = None
    parent_flow: str | None = None


class NewNode(Record):
    """A node that a step starts. It is not to be published before `delay` seconds have passed.

    `body` is JSON text: what the node is given. The store hands it out again and does not look into it.
    """

    id: str
    name: str
    kind: Literal["task", "flow"]
    awaited: bool
    body: str
    delay: float = 0


class Ended(Record):
    """How a run ended: by a failure if `failed` is set, JSON text that says which and why."""

    failed: str | None = None


class Write(Record):
    """What a step changes.

    `state` is what steps read and change of the run's record, JSON text, and `given` what it was started with, None if
    that is as it was. `fired` is added to how often edges fired, by key; a new attempt counts from nothing. `archived`
    and `joined` are rows to append, pairs of name and id; `released` are names whose joined rows go. With `restart`, a
    number of seconds, a new attempt begins after them: rows and live nodes of the one before no longer count, and what
    waits to be processed is gone. With `drop`, tasks that nobody has claimed are gone, and if the run ends with it,
    those that are claimed get no further attempt; sub-flows stay until their runs end. What is not claimed after
    `look_after` seconds is hinted at again; None for the store's own choice.
    """

    state: str
    given: str | None = None
    look_after: float | None = None
    nodes: tuple[NewNode, ...] = ()
    fired: Mapping[str, int] = made_by(default_factory=dict)
    archived: tuple[tuple[str, str], ...] = ()
    joined: tuple[tuple[str, str], ...] = ()
    released: tuple[str, ...] = ()
    restart: float | None = None
    ended: Ended | None = None
    drop: bool = False


class Claim(Record):
    """A node that is this process's to run.

    `retried` counts the failures that its `max_retry` counts, `lost` the attempts that were lost. `body` is that of the
    node, `given` and `header` are those of its run. `rev` and `state` are there if nobody is deciding about the run and
    nothing waits there: what a guess at the next step needs.
    """

    fence: int
    retried: int
    lost: int
    body: str
    given: str
    header: Header
    rev: int | None = None
    state: str | None = None


class Lead(Record):
    """The right to decide about a run, for `LEAD_LEASE` seconds, and what is needed for it.

    `events` are JSON texts in the order in which they are to be processed; `taken` says to the store which they are.
    """

    header: Header
    rev: int
    state: str
    given: str
    events: tuple[str, ...]
    taken: tuple[int, int]
    joined: Mapping[str, tuple[str, ...]] = made_by(default_factory=dict)


Completed: TypeAlias = Literal["committed", "left", "stale", "taken"] | Lead
"""What became of a completed node.

`committed`: the guess was right and is written; if a new attempt begins with it at once, the run waits for somebody who
leads. `left`: somebody else processes it, or nobody has to yet. `stale`: it
was not this process's any more, and nothing changed. `taken`: the caller, who does not decide himself, is to send a
hint.
"""


class More(Record):
    """Events that arrived while a step was decided, for whoever decided it."""

    events: tuple[str, ...]
    taken: tuple[int, int]


class Due(Record):
    """Something that is due, held for whoever was told of it until `held`, a number that `look` wants to see.

    `node` is empty for the run itself.
    """

    run: str
    node: str
    held: int


class Finding(Record):
    """What is to be done about something that was due.

    `nothing`; `wake`: decide about the run; `finish`: tell of the run's end; `publish`: send a hint of attempt
    `attempt` of the node; `start`: start the run of a sub-flow; `check`: process `owner` claimed the node under `fence`
    and may be gone.
    """

    kind: Literal["nothing", "wake", "finish", "publish", "start", "check"]
    header: Header | None = None
    attempt: int = 0
    fence: int = 0
    lost: int = 0
    owner: str = ""
    body: str = ""


class LiveNode(Record):
    """A node that is live; `state` is `published`, `claimed`, or `flow` for a sub-flow, which may not have begun."""

    id: str
    state: str
    attempt: int
    awaited: bool
    current: bool
    owner: str
    body: str


class Brief(Record):
    """What can be told of a run at a glance; `live` is how many awaited nodes of its current attempt are live."""

    header: Header
    rev: int
    status: str
    state: str
    created: float
    parked: str
    ended: Ended | None
    live: int


class RunView(Record):
    """All there is to know about a run; `status` is `open` or `done`."""

    header: Header
    rev: int
    status: str
    state: str
    given: str
    created: float
    parked: str
    ended: Ended | None
    fired: Mapping[str, int]
    archive: tuple[tuple[str, str], ...]
    live: tuple[LiveNode, ...]
    waiting: int


class Store(Protocol):
    """A store of runs.

    All methods raise `StoreError` when the store cannot be reached or does not answer as it should.
    """

    def start(self, header: Header, write: Write, events: Sequence[str]) -> bool:
        """Record a run with events that wait to be processed; return False if it is on record already.

        What is written may start nodes, and neither ends the run nor begins a new attempt of it.
        """

    def header(self, run: str) -> Header | None:
        """Return what never changes about a run, None if there is no such run."""

    def claim(
        self, run: str, node: str, attempt: int, *, process: str, token: str, guess: bool
    ) -> Claim | None:
        """Claim an attempt of a node for a process; None if it is nobody's to claim.

        `token` tells this claim from all others of the process: the same claim made twice gets the same answer.
        """

    def complete(
        self,
        run: str,
        node: str,
        fence: int,
        event: str,
        *,
        lazy: bool,
        leader: str,
        names: Iterable[str] = (),
        guess: tuple[int, Write] | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Completed:
        """Record that a node is done, by the event that tells the run of it.

        A lazy event starts nothing, and waits until nothing awaited is live any more. `leader` is who decides about
        the run from here on, if nobody does: with an empty name, whoever gets the hint that the caller sends. `names`
        are those whose joined rows the decision needs. `guess` is a step that was decided beforehand, from the
        revision it was decided from. A sub-flow's node is completed with fence 0. `meanwhile` is called at least once
        before this returns, if the store can while it waits.
        """

    def again(
        self, run: str, node: str, fence: int, *, countdown: float, counts: bool, lost: bool = False
    ) -> int | None:
        """Let a claimed node be run again after a countdown; return the number of the attempt, None if it is stale."""

    def lead(self, run: str, leader: str, names: Iterable[str] = ()) -> Lead | None:
        """Begin to decide about a run; None if somebody does, or nothing waits, or there is no such run."""

    def joined(self, run: str, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return joined rows: ids by name."""

    def commit(
        self, run: str, leader: str, rev: int, taken: tuple[int, int], write: Write
    ) -> More | bool:
        """Write a step if the revision is still the one it was decided from.

        Returns the events that wait, for which the lead goes on; True when none does, and False for a conflict, after
        which nothing has changed.
        """

    def release(self, run: str, *, delay: float, parked: str = "") -> None:
        """Give up the right to decide about a run; it is looked at again after a delay, if something waits there."""

    def defer(self, run: str, node: str, attempt: int, *, delay: float, parked: str) -> None:
        """Let a published node wait, which no worker can run that was asked, before it is hinted at again."""

    def started(self, run: str, node: str) -> None:
        """Note that the run of a sub-flow is on record. May take effect later, or not at all."""

    def sent(self, run: str, nodes: Sequence[str], attempt: int = 1) -> None:
        """Note that an attempt of nodes was published. May take effect later, or not at all."""

    def told(self, run: str, expire: float | None = None) -> None:
        """Note that whoever waits for a run's end was told of it; with `expire`, its rows go after so many seconds.

        May take effect later; the run's end stays due until it does.
        """

    def expire(self, run: str, after: float) -> tuple[str, ...]:
        """Let the rows of a run go some seconds after it ended and its last node is gone; return its sub-flows' ids."""

    def due(self, limit: int) -> tuple[tuple[Due, ...], float | None]:
        """Return what is due, and after how many seconds the next is, None if nothing waits."""

    def look(self, due: Due) -> Finding:
        """Look at something that is due, if it still is; see to it that it comes up again."""

    def claimed(self, run: str, node: str, attempt: int) -> Finding | None:
        """Return, as `check`, who has claimed an attempt of a node; None if nobody has."""

    def register(self, process: str, lease: float) -> None:
        """Note that a process is alive, for `lease` seconds; 0 when it says good-bye."""

    def alive(self, process: str) -> bool:
        """Return whether a process is alive."""

    def brief(self, run: str) -> Brief | None:
        """Return what can be told of a run at a glance; None if there is no such run."""

    def view(self, run: str) -> RunView | None:
        """Return all about a run; None if there is no such run."""

    def archive(self, run: str) -> tuple[tuple[str, str], ...]:
        """Return what finished in a run: pairs of name and id, in the order in which it was processed."""

    def ended(self, run: str) -> Ended | None:
        """Return how a run ended; None if it has not, or is not on record."""

    def open_runs(self) -> Iterator[str]:
        """Yield the ids of the runs that have not ended, oldest first."""

    def throttle(self, name: str, interval: float) -> float:
        """Take the next place among starts that are at least `interval` seconds apart; return the seconds until it.

        Repeated, it takes a further place, and the first one stays empty.
        """

    def keep_failure(self, node: str, failure: str) -> None:
        """Keep why a node failed, JSON text."""

    def failure(self, node: str) -> str | None:
        """Return why a node failed; None if it did not or is not on record."""

    def wait(self, timeout: float) -> None:
        """Wait until something may be due earlier than was said, at most `timeout` seconds.

        The first time it may return at once, as it did not listen yet when `due` was asked.
        """

    def promises(self) -> str:
        """Return a line that says what of the record survives what.

        Raises:
            ConfigurationError: the server is set up so that it may drop records.
        """

    def close(self) -> None:
        """Close the connections of this process."""


def wait_before(deliveries: int) -> float:
    """Return after how many seconds something is hinted at again that was hinted at so many times."""
    return AGAIN_AFTER[min(deliveries, len(AGAIN_AFTER) - 1)]
