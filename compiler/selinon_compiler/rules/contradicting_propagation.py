"""SEL311: finished tasks that are to be shown in two ways at once."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import NodeKind, System

PLAIN, COMPOUND = "propagate_finished", "propagate_compound_finished"


@rule("SEL311", severity=Severity.ERROR, since="2.0")
def contradicting_propagation(system: System) -> Iterator[Finding]:
    """Finished tasks of a flow are to be propagated both as they are nested and as one mapping.

    `propagate_finished` keeps the levels of sub-flows apart, `propagate_compound_finished` joins them. A flow can be
    shown in one of the two forms only.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        propagate_finished: true
        propagate_compound_finished: true  # error: SEL311
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        propagate_compound_finished: true
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        plain, compound = getattr(flow.decl, PLAIN), getattr(flow.decl, COMPOUND)
        if not plain or not compound:
            continue
        if plain is True or compound is True:
            yield Finding(
                flow.decl.span_of(COMPOUND),
                f"flow `{flow.name}` asks for both `{PLAIN}` and `{COMPOUND}`",
                "keep one of the two, or list different flows under each",
                (Related(flow.decl.span_of(PLAIN), f"`{PLAIN}` is stated here"),),
            )
            continue
        first = {use.name: use for use in reversed(flow.named[PLAIN])}
        for use in flow.named[COMPOUND]:
            if use.name in first and use.kind is not NodeKind.NOTHING:
                yield Finding(
                    use.span,
                    f"flow `{flow.name}` lists `{use.name}` under both `{PLAIN}` and `{COMPOUND}`",
                    "keep it in one of the two lists",
                    (Related(first[use.name].span, "the other list has it here"),),
                )
