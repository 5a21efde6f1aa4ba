"""SEL309: finished tasks of flows that nothing comes after."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL309", severity=Severity.ERROR, since="2.0")
def propagation_from_nowhere(system: System) -> Iterator[Finding]:
    """The finished tasks of a flow are to be propagated, but nothing waits for that flow.

    `propagate_finished` and `propagate_compound_finished` show the finished tasks of a sub-flow to the nodes that
    start after it. The flow must be a source of an edge, or be listed under `nodes` of a failure.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: daily
        propagate_finished: report  # error: SEL309
        edges:
          - from:
            to: report
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
        propagate_finished: report
        edges:
          - from:
            to: report
          - from: report
            to: Load
      - name: report
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        for key in ("propagate_finished", "propagate_compound_finished"):
            listed = flow.named[key]
            awaited = flow.awaited if listed else {}
            for use in listed if listed and read_in_full(flow.decl) else ():
                if use.kind is NodeKind.FLOW and use.name not in awaited:
                    yield Finding(
                        use.span,
                        f"finished tasks of `{use.name}` reach nobody: nothing in flow `{flow.name}` waits for it",
                        f"remove `{use.name}` from `{key}`, or add an edge from it",
                    )
