"""SEL201: names of nodes that refer to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, did_you_mean, rule
from selinon_compiler.frontend.nodes import Mapping, Scalar, Sequence
from selinon_compiler.language import NodesFileDecl
from selinon_compiler.model import System
from selinon_compiler.source import Span

MOST_COMPARED = 20
"""For this many unknown names a similar one is looked for: comparing them with all others takes its time."""


@rule("SEL201", severity=Severity.ERROR, since="2.0")
def unknown_node(system: System) -> Iterator[Finding]:
    """A flow names something that is neither a task nor a flow.

    Tasks are declared under `tasks`, flows are listed under `flows`, both in the nodes file. A name that is
    declared nowhere is mostly a slip of the pen.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Laod  # error: SEL201
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
    if not any(flow.unknown for flow in system.flows.values()):
        return
    places = _declarations(system)
    unreadable = stated_names(system.nodes_file, "tasks") | stated_names(system.nodes_file, "flows")
    similar: dict[str, str | None] = {}
    for flow in system.flows.values():
        for use in flow.unknown:
            if use.name in unreadable:
                continue
            if use.name not in similar:
                few = len(similar) < MOST_COMPARED
                similar[use.name] = did_you_mean(use.name, places) if few else None
            near = similar[use.name]
            yield Finding(
                use.span,
                f"flow `{flow.name}` uses `{use.name}`, which is neither a task nor a flow",
                near
                and f"a {'task' if near in system.tasks else 'flow'} with a similar name exists: `{near}`",
                (Related(places[near], f"`{near}` is declared here"),) if near else (),
            )


def stated_names(file: NodesFileDecl, key: str) -> frozenset[str]:
    """Return the names in a list of names or of mappings with a `name`, those of unreadable entries included."""
    if file.intact:
        bound = [getattr(entry, "name", entry) for entry in getattr(file, key.replace("-", "_"))]
        return frozenset(name.value for name in bound)
    entries = file.node.value.get(key)
    if not isinstance(entries, Sequence):
        return frozenset()
    named = [
        entry.value.get("name") if isinstance(entry, Mapping) else entry for entry in entries.value
    ]
    return frozenset(
        name.value for name in named if isinstance(name, Scalar) and isinstance(name.value, str)
    )


def _declarations(system: System) -> dict[str, Span]:
    """Return where each task and flow is declared."""
    places = {name: flow.decl.span_of_node(flow.decl.name) for name, flow in system.flows.items()}
    places.update((name.value, system.nodes_file.span_of_node(name)) for name in system.listed)
    places.update(
        (name, task.decl.span_of_node(task.decl.name)) for name, task in system.tasks.items()
    )
    return places
