"""The lowered form: all that a configuration means, frozen, without places in files, JSON both ways.

The names below are imported when they are first used: a build that takes everything over needs no plan.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from selinon_compiler.plan.codec import decode, dumps, line, loads, nodes_text
    from selinon_compiler.plan.conditions import AndPlan, CallPlan, ConditionPlan, NotPlan, OrPlan
    from selinon_compiler.plan.fingerprint import edge_keys, flow_identity
    from selinon_compiler.plan.text import document, split
    from selinon_compiler.plan.types import EdgePlan, FailurePlan, FlowPlan, Origin, Origins, Plan

__all__ = [
    "AndPlan",
    "CallPlan",
    "ConditionPlan",
    "EdgePlan",
    "FailurePlan",
    "FlowPlan",
    "NotPlan",
    "OrPlan",
    "Origin",
    "Origins",
    "Plan",
    "decode",
    "document",
    "dumps",
    "edge_keys",
    "flow_identity",
    "line",
    "loads",
    "nodes_text",
    "split",
]

_MODULES: Final = {
    "codec": ("decode", "dumps", "line", "loads", "nodes_text"),
    "conditions": ("AndPlan", "CallPlan", "ConditionPlan", "NotPlan", "OrPlan"),
    "fingerprint": ("edge_keys", "flow_identity"),
    "text": ("document", "split"),
    "types": ("EdgePlan", "FailurePlan", "FlowPlan", "Origin", "Origins", "Plan"),
}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
