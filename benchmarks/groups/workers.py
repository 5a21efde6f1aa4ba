"""Flows on Celery workers: beside Celery's canvas on the same workers, and beside Selinon 1.4.0 on its own."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import original, worker_flows
from benchmarks.deployment import Deployment, Sample, deployed
from benchmarks.report import Figure, Report
from benchmarks.servers import RedisServer, ServerUnavailable, rabbitmq, redis_server
from benchmarks.setting import Setting

__all__ = ["measure"]

MILLISECONDS = 1000

_MANY = 3
"""Chains are short: each round is this many rounds."""

_ENDS = 100
"""How many rounds of a cycle count as its beginning and as its end."""

_OPERATIONS = ("evalsha", "eval", "get", "set", "setex", "exists")
"""What a client sends to the store; the other commands are those that a script calls."""

_SETTLED = 2.0
"""Seconds from the start of a task until all is sent and written that its start leads to."""

_DEFAULT = 3
"""Tasks in the chain that the original samples as it does by default: each takes seconds."""


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """Tasks in chains, in fan-outs and in the cycle, and seconds for which a task runs."""

    short: int = 20
    long: int = 200
    wide: int = 1_000
    widest: int = 10_000
    rounds: int = 5_000
    nap: float = 60


_QUICK = _Sizes(long=60, wide=200, widest=2_000, rounds=500, nap=10)


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """Servers and flows, and what a deployment of either system on them takes."""

    setting: Setting
    sizes: _Sizes
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
        python = Path(sys.executable)
        return self._deployed(name, python, configuration, self.flows, workers)

    def original(self, name: str, workers: int = 1) -> AbstractContextManager[Deployment]:
        """Return workers with Selinon 1.4.0, whose store is the result backend."""
        configuration = {"broker_url": self.broker.url(4), "result_backend": self.store.url(1)}
        python = self.setting.original.python
        return self._deployed(name, python, configuration, self.flows_at_once, workers)

    def _deployed(
        self, name: str, python: Path, configuration: dict[str, str], flows: Path, workers: int
    ) -> AbstractContextManager[Deployment]:
        directory = self.setting.directory / f"workers-{name}"
        return deployed(directory, python, configuration, flows, workers=workers)

    def counted(self, during: Callable[[], Any]) -> tuple[int, int]:
        """Return how many messages and operations on the store there are during a call."""
        messages, operations = self._counts()
        during()
        later_messages, later_operations = self._counts()
        return later_messages - messages, later_operations - operations

    def _counts(self) -> tuple[int, int]:
        calls = self.store.calls()
        return self.broker.calls().get("lpush", 0), sum(calls.get(name, 0) for name in _OPERATIONS)


@dataclass(frozen=True)
class _Pairs:
    """Samples of this system and of Celery's canvas, taken in turn."""

    pairs: Sequence[tuple[Sample, Sample]]

    @property
    def total(self) -> float:
        """Return how many times as long as a canvas a flow takes."""
        return statistics.median(ours.total / raw.total for ours, raw in self.pairs)

    @property
    def gap(self) -> float:
        """Return how many times as long as in a canvas it takes from one task to the next."""
        return statistics.median(ours.gap / raw.gap for ours, raw in self.pairs)

    @property
    def gaps(self) -> tuple[float, float]:
        """Return milliseconds from one task to the next, here and in a canvas."""
        ours, raw = zip(*self.pairs, strict=True)
        return _gap(ours), _gap(raw)


def measure(setting: Setting) -> Report:
    """Measure with Redis, then with RabbitMQ, if there is one."""
    sizes = _QUICK if setting.quick else _Sizes()
    with ExitStack() as stack:
        store = stack.enter_context(redis_server(setting.directory / "store"))
        broker = stack.enter_context(redis_server(setting.directory / "broker"))
        flows, flows_at_once = (setting.directory / f"{name}.yaml" for name in ("flows", "at_once"))
        lengths = (_DEFAULT, sizes.short, sizes.long)
        worker_flows.write(flows, lengths, broker.url(2))
        worker_flows.write(flows_at_once, lengths, broker.url(2), at_once=True)
        stage = _Stage(
            setting=setting,
            sizes=sizes,
            store=store,
            broker=broker,
            flows=flows,
            flows_at_once=flows_at_once,
        )
        figures = [
            *_short_chains(stage),
            *_shapes(stage),
            *_with_rabbitmq(stage),
            *_long_task(stage),
        ]
    return Report(
        title="workers: flows on a worker of two processes, beside Celery's canvas on the same one",
        series=(),
        figures=tuple(figures),
    )


def _short_chains(stage: _Stage) -> Iterator[Figure]:
    """Yield what a chain takes: here, as a canvas, and in the original."""
    length, rounds = stage.sizes.short, stage.setting.rounds
    with stage.here("chains") as here, stage.original("chains-original") as theirs:
        pairs, others = [], []
        for number in range(rounds * _MANY):
            pairs.append((here.run("flow", f"chain{length}", None), here.run("chain", length)))
            if number % _MANY == 0:
                others.append(theirs.run("flow", f"chain{length}", None))
        sent = [
            stage.counted(lambda: theirs.run("flow", f"chain{length}", None)) for _ in range(rounds)
        ]
        default = theirs.run("flow", f"default{_DEFAULT}", None)
        kept = _pairs(here, rounds * _MANY, ("flow", f"kept{length}", None), ("chain", length))
        stage.store.do("CONFIG", "SET", "appendfsync", "everysec")
        stage.store.do("CONFIG", "SET", "appendonly", "yes")
        safe = _pairs(here, rounds * _MANY, ("flow", f"kept{length}", None), ("chain", length))
        stage.store.do("CONFIG", "SET", "appendonly", "no")
    measured = _Pairs(pairs)
    yield from _chain_figures(f"chain of {length}, Redis", measured)
    raw = statistics.median(sample.total for _, sample in measured.pairs)
    theirs_total = statistics.median(sample.total for sample in others)
    yield _noted(f"  {original.LABEL}: total / raw", theirs_total / raw, "x")
    yield _noted(f"  {original.LABEL}: gap", _gap(others), "ms")
    yield _noted(f"  {original.LABEL}: gap by default", _gap([default]), "ms")
    yield from _per_node(f"  {original.LABEL}", sent, length, wanted=(None, None))
    for name, found in (("with results", kept), ("with results, AOF", safe)):
        yield _noted(f"chain of {length}, {name}: total / raw", found.total, "x")
        yield _noted(f"chain of {length}, {name}: gap / raw", found.gap, "x")


def _chain_figures(name: str, pairs: _Pairs) -> Iterator[Figure]:
    ours, raw = pairs.gaps
    yield Figure(name=f"{name}: total / raw", measured=pairs.total, wanted=1.05, unit="x")
    yield Figure(name=f"{name}: gap / raw", measured=pairs.gap, wanted=1.2, unit="x")
    yield _noted("  gap", ours, "ms")
    yield _noted("  raw: gap", raw, "ms")


def _shapes(stage: _Stage) -> Iterator[Figure]:
    """Yield what long chains, fan-outs and cycles take."""
    sizes, rounds = stage.sizes, stage.setting.rounds
    with stage.here("shapes") as here:
        chain = _pairs(here, rounds, ("flow", f"chain{sizes.long}", None), ("chain", sizes.long))
        sent = [
            stage.counted(lambda: here.run("flow", f"chain{sizes.long}", None))
            for _ in range(rounds)
        ]
        wide = _pairs(here, rounds, ("flow", "wide", sizes.wide), ("chord", sizes.wide))
        fans = [
            (
                here.run("flow", "fan", sizes.wide),
                here.run("flow", "fan", sizes.widest),
                here.run("group", sizes.widest),
            )
            for _ in range(rounds)
        ]
        cycles = [here.run("flow", "rounds", sizes.rounds).gaps for _ in range(rounds)]
    yield Figure(
        name=f"chain of {sizes.long}: total / raw", measured=chain.total, wanted=0.8, unit="x"
    )
    yield from _per_node("  per node", sent, sizes.long, wanted=(1, 3))
    yield Figure(
        name=f"1 -> {sizes.wide:,} -> 1: total / raw chord",
        measured=wide.total,
        wanted=0.6,
        unit="x",
    )
    yield Figure(
        name=f"fan-out of {sizes.widest:,}: total / raw group",
        measured=_Pairs([(widest, group) for _, widest, group in fans]).total,
        wanted=0.7,
        unit="x",
    )
    yield Figure(
        name=f"  time per task / that of {sizes.wide:,}",
        measured=statistics.median(
            widest.total / sizes.widest / (wide.total / sizes.wide) for wide, widest, _ in fans
        ),
        wanted=1.1,
        unit="x",
    )
    yield Figure(
        name=f"cycle of {sizes.rounds:,}: last / first {_ENDS} gaps",
        measured=statistics.median(sum(gaps[-_ENDS:]) / sum(gaps[:_ENDS]) for gaps in cycles),
        wanted=1.1,
        unit="x",
    )


def _with_rabbitmq(stage: _Stage) -> Iterator[Figure]:
    """Yield what a chain takes with RabbitMQ as broker, if it is installed."""
    length, name = stage.sizes.short, f"chain of {stage.sizes.short}, RabbitMQ"
    try:
        with (
            rabbitmq(stage.setting.directory / "rabbitmq") as url,
            stage.here("rabbitmq", broker=url) as here,
        ):
            times = stage.setting.rounds * _MANY
            pairs = _pairs(here, times, ("flow", f"chain{length}", None), ("chain", length))
    except ServerUnavailable as error:
        print(f"{error}\n", file=sys.stderr)
        yield Figure(name=f"{name}: total / raw", measured=None, wanted=1.05, unit="x")
        return
    yield from _chain_figures(name, pairs)


def _long_task(stage: _Stage) -> Iterator[Figure]:
    """Yield what is sent and written while a task runs."""
    nap = stage.sizes.nap
    with stage.here("nap", workers=2) as here:
        messages, operations = _while_one_runs(stage, here, nap)
    yield Figure(name=f"a task of {nap:g} s, 2 workers: messages", measured=messages, wanted=0)
    yield Figure(name="  store operations/s", measured=operations / nap, wanted=0.5)
    with stage.original("nap-original", workers=2) as theirs:
        messages, operations = _while_one_runs(stage, theirs, _QUICK.nap)
    yield _noted(f"  {original.LABEL}: messages/s", messages / _QUICK.nap)
    yield _noted(f"  {original.LABEL}: store operations/s", operations / _QUICK.nap)


def _while_one_runs(stage: _Stage, deployment: Deployment, seconds: float) -> tuple[int, int]:
    """Return how many messages and operations there are in so many seconds of a task."""
    deployment.begin("flow", "nap", seconds + 2 * _SETTLED)
    while not deployment.started():
        time.sleep(0.01)
    time.sleep(_SETTLED)
    counts = stage.counted(lambda: time.sleep(seconds))
    deployment.end()
    return counts


def _pairs(deployment: Deployment, times: int, ours: Sequence[Any], raw: Sequence[Any]) -> _Pairs:
    """Run a flow and a canvas in turn."""
    return _Pairs([(deployment.run(*ours), deployment.run(*raw)) for _ in range(times)])


def _gap(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.gap for sample in samples) * MILLISECONDS


def _per_node(
    name: str,
    counts: Sequence[tuple[int, int]],
    nodes: int,
    *,
    wanted: tuple[float | None, float | None],
) -> Iterator[Figure]:
    messages, operations = (statistics.median(values) for values in zip(*counts, strict=True))
    yield Figure(name=f"{name}: messages", measured=messages / nodes, wanted=wanted[0])
    yield Figure(name=f"{name}: store operations", measured=operations / nodes, wanted=wanted[1])


def _noted(name: str, measured: float, unit: str = "") -> Figure:
    """Return a figure that is there to compare with."""
    return Figure(name=name, measured=measured, wanted=None, unit=unit)
