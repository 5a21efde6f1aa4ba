"""Run every rule over a system.

    before: System(flows={'daily': Flow(edges=(Edge(sources=(Use('Lod', NOTHING),), …),), …)}, …)
    after:  error[SEL201]: flow `daily` uses `Lod`, which is neither a task nor a flow
"""

from __future__ import annotations

from selinon_compiler import rules
from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.diagnostics.rule import findings
from selinon_compiler.model import System


def lint(system: System, diagnostics: Diagnostics) -> None:
    """Report what the rules find."""
    rules.load()
    for rule, finding in findings(system):
        diagnostics.add(rule, finding)
