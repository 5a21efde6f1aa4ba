"""SEL606: flows that are to get failures, but are no fallbacks."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL606", severity=Severity.WARNING, since="2.0")
def failures_to_nowhere(system: System) -> Iterator[Finding]:
    """A flow is listed under `propagate_parent_failures`, but it is no fallback.

    The key hands what failed to flows that are started as fallbacks. The entry has no effect; it may be left over, or
    a failure may be missing.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Undo
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        propagate_parent_failures: [report]  # warning: SEL606
        edges:
          - from:
            to: report
        failures:
          - nodes: report
            fallback: Undo
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Undo
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        propagate_parent_failures: [report]
        edges:
          - from:
            to: [Load, Undo]
        failures:
          - nodes: Load
            fallback: [Undo, report]
    ```
    """
    for flow in system.flows.values():
        listed = flow.named["propagate_parent_failures"]
        if not listed or flow.unknown or not read_in_full(flow.decl):
            continue
        fallbacks = {use.name for failure in flow.failures for use in failure.fallback}
        for use in listed:
            if use.kind is NodeKind.FLOW and use.name not in fallbacks:
                yield Finding(
                    use.span,
                    f"`{use.name}` is to get what failed, but is no fallback in flow `{flow.name}`",
                    f"remove `{use.name}` from `propagate_parent_failures`, or make it a fallback",
                )
