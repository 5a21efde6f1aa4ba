"""SEL211: names that a module does not have."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.model import Problem, Reason, System
from selinon_compiler.rules.unknown_node import MOST_COMPARED


@rule("SEL211", severity=Severity.WARNING, since="2.0")
def name_not_found(system: System) -> Iterator[Finding]:
    """A module does not define the class or function that is looked for in it.

    The class of a task or storage is looked for under the name stated as `classname`, else under the name of the task
    or storage. Modules are read, never run, so that a name which is made in an unusual way may be missed.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
    storages:
      - name: Memory  # warning: SEL211
        import: selinon.storages.memory
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
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
    ```
    """
    compared = 0
    for reference in system.references:
        found = reference.found
        if not isinstance(found, Problem) or found.reason is not Reason.NO_NAME:
            continue
        compared += 1
        near = did_you_mean(reference.name, found.candidates) if compared <= MOST_COMPARED else None
        yield Finding(
            reference.name_span,
            f"module `{found.module}` has no `{reference.name}`, the {reference.what}",
            f"a similar name exists there: `{near}`" if near else None,
        )
