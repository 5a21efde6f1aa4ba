"""SEL318: wanted tasks to which no path leads."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Flow, NodeKind, System
from selinon_compiler.rules.no_starting_edge import read_in_full
from selinon_compiler.rules.selective_destination import selective_edges


@rule("SEL318", severity=Severity.ERROR, since="2.0")
def selective_out_of_reach(system: System) -> Iterator[Finding]:
    """No path leads to a task that a selective edge asks for.

    A selective run follows edges from those that start the sub-flow to the wanted tasks. Tasks that are only started
    as a fallback are out of its reach, and so are those of further sub-flows unless `follow_subflows` is set.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Send
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        edges:
          - from:
            to: report
            selective:
              tasks: [Send]  # error: SEL318
          - from: report
            to: Send
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily, report]
    flow-definitions:
      - name: report
        edges:
          - from:
            to: Load
      - name: daily
        edges:
          - from:
            to: report
            selective:
              tasks: [Load]
    ```
    """
    for _, edge, selective in selective_edges(system):
        target = system.flows.get(edge.destinations[0].name)
        if target is None or len(edge.destinations) > 1:
            continue
        deep = selective.decl.follow_subflows
        entered = _entered(system, target) if deep else [target]
        if any(flow.unknown or not read_in_full(flow.decl) for flow in entered):
            continue
        reached = frozenset[str]().union(*map(_supported, entered))
        for use in selective.tasks:
            if use.kind is not NodeKind.NOTHING and use.name not in reached:
                below = f" or in flows that it starts, `{use.name}`" if deep else f", `{use.name}`"
                yield Finding(
                    use.span,
                    f"in flow `{target.name}`{below} is not reached by edges",
                    _help(system, target, use.name, deep=deep),
                )


def _help(system: System, target: Flow, name: str, *, deep: bool) -> str:
    if not deep and any(name in _supported(flow) for flow in _entered(system, target)):
        return "it runs in a sub-flow: state `follow_subflows: true`"
    if any(name in flow.started for flow in _entered(system, target)):
        return "it is only started as a fallback; name a task to which edges lead"
    return f"name tasks of flow `{target.name}`"


def _entered(system: System, flow: Flow) -> list[Flow]:
    """Return a flow and all flows below it."""
    found = {flow.name: flow}
    pending = [flow]
    while pending:
        for name in pending.pop().started:
            inner = system.flows.get(name)
            if inner is not None and name not in found:
                found[name] = inner
                pending.append(inner)
    return list(found.values())


def _supported(flow: Flow) -> frozenset[str]:
    """Return the nodes to which edges lead whose sources are all such nodes, too."""
    supported = {use.name for edge in flow.edges for use in edge.destinations}
    while True:
        kept = {
            use.name
            for edge in flow.edges
            if all(source.name in supported for source in edge.sources)
            for use in edge.destinations
        }
        if kept == supported:
            return frozenset(kept)
        supported = kept
