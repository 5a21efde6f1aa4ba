"""Implementations of the store on a bench: their time stands still unless it is moved on, their record can be seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import pytest
import redis
from redis.cluster import RedisCluster
from tests.contract import record

import selinon.store.redis_link as module
from selinon.store.in_process import InProcessStore
from selinon.store.protocol import Store
from selinon.store.redis import RedisStore

_BEGAN: Final = 1_700_000_000_000
"""Milliseconds of the first moment."""


class Bench(Protocol):
    """A store and what moves its time on."""

    store: Store

    def advance(self, seconds: float) -> None:
        """Let time pass."""

    def dump(self) -> record.Dump:
        """Return what is on record."""


class InProcessBench:
    """The store in this process."""

    def __init__(self) -> None:
        self._now = float(_BEGAN)
        self.memory = InProcessStore(clock=lambda: self._now / 1000)
        self.store: Store = self.memory

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds * 1000

    def dump(self) -> record.Dump:
        """Return what is on record."""
        return record.of_process(self.memory)


class RedisBench:
    """The store in Redis, with a script that reads the time from a key."""

    def __init__(self, url: str, prefix: str, shards: int) -> None:
        self._prefix = prefix
        self._clocks = [f"{prefix}{{{shard}}}:due:clock" for shard in range(shards)]
        self._now = _BEGAN
        self.client: Any = redis.Redis.from_url(url) if shards == 1 else RedisCluster.from_url(url)
        self.store: Store = RedisStore(url, prefix)
        self.advance(0)

    def advance(self, seconds: float) -> None:
        """Let time pass; rows that go after a while are that much older."""
        self._now += round(seconds * 1000)
        for clock in self._clocks:
            self.client.set(clock, self._now)
        if seconds:
            for key in self.client.scan_iter(f"{self._prefix}*", count=1000):
                left = self.client.pttl(key)
                if left > 0:
                    self.client.pexpire(key, left - round(seconds * 1000))

    def dump(self) -> record.Dump:
        """Return what is on record."""
        return record.of_redis(self.client, self._prefix)

    def close(self) -> None:
        """Take everything away again."""
        self.store.close()
        for key in list(self.client.scan_iter(f"{self._prefix}*", count=1000)):
            self.client.delete(key)
        self.client.close()


def stand_still(patch: pytest.MonkeyPatch) -> None:
    """Let the script read the time from a key beside the index of what is due."""
    time = "call('TIME')"
    assert module._SCRIPT.count(time) == 1
    script = module._SCRIPT.replace(time, "{0, call('GET', KEYS[7] .. ':clock') * 1000}")
    patch.setattr(module, "_SCRIPT", script)
    patch.setattr(module, "_SHA", hashlib.sha1(script.encode()).hexdigest())


class Checked:
    """A store whose record is looked at after each operation."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._bench.store, name)

        def checked(*args: Any, **named: Any) -> Any:
            answer = operation(*args, **named)
            faults = record.faults(self._bench.dump())
            assert not faults, f"after {name}{args}: {faults}"
            return answer

        return checked
