"""The plan's own types.

Tasks, storages and settings hold no code, so the plan keeps them in the form in which the runtime reads them
(`selinon.abi`). Flows, edges and failures differ from their run-time form in one thing: their conditions are trees
here, and functions there. All other fields have equal names in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from selinon.abi import (
    CacheSpec,
    ForeachSpec,
    SelectiveSpec,
    SettingsSpec,
    StorageSpec,
    StrategySpec,
    TaskSpec,
)
from selinon.record import Record, made_by
from selinon_compiler.plan.conditions import ConditionPlan

Names: TypeAlias = tuple[str, ...]


class EdgePlan(Record):
    """An edge; see `selinon.abi.EdgeSpec`. A condition that is always true is None, its text `True`."""

    key: str
    sources: Names
    destinations: Names
    condition: ConditionPlan | None = None
    condition_text: str = "True"
    foreach: ForeachSpec | None = None
    selective: SelectiveSpec | None = None
    propagate_result: bool = False


class FailurePlan(Record):
    """A rule for failures; see `selinon.abi.FailureSpec`."""

    key: str
    nodes: Names
    fallback: Names
    condition: ConditionPlan | None = None
    condition_text: str = "True"
    propagate_failure: bool = False


class FlowPlan(Record):
    """A flow; see `selinon.abi.FlowSpec`."""

    name: str
    fingerprint: str
    edges: tuple[EdgePlan, ...]
    failures: tuple[FailurePlan, ...] = ()
    subflows: Names = ()
    ranks: Mapping[str, int] = made_by(default_factory=dict)
    nowait: Names = ()
    eager_failures: bool | Names = False
    node_args_from_first: bool = False
    propagate_node_args: bool | Names = False
    propagate_parent: bool | Names = False
    propagate_finished: bool | Names = False
    propagate_compound_finished: bool | Names = False
    propagate_failures: bool | Names = False
    propagate_compound_failures: bool | Names = False
    propagate_parent_failures: bool | Names = False
    queue: str | None = None
    max_retry: int = 0
    retry_countdown: int = 0
    sampling: StrategySpec | None = None
    throttling: float | None = None
    cache: CacheSpec | None = None


class Plan(Record):
    """A whole configuration. Tasks, storages and flows are sorted by name; names are unique.

    `schemas` maps the file names that tasks give as `output_schema` to the text of a JSON Schema, complete with what
    it refers to.
    """

    tasks: tuple[TaskSpec, ...] = ()
    storages: tuple[StorageSpec, ...] = ()
    flows: tuple[FlowPlan, ...] = ()
    settings: SettingsSpec = made_by(default_factory=SettingsSpec)
    schemas: Mapping[str, str] = made_by(default_factory=dict)


class Origin(Record):
    """Where something was written: a file, its path relative to the nodes file, and a line from 1."""

    file: str
    line: int


Origins: TypeAlias = Mapping[tuple[str, ...], Origin]
"""Where things of a plan were written, by ("task", name), ("storage", name), ("flow", name), ("edge", flow, key) and
("failure", flow, key). It lies beside the plan: nothing that is digested depends on it."""
