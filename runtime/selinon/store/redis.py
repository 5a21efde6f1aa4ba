"""The record of runs in Redis: one script for all operations on a run, whose keys lie on one server of a cluster."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from typing import Any, Final

import redis
from redis.cluster import RedisCluster

from selinon.errors import ConfigurationError, StoreError
from selinon.store.protocol import (
    AGAIN_AFTER,
    LEAD_LEASE,
    PROCESS_LEASE,
    Claim,
    Completed,
    Due,
    Ended,
    Finding,
    Header,
    Lead,
    LiveNode,
    More,
    NewNode,
    RunView,
    Write,
)

__all__ = ["RedisStore"]

_SCRIPT: Final = resources.files("selinon.store").joinpath("redis.lua").read_text("utf-8")
_SHA: Final = hashlib.sha1(_SCRIPT.encode()).hexdigest()

_THROTTLE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local next = at + tonumber(ARGV[1])
redis.call('SET', KEYS[1], next, 'PX', next - now)
return at - now
"""

_KINDS: Final = ("", ":in", ":lazy", ":nodes", ":bodies", ":archive", ":flows")
_CLUSTER_SHARDS: Final = 16
_HELD: Final = 10.0
"""Seconds for which something that is due is left to whoever was told of it."""

_FAILURES_KEPT: Final = 7 * 86_400
_STATES: Final = {"P": "published", "C": "claimed", "F": "flow"}
_TIMEOUTS: Final = {"socket_timeout": 10, "socket_connect_timeout": 5}


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
        self._server: _Server | _Cluster | None = None
        self._ears: Any = None
        self._owner = os.getpid()

    @property
    def _link(self) -> _Server | _Cluster:
        """Return what talks to the server: a process never uses the sockets that it inherited."""
        if self._server is None or self._owner != os.getpid():
            self._server, self._ears, self._owner = _linked(self._url), None, os.getpid()
        return self._server

    def _tag(self, run: str) -> str:
        return f"{{{zlib.crc32(run.encode()) % self._link.shards}}}"

    def _keys(self, tag: str, run: str) -> list[str]:
        base = f"{self._prefix}{tag}"
        return [f"{base}:r:{run}{kind}" for kind in _KINDS] + [f"{base}:due", f"{base}:open"]

    def _command(self, op: str, run: str, *values: object, tag: str = "") -> list[Any]:
        keys = self._keys(tag or self._tag(run), run)
        return [len(keys), *keys, op, run, self._bell, *values]

    def _call(self, op: str, run: str, *values: object, tag: str = "") -> list[Any]:
        reply = self._link.script(self._command(op, run, *values, tag=tag))
        return reply  # type: ignore[no-any-return]

    def start(self, header: Header, write: Write, events: Sequence[str]) -> bool:
        """Record a run with events that wait to be processed; return False if it is on record already."""
        text = json.dumps([getattr(header, name) for name in Header.__slots__])
        reply = self._call("start", header.id, text, _encoded(write), _ms(AGAIN_AFTER[0]), *events)
        return bool(reply[0] == b"ok")

    def header(self, run: str) -> Header | None:
        """Return what never changes about a run, None if there is no such run."""
        text = self._call("header", run)[1:]
        return _header(text[0]) if text and text[0] else None

    def claim(
        self, run: str, node: str, attempt: int, *, process: str, token: str, guess: bool
    ) -> Claim | None:
        """Claim an attempt of a node for a process; None if it is nobody's to claim."""
        reply = self._call(
            "claim", run, node, attempt, process, token, int(guess), _ms(PROCESS_LEASE)
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
            header=_header(reply[6]),
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
    ) -> Completed:
        """Record that a node is done, by the event that tells the run of it."""
        names = tuple(names)
        guessed: tuple[object, str] = ("", "") if guess is None else (guess[0], _encoded(guess[1]))
        reply = self._call(
            "complete",
            run,
            node,
            fence,
            event,
            int(lazy),
            leader,
            _ms(LEAD_LEASE),
            *guessed,
            _ms(AGAIN_AFTER[0]),
            *names,
        )
        match reply[0]:
            case b"lead":
                return _lead(reply, names)
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
            _ms(countdown),
            int(counts),
            int(lost),
            _ms(AGAIN_AFTER[0]),
        )
        return reply[1] if reply[0] == b"ok" else None

    def lead(self, run: str, leader: str, names: Iterable[str] = ()) -> Lead | None:
        """Begin to decide about a run; None if somebody does, or nothing waits, or there is no such run."""
        names = tuple(names)
        reply = self._call("lead", run, leader, _ms(LEAD_LEASE), *names)
        return _lead(reply, names) if reply[0] == b"lead" else None

    def joined(self, run: str, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return joined rows: ids by name."""
        names = tuple(names)
        return _joined(names, self._call("joined", run, *names)[1])

    def commit(
        self, run: str, leader: str, rev: int, taken: tuple[int, int], write: Write
    ) -> More | bool:
        """Write a step if the revision is still the one it was decided from."""
        reply = self._call(
            "commit",
            run,
            leader,
            _ms(LEAD_LEASE),
            rev,
            *taken,
            _encoded(write),
            _ms(AGAIN_AFTER[0]),
        )
        if reply[0] == b"more":
            return More(events=_texts(reply[1]), taken=(reply[2], reply[3]))
        return bool(reply[0] == b"ok")

    def release(self, run: str, *, delay: float, parked: str = "") -> None:
        """Give up the right to decide about a run; it is looked at again after a delay, if something waits there."""
        self._call("release", run, _ms(delay), parked)

    def defer(self, run: str, node: str, attempt: int, *, delay: float, parked: str) -> None:
        """Let a published node wait, which no worker can run that was asked, before it is hinted at again."""
        self._call("defer", run, node, attempt, _ms(delay), parked)

    def started(self, run: str, node: str) -> None:
        """Note that the run of a sub-flow is on record. May take effect later, or not at all."""
        self._link.tell(self._command("started", run, node))

    def sent(self, run: str, nodes: Sequence[str]) -> None:
        """Note that nodes were published. May take effect later, or not at all."""
        for first in range(0, len(nodes), 1000):
            part = nodes[first : first + 1000]
            self._link.tell(self._command("sent", run, _ms(AGAIN_AFTER[1]), *part))

    def told(self, run: str, expire: float | None = None) -> None:
        """Note that whoever waits for a run's end was told of it; with `expire`, its rows go after so many seconds."""
        self._link.tell(self._command("told", run, "" if expire is None else _ms(expire)))

    def expire(self, run: str, after: float) -> tuple[str, ...]:
        """Let the rows of a run go some seconds after it ended and its last node is gone; return its sub-flows' ids."""
        return _texts(self._call("expire", run, _ms(after))[1])

    def due(self, limit: int) -> tuple[tuple[Due, ...], float | None]:
        """Return what is due, and after how many seconds the next is, None if nothing waits."""
        found: list[Due] = []
        nexts: list[float] = []
        for shard in range(self._link.shards):
            reply = self._call("due", "", limit, _ms(_HELD), tag=f"{{{shard}}}")
            for member in _texts(reply[1]):
                run, _, node = member.partition("|")
                found.append(Due(run=run, node=node, held=reply[2]))
            if reply[3] >= 0:
                nexts.append(reply[3] / 1000)
        return tuple(found), min(nexts, default=None)

    def look(self, due: Due) -> Finding:
        """Look at something that is due, if it still is; see to it that it comes up again."""
        pauses = ",".join(str(_ms(pause)) for pause in AGAIN_AFTER)
        kind, *rest = self._call(
            "look", due.run, due.node, due.held, _ms(PROCESS_LEASE), pauses, '["S"]'
        )
        return _finding(kind, rest)

    def claimed(self, run: str, node: str, attempt: int) -> Finding | None:
        """Return, as `check`, who has claimed an attempt of a node; None if nobody has."""
        kind, *rest = self._call("claimed", run, node, attempt)
        return _finding(kind, rest) if rest else None

    def register(self, process: str, lease: float) -> None:
        """Note that a process is alive, for `lease` seconds; 0 when it says good-bye."""
        key = f"{self._prefix}p:{process}"
        if lease:
            self._link.plain("SET", key, "", "PX", _ms(lease))
        else:
            self._link.plain("DEL", key)

    def alive(self, process: str) -> bool:
        """Return whether a process is alive."""
        return bool(self._link.plain("EXISTS", f"{self._prefix}p:{process}"))

    def view(self, run: str) -> RunView | None:
        """Return all about a run; None if there is no such run."""
        reply = self._call("view", run)
        if reply[0] != b"ok":
            return None
        _, header, rev, status, state, given, created, parked, ended, archive, live, waiting = reply
        return RunView(
            header=_header(header),
            rev=int(rev),
            status=status.decode(),
            state=state.decode(),
            given=given.decode(),
            created=int(created) / 1000,
            parked=parked.decode(),
            ended=_ended(ended),
            archive=_pairs(archive),
            live=tuple(
                LiveNode(
                    id=id.decode(),
                    state=_STATES[state.decode()],
                    attempt=attempt,
                    awaited=awaited == b"1",
                    current=bool(current),
                    owner=owner.decode(),
                    body=body.decode(),
                )
                for id, state, attempt, awaited, current, owner, body in live
            ),
            waiting=waiting,
        )

    def archive(self, run: str) -> tuple[tuple[str, str], ...]:
        """Return what finished in a run: pairs of name and id, in the order in which it was processed."""
        return _pairs(self._call("archive", run)[1])

    def ended(self, run: str) -> Ended | None:
        """Return how a run ended; None if it has not, or is not on record."""
        reply = self._call("ended", run)
        return _ended(reply[1]) if len(reply) > 1 and reply[1] else None

    def open_runs(self) -> Iterator[str]:
        """Yield the ids of the runs that have not ended, oldest first."""
        for shard in range(self._link.shards):
            yield from _texts(self._call("open", "", tag=f"{{{shard}}}")[1])

    def throttle(self, name: str, interval: float) -> float:
        """Take the next place among starts that are at least `interval` seconds apart; return the seconds until it."""
        wait = self._link.plain("EVAL", _THROTTLE, 1, f"{self._prefix}t:{name}", _ms(interval))
        return int(wait) / 1000

    def keep_failure(self, node: str, failure: str) -> None:
        """Keep why a node failed, JSON text, for a week."""
        self._link.plain("SET", f"{self._prefix}x:{node}", failure, "EX", _FAILURES_KEPT)

    def failure(self, node: str) -> str | None:
        """Return why a node failed; None if it did not or is not on record."""
        found = self._link.plain("GET", f"{self._prefix}x:{node}")
        return found.decode() if found else None

    def wait(self, timeout: float) -> None:
        """Wait until something may be due earlier than was said, at most `timeout` seconds."""
        try:
            link = self._link
            if self._ears is None:
                self._ears = link.ears()
                self._ears.subscribe(self._bell)
            end = time.monotonic() + timeout
            while (left := end - time.monotonic()) > 0:
                message = self._ears.get_message(ignore_subscribe_messages=True, timeout=left)
                if message is not None:
                    end = min(end, time.monotonic() + int(message["data"]) / 1000)
        except (redis.RedisError, OSError) as error:
            self._ears = None
            raise StoreError(f"the state store cannot be reached: {error}") from error

    def promises(self) -> str:
        """Return a line that says what of the record survives what; raises ConfigurationError if nothing can."""
        return self._link.promises()

    def close(self) -> None:
        """Close the connections of this process."""
        if self._server is not None and self._owner == os.getpid():
            if self._ears is not None:
                self._ears.close()
            self._server.close()
        self._server = self._ears = None


class _Server:
    """One server. Each connection is used by one thread at a time, the one last used first."""

    shards = 1

    def __init__(self, url: str, client: Any) -> None:
        self._url = url
        self._client = client
        self._pool = client.connection_pool
        self._idle: list[_Connection] = []

    def script(self, command: list[Any]) -> Any:
        """Run an operation; what is not known to have happened is tried once more."""
        return self._do(["EVALSHA", _SHA, *command])

    def plain(self, *command: Any) -> Any:
        """Run a command of the server."""
        return self._do(command)

    def _do(self, command: Sequence[Any]) -> Any:
        for last in (False, True):
            try:
                connection = self._idle.pop() if self._idle else _Connection(self._pool)
            except IndexError:  # another thread was faster
                connection = _Connection(self._pool)
            try:
                reply = connection.do(command)
            except redis.exceptions.NoScriptError:
                connection.do(["SCRIPT", "LOAD", _SCRIPT])
                reply = connection.do(command)
            except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
                connection.close()
                if last or isinstance(error, redis.AuthenticationError):
                    raise _unreachable(self._url, error) from error
                # The others are as old, and most likely as dead.
                while self._idle:
                    self._idle.pop().close()
                continue
            except redis.RedisError as error:
                connection.close()
                raise StoreError(f"the state store refuses: {error}") from error
            except BaseException:
                connection.close()  # a reply may still be on its way
                raise
            self._idle.append(connection)
            return reply
        raise AssertionError("the second try returns or raises")

    def tell(self, command: list[Any]) -> None:
        """Run an operation without waiting for the reply; what goes wrong with it is for others to notice."""
        try:
            connection = self._idle.pop() if self._idle else _Connection(self._pool)
        except IndexError:
            connection = _Connection(self._pool)
        try:
            connection.tell(["EVALSHA", _SHA, *command])
        except (redis.RedisError, OSError):
            connection.close()
            return
        self._idle.append(connection)

    def ears(self) -> Any:
        """Return a connection that listens to channels."""
        return self._client.pubsub()

    def promises(self) -> str:
        """Return what the server promises."""
        return _promises(self._url, self._do(["INFO"]))

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().close()
        self._pool.disconnect()


class _Connection:
    """A connection on which replies may be outstanding that nobody waits for."""

    __slots__ = ("_connection", "_unread")

    def __init__(self, pool: Any) -> None:
        self._connection = pool.make_connection()
        self._unread = 0

    def do(self, command: Sequence[Any]) -> Any:
        """Run a command and return its reply."""
        self._connection.send_command(*command, check_health=False)
        while self._unread:
            self._unread -= 1
            with suppress(redis.ResponseError):  # of what was only told: the safety net repeats it
                self._connection.read_response()
        return self._connection.read_response()

    def tell(self, command: Sequence[Any]) -> None:
        """Send a command."""
        self._connection.send_command(*command, check_health=False)
        self._unread += 1

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()


class _Cluster:
    """A cluster, by the client that knows which server has what."""

    shards = _CLUSTER_SHARDS

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = RedisCluster.from_url(url, **_TIMEOUTS)

    def script(self, command: list[Any]) -> Any:
        """Run an operation."""
        try:
            return self._do("EVALSHA", _SHA, *command)
        except redis.exceptions.NoScriptError:
            return self._do("EVAL", _SCRIPT, *command)

    def plain(self, *command: Any) -> Any:
        """Run a command."""
        return self._do(*command)

    def _do(self, *command: Any) -> Any:
        try:
            return self._client.execute_command(*command)
        except redis.exceptions.NoScriptError:
            raise
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            raise _unreachable(self._url, error) from error
        except redis.RedisError as error:
            raise StoreError(f"the state store refuses: {error}") from error

    def tell(self, command: list[Any]) -> None:
        """Run an operation; what goes wrong with it is for others to notice."""
        try:
            self.script(command)
        except (StoreError, redis.RedisError):
            return

    def ears(self) -> Any:
        """Return a connection that listens to channels."""
        return self._client.pubsub()

    def promises(self) -> str:
        """Return what the cluster promises: what its weakest server does."""
        found = {
            _promises(self._url, self._client.get_redis_connection(node).execute_command("INFO"))
            for node in self._client.get_primaries()
        }
        return "; ".join(sorted(found))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _linked(url: str) -> _Server | _Cluster:
    try:
        client = redis.Redis.from_url(url, **_TIMEOUTS)
    except ValueError as error:
        raise ConfigurationError(f"the state store is not at a valid address: {error}") from error
    try:
        info = client.info("cluster")
    except (redis.RedisError, OSError) as error:
        raise _unreachable(url, error) from error
    return _Cluster(url) if info.get("cluster_enabled") else _Server(url, client)


def _unreachable(url: str, error: Exception) -> StoreError:
    return StoreError(f"the state store at {_shown(url)} cannot be reached: {error}")


def _shown(url: str) -> str:
    """Return an address without what may be secret in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _promises(url: str, reply: Any) -> str:
    if isinstance(reply, bytes):
        lines = reply.decode(errors="replace").splitlines()
        info: Mapping[str, Any] = dict(line.split(":", 1) for line in lines if ":" in line)
    else:
        info = reply
    where = f"Redis {info['redis_version']} at {_shown(url)}"
    if info.get("role") in ("slave", "replica"):
        raise ConfigurationError(f"{where} is a replica, and cannot be the state store")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and int(info.get("maxmemory", 0)):
        raise ConfigurationError(
            f"{where} drops records when its memory is full (maxmemory-policy {policy}), "
            "and cannot be the state store\nhelp: set maxmemory-policy to noeviction"
        )
    if str(info.get("aof_enabled")) == "1":
        return f"{where}: writes an append-only file; what its last fsync did not cover is lost in a crash"
    if int(info.get("rdb_last_save_time", 0)) and int(info.get("rdb_saves", 0) or 0):
        return f"{where}: saves snapshots only; what came after the last one is lost in a crash"
    return f"{where}: persists nothing; all runs are lost when it stops"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _texts(values: Iterable[bytes]) -> tuple[str, ...]:
    return tuple([value.decode() for value in values])


def _pairs(values: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    texts = _texts(values)
    return tuple(zip(texts[::2], texts[1::2], strict=True))


def _header(text: bytes) -> Header:
    return Header(*json.loads(text))


def _finding(kind: bytes, values: Sequence[Any]) -> Finding:
    header = _header(values[0]) if values else None
    if len(values) < 2:
        return Finding(kind=kind.decode(), header=header)  # type: ignore[arg-type]  # what the script says
    attempt, fence, lost, owner, body = values[1:]
    return Finding(
        kind=kind.decode(),  # type: ignore[arg-type]  # as above
        header=header,
        attempt=attempt,
        fence=fence,
        lost=lost,
        owner=owner.decode(),
        body=body.decode(),
    )


def _ended(text: bytes | None) -> Ended | None:
    return Ended(**json.loads(text)) if text else None


def _joined(names: Sequence[str], rows: Sequence[Sequence[bytes]]) -> dict[str, tuple[str, ...]]:
    return {name: _texts(ids) for name, ids in zip(names, rows, strict=True)}


def _lead(reply: Sequence[Any], names: Sequence[str]) -> Lead:
    return Lead(
        rev=int(reply[1]),
        state=reply[2].decode(),
        given=reply[3].decode(),
        header=_header(reply[4]),
        events=_texts(reply[5]),
        taken=(reply[6], reply[7]),
        joined=_joined(names, reply[8]),
    )


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _encoded(write: Write) -> str:
    """Return what a step changes as the script reads it; what is absent stays out."""
    row: dict[str, Any] = {
        "state": write.state,
        "archived": [text for pair in write.archived for text in pair],
        "joined": [text for pair in write.joined for text in pair],
        "released": write.released,
        "nodes": [_node(node) for node in write.nodes],
    }
    if write.look_after is not None:
        row["look"] = _ms(write.look_after)
    if write.given is not None:
        row["given"] = write.given
    if write.restart is not None:
        row["restart"], row["event"] = _ms(write.restart), '["S"]'
    if write.ended is not None:
        row["ended"] = _encode({"failed": write.ended.failed})
    if write.drop:
        row["drop"] = True
    return _encode(row)


def _node(node: NewNode) -> list[Any]:
    return [node.id, node.body, int(node.awaited), _ms(node.delay), int(node.kind == "flow")]
