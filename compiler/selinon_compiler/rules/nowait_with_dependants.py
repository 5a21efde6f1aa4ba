"""SEL304: nodes that are not waited for, and yet are."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import NodeKind, System


@rule("SEL304", severity=Severity.ERROR, since="2.0")
def nowait_with_dependants(system: System) -> Iterator[Finding]:
    """A node is listed under `nowait`, but an edge or a failure waits for it.

    Nobody looks at the outcome of a `nowait` node, so nothing can follow from it.

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
        nowait: Load  # error: SEL304
        edges:
          - from:
            to: Load
          - from: Load
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
        nowait: Send
        edges:
          - from:
            to: Load
          - from: Load
            to: Send
    ```
    """
    for flow in system.flows.values():
        awaited = flow.awaited if flow.named["nowait"] else {}
        for use in flow.named["nowait"]:
            waiting = awaited.get(use.name)
            if waiting and use.kind is not NodeKind.NOTHING:
                yield Finding(
                    use.span,
                    f"flow `{flow.name}` waits for `{use.name}`, which is listed under `nowait`",
                    f"remove `{use.name}` from `nowait`, or what depends on it",
                    (Related(waiting.span, f"`{use.name}` is waited for here"),),
                )
