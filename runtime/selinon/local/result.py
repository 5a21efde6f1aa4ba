"""How a run ended, for whoever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Account", "RunResult"]


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
