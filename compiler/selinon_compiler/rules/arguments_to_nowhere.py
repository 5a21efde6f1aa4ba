"""SEL315: flows that are to get arguments, but are not started."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL315", severity=Severity.WARNING, since="2.0")
def arguments_to_nowhere(system: System) -> Iterator[Finding]:
    """A flow is listed under `propagate_node_args`, but nothing in the listing flow starts it.

    Arguments are handed to sub-flows when they are started by an edge or as a fallback. The entry has no effect; it
    may be left over, or an edge may be missing.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        propagate_node_args: [report]  # warning: SEL315
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
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        propagate_node_args: [report]
        edges:
          - from:
            to: Load
          - from: Load
            to: report
    ```
    """
    for flow in system.flows.values():
        listed = flow.named["propagate_node_args"]
        if not listed or flow.unknown or not read_in_full(flow.decl):
            continue
        for use in listed:
            if use.kind is NodeKind.FLOW and use.name not in flow.started:
                yield Finding(
                    use.span,
                    f"`{use.name}` is to get arguments, but nothing in flow `{flow.name}` starts it",
                    f"remove `{use.name}` from `propagate_node_args`, or add an edge to it",
                )
