"""SEL202: names of nodes that are declared more than once."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.source import Span


@rule("SEL202", severity=Severity.ERROR, since="2.0")
def duplicate_node(system: System) -> Iterator[Finding]:
    """Two tasks, two flows, or a task and a flow have one name.

    Edges refer to tasks and flows alike by their names only, so a name must stand for one thing. To run one class
    with different settings, give each task a name of its own and state the class as `classname`.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Load  # error: SEL202
        import: myapp.other
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: LoadOther
        import: myapp.other
        classname: Load
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: [Load, LoadOther]
    ```
    """
    names = [decl.name.value for decl in system.nodes_file.tasks]
    names += [name.value for name in system.listed]
    if len(set(names)) == len(names):
        return
    first: dict[str, tuple[str, Span]] = {}
    for name, what, span in _declarations(system):
        if name not in first:
            first[name] = what, span
            continue
        other, place = first[name]
        message = {
            ("task", "task"): f"task `{name}` is declared twice",
            ("flow", "flow"): f"flow `{name}` is listed twice",
        }.get((other, what), f"`{name}` is the name of a task and of a flow")
        yield Finding(
            span,
            message,
            "remove one of the two, or rename it",
            (Related(place, f"the {other} `{name}` is declared here"),),
        )


def _declarations(system: System) -> list[tuple[str, str, Span]]:
    """Return names, what they name, and places, in the order of the nodes file."""
    found = [
        (decl.name.value, "task", decl.span_of_node(decl.name)) for decl in system.nodes_file.tasks
    ]
    found += [(name.value, "flow", system.nodes_file.span_of_node(name)) for name in system.listed]
    return sorted(found, key=lambda declared: declared[2].start)
