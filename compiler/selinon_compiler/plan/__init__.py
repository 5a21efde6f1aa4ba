"""The lowered form: all that a configuration means, frozen, without places in files, JSON both ways."""

from selinon_compiler.plan.codec import (
    decode,
    document,
    dumps,
    encode,
    line,
    loads,
    nodes_text,
    split,
)
from selinon_compiler.plan.conditions import AndPlan, CallPlan, ConditionPlan, NotPlan, OrPlan
from selinon_compiler.plan.fingerprint import edge_keys, flow_fingerprint
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
    "encode",
    "flow_fingerprint",
    "line",
    "loads",
    "nodes_text",
    "split",
]
