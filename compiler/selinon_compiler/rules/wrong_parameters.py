"""SEL214: functions that do not take what they are called with."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Kind, Problem, Role, System

PASSED = {
    Role.FOREACH: ("storage_pool", "node_args"),
    Role.TRACE: ("event", "details"),
    Role.SELECTIVE: ("flow_name", "node_name", "node_args", "task_names", "storage_pool"),
}
"""What functions are called with, by position."""


@rule("SEL214", severity=Severity.ERROR, since="2.0")
def wrong_parameters(system: System) -> Iterator[Finding]:
    """A function does not take the arguments that it is called with.

    A function for `foreach` is called with the storage pool and the flow's arguments, a trace function with the
    number of an event and its details, and a selective run function with the names of the flow and of the task, the
    flow's arguments, the names of the wanted tasks and the storage pool; all of these are passed by position.

    A function behind a decorator is not looked at, as the decorator may change what it takes.

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
              import: selinon.predicates
              function: alwaysTrue  # error: SEL214
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
            foreach:
              import: myapp.items
              function: addresses
    ```
    """
    for reference in system.references:
        passed = PASSED.get(reference.role)
        found = reference.found
        if passed is None or isinstance(found, Problem) or found.signature is None:
            continue
        if found.kind in (Kind.FUNCTION, Kind.GENERATOR) and not found.signature.accepts(
            len(passed)
        ):
            taken = ", ".join(f"`{name}`" for name in found.signature.names) or "nothing"
            yield Finding(
                reference.name_span,
                f"`{reference.name}`, the {reference.what}, is called with {len(passed)} arguments",
                f"it takes {taken}; let it take {', '.join(f'`{name}`' for name in passed)}",
            )
