"""SEL405: conditions that need a result, but do not tell whose."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Edge, System


@rule("SEL405", severity=Severity.ERROR, since="2.0")
def condition_without_node(system: System) -> Iterator[Finding]:
    """A condition looks at a result, but it is not clear at whose.

    A predicate with a parameter `message` looks at the result of a source of its edge. With exactly one source it is
    that one; otherwise `node` has to tell. An edge that starts a flow has no results to look at.

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
          - from: [Load, Check]
            to: Send
            condition:
              name: fieldExist  # error: SEL405
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
    for _, owner, call in system.calls:
        if not isinstance(owner, Edge) or not call.wants_message or call.source is not None:
            continue
        sources = ", ".join(f"`{use.name}`" for use in owner.sources)
        yield Finding(
            call.decl.span_of_node(call.decl.name),
            f"`{call.predicate}` looks at a result, but "
            + ("the edge has several sources" if sources else "the edge has no sources"),
            f"state as `node` one of {sources}"
            if sources
            else "use a predicate that looks at the flow's arguments, such as `argsFieldEqual`",
        )
