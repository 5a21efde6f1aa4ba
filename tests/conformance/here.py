"""This project's side: the one place that knows how its engine is driven.

Applications run under the local executor. What it takes from its schedule is chosen by the same `Turns` as in the
original's broker: that schedule is put in place of its own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.conformance import application
from tests.conformance.result import result_of
from tests.conformance.turns import Turns

from selinon import registry
from selinon.config import Config
from selinon.engine import Selection, select
from selinon.engine.commands import StartTask
from selinon.errors import ConfigurationError, SelectiveNoPathError
from selinon.local import LocalExecutor

FEATURES: frozenset[str] = frozenset({"selective"})
"""What this side can do of what cases need."""


class _Ordered:
    """A schedule for the executor that hands out jobs as `Turns` says, and names nodes when it first sees them."""

    def __init__(self, executor: Any, world: application.World, turns: Turns) -> None:
        self._store = executor._store
        self._world = world
        self._turns = turns
        self._runs: dict[str, Any] = {}
        self._tasks: dict[str, Any] = {}
        self._steps = 0

    def __len__(self) -> int:
        return len(self._runs) + len(self._tasks)

    def put(self, queue: str, job: Any, due: float = 0) -> None:
        """Add a job; nothing is waited for."""
        node = getattr(job, "node", None)
        if node is None:
            self._name_run(job.run)
            self._runs[job.run] = job
        else:
            self._name_task(node)
            self._tasks[node.id] = job

    def take(self, now: float) -> Any:
        """Return the next job, or None; gives up when there were too many."""
        self._world.check_bounds(self._steps)
        names = self._world.names
        runs = [(id, names[id]) for id in self._runs]
        tasks = [(id, names[id], self._world.attempts[id]) for id in self._tasks]
        match self._turns.next(runs, tasks):
            case ("run", id):
                self._steps += 1
                return self._runs.pop(id)
            case (_, id):
                return self._tasks.pop(id)
            case None:
                return None

    def next_due(self) -> float | None:
        """Return when there is something to do: now."""
        return 0.0 if len(self) else None

    def _name_run(self, id: str) -> None:
        if id not in self._world.names:
            run, node = self._store.run(id), self._store.parent(id)
            above = None if node is None else (node.run, node.attempt - 1)
            self._world.names.add_run(id, run.flow, run.node_args, run.parent, above)

    def _name_task(self, node: Any) -> None:
        assert isinstance(node.command, StartTask)
        if node.id not in self._world.names:
            command = node.command
            self._world.names.add_task(
                node.id, node.run, node.attempt - 1, node.name, command.node_args, command.parent
            )


def play(request: Mapping[str, Any]) -> dict[str, Any]:
    """Play an application, as the original's `play` does; `mended` and `eager` mean nothing here."""
    try:
        with files(request) as (nodes, flows):
            Config.set_config_yaml(nodes, flows)
    except ConfigurationError as error:
        return {"status": "refused", "reason": str(error)}
    try:
        selection = _selection(request)
    except SelectiveNoPathError as error:
        return {"status": "refused", "reason": f"no path: {error}"}
    world = application.World(request["table"])
    application.WORLDS[:] = [world]
    executor: Any = LocalExecutor(registry.current())
    executor._schedule = _Ordered(executor, world, Turns(request["seed"]))
    # Storages that cannot be read are part of what is played, and not to be warned of.
    logger = logging.getLogger("selinon")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        result = executor.run(request["flow"], json.loads(json.dumps(request["args"])), selection)
    except application.UnboundedError:
        return result_of(world, "unbounded", None)
    finally:
        logger.setLevel(level)
    return plain(result_of(world, "ended", result.nodes))


def _selection(request: Mapping[str, Any]) -> Selection | None:
    if "selective" not in request:
        return None
    options = dict(request["selective"])
    flows = registry.current().flow
    return select(request["flow"], flows, options.pop("task_names"), **options)


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as it would come through a pipe."""
    found: dict[str, Any] = json.loads(json.dumps(result, default=repr))
    return found


@contextlib.contextmanager
def files(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Write the configuration to files for as long as it is read; relative paths start in the request's directory."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        nodes, flows = Path(directory, "nodes.yaml"), Path(directory, "flows.yaml")
        nodes.write_text(request["nodes"], encoding="utf-8")
        flows.write_text(request["flows"], encoding="utf-8")
        os.chdir(request["directory"])
        try:
            yield str(nodes), str(flows)
        finally:
            os.chdir(before)
