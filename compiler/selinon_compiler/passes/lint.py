"""Run every rule over a system.

before: System(flows={'daily': Flow(edges=(Edge(sources=(Use('Lod', NOTHING),), …),), …)}, …)
after:  error[SEL201]: flow `daily` uses `Lod`, which is neither a task nor a flow
"""

from __future__ import annotations

import re

from selinon_compiler import rules
from selinon_compiler.diagnostics import Diagnostics, Severity
from selinon_compiler.diagnostics.rule import findings
from selinon_compiler.model import System
from selinon_compiler.source import Span

_FLOW = re.compile("flow `[^`]*`")
"""The name of a flow in a message: what stands under an anchor belongs to every flow that merges it, and a mistake in
it is reported for one of them."""

CODE_IS_MISSING = frozenset({"SEL210", "SEL211"})
"""Rules about code that cannot be found: warnings, unless the code is about to be run."""


NEEDS_EVERYTHING = frozenset(
    {
        "SEL201",
        "SEL204",
        "SEL205",
        "SEL206",
        "SEL302",
        "SEL303",
        "SEL305",
        "SEL306",
        "SEL308",
        "SEL309",
        "SEL404",
        "SEL406",
        "SEL802",
        "SEL803",
    }
)
"""Rules that find something missing; when a part could not be read, that part may be what they miss."""


def lint(
    system: System, diagnostics: Diagnostics, *, needed: bool = False, complete: bool = True
) -> None:
    """Report what the rules find.

    With `needed`, code that cannot be found is an error. A system that is not `complete` lacks what could not be
    read; rules that would only report that once more are left out.
    """
    rules.load()
    reported: set[tuple[str, Span, str]] = set()
    for rule, finding in findings(system):
        if not complete and rule.code in NEEDS_EVERYTHING:
            continue
        mistake = rule.code, finding.span, _FLOW.sub("flow", finding.message)
        if mistake not in reported:
            reported.add(mistake)
            missing = needed and rule.code in CODE_IS_MISSING
            diagnostics.add(rule, finding, Severity.ERROR if missing else None)
