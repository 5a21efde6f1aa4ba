"""SEL310: tasks where only sub-flows make sense."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System


@rule("SEL310", severity=Severity.ERROR, since="2.0")
def propagation_not_a_flow(system: System) -> Iterator[Finding]:
    """A `propagate_*` key names a task.

    These keys say what sub-flows get and show. Tasks always get the arguments of their flow and their parents.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        propagate_node_args: Load  # error: SEL310
        edges:
          - from:
            to: Load
    ```

    ## Instead
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
    ```
    """
    for flow in system.flows.values():
        for key, listed in flow.named.items():
            for use in listed if key.startswith("propagate_") else ():
                if use.kind is NodeKind.TASK:
                    yield Finding(
                        use.span,
                        f"`{key}` of flow `{flow.name}` names `{use.name}`, which is a task",
                        "name sub-flows only",
                    )
