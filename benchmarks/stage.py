"""What workers are measured on: servers, flows, and deployments of either system."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import worker_flows
from benchmarks.deployment import Deployment, deployed
from benchmarks.servers import RedisServer, redis_server
from benchmarks.setting import Setting

__all__ = ["Counts", "Stage", "set_up"]

_OPERATIONS = ("evalsha", "eval", "get", "set", "setex", "exists")
"""What a client sends to the store; the other commands are those that a script calls."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages were sent to a broker, and how many operations a store was asked for."""

    messages: int
    operations: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Servers and flows, and what a deployment of either system on them takes."""

    setting: Setting
    store: RedisServer
    broker: RedisServer
    flows: Path
    flows_at_once: Path

    def here(
        self, name: str, broker: str | None = None, workers: int = 1
    ) -> AbstractContextManager[Deployment]:
        """Return workers with this checkout."""
        configuration = {
            "broker_url": broker or self.broker.url(0),
            "result_backend": self.broker.url(1),
            "selinon_state_store": self.store.url(0),
        }
        python, directory = Path(sys.executable), self.setting.directory / name
        return deployed(directory, python, configuration, self.flows, workers=workers)

    def original(self, name: str, workers: int = 1) -> AbstractContextManager[Deployment]:
        """Return workers with Selinon 1.4.0, whose store is the result backend."""
        configuration = {"broker_url": self.broker.url(4), "result_backend": self.store.url(1)}
        python, directory = self.setting.original.python, self.setting.directory / name
        return deployed(directory, python, configuration, self.flows_at_once, workers=workers)

    def counted(self, during: Callable[[], object]) -> Counts:
        """Return what is sent and asked for during a call."""
        before = self._counts()
        during()
        after = self._counts()
        return Counts(after.messages - before.messages, after.operations - before.operations)

    def _counts(self) -> Counts:
        sent, asked = self.broker.calls(), self.store.calls()
        return Counts(sent.get("lpush", 0), sum(asked.get(name, 0) for name in _OPERATIONS))

    @contextmanager
    def durable(self) -> Iterator[None]:
        """Let the store write what changes to its disk every second."""
        self.store.do("CONFIG", "SET", "appendfsync", "everysec")
        self.store.do("CONFIG", "SET", "appendonly", "yes")
        yield
        self.store.do("CONFIG", "SET", "appendonly", "no")


@contextmanager
def set_up(setting: Setting, lengths: Sequence[int]) -> Iterator[Stage]:
    """Start the servers, and write flows with chains of these lengths.

    Raises:
        ServerUnavailable: Redis is not installed, or does not start.
    """
    directory = setting.directory
    flows, at_once = directory / "flows.yaml", directory / "flows_at_once.yaml"
    with (
        redis_server(directory / "store") as store,
        redis_server(directory / "broker") as broker,
    ):
        worker_flows.write(flows, lengths, broker.url(2))
        worker_flows.write(at_once, lengths, broker.url(2), at_once=True)
        yield Stage(setting=setting, store=store, broker=broker, flows=flows, flows_at_once=at_once)
