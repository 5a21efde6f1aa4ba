"""SEL316: selective edges that do not lead to one flow."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Edge, Flow, NodeKind, Selective, System


@rule("SEL316", severity=Severity.ERROR, since="2.0")
def selective_destination(system: System) -> Iterator[Finding]:
    """An edge with `selective` does not lead to exactly one flow.

    `selective` says which tasks of a sub-flow are to run. A task has none, and of several sub-flows it would not be
    clear which one is meant.

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
        edges:
          - from:
            to: [report, Load]
            selective:  # error: SEL316
              tasks: [Load]
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
        edges:
          - from:
            to: report
            selective:
              tasks: [Load]
    ```
    """
    for flow, edge, selective in selective_edges(system):
        found = edge.destinations
        if any(use.kind is NodeKind.NOTHING for use in found):
            continue
        tasks = [use for use in found if use.kind is NodeKind.TASK]
        if not tasks and len(found) == 1:
            continue
        what = f"`{tasks[0].name}`, which is a task" if tasks else "several flows"
        key = edge.decl.node.value["selective"].key
        yield Finding(
            edge.decl.span_of_node(key) if key else selective.decl.span,
            f"a selective edge of flow `{flow.name}` leads to {what}",
            "lead it to one flow, and start other nodes by an edge of their own",
            tuple(Related(use.span, f"the task `{use.name}` is started here") for use in tasks),
        )


def selective_edges(system: System) -> Iterator[tuple[Flow, Edge, Selective]]:
    """Yield the edges that were read in full and run a sub-flow selectively, each with its flow."""
    for flow in system.flows.values():
        for edge in flow.edges:
            if edge.selective is not None and edge.decl.intact:
                yield flow, edge, edge.selective
