"""SEL404: conditions that look at nodes their edge does not wait for."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.model import Edge, NodeKind, System
from selinon_compiler.rules.no_starting_edge import stated_count


@rule("SEL404", severity=Severity.ERROR, since="2.0")
def condition_node_not_source(system: System) -> Iterator[Finding]:
    """A condition names a node that is not among the sources of its edge.

    When the condition is evaluated, only the sources of the edge are sure to have finished.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Check
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
            to: [Load, Check]
          - from: Load
            to: Send
            condition:
              name: fieldExist
              node: Check  # error: SEL404
              args:
                key: address
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Check
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
            to: [Load, Check]
          - from: [Load, Check]
            to: Send
            condition:
              name: fieldExist
              node: Check
              args:
                key: address
    ```
    """
    for flow, owner, call in system.calls:
        stated = call.decl.source
        if stated is None or not isinstance(owner, Edge):
            continue
        sources = [use.name for use in owner.sources]
        if stated.value in sources:
            continue
        unknown = any(use.kind is NodeKind.NOTHING for use in owner.sources)
        unknown |= stated_count(owner.decl, "from") != len(owner.decl.from_)
        if not unknown:
            yield Finding(
                call.decl.span_of_node(stated),
                f"`{stated.value}` is not a source of this edge of flow `{flow.name}`",
                _help(stated.value, sources),
            )


def _help(name: str, sources: list[str]) -> str:
    near = did_you_mean(name, sources)
    if near:
        return f"a source with a similar name exists: `{near}`"
    if not sources:
        return "remove `node`: an edge that starts a flow has no sources"
    return f"the edge waits for {', '.join(f'`{source}`' for source in sources)}"
