"""SEL208: storages that are named like tasks."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System


@rule("SEL208", severity=Severity.ERROR, since="2.0")
def storage_named_like_node(system: System) -> Iterator[Finding]:
    """A storage and a task have one name.

    In traces and in messages one could not be told from the other.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Load
    storages:
      - name: Load  # error: SEL208
        import: selinon.storages.memory
        classname: InMemoryStorage
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
    for name, storage in system.storages.items():
        task = system.tasks.get(name)
        if task:
            yield Finding(
                storage.decl.span_of_node(storage.decl.name),
                f"`{name}` is the name of a storage and of a task",
                "rename the storage; its class can be stated as `classname`",
                (
                    Related(
                        task.decl.span_of_node(task.decl.name),
                        f"the task `{name}` is declared here",
                    ),
                ),
            )
