"""SEL306: eager failures that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Flow, NodeKind, System, Use
from selinon_compiler.rules.no_starting_edge import read_in_full


@rule("SEL306", severity=Severity.ERROR, since="2.0")
def eager_failure_misplaced(system: System) -> Iterator[Finding]:
    """A node under `eager_failures` cannot fail its flow at once.

    It does not occur in the flow, or its failure goes unseen because it is listed under `nowait`, or there is a
    fallback for its failure, which would never be reached.

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
        nowait: Send
        eager_failures: Send  # error: SEL306
        edges:
          - from:
            to: [Load, Send]
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
        eager_failures: Load
        edges:
          - from:
            to: [Load, Send]
    ```
    """
    for flow in system.flows.values():
        for use in flow.named["eager_failures"]:
            obstacle = None if use.kind is NodeKind.NOTHING else _obstacle(flow, use)
            if obstacle:
                message, related = obstacle
                yield Finding(
                    use.span, message, f"remove `{use.name}` from `eager_failures`", related
                )


def _obstacle(flow: Flow, eager: Use) -> tuple[str, tuple[Related, ...]] | None:
    """Return why a node cannot fail its flow at once, and where that stands."""
    for use in flow.named["nowait"]:
        if use.name == eager.name:
            return (
                f"`{eager.name}` cannot fail flow `{flow.name}` at once: nothing waits for it",
                (Related(use.span, "it is listed under `nowait` here"),),
            )
    for failure in flow.failures:
        for use in failure.nodes:
            if use.name == eager.name:
                return (
                    f"`{eager.name}` cannot fail flow `{flow.name}` at once: its failure is handled",
                    (Related(use.span, "its failure is handled here"),),
                )
    if eager.name not in flow.nodes and read_in_full(flow.decl):
        return f"`{eager.name}` cannot fail flow `{flow.name}` at once: it does not occur in it", ()
    return None
