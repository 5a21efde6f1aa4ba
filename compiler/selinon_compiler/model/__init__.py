"""What a configuration means: names looked up, sugar gone, every thing still knowing where it was written."""

from selinon_compiler.model.conditions import And, Call, Condition, Not, Or
from selinon_compiler.model.definitions import (
    Definition,
    Kind,
    Lookup,
    Parameter,
    Problem,
    Reason,
    Signature,
)
from selinon_compiler.model.system import (
    Edge,
    Failure,
    Flow,
    Foreach,
    NodeKind,
    Settings,
    Storage,
    System,
    Task,
    Use,
)

__all__ = [
    "And",
    "Call",
    "Condition",
    "Definition",
    "Edge",
    "Failure",
    "Flow",
    "Foreach",
    "Kind",
    "Lookup",
    "NodeKind",
    "Not",
    "Or",
    "Parameter",
    "Problem",
    "Reason",
    "Settings",
    "Signature",
    "Storage",
    "System",
    "Task",
    "Use",
]
