"""SEL301: sources that an edge names twice."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.source import Span


@rule("SEL301", severity=Severity.ERROR, since="2.0")
def repeated_source(system: System) -> Iterator[Finding]:
    """An edge names a source twice.

    An edge waits once for each of its sources; naming one again does not wait for two of its runs.

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
          - from:
              - Load
              - Load  # error: SEL301
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
            to: Load
          - from: Load
            to: Send
    ```
    """
    for flow in system.flows.values():
        for edge in flow.edges:
            if len(edge.sources) == len(edge.decl.from_):
                continue
            first: dict[str, Span] = {}
            for source in edge.decl.from_:
                span = edge.decl.span_of_node(source)
                if source.value in first:
                    yield Finding(
                        span,
                        f"an edge of flow `{flow.name}` names its source `{source.value}` twice",
                        "remove one of the two",
                        (Related(first[source.value], "it is named first here"),),
                    )
                first.setdefault(source.value, span)
