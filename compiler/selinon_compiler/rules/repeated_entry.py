"""SEL319: names listed twice under one key of a flow."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import NodeKind, System, Use


@rule("SEL319", severity=Severity.WARNING, since="2.0")
def repeated_entry(system: System) -> Iterator[Finding]:
    """A key of a flow names a node twice.

    `nowait`, `eager_failures` and the `propagate_*` keys say something of nodes; saying it again changes nothing.
    Perhaps another node was meant.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        nowait: [Load, Load]  # warning: SEL319
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        nowait: [Load]
        edges:
          - from:
            to: [Load, Load]
    ```
    """
    for flow in system.flows.values():
        for key, listed in flow.named.items():
            if len(listed) < 2:
                continue
            first: dict[str, Use] = {}
            for use in listed:
                if first.setdefault(use.name, use) is not use and use.kind is not NodeKind.NOTHING:
                    yield Finding(
                        use.span,
                        f"`{key}` of flow `{flow.name}` names `{use.name}` twice",
                        "remove one of the two",
                        (Related(first[use.name].span, "it is named first here"),),
                    )
