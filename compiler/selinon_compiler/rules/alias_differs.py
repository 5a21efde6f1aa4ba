"""SEL806: tasks that run one class with settings that should agree."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.language import TaskDecl
from selinon_compiler.model import System

KEYS = ("output_schema", "max_retry")


@rule("SEL806", severity=Severity.WARNING, since="2.0")
def alias_differs(system: System) -> Iterator[Finding]:
    """Two tasks run the same class, but differ in `output_schema` or `max_retry`.

    What the results of a class look like, and whether it can be run again, mostly depends on the class. A change may
    have been made to one of its tasks and forgotten in the other.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retry: 3
      - name: LoadAgain
        import: myapp.tasks
        classname: Load
        max_retry: 1  # warning: SEL806
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: LoadAgain
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retry: 3
      - name: LoadAgain
        import: myapp.tasks
        classname: Load
        max_retry: 3
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: LoadAgain
    ```
    """
    first: dict[tuple[str, str], TaskDecl] = {}
    for decl in system.nodes_file.tasks:
        other = first.setdefault((decl.import_, decl.classname or decl.name.value), decl)
        if other.name.value == decl.name.value:
            continue
        for key in KEYS:
            if getattr(decl, key) != getattr(other, key):
                yield Finding(
                    decl.span_of(key, "name"),
                    f"`{decl.name.value}` and `{other.name.value}` run the same class with different `{key}`",
                    f"state the same `{key}` for both",
                    (
                        Related(
                            other.span_of(key, "name"), f"`{other.name.value}` is declared here"
                        ),
                    ),
                )
