"""SEL804: names towards storages that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System


@rule("SEL804", severity=Severity.ERROR, since="2.0")
def storage_task_name_without_storage(system: System) -> Iterator[Finding]:
    """A task states `storage_task_name`, but no `storage`.

    The key says under which name results of the task are stored. Without a storage, nothing is.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage_task_name: Loader  # error: SEL804
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
        storage_task_name: Loader
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
    for name, task in system.tasks.items():
        if task.decl.storage_task_name is None or task.storage is not None:
            continue
        stated = task.decl.node.value.get("storage")
        if stated is None or stated.value is None:
            yield Finding(
                task.decl.span_of("storage_task_name"),
                f"task `{name}` has a `storage_task_name`, but no storage",
                "state a `storage`, or drop `storage_task_name`",
            )
