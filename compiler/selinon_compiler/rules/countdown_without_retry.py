"""SEL805: delays of retries that never happen."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.language import FlowDecl, TaskDecl
from selinon_compiler.model import System


@rule("SEL805", severity=Severity.WARNING, since="2.0")
def countdown_without_retry(system: System) -> Iterator[Finding]:
    """A task or flow has a `retry_countdown`, but is never retried.

    The countdown is the time between a failure and the next attempt. There is a next attempt only when `max_retry`
    is greater than zero.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        retry_countdown: 30  # warning: SEL805
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
        max_retry: 2
        retry_countdown: 30
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """
    found: list[tuple[str, TaskDecl | FlowDecl]] = [
        ("task", task.decl) for task in system.tasks.values()
    ]
    found += [("flow", flow.decl) for flow in system.flows.values()]
    for what, decl in found:
        if decl.retry_countdown > 0 and decl.max_retry == 0 and not _unreadable(decl):
            yield Finding(
                decl.span_of("retry_countdown"),
                f"{what} `{decl.name.value}` has a `retry_countdown`, but is never retried",
                "state `max_retry`, or drop `retry_countdown`",
            )


def _unreadable(decl: TaskDecl | FlowDecl) -> bool:
    """Return whether something other than zero is stated as `max_retry`, which was reported where it was read."""
    node = decl.node.value.get("max_retry")
    return node is not None and node.value not in (0, None)
