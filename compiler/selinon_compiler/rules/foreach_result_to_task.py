"""SEL312: items of a foreach for tasks."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import NodeKind, System


@rule("SEL312", severity=Severity.ERROR, since="2.0")
def foreach_result_to_task(system: System) -> Iterator[Finding]:
    """An edge hands the items of its `foreach` to a task.

    With `propagate_result`, each started sub-flow gets its item as arguments. Tasks run with the arguments of the
    flow they belong to, so they cannot get an item; put the task into a flow of its own.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
            foreach:
              import: myapp.items
              function: all_items
              propagate_result: true  # error: SEL312
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, load_one]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: load_one
            foreach:
              import: myapp.items
              function: all_items
              propagate_result: true
      - name: load_one
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        for edge in flow.edges:
            if not edge.foreach or not edge.foreach.decl.propagate_result:
                continue
            tasks = [use for use in edge.destinations if use.kind is NodeKind.TASK]
            if tasks:
                yield Finding(
                    edge.foreach.decl.span_of("propagate_result"),
                    f"flow `{flow.name}` hands items to `{tasks[0].name}`, which is a task",
                    "lead the edge to flows only, or drop `propagate_result`",
                    tuple(
                        Related(use.span, f"the task `{use.name}` is started here") for use in tasks
                    ),
                )
