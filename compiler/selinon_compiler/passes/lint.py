"""Run every rule over a system.

before: System(flows={'daily': Flow(edges=(Edge(sources=(Use('Lod', NOTHING),), …),), …)}, …)
after:  error[SEL201]: flow `daily` uses `Lod`, which is neither a task nor a flow
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from selinon_compiler import rules
from selinon_compiler.diagnostics import Diagnostics, Severity
from selinon_compiler.diagnostics.rule import findings
from selinon_compiler.model import System
from selinon_compiler.source import Span

_OWNER = re.compile("(?:flow|task) `[^`]*`")
"""The name of a flow or task in a message: what stands under an anchor belongs to every one that merges it, and a
mistake in it is reported for one of them."""

CODE_IS_MISSING = frozenset({"SEL210", "SEL211"})
"""Rules about code that cannot be found: warnings, unless the code is about to be run."""


_STRUCTURE = frozenset(
    {
        "flow-definitions[].edges",
        "flow-definitions[].failures",
        "edges[].from",
        "edges[].to",
        "failures[].nodes",
        "failures[].fallback",
    }
)
"""What says which nodes a flow has, beside edges and failures that are missing: rules see those for themselves."""

_NODES = frozenset({"tasks[]", "nodes file.tasks", "nodes file.flows"})
_FLOWS = frozenset({"flow file", "flow file.flow-definitions", "flow-definitions[]"})
_PREDICATES = frozenset({"nodes file.global", "global.predicates_module"})
_ARGUMENTS = _PREDICATES | {"condition.args"}
_RESULTS = (
    _PREDICATES
    | _STRUCTURE
    | {"condition.node", "condition.task", "tasks[].storage", "tasks[].storage_readonly"}
)
_CLASSES = frozenset({"tasks[].import", "tasks[].classname"})

_ENDS = frozenset({"edges[].condition", "edges[].foreach"})
_CODE = _CLASSES | {
    "storages[].import",
    "storages[].classname",
    "selective_run_function.name",
    "selective_run_function.import",
    "sampling.import",
    "cache.name",
    "cache.import",
}

NEEDS: Mapping[str, frozenset[str]] = {
    "SEL201": _NODES,
    "SEL204": frozenset({"storages[]", "nodes file.storages"}),
    "SEL205": _FLOWS,
    "SEL206": frozenset({"nodes file.flows"}),
    "SEL210": _CODE,
    "SEL211": _CODE,
    "SEL213": _CODE,
    "SEL214": _CODE,
    "SEL302": _STRUCTURE,
    "SEL303": _STRUCTURE,
    "SEL305": _STRUCTURE,
    "SEL306": _STRUCTURE,
    "SEL307": _STRUCTURE | {"tasks[].storage", "tasks[].storage_readonly"},
    "SEL308": _STRUCTURE,
    "SEL309": _STRUCTURE,
    "SEL314": _STRUCTURE | {"flow-definitions[].propagate_parent"},
    "SEL315": _STRUCTURE,
    "SEL318": _STRUCTURE | _FLOWS,
    "SEL320": _STRUCTURE
    | {"tasks[].storage", "tasks[].storage_readonly", "foreach.propagate_result"},
    "SEL401": _PREDICATES,
    "SEL402": _ARGUMENTS,
    "SEL403": _ARGUMENTS,
    "SEL404": _STRUCTURE,
    "SEL405": _RESULTS,
    "SEL406": _RESULTS,
    "SEL407": _PREDICATES,
    "SEL409": _RESULTS | _FLOWS,
    "SEL501": _STRUCTURE,
    "SEL502": _STRUCTURE | _ENDS,
    "SEL503": _STRUCTURE | _ENDS,
    "SEL601": _PREDICATES,
    "SEL605": _STRUCTURE,
    "SEL606": _STRUCTURE,
    "SEL802": frozenset(
        {
            "tasks[]",
            "tasks[].storage",
            "nodes file.tasks",
            "nodes file.global",
            "global.trace",
            "trace[]",
            "trace[].storage",
            "trace storage",
            "trace storage.name",
        }
    ),
    "SEL803": _STRUCTURE | _FLOWS | {"nodes file.flows"},
    "SEL804": frozenset({"tasks[].storage"}),
    "SEL805": frozenset({"tasks[].max_retry", "flow-definitions[].max_retry"}),
    "SEL806": _CLASSES | {"tasks[].max_retry", "tasks[].output_schema"},
    "SEL807": frozenset({"sampling.import", "sampling.args"}),
    "SEL809": frozenset({"cache.import"}),
}
"""Rules that find something missing, with the parts (see `frontend.binder.Losses`) in which it may have been: when one
of these could not be read, the rule could only report that once more."""

_OF_ONE_FLOW = frozenset(
    {
        *("SEL302", "SEL303", "SEL305", "SEL306", "SEL307", "SEL308", "SEL309"),
        *("SEL314", "SEL315", "SEL404", "SEL405", "SEL406", "SEL605", "SEL606"),
    }
)
"""Rules that look at one flow at a time: what is lost in another one does not concern them."""


def _excused(code: str, span: Span, system: System, losses: frozenset[str]) -> bool:
    """Return whether what a rule found may only be there because something could not be read."""
    lost = losses & NEEDS.get(code, frozenset())
    if not lost:
        return False
    within = lost <= _STRUCTURE | {"condition.node", "flow-definitions[].propagate_parent"}
    if code not in _OF_ONE_FLOW or not within:
        return True
    before = [
        (flow.start, flow.intact)
        for flow in system.declared_flows
        if flow.file is span.file and flow.start <= span.start
    ]
    return not before or not max(before)[1]


def lint(
    system: System,
    diagnostics: Diagnostics,
    *,
    needed: bool = False,
    losses: frozenset[str] = frozenset(),
) -> None:
    """Report what the rules find.

    With `needed`, code that cannot be found is an error. `losses` are the parts that could not be read; rules that
    would only report that once more are left out.
    """
    rules.load()
    reported: set[tuple[str, Span, str]] = set()
    for rule, finding in findings(system):
        if losses and _excused(rule.code, finding.span, system, losses):
            continue
        mistake = rule.code, finding.span, _OWNER.sub("", finding.message)
        if mistake not in reported:
            reported.add(mistake)
            missing = needed and rule.code in CODE_IS_MISSING
            diagnostics.add(rule, finding, Severity.ERROR if missing else None)
