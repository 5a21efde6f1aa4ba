"""SEL308: parents for flows that are not started."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL308", severity=Severity.ERROR, since="2.0")
def propagation_to_nowhere(system: System) -> Iterator[Finding]:
    """A flow is listed under `propagate_parent`, but nothing in the listing flow starts it.

    Parents are handed to sub-flows when they are started by an edge or as a fallback.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: daily
        propagate_parent: report  # error: SEL308
        edges:
          - from:
            to: Load
      - name: report
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: daily
        propagate_parent: report
        edges:
          - from:
            to: Load
          - from: Load
            to: report
      - name: report
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        listed = flow.named["propagate_parent"]
        if not listed or not read_in_full(flow.decl):
            continue
        started = flow.started
        for use in listed:
            if use.kind is NodeKind.FLOW and use.name not in started:
                yield Finding(
                    use.span,
                    f"`{use.name}` is to get parents, but nothing in flow `{flow.name}` starts it",
                    f"remove `{use.name}` from `propagate_parent`, or add an edge to it",
                )
