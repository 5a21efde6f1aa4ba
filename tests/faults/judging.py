"""What has to hold after all that went wrong: the same as when nothing does."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import redis
from tests.faults.scene import Scene, Started
from tests.faults.stage import VARIABLE, Stage

from selinon import registry
from selinon.local.clock import VirtualClock
from selinon.local.executor import LocalExecutor
from selinon.registry import Deployment

__all__ = ["Expected", "expected", "judge", "violations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a run comes to: how it ends, which nodes are entered, and what they store."""

    failed: bool
    nodes: Mapping[str, Any]
    entered: Counter[tuple[str, str]] = field(default_factory=Counter)
    results: Mapping[str, str] = field(default_factory=dict)


def expected(run: Started) -> Expected:
    """Return what a run comes to when nothing goes wrong: here, in this process, under the same id, with equal ids."""
    directory = Path(tempfile.mkdtemp(prefix="selinon-expected-"))
    stage = Stage(directory)
    try:
        with _instead(stage):
            deployment = Deployment(registry.current().package)
            with _current(deployment), mock.patch("selinon.local.executor.uuid") as made_up:
                made_up.uuid4.return_value = run.id
                result = LocalExecutor(deployment, clock=VirtualClock()).run(run.flow, run.args)
        return Expected(
            failed=result.state == "failed",
            nodes=_sorted(result.nodes),
            entered=Counter({(e.task, e.node): 1 for e in stage.entries()}),
            results=dict(stage.results()),
        )
    finally:
        shutil.rmtree(directory)


@contextmanager
def _instead(stage: Stage) -> Iterator[None]:
    with mock.patch.dict(os.environ, {VARIABLE: str(stage.directory)}):
        yield


@contextmanager
def _current(deployment: Deployment) -> Iterator[None]:
    before = registry.current()
    registry.set_current(deployment)
    try:
        yield
    finally:
        registry.set_current(before)


def _sorted(nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: {name: sorted(ids) for name, ids in nodes[kind].items()}
        for kind in ("finished_nodes", "failed_nodes")
    }


def judge(scene: Scene, *, told: bool = True) -> int:
    """Hold what came of a scene's runs against what should have; return how many nodes they had.

    Raises:
        AssertionError: it is not the same.
    """
    found = violations(scene, told=told)
    assert not found, "\n".join(found[:20])
    owners = _owners(scene)
    judged = {run.id for run in scene.runs}
    return len({e.node for e in scene.stage.entries() if owners.get(e.run) in judged})


def violations(scene: Scene, *, told: bool = True, patience: float = 15) -> list[str]:
    """Return what is not as it should be; `told` when whoever waits for a result must have got it.

    What is due of runs that have ended goes within some seconds, which is the `patience`.
    """
    found = []
    entries = scene.stage.entries()
    for (node, attempt), count in Counter((e.node, e.attempt) for e in entries).items():
        if count > 1:
            found.append(f"attempt {attempt} of node {node} was entered {count} times")
    entered: dict[str, set[tuple[str, str]]] = {}
    owners = _owners(scene)
    for entry in entries:
        entered.setdefault(owners.get(entry.run, entry.run), set()).add((entry.task, entry.node))
    results = dict(scene.stage.results())
    for run in scene.runs:
        wanted = expected(run)
        found += _missing(run, wanted.entered.keys(), entered.get(run.id, set()))
        found += [
            f"run {run.id} of {run.flow}: {name} holds {results.get(name)!r} instead of {text!r}"
            for name, text in wanted.results.items()
            if results.get(name) != text
        ]
        found += _ended(scene, run, wanted, told)
    found += _due(scene, patience)
    return found


def _missing(
    run: Started, wanted: Sequence[Any] | Any, entered: set[tuple[str, str]]
) -> Iterator[str]:
    for task, node in set(wanted) - entered:
        yield f"run {run.id} of {run.flow}: node {node} of {task} was never entered"
    for task, node in entered - set(wanted):
        yield f"run {run.id} of {run.flow}: node {node} of {task} should not be"


def _owners(scene: Scene) -> dict[str, str]:
    """Return, for each run of a sub-flow, the run that a user started."""
    owners = {}
    for run in {entry.run for entry in scene.stage.entries()}:
        header = scene.store.header(run)
        while header is not None and header.parent is not None:
            header = scene.store.header(header.parent)
        if header is not None:
            owners[run] = header.id
    return owners


def _ended(scene: Scene, run: Started, wanted: Expected, told: bool) -> Iterator[str]:
    view = scene.view(run.id)
    if view is None or view.status != "done" or view.ended is None:
        yield f"run {run.id} of {run.flow} has not ended"
        return
    failure = json.loads(view.ended.failed) if view.ended.failed else None
    finished: dict[str, list[str]] = {}
    for name, node in view.archive:
        finished.setdefault(name, []).append(node)
    nodes = {"finished_nodes": finished, "failed_nodes": failure["failed"] if failure else {}}
    if (_sorted(nodes), failure is not None) != (wanted.nodes, wanted.failed):
        yield f"run {run.id} of {run.flow} ended with {_sorted(nodes)} instead of {wanted.nodes}"
    if view.waiting or view.live:
        yield f"run {run.id} of {run.flow} ended, and {view.waiting} events and {view.live} are left"
    if told:
        state = "FAILURE" if wanted.failed else "SUCCESS"
        if scene.result(run).state != state:
            yield f"the result of run {run.id} of {run.flow} says {scene.result(run).state}"


def _due(scene: Scene, patience: float) -> Iterator[str]:
    """Yield what is due of runs that have ended."""

    def left() -> list[str]:
        with redis.Redis.from_url(scene.store_server.url) as client:
            return [text.decode() for text in client.zrange("selinon:{0}:due", 0, -1)]

    try:
        scene.until(lambda: not left(), patience)
    except AssertionError:
        yield f"all runs have ended, and there are due {left()[:5]}"
