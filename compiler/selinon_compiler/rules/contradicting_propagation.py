"""SEL311: finished tasks that are to be shown in two ways at once."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import Flow, NodeKind, System

PAIRS = (
    ("propagate_finished", "propagate_compound_finished"),
    ("propagate_failures", "propagate_compound_failures"),
)
"""Keys that show the same in two forms."""


@rule("SEL311", severity=Severity.ERROR, since="2.0")
def contradicting_propagation(system: System) -> Iterator[Finding]:
    """Tasks of a sub-flow are to be propagated both as they are nested and as one mapping.

    `propagate_finished` keeps the levels of sub-flows apart, `propagate_compound_finished` joins them. A flow can be
    shown in one of the two forms only. The same goes for `propagate_failures` and `propagate_compound_failures`.

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
        for plain, compound in PAIRS:
            stated = getattr(flow.decl, plain), getattr(flow.decl, compound)
            if not stated[0] or not stated[1]:
                continue
            if True in stated:
                yield Finding(
                    flow.decl.span_of(compound),
                    f"flow `{flow.name}` asks for both `{plain}` and `{compound}`",
                    "keep one of the two, or list different flows under each",
                    (Related(flow.decl.span_of(plain), f"`{plain}` is stated here"),),
                )
            else:
                yield from _common(flow, plain, compound)


def _common(flow: Flow, plain: str, compound: str) -> Iterator[Finding]:
    first = {use.name: use for use in reversed(flow.named[plain])}
    for use in flow.named[compound]:
        if use.name in first and use.kind is not NodeKind.NOTHING:
            yield Finding(
                use.span,
                f"flow `{flow.name}` lists `{use.name}` under both `{plain}` and `{compound}`",
                "keep it in one of the two lists",
                (Related(first[use.name].span, "the other list has it here"),),
            )
