"""SEL302: flows that cannot start."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.frontend.nodes import Sequence
from selinon_compiler.language import FlowDecl, Section
from selinon_compiler.model import System


@rule("SEL302", severity=Severity.ERROR, since="2.0")
def no_starting_edge(system: System) -> Iterator[Finding]:
    """A flow has no edge without sources.

    A flow begins with its edges that wait for nothing. Without any, it would end as soon as it is started.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily  # error: SEL302
        edges:
          - from: Load
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
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        if read_in_full(flow.decl) and all(edge.sources for edge in flow.edges):
            yield Finding(
                flow.decl.span_of_node(flow.decl.name),
                f"no edge starts flow `{flow.name}`",
                "an edge whose `from` is empty starts a flow",
            )


def read_in_full(decl: FlowDecl) -> bool:
    """Return whether nothing in the edges and failures of a flow was left out because it could not be read."""
    return decl.intact or (
        stated_count(decl, "edges") == len(decl.edges)
        and stated_count(decl, "failures") == len(decl.failures)
        and all(
            stated_count(edge, "from") == len(edge.from_)
            and stated_count(edge, "to") == len(edge.to)
            for edge in decl.edges
        )
        and all(
            stated_count(failure, "nodes") == len(failure.nodes)
            and stated_count(failure, "fallback") == len(failure.fallback)
            for failure in decl.failures
        )
    )


def stated_count(section: Section, key: str) -> int:
    """Return how many entries the value of a key has as it is written; a value that is no list is one."""
    node = section.node.value.get(key)
    if isinstance(node, Sequence):
        return len(node.value)
    return 0 if node is None or node.value in (None, "") or node.value is True else 1
