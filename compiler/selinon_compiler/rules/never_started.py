"""SEL303: nodes that are waited for, but never started."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Flow, NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL303", severity=Severity.ERROR, since="2.0")
def never_started(system: System) -> Iterator[Finding]:
    """A flow waits for a node that nothing in the flow starts.

    An edge fires when its sources have finished, and a fallback starts when nodes have failed. Neither happens to a
    node that is the destination of no edge and no fallback: what waits for it never runs.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Clean  # error: SEL303
            to: Send
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: Clean
          - from: Clean
            to: Send
    ```
    """
    for flow in system.flows.values():
        if not read_in_full(flow.decl) or _starts_unknown(flow):
            continue
        if flow.awaited.keys() <= flow.started.keys():
            continue
        for name, use in flow.awaited.items():
            if name not in flow.started and use.kind is not NodeKind.NOTHING:
                yield Finding(
                    use.span,
                    f"flow `{flow.name}` waits for `{name}`, which nothing in it starts",
                    f"add an edge with `{name}` under `to`, or wait for another node",
                )


def _starts_unknown(flow: Flow) -> bool:
    """Return whether a name that refers to nothing may be meant for a node which seems not to be started."""
    return bool(flow.unknown) and any(use.kind is NodeKind.NOTHING for use in flow.started.values())
