"""How commands and the script come to a server of Redis, or to the server of a cluster that has the keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import resources
from typing import Any, Final

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

from selinon.errors import ConfigurationError, StoreError
from selinon.store.redis_errors import LOST, REFUSED, refused, unreachable
from selinon.store.redis_promises import promises

pack_command: Callable[[tuple[Any, ...]], bytes] | None
try:
    from hiredis import pack_command
except ImportError:  # the client manages without
    pack_command = None

__all__ = ["Cluster", "Server", "linked"]

_SCRIPT: Final = resources.files("selinon.store").joinpath("redis.lua").read_text("utf-8")
_SHA: Final = hashlib.sha1(_SCRIPT.encode()).hexdigest()
_CLUSTER_SHARDS: Final = 16
_MOST_UNREAD: Final = 32
"""Replies that may be outstanding on a connection: those before have arrived long since."""

_TIMEOUTS: Final = {"socket_timeout": 10, "socket_connect_timeout": 5}


class Server:
    """One server. Each connection is used by one thread at a time, the one last used first."""

    shards = 1

    def __init__(self, url: str, client: Any) -> None:
        self._url = url
        self._client = client
        self._pool = client.connection_pool
        self._idle: list[_Connection] = []

    def script(self, command: list[Any], meanwhile: Callable[[], None] | None = None) -> Any:
        """Run an operation, and something else meanwhile; what is not known to have happened is tried once more."""
        return self._do(["EVALSHA", _SHA, *command], meanwhile)

    def plain(self, *command: Any) -> Any:
        """Run a command of the server."""
        return self._do(command)

    def _do(self, command: Sequence[Any], meanwhile: Callable[[], None] | None = None) -> Any:
        for last in (False, True):
            connection = self._connection()
            try:
                try:
                    reply = connection.do(command, meanwhile)
                except redis.exceptions.NoScriptError:
                    connection.do(["SCRIPT", "LOAD", _SCRIPT])
                    reply = connection.do(command)
            except LOST as error:
                connection.close()
                if last or isinstance(error, redis.AuthenticationError):
                    raise unreachable(self._url, error) from error
                # The others are as old, and most likely as dead.
                while self._idle:
                    self._connection().close()
            except redis.RedisError as error:
                connection.close()
                raise refused(self._url, error) from error
            except BaseException:
                connection.close()  # a reply may still be on its way
                raise
            else:
                self._idle.append(connection)
                return reply
        raise AssertionError("the second try returns or raises")

    def _connection(self) -> _Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return _Connection(self._pool)

    def tell(self, command: list[Any]) -> None:
        """Run an operation without waiting for the reply; what goes wrong with it is for others to notice."""
        self.tell_plain(["EVALSHA", _SHA, *command])

    def tell_plain(self, *commands: Sequence[Any]) -> None:
        """Run commands of the server, one after the other, as `tell`."""
        connection = self._connection()
        try:
            connection.tell(commands)
        except (redis.RedisError, OSError):
            connection.close()
            return
        self._idle.append(connection)

    def ears(self) -> Any:
        """Return a connection that listens to channels."""
        return self._client.pubsub()

    def promises(self) -> str:
        """Return what the server promises."""
        return promises(self._url, self.plain)

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._connection().close()
        self._pool.disconnect()


class _Connection:
    """A connection on which replies may be outstanding that nobody waits for."""

    __slots__ = ("_connection", "_unread")

    def __init__(self, pool: Any) -> None:
        # The pool counts what it makes, and refuses the hundredth, even if the others are long closed.
        self._connection = pool.connection_class(**pool.connection_kwargs)
        self._unread = 0

    def do(self, command: Sequence[Any], meanwhile: Callable[[], None] | None = None) -> Any:
        """Run a command and return its reply; do something else while it is on its way."""
        self._connection.send_packed_command(self._packed(command), check_health=False)
        if meanwhile is not None:
            meanwhile()
        self._read_told()
        return self._connection.read_response()

    def tell(self, commands: Sequence[Sequence[Any]]) -> None:
        """Send commands at once."""
        if self._unread >= _MOST_UNREAD:
            self._read_told()
        packed = [b"".join([piece for command in commands for piece in self._packed(command)])]
        self._connection.send_packed_command(packed, check_health=False)
        self._unread += len(commands)

    def _packed(self, command: Sequence[Any]) -> list[bytes]:
        """Return a command as it is sent; the client would look at each argument first, which takes longer."""
        if pack_command is not None:
            return [pack_command(tuple(command))]
        pieces: list[bytes] = self._connection.pack_command(*command)
        return pieces

    def _read_told(self) -> None:
        """Read the replies to what was only told; what went wrong with it is repeated by others, or not missed."""
        while self._unread:
            self._unread -= 1
            with suppress(redis.ResponseError):
                self._connection.read_response()

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()


class Cluster:
    """A cluster, by the client that knows which server has what."""

    shards = _CLUSTER_SHARDS

    def __init__(self, url: str) -> None:
        self._url = url
        patience = Retry(ExponentialBackoff(cap=1, base=0.05), 3)
        try:
            self._client: Any = RedisCluster.from_url(url, retry=patience, **_TIMEOUTS)
        except (*LOST, *REFUSED) as error:
            raise unreachable(url, error) from error

    def script(self, command: list[Any], meanwhile: Callable[[], None] | None = None) -> Any:
        """Run an operation; the client for clusters leaves nothing to be done while it is under way."""
        if meanwhile is not None:
            meanwhile()
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
        except LOST as error:
            raise unreachable(self._url, error) from error
        except REFUSED as error:
            raise refused(self._url, error) from error

    def tell(self, command: list[Any]) -> None:
        """Run an operation; what goes wrong with it is for others to notice."""
        try:
            self.script(command)
        except StoreError:
            return

    def ears(self) -> Any:
        """Return a connection that listens to channels."""
        return self._client.pubsub()

    def promises(self) -> str:
        """Return what the cluster promises: what its weakest server does."""
        try:
            servers = [self._client.get_redis_connection(n) for n in self._client.get_primaries()]
            found = {promises(self._url, server.execute_command) for server in servers}
        except LOST as error:
            raise unreachable(self._url, error) from error
        except REFUSED as error:
            raise refused(self._url, error) from error
        return "; ".join(sorted(found))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def linked(url: str) -> Server | Cluster:
    """Return what talks to the server or cluster at an address."""
    try:
        client = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_TIMEOUTS)
    except ValueError:
        # What the library says may quote a part of a password, as the address may where it is none.
        raise ConfigurationError(
            "the address of the state store is not valid\n"
            "help: an address is redis://[[user]:password@]host[:port][/database], rediss://... or unix://path"
        ) from None
    try:
        info = client.info("cluster")
    except (redis.RedisError, OSError) as error:
        raise unreachable(url, error) from error
    if not info.get("cluster_enabled"):
        return Server(url, client)
    client.close()
    return Cluster(url)
