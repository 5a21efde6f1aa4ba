"""The record of runs in Redis: one script for all operations on a run, whose keys lie on one server of a cluster."""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from selinon.store import redis_texts
from selinon.store.protocol import (
    AGAIN_AFTER,
    FAILURES_KEPT,
    HELD,
    LEAD_LEASE,
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
from selinon.store.redis_errors import LOST, REFUSED, unreachable
from selinon.store.redis_link import Cluster, Server, linked
from selinon.store.redis_texts import encoded, ms, pairs, texts

__all__ = ["RedisStore"]

_THROTTLE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local next = at + tonumber(ARGV[1])
redis.call('SET', KEYS[1], next, 'PX', math.max(1, next - now))
return at - now
"""

_KINDS: Final = ("", ":in", ":lazy", ":nodes", ":archive", ":flows")


class RedisStore:
    """The store of a Redis server or cluster.

    Args:
        url: where it is, `redis://[[user]:password@]host[:port][/db]`, `rediss://` or `unix://`.
        prefix: how all keys begin.
    """

    def __init__(self, url: str, prefix: str = "selinon:") -> None:
        self._url = url
        self._prefix = prefix
        self._bell = f"{prefix}bell"
        self._server: Server | Cluster | None = None
        self._ears: Any = None
        self._owner = os.getpid()

    @property
    def _link(self) -> Server | Cluster:
        """Return what talks to the server: a process never uses the sockets that it inherited."""
        if self._server is None or self._owner != os.getpid():
            self._server, self._ears, self._owner = linked(self._url), None, os.getpid()
        return self._server

    def _tag(self, run: str) -> str:
        return f"{{{zlib.crc32(run.encode()) % self._link.shards}}}"

    def _keys(self, tag: str, run: str) -> list[str]:
        base = f"{self._prefix}{tag}"
        return [f"{base}:r:{run}{kind}" for kind in _KINDS] + [f"{base}:due", f"{base}:open"]

    def _command(self, op: str, run: str, *values: object, tag: str = "") -> list[Any]:
        keys = self._keys(tag or self._tag(run), run)
        return [len(keys), *keys, op, run, self._bell, *values]

    def _call(
        self,
        op: str,
        run: str,
        *values: object,
        tag: str = "",
        meanwhile: Callable[[], None] | None = None,
    ) -> list[Any]:
        reply = self._link.script(self._command(op, run, *values, tag=tag), meanwhile)
        return reply  # type: ignore[no-any-return]

    def start(self, header: Header, write: Write, events: Sequence[str]) -> bool:
        """Record a run with events that wait to be processed; return False if it is on record already."""
        text = json.dumps([getattr(header, name) for name in Header.__slots__])
        reply = self._call(
            "start",
            header.id,
            text,
            encoded(write),
            ms(AGAIN_AFTER[0]),
            *events,
        )
        return bool(reply[0] == b"ok")

    def header(self, run: str) -> Header | None:
        """Return what never changes about a run, None if there is no such run."""
        text = self._call("header", run)[1:]
        return redis_texts.header(text[0]) if text and text[0] else None

    def claim(
        self, run: str, node: str, attempt: int, *, process: str, token: str, guess: bool
    ) -> Claim | None:
        """Claim an attempt of a node for a process; None if it is nobody's to claim."""
        reply = self._call(
            "claim", run, node, attempt, process, token, int(guess), ms(PROCESS_LEASE)
        )
        if reply[0] != b"run":
            return None
        free = len(reply) > 7
        return Claim(
            fence=reply[1],
            retried=reply[2],
            lost=reply[3],
            body=reply[4].decode(),
            given=reply[5].decode(),
            header=redis_texts.header(reply[6]),
            rev=int(reply[7]) if free else None,
            state=reply[8].decode() if free else None,
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
        names = tuple(names)
        guessed: tuple[object, str] = ("", "") if guess is None else (guess[0], encoded(guess[1]))
        reply = self._call(
            "complete",
            run,
            node,
            fence,
            event,
            int(lazy),
            leader,
            ms(LEAD_LEASE),
            *guessed,
            ms(AGAIN_AFTER[0]),
            *names,
            meanwhile=meanwhile,
        )
        match reply[0]:
            case b"lead":
                return redis_texts.lead(reply, names)
            case b"committed":
                return "committed"
            case b"taken":
                return "taken"
            case b"left":
                return "left"
            case _:
                return "stale"

    def again(
        self, run: str, node: str, fence: int, *, countdown: float, counts: bool, lost: bool = False
    ) -> int | None:
        """Let a claimed node be run again after a countdown; return the number of the attempt, None if it is stale."""
        reply = self._call(
            "again",
            run,
            node,
            fence,
            ms(countdown),
            int(counts),
            int(lost),
            ms(AGAIN_AFTER[0]),
        )
        return reply[1] if reply[0] == b"ok" else None

    def lead(self, run: str, leader: str, names: Iterable[str] = ()) -> Lead | None:
        """Begin to decide about a run; None if somebody does, or nothing waits, or there is no such run."""
        names = tuple(names)
        reply = self._call("lead", run, leader, ms(LEAD_LEASE), *names)
        return redis_texts.lead(reply, names) if reply[0] == b"lead" else None

    def joined(self, run: str, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return joined rows: ids by name."""
        names = tuple(names)
        return redis_texts.joined(names, self._call("joined", run, *names)[1])

    def commit(
        self, run: str, leader: str, rev: int, taken: tuple[int, int], write: Write
    ) -> More | bool:
        """Write a step if the revision is still the one it was decided from."""
        reply = self._call(
            "commit",
            run,
            leader,
            ms(LEAD_LEASE),
            rev,
            *taken,
            encoded(write),
            ms(AGAIN_AFTER[0]),
        )
        if reply[0] == b"more":
            return More(events=texts(reply[1]), taken=(reply[2], reply[3]))
        return bool(reply[0] == b"ok")

    def release(self, run: str, *, delay: float, parked: str = "") -> None:
        """Give up the right to decide about a run; it is looked at again after a delay, if something waits there."""
        self._call("release", run, ms(delay), parked)

    def defer(self, run: str, node: str, attempt: int, *, delay: float, parked: str) -> None:
        """Let a published node wait, which no worker can run that was asked, before it is hinted at again."""
        self._call("defer", run, node, attempt, ms(delay), parked)

    def started(self, run: str, node: str) -> None:
        """Note that the run of a sub-flow is on record. May take effect later, or not at all."""
        self._link.tell(self._command("started", run, node))

    def sent(self, run: str, nodes: Sequence[str], attempt: int = 1) -> None:
        """Note that an attempt of nodes was published. May take effect later, or not at all."""
        for first in range(0, len(nodes), 1000):
            part = nodes[first : first + 1000]
            self._link.tell(self._command("sent", run, ms(AGAIN_AFTER[1]), attempt, *part))

    def told(self, run: str, expire: float | None = None) -> None:
        """Note that whoever waits for a run's end was told of it; with `expire`, its rows go after so many seconds."""
        self._link.tell(self._command("told", run, "" if expire is None else ms(expire)))

    def expire(self, run: str, after: float) -> tuple[str, ...]:
        """Let the rows of a run go some seconds after it ended and its last node is gone; return its sub-flows' ids."""
        return texts(self._call("expire", run, ms(after))[1])

    def due(self, limit: int) -> tuple[tuple[Due, ...], float | None]:
        """Return what is due, and after how many seconds the next is, None if nothing waits."""
        found: list[Due] = []
        nexts: list[float] = []
        for shard in range(self._link.shards):
            reply = self._call("due", "", limit, ms(HELD), tag=f"{{{shard}}}")
            for member in texts(reply[1]):
                run, _, node = member.partition("|")
                found.append(Due(run=run, node=node, held=reply[2]))
            if reply[3] >= 0:
                nexts.append(reply[3] / 1000)
        return tuple(found), min(nexts, default=None)

    def look(self, due: Due) -> Finding:
        """Look at something that is due, if it still is; see to it that it comes up again."""
        pauses = ",".join(str(ms(pause)) for pause in AGAIN_AFTER)
        kind, *rest = self._call(
            "look", due.run, due.node, due.held, ms(PROCESS_LEASE), pauses, NEW_ATTEMPT
        )
        return redis_texts.finding(kind, rest)

    def claimed(self, run: str, node: str, attempt: int) -> Finding | None:
        """Return, as `check`, who has claimed an attempt of a node; None if nobody has."""
        kind, *rest = self._call("claimed", run, node, attempt)
        return redis_texts.finding(kind, rest) if rest else None

    def register(self, process: str, lease: float) -> None:
        """Note that a process is alive, for `lease` seconds; 0 when it says good-bye."""
        key = f"{self._prefix}p:{process}"
        if lease:
            self._link.plain("SET", key, "", "PX", ms(lease))
        else:
            self._link.plain("DEL", key)

    def alive(self, process: str) -> bool:
        """Return whether a process is alive."""
        return bool(self._link.plain("EXISTS", f"{self._prefix}p:{process}"))

    def brief(self, run: str) -> Brief | None:
        """Return what can be told of a run at a glance; None if there is no such run."""
        reply = self._call("brief", run)
        return redis_texts.brief(reply) if reply[0] == b"ok" else None

    def view(self, run: str) -> RunView | None:
        """Return all about a run; None if there is no such run."""
        reply = self._call("view", run)
        return redis_texts.view(reply) if reply[0] == b"ok" else None

    def archive(self, run: str) -> tuple[tuple[str, str], ...]:
        """Return what finished in a run: pairs of name and id, in the order in which it was processed."""
        return pairs(self._call("archive", run)[1])

    def ended(self, run: str) -> Ended | None:
        """Return how a run ended; None if it has not, or is not on record."""
        reply = self._call("ended", run)
        return redis_texts.ended(reply[1]) if len(reply) > 1 and reply[1] else None

    def open_runs(self) -> Iterator[str]:
        """Yield the ids of the runs that have not ended, oldest first."""
        found: list[tuple[int, str]] = []
        for shard in range(self._link.shards):
            reply = self._call("open", "", tag=f"{{{shard}}}")[1]
            found += [(int(created), run) for run, created in pairs(reply)]
        for _, run in sorted(found):
            yield run

    def throttle(self, name: str, interval: float) -> float:
        """Take the next place among starts that are at least `interval` seconds apart; return the seconds until it."""
        wait = self._link.plain("EVAL", _THROTTLE, 1, f"{self._prefix}t:{name}", ms(interval))
        return int(wait) / 1000

    def keep_failure(self, node: str, failure: str) -> None:
        """Keep why a node failed, JSON text, for a week."""
        self._link.plain("SET", f"{self._prefix}x:{node}", failure, "PX", ms(FAILURES_KEPT))

    def failure(self, node: str) -> str | None:
        """Return why a node failed; None if it did not or is not on record."""
        found = self._link.plain("GET", f"{self._prefix}x:{node}")
        return found.decode() if found else None

    def wait(self, timeout: float) -> None:
        """Wait until something may be due earlier than was said, at most `timeout` seconds."""
        try:
            link = self._link
            if self._ears is None:  # what rang until now went unheard
                self._ears = link.ears()
                self._ears.subscribe(self._bell)
                self._ears.get_message(timeout=timeout)
                return
            end = time.monotonic() + timeout
            while (left := end - time.monotonic()) > 0:
                message = self._ears.get_message(ignore_subscribe_messages=True, timeout=left)
                if message is not None:
                    end = min(end, time.monotonic() + int(message["data"]) / 1000)
        except (*LOST, *REFUSED) as error:
            self._ears = None
            raise unreachable(self._url, error) from error

    def promises(self) -> str:
        """Return a line that says what of the record survives what.

        Raises:
            ConfigurationError: the server evicts keys or is a replica.
        """
        return self._link.promises()

    def close(self) -> None:
        """Close the connections of this process."""
        if self._server is not None and self._owner == os.getpid():
            if self._ears is not None:
                self._ears.close()
            self._server.close()
        self._server = self._ears = None
