"""Sampling strategies: when what a step started is looked after, if nobody has taken it up by then.

Whatever ends says so by itself, so a strategy only decides how soon workers send hints again that were lost; in one
process, where nothing is lost, it decides nothing.
"""

from __future__ import annotations

import logging
import math
from typing import Any, Final, Protocol

from selinon.abi import FlowSpec, StrategySpec
from selinon.engine import Outcome, StartFlow, StartTask
from selinon.execution import STOPS, one_line
from selinon.strategies import Status, StatusNode

__all__ = ["NodesOfRuns", "StrategyError", "next_look"]

_LOGGER = logging.getLogger(__name__)

_SOONEST: Final = 1.0

_OWN: Final = "selinon.strategies"
"""The module of strategies that do not look at the ids of nodes."""


class NodesOfRuns(Protocol):
    """Where it is recorded which nodes a run has."""

    def result(self, id: str) -> dict[str, Any]:
        """Return a run's `finished_nodes`, ids by name, and its `active_nodes`, each with its `name` and `id`."""


class StrategyError(ValueError):
    """A strategy raised, or returned what is no number of seconds."""


def next_look(
    records: NodesOfRuns, flow: FlowSpec, outcome: Outcome, previous: float | None
) -> float | None:
    """Return after how many seconds a flow's strategy wants to look again; None if the flow has no strategy of its own.

    Raises:
        StrategyError: the strategy raised.
    """
    strategy = flow.sampling
    if strategy is None or not outcome.run.active:
        return None
    status = _status(records, flow, outcome, previous, strategy)
    where = f"sampling strategy {strategy.function} of flow `{flow.name}`"
    try:
        found = strategy.function.resolve()(status=status, **strategy.arguments)
        seconds = None if found is None else float(found)
    except BaseException as error:  # code of users
        if isinstance(error, STOPS):
            raise
        raise StrategyError(f"{where}: {one_line(error)}") from error
    if seconds is None or seconds < 0 or not math.isfinite(seconds):
        _LOGGER.warning("%s returned %r while nodes are active: they are waited for", where, found)
        return previous
    return max(seconds, _SOONEST)


def _status(
    records: NodesOfRuns,
    flow: FlowSpec,
    outcome: Outcome,
    previous: float | None,
    strategy: StrategySpec,
) -> Status:
    rules = {rule.key for rule in flow.failures}
    started = [
        (StatusNode(command.name, command.id), command.place in rules)
        for command in outcome.commands
        if isinstance(command, StartTask | StartFlow)
    ]
    finished: dict[str, list[str]] = {}
    active = [node for node, _ in started]
    if not strategy.function.module.startswith(_OWN):
        known = records.result(outcome.run.id)
        finished = {name: list(ids) for name, ids in known["finished_nodes"].items()}
        for name, id in outcome.archived:
            finished.setdefault(name, []).append(id)
        done = {id for ids in finished.values() for id in ids}
        done.update(id for ids in outcome.run.failed.values() for id in ids)
        older = [StatusNode(node["name"], node["id"]) for node in known["active_nodes"]]
        active = [*(node for node in older if node.id not in done), *active]
    elif not active:
        active = [StatusNode(name, "") for name in outcome.run.active]
    return {
        "previous_retry": previous,
        "active_nodes": active,
        "new_started_nodes": [node for node, falls_back in started if not falls_back],
        "new_fallback_nodes": [node for node, falls_back in started if falls_back],
        "finished_nodes": finished,
        "failed_nodes": {name: list(ids) for name, ids in outcome.run.failed.items()},
    }
