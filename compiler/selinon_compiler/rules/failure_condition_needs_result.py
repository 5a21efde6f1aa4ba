"""SEL601: conditions of failures that look at results."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Failure, System


@rule("SEL601", severity=Severity.ERROR, since="2.0")
def failure_condition_needs_result(system: System) -> Iterator[Finding]:
    """The condition of a failure looks at the result of a node.

    Nodes that failed have no results. Whether a fallback starts can depend on the flow's arguments and on the
    environment.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
        failures:
          - nodes: Load
            fallback: Clean
            condition:
              name: fieldExist  # error: SEL601
              args:
                key: path
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
      - name: Clean
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
        failures:
          - nodes: Load
            fallback: Clean
            condition:
              name: argsFieldExist
              args:
                key: path
    ```
    """
    for flow, owner, call in system.calls:
        if not isinstance(owner, Failure):
            continue
        if not (call.wants_message or call.decl.source or call.decl.task):
            continue
        alternative = f"args{call.predicate[:1].upper()}{call.predicate[1:]}"
        offered = call.wants_message and system.settings.predicates_module == "selinon.predicates"
        yield Finding(
            call.decl.span_of_node(call.decl.source or call.decl.name),
            f"a failure's condition in flow `{flow.name}` looks at a result",
            f"`{alternative}` looks at the flow's arguments instead"
            if offered
            else "use a predicate that looks at the flow's arguments, without `node`",
        )
