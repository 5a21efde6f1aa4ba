"""SEL605: propagated failures that no fallback answers."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full

KEYS = ("propagate_failures", "propagate_compound_failures")


@rule("SEL605", severity=Severity.ERROR, since="2.0")
def failures_unseen(system: System) -> Iterator[Finding]:
    """The failed tasks of a sub-flow are to be shown, but nothing answers the failure of that sub-flow.

    `propagate_failures` and `propagate_compound_failures` show the failed tasks of a sub-flow to the fallbacks for
    it. The sub-flow must be listed under `nodes` of a failure.

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
        propagate_failures: [report]  # error: SEL605
        edges:
          - from:
            to: [report, Load]
        failures:
          - nodes: Load
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
        propagate_failures: [report]
        edges:
          - from:
            to: report
        failures:
          - nodes: report
            fallback: Undo
    ```
    """
    for flow in system.flows.values():
        for key in KEYS:
            listed = flow.named[key]
            if not listed or flow.unknown or not read_in_full(flow.decl):
                continue
            answered = {use.name for failure in flow.failures for use in failure.nodes}
            for use in listed:
                if use.kind is NodeKind.FLOW and use.name not in answered:
                    yield Finding(
                        use.span,
                        f"failures of `{use.name}` reach nobody: flow `{flow.name}` has no fallback for it",
                        f"remove `{use.name}` from `{key}`, or add a failure for it",
                    )
