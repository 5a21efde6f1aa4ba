"""SEL501: edges and failures that nothing sets off."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.model.reach import waits_in_vain
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL501", severity=Severity.WARNING, since="2.0")
def out_of_reach(system: System) -> Iterator[Finding]:
    """No chain of edges leads to an edge or a failure from the edges that start the flow.

    Every node that it waits for is started somewhere, but only by what waits itself: a cycle that nothing enters, or
    a node that waits for itself. None of that will ever run. Fallbacks count as starts where the nodes that they
    answer can run.

    One place is reported for all that hangs together.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Check
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Send  # warning: SEL501
            to: Check
          - from: Check
            to: Send
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Check
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
            to: Check
          - from: Check
            to: Send
    ```
    """
    for flow in system.flows.values():
        if flow.unknown or not read_in_full(flow.decl):
            continue
        for first, *others in waits_in_vain(flow):
            yield Finding(
                first.span,
                f"nothing sets off what starts `{first.name}` in flow `{flow.name}`",
                f"add an edge to `{first.name}` from a node that runs",
                tuple(Related(use.span, f"`{use.name}` is waited for here") for use in others),
            )
