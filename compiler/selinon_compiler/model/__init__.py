"""What a configuration means: names looked up, sugar gone, every thing still knowing where it was written."""

from selinon_compiler.model.conditions import And, Call, Condition, Not, Or
from selinon_compiler.model.definitions import (
    PROVIDED,
    Definition,
    Finder,
    Kind,
    Lookup,
    Parameter,
    Problem,
    Reason,
    Signature,
)
from selinon_compiler.model.references import Reference, Role
from selinon_compiler.model.system import (
    Edge,
    Failure,
    Flow,
    Foreach,
    NodeKind,
    Selective,
    Settings,
    Storage,
    System,
    Task,
    Use,
)

__all__ = [
    "PROVIDED",
    "And",
    "Call",
    "Condition",
    "Definition",
    "Edge",
    "Failure",
    "Finder",
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
    "Reference",
    "Role",
    "Selective",
    "Settings",
    "Signature",
    "Storage",
    "System",
    "Task",
    "Use",
]
