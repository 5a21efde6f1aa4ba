"""Flows on Celery workers: beside Celery's canvas on the same workers, and beside Selinon 1.4.0 on its own."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import original
from benchmarks.deployment import Deployment
from benchmarks.report import Figure, Report
from benchmarks.samples import Pairs, Sample, gap
from benchmarks.servers import ServerUnavailable, rabbitmq
from benchmarks.setting import Setting
from benchmarks.stage import Counts, Stage, set_up

__all__ = ["measure"]

_MANY = 3
"""Chains are short: each round is this many rounds."""

_DEFAULT = 3
"""Tasks in the chain that the original samples as it does by default: each takes seconds."""

_ENDS = 100
"""How many rounds of a cycle count as its beginning and as its end."""

_SETTLED = 2.0
"""Seconds from the start of a task until all is sent and written that its start leads to."""


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """Tasks in chains, in fan-outs and in the cycle, and seconds for which a task runs."""

    short: int = 20
    long: int = 200
    wide: int = 1_000
    widest: int = 10_000
    rounds: int = 5_000
    nap: float = 60


_FULL = _Sizes()
_QUICK = _Sizes(long=60, wide=200, widest=2_000, rounds=500, nap=10)


def measure(setting: Setting) -> Report:
    """Measure with Redis, then with RabbitMQ, if there is one."""
    sizes = _QUICK if setting.quick else _FULL
    with set_up(setting, (_DEFAULT, sizes.short, sizes.long)) as stage:
        figures = [
            *_short_chains(stage, sizes.short),
            *_with_rabbitmq(stage, sizes.short),
            *_shapes(stage, sizes),
            *_long_task(stage, sizes.nap),
        ]
    return Report(
        title="workers: flows on a worker of two processes, beside Celery's canvas on the same one",
        series=(),
        figures=tuple(figures),
    )


def _short_chains(stage: Stage, length: int) -> Iterator[Figure]:
    """Yield what a chain takes: here, as a canvas, and in the original."""
    times = stage.setting.rounds * _MANY
    flow, kept, raw = ("flow", f"chain{length}"), ("flow", f"kept{length}"), ("chain", length)
    with stage.here("chains") as here, stage.original("chains-original") as theirs:
        pairs, others = [], []
        for number in range(times):
            pairs.append((here.run(*flow), here.run(*raw)))
            if number % _MANY == 0:
                others.append(theirs.run(*flow))
        yield from _chain_figures(f"chain of {length}, Redis", Pairs(pairs))
        yield from _of_original(stage, theirs, length, others, Pairs(pairs))
        yield from _kept_figures(f"chain of {length}, results", _pairs(here, times, kept, raw))
        with stage.durable():
            found = _pairs(here, times, kept, raw)
        yield from _kept_figures(f"chain of {length}, results, AOF", found)


def _chain_figures(name: str, pairs: Pairs) -> Iterator[Figure]:
    ours, raw = pairs.gaps
    yield Figure(name=f"{name}: total / raw", measured=pairs.total, wanted=1.05, unit="x")
    yield Figure(name=f"{name}: gap / raw", measured=pairs.gap, wanted=1.2, unit="x")
    yield _noted("  gap", ours, "ms")
    yield _noted("  raw: gap", raw, "ms")


def _kept_figures(name: str, pairs: Pairs) -> Iterator[Figure]:
    yield _noted(f"{name}: total / raw", pairs.total, "x")
    yield _noted(f"{name}: gap / raw", pairs.gap, "x")


def _of_original(
    stage: Stage, theirs: Deployment, length: int, samples: Sequence[Sample], beside: Pairs
) -> Iterator[Figure]:
    """Yield what the original takes for a chain, beside the canvases of the same rounds."""
    name = f"  {original.LABEL}"
    raw = statistics.median(raw.total for _, raw in beside.pairs)
    total = statistics.median(sample.total for sample in samples)
    yield _noted(f"{name}: total / raw", total / raw, "x")
    yield _noted(f"{name}: gap", gap(samples), "ms")
    default = theirs.run("flow", f"default{_DEFAULT}")
    yield _noted(f"{name}: gap by default", gap([default]), "ms")
    counts = _counted(stage, theirs, ("flow", f"chain{length}"))
    yield _noted(f"{name}: messages per node", _messages(counts) / length)
    yield _noted(f"{name}: store operations per node", _operations(counts) / length)


def _with_rabbitmq(stage: Stage, length: int) -> Iterator[Figure]:
    """Yield what a chain takes with RabbitMQ as broker, if it is installed."""
    name = f"chain of {length}, RabbitMQ"
    try:
        with (
            rabbitmq(stage.setting.directory / "rabbitmq") as url,
            stage.here("chains-rabbitmq", broker=url) as here,
        ):
            times = stage.setting.rounds * _MANY
            pairs = _pairs(here, times, ("flow", f"chain{length}"), ("chain", length))
    except ServerUnavailable as error:
        print(f"{error}\n", file=sys.stderr)
        yield Figure(name=f"{name}: total / raw", measured=None, wanted=1.05, unit="x")
        yield Figure(name=f"{name}: gap / raw", measured=None, wanted=1.2, unit="x")
        return
    yield from _chain_figures(name, pairs)


def _shapes(stage: Stage, sizes: _Sizes) -> Iterator[Figure]:
    """Yield what long chains, fan-outs and cycles take."""
    with stage.here("shapes") as here:
        yield from _long_chain(stage, here, sizes.long)
        wide = _pairs(
            here, stage.setting.rounds, ("flow", "wide", sizes.wide), ("chord", sizes.wide)
        )
        yield Figure(
            name=f"1 -> {sizes.wide:,} -> 1: total / raw chord",
            measured=wide.total,
            wanted=0.6,
            unit="x",
        )
        yield from _fan_out(stage, here, sizes.wide, sizes.widest)
        yield from _cycle(stage, here, sizes.rounds)


def _long_chain(stage: Stage, here: Deployment, length: int) -> Iterator[Figure]:
    flow = ("flow", f"chain{length}")
    total = _pairs(here, stage.setting.rounds, flow, ("chain", length)).total
    yield Figure(name=f"chain of {length}: total / raw", measured=total, wanted=0.8, unit="x")
    counts = _counted(stage, here, flow)
    yield Figure(name="  messages per node", measured=_messages(counts) / length, wanted=1)
    yield Figure(
        name="  store operations per node", measured=_operations(counts) / length, wanted=3
    )


def _fan_out(stage: Stage, here: Deployment, few: int, many: int) -> Iterator[Figure]:
    smaller, pairs = [], []
    for _ in range(stage.setting.rounds):
        smaller.append(here.run("flow", "fan", few))
        pairs.append((here.run("flow", "fan", many), here.run("group", many)))
    growths = [
        larger.total / many / (small.total / few)
        for small, (larger, _) in zip(smaller, pairs, strict=True)
    ]
    yield Figure(
        name=f"fan-out of {many:,}: total / raw group",
        measured=Pairs(pairs).total,
        wanted=0.7,
        unit="x",
    )
    yield Figure(
        name=f"  time per task / that of {few:,}",
        measured=statistics.median(growths),
        wanted=1.1,
        unit="x",
    )


def _cycle(stage: Stage, here: Deployment, rounds: int) -> Iterator[Figure]:
    all_gaps = [here.run("flow", "rounds", rounds).gaps for _ in range(stage.setting.rounds)]
    growths = [sum(gaps[-_ENDS:]) / sum(gaps[:_ENDS]) for gaps in all_gaps]
    yield Figure(
        name=f"cycle of {rounds:,}: last / first {_ENDS} gaps",
        measured=statistics.median(growths),
        wanted=1.1,
        unit="x",
    )


def _long_task(stage: Stage, nap: float) -> Iterator[Figure]:
    """Yield what is sent and written while a task runs."""
    with stage.here("nap", workers=2) as here:
        counts = _while_one_runs(stage, here, nap)
    yield Figure(
        name=f"a task of {nap:g} s, 2 workers: messages", measured=counts.messages, wanted=0
    )
    yield Figure(name="  store operations/s", measured=counts.operations / nap, wanted=0.5)
    nap = _QUICK.nap
    with stage.original("nap-original", workers=2) as theirs:
        counts = _while_one_runs(stage, theirs, nap)
    yield _noted(f"  {original.LABEL}: messages/s", counts.messages / nap)
    yield _noted(f"  {original.LABEL}: store operations/s", counts.operations / nap)


def _while_one_runs(stage: Stage, deployment: Deployment, seconds: float) -> Counts:
    """Return what there is in so many seconds of a task."""
    deployment.begin("flow", "nap", seconds + 2 * _SETTLED)
    while not deployment.started():
        time.sleep(0.01)
    time.sleep(_SETTLED)
    counts = stage.counted(lambda: time.sleep(seconds))
    deployment.end()
    return counts


def _pairs(deployment: Deployment, times: int, ours: Sequence[Any], raw: Sequence[Any]) -> Pairs:
    """Run a flow and a canvas in turn."""
    return Pairs([(deployment.run(*ours), deployment.run(*raw)) for _ in range(times)])


def _counted(stage: Stage, deployment: Deployment, request: Sequence[Any]) -> list[Counts]:
    """Run something for the sake of what is counted."""
    return [stage.counted(lambda: deployment.run(*request)) for _ in range(stage.setting.rounds)]


def _messages(counts: Sequence[Counts]) -> float:
    return statistics.median(count.messages for count in counts)


def _operations(counts: Sequence[Counts]) -> float:
    return statistics.median(count.operations for count in counts)


def _noted(name: str, measured: float, unit: str = "") -> Figure:
    """Return a figure that is there to compare with."""
    return Figure(name=name, measured=measured, wanted=None, unit=unit)
