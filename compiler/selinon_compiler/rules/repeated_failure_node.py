"""SEL602: nodes that a failure names twice."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Failure, Flow, NodeKind, System, Use


@rule("SEL602", severity=Severity.WARNING, since="2.0")
def repeated_failure_node(system: System) -> Iterator[Finding]:
    """A failure names a node twice.

    A failure applies when each of its nodes has failed. Naming one again does not ask for two failures of it; it is
    counted once.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
        failures:
          - nodes:
              - Load
              - Load  # warning: SEL602
            fallback: Clean
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
        failures:
          - nodes: Load
            fallback: Clean
    ```
    """
    for flow in system.flows.values():
        for failure in flow.failures:
            yield from _repeated(flow, failure)


def _repeated(flow: Flow, failure: Failure) -> Iterator[Finding]:
    first: dict[str, Use] = {}
    for use in failure.nodes:
        if use.name in first and use.kind is not NodeKind.NOTHING:
            yield Finding(
                use.span,
                f"a failure of flow `{flow.name}` names `{use.name}` twice",
                "remove one of the two; the node is counted once",
                (Related(first[use.name].span, "it is named first here"),),
            )
        first.setdefault(use.name, use)
