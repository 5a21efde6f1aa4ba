"""SEL305: nodes under `nowait` that a flow does not start."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL305", severity=Severity.ERROR, since="2.0")
def nowait_never_started(system: System) -> Iterator[Finding]:
    """A node is listed under `nowait`, but nothing in the flow starts it.

    Either an edge to it is missing, or the entry is left over.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: daily
        nowait: Send  # error: SEL305
        edges:
          - from:
            to: Load
      - name: report
        edges:
          - from:
            to: Send
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        nowait: Send
        edges:
          - from:
            to: [Load, Send]
    ```
    """
    for flow in system.flows.values():
        if not flow.named["nowait"] or not read_in_full(flow.decl):
            continue
        nodes = flow.nodes
        for use in flow.named["nowait"]:
            if use.name not in nodes and use.kind is not NodeKind.NOTHING:
                yield Finding(
                    use.span,
                    f"`{use.name}` is listed under `nowait`, but nothing in flow `{flow.name}` starts it",
                    f"remove `{use.name}` from `nowait`, or add an edge to it",
                )
