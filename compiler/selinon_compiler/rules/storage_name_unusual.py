"""SEL808: names of storages that are no identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System


@rule("SEL808", severity=Severity.WARNING, since="2.0")
def storage_name_unusual(system: System) -> Iterator[Finding]:
    """The name of a storage is not an identifier.

    Any name works here. Names that consist of letters, digits and underscores are safe with other tools that read the
    configuration as well, the original among them.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: my-memory
    storages:
      - name: my-memory  # warning: SEL808
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
        storage: my_memory
    storages:
      - name: my_memory
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
        if not (name.isascii() and name.isidentifier()):
            yield Finding(
                storage.decl.span_of_node(storage.decl.name),
                f"the name of storage `{name}` is not an identifier",
                "use letters, digits and underscores, not starting with a digit",
            )
