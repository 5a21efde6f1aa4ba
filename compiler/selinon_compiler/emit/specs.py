"""Specifications as expressions: a constructor of the contract, and those fields that differ from
their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selinon import abi
from selinon.record import Record
from selinon_compiler.emit.layout import Group, Layout, Mark
from selinon_compiler.emit.literals import construct, literal, sequence, text_literal
from selinon_compiler.plan import EdgePlan, FailurePlan, FlowPlan


def flow_layout(flow: FlowPlan, conditions: Mapping[Mark, str]) -> Group:
    """Return a flow, its edges one below the other; `conditions` names the functions by mark."""
    edges = [
        _rule_layout(abi.EdgeSpec, edge, conditions, ("edge", flow.name, edge.key))
        for edge in flow.edges
    ]
    failures = [
        _rule_layout(abi.FailureSpec, failure, conditions, ("failure", flow.name, failure.key))
        for failure in flow.failures
    ]
    rules = {
        "edges": sequence("(", edges, ")", opened=bool(edges)),
        "failures": sequence("(", failures, ")", opened=bool(failures)),
    }
    return _constructor(abi.FlowSpec, flow, rules, opened=True, mark=("flow", flow.name))


def _rule_layout(
    spec: type, rule: EdgePlan | FailurePlan, conditions: Mapping[Mark, str], mark: Mark
) -> Group:
    condition = {} if rule.condition is None else {"condition": conditions[mark]}
    return _constructor(spec, rule, condition, opened=True, mark=mark)


def table_layout(kind: str, specs: Mapping[str, abi.TaskSpec | abi.StorageSpec]) -> Group:
    """Return a mapping of tasks or storages by their names, always with one entry a line."""
    items = tuple(
        (f"{text_literal(name)}: ", _constructor(type(spec), spec, {}, mark=(kind, name)))
        for name, spec in specs.items()
    )
    return Group("{", items, "}", opened=bool(items))


def settings_layout(settings: abi.SettingsSpec) -> Group:
    """Return the settings."""
    return _constructor(abi.SettingsSpec, settings, {})


def _constructor(
    spec: type,
    value: Record,
    replaced: Mapping[str, Layout],
    *,
    opened: bool = False,
    mark: Mark | None = None,
) -> Group:
    """Return the constructor's call for a value that has the same fields, some of them replaced by
    expressions.
    """
    items = [(f"{name}=", replaced.get(name) or _field(item)) for name, item in value.stated()]
    name = spec.__name__
    return Group(f"{name}(", tuple(items), ")", opened=opened, mark=mark, constructor=name)


def _field(value: Any) -> Layout:
    kind = type(value)
    if kind is str:
        return text_literal(value)
    if kind is tuple and value and isinstance(value[0], Record):
        return sequence("(", map(_field, value), ")")
    if kind is abi.Reference:
        return construct("Reference", value.module, value.name)
    if isinstance(value, Record):
        return _constructor(kind, value, {})
    return literal(value)
