"""SEL802: storages without a task."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.rules.unknown_node import stated_names
from selinon_compiler.rules.unknown_storage import storage_uses


@rule("SEL802", severity=Severity.WARNING, since="2.0")
def unused_storage(system: System) -> Iterator[Finding]:
    """A storage is declared, but no task uses it, nor does the trace.

    It may be left over, or a task may lack its `storage`, so that its results are dropped.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    storages:
      - name: Memory  # warning: SEL802
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
    used = {label.value for _, _, label in storage_uses(system)}
    tasks = stated_names(system.nodes_file, "tasks")
    if not used <= system.storages.keys() or not tasks <= system.tasks.keys():
        return  # a name that is wrong or could not be read may be meant for the one that looks unused
    for name, storage in system.storages.items():
        if name not in used:
            yield Finding(
                storage.decl.span_of_node(storage.decl.name),
                f"no task uses storage `{name}`",
                "remove it, or state it as the `storage` of a task, unless code asks for it by name",
            )
