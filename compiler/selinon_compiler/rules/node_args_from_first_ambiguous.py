"""SEL307: flows whose arguments are to come from a first task that is not one task with a result."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Edge, NodeKind, System, Use
from selinon_compiler.rules.no_starting_edge import read_in_full
from selinon_compiler.source import Span


@rule("SEL307", severity=Severity.ERROR, since="2.0")
def node_args_from_first_ambiguous(system: System) -> Iterator[Finding]:
    """A flow takes its arguments from its first task, but no single task with a stored result comes first.

    With `node_args_from_first`, the result of the task that starts a flow becomes the flow's arguments. So the flow
    needs exactly one starting edge, which leads to exactly one task, started once, whose result is stored.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Clean
        import: myapp.tasks
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
    flows: [daily]
    flow-definitions:
      - name: daily
        node_args_from_first: true  # error: SEL307
        edges:
          - from:
            to: [Load, Clean]
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Clean
        import: myapp.tasks
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
    flows: [daily]
    flow-definitions:
      - name: daily
        node_args_from_first: true
        edges:
          - from:
            to: Load
          - from: Load
            to: Clean
    ```
    """
    for flow in system.flows.values():
        if not flow.decl.node_args_from_first or not read_in_full(flow.decl):
            continue
        starting = [edge for edge in flow.edges if not edge.sources]
        obstacle = _obstacle(system, starting) if starting else None
        if obstacle:
            what, place, note, help = obstacle
            yield Finding(
                flow.decl.span_of("node_args_from_first"),
                f"flow `{flow.name}` cannot take its arguments from its first task: {what}",
                help,
                (Related(place, note),),
            )


def _obstacle(system: System, starting: list[Edge]) -> tuple[str, Span, str, str] | None:
    """Return what is wrong with the starting edges: the fact, its place, a note for that, and the cure."""
    edge = starting[0]
    if len(starting) > 1:
        second = starting[1].decl.span_of("to")
        return (
            "it has several starting edges",
            second,
            "another edge starts the flow here",
            "keep one of them",
        )
    if len(edge.destinations) > 1:
        second = edge.destinations[1].span
        return (
            "its starting edge has several destinations",
            second,
            "this is the second one",
            "keep one of them",
        )
    return _obstacle_of(system, edge.destinations[0])


def _obstacle_of(system: System, first: Use) -> tuple[str, Span, str, str] | None:
    if first.kind is NodeKind.FLOW:
        return (
            f"it starts with the flow `{first.name}`",
            first.span,
            "it is started here",
            "start with a task",
        )
    task = system.tasks.get(first.name)
    if first.kind is NodeKind.NOTHING or task is None:
        return None
    place = task.decl.span_of_node(task.decl.name)
    if task.storage is None:
        cure = f"state a `storage` for `{task.name}`"
        return f"`{task.name}` has no storage", place, f"task `{task.name}` is declared here", cure
    if task.decl.storage_readonly:
        place = task.decl.span_of("storage_readonly", "storage_read_only")
        cure = f"let `{task.name}` store its result"
        return f"`{task.name}` does not store its result", place, "its storage is read-only", cure
    return None
