"""SEL207: flows with several definitions."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.source import Span


@rule("SEL207", severity=Severity.ERROR, since="2.0")
def flow_defined_twice(system: System) -> Iterator[Finding]:
    """A flow is defined more than once, in one file or in several.

    Definitions are not joined; only one of them could hold.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
      - name: daily  # error: SEL207
        edges:
          - from:
            to: Send
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: [Load, Send]
    ```
    """
    first: dict[str, Span] = {}
    for decl in system.declared_flows:
        name, span = decl.name.value, decl.span_of_node(decl.name)
        if name in first:
            yield Finding(
                span,
                f"flow `{name}` is defined twice",
                "remove one of the two, or rename it",
                (Related(first[name], f"flow `{name}` is defined first here"),),
            )
        first.setdefault(name, span)
