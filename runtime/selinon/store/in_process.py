"""The record of runs in the memory of one process, for workers that are one process; it is gone with the process.

It does what `redis.lua` does, in the same order and by a clock of milliseconds, so that each can be tested against the
other. All methods may be called by several threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from selinon.store.in_process_rows import END, RESTART, RUN, Rows, Run, ms
from selinon.store.protocol import (
    AGAIN_AFTER,
    FAILURES_KEPT,
    HELD,
    NEW_ATTEMPT,
    PROCESS_LEASE,
    Brief,
    Claim,
    Completed,
    Due,
    Ended,
    Finding,
    Header,
    Lead,
    More,
    RunView,
    Write,
)

__all__ = ["InProcessStore"]


class InProcessStore:
    """The store of one process.

    Args:
        clock: what tells the time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._changed = threading.Condition()
        self._rows = Rows(clock, self._ring)
        self._processes: dict[str, int] = {}
        self._throttled: dict[str, int] = {}
        self._failures: dict[str, tuple[int, str]] = {}
        self._rung: float | None = None

    def start(self, header: Header, write: Write, events: Sequence[str]) -> bool:
        """Record a run with events that wait to be processed; return False if it is on record already."""
        with self._changed:
            if self._rows.run(header.id) is not None:
                return False
            run = self._rows.runs[header.id] = Run(header=header, created=self._rows.now())
            self._rows.write(run, write)
            run.inbox += events
            if events:
                self._rows.after(run, RUN, ms(AGAIN_AFTER[0]))
            return True

    def header(self, run: str) -> Header | None:
        """Return what never changes about a run, None if there is no such run."""
        with self._changed:
            found = self._rows.run(run)
            return None if found is None else found.header

    def claim(
        self, run: str, node: str, attempt: int, *, process: str, token: str, guess: bool
    ) -> Claim | None:
        """Claim an attempt of a node for a process; None if it is nobody's to claim."""
        with self._changed:
            of, live = self._rows.node(run, node)
            if of is None or live is None or live.attempt != attempt:
                return None
            if live.state == "published":
                live.state, live.owner, live.token = "claimed", process, token
                self._rows.after(of, node, ms(PROCESS_LEASE))
            elif (live.state, live.owner, live.token) != ("claimed", process, token):
                return None
            free = (
                guess
                and of.leader is None
                and of.ended is None
                and live.epoch == of.epoch
                and of.quiet
            )
            return Claim(
                fence=live.fence,
                retried=live.retried,
                lost=live.lost,
                body=live.new.body,
                given=of.given,
                header=of.header,
                rev=of.rev if free else None,
                state=of.state if free else None,
            )

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
        """Record that a node is done, by the event that tells the run of it."""
        if meanwhile is not None:
            meanwhile()
        with self._changed:
            of, live = self._rows.node(run, node)
            if of is None or live is None or live.fence != fence:
                return "stale"
            if fence == 0 and live.attempt > 1:  # of a sub-flow, there is one attempt
                return "stale"
            self._rows.done(of, node)
            if of.ended is not None or live.epoch != of.epoch or not live.new.awaited:
                return "left"
            of.live -= 1
            free = of.leader is None or of.until < self._rows.now()
            if guess is not None and guess[0] == of.rev and free and of.quiet:
                self._rows.write(of, guess[1])
                if of.waiting:  # a new attempt begins at once
                    self._rows.after(of, RUN, 0, ring=True)
                return "committed"
            if lazy:
                of.lazy.append(event)
                if of.live > 0:
                    return "left"
            else:
                of.inbox.append(event)
            if not free:
                return "left"
            if not leader:
                self._rows.give(of, "")
                return "taken"
            return self._rows.begin(of, leader, names)

    def again(
        self, run: str, node: str, fence: int, *, countdown: float, counts: bool, lost: bool = False
    ) -> int | None:
        """Let a claimed node be run again after a countdown; return the number of the attempt, None if it is stale."""
        with self._changed:
            of, live = self._rows.node(run, node)
            if of is None or live is None or live.state != "claimed" or live.fence != fence:
                return None
            if of.dropped:
                self._rows.done(of, node)
                return None
            live.come_back(counts=counts, lost=lost)
            self._rows.publish(of, node, ms(countdown))
            return live.attempt

    def lead(self, run: str, leader: str, names: Iterable[str] = ()) -> Lead | None:
        """Begin to decide about a run; None if somebody does, or nothing waits, or there is no such run."""
        with self._changed:
            of = self._rows.run(run)
            if of is None:
                return None
            if of.leader and of.leader != leader and of.until >= self._rows.now():
                return None
            if of.ended is not None or not of.waiting:
                self._rows.release(of)
                return None
            return self._rows.begin(of, leader, names)

    def joined(self, run: str, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return joined rows: ids by name."""
        with self._changed:
            of = self._rows.run(run)
            return dict.fromkeys(names, ()) if of is None else of.rows(names)

    def commit(
        self, run: str, leader: str, rev: int, taken: tuple[int, int], write: Write
    ) -> More | bool:
        """Write a step if the revision is still the one it was decided from."""
        with self._changed:
            of = self._rows.run(run)
            if of is None or of.rev != rev or of.ended is not None:
                return False
            del of.inbox[: taken[0]]
            del of.lazy[: taken[1]]
            self._rows.write(of, write)
            if not of.waiting:
                self._rows.release(of)
                return True
            self._rows.give(of, leader)
            events, taken = of.events()
            return More(events=events, taken=taken)

    def release(self, run: str, *, delay: float, parked: str = "") -> None:
        """Give up the right to decide about a run; it is looked at again after a delay, if something waits there."""
        with self._changed:
            of = self._rows.run(run)
            if of is None or of.ended is not None:
                return
            self._rows.release(of)
            of.parked = parked or of.parked
            if of.waiting:
                self._rows.after(of, RUN, ms(delay), ring=True)

    def defer(self, run: str, node: str, attempt: int, *, delay: float, parked: str) -> None:
        """Let a published node wait, which no worker can run that was asked, before it is hinted at again."""
        with self._changed:
            of, live = self._rows.node(run, node)
            if of and live and live.state == "published" and live.attempt == attempt:
                self._rows.after(of, node, ms(delay), ring=True)
                of.parked = parked

    def started(self, run: str, node: str) -> None:
        """Note that the run of a sub-flow is on record."""
        with self._changed:
            _, live = self._rows.node(run, node)
            if live is not None and live.state == "published":
                live.state = "flow"
                self._rows.due.pop((run, node), None)

    def sent(self, run: str, nodes: Sequence[str], attempt: int = 1) -> None:
        """Note that an attempt of nodes was published."""
        with self._changed:
            for node in nodes:
                of, live = self._rows.node(run, node)
                if of is None or live is None or live.state != "published":
                    continue
                if live.deliveries == 0 and live.attempt == attempt:
                    live.deliveries = 1
                    self._rows.after(of, node, ms(AGAIN_AFTER[1]))

    def told(self, run: str, expire: float | None = None) -> None:
        """Note that whoever waits for a run's end was told of it; with `expire`, its rows go after so many seconds."""
        with self._changed:
            self._rows.due.pop((run, END), None)
            of = self._rows.run(run)
            if of is not None:
                of.ttl = of.ttl if expire is None else ms(expire)
                self._rows.let_go(of)

    def expire(self, run: str, after: float) -> tuple[str, ...]:
        """Let the rows of a run go some seconds after the end of it and its nodes; return the ids of its sub-flows."""
        with self._changed:
            of = self._rows.run(run)
            if of is None:
                return ()
            of.ttl = ms(after)
            self._rows.let_go(of)
            return tuple(of.flows)

    def due(self, limit: int) -> tuple[tuple[Due, ...], float | None]:
        """Return what is due, and after how many seconds the next is, None if nothing waits."""
        with self._changed:
            now = self._rows.now()
            self._forget()
            late = sorted(
                (at, f"{run}|{node}", run, node)
                for (run, node), at in self._rows.due.items()
                if at <= now
            )
            held = now + ms(HELD)
            found = [Due(run=run, node=node, held=held) for _, _, run, node in late[:limit]]
            for due in found:
                self._rows.due[due.run, due.node] = held
            soonest = min(self._rows.due.values(), default=None)
            return tuple(found), None if soonest is None else max(0, soonest - now) / 1000

    def look(self, due: Due) -> Finding:
        """Look at something that is due, if it still is; see to it that it comes up again."""
        with self._changed:
            if self._rows.due.get((due.run, due.node)) != due.held:
                return Finding(kind="nothing")
            of = self._rows.run(due.run)
            if of is None:
                del self._rows.due[due.run, due.node]
                return Finding(kind="nothing")
            if due.node == END:
                self._rows.after(of, END, ms(PROCESS_LEASE))
                return Finding(kind="finish", header=of.header)
            if due.node == RESTART:
                del self._rows.due[due.run, due.node]
                if of.ended is not None:
                    return Finding(kind="nothing")
                of.inbox.append(NEW_ATTEMPT)
                return self._rows.look_at_run(of)
            return (
                self._rows.look_at_run(of)
                if due.node == RUN
                else self._rows.look_at_node(of, due.node)
            )

    def claimed(self, run: str, node: str, attempt: int) -> Finding | None:
        """Return, as `check`, who has claimed an attempt of a node; None if nobody has."""
        with self._changed:
            of, live = self._rows.node(run, node)
            if of is None or live is None or (live.state, live.attempt) != ("claimed", attempt):
                return None
            return of.finding("check", live)

    def register(self, process: str, lease: float) -> None:
        """Note that a process is alive, for `lease` seconds; 0 when it says good-bye."""
        with self._changed:
            if lease:
                self._processes[process] = self._rows.now() + ms(lease)
            else:
                self._processes.pop(process, None)

    def alive(self, process: str) -> bool:
        """Return whether a process is alive."""
        with self._changed:
            return self._processes.get(process, 0) > self._rows.now()

    def brief(self, run: str) -> Brief | None:
        """Return what can be told of a run at a glance; None if there is no such run."""
        with self._changed:
            of = self._rows.run(run)
            return None if of is None else of.brief()

    def view(self, run: str) -> RunView | None:
        """Return all about a run; None if there is no such run."""
        with self._changed:
            of = self._rows.run(run)
            return None if of is None else of.view()

    def archive(self, run: str) -> tuple[tuple[str, str], ...]:
        """Return what finished in a run: pairs of name and id, in the order in which it was processed."""
        with self._changed:
            of = self._rows.run(run)
            return () if of is None else tuple(of.archive)

    def ended(self, run: str) -> Ended | None:
        """Return how a run ended; None if it has not, or is not on record."""
        with self._changed:
            of = self._rows.run(run)
            return None if of is None else of.ended

    def open_runs(self) -> Iterator[str]:
        """Yield the ids of the runs that have not ended, oldest first."""
        with self._changed:
            found = [(run.created, id) for id, run in self._rows.runs.items() if run.ended is None]
        for _, id in sorted(found):
            yield id

    def throttle(self, name: str, interval: float) -> float:
        """Take the next place among starts that are at least `interval` seconds apart; return the seconds until it."""
        with self._changed:
            now = self._rows.now()
            at = max(now, self._throttled.get(name, 0))
            self._throttled[name] = at + ms(interval)
            return (at - now) / 1000

    def keep_failure(self, node: str, failure: str) -> None:
        """Keep why a node failed, JSON text, for a week."""
        with self._changed:
            self._failures[node] = (self._rows.now() + ms(FAILURES_KEPT), failure)

    def failure(self, node: str) -> str | None:
        """Return why a node failed; None if it did not or is not on record."""
        with self._changed:
            until, failure = self._failures.get(node, (0, None))
            return failure if until > self._rows.now() else None

    def wait(self, timeout: float) -> None:
        """Wait until something may be due earlier than was said, at most `timeout` seconds."""
        with self._changed:
            end = time.monotonic() + timeout
            while True:
                end = end if self._rung is None else min(end, self._rung)
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if self._rung is not None and self._rung <= time.monotonic():
                self._rung = None

    def promises(self) -> str:
        """Return a line that says what of the record survives what."""
        return "memory of this process: all runs are lost when it stops"

    def close(self) -> None:
        """Keep everything: whoever else has this store goes on with it."""

    def _forget(self) -> None:
        """Drop what nobody will ask for any more."""
        now = self._rows.now()
        self._rows.forget()
        for name in [name for name, until in self._processes.items() if until <= now]:
            del self._processes[name]
        for name in [name for name, at in self._throttled.items() if at <= now]:
            del self._throttled[name]
        for node in [node for node, (until, _) in self._failures.items() if until <= now]:
            del self._failures[node]

    def _ring(self, delay: int) -> None:
        at = time.monotonic() + delay / 1000
        self._rung = at if self._rung is None else min(self._rung, at)
        self._changed.notify_all()
