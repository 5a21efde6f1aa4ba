"""SEL803: tasks without a flow."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL803", severity=Severity.WARNING, since="2.0")
def unused_task(system: System) -> Iterator[Finding]:
    """A task is declared, but no flow runs it.

    No edge and no failure of any flow mentions it. It may be left over, or an edge may be missing.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send  # warning: SEL803
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
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
        edges:
          - from:
            to: Load
          - from: Load
            to: Send
    ```
    """
    if not _all_known(system):
        return
    used: set[str] = set().union(*(flow.nodes for flow in system.flows.values()))
    for name, task in system.tasks.items():
        if name not in used:
            yield Finding(
                task.decl.span_of_node(task.decl.name),
                f"no flow runs task `{name}`",
                "remove it, or add an edge to it",
            )


def _all_known(system: System) -> bool:
    """Return whether every flow is there, once, and every name refers to something.

    Otherwise, what looks unused may be what was meant, and the error tells more.
    """
    return (
        all(name.value in system.flows for name in system.listed)
        and len(system.declared_flows) == len(system.flows)
        and all(read_in_full(decl) for decl in system.declared_flows)
        and not any(flow.unknown for flow in system.flows.values())
    )
