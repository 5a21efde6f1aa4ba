"""SEL206: flows that are defined, but not listed."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.rules.undefined_flow import undefined_flows
from selinon_compiler.rules.unknown_node import stated_names


@rule("SEL206", severity=Severity.ERROR, since="2.0")
def unlisted_flow(system: System) -> Iterator[Finding]:
    """A flow is defined, but not listed under `flows`.

    The list in the nodes file says which flows there are, so that a definition that got lost, or one too many, does
    not go unnoticed.

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
      - name: weekly_report  # error: SEL206
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, weekly_report]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
      - name: weekly_report
        edges:
          - from:
            to: Load
    ```
    """
    listed = stated_names(system.nodes_file, "flows")
    misspelt = {near for _, near in undefined_flows(system)}
    for name, flow in system.flows.items():
        if name not in listed and name not in misspelt:
            yield Finding(
                flow.decl.span_of_node(flow.decl.name),
                f"flow `{name}` is defined, but not listed under `flows`",
                f"add `{name}` to `flows` in `{system.nodes_file.file.path}`",
            )
