"""SEL314: finished tasks that are shown to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Edge, Flow, NodeKind, System


@rule("SEL314", severity=Severity.WARNING, since="2.0")
def propagation_unseen(system: System) -> Iterator[Finding]:
    """Finished tasks of a flow are propagated to sub-flows that do not get their parents.

    What `propagate_finished` and `propagate_compound_finished` show is part of the parents of the nodes that come
    next. A sub-flow passes its parents on to its first tasks only with `propagate_parent`; otherwise the information
    ends there.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report, archive]
    flow-definitions:
      - name: daily
        propagate_finished:
          - report  # warning: SEL314
        edges:
          - from:
            to: report
          - from: report
            to: archive
      - name: report
        edges:
          - from:
            to: Load
      - name: archive
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report, archive]
    flow-definitions:
      - name: daily
        propagate_finished:
          - report
        propagate_parent: archive
        edges:
          - from:
            to: report
          - from: report
            to: archive
      - name: report
        edges:
          - from:
            to: Load
      - name: archive
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        listed = flow.named["propagate_finished"] + flow.named["propagate_compound_finished"]
        for use in listed if flow.decl.propagate_parent is not True else ():
            for edge in flow.edges:
                if use.kind is not NodeKind.FLOW or not _ends_information(flow, edge, use.name):
                    continue
                blind = edge.destinations[0]
                yield Finding(
                    use.span,
                    f"finished tasks of `{use.name}` are propagated, but `{blind.name}` gets no parents",
                    f"add `{blind.name}` to `propagate_parent` of flow `{flow.name}`",
                    (Related(blind.span, f"`{blind.name}` is started here"),),
                )


def _ends_information(flow: Flow, edge: Edge, source: str) -> bool:
    """Return whether an edge from a source leads only to sub-flows that do not get their parents."""
    seeing = {use.name for use in flow.named["propagate_parent"]}
    return any(use.name == source for use in edge.sources) and all(
        use.kind is NodeKind.FLOW and use.name not in seeing for use in edge.destinations
    )
