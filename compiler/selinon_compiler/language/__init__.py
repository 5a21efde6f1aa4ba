"""The language of nodes files and flow files, declared once: sections, their keys, the kinds of their values."""

from selinon_compiler.language.conditions import AndDecl, ConditionDecl, LeafDecl, NotDecl, OrDecl
from selinon_compiler.language.flows import (
    EdgeDecl,
    FailureDecl,
    FlowDecl,
    FlowFileDecl,
    ForeachDecl,
    SelectiveDecl,
)
from selinon_compiler.language.nodes import (
    GlobalDecl,
    NodesFileDecl,
    SelectiveFunctionDecl,
    StorageDecl,
    TaskDecl,
)
from selinon_compiler.language.shared import CacheDecl, SamplingDecl, ThrottlingDecl
from selinon_compiler.language.table import INVALID, REQUIRED, SECTIONS, Key, Section
from selinon_compiler.language.trace import (
    TraceDecl,
    TraceFunctionDecl,
    TraceSentryDecl,
    TraceStorageDecl,
)

__all__ = [
    "INVALID",
    "REQUIRED",
    "SECTIONS",
    "AndDecl",
    "CacheDecl",
    "ConditionDecl",
    "EdgeDecl",
    "FailureDecl",
    "FlowDecl",
    "FlowFileDecl",
    "ForeachDecl",
    "GlobalDecl",
    "Key",
    "LeafDecl",
    "NodesFileDecl",
    "NotDecl",
    "OrDecl",
    "SamplingDecl",
    "Section",
    "SelectiveDecl",
    "SelectiveFunctionDecl",
    "StorageDecl",
    "TaskDecl",
    "ThrottlingDecl",
    "TraceDecl",
    "TraceFunctionDecl",
    "TraceSentryDecl",
    "TraceStorageDecl",
]
