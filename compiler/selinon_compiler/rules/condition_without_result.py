"""SEL406: conditions on results that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Call, Edge, NodeKind, System, Use


@rule("SEL406", severity=Severity.ERROR, since="2.0")
def condition_without_result(system: System) -> Iterator[Finding]:
    """A condition looks at a result that is not stored.

    Results are read from the storage of their task. A task without a storage, one that only reads from it, and a
    sub-flow leave no result behind.

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
            condition:
              name: fieldExist  # error: SEL406
              args:
                key: address
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
            condition:
              name: fieldExist
              args:
                key: address
    ```
    """
    stored = {
        name
        for name, task in system.tasks.items()
        if task.storage is not None and not task.decl.storage_readonly
    }
    for _, owner, call in system.calls:
        if (call.task or call.source) in stored or not isinstance(owner, Edge):
            continue
        source = next((use for use in owner.sources if use.name == call.source), None)
        obstacle = _obstacle(system, source, call) if source and call.wants_message else None
        if obstacle:
            what, help, related = obstacle
            yield Finding(
                call.decl.span_of_node(call.decl.task or call.decl.source or call.decl.name),
                f"`{call.predicate}` looks at the result of `{call.task or call.source}`, {what}",
                help,
                related,
            )


def _obstacle(
    system: System, source: Use, call: Call
) -> tuple[str, str, tuple[Related, ...]] | None:
    """Return why a source has no result to look at, the cure, and the place."""
    if source.kind is NodeKind.FLOW and call.task is None:
        cure = "state as `task` which of its tasks is meant"
        return "which is a flow", cure, (Related(source.span, "the edge waits for it here"),)
    task = system.tasks.get(call.task or source.name)
    if source.kind is NodeKind.NOTHING or task is None:
        return None
    if task.storage is None:
        place = task.decl.span_of_node(task.decl.name)
        related = (Related(place, f"task `{task.name}` is declared here"),)
        return "which has no storage", f"state a `storage` for task `{task.name}`", related
    if task.decl.storage_readonly:
        place = task.decl.span_of("storage_readonly", "storage_read_only")
        related = (Related(place, "its storage is read-only"),)
        return "which does not store it", f"let `{task.name}` store its result", related
    return None
