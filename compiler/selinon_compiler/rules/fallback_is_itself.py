"""SEL603: nodes that are their own fallbacks."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import NodeKind, System
from selinon_compiler.rules.no_starting_edge import stated_count


@rule("SEL603", severity=Severity.ERROR, since="2.0")
def fallback_is_itself(system: System) -> Iterator[Finding]:
    """A node is the only fallback for its own failure.

    A node that keeps failing would be started again for ever. To run a task again a few times, state `max_retry`.

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
        failures:
          - nodes: Load
            fallback: Load  # error: SEL603
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retry: 3
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        for failure in flow.failures:
            nodes = {use.name for use in failure.nodes}
            if len(nodes) != 1 or {use.name for use in failure.fallback} != nodes:
                continue
            if stated_count(failure.decl, "nodes") != len(failure.nodes):
                continue
            use = failure.fallback[0]
            if use.kind is not NodeKind.NOTHING:
                yield Finding(
                    use.span,
                    f"`{use.name}` is the only fallback for its own failure in flow `{flow.name}`",
                    f"name another fallback, or state `max_retry` for `{use.name}`",
                )
