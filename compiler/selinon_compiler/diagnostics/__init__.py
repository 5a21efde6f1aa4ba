"""Diagnostics: what is found, by which rule, where, and how it is shown."""

from selinon_compiler.diagnostics.collector import Diagnostics
from selinon_compiler.diagnostics.diagnostic import Diagnostic, Fix, Related
from selinon_compiler.diagnostics.human import render_human
from selinon_compiler.diagnostics.rule import (
    CHECKS,
    RETIRED,
    RULES,
    Finding,
    Rule,
    Severity,
    declare,
    rule,
)
from selinon_compiler.diagnostics.similarity import did_you_mean, not_meant

__all__ = [
    "CHECKS",
    "RETIRED",
    "RULES",
    "Diagnostic",
    "Diagnostics",
    "Finding",
    "Fix",
    "Related",
    "Rule",
    "Severity",
    "declare",
    "did_you_mean",
    "not_meant",
    "render_human",
    "rule",
]
