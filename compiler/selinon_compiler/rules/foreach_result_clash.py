"""SEL313: sub-flows that are to get two kinds of arguments."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Edge, Flow, NodeKind, System
from selinon_compiler.source import Span


@rule("SEL313", severity=Severity.ERROR, since="2.0")
def foreach_result_clash(system: System) -> Iterator[Finding]:
    """A sub-flow is to get both an item of a `foreach` and the arguments of the flow that starts it.

    `propagate_result` makes the item the arguments of the sub-flow, `propagate_node_args` those of the parent flow.
    A function for `foreach` gets the flow's arguments, too, and can put what is needed of them into the items.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, load_one]
    flow-definitions:
      - name: daily
        propagate_node_args: true
        edges:
          - from:
            to: load_one
            foreach:
              import: myapp.items
              function: all_items
              propagate_result: true  # error: SEL313
      - name: load_one
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, load_one]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: load_one
            foreach:
              import: myapp.items
              function: all_items
              propagate_result: true
      - name: load_one
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        for edge in flow.edges:
            if not edge.foreach or not edge.foreach.decl.propagate_result:
                continue
            clash = _clash(flow, edge)
            if clash:
                name, place = clash
                yield Finding(
                    edge.foreach.decl.span_of("propagate_result"),
                    f"`{name}` gets both items and the arguments of flow `{flow.name}`",
                    "keep either `propagate_result` here or `propagate_node_args` for this sub-flow",
                    (Related(place, "the arguments of the flow are propagated here"),),
                )


def _clash(flow: Flow, edge: Edge) -> tuple[str, Span] | None:
    """Return a destination of an edge that gets the flow's arguments, and where that is stated."""
    listed = {use.name: use.span for use in reversed(flow.named["propagate_node_args"])}
    for use in edge.destinations:
        if use.kind is NodeKind.FLOW and flow.decl.propagate_node_args is True:
            return use.name, flow.decl.span_of("propagate_node_args")
        if use.kind is NodeKind.FLOW and use.name in listed:
            return use.name, listed[use.name]
    return None
