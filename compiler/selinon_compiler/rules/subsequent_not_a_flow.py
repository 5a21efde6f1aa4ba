"""SEL317: tasks named where flows are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.selective_destination import selective_edges


@rule("SEL317", severity=Severity.ERROR, since="2.0")
def subsequent_not_a_flow(system: System) -> Iterator[Finding]:
    """`run_subsequent` of a selective edge names a task.

    It says in which flows to run what depends on the wanted tasks, or `true` for all of them.

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
            to: report
            selective:
              tasks: [Load]
              run_subsequent: [Load]  # error: SEL317
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
    for flow, _, selective in selective_edges(system):
        for use in selective.subsequent:
            if use.kind is NodeKind.TASK:
                yield Finding(
                    use.span,
                    f"`run_subsequent` of a selective edge of flow `{flow.name}` names `{use.name}`, which is a task",
                    "name flows only, or state `true`",
                )
