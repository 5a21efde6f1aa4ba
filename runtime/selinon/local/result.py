"""How a run ended, for whoever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from selinon.registry import Deployment
from selinon.store.memory import MemoryStore

__all__ = ["Account", "RunResult", "cause_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended.

    `state` is `succeeded` or `failed`. `nodes` holds `finished_nodes`, `failed_nodes` and `active_nodes`. `reasons`
    are the texts of failures by id of the node, in all runs; `reason` says what else made the flow fail. `results`
    are what the tasks of all runs returned: triples of task, id and value, in the order in which they finished.
    """

    id: str
    flow: str
    state: str
    nodes: Mapping[str, Any]
    reasons: Mapping[str, str]
    reason: str | None
    results: tuple[tuple[str, str, Any], ...]


@dataclass(slots=True)
class Account:
    """What is kept for the result: what tasks returned, why nodes failed, and what else made runs fail."""

    results: list[tuple[str, str, Any]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str | None] = field(default_factory=dict)


def cause_of(run: str, deployment: Deployment, store: MemoryStore, account: Account) -> str:
    """Return the failure of a task that made a run fail, as its flow or one below it knows it."""
    flow = store.run(run).flow
    failed = store.result(run)["failed_nodes"]
    (name, ids), *_ = failed.items()
    text, count = account.reasons[ids[0]], sum(map(len, failed.values()))
    if name not in deployment.flow(flow).subflows:
        text = f"`{name}` in flow `{flow}` failed: {text}"
    return text if count == 1 else f"{text} (and {count - 1} more)"
