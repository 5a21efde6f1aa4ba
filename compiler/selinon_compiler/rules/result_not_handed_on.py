"""See the docstring of the rule."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Edge, Flow, NodeKind, System
from selinon_compiler.source import Span


@rule("SEL320", severity=Severity.ERROR, since="2.0")
def result_not_handed_on(system: System) -> Iterator[Finding]:
    """An edge cannot hand the result of its source on.

    With `propagate_result`, the destinations get the result of the edge's source as their arguments. For that, the
    edge needs exactly one source, a task that stores its results, and nothing else may give arguments to the
    destinations: neither `propagate_result` of a `foreach` nor `propagate_node_args`.

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
          - from: Load
            to: Send
            propagate_result: true  # error: SEL320
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Send
        import: myapp.tasks
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
          - from: Load
            to: Send
            propagate_result: true
    ```
    """
    for flow in system.flows.values():
        for edge in flow.edges:
            problem = _problem(system, flow, edge) if edge.decl.propagate_result else None
            if problem:
                what, help, note, place = problem
                yield Finding(
                    edge.decl.span_of("propagate_result"),
                    f"an edge of flow `{flow.name}` cannot hand a result on: {what}",
                    help,
                    (Related(place, note),),
                )


def _problem(system: System, flow: Flow, edge: Edge) -> tuple[str, str, str, Span] | None:
    """Return what keeps a result from being handed on, the cure, and a place with a note."""
    source, *others = edge.sources or (None,)
    if source is None:
        place = edge.decl.span_of("from")
        return "it has no source", "the flow's arguments are there anyway", "it starts here", place
    if others:
        return "it has several sources", "wait for one", "this is the second one", others[0].span
    if source.kind is NodeKind.FLOW:
        cure = "hand on what a task returned"
        return f"`{source.name}` is a flow", cure, "it is waited for here", source.span
    task = system.tasks.get(source.name)
    if task is not None and (task.storage is None or task.decl.storage_readonly):
        place = task.decl.span_of_node(task.decl.name)
        cure = f"let `{task.name}` store its results"
        return f"`{task.name}` stores no results", cure, "it is declared here", place
    if edge.foreach is not None and edge.foreach.decl.propagate_result:
        place = edge.foreach.decl.span_of("propagate_result")
        return "`foreach` hands its items on", "keep one of the two", "it is stated here", place
    return _clash(flow, edge)


def _clash(flow: Flow, edge: Edge) -> tuple[str, str, str, Span] | None:
    """Return a destination that gets the arguments of the flow, too."""
    listed = {use.name: use.span for use in flow.named["propagate_node_args"]}
    for use in edge.destinations:
        if use.kind is not NodeKind.FLOW:
            continue
        everywhere = flow.decl.propagate_node_args is True
        place = flow.decl.span_of("propagate_node_args") if everywhere else listed.get(use.name)
        if place is not None:
            what = f"`{use.name}` gets the arguments of the flow"
            return what, "keep one of the two", "they are propagated here", place
    return None
