"""Specifications as expressions: a constructor of the contract, and those fields that differ from
their defaults.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from selinon import abi
from selinon_compiler.emit.layout import Atom, Group, Layout, Mark, call
from selinon_compiler.emit.literals import construct, literal, sequence, text_literal
from selinon_compiler.plan import EdgePlan, FailurePlan, FlowPlan


def flow_layout(flow: FlowPlan, conditions: Mapping[Mark, str]) -> Group:
    """Return a flow, its edges one below the other; `conditions` names the functions by mark."""
    edges = sequence(
        "(",
        (
            _rule_layout(abi.EdgeSpec, edge, conditions, ("edge", flow.name, edge.key))
            for edge in flow.edges
        ),
        ")",
        opened=bool(flow.edges),
    )
    failures = sequence(
        "(",
        (
            _rule_layout(abi.FailureSpec, failure, conditions, ("failure", flow.name, failure.key))
            for failure in flow.failures
        ),
        ")",
        opened=bool(flow.failures),
    )
    layout = _constructor(abi.FlowSpec, flow, {"edges": edges, "failures": failures})
    return dataclasses.replace(layout, opened=True, mark=("flow", flow.name))


def _rule_layout(
    spec: type, rule: EdgePlan | FailurePlan, conditions: Mapping[Mark, str], mark: Mark
) -> Group:
    condition = {} if rule.condition is None else {"condition": Atom(conditions[mark])}
    return dataclasses.replace(_constructor(spec, rule, condition), opened=True, mark=mark)


def table_layout(kind: str, specs: Mapping[str, abi.TaskSpec | abi.StorageSpec]) -> Group:
    """Return a mapping of tasks or storages by their names, always with one entry a line."""
    items = tuple(
        (f"{text_literal(name)}: ", dataclasses.replace(spec_layout(spec), mark=(kind, name)))
        for name, spec in specs.items()
    )
    return Group(opening="{", items=items, closing="}", opened=bool(items))


def spec_layout(value: abi.TaskSpec | abi.StorageSpec | abi.SettingsSpec) -> Group:
    """Return a specification that the plan holds in the form in which the runtime reads it."""
    return _constructor(type(value), value, {})


def _constructor(spec: type, value: Any, replaced: Mapping[str, Layout]) -> Group:
    """Return the constructor's call for a value that has the same fields, some of them replaced by
    expressions.
    """
    items: list[tuple[str, Layout]] = []
    for field in dataclasses.fields(spec):
        item = getattr(value, field.name)
        if not _is_default(field, item):
            items.append((f"{field.name}=", replaced.get(field.name) or _field(item)))
    return call(spec.__name__, tuple(items), constructor=spec.__name__)


def _is_default(field: dataclasses.Field[Any], item: object) -> bool:
    default = (
        field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    )
    return type(item) is type(default) and item == default


def _field(value: Any) -> Layout:
    if isinstance(value, abi.Reference):
        return construct("Reference", value.module, value.name)
    if dataclasses.is_dataclass(value):
        return _constructor(type(value), value, {})
    if isinstance(value, tuple) and any(map(dataclasses.is_dataclass, value)):
        return sequence("(", map(_field, value), ")")
    return literal(value)
