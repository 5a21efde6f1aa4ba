"""SEL502: cycles that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.model.reach import endless


@rule("SEL502", severity=Severity.WARNING, since="2.0")
def endless_cycle(system: System) -> Iterator[Finding]:
    """A flow surely enters a cycle of edges that nothing ends.

    None of the edges has a condition or a `foreach`, so each round sets off the next one, until a node fails. Usually
    one of the edges is meant to have a condition that says when to go on.

    ```text
    Load ──▶ Check ──▶ Send
               ▲         │
               └─────────┘
    ```

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Check
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load  # warning: SEL502
            to: Check
          - from: Check
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Check
        import: myapp.tasks
        storage: Memory
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: Check
          - from: Check
            to: Load
            condition:
              name: fieldEqual
              args:
                key: status
                value: again
    ```
    """
    for flow in system.flows.values():
        cycle = endless(flow)
        if cycle:
            names = ", ".join(f"`{use.name}`" for use in cycle)
            yield Finding(
                cycle[0].span,
                f"flow `{flow.name}` never ends: it goes round through {names}",
                "let a condition on one of the edges end it",
                tuple(Related(use.span, "the cycle goes on here") for use in cycle[1:]),
            )
