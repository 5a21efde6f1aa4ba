"""Run every rule over a system.

    before: System(flows={'daily': Flow(edges=(Edge(sources=(Use('Lod', NOTHING),), …),), …)}, …)
    after:  error[SEL201]: flow `daily` uses `Lod`, which is neither a task nor a flow
"""

from __future__ import annotations

from selinon_compiler import rules
from selinon_compiler.diagnostics import Diagnostics, Severity
from selinon_compiler.diagnostics.rule import findings
from selinon_compiler.model import System


CODE_IS_MISSING = frozenset({"SEL210", "SEL211"})
"""Rules about code that cannot be found: warnings, unless the code is about to be run."""


def lint(system: System, diagnostics: Diagnostics, *, needed: bool = False) -> None:
    """Report what the rules find; with `needed`, code that cannot be found is an error."""
    rules.load()
    for rule, finding in findings(system):
        missing = needed and rule.code in CODE_IS_MISSING
        diagnostics.add(rule, finding, Severity.ERROR if missing else None)
