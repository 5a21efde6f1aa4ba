"""SEL203: storages that are declared more than once."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.source import Span


@rule("SEL203", severity=Severity.ERROR, since="2.0")
def duplicate_storage(system: System) -> Iterator[Finding]:
    """Two storages have one name.

    Tasks refer to storages by their names, so it would be left to chance where results go.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
      - name: Memory  # error: SEL203
        import: selinon.storages.memory
        classname: InMemoryStorage
        configuration:
          echo: true
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
    first: dict[str, Span] = {}
    for decl in system.nodes_file.storages:
        name, span = decl.name.value, decl.span_of_node(decl.name)
        if name in first:
            yield Finding(
                span,
                f"storage `{name}` is declared twice",
                "remove one of the two, or rename it",
                (Related(first[name], f"storage `{name}` is declared first here"),),
            )
        first.setdefault(name, span)
