"""SEL604: failures that are forgiven and propagated at once."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import System
from selinon_compiler.rules.no_starting_edge import stated_count


@rule("SEL604", severity=Severity.ERROR, since="2.0")
def propagate_failure_forgiven(system: System) -> Iterator[Finding]:
    """A failure is forgiven, and is to fail the flow nevertheless.

    `fallback: true` says that the flow goes on as if nothing had failed, `propagate_failure: true` that it fails once
    the fallback has run.

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
            to: Load
        failures:
          - nodes: Load
            fallback: true
            propagate_failure: true  # error: SEL604
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
            propagate_failure: true
    ```
    """
    for flow in system.flows.values():
        for failure in flow.failures:
            if failure.decl.propagate_failure and not stated_count(failure.decl, "fallback"):
                yield Finding(
                    failure.decl.span_of("propagate_failure"),
                    f"a failure of flow `{flow.name}` is propagated, but also forgiven",
                    "name a fallback, or drop one of the two",
                    (Related(failure.decl.span_of("fallback"), "the failure is forgiven here"),),
                )
